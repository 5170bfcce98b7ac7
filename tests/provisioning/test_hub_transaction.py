"""A transaction takes effect whole or not at all, and may be as large as a month of one patient."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.provisioning.network import (
    Box,
    Caller,
    Resource,
    delete_entry,
    local_system,
    put_entry,
    transaction,
)

pytestmark = pytest.mark.hub

NOWHERE = "urn:uuid:6f1f5a5e-6a55-4c3c-9a58-000000000009"


def by_number(box: Box, patient_id: str) -> Resource:
    return {"reference": f"Patient?identifier={local_system(box.facility)}|no-{patient_id}"}


def wrong_type(entry: Resource) -> Resource:
    return entry | {"resource": entry["resource"] | {"onsetDateTime": "once"}}


def foreign_source(entry: Resource) -> Resource:
    return entry | {"resource": entry["resource"] | {"meta": {"source": "urn:renkei:facility:1319999921"}}}


def stale_version(entry: Resource) -> Resource:
    return entry | {"request": entry["request"] | {"ifMatch": 'W/"9"'}}


def patient_of_nobody(entry: Resource) -> Resource:
    return entry | {"resource": entry["resource"] | {"subject": {"reference": "Patient/nobody"}}}


def unresolvable(entry: Resource) -> Resource:
    return entry | {
        "resource": entry["resource"] | {"encounter": {"reference": "Encounter?identifier=urn:x|nothing"}}
    }


def unroutable(entry: Resource) -> Resource:
    return entry | {"request": {"method": "PUT", "url": "Condition/a/b/c"}}


BAD = [wrong_type, foreign_source, stale_version, patient_of_nobody, unresolvable, unroutable]


@pytest.mark.parametrize("spoil", BAD)
@pytest.mark.parametrize("place", [0, 5, 9])
def test_one_bad_entry_leaves_nothing_behind(
    clinic: Box, operator: Caller, spoil: Callable[[Resource], Resource], place: int
) -> None:
    name = f"tx-{spoil.__name__.replace('_', '-')}-{place}"
    entries = [put_entry(clinic.condition(f"{name}-{n}", name)) for n in range(10)]
    entries[place] = spoil(entries[place])
    before = operator.read("Condition?_summary=count")["total"]
    answer = clinic.post("", transaction(put_entry(clinic.patient(name)), *entries))
    assert answer.status_code >= 400
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert operator.read("Condition?_summary=count")["total"] == before
    assert clinic.get(f"Patient/{name}").status_code == 404


def test_a_bad_entry_undoes_updates_and_deletions_too(clinic: Box) -> None:
    clinic.send(clinic.patient("tx-1"), clinic.condition("tx-1a", "tx-1"), clinic.condition("tx-1b", "tx-1"))
    bad = put_entry(clinic.condition("tx-1c", "tx-1", onsetDateTime="once"))
    changed = put_entry(clinic.condition("tx-1a", "tx-1", code={"text": "changed"}))
    assert clinic.post("", transaction(delete_entry("Condition/tx-1b"), changed, bad)).status_code == 422
    assert clinic.read("Condition/tx-1a")["code"] == {"text": "糖尿病"}
    assert clinic.read("Condition/tx-1b")["meta"]["versionId"] == "1"


def test_a_large_transaction_is_taken_whole(clinic: Box) -> None:
    conditions = [clinic.condition(f"tx-2-{n}", "tx-2") for n in range(400)]
    answer = clinic.send(clinic.patient("tx-2"), *conditions)
    assert {entry["response"]["status"] for entry in answer.json()["entry"]} == {"201"}
    assert clinic.read("Condition?patient=Patient/tx-2&_summary=count")["total"] == 400


def test_sending_twice_changes_nothing(clinic: Box) -> None:
    resources = [clinic.patient("tx-3"), *(clinic.condition(f"tx-3-{n}", "tx-3") for n in range(20))]
    first, second = clinic.send(*resources), clinic.send(*resources)
    assert [entry["response"]["status"] for entry in second.json()["entry"]] == ["200"] * 21
    for before, after in zip(first.json()["entry"], second.json()["entry"], strict=True):
        assert before["response"]["etag"] == after["response"]["etag"]
        assert before["response"]["lastModified"] == after["response"]["lastModified"]


def test_conditional_references_find_the_patient_in_the_bundle_and_at_the_hub(clinic: Box) -> None:
    entries = [
        put_entry(clinic.condition("tx-4a", "tx-4", subject=by_number(clinic, "tx-4"))),
        put_entry(clinic.patient("tx-4")),
    ]
    assert clinic.post("", transaction(*entries)).status_code == 200
    later = put_entry(clinic.condition("tx-4b", "tx-4", subject=by_number(clinic, "tx-4")))
    assert clinic.post("", transaction(later)).status_code == 200
    for name in ("tx-4a", "tx-4b"):
        assert clinic.read(f"Condition/{name}")["subject"]["reference"] == "Patient/tx-4"


def test_a_conditional_reference_never_leads_to_another_facility_s_patient(clinic: Box, other: Box) -> None:
    clinic.put(clinic.patient("tx-5"))
    entry = put_entry(other.condition("tx-5", "tx-5", subject=by_number(clinic, "tx-5")))
    assert other.post("", transaction(entry)).status_code == 422


def test_a_conditional_reference_to_two_is_refused(clinic: Box) -> None:
    same = [{"system": "urn:renkei:test", "value": "tx-6"}]
    clinic.send(clinic.patient("tx-6a", identifier=same), clinic.patient("tx-6b", identifier=same))
    subject = {"reference": "Patient?identifier=urn:renkei:test|tx-6"}
    answer = clinic.post("", transaction(put_entry(clinic.condition("tx-6", "x", subject=subject))))
    assert answer.status_code == 412
    assert "tx-6" not in answer.text


def test_a_conditional_reference_follows_a_deletion_in_the_same_bundle(clinic: Box) -> None:
    same = [{"system": "urn:renkei:test", "value": "tx-7"}]
    clinic.put(clinic.patient("tx-7-old", identifier=same))
    subject = {"reference": "Patient?identifier=urn:renkei:test|tx-7"}
    entries = [
        delete_entry("Patient/tx-7-old"),
        put_entry(clinic.patient("tx-7-new", identifier=same)),
        put_entry(clinic.condition("tx-7", "x", subject=subject)),
    ]
    assert clinic.post("", transaction(*entries)).status_code == 200
    assert clinic.read("Condition/tx-7")["subject"]["reference"] == "Patient/tx-7-new"


def test_conditional_references_outside_a_transaction_are_refused(clinic: Box) -> None:
    clinic.put(clinic.patient("tx-8"))
    assert clinic.put(clinic.condition("tx-8", "x", subject=by_number(clinic, "tx-8"))).status_code == 422


def test_created_resources_may_point_at_each_other(clinic: Box) -> None:
    full_url = "urn:uuid:6f1f5a5e-6a55-4c3c-9a58-000000000001"
    body = {key: value for key, value in clinic.patient("tx-9").items() if key != "id"}
    entries = [
        {"fullUrl": full_url, "resource": body, "request": {"method": "POST", "url": "Patient"}},
        put_entry(clinic.condition("tx-9", "x", subject={"reference": full_url})),
    ]
    answer = clinic.post("", transaction(*entries))
    assert answer.status_code == 200
    created = answer.json()["entry"][0]["response"]["location"]
    assert clinic.read("Condition/tx-9")["subject"]["reference"] == created.partition("/_history")[0]


def test_a_reference_into_nothing_is_refused(clinic: Box) -> None:
    entry = put_entry(clinic.condition("tx-10", "x", subject={"reference": NOWHERE}))
    assert clinic.post("", transaction(entry)).status_code == 422
    assert clinic.found("Condition?_id=tx-10") == set()


def test_if_none_exist_in_a_transaction_is_done_once(clinic: Box) -> None:
    body = {key: value for key, value in clinic.patient("tx-11").items() if key != "id"}
    request = {
        "method": "POST",
        "url": "Patient",
        "ifNoneExist": f"identifier={local_system(clinic.facility)}|no-tx-11",
    }
    extra = [put_entry(clinic.stranger(f"tx-11-{n}")) for n in range(10)]
    first = clinic.post("", transaction({"resource": body, "request": request}, *extra))
    second = clinic.post("", transaction({"resource": body, "request": request}, *extra))
    assert [answer.json()["entry"][0]["response"]["status"] for answer in (first, second)] == ["201", "200"]
    assert len(clinic.found(f"Patient?identifier={local_system(clinic.facility)}|no-tx-11")) == 1


def test_deleting_what_is_not_there_is_fine(clinic: Box) -> None:
    clinic.send(clinic.patient("tx-12"), clinic.condition("tx-12", "tx-12"))
    entries = [
        delete_entry("Condition/tx-12"),
        delete_entry("Condition/never-was"),
        put_entry(clinic.patient("tx-12", active=True)),
    ]
    answer = clinic.post("", transaction(*entries))
    assert [entry["response"]["status"] for entry in answer.json()["entry"]] == ["204", "204", "200"]


def test_if_match_inside_a_transaction(clinic: Box) -> None:
    clinic.send(clinic.patient("tx-13"), clinic.consent("tx-13", "tx-13"))
    entry = put_entry(clinic.consent("tx-13", "tx-13", status="inactive"))
    entry["request"]["ifMatch"] = 'W/"1"'
    assert clinic.post("", transaction(entry)).status_code == 200
    assert (
        clinic.post("", transaction(entry | {"resource": clinic.consent("tx-13", "tx-13")})).status_code
        == 412
    )


def test_two_entries_for_one_resource_are_refused(clinic: Box) -> None:
    entry = put_entry(clinic.patient("tx-14"))
    assert clinic.post("", transaction(entry, entry)).status_code == 400


def test_the_whole_resource_comes_back_when_asked_for(clinic: Box) -> None:
    answer = clinic.post("", transaction(put_entry(clinic.patient("tx-15"))), Prefer="return=representation")
    assert answer.json()["entry"][0]["resource"]["id"] == "tx-15"


def test_a_batch_takes_the_good_and_names_the_bad(clinic: Box) -> None:
    bad = put_entry(clinic.patient("tx-16b", birthDate="1950-02-30"))
    bundle = transaction(put_entry(clinic.patient("tx-16a")), bad) | {"type": "batch"}
    answer = clinic.post("", bundle)
    assert [entry["response"]["status"] for entry in answer.json()["entry"]] == ["201", "422"]
    assert clinic.get("Patient/tx-16a").status_code == 200


def test_more_entries_than_allowed_are_refused(clinic: Box) -> None:
    entries = [delete_entry(f"Condition/none-{n}") for n in range(5_001)]
    assert clinic.post("", transaction(*entries)).status_code == 400
