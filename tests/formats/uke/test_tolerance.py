"""What receipt computers, editors and payers do to files, and what is made of it all the same."""

from datetime import date

import pytest

from appliance.formats.parse import parse
from appliance.records.administrative import Sex
from appliance.records.clinical import Condition, Encounter, Procedure
from appliance.records.document import Format, Parsed
from appliance.records.finding import Severity
from tests.formats.uke.made_up import (
    IR,
    act,
    claim,
    codes_of,
    data_of,
    disease,
    document_of,
    insurer,
    parsed,
    receipt,
    row,
    trailer,
)

SOUND = [IR, *claim(), trailer()]


def same_claims(one: Parsed, other: Parsed) -> bool:
    return [(d.key, d.records, d.points) for d in one.documents] == [
        (d.key, d.records, d.points) for d in other.documents
    ]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("mark", [b"", b"\x1a", b"\x1a\r\n"])
@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_encoding_row_ends_and_end_mark_change_nothing(end: bytes, mark: bytes, encoding: str):
    found = parse(data_of(*SOUND, end=end, mark=mark, encoding=encoding))
    assert found.encoding == encoding
    assert found.lines == len(SOUND)
    assert same_claims(found, parse(data_of(*SOUND)))
    assert codes_of(found) <= {"UKE-F016"}


def test_a_byte_order_mark_changes_nothing():
    found = parse(b"\xef\xbb\xbf" + data_of(*SOUND, encoding="utf-8"))
    assert same_claims(found, parse(data_of(*SOUND)))


def test_a_last_row_without_its_end_is_read():
    found = parse(data_of(*SOUND, mark=b"").removesuffix(b"\r\n"))
    assert found.all_findings == ()
    assert found.source_rows["GO"] == 1


def test_rows_behind_the_end_mark_are_told():
    found = parse(data_of(*SOUND) + data_of(*SOUND))
    assert len(found.documents) == 1
    assert codes_of(found) == {"UKE-F007"}


def test_blank_lines_are_counted_as_lines_only():
    found = parse(data_of(IR, "", *claim(), "", trailer()))
    assert found.lines == len(SOUND) + 2
    assert codes_of(found) == set()


def test_short_rows_are_read_as_if_full_and_told_once_a_kind():
    rows = [text.rstrip(",") for text in SOUND]
    found = parse(data_of(*rows))
    assert same_claims(found, parse(data_of(*SOUND)))
    assert {finding.severity for finding in found.all_findings} == {Severity.INFO}
    assert codes_of(found) == {"UKE-F009"}


def test_long_rows_are_read_and_told():
    rows = [IR, *claim()[:3], act(points=75) + ",,新項目", trailer()]
    found = parse(data_of(*rows))
    assert same_claims(found, parse(data_of(*SOUND)))
    assert codes_of(found) == {"UKE-F010"}


def test_a_quote_is_a_plain_character():
    document = document_of(
        receipt(patient_name='"架空　太郎'), insurer(), disease(disease_name='"'), act(points=75)
    )
    assert document.patient.name.text == '"架空　太郎'
    assert len(document.records) == 4


def test_a_missing_trailer_is_a_warning_and_costs_nothing():
    found = parse(data_of(IR, *claim()))
    assert len(found.documents) == 1
    assert [finding.code for finding in found.findings] == ["UKE-F002"]


def test_unknown_rows_are_kept_and_counted():
    found = parsed(*claim("ZZ,1,2", "ZZ,3"), trailer())
    assert found.source_rows["ZZ"] == 2
    (finding,) = found.all_findings
    assert (finding.code, finding.line) == ("UKE-F008", 6)
    assert len(found.documents) == 1


@pytest.mark.parametrize("nameless", ["架空　太郎,1", "東京都", ",,1", "Re,1"])
def test_rows_without_an_identifier_are_counted_without_being_quoted(nameless: str):
    found = parsed(*claim(nameless), trailer())
    assert found.source_rows["?"] == 1
    (finding,) = found.all_findings
    assert finding.code == "UKE-F018"
    assert "架空" not in finding.text + finding.text_en
    assert len(found.documents) == 1


def test_a_continued_unit_inherits_its_category():
    rows = [act(category="60"), act(category="", points=26)]
    procedures = [
        r for r in document_of(receipt(), insurer(total_points=26), *rows).records if isinstance(r, Procedure)
    ]
    assert [(p.category, p.unit_no) for p in procedures] == [("60", 1), ("60", 1)]


