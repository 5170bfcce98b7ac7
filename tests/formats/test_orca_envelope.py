"""Envelopes of ORCA answers: kept byte for byte, read into documents with keys of their own, damage explained."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.facility import placed
from appliance.formats.orca.answers import Result
from appliance.formats.orca.envelope import MARK, Envelope, Statement, pack, unpack
from appliance.formats.orca.heard import (
    Heard,
    Standing,
    hear,
    history_in,
    patients_in,
    standing_in,
    visits_in,
)
from appliance.formats.orca.pages import DIAGNOSES, PAGE, page_key
from appliance.formats.orca.visits import Visit
from appliance.formats.parse import parse
from appliance.formats.report import inspect_report
from appliance.records.administrative import Practitioner
from appliance.records.clinical import Condition, Encounter, Procedure
from appliance.records.document import Document, Format, Parsed
from tests.formats.test_orca import ACTS, PATIENT, as_json, as_xml
from tests.fuzz.promises import keeps_its_promises

NUMBER = PATIENT["Patient_ID"]
VISIT = Visit(NUMBER, date(2025, 6, 9), "01", "1")
MOMENT = "2025-06-10T09:30:00"
PAGE_ANSWER = as_xml("patientinfores", {"Patient_Information": PATIENT})
ACTS_ANSWER = as_json("medicalget02res", ACTS)
DISEASE = {"Disease_Name": "高血圧症", "Disease_Single": [{"Disease_Single_Code": "8833421"}]}
DISEASES_ANSWER = as_xml("disease_infores", {"Disease_Infores": PATIENT, "Disease_Information": [DISEASE]})
NO_DISEASES = as_xml("disease_infores", {"Api_Result": "21", "Api_Result_Message": "対象病名がありません"})


def whole(**changes: object) -> Envelope:
    made: dict[str, object] = {
        "statement": Statement.VISIT,
        "patient": NUMBER,
        "moment": MOMENT,
        "visits": (VISIT,),
        "physician": "架空　医師",
        "answers": (PAGE_ANSWER, ACTS_ANSWER, DISEASES_ANSWER),
        "number": 7,
    }
    return Envelope(**(made | changes))


def read(envelope: Envelope) -> Parsed:
    found = parse(pack(envelope))
    assert found.format is Format.ORCA
    return found


def codes(parsed: Parsed) -> list[str]:
    return [finding.code for finding in parsed.all_findings]


def by_key(parsed: Parsed) -> dict[str, Document]:
    return {document.key: document for document in parsed.documents}


def test_a_visit_is_one_document_beside_the_page_and_the_diagnoses_of_its_patient():
    found = read(whole())
    documents = by_key(found)
    assert set(documents) == {VISIT.key, page_key(PAGE, NUMBER), page_key(DIAGNOSES, NUMBER)}
    visit = documents[VISIT.key]
    assert isinstance(visit.records[0], Practitioner)
    assert visit.records[0].name == "架空　医師"
    assert {Encounter, Procedure} <= {type(record) for record in visit.records}
    assert visit.period == "2025-06-09"
    assert [type(one) for one in documents[page_key(DIAGNOSES, NUMBER)].records] == [Condition]
    assert [document.first_line for document in found.documents] == [1, 2, 3]
    assert {document.sequence for document in found.documents} == {f"3:{MOMENT}:000000000007"}
    assert found.complete
    assert found.source_rows == {"patientgetv2": 1, "medicalgetv2": 1, "diseasegetv2": 1}


def test_it_shares_the_key_of_single_answers_and_comes_after_them():
    single = parse(ACTS_ANSWER).documents[0]
    visit = by_key(read(whole()))[single.key]
    assert visit.sequence > single.sequence
    assert placed(visit, "1319999913").patient.facility == "1319999913"


def test_a_later_statement_is_a_later_version():
    sequences = [whole(number=number).sequence for number in (7, 8, 10, 100)]
    assert sequences == sorted(sequences)
    assert whole(moment="2025-06-10T09:30:01", number=8).sequence > whole(number=9).sequence


def test_a_deletion_and_a_withdrawal_are_tombstones():
    deleted = read(Envelope(Statement.DELETED, NUMBER, MOMENT, (VISIT,), answers=(PAGE_ANSWER,)))
    (tombstone,) = deleted.documents
    assert (tombstone.key, tombstone.tombstone, tombstone.records) == (VISIT.key, True, ())
    withheld = read(Envelope(Statement.WITHHELD, NUMBER, MOMENT, (VISIT,)))
    assert set(by_key(withheld)) == {VISIT.key, page_key(PAGE, NUMBER), page_key(DIAGNOSES, NUMBER)}
    assert all(document.tombstone for document in withheld.documents)
    assert codes(deleted) == codes(withheld) == []


def test_no_diagnoses_take_the_earlier_ones_back():
    found = read(Envelope(Statement.PATIENT, NUMBER, MOMENT, answers=(PAGE_ANSWER, NO_DISEASES)))
    documents = by_key(found)
    assert documents[page_key(DIAGNOSES, NUMBER)].tombstone
    assert not documents[page_key(PAGE, NUMBER)].tombstone
    assert codes(found) == []


def test_an_answer_about_somebody_else_is_not_taken():
    other = as_xml("patientinfores", {"Patient_Information": PATIENT | {"Patient_ID": "00043"}})
    found = read(whole(answers=(other, ACTS_ANSWER, DISEASES_ANSWER)))
    assert "ORCA-E003" in codes(found)
    assert page_key(PAGE, "00043") not in by_key(found)


def test_a_missing_answer_and_a_refused_one_are_named():
    assert "ORCA-E002" in codes(read(whole(answers=(PAGE_ANSWER, ACTS_ANSWER))))
    refused = as_json("medicalget02res", {"Api_Result": "89", "Api_Result_Message": "取得できません"})
    found = read(whole(answers=(PAGE_ANSWER, refused, DISEASES_ANSWER)))
    assert "ORCA-A002" in codes(found)
    assert VISIT.key not in by_key(found)


def test_a_test_patient_in_an_envelope_makes_no_page():
    page = as_xml("patientinfores", {"Patient_Information": PATIENT | {"TestPatient_Flag": "1"}})
    found = read(Envelope(Statement.PATIENT, NUMBER, MOMENT, answers=(page, DISEASES_ANSWER)))
    assert "ORCA-P002" in codes(found)
    assert page_key(PAGE, NUMBER) not in by_key(found)


def test_what_is_packed_is_unpacked():
    envelope = whole()
    assert unpack(pack(envelope)) == envelope


@pytest.mark.parametrize(
    "data",
    [
        MARK,
        MARK + b"{}\n",
        MARK + b"[]\n",
        MARK + b"[" * 10_000 + b"\n",
        pack(whole()).replace(b'"visit"', b'"visitor"', 1),
        pack(whole()).replace(b'"2025-06-09"', b'"2025-06-31"', 1),
        pack(whole()) + b" ",
    ],
)
def test_a_damaged_envelope_is_kept_and_explained(data: bytes):
    found = parse(data)
    assert found.format is Format.ORCA
    assert (found.documents, codes(found), found.complete) == ((), ["ORCA-E001"], False)


def test_every_truncation_is_noticed():
    data = pack(whole())
    for end in range(len(MARK), len(data)):
        assert codes(parse(data[:end])) == ["ORCA-E001"]


def test_inspect_tells_what_an_envelope_holds():
    report = inspect_report("visit", pack(whole()))
    assert report["format"] == "orca"
    assert [one["patient"]["local_id"] for one in report["documents"]] == [NUMBER] * 3


@given(st.binary(max_size=200))
def test_no_answers_whatever_they_are_crash_the_reader(answer: bytes):
    data = pack(whole(answers=(answer, answer)))
    keeps_its_promises(data, parse(data))


@pytest.mark.parametrize(
    ("root", "result", "readable"),
    [
        ("visitptlst01res", "13", False),
        ("visitptlst01res", "12", True),
        ("patientlst1res", "20", False),
        ("patientlst1res", "10", True),
        ("medicalget01res", "15", False),
        ("disease_infores", "20", True),
        ("patientinfores", "10", False),
        ("patientinfores", "90", False),
    ],
)
def test_results_are_judged_by_the_api_they_come_from(root: str, result: str, readable: bool):
    heard = hear(as_xml(root, {"Api_Result": result}))
    assert heard is not None
    assert heard.readable is readable


def test_rows_of_one_visit_are_one_and_any_change_of_a_row_changes_its_mark():
    row = {
        "Patient_Information": PATIENT,
        "Department_Code": "01",
        "Voucher_Number": "0000861",
        "Sequential_Number": "01",
        "Insurance_Combination_Number": "0001",
        "Update_Date": "2025-06-09",
        "Update_Time": "10:00:00",
    }
    second = row | {"Voucher_Number": "0000862", "Insurance_Combination_Number": "0002"}

    def listed(*rows: dict[str, object]) -> str:
        body = {"Visit_Date": "2025-06-09", "Visit_List_Information": list(rows)}
        heard = hear(as_xml("visitptlst01res", body))
        assert heard is not None
        (one,) = visits_in(heard)
        assert one.visit == VISIT
        return one.mark

    assert listed(row, second) == listed(second, row)
    marks = {
        listed(row),
        listed(row, second),
        listed(row | {"Update_Time": "10:00:01"}),
        listed(row | {"Voucher_Number": "0000870"}),
    }
    assert len(marks) == 4


@pytest.mark.parametrize(("said", "agreed"), [("True", True), ("False", False), ("", None), (None, None)])
def test_how_a_patient_stands(said: str | None, agreed: bool | None):
    item = {} if said is None else {"Community_Cid_Agree": said}
    heard = hear(as_json("patientinfores", {"Patient_Information": PATIENT | item}))
    assert heard is not None
    standing = standing_in(heard)
    assert standing is not None
    assert (standing.patient, standing.test, standing.agreed) == (NUMBER, False, agreed)


def test_the_same_content_on_another_day_is_the_same():
    body = {"Patient_Information": PATIENT}
    first, later = (
        hear(as_xml("patientinfores", body | {"Information_Time": moment}))
        for moment in ("09:30:00", "10:30:00")
    )
    changed = hear(as_xml("patientinfores", {"Patient_Information": PATIENT | {"Allergy1": "そば"}}))
    assert first is not None
    assert later is not None
    assert changed is not None
    assert first.content == later.content != changed.content
    assert (first.moment, later.moment) == ("2025-06-10T09:30:00", "2025-06-10T10:30:00")


def test_recorded_answers_are_heard_as_what_they_say(shared: Path):
    def of(name: str) -> Heard:
        heard = hear((shared / "samples/orca" / name).read_bytes())
        assert heard is not None
        return heard

    page = of("patientgetv2_00001_trial.xml")
    assert standing_in(page) == Standing("00001", test=False, agreed=False)
    assert page.moment == "2025-11-15T22:47:55"
    assert patients_in(of("api01rv2_patientlst1v2.json"))[:2] == ("00065", "00066")
    (visit,) = history_in(of("doc_medicalget01res.xml"))
    assert visit == Visit("00012", date(2014, 1, 6), "01", "1")
    assert of("api01rv2_diseasegetv2_10.json").result is Result.NO_PATIENT


@pytest.mark.parametrize(
    "head",
    [
        {"moment": "2026&07-01T18:30:00"},
        {"moment": ""},
        {"moment": 7},
        {"patient": "\ud800"},
        {"patient": "0001\u0000"},
        {"physician": "\udfff"},
        {"visits": [["2026-06-05", "\ud800", "1"]]},
        {"number": -1},
    ],
)
def test_a_head_that_the_box_would_not_write_is_no_envelope(head: dict[str, object]):
    sound = pack(whole())
    line = sound.split(b"\n", 2)[1]
    data = sound.replace(line, json.dumps(json.loads(line) | head).encode())
    assert unpack(sound) is not None
    assert unpack(data) is None
    found = parse(data)
    assert (found.documents, [one.code for one in found.findings]) == ((), ["ORCA-E001"])
