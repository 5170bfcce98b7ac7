"""FHIR resources of other facilities as lines of the timeline."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.exchange.fhir.bundle import document_payload, resources
from appliance.exchange.fhir.content import Content
from appliance.exchange.mhd.provide import provide
from appliance.exchange.timeline import TYPES, Seen, once, seen
from appliance.records.data_class import DataClass
from appliance.records.document import DocumentKind, Format, Record
from tests.exchange.fhir import made, stated
from tests.exchange.mhd import made as mhd

ELSEWHERE = "1300000009"


def name(facility: str) -> str:
    return {made.FACILITY: "練習用内科"}.get(facility, facility)


def lines(*found: dict[str, Any], own: str = ELSEWHERE) -> list[Seen]:
    return seen(found, own, name)


def line(record: Record) -> Seen:
    (only,) = lines(*resources(made.content(record)).values())
    return only


@pytest.mark.parametrize(
    ("record", "data_class", "date", "title", "detail"),
    [
        (made.VISIT, "visit", "2026-08-03", "外来受診", ""),
        (made.STAY, "visit", "2026-08-10", "入院", ""),
        (made.DISEASE, "diagnosis", "2026-05-01", "傷病名 8833421", "疑い、治癒"),
        (made.UNCODED, "diagnosis", "", "珍しい病名", ""),
        (made.ACT, "procedure", "2026-08-03", "診療行為 112007410", ""),
        (made.MONTHLY_ACT, "procedure", "2026-08", "診療行為 113001810", ""),
        (made.ORAL, "medication", "2026-08-03", "薬剤 620008565", "1日量 3、14日分"),
        (made.DEVICE, "device", "2026-08-03", "フィルム　半切", ""),
        (made.NARRATIVE, "diagnosis", "2026-08-01", "記載 01", "発熱が続く。\nＣＲＰ高値。"),
    ],
)
def test_each_kind_of_record_gives_one_line(
    record: Record, data_class: str, date: str, title: str, detail: str
) -> None:
    entry = line(record).entry
    assert (entry.data_class, entry.date, entry.title, entry.detail) == (data_class, date, title, detail)
    assert (entry.source, entry.source_name, entry.as_of, entry.own) == (
        made.FACILITY,
        "練習用内科",
        date,
        False,
    )


def arrived(record: Record, *others: Record) -> Seen:
    """The line of the first record as it comes back over the wire."""
    body = document_payload(stated.content(DocumentKind.LABORATORY, record, *others)).body
    found = [one["resource"] for one in json.loads(body)["entry"]]
    kind = type(record).__name__
    (only,) = lines(*(one for one in found if one["resourceType"] == kind))
    return only


@pytest.mark.parametrize(
    ("record", "data_class", "title", "detail"),
    [
        (stated.DISPENSED, "medication", "練習錠１０ｍｇ", "１日３回毎食後、1日量 3錠、14日分"),
        (stated.MAPPED, "diagnosis", "２型糖尿病", ""),
        (stated.LOCAL_TEST, "lab", "院内検査", "<0.05 ng/mL"),
        (stated.ANSWERED, "lab", "尿蛋白", "(±)"),
        (stated.WAIST, "checkup", "腹囲（実測）", "84.0 cm"),
        (stated.ALLERGY, "allergy", "小麦", "じんましん"),
        (stated.VACCINE, "procedure", "インフルエンザワクチン", ""),
        (stated.LETTER, "letter", "診療情報提供書", ""),
    ],
)
def test_each_kind_of_record_of_the_other_files_gives_one_line(
    record: Record, data_class: str, title: str, detail: str
) -> None:
    one = arrived(record)
    assert (one.entry.data_class, one.entry.title, one.entry.detail) == (data_class, title, detail)
    assert one.day == ("2020-04-01" if record is stated.MAPPED else "2026-08-03")


def test_a_measured_value_shows_its_flag_and_its_class_wherever_its_label_stands() -> None:
    one = arrived(stated.POTASSIUM, stated.SERUM)
    assert (one.entry.detail, one.data_class) == ("3.5 mEq/L（L）", DataClass.LAB)


def test_a_month_is_no_day_for_consent() -> None:
    assert line(made.MONTHLY_ACT).day is None
    assert line(made.ACT).day == "2026-08-03"


@pytest.mark.parametrize("written", ["2026-02-31", "2026-99-99"])
def test_a_day_the_calendar_does_not_know_is_no_day_for_consent(written: str) -> None:
    (act,) = resources(made.content(made.ACT)).values()
    (only,) = lines({**act, "performedDateTime": written})
    assert (only.entry.date, only.day) == (written, None)


@pytest.mark.parametrize("written", ["yesterday", "20260803", "2026-8-3", 20260803])
def test_what_is_no_date_is_not_shown_as_one(written: object) -> None:
    (act,) = resources(made.content(made.ACT)).values()
    (only,) = lines({**act, "performedDateTime": written})
    assert only.entry.date == ""


def test_the_code_stands_beside_the_title() -> None:
    assert line(made.DEVICE).entry.code == "700590000"
    assert line(made.ORAL).entry.code == "620008565"


def test_a_facilitys_own_data_are_not_shown_twice() -> None:
    assert lines(*resources(made.content()).values(), own=made.FACILITY) == []


def test_the_newest_line_comes_first() -> None:
    dates = [one.entry.date for one in lines(*resources(made.content()).values())]
    assert dates == sorted(dates, reverse=True)


def test_what_does_not_say_whose_it_is_or_of_which_class_is_left_out() -> None:
    (act,) = resources(made.content(made.ACT)).values()
    nobodys = {**act, "meta": {"source": "urn:other", "tag": act["meta"]["tag"]}}
    unknown = {**act, "meta": {**act["meta"], "tag": [{"system": "urn:renkei:data-class", "code": "odd"}]}}
    untyped = {"resourceType": "Basic", "meta": {"source": act["meta"]["source"]}}
    assert lines(nobodys, unknown, untyped) == []


def test_without_a_class_of_its_own_the_type_gives_it() -> None:
    (act,) = resources(made.content(made.ACT)).values()
    (only,) = lines({**act, "meta": {"source": act["meta"]["source"]}})
    assert only.data_class is DataClass.PROCEDURE


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_names = ["meta", "code", "contained", "period", "class", "clinicalStatus", "verificationStatus"]
_names += [
    "dosageInstruction",
    "medicationCodeableConcept",
    "onsetDateTime",
    "valueString",
    "valueQuantity",
    "interpretation",
    "reaction",
    "context",
    "performedDateTime",
]


@given(st.sampled_from([*TYPES, "Basic"]), st.dictionaries(st.sampled_from(_names), _json, max_size=6))
@settings(max_examples=300, deadline=None)
def test_whatever_the_wire_brings_gives_a_line_or_none(kind: str, elements: dict[str, Any]) -> None:
    lines({"resourceType": kind, **elements})
    source = {"meta": {"source": "urn:renkei:facility:1319999012"}}
    for one in lines({"resourceType": kind, **elements, **source}):
        assert isinstance(one.entry.title, str)


def test_a_document_of_several_classes_asks_for_each_of_them_and_is_listed_once() -> None:
    bundle = provide(mhd.whole(mhd.PDF, Format.CDA, stated.WAIST, stated.MAPPED))
    document = next(
        one["resource"] | {"id": "d-1"}
        for one in bundle["entry"]
        if one["request"]["url"] == "DocumentReference"
    )
    document["content"][0]["attachment"]["url"] = "Binary/b-1"
    (found,) = lines(document)
    assert found.data_classes == (DataClass.BASIC, DataClass.DIAGNOSIS, DataClass.LETTER, DataClass.CHECKUP)
    assert (found.data_class, found.day) == (DataClass.LETTER, "2026-08-03")
    assert found.entry.document == "d-1"


@pytest.mark.parametrize("labels", [["letter", "gossip"], ["gossip"], [""]])
def test_a_label_that_is_no_class_hides_the_whole(labels: list[str]) -> None:
    (one,) = resources(made.content(made.VISIT)).values()
    one["meta"]["tag"] = [{"system": "urn:renkei:data-class", "code": label} for label in labels]
    assert lines(one) == []


@pytest.mark.parametrize("status", ["superseded", "entered-in-error"])
def test_what_no_longer_counts_gives_no_line(status: str) -> None:
    (one,) = resources(stated.content(DocumentKind.LETTER, stated.LETTER)).values()
    assert lines(one)
    assert lines(one | {"status": status}) == []


def told_twice() -> list[Seen]:
    """One file told by two facilities: as a record without its bytes, and as a document that can be opened."""
    (record,) = resources(made_file()).values()
    bundle = provide(mhd.whole(), ())
    document = next(
        one["resource"] | {"id": "d-1"}
        for one in bundle["entry"]
        if one["request"]["url"] == "DocumentReference"
    )
    document["content"][0]["attachment"]["url"] = "Binary/b-1"
    document["meta"] = document["meta"] | {"source": "urn:renkei:facility:1319999020"}
    return lines(record, document)


def made_file() -> Content:
    """A letter of these bytes as a record of its own, whose bytes stay where they are."""
    return replace(mhd.content(mhd.PDF, DocumentKind.LETTER, mhd.letter()), file=b"")


def test_the_same_file_told_twice_is_one_line_the_one_that_can_be_opened() -> None:
    both = told_twice()
    assert len(both) == 2
    assert [line.entry.document for line in once(both)] == ["d-1"]
    assert [line.entry.document for line in once(reversed(both))] == ["d-1"]


def test_a_file_that_the_box_has_itself_is_not_shown_as_somebody_elses() -> None:
    sha256 = hashlib.sha256(mhd.PDF).hexdigest()
    assert once(told_twice(), {f"urn:x-renkei:arrival-sha256|{sha256}"}) == []


def test_the_same_resource_twice_is_one_line() -> None:
    (one,) = resources(made.content(made.VISIT)).values()
    assert len(lines(one, one)) == 1


def test_two_things_that_are_only_alike_stay_two() -> None:
    (one,) = resources(made.content(made.VISIT)).values()
    other = one | {
        "id": "other",
        "identifier": [{"system": one["identifier"][0]["system"], "value": "other"}],
    }
    assert len(once(lines(one, other))) == 2