def test_a_continuation_of_nothing_is_told():
    document = document_of(receipt(), insurer(), act(category="", points=75))
    assert codes_of(document) == {"UKE-R011"}
    assert document.points_computed == 75


def test_western_and_era_dates_may_stand_in_one_file():
    rows = [
        receipt(care_month="50706", birth_date="3250101"),
        insurer(),
        disease(start_date="4310401"),
        disease(start_date="20230110"),
        act(points=75),
    ]
    document = document_of(*rows)
    assert document.period == "2025-06"
    assert document.patient.birth_date == date(1950, 1, 1)
    conditions = [r for r in document.records if isinstance(r, Condition)]
    assert [c.onset for c in conditions] == [date(2019, 4, 1), date(2023, 1, 10)]
    assert document.findings == ()


def test_an_era_that_had_ended_is_read_on_and_told():
    document = document_of(receipt(), insurer(), disease(start_date="4310501"), act(points=75))
    assert [r.onset for r in document.records if isinstance(r, Condition)] == [date(2019, 5, 1)]
    (finding,) = document.findings
    assert (finding.code, finding.line, finding.field) == ("UKE-R005", 4, "診療開始日")


def test_an_unreadable_date_costs_the_date_only():
    document = document_of(receipt(), insurer(), disease(start_date="20239999"), act(points=75))
    assert [r.onset for r in document.records if isinstance(r, Condition)] == [None]
    assert codes_of(document) == {"UKE-R004"}


def test_a_number_item_without_a_number_is_told():
    document = document_of(receipt(), insurer(actual_days="x"), act(points=75, quantity="1.5.2"))
    assert [(f.code, f.field) for f in document.findings] == [
        ("UKE-R006", "診療実日数"),
        ("UKE-R006", "数量データ"),
    ]
    assert [r.quantity for r in document.records if isinstance(r, Procedure)] == ["1.5.2"]


def test_a_day_that_the_month_lacks_costs_the_date_only():
    document = document_of(receipt(), insurer(), act(days={31: 1}, points=75), act(days={3: 1}))
    assert [r.performed for r in document.records if isinstance(r, Procedure)] == [None, date(2025, 6, 3)]
    assert codes_of(document) == {"UKE-R007"}


def test_a_count_that_differs_from_its_days_is_told():
    document = document_of(receipt(), insurer(total_points=150), act(days={3: 1}, count=2, points=75))
    assert codes_of(document) == {"UKE-R008"}


def test_a_day_column_without_a_number_is_told():
    document = document_of(receipt(), insurer(), act(days={3: 1}, day_9="○", points=75))
    assert [(f.code, f.field) for f in document.findings] == [("UKE-R006", "9日の情報")]


def test_modifiers_of_odd_length_are_told_and_the_rest_left():
    document = document_of(receipt(), insurer(), disease(modifier_codes="800221"), act(points=75))
    (condition,) = (r for r in document.records if isinstance(r, Condition))
    assert [m.code for m in condition.modifiers] == ["8002"]
    assert codes_of(document) == {"UKE-R009"}


def test_a_missing_code_is_told():
    document = document_of(receipt(), insurer(), disease(disease_code=""), act(points=75, procedure_code=""))
    assert codes_of(document) == {"UKE-R010"}
    assert len(document.records) == 4


def test_undecodable_bytes_cost_their_characters_only():
    data = data_of(*SOUND).replace("架空　太郎".encode("cp932"), "架空　".encode("cp932") + b"\xff\xfe")
    found = parse(data)
    assert [(f.code, f.line) for f in found.all_findings] == [("UKE-R002", 2), ("UKE-C022", 2)]
    (document,) = found.documents
    assert document.patient.name.family == "架空"
    assert document.patient.local_id == "00042"


def test_private_characters_in_a_name_are_kept_and_told():
    document = document_of(receipt(patient_name="架空　\ue000郎"), insurer(), act(points=75))
    assert document.patient.name.given == "\ue000郎"
    assert codes_of(document) == {"UKE-C022"}


def test_control_characters_never_reach_a_record():
    found = parse(data_of(*SOUND).replace("架空　".encode("cp932"), "架空\x00\x07".encode("cp932")))
    assert codes_of(found) == {"UKE-R003"}
    assert found.documents[0].patient.name.text == "架空  太郎"


