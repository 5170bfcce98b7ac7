"""The emergency set: of everything the network showed, what requirement B4 names, newest first, within bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.exchange.emergency import emergency_set
from appliance.exchange.fhir.bundle import resources
from appliance.exchange.fhir.content import Content
from appliance.limits import EMERGENCY_MAX_ACTS, EMERGENCY_MAX_VISITS
from appliance.records.clinical import Encounter, EncounterClass, Procedure
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.document import DocumentKind, Record
from tests.exchange.fhir import made, stated


def told(*records: Record, facility: str = made.FACILITY) -> list[dict[str, Any]]:
    """The resources of a document with these records, as a facility has sent them."""
    content = stated.content(DocumentKind.CLAIM, *records)
    person = replace(content.person, patient=replace(content.person.patient, facility=facility))
    return list(resources(Content(**{**_fields(content), "person": person})).values())


def _fields(content: Content) -> dict[str, Any]:
    return {name: getattr(content, name) for name in Content.__slots__}


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [one["resourceType"] for one in found]


def act(
    code: str, day: date, category: str = "40", system: CodeSystem = CodeSystem.RECEIPT_PROCEDURE
) -> Procedure:
    return Procedure(Concept((Coding(system, code),)), day, category=category)


@pytest.mark.parametrize(
    "record",
    [
        made.VISIT,
        made.DISEASE,
        made.ORAL,
        stated.DISPENSED,
        made.ACT,
        made.DEVICE,
        stated.ALLERGY,
        stated.POTASSIUM,
        stated.WAIST,
        made.NARRATIVE,
    ],
    ids=lambda record: type(record).__name__,
)
def test_every_kind_that_the_requirement_names_is_in_it(record: Record) -> None:
    assert type(record).__name__ in kinds(emergency_set(told(record)))


def test_letters_and_who_it_is_are_not() -> None:
    found = emergency_set(told(stated.LETTER, made.INSURANCE, made.SURGEON, stated.VACCINE))
    assert found == []


def test_of_a_drug_the_newest_of_each_institution_is_enough() -> None:
    old, new = replace(made.ORAL, authored=date(2026, 1, 5)), replace(made.ORAL, authored=date(2026, 8, 3))
    found = emergency_set([*told(old), *told(new), *told(old, facility="1319999020")])
    assert sorted((one["meta"]["source"][-10:], one["authoredOn"]) for one in found) == [
        (made.FACILITY, "2026-08-03"),
        ("1319999020", "2026-01-05"),
    ]


def test_of_visits_the_last_of_each_month_is_kept() -> None:
    days = [date(2026, 8, 3), date(2026, 8, 20), date(2026, 7, 1)]
    visits = [Encounter(EncounterClass.AMBULATORY, day, day) for day in days]
    found = emergency_set([one for visit in visits for one in told(visit)])
    assert [one["period"]["start"] for one in found] == ["2026-08-20", "2026-07-01"]


def test_operations_anaesthesia_and_transfusions_are_never_crowded_out() -> None:
    common = [act(f"{n:09}", date(2026, 8, 1)) for n in range(EMERGENCY_MAX_ACTS + 5)]
    grave = [
        act("150000110", date(1999, 1, 1), "50"),
        act("150100210", date(1999, 1, 1), "54"),
        act("K920-2", date(1999, 1, 1), "97", CodeSystem.RECEIPT_SECTION),
    ]
    found = emergency_set(told(*common, *grave))
    assert len(found) == EMERGENCY_MAX_ACTS
    first = {one["code"]["coding"][0]["code"] for one in found[:3]}
    assert first == {"150000110", "150100210", "K920-2"}


def test_what_is_over_goes_after_what_is_not() -> None:
    over = replace(made.DISEASE, onset=date(2026, 8, 1))
    present = replace(made.UNCODED, onset=date(2020, 1, 1))
    found = emergency_set(told(over, present))
    assert [one["code"].get("text", "") for one in found] == ["珍しい病名", ""]


def test_a_life_of_visits_stays_within_the_bound() -> None:
    months = [date(year, month, 1) for year in range(2000, 2027) for month in range(1, 13)]
    visits = [Encounter(EncounterClass.AMBULATORY, day, day) for day in months]
    found = emergency_set(told(*visits))
    assert len(found) == EMERGENCY_MAX_VISITS
    assert found[0]["period"]["start"] == "2026-12-01"


def test_what_a_hub_may_send_instead_does_not_stop_it() -> None:
    assert emergency_set([{}, {"resourceType": "Condition"}, {"resourceType": 5}]) == [
        {"resourceType": "Condition"}
    ]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_kinds = st.sampled_from(["Condition", "Procedure", "Encounter", "Observation", "MedicationRequest"])
_names = ["meta", "code", "category", "clinicalStatus", "period", "onsetDateTime", "status", "id"]


@given(st.lists(st.tuples(_kinds, st.dictionaries(st.sampled_from(_names), _json)), max_size=4))
def test_nothing_a_hub_may_send_stops_it(found: list[tuple[str, dict[str, Any]]]) -> None:
    resources = [{**body, "resourceType": kind} for kind, body in found]
    assert len(emergency_set(resources)) <= len(resources)
