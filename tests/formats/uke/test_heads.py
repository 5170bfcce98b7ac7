"""The facility row: every claim belongs to the last one, and a damaged one loses that row, not its claims."""

import pytest

from appliance.formats.parse import parse
from appliance.records.finding import Severity
from tests.formats.uke.made_up import IR, claim, codes_of, data_of, receipt, trailer

OTHER = "IR,2,27,1,7654321,,別の医院,202508,01,"


def test_each_claim_belongs_to_the_facility_row_above_it():
    found = parse(data_of(IR, *claim(), OTHER, *claim()))
    assert [(d.facility, d.sequence, d.set_key) for d in found.documents] == [
        ("1311234567", "2025-07", "uke-ika:1311234567:1:2025-07:00"),
        ("2717654321", "2025-08", "uke-ika:2717654321:2:2025-08:01"),
    ]


def test_a_facility_row_of_the_old_calendar_is_read():
    (document,) = parse(data_of("IR,1,13,1,1234567,,架空,50707,00,", *claim())).documents
    assert document.sequence == "2025-07"


@pytest.mark.parametrize(
    ("damaged", "item"),
    [
        (IR.replace("IR,1,", "IR,BAD,"), "審査支払機関"),
        (IR.replace("IR,1,", "IR,,"), "審査支払機関"),
        (IR.replace("1234567", "12345"), "医療機関コード"),
        (IR.replace(",13,", ",1,"), "医療機関コード"),
        (IR.replace("202507", "??????"), "請求年月"),
    ],
)
def test_a_damaged_facility_row_is_mended_from_the_others_of_the_file(damaged: str, item: str):
    found = parse(data_of(damaged, *claim(), IR, *claim()))
    first, second = found.documents
    assert (first.facility, first.set_key, first.key) == (second.facility, second.set_key, second.key)
    (error,) = (finding for finding in found.findings if finding.severity is Severity.ERROR)
    assert (error.code, error.line, error.field) == ("UKE-R001", 1, item)
    assert codes_of(first) == {"UKE-C020"}


def test_facility_rows_that_disagree_mend_nothing():
    found = parse(data_of(IR.replace("1234567", "x"), *claim(), IR, *claim(), OTHER, *claim()))
    assert [document.facility for document in found.documents] == ["1311234567", "2717654321"]
    assert [f.code for f in found.findings if f.line == 2] == ["UKE-C004"]


def test_a_facility_row_is_never_mended_from_another_facility():
    found = parse(data_of(IR.replace("IR,1,", "IR,BAD,"), *claim(), OTHER, *claim()))
    first = found.documents[0]
    assert (first.facility, first.set_key, first.sequence) == ("1311234567", "", "2025-07")
    assert codes_of(first) == {"UKE-C019"}


def test_a_claim_above_any_facility_row_takes_the_only_one_of_the_file():
    found = parse(data_of(*claim(), IR, *claim()))
    assert [document.facility for document in found.documents] == ["1311234567"] * 2


def test_claims_without_any_facility_are_refused():
    found = parse(data_of(*claim(), *claim(), trailer(2, 150)))
    assert found.documents == ()
    assert [(f.code, f.line) for f in found.findings] == [("UKE-C004", 1), ("UKE-C004", 5)]


def test_only_a_damaged_facility_row_leaves_what_it_says_readably():
    (document,) = parse(data_of(IR.replace("202507", "x"), *claim())).documents
    assert (document.facility, document.sequence, document.set_key) == ("1311234567", "", "")


def test_the_payer_is_part_of_the_key():
    one, other = (
        parse(data_of(head, receipt(), *claim()[1:])).documents[0]
        for head in (IR, IR.replace("IR,1", "IR,2"))
    )
    assert one.key != other.key
    assert other.set_key.split(":")[2] == "2"
