"""The table field ↔ element of a Consent, line by line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from appliance.consent.consents import Mode
from appliance.consent.states import State
from appliance.exchange.fhir.consent import UnmappableConsentError, consent
from appliance.records.data_class import DataClass
from tests.exchange.fhir import made

PATIENT = {"reference": "Patient/1"}


def told(state: State = State.ACTIVE, **terms: Any) -> dict[str, Any]:
    return consent(made.signed(state, **terms), PATIENT)


def exceptions(**terms: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(**terms)["provision"].get("provision", [])
    return found


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.ACTIVE, "active"),
        (State.WITHDRAWN, "inactive"),
        (State.SUPERSEDED, "inactive"),
        (State.SUSPENDED, "inactive"),
        (State.EXPIRED, "inactive"),
        (State.ENTERED_IN_ERROR, "entered-in-error"),
    ],
)
def test_only_an_active_record_is_active_at_the_hub(state: State, status: str) -> None:
    assert told(state)["status"] == status


def test_a_blanket_consent_permits_without_naming_anybody() -> None:
    one = told()
    assert one["provision"]["type"] == "permit"
    assert "actor" not in one["provision"]
    assert one["category"][1]["coding"][0]["code"] == "blanket"


def test_the_policy_names_its_version_and_the_text_that_was_signed() -> None:
    assert told()["policy"][0]["uri"] == f"urn:x-renkei:policy:1:blanket-ja-1:{'cd' * 32}"


def test_a_consent_holds_from_effective_until_it_expires() -> None:
    expires = datetime(2027, 10, 1, tzinfo=UTC)
    period = told(expires=expires)["provision"]["period"]
    assert period == {"start": "2026-10-01T01:00:00.000Z", "end": "2027-10-01T00:00:00.000Z"}


def test_an_ended_consent_says_when_it_ended_not_when_it_would_have_expired() -> None:
    expires = datetime(2027, 10, 1, tzinfo=UTC)
    assert told(State.WITHDRAWN, expires=expires)["provision"]["period"]["end"] == "2026-10-02T00:00:00.000Z"


def test_emergencies_are_a_purpose_unless_the_patient_said_no() -> None:
    def purposes(**terms: Any) -> list[str]:
        return [one["code"] for one in told(**terms)["provision"]["purpose"]]

    assert purposes() == ["TREAT", "ETREAT", "BTG"]
    assert purposes(emergency=False) == ["TREAT"]


def test_exclusions_are_denials_one_level_below() -> None:
    viewer, provider = exceptions(
        excluded_viewers=frozenset({"1300000001"}), excluded_sources=frozenset({"1300000002"})
    )
    for exception, role, facility in ((viewer, "IRCP", "1300000001"), (provider, "CST", "1300000002")):
        actor = exception["actor"][0]
        assert exception["type"] == "deny"
        assert actor["role"]["coding"][0]["code"] == role
        assert actor["reference"]["identifier"]["value"] == facility


def test_an_objection_excludes_a_viewer_as_well() -> None:
    (only,) = exceptions(objections=frozenset({"1300000003"}))
    assert only["actor"][0]["reference"]["identifier"]["value"] == "1300000003"


def test_hidden_classes_and_what_lies_before_a_day_are_denied() -> None:
    hidden, early = exceptions(hidden_classes=frozenset({DataClass.LAB}), data_from=date(2026, 1, 1))
    assert hidden["class"] == [{"system": "urn:renkei:data-class", "code": "lab"}]
    assert early["dataPeriod"] == {"end": "2025-12-31"}


@pytest.mark.parametrize("mode", [Mode.LIST, Mode.FACILITY, Mode.PERSON])
def test_other_modes_are_not_told_at_all_rather_than_wrongly(mode: Mode) -> None:
    with pytest.raises(UnmappableConsentError):
        told(mode=mode)
