"""Staff ask the network who a patient may be elsewhere: masked, few, counted, written down, never without a consent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from appliance.exchange.candidates import Candidates
from appliance.exchange.fhir.identifiers import Key
from appliance.exchange.hub import Hub, Unanswered
from appliance.exchange.identity import Candidate, candidates, masked, regional_number
from appliance.exchange.outcomes import Reason
from appliance.limits import NETWORK_SEARCHES_PER_HOUR
from appliance.records.messages import Failed, FindInNetwork, NetworkCandidates
from provisioning.lab.hub import Fault, PracticeHub
from tests.exchange.box import Box, born
from tests.exchange.test_lookup import elsewhere, token, treated_elsewhere

pytestmark = pytest.mark.hub

__all__ = ["elsewhere"]


class Answers:
    """A hub whose operations answer what a test says."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def operation(self, *_: object) -> object:
        return self.answer


def answered(*numbers: tuple[str, str]) -> object:
    told = [
        {"name": "targetIdentifier", "valueIdentifier": {"system": system, "value": value}}
        for system, value in numbers
    ]
    return Answers({"resourceType": "Parameters", "parameter": told})


@pytest.fixture
def finding(box: Box) -> Iterator[Candidates]:
    found = Candidates(box.store, box.hub, box.worker.rules, lambda: box.worker.breaker.is_open)
    yield found
    found.stop()


def ask(box: Box, finding: Candidates, who: int) -> object:
    return finding.answer(FindInNetwork(token=token(box), patient=who))


def searched(box: Box) -> list[dict[str, object]]:
    rows = box.store.rows("SELECT body FROM audit WHERE event = 'network-searched' ORDER BY seq")
    return [json.loads(row[0]) for row in rows]


def test_the_same_person_at_another_clinic_is_named_masked(
    box: Box, chart: str, finding: Candidates, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    treated_elsewhere(elsewhere, chart)
    found = ask(box, finding, who)
    assert isinstance(found, NetworkCandidates)
    (one,) = found.candidates
    assert (one.grade, one.name, one.source_name) == ("certain", "練○ 太○", "練習用外科")
    assert one.birth_date == born(chart).isoformat()
    assert len(searched(box)) == 1


def test_without_a_consent_nothing_leaves(
    box: Box, chart: str, finding: Candidates, elsewhere: Hub, practice_hub: PracticeHub
) -> None:
    treated_elsewhere(elsewhere, chart)
    who = box.arrived(chart)
    practice_hub.add_faults(Fault("slow", count=1000, delay_ms=0))
    answer = ask(box, finding, who)
    assert isinstance(answer, Failed)
    assert answer.code == "LOOKUP-0001"
    assert practice_hub.pending_faults()[0]["count"] == 1000
    assert searched(box) == []


def test_there_are_so_many_an_hour(box: Box, chart: str, finding: Candidates) -> None:
    who = box.agreed(chart)
    box.settle()
    for _ in range(NETWORK_SEARCHES_PER_HOUR):
        assert isinstance(ask(box, finding, who), NetworkCandidates)
    answer = ask(box, finding, who)
    assert isinstance(answer, Failed)
    assert answer.code == "LOOKUP-0004"
    box.clock.advance(3_601)
    assert isinstance(ask(box, finding, who), NetworkCandidates)


def test_a_hub_that_is_away_is_said_to_be(box: Box, chart: str, finding: Candidates) -> None:
    who = box.agreed(chart)
    box.settle()
    box.worker.breaker.failed(0.0)
    answer = ask(box, finding, who)
    assert isinstance(answer, Failed)
    assert answer.code == "LOOKUP-0003"


@pytest.mark.parametrize(
    ("name", "shown"), [("練習　太郎", "練○ 太○"), ("レン タロ", "レ○ タ○"), ("花", "花"), ("", "")]
)
def test_a_name_is_told_by_its_first_letters(name: str, shown: str) -> None:
    assert masked(name) == shown


@pytest.mark.parametrize(
    ("numbers", "taken"),
    [
        ((("urn:region", "7"),), Key("urn:region", "7")),
        ((("urn:region", "7"), ("urn:region", "7")), Key("urn:region", "7")),
        ((("urn:region", "7"), ("urn:region", "8")), None),
        ((("urn:other", "7"),), None),
        ((("urn:region", ""),), None),
        ((), None),
    ],
)
def test_the_number_of_the_region_is_taken_only_where_there_is_one(
    numbers: tuple[tuple[str, str], ...], taken: Key | None
) -> None:
    assert regional_number(answered(*numbers), Key("urn:own", "1"), "urn:region") == taken  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [None, Unanswered(Reason.TIMEOUT)])
def test_no_answer_of_the_index_is_handed_on_as_it_is(answer: object) -> None:
    assert regional_number(Answers(answer), Key("urn:own", "1"), "urn:region") == answer  # type: ignore[arg-type]


def entry(grade: str, facility: str, birth_date: str = "1950-01-01") -> dict[str, object]:
    return {
        "resource": {
            "resourceType": "Patient",
            "meta": {"source": f"urn:renkei:facility:{facility}"},
            "name": [{"text": "練習 太郎"}],
            "birthDate": birth_date,
        },
        "search": {
            "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/match-grade", "valueCode": grade}]
        },
    }


def test_own_patients_other_people_and_what_has_no_grade_are_left_out_and_the_surest_come_first() -> None:
    found = Answers(
        {
            "entry": [
                entry("possible", "1319999020"),
                entry("certain", "1319999012"),
                entry("certain", "1319999020"),
                entry("certainly-not", "1319999020"),
                entry("possible", "1319999020", "1950-01-02"),
                {"resource": 5},
            ]
        }
    )
    shown = candidates(found, {"birthDate": "1950-01-01"}, "1319999012")  # type: ignore[arg-type]
    base = Candidate("certain", "練○ 太○", "1950-01-01", "", "1319999020")
    assert shown == [base, replace(base, grade="possible")]
