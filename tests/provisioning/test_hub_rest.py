"""FHIR R4 as the box uses it: create, read, update, delete, versions, searches, pages, and refusals one can read."""

from __future__ import annotations

import json

import pytest

from tests.provisioning.network import Box, Caller, local_system, put_entry, transaction

pytestmark = pytest.mark.hub


def text_of(answer_text: str) -> str:
    outcome = json.loads(answer_text)
    assert outcome["resourceType"] == "OperationOutcome"
    return str(outcome["issue"][0]["details"]["text"])


def test_put_with_the_client_s_id_creates_then_updates(clinic: Box) -> None:
    created = clinic.put(clinic.patient("rest-1"))
    assert (created.status_code, created.headers["etag"]) == (201, 'W/"1"')
    updated = clinic.put(clinic.patient("rest-1", active=True))
    assert (updated.status_code, updated.headers["etag"]) == (200, 'W/"2"')
    assert clinic.read("Patient/rest-1")["active"] is True


def test_a_put_that_changes_nothing_makes_no_version(clinic: Box) -> None:
    for _ in range(3):
        answer = clinic.put(clinic.patient("rest-2"))
        assert answer.headers["etag"] == 'W/"1"'
    assert clinic.read("Patient/rest-2/_history")["total"] == 1


def test_versions_can_be_read(clinic: Box) -> None:
    clinic.put(clinic.patient("rest-3"))
    clinic.put(clinic.patient("rest-3", active=False))
    assert "active" not in clinic.read("Patient/rest-3/_history/1")
    assert [
        entry["resource"]["meta"]["versionId"] for entry in clinic.read("Patient/rest-3/_history")["entry"]
    ] == ["2", "1"]


def test_post_lets_the_hub_choose_the_id(clinic: Box) -> None:
    body = {key: value for key, value in clinic.patient("x").items() if key != "id"}
    answer = clinic.post("Patient", body)
    assert answer.status_code == 201
    assert answer.headers["location"].startswith("/fhir/R4/Patient/")
    assert clinic.read(f"Patient/{answer.json()['id']}")["gender"] == "female"


def test_if_match_guards_an_update(clinic: Box) -> None:
    clinic.put(clinic.patient("rest-4"))
    assert clinic.put(clinic.patient("rest-4", active=True), **{"If-Match": 'W/"1"'}).status_code == 200
    conflict = clinic.put(clinic.patient("rest-4", active=False), **{"If-Match": 'W/"1"'})
    assert conflict.status_code == 412
    assert clinic.read("Patient/rest-4")["active"] is True
    assert clinic.put(clinic.patient("rest-none"), **{"If-Match": 'W/"1"'}).status_code == 412


def test_deleting_leaves_a_version_and_can_be_repeated(clinic: Box) -> None:
    clinic.put(clinic.patient("rest-5"))
    assert clinic.request("DELETE", "Patient/rest-5").status_code == 204
    assert clinic.get("Patient/rest-5").status_code == 410
    assert clinic.request("DELETE", "Patient/rest-5").status_code == 204
    assert clinic.get("Patient/never").status_code == 404
    assert clinic.put(clinic.patient("rest-5")).headers["etag"] == 'W/"3"'


def test_conditional_create_and_update(clinic: Box) -> None:
    body = {key: value for key, value in clinic.patient("rest-6").items() if key != "id"}
    query = f"identifier={local_system(clinic.facility)}|no-rest-6"
    first = clinic.post("Patient", body, **{"If-None-Exist": query})
    second = clinic.post("Patient", body, **{"If-None-Exist": query})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    changed = clinic.request("PUT", f"Patient?{query}", json=body | {"active": True})
    assert changed.json()["id"] == first.json()["id"]
    fresh = clinic.request(
        "PUT", f"Patient?{query}-b", json=body | {"identifier": [{"system": "urn:x", "value": "b"}]}
    )
    assert fresh.status_code == 201