def test_leading_spaces_of_an_insurers_number_go():
    document = document_of(receipt(), insurer(insurer_no="  138057"), act(points=75))
    assert document.records[0].payer_number == "138057"
    assert document.findings == ()


@pytest.mark.parametrize(("number", "code"), [("06132014", "UKE-C010"), ("6132013", "UKE-C011"), ("", None)])
def test_a_payers_number_that_is_wrong_is_told_never_refused(number: str, code: str | None):
    document = document_of(receipt(), insurer(insurer_no=number), act(points=75))
    assert codes_of(document) == ({code} if code else set())


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ({"birth_date": ""}, "UKE-C005"),
        ({"birth_date": "20259999"}, "UKE-R004"),
        ({"sex": ""}, "UKE-C006"),
        ({"chart_no": ""}, "UKE-C007"),
        ({"birth_date": "20260101"}, "UKE-C016"),
        ({"care_month": "202509"}, "UKE-C015"),
    ],
)
def test_gaps_of_a_receipt_are_told_and_the_claim_taken(items: dict[str, str], code: str):
    document = document_of(receipt(**items), insurer(), act(points=75))
    assert codes_of(document) == {code}


def test_an_unknown_sex_is_unknown():
    assert document_of(receipt(sex=3), insurer(), act(points=75)).patient.sex is Sex.UNKNOWN


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ({"care_month": "NDM001"}, "UKE-C001"),
        ({"care_month": ""}, "UKE-C001"),
        ({"receipt_type": "3112"}, "UKE-C002"),
        ({"receipt_type": "112"}, "UKE-C002"),
        ({"sex": "", "birth_date": ""}, "UKE-C003"),
    ],
)
def test_a_claim_that_cannot_be_understood_is_refused_alone(items: dict[str, str], code: str):
    rows = [receipt(**items), insurer(), act(points=75), *claim(), trailer(2, 150)]
    found = parsed(*rows)
    assert len(found.documents) == 1
    (finding,) = found.findings
    assert (finding.code, finding.severity, finding.line) == (code, Severity.ERROR, 2)
    assert finding.hint


def test_rows_shifted_out_of_place_are_refused_with_a_reason():
    rows = [
        "IR,1,14,1,9999999,,Demo,50701",
        "RE,1,1112,NDM001,2,4100415",
        "HO,99999999,,NDM001,,1,118,118",
        "SI,11,1,112007410,,76,1",
    ]
    found = parse(data_of(*rows, encoding="utf-8"))
    assert found.documents == ()
    errors = [finding for finding in found.findings if finding.severity is Severity.ERROR]
    assert [(e.code, e.line) for e in errors] == [("UKE-C001", 2)]
    assert found.has_errors


def test_rows_of_a_claim_without_its_first_row_are_nobodys():
    found = parsed(*claim()[1:], *claim(), trailer())
    assert len(found.documents) == 1
    (finding,) = found.all_findings
    assert (finding.code, finding.line, finding.severity) == ("UKE-R014", 2, Severity.ERROR)
    assert "3" in finding.text


def test_a_damaged_first_row_never_gives_its_rows_to_the_patient_before():
    second = [
        "R#,2,1112,202506,架空　花子,2,19600101",
        insurer(),
        disease(disease_code="9999999"),
        act(points=75),
    ]
    found = parsed(*claim(), *second, trailer())
    (document,) = found.documents
    assert same_claims(found, parsed(*claim()))
    assert document.points_computed == 75
    assert codes_of(document) == {"UKE-C021"}


@pytest.mark.parametrize("damaged", ["RF,2,1112", "R#,2,1112", "RC,2,1112", ""])
def test_nor_does_it_to_a_patient_without_acts(damaged: str):
    first = claim()[:3]
    second = [damaged, insurer(), disease(disease_code="9999999"), act(points=75)]
    (document,) = parsed(*first, *second).documents
    (alone,) = parsed(*first).documents
    assert document.records == alone.records
    assert "UKE-C021" in codes_of(document)
    assert document.last_line <= 5


def test_a_payer_that_comes_after_the_diseases_is_no_doubt():
    rows = [receipt(), disease(), insurer(), act(points=75)]
    document = document_of(*rows)
    assert document.points == document.points_computed == 75
    assert document.findings == ()


