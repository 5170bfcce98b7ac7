"""Business identifiers and how they travel in searches and references."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from appliance.exchange.fhir.identifiers import (
    Key,
    facility_of_source,
    facility_source,
    local_patient,
    member,
    patient_key,
)
from tests.exchange.fhir import made


def test_a_patient_without_chart_number_is_known_by_the_resource_id() -> None:
    without = replace(made.PATIENT, local_id="")
    assert local_patient(without) is None
    assert patient_key(without, "abc").value == "abc"
    assert patient_key(made.PATIENT, "abc").value == "0012"


def test_only_a_health_insurance_with_a_number_makes_a_member() -> None:
    assert member([made.PUBLIC]) is None
    assert member([replace(made.INSURANCE, number="")]) is None
    assert member([made.PUBLIC, made.INSURANCE]) is not None


def test_separators_of_a_search_are_escaped_in_its_value() -> None:
    assert Key("urn:x", "a|b,c$d\\e").as_search() == "urn:x|a\\|b\\,c\\$d\\\\e"


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), min_size=1))
def test_a_conditional_reference_carries_any_chart_number_whole(value: str) -> None:
    reference = Key("urn:oid:1.2", value).as_reference("Patient")
    told = parse_qs(urlsplit(reference).query, keep_blank_values=True)["identifier"]
    assert told == [Key("urn:oid:1.2", value).as_search()]


def test_a_source_names_its_facility_and_any_other_none() -> None:
    assert facility_of_source(facility_source("1319999012")) == "1319999012"
    assert facility_of_source("urn:renkei:facility:1319999012#1") == "1319999012"
    assert facility_of_source("urn:other:1319999012") == ""