def test_searches_find_by_identifier_patient_id_and_date(clinic: Box) -> None:
    clinic.send(
        clinic.patient("rest-7"), clinic.condition("rest-7a", "rest-7"), clinic.condition("rest-7b", "rest-7")
    )
    assert clinic.found(f"Patient?identifier={local_system(clinic.facility)}|no-rest-7") == {"rest-7"}
    assert clinic.found("Condition?identifier=urn:renkei:test|rest-7a") == {"rest-7a"}
    assert clinic.found("Condition?identifier=rest-7b") == {"rest-7b"}
    assert clinic.found("Condition?patient=Patient/rest-7") == {"rest-7a", "rest-7b"}
    assert clinic.found("Condition?subject=Patient/rest-7&_id=rest-7b,other") == {"rest-7b"}
    assert clinic.found("Condition?patient=rest-7&onset-date=ge2026-04-10") == {"rest-7a", "rest-7b"}
    assert clinic.found("Condition?patient=rest-7&onset-date=gt2026-04-10") == set()
    answer = clinic.http.post(
        f"{clinic.hub.url}/Condition/_search", data={"patient": "Patient/rest-7"}, timeout=10
    )
    assert answer.json()["total"] == 2


def test_identifiers_are_told_apart_to_the_letter(clinic: Box) -> None:
    system = local_system(clinic.facility)
    values = {"rest-20a": "A|1,2$3", "rest-20b": "a|1,2$3", "rest-20c": "A"}
    clinic.send(
        *(
            clinic.patient(one, identifier=[{"system": system, "value": value}])
            for one, value in values.items()
        )
    )
    escaped = r"A\|1\,2\$3"
    assert clinic.found(f"Patient?identifier={system}|{escaped}") == {"rest-20a"}
    assert clinic.found(f"Patient?identifier={system}|A") == {"rest-20c"}
    assert clinic.found(f"Patient?identifier={system}|A,{system}|{escaped}") == {"rest-20a", "rest-20c"}
    reference = {"reference": rf"Patient?identifier={system}|A%5C%7C1%5C%2C2%5C%243"}
    answer = clinic.post("", transaction(put_entry(clinic.condition("rest-20", "x", subject=reference))))
    assert answer.status_code == 200, answer.text
    assert clinic.read("Condition/rest-20")["subject"]["reference"] == "Patient/rest-20a"
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": "sourceIdentifier", "valueString": f"{system}|{escaped}"}],
    }
    assert clinic.post("Patient/$ihe-pix", body).status_code == 200


def test_changes_since_a_moment_are_found(clinic: Box) -> None:
    first = clinic.put(clinic.patient("rest-8")).json()["meta"]["lastUpdated"]
    second = clinic.put(clinic.patient("rest-9")).json()["meta"]["lastUpdated"]
    assert first < second
    assert clinic.found(f"Patient?_lastUpdated=gt{first}&_id=rest-8,rest-9") == {"rest-9"}


def test_pages_hold_everything_once_and_name_nobody(clinic: Box) -> None:
    ids = {f"rest-page-{n}" for n in range(25)}
    clinic.send(clinic.patient("rest-10"), *(clinic.condition(one, "rest-10") for one in ids))
    first = clinic.read("Condition?patient=Patient/rest-10&_count=10&_sort=-_id")
    assert (first["total"], len(first["entry"])) == (25, 10)
    assert "rest-10" not in first["link"][0]["url"]
    assert clinic.found("Condition?patient=Patient/rest-10&_count=10") == ids


def test_a_page_is_for_the_one_who_searched(clinic: Box, operator: Caller) -> None:
    clinic.send(clinic.patient("rest-11"), *(clinic.condition(f"rest-11-{n}", "rest-11") for n in range(3)))
    link = clinic.read("Condition?patient=Patient/rest-11&_count=1")["link"][0]["url"]
    assert operator.get(link).status_code == 410


def test_a_count_alone(clinic: Box) -> None:
    clinic.send(clinic.patient("rest-12"), clinic.condition("rest-12", "rest-12"))
    bundle = clinic.read("Condition?patient=Patient/rest-12&_summary=count")
    assert bundle["total"] == 1
    assert "entry" not in bundle


def test_included_resources_come_along(clinic: Box) -> None:
    clinic.send(clinic.patient("rest-13"), clinic.condition("rest-13", "rest-13"))
    bundle = clinic.read("Condition?patient=Patient/rest-13&_include=Condition:patient")
    assert [entry["search"]["mode"] for entry in bundle["entry"]] == ["match", "include"]


def test_a_json_patch_changes_a_resource(clinic: Box) -> None:
    clinic.put(clinic.patient("rest-14"))
    patch = [{"op": "add", "path": "/active", "value": True}]
    answer = clinic.request(
        "PATCH", "Patient/rest-14", json=patch, headers={"content-type": "application/json-patch+json"}
    )
    assert answer.json()["active"] is True


