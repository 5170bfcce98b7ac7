"""MHD at the practice hub: Provide Document Bundle and Simplified Publish taken in whole or not at all, found, retrieved."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest

from tests.provisioning.network import CLINIC, MPI, Box, Caller, Resource, local_system

pytestmark = pytest.mark.hub

URI = "urn:ietf:rfc:3986"
LIST_TYPES = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
PATCH = {
    "resourceType": "Parameters",
    "parameter": [
        {
            "name": "operation",
            "part": [
                {"name": "type", "valueCode": "replace"},
                {"name": "path", "valueString": "DocumentReference.status"},
                {"name": "value", "valueCode": "superseded"},
            ],
        }
    ],
}


@pytest.fixture(scope="module", autouse=True)
def _known(clinic: Box, other: Box) -> None:
    """One person at both clinics, open to both."""
    who = {"name": [{"text": "フミノ タバネ"}], "birthDate": "1951-02-03", "gender": "male"}
    clinic.send(clinic.patient("mhd-1", **who), clinic.consent("mhd-1", "mhd-1"))
    other.put(other.patient("mhd-2", **who))


def urn(name: str) -> str:
    """The placeholder of a part inside its own transaction."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def oid(number: int) -> Resource:
    return {"use": "usual", "system": URI, "value": f"urn:oid:2.25.{number}"}


def document(box: Box, number: int, **changes: Any) -> Resource:
    whole = {
        "resourceType": "DocumentReference",
        "meta": box.meta,
        "masterIdentifier": oid(number),
        "status": "current",
        "subject": {"reference": f"Patient?identifier={local_system(box.facility)}|no-mhd-1"},
        "content": [{"attachment": {"contentType": "text/plain", "url": urn("bytes")}}],
    }
    return whole | changes


