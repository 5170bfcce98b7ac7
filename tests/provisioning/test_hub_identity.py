"""$match and $ihe-pix know a person at several facilities, and tell only what the asker may see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.provisioning.network import MEMBER_ID, MPI, OTHER, Box, Resource, local_system

pytestmark = pytest.mark.hub

HANAKO: Resource = {"name": [{"text": "ミナモト ハナコ"}], "birthDate": "1948-08-08", "gender": "female"}


@pytest.fixture(scope="module", autouse=True)
def _known(clinic: Box, other: Box) -> None:
    """Hanako is known and open at the clinic and at the other one; Jiro is known at the clinic and open to nobody."""
    member = {"system": MEMBER_ID, "value": "06139999:12:345:01"}
    number = {"system": local_system(clinic.facility), "value": "id-1"}
    clinic.send(clinic.patient("id-1", **HANAKO, identifier=[number, member]), clinic.consent("id-1", "id-1"))
    other.put(other.patient("id-2", **HANAKO))
    clinic.put(
        clinic.patient("id-3", name=[{"text": "ミナモト ジロウ"}], birthDate="1977-07-07", gender="male")
    )


def match(box: Box, wanted: Resource, **parameters: Any) -> list[tuple[str, str]]:
    """Ids and grades of the answer."""
    listed: list[Resource] = [{"name": "resource", "resource": {"resourceType": "Patient", **wanted}}]
    if "only_certain" in parameters:
        listed.append({"name": "onlyCertainMatches", "valueBoolean": parameters["only_certain"]})
    if "count" in parameters:
        listed.append({"name": "count", "valueInteger": parameters["count"]})
    answer = box.post("Patient/$match", {"resourceType": "Parameters", "parameter": listed})
    assert answer.status_code == 200, answer.text
    return [
        (entry["resource"]["id"], entry["search"]["extension"][0]["valueCode"])
        for entry in answer.json().get("entry", [])
    ]


def test_kana_birth_date_and_sex_are_certain(other: Box) -> None:
    assert set(match(other, HANAKO)) == {("id-1", "certain"), ("id-2", "certain")}


def test_the_member_id_and_the_birth_date_are_certain(other: Box) -> None:
    wanted = {
        "identifier": [{"system": MEMBER_ID, "value": "06139999:１２:345:01"}],
        "birthDate": "1948-08-08",
    }
    assert match(other, wanted) == [("id-1", "certain")]
    assert match(other, wanted | {"birthDate": "1948-08-09"}) == [("id-1", "possible")]


def test_less_is_less_sure_and_may_be_left_out(other: Box) -> None:
    wanted = {"name": HANAKO["name"], "birthDate": HANAKO["birthDate"]}
    assert set(match(other, wanted)) == {("id-1", "probable"), ("id-2", "probable")}
    assert match(other, wanted, only_certain=True) == []
    assert len(match(other, wanted, count=1)) == 1


def test_nobody_learns_of_a_person_who_has_not_consented(clinic: Box, other: Box) -> None:
    jiro = {"name": [{"text": "ミナモト ジロウ"}], "birthDate": "1977-07-07", "gender": "male"}
    assert match(clinic, jiro) == [("id-3", "certain")]
    assert match(other, jiro) == []


def test_a_match_carries_the_person_s_own_number(clinic: Box, other: Box) -> None:
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": {"resourceType": "Patient", **HANAKO}}],
    }
    entries = other.post("Patient/$match", body).json()["entry"]
    numbers = {
        one["value"] for entry in entries for one in entry["resource"]["identifier"] if one["system"] == MPI
    }
    assert len(numbers) == 1
    assert [entry["search"]["score"] for entry in entries] == [0.95, 0.95]


def test_match_without_a_patient_is_refused(clinic: Box) -> None:
    assert clinic.post("Patient/$match", {"resourceType": "Parameters"}).status_code == 400


def pix(box: Box, source: str, target: str | None = None) -> set[tuple[str, str]]:
    listed: list[Resource] = [{"name": "sourceIdentifier", "valueString": source}]
    if target is not None:
        listed.append({"name": "targetSystem", "valueUri": target})
    answer = box.post("Patient/$ihe-pix", {"resourceType": "Parameters", "parameter": listed})
    assert answer.status_code == 200, answer.text
    found = set()
    for parameter in answer.json().get("parameter", []):
        if parameter["name"] == "targetIdentifier":
            identifier = parameter["valueIdentifier"]
            found.add((identifier["system"], identifier["value"]))
        else:
            found.add((parameter["name"], parameter["valueReference"]["reference"]))
    return found


def test_pix_leads_from_one_number_to_the_others(clinic: Box, other: Box) -> None:
    source = f"{local_system(OTHER)}|no-id-2"
    target = local_system(clinic.facility)
    assert pix(other, source, target) == {(target, "id-1"), ("targetId", "Patient/id-1")}
    assert (MEMBER_ID, "06139999:12:345:01") in pix(other, source)


def test_pix_gives_the_same_enterprise_number_from_both_ends(clinic: Box, other: Box) -> None:
    there = pix(other, f"{local_system(OTHER)}|no-id-2", MPI)
    here = pix(clinic, f"{local_system(clinic.facility)}|id-1", MPI)
    assert there == here
    assert len(here) == 1


def test_pix_answers_get_as_well(other: Box) -> None:
    answer = other.get(
        "Patient/$ihe-pix", params={"sourceIdentifier": f"{local_system(OTHER)}|no-id-2", "targetSystem": MPI}
    )
    assert answer.json()["parameter"][0]["valueIdentifier"]["system"] == MPI


def test_pix_does_not_know_what_one_may_not_see(clinic: Box, other: Box) -> None:
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "sourceIdentifier", "valueString": f"{local_system(clinic.facility)}|no-id-3"}
        ],
    }
    assert other.post("Patient/$ihe-pix", body).status_code == 404
    assert clinic.post("Patient/$ihe-pix", body).status_code == 200


def test_pix_leaves_out_the_numbers_that_consent_closes(clinic: Box, other: Box) -> None:
    """Seen from the clinic, the other facility's patient is open only while the consent stands."""
    source, target = f"{local_system(clinic.facility)}|id-1", local_system(OTHER)
    assert pix(clinic, source, target) == {(target, "no-id-2"), ("targetId", "Patient/id-2")}
    clinic.put(clinic.consent("id-1", "id-1", status="inactive"))
    try:
        assert pix(clinic, source, target) == set()
    finally:
        clinic.put(clinic.consent("id-1", "id-1"))


def test_pix_refuses_unknown_domains_and_bare_values(clinic: Box) -> None:
    listed = [{"name": "sourceIdentifier", "valueString": "id-1"}]
    assert (
        clinic.post("Patient/$ihe-pix", {"resourceType": "Parameters", "parameter": listed}).status_code
        == 400
    )
    answer = clinic.get(
        "Patient/$ihe-pix",
        params={"sourceIdentifier": f"{local_system(clinic.facility)}|id-1", "targetSystem": "urn:oid:1.2.3"},
    )
    assert answer.status_code == 403
