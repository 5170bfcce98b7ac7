"""What goes out for whole documents, held against the published profiles and against what must not change."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.exchange.mhd.provide import (
    Known,
    again,
    binary_of,
    encoded,
    is_there,
    known_of,
    provide,
    publish,
    removal,
)
from appliance.exchange.mhd.whole import Whole, as_oid, is_whole, source_oid, whole_of
from appliance.limits import MHD_DOCUMENT_MAX_BYTES
from appliance.records.data_class import DataClass
from appliance.records.document import DocumentKind, Format
from tests.exchange.fhir import stated
from tests.exchange.mhd import made
from tests.exchange.mhd.checker import faults_of_bundle, faults_of_simplified
from tests.judges import judge

DOCUMENTS: dict[str, Callable[[], Whole]] = {
    "letter": made.whole,
    "letter with records": lambda: made.whole(made.PDF, Format.CDA, stated.WAIST, stated.MAPPED),
    "checkup": made.checkup,
    "picture": made.picture,
    "laboratory file": made.laboratory_file,
}
BEFORE = Known("one", "urn:oid:2.25.1", current=True, file="b1")


def entry_of(bundle: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == kind]
    return dict(found)


def plain(resource: dict[str, Any]) -> dict[str, Any]:
    """As it goes over the wire."""
    return dict(json.loads(encoded(resource)))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_fits_the_comprehensive_profile(name: str) -> None:
    whole = DOCUMENTS[name]()
    assert faults_of_bundle(plain(provide(whole))) == []
    assert faults_of_bundle(plain(provide(whole, [BEFORE]))) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_fits_simplified_publish(name: str) -> None:
    assert faults_of_simplified(plain(publish(DOCUMENTS[name](), "Patient/p", [BEFORE]))) == []


@pytest.mark.hub
def test_base_r4_has_nothing_to_say(tmp_path: Path) -> None:
    files = []
    for number, make in enumerate(DOCUMENTS.values()):
        for shape, body in (
            ("provide", provide(make(), [BEFORE])),
            ("publish", publish(make(), "Patient/p")),
        ):
            files.append(tmp_path / f"{number}-{shape}.json")
            files[-1].write_bytes(encoded(body))
    verdicts = judge(files)
    assert {one.type for one in verdicts} >= {"Bundle", "List", "DocumentReference", "Binary", "Parameters"}
    assert [str(one) for one in verdicts if one.faults] == []


def test_the_checker_can_fail() -> None:
    """Each element that the profile asks for is missed when it is taken away."""
    sound = plain(provide(made.whole(), [BEFORE]))
    for kind, names in {
        "List": ("identifier", "extension", "code", "subject", "date", "mode", "status", "entry", "meta"),
        "DocumentReference": (
            *("masterIdentifier", "identifier", "status", "type", "category", "subject", "date"),
            *("author", "securityLabel", "context", "relatesTo", "meta"),
        ),
    }.items():
        for name in names:
            broken = deepcopy(sound)
            next(
                one["resource"].pop(name)
                for one in broken["entry"]
                if one["resource"]["resourceType"] == kind
            )
            assert faults_of_bundle(broken), f"{kind}.{name}"
    for change in (
        lambda bundle: bundle.pop("meta"),
        lambda bundle: bundle["entry"].append(bundle["entry"][0]),
        lambda bundle: bundle["entry"][0]["resource"].update(resourceType="Provenance"),
        lambda bundle: entry_of(bundle, "DocumentReference")["content"][0]["attachment"].update(size=1),
        lambda bundle: entry_of(bundle, "DocumentReference")["content"][0]["attachment"].update(hash="x"),
        lambda bundle: entry_of(bundle, "Parameters")["parameter"][0]["part"].pop(),
    ):
        broken = deepcopy(sound)
        change(broken)
        assert faults_of_bundle(broken)


def test_the_bytes_are_those_of_the_file() -> None:
    bundle = provide(made.whole())
    attachment = entry_of(bundle, "DocumentReference")["content"][0]["attachment"]
    assert base64.b64decode(entry_of(bundle, "Binary")["data"]) == made.PDF
    assert (attachment["size"], attachment["contentType"]) == (len(made.PDF), "application/pdf")


def test_an_empty_document_has_the_hash_that_mhd_names() -> None:
    assert replace(made.whole(), content=b"").sha1 == "2jmj7l5rSw0yVb/vlWAYkK/YBwk="


def test_every_part_carries_every_class_of_the_document() -> None:
    whole = made.whole(made.PDF, Format.CDA, stated.WAIST, stated.MAPPED)
    assert whole.classes == (DataClass.BASIC, DataClass.CHECKUP, DataClass.DIAGNOSIS, DataClass.LETTER)
    for one in provide(whole)["entry"]:
        assert [tag["code"] for tag in one["resource"]["meta"]["tag"]] == list(whole.classes)


def test_the_same_document_has_the_same_identifiers_and_bytes() -> None:
    assert encoded(provide(made.whole())) == encoded(provide(made.whole()))


@pytest.mark.parametrize(
    "other",
    [
        lambda: made.whole(made.PDF + b"%"),
        lambda: made.whole(title="紹介状（訂正）"),
        lambda: made.whole(made.PDF, Format.PDF, stated.WAIST),
    ],
    ids=["bytes", "title", "classes"],
)
def test_what_says_something_else_is_another_version(other: Callable[[], Whole]) -> None:
    first, second = made.whole(), other()
    assert first.key == second.key
    for name in ("version", "unique_id", "entry_uuid", "set_uuid", "set_unique_id"):
        assert getattr(first, name) != getattr(second, name), name


def test_when_it_was_stored_makes_no_version() -> None:
    stored_again = replace(made.whole(), recorded="2026-12-01T00:00:00.000Z")
    assert stored_again.unique_id == made.whole().unique_id


def test_the_source_is_one_for_each_facility() -> None:
    assert source_oid("1319999012") != source_oid("1319999020")
    assert as_oid("00000000-0000-0000-0000-000000000001") == "urn:oid:2.25.1"


def test_a_new_version_supersedes_those_that_count() -> None:
    old = Known("zero", "urn:oid:2.25.0", current=False)
    bundle = provide(made.whole(), [old, BEFORE])
    assert [one["request"]["url"] for one in bundle["entry"] if one["request"]["method"] == "PATCH"] == [
        "DocumentReference/one"
    ]
    relations = entry_of(bundle, "DocumentReference")["relatesTo"]
    assert relations == [{"code": "replaces", "target": {"reference": "DocumentReference/one"}}]


def test_a_version_that_the_hub_has_as_superseded_is_made_to_count_again() -> None:
    whole = made.whole()
    old = Known("old", whole.unique_id, current=False)
    assert not is_there([old, BEFORE], whole.unique_id)
    back = again([old, BEFORE], whole.unique_id)
    assert back is not None
    said = {
        one["request"]["url"]: one["resource"]["parameter"][0]["part"][2]["valueCode"]
        for one in back["entry"]
    }
    assert said == {"DocumentReference/old": "current", "DocumentReference/one": "superseded"}
    assert again([BEFORE], whole.unique_id) is None


def test_a_removal_takes_all_versions_with_their_bytes_and_submissions() -> None:
    old = Known("zero", "urn:oid:2.25.0", current=False, file="b0")
    bundle = removal([old, BEFORE], [("List", "s0"), ("List", "s1")])
    assert [one["request"]["url"] for one in bundle["entry"]] == [
        *("Binary/b0", "Binary/b1", "DocumentReference/one", "DocumentReference/zero", "List/s0", "List/s1")
    ]


def test_what_a_hub_answers_is_read_whatever_it_is() -> None:
    found = [
        {
            "id": "1",
            "status": "current",
            "masterIdentifier": {"value": "urn:oid:2.25.7"},
            "content": [{"attachment": {"url": "https://hub.example/fhir/Binary/b"}}],
        },
        {"id": 5, "content": "no"},
    ]
    assert known_of(found) == (
        Known("1", "urn:oid:2.25.7", current=True, file="b"),
        Known("", "", current=False),
    )
    assert binary_of({"content": [{"attachment": {"url": "https://elsewhere.example/file/b"}}]}) == ""


@pytest.mark.parametrize(
    ("known", "documents", "size", "source_files", "goes"),
    [
        (Format.PDF, 1, 10, False, True),
        (Format.KENSHIN, 1, 10, False, True),
        (Format.KENSHIN, 2, 10, True, False),
        (Format.HL7_LAB, 1, 10, False, False),
        (Format.HL7_LAB, 1, 10, True, True),
        (Format.UKE_IKA, 1, 10, True, False),
        (Format.NSIPS, 1, 10, True, False),
        (Format.ORCA, 1, 10, True, False),
        (Format.PDF, 1, 0, False, False),
        (Format.PDF, 1, MHD_DOCUMENT_MAX_BYTES + 1, False, False),
    ],
)
def test_which_files_may_leave_whole(
    known: Format, documents: int, size: int, *, source_files: bool, goes: bool
) -> None:
    assert is_whole(known, documents, size, source_files=source_files) is goes


def test_without_its_bytes_there_is_no_document() -> None:
    assert whole_of(made.content(b"", DocumentKind.LETTER, made.letter()), Format.PDF) is None
