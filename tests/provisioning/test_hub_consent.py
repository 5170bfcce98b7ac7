"""Another facility reads a patient's data only as an active consent of that person says, asked anew at every read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from provisioning.lab.hub import PracticeHub
from tests.provisioning.network import (
    CLINIC,
    DATA_CLASS,
    OTHER,
    PHARMACY,
    Box,
    Caller,
    Resource,
    excluded,
    local_system,
)

pytestmark = pytest.mark.hub

_numbers = count(1)


class Person:
    """A person known at both clinics, alone in the world: nobody else has her birth date and name."""

    def __init__(self, clinic: Box, other: Box) -> None:
        number = next(_numbers)
        self.here, self.there = f"person-{number}", f"person-{number}-there"
        self.number = f"no-{self.here}"
        kana = "".join("アイウエオカキクケコ"[int(digit)] for digit in str(number))
        self.who: Resource = {
            "name": [{"text": f"テスト {kana}"}],
            "birthDate": f"19{50 + number % 50}-03-03",
            "gender": "female",
        }
        clinic.send(clinic.patient(self.here, **self.who), clinic.condition(f"{self.here}-c", self.here))
        other.put(other.patient(self.there, **self.who))
        self.condition = f"{self.here}-c"


@pytest.fixture
def person(clinic: Box, other: Box) -> Person:
    return Person(clinic, other)


@pytest.fixture(scope="module")
def pharmacy(hub: PracticeHub) -> Iterator[Box]:
    box = Box(hub, PHARMACY)
    yield box
    box.http.close()


def sees(box: Box, person: Person) -> bool:
    """Whether every way of reading shows the condition; they must agree."""
    linked = (
        f"{local_system(OTHER)}|no-{person.there}"
        if box.facility == OTHER
        else f"{local_system(CLINIC)}|{person.number}"
    )
    ways = [
        box.get(f"Condition/{person.condition}").status_code == 200,
        box.get(f"Condition/{person.condition}/_history/1").status_code == 200,
        box.get(f"Condition/{person.condition}/_history").status_code == 200,
        box.found(f"Condition?_id={person.condition}") == {person.condition},
        box.found(f"Condition?identifier=urn:renkei:test|{person.condition}") == {person.condition},
        box.found(f"Condition?patient=Patient/{person.here}") == {person.condition},
        person.condition in box.found("Condition?_count=1000"),
        person.condition in included(box, person),
    ]
    if box.facility == OTHER:
        ways.append(person.condition in box.found(f"Condition?patient.identifier={linked}"))
    assert len(set(ways)) == 1, ways
    return ways[0]


def included(box: Box, person: Person) -> set[str]:
    bundle = box.read(f"Patient?_id={person.here}&_revinclude=Condition:patient")
    return {entry["resource"]["id"] for entry in bundle.get("entry", [])}


def test_one_s_own_data_need_no_consent(clinic: Box, person: Person) -> None:
    assert sees(clinic, person)


def test_without_consent_nothing_exists(other: Box, person: Person) -> None:
    assert not sees(other, person)
    assert other.get(f"Condition/{person.condition}").status_code == 404
    assert other.get(f"Patient/{person.here}").status_code == 404
    assert other.read(f"Condition?patient=Patient/{person.here}&_summary=count")["total"] == 0


def test_a_blanket_consent_opens_it_to_every_participant(
    clinic: Box, other: Box, pharmacy: Box, person: Person
) -> None:
    clinic.put(clinic.consent(f"{person.here}-s", person.here))
    assert sees(other, person)
    assert sees(pharmacy, person)
    assert other.read(f"Patient/{person.here}")["birthDate"] == person.who["birthDate"]


def test_a_consent_captured_elsewhere_opens_it_too(other: Box, pharmacy: Box, person: Person) -> None:
    other.put(other.consent(f"{person.there}-s", person.there))
    assert sees(pharmacy, person)


def test_withdrawal_stops_the_very_next_read(clinic: Box, other: Box, person: Person) -> None:
    for status, expected in [
        ("active", True),
        ("inactive", False),
        ("active", True),
        ("entered-in-error", False),
    ]:
        clinic.put(clinic.consent(f"{person.here}-s", person.here, status=status))
        assert sees(other, person) is expected


def test_a_withdrawal_noted_elsewhere_stops_it(
    clinic: Box, other: Box, pharmacy: Box, person: Person
) -> None:
    clinic.put(clinic.consent(f"{person.here}-s", person.here))
    assert sees(pharmacy, person)
    ended = other.consent(
        f"{person.there}-w", person.there, status="inactive", dateTime="2026-06-01T09:00:00+09:00"
    )
    other.put(ended)
    assert not sees(pharmacy, person)


def test_a_deleted_consent_opens_nothing(clinic: Box, other: Box, person: Person) -> None:
    clinic.put(clinic.consent(f"{person.here}-s", person.here))
    clinic.request("DELETE", f"Consent/{person.here}-s")
    assert not sees(other, person)


def test_exclusions_are_directed(clinic: Box, other: Box, pharmacy: Box, person: Person) -> None:
    clinic.put(clinic.consent(f"{person.here}-s", person.here, excluded(OTHER, "IRCP")))
    assert not sees(other, person)
    assert sees(pharmacy, person)
    clinic.put(clinic.consent(f"{person.here}-s", person.here, excluded(CLINIC, "CST")))
    assert not sees(pharmacy, person)
    assert sees(clinic, person)


def test_hidden_classes_are_hidden_alone(clinic: Box, other: Box, person: Person) -> None:
    hidden = {"class": [{"system": DATA_CLASS, "code": "diagnosis"}]}
    clinic.put(clinic.consent(f"{person.here}-s", person.here, hidden))
    assert not sees(other, person)
    assert other.get(f"Patient/{person.here}").status_code == 200


@pytest.mark.parametrize("label", ["tag", "security"])
def test_a_resource_s_own_label_says_its_class(label: str, clinic: Box, other: Box, person: Person) -> None:
    meta = clinic.meta | {label: [{"system": DATA_CLASS, "code": "lab"}]}
    hidden = {"class": [{"system": DATA_CLASS, "code": "diagnosis"}]}
    clinic.send(
        clinic.condition(f"{person.here}-tagged", person.here, meta=meta),
        clinic.consent(f"{person.here}-s", person.here, hidden),
    )
    assert other.found(f"Condition?patient=Patient/{person.here}") == {f"{person.here}-tagged"}


@pytest.mark.parametrize(("hidden", "shown"), [("lab", True), ("letter", False), ("diagnosis", False)])
def test_the_bytes_of_a_letter_need_every_class_in_them(
    hidden: str, shown: bool, clinic: Box, other: Box, person: Person
) -> None:
    labels = [{"system": DATA_CLASS, "code": code} for code in ("letter", "diagnosis")]
    letter: Resource = {
        "resourceType": "DocumentReference",
        "id": f"{person.here}-letter",
        "meta": clinic.meta,
        "status": "current",
        "subject": {"reference": f"Patient/{person.here}"},
        "content": [{"attachment": {"url": f"Binary/{person.here}-file"}}],
    }
    file: Resource = {
        "resourceType": "Binary",
        "id": f"{person.here}-file",
        "meta": clinic.meta | {"tag": labels},
        "contentType": "application/pdf",
        "securityContext": {"reference": f"DocumentReference/{letter['id']}"},
        "data": "JVBERg==",
    }
    denial = {"class": [{"system": DATA_CLASS, "code": hidden}]}
    clinic.send(letter, file, clinic.consent(f"{person.here}-s", person.here, denial))
    assert (other.get(f"Binary/{file['id']}").status_code == 200) == shown
    assert (other.get(f"DocumentReference/{letter['id']}").status_code == 200) == (hidden != "letter")
    assert clinic.get(f"Binary/{file['id']}").status_code == 200


def test_an_older_version_stays_under_its_own_class(clinic: Box, other: Box, person: Person) -> None:
    meta = clinic.meta | {"tag": [{"system": DATA_CLASS, "code": "lab"}]}
    clinic.put(clinic.condition(person.condition, person.here, meta=meta))
    hidden = {"class": [{"system": DATA_CLASS, "code": "diagnosis"}]}
    clinic.put(clinic.consent(f"{person.here}-s", person.here, hidden))
    assert other.get(f"Condition/{person.condition}").status_code == 200
    assert other.get(f"Condition/{person.condition}/_history/1").status_code == 404


def test_data_before_the_chosen_day_stay_closed(clinic: Box, other: Box, person: Person) -> None:
    consent = clinic.consent(f"{person.here}-s", person.here)
    for start, expected in [("2026-04-10", True), ("2026-04-11", False)]:
        consent["provision"] = {"type": "permit", "dataPeriod": {"start": start}}
        clinic.put(consent)
        assert sees(other, person) is expected


def test_another_person_s_consent_opens_nothing(clinic: Box, other: Box, person: Person) -> None:
    neighbour = Person(clinic, other)
    clinic.put(clinic.consent(f"{neighbour.here}-s", neighbour.here))
    assert sees(other, neighbour)
    assert not sees(other, person)


def test_records_and_withdrawals_are_known_where_the_person_is(
    clinic: Box, other: Box, pharmacy: Box, person: Person
) -> None:
    """The box pulls changes of consent for its own patients, whoever captured them."""
    query = f"Consent?patient.identifier={local_system(OTHER)}|no-{person.there}"
    since = clinic.put(clinic.consent(f"{person.here}-s", person.here)).json()["meta"]["lastUpdated"]
    assert other.found(query) == {f"{person.here}-s"}
    clinic.put(clinic.consent(f"{person.here}-s", person.here, status="inactive"))
    changed = other.read(f"{query}&_lastUpdated=gt{since}")
    assert [entry["resource"]["status"] for entry in changed["entry"]] == ["inactive"]
    assert pharmacy.get(f"Consent/{person.here}-s").status_code == 404


def test_one_identifier_finds_the_person_everywhere(clinic: Box, other: Box, person: Person) -> None:
    clinic.put(clinic.consent(f"{person.here}-s", person.here))
    other.put(other.condition(f"{person.there}-c", person.there))
    both = {person.condition, f"{person.there}-c"}
    for parameter in (
        "patient.identifier",
        "subject.identifier",
        "patient:Patient.identifier",
        "subject:Patient.identifier",
    ):
        assert other.found(f"Condition?{parameter}={local_system(OTHER)}|no-{person.there}") == both
    form = {"patient:Patient.identifier": f"{local_system(OTHER)}|no-{person.there}"}
    answer = other.http.post(f"{other.hub.url}/Condition/_search", data=form, timeout=10)
    assert answer.json()["total"] == 2
    assert other.found(f"Patient?patient.identifier={local_system(OTHER)}|no-{person.there}") == {
        person.here,
        person.there,
    }


def test_an_identifier_one_may_not_see_finds_nothing(other: Box, person: Person) -> None:
    assert other.found(f"Condition?patient.identifier={local_system(CLINIC)}|{person.number}") == set()


def test_later_pages_are_decided_anew(clinic: Box, other: Box, person: Person) -> None:
    clinic.send(*(clinic.condition(f"{person.here}-{n}", person.here) for n in range(4)))
    clinic.put(clinic.consent(f"{person.here}-s", person.here))
    link = other.read(f"Condition?patient=Patient/{person.here}&_count=2")["link"][0]["url"]
    clinic.put(clinic.consent(f"{person.here}-s", person.here, status="inactive"))
    assert "entry" not in other.read(link)


def test_shared_resources_are_open_and_what_has_no_class_is_not(
    clinic: Box, other: Box, person: Person
) -> None:
    clinic.put(clinic.consent(f"{person.here}-s", person.here))
    organization = {
        "resourceType": "Organization",
        "id": f"{person.here}-o",
        "meta": clinic.meta,
        "name": "練習医院",
    }
    basic = {"resourceType": "Basic", "id": f"{person.here}-b", "meta": clinic.meta, "code": {"text": "x"}}
    basic["subject"] = {"reference": f"Patient/{person.here}"}
    assert clinic.send(organization, basic).status_code == 200
    assert other.get(f"Organization/{person.here}-o").status_code == 200
    assert other.get(f"Basic/{person.here}-b").status_code == 404


def test_a_form_is_as_open_as_the_document_it_belongs_to(clinic: Box, other: Box, person: Person) -> None:
    clinic.put(clinic.consent(f"{person.here}-s", person.here))
    letter = {
        "resourceType": "DocumentReference",
        "id": f"{person.here}-d",
        "meta": clinic.meta,
        "status": "current",
        "subject": {"reference": f"Patient/{person.here}"},
        "date": "2026-04-10T09:00:00+09:00",
        "content": [{"attachment": {"url": f"Binary/{person.here}-f", "contentType": "application/pdf"}}],
    }
    form = {
        "resourceType": "Binary",
        "id": f"{person.here}-f",
        "meta": clinic.meta,
        "contentType": "application/pdf",
        "data": "AAAA",
    }
    clinic.send(letter, form | {"securityContext": {"reference": f"DocumentReference/{person.here}-d"}})
    clinic.put(form | {"id": f"{person.here}-g"})
    assert other.get(f"DocumentReference/{person.here}-d").status_code == 200
    assert other.get(f"Binary/{person.here}-g").status_code == 404
    assert other.get(f"Binary/{person.here}-f").status_code == 200
    clinic.put(
        clinic.consent(f"{person.here}-s", person.here, {"class": [{"system": DATA_CLASS, "code": "letter"}]})
    )
    assert other.get(f"Binary/{person.here}-f").status_code == 404


def test_the_operator_counts_everything(operator: Caller, person: Person) -> None:
    assert operator.count("Condition") >= 1
    assert operator.get(f"Condition/{person.condition}").status_code == 200