@pytest.mark.parametrize("source", [None, "urn:renkei:facility:1319999921", "somewhere"])
def test_meta_source_must_be_the_certificate_s_facility(clinic: Box, source: str | None) -> None:
    meta = {} if source is None else {"source": source}
    answer = clinic.put(clinic.patient("rest-15", meta=meta))
    assert answer.status_code == 403
    assert "meta.source" in text_of(answer.text)
    assert clinic.get("Patient/rest-15").status_code == 404


def test_another_facility_s_resource_cannot_be_overwritten_or_deleted(clinic: Box, other: Box) -> None:
    clinic.put(clinic.patient("rest-16"))
    assert other.put(other.patient("rest-16")).status_code == 403
    other.request("DELETE", "Patient/rest-16")
    assert clinic.read("Patient/rest-16")["meta"]["versionId"] == "1"


def test_data_cannot_be_hung_on_another_facility_s_patient(clinic: Box, other: Box) -> None:
    clinic.put(clinic.patient("rest-17"))
    for resource in (other.condition("rest-17", "rest-17"), other.consent("rest-17", "rest-17")):
        assert other.put(resource).status_code == 422


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"birthDate": "1950-02-30"}, "Patient.birthDate"),
        ({"colour": "red"}, "Patient.colour"),
        ({"name": {"text": "x"}}, "Patient.name"),
    ],
)
def test_unsound_resources_are_refused_with_the_place(
    clinic: Box, changes: dict[str, object], where: str
) -> None:
    answer = clinic.put(clinic.patient("rest-18", **changes))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == [where]


def test_a_consent_without_date_is_refused(clinic: Box) -> None:
    clinic.put(clinic.patient("rest-19"))
    consent = {key: value for key, value in clinic.consent("rest-19", "rest-19").items() if key != "dateTime"}
    assert clinic.put(consent).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status"),
    [
        ("PUT", "Patient/x", b"{", "application/fhir+json", 400),
        ("PUT", "Patient/x", b"<Patient/>", "application/fhir+xml", 415),
        ("PUT", "Patient/x", b'{"resourceType": "Condition", "id": "x"}', "application/fhir+json", 400),
        ("PUT", "Patient/x", b'{"resourceType": "Patient", "id": "y"}', "application/fhir+json", 400),
        ("PUT", "Nothing/x", b'{"resourceType": "Nothing", "id": "x"}', "application/fhir+json", 403),
        ("PUT", "Patient/x", b"[]", "application/fhir+json", 400),
        ("PUT", "Patient/x", b"null", "application/fhir+json", 400),
        ("POST", "", b'{"resourceType": "Patient"}', "application/fhir+json", 400),
        ("POST", "", b'{"resourceType": "Bundle", "type": "transaction"}', "application/fhir+json", 400),
        ("GET", "Patient?colour=red", b"", "application/fhir+json", 400),
        ("GET", "Nothing", b"", "application/fhir+json", 400),
        ("GET", "Condition?patient.identifier=bare", b"", "application/fhir+json", 400),
        ("POST", "$graphql", b"{}", "application/fhir+json", 400),
        ("TRACE", "Patient", b"", "application/fhir+json", 404),
    ],
)
def test_wrong_requests_are_answered_and_harm_nothing(
    clinic: Box, method: str, path: str, body: bytes, kind: str, status: int
) -> None:
    answer = clinic.request(method, path, data=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_a_body_beyond_the_bound_is_refused(clinic: Box) -> None:
    answer = clinic.request("PUT", "Patient/x", data=b" " * (32 * 1024 * 1024 + 1))
    assert answer.status_code == 413


def test_other_addresses_are_not_ours(clinic: Box) -> None:
    answer = clinic.http.get(f"https://127.0.0.1:{clinic.hub.port}/", timeout=10)
    assert answer.status_code == 404


def test_audit_events_are_accepted(clinic: Box, other: Box) -> None:
    event = {
        "resourceType": "AuditEvent",
        "id": "rest-audit",
        "meta": clinic.meta,
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "action": "R",
        "recorded": "2026-10-01T10:00:00.000+09:00",
        "outcome": "0",
        "agent": [{"requestor": True, "who": {"display": "doctor"}}],
        "source": {"observer": {"display": clinic.facility}},
    }
    assert clinic.put(event).status_code == 201
    assert other.get("AuditEvent/rest-audit").status_code == 404