def provide(box: Box, number: int, *more: Resource, **changes: Any) -> Resource:
    """A whole ITI-65 transaction with one document of these bytes."""
    submission = {
        "resourceType": "List",
        "meta": box.meta,
        "identifier": [oid(number + 1_000)],
        "status": "current",
        "mode": "working",
        "code": {"coding": [{"system": LIST_TYPES, "code": "submissionset"}]},
        "subject": document(box, number)["subject"],
        "date": "2026-09-01T00:00:00Z",
        "entry": [{"item": {"reference": urn("document")}}],
    }
    file = {
        "resourceType": "Binary",
        "meta": box.meta,
        "contentType": "text/plain",
        "securityContext": {"reference": urn("document")},
        "data": base64.b64encode(f"document {number}".encode()).decode(),
    }
    parts = {
        "submission": (submission, {"ifNoneExist": f"identifier={URI}|urn:oid:2.25.{number + 1_000}"}),
        "document": (
            document(box, number, **changes),
            {"ifNoneExist": f"identifier={URI}|urn:oid:2.25.{number}"},
        ),
        "bytes": (file, {}),
    }
    entries = [
        {
            "fullUrl": urn(name),
            "resource": one,
            "request": {"method": "POST", "url": one["resourceType"], **condition},
        }
        for name, (one, condition) in parts.items()
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": [*entries, *more]}


def found(box: Caller, number: int) -> list[Resource]:
    bundle = box.read(f"DocumentReference?identifier={URI}|urn:oid:2.25.{number}&status=current,superseded")
    return [entry["resource"] for entry in bundle.get("entry", [])]


def bytes_of(box: Caller, one: Resource) -> bytes:
    return base64.b64decode(box.read(one["content"][0]["attachment"]["url"])["data"])


def test_a_provided_document_is_found_and_its_bytes_are_retrieved(clinic: Box) -> None:
    answer = clinic.post("", provide(clinic, 1))
    assert [entry["response"]["status"] for entry in answer.json()["entry"]] == ["201", "201", "201"]
    (one,) = found(clinic, 1)
    assert one["subject"] == {"reference": "Patient/mhd-1"}
    assert bytes_of(clinic, one) == b"document 1"
    submissions = clinic.read(
        f"List?patient.identifier={local_system(CLINIC)}|no-mhd-1&code=submissionset&item=DocumentReference/{one['id']}"
    )
    assert submissions["total"] == 1


def test_the_second_time_makes_no_second_document(clinic: Box) -> None:
    for _ in range(2):
        assert clinic.post("", provide(clinic, 2)).status_code == 200
    assert len(found(clinic, 2)) == 1


def test_replacing_supersedes_the_version_before_in_the_same_transaction(clinic: Box) -> None:
    clinic.post("", provide(clinic, 3))
    (old,) = found(clinic, 3)
    patch = {
        "fullUrl": f"DocumentReference/{old['id']}",
        "resource": PATCH,
        "request": {"method": "PATCH", "url": f"DocumentReference/{old['id']}"},
    }
    relation = [{"code": "replaces", "target": {"reference": f"DocumentReference/{old['id']}"}}]
    answer = clinic.post("", provide(clinic, 4, patch, relatesTo=relation))
    assert answer.status_code == 200, answer.text
    assert [one["status"] for one in found(clinic, 3)] == ["superseded"]
    assert [one["status"] for one in found(clinic, 4)] == ["current"]


def test_one_bad_entry_leaves_nothing_of_the_whole(clinic: Box) -> None:
    lists = clinic.count("List")
    missing = {
        "fullUrl": "DocumentReference/none",
        "resource": PATCH,
        "request": {"method": "PATCH", "url": "DocumentReference/none"},
    }
    assert clinic.post("", provide(clinic, 5, missing)).status_code == 404
    assert found(clinic, 5) == []
    assert clinic.count("List") == lists


def test_a_patch_that_is_none_is_refused(clinic: Box) -> None:
    clinic.post("", provide(clinic, 6))
    (one,) = found(clinic, 6)
    answer = clinic.request(
        "PATCH",
        f"DocumentReference/{one['id']}",
        json={"resourceType": "Binary", "contentType": "text/plain"},
    )
    assert answer.status_code == 400
    assert found(clinic, 6)[0]["status"] == "current"


def test_simplified_publish_makes_binary_and_submission(clinic: Box) -> None:
    inside = [{"attachment": {"contentType": "text/plain", "data": base64.b64encode(b"simple").decode()}}]
    subject = {"reference": "Patient/mhd-1"}
    condition = {"If-None-Exist": f"identifier={URI}|urn:oid:2.25.7"}
    first = clinic.post(
        "DocumentReference", document(clinic, 7, content=inside, subject=subject), **condition
    )
    assert first.status_code == 201, first.text
    second = clinic.post(
        "DocumentReference", document(clinic, 7, content=inside, subject=subject), **condition
    )
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
    (one,) = found(clinic, 7)
    assert "data" not in one["content"][0]["attachment"]
    assert bytes_of(clinic, one) == b"simple"
    assert any(each["value"].startswith("urn:uuid:") for each in one["identifier"])
    assert clinic.read(f"List?item=DocumentReference/{one['id']}&code=submissionset")["total"] == 1
    replacing = [{"code": "replaces", "target": {"reference": f"DocumentReference/{one['id']}"}}]
    clinic.post(
        "DocumentReference", document(clinic, 8, content=inside, subject=subject, relatesTo=replacing)
    )
    assert found(clinic, 7)[0]["status"] == "superseded"


def test_others_see_documents_by_their_labels_and_the_day_they_are_about(clinic: Box, other: Box) -> None:
    labels = {**clinic.meta, "tag": [{"system": "urn:renkei:data-class", "code": "letter"}]}
    clinic.post("", provide(clinic, 9, meta=labels, date="2026-09-02T00:00:00Z"))
    terms = f"patient.identifier={local_system(other.facility)}|no-mhd-2&status=current"
    assert "urn:oid:2.25.9" in {
        entry["resource"]["masterIdentifier"]["value"]
        for entry in other.read(f"DocumentReference?{terms}")["entry"]
    }
    before = [{"dataPeriod": {"end": "2026-08-31"}}]
    clinic.put(clinic.consent("mhd-1", "mhd-1", *before))
    clinic.post(
        "", provide(clinic, 10, meta=labels, date="2026-09-02T00:00:00Z", context=about("2026-08-01"))
    )
    clinic.post(
        "", provide(clinic, 11, meta=labels, date="2026-08-02T00:00:00Z", context=about("2026-09-01"))
    )
    seen = {
        entry["resource"]["masterIdentifier"]["value"]
        for entry in other.read(f"DocumentReference?{terms}").get("entry", [])
    }
    assert "urn:oid:2.25.11" in seen
    assert not seen & {"urn:oid:2.25.9", "urn:oid:2.25.10"}
    clinic.put(clinic.consent("mhd-1", "mhd-1"))


def about(day: str) -> Resource:
    return {"period": {"start": day, "end": day}}


def test_a_person_is_found_by_the_index_s_own_number(clinic: Box, other: Box) -> None:
    clinic.put(clinic.condition("mhd-c", "mhd-1"))
    answer = other.post(
        "Patient/$ihe-pix",
        {
            "resourceType": "Parameters",
            "parameter": [
                {
                    "name": "sourceIdentifier",
                    "valueIdentifier": {"system": local_system(other.facility), "value": "no-mhd-2"},
                },
                {"name": "targetSystem", "valueUri": MPI},
            ],
        },
    )
    (number,) = [
        one["valueIdentifier"]["value"]
        for one in answer.json()["parameter"]
        if one["name"] == "targetIdentifier"
    ]
    assert other.found(f"Condition?patient.identifier={MPI}|{number}") == {"mhd-c"}
    assert other.found(f"Condition?patient.identifier={MPI}|{number}0") == set()
