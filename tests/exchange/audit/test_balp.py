"""Every event's AuditEvent: sound FHIR R4, true to the BALP profile it names, without anything that must stay."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.exchange.audit.balp import Profile, audit_event, event_id, profile_of
from appliance.exchange.audit.telling import Told
from appliance.store.audit import Event
from tests.exchange.audit.balp import faults
from tests.exchange.audit.told import AGREED, NAMES, SECRET, SILENT
from tests.judges.judge import judge


def test_every_event_is_sound_r4_to_the_judges(rows: list[Told], tmp_path: Path):
    files = []
    for row in rows:
        files.append(tmp_path / f"{row.seq}.json")
        files[-1].write_text(json.dumps(audit_event(row)))
    verdicts = judge(files)
    assert len(verdicts) == len(rows)
    assert [str(one) for one in verdicts if one.errors] == []
    assert {row.event for row in rows} == {event.value for event in Event}


def test_what_claims_a_profile_of_balp_keeps_its_rules(rows: list[Told]):
    events = [audit_event(row) for row in rows]
    claimed = {url for one in events for url in one["meta"].get("profile", [])}
    assert claimed == {profile.value for profile in Profile}
    assert [(one["id"], wrong) for one in events for wrong in faults(one)] == []


@pytest.mark.parametrize("element", ["agent", "subtype", "entity", "action"])
@pytest.mark.parametrize("profile", list(Profile))
def test_the_rules_do_find_faults(rows: list[Told], profile: Profile, element: str):
    event = deepcopy(next(audit_event(row) for row in rows if profile_of(row) is profile))
    event[element] = event[element][1:] if isinstance(event[element], list) else "D"
    assert faults(event)


def test_a_look_up_without_answer_claims_nothing(rows: list[Told]):
    unanswered = [row for row in rows if row.event == Event.NETWORK_VIEWED and not row.providers]
    assert unanswered
    assert {profile_of(row) for row in unanswered} == {None}


def test_names_free_words_and_a_silent_patients_number_never_leave(rows: list[Told]):
    told = json.dumps([audit_event(row) for row in rows], ensure_ascii=False)
    for secret in (*NAMES, SECRET, SILENT):
        assert secret not in told
    assert f'"value": "{AGREED}"' in told


def test_a_row_has_one_id_and_another_row_of_the_same_number_another(rows: list[Told]):
    first = rows[0]
    assert event_id(first) == event_id(replace(first, purpose="changed"))
    assert event_id(first) != event_id(replace(first, hash="0" * 64))
    assert event_id(first) != event_id(replace(first, device="box-2"))
    assert len({event_id(row) for row in rows}) == len(rows)


def test_an_emergency_is_told_as_breaking_the_glass(rows: list[Told]):
    shown = next(row for row in rows if row.event == Event.PATIENT_SHOWN)
    codes = [
        audit_event(replace(shown, purpose=one)).get("purposeOfEvent")
        for one in ("treat", "emergency", "disaster")
    ]
    assert [one[0]["coding"][0]["code"] for one in codes if one] == ["TREAT", "BTG", "ETREAT"]
