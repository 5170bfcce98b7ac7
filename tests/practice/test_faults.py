"""Files with a fault are what they claim to be."""

from __future__ import annotations

import pytest

from appliance.formats.parse import parse
from appliance.practice.faults import EXPECTED, Fault, make_fault
from appliance.practice.uke_writer import ClaimFile
from appliance.records.finding import Severity


@pytest.fixture
def good(files: tuple[ClaimFile, ...]) -> ClaimFile:
    return files[-1]


@pytest.mark.parametrize("fault", Fault)
def test_the_same_file_gives_the_same_bytes(fault: Fault, good: ClaimFile) -> None:
    assert make_fault(fault, good).file.data == make_fault(fault, good).file.data
    assert fault in EXPECTED


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.DUPLICATE])
def test_the_bytes_differ_from_the_good_ones(fault: Fault, good: ClaimFile) -> None:
    assert make_fault(fault, good).file.data != good.data


def test_half_a_file_ends_in_the_middle_of_a_row(good: ClaimFile) -> None:
    half = make_fault(Fault.HALF, good).file
    assert good.data.startswith(half.data)
    assert not half.data.endswith((b"\r\n", b"\x1a"))
    assert 0 < len(half.claims) < len(good.claims)
    assert half.claims == good.claims[: len(half.claims)]
    assert half.data.count(b"\r\nRE,") == len(half.claims) + 1


def test_the_wrong_facility_is_one_the_network_does_not_know(good: ClaimFile) -> None:
    documents = parse(make_fault(Fault.WRONG_FACILITY, good).file.data).documents
    assert {document.facility for document in documents} == {"1319999046"}
    assert len(documents) == len(good.claims)


def test_gaiji_stands_in_one_name_and_stops_nothing(good: ClaimFile) -> None:
    data = make_fault(Fault.GAIJI, good).file.data
    assert b"\xf0\x40" in data
    documents = parse(data).documents
    assert "\ue000" in documents[0].patient.name.text
    assert len(documents) == len(good.claims)


def test_mojibake_garbles_one_name_and_loses_no_claim(good: ClaimFile) -> None:
    faulty = make_fault(Fault.MOJIBAKE, good).file
    parsed = parse(faulty.data)
    assert good.claims[0].patient.person.name.text.encode() in faulty.data
    assert len(parsed.documents) == len(good.claims)
    assert {finding.severity for finding in parsed.all_findings} - {Severity.INFO} == {Severity.WARNING}


def test_a_duplicate_is_the_same_bytes(good: ClaimFile) -> None:
    assert make_fault(Fault.DUPLICATE, good).file.data == good.data


def test_a_correction_is_a_sound_file_with_other_contents_under_the_same_keys(good: ClaimFile) -> None:
    corrected = parse(make_fault(Fault.CORRECTION, good).file.data)
    before = parse(good.data)
    assert [document.key for document in corrected.documents] == [
        document.key for document in before.documents
    ]
    assert {document.set_key for document in corrected.documents} == {
        document.set_key for document in before.documents
    }
    changed = [
        old.records != new.records for old, new in zip(before.documents, corrected.documents, strict=True)
    ]
    assert changed[:3] == [True, True, True]
    assert not any(changed[3:])
    assert all(document.points == document.points_computed for document in corrected.documents)
    assert not corrected.all_findings


def test_a_cancellation_lacks_one_claim(good: ClaimFile) -> None:
    left = parse(make_fault(Fault.CANCELLATION, good).file.data)
    before = {document.key for document in parse(good.data).documents}
    assert len(before - {document.key for document in left.documents}) == 1
    assert not left.all_findings