def test_a_row_of_a_newer_kind_among_the_first_rows_costs_nothing():
    found = parsed(receipt(), "XX,1", insurer(), "XY,2", disease(), "XZ,3", act(points=75))
    assert same_claims(found, parsed(*claim()))
    assert codes_of(found) == {"UKE-F008"}


def test_a_vanished_first_row_never_gives_its_rows_to_the_patient_before():
    found = parsed(*claim(), *claim()[1:], trailer())
    assert same_claims(found, parsed(*claim()))
    assert codes_of(found) == {"UKE-C021"}


def test_a_first_row_lost_with_its_payer_is_noticed_too():
    found = parsed(*claim(), "R#", "H#", disease(disease_code="9999999"), act(points=75), trailer())
    assert same_claims(found, parsed(*claim()))
    assert {"UKE-C021", "UKE-F018"} == codes_of(found)


def test_a_broken_row_among_acts_costs_that_row_only():
    found = parsed(*claim("続きの文字列,1", act()), trailer())
    assert [type(r).__name__ for r in found.documents[0].records].count("Procedure") == 2
    assert codes_of(found) == {"UKE-F018"}


def test_the_payers_corrections_leave_the_claim_as_it_was():
    rows = claim(
        insurer(total_points=60),
        "KO,80136120,2222222,,1,60",
        "JY,2,4,0,,,68,0,",
        "EX,,,,,,,,,,,,1:",
        "RC,Ver1",
    )
    found = parsed(*rows)
    assert same_claims(found, parsed(*claim()))
    assert codes_of(found) == {"UKE-C012", "UKE-F003", "UKE-F009"}


def test_more_public_payers_than_four_are_told():
    public = [row("KO", public_payer_no="54136015", recipient_no="2222222") for _ in range(5)]
    document = document_of(receipt(), insurer(), *public, act(points=75))
    assert codes_of(document) == {"UKE-C017"}
    assert sum(type(record).__name__ == "Coverage" for record in document.records) == 5


def test_a_recipients_wrong_check_digit_is_told():
    public = row("KO", public_payer_no="54136015", recipient_no="2222223")
    assert codes_of(document_of(receipt(), insurer(), public, act(points=75))) == {"UKE-C018"}


def test_the_payers_file_with_three_columns_before_each_row_is_read():
    rows = [f"1,{number},0,{text}" for number, text in enumerate([IR, *claim()], 2)]
    found = parse(
        data_of("2,1,0,MN,940000030,,,,,", *rows, "2,9,1,EX,,,,,,,,,,,,1:202506:", "2,10,0,RC,Ver1")
    )
    assert found.format is Format.UKE_IKA
    assert same_claims(found, parsed(*claim()))
    assert found.source_rows == {"MN": 1, "IR": 1, "RE": 1, "HO": 1, "SY": 1, "SI": 1, "EX": 1, "RC": 1}
    assert codes_of(found) == {"UKE-F003"}


def test_history_behind_a_claim_is_no_claim():
    history = [
        f"8,{number},0,{text}" for number, text in enumerate([IR.replace("1234567", "7654321"), *claim()], 1)
    ]
    found = parsed(*claim(), *history, trailer())
    assert same_claims(found, parsed(*claim()))
    assert codes_of(found) == {"UKE-F011"}


def test_the_same_claim_twice_in_a_file_is_told():
    found = parsed(*claim(), *claim(), trailer(2, 150))
    assert len(found.documents) == 2
    assert codes_of(found) == {"UKE-F012"}


def test_a_file_without_claims_is_an_error():
    found = parsed(trailer(0, 0))
    assert found.documents == ()
    assert codes_of(found) == {"UKE-F001"}
    assert found.has_errors


def test_findings_that_go_on_and_on_are_counted():
    rows = [receipt(), insurer(), *(disease(start_date="x") for _ in range(100)), act(points=75)]
    findings = document_of(*rows).findings
    assert len(findings) == 20
    assert "100" in findings[-1].text
    assert "100" in findings[-1].text_en


def test_claims_of_several_months_may_stand_in_one_file():
    rows = [*claim(), receipt(care_month="202501"), insurer(), act(points=75), trailer(2, 150)]
    assert [document.period for document in parsed(*rows).documents] == ["2025-06", "2025-01"]


def test_days_follow_the_claims_own_month():
    document = document_of(receipt(care_month="202502"), insurer(), act(days={28: 1}, points=75))
    assert [r.start for r in document.records if isinstance(r, Encounter)] == [date(2025, 2, 28)]
