"""The operator's two documents: read strictly, with the place of every mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from appliance.clock import JST
from appliance.consent.consents import Mode
from appliance.consent.defaults import ROLE_CLASSES, participants_document, policy_document
from appliance.consent.policy import EmergencyRule, Growth, Topology
from appliance.consent.roles import TITLES, Role
from appliance.consent.rules import MalformedRulesError, Rules, parse_rules
from appliance.limits import CONSENT_SNAPSHOT_MAX_AGE_S
from appliance.records.data_class import DataClass

CLINIC, HOSPITAL = "1319999012", "1319999020"
SINCE = datetime(2025, 4, 1, tzinfo=JST)
NOW = datetime(2026, 10, 1, 10, 0, tzinfo=JST)
LISTED = participants_document(
    "7", [(CLINIC, "練習用内科", "clinic"), (HOSPITAL, "練習用病院", "hospital")], SINCE
)

Change = Callable[[dict[str, Any]], object]


def changed(document: bytes, change: Change) -> bytes:
    value = json.loads(document)
    change(value)
    return json.dumps(value).encode()


def ruled(change: Change) -> Rules:
    return parse_rules(policy_document("1"), changed(LISTED, change))


def fault(policy: bytes = b"", participants: bytes = LISTED) -> MalformedRulesError:
    with pytest.raises(MalformedRulesError) as raised:
        parse_rules(policy or policy_document("1"), participants)
    return raised.value


def test_the_default_rules_are_those_of_the_specification():
    rules = parse_rules(policy_document("202610"), LISTED)
    assert (rules.policy_version, rules.participants_version) == ("202610", "7")
    assert rules.policy.growth is Growth.NOTIFY
    assert rules.policy.topology is Topology.MESH
    assert rules.policy.emergency is EmergencyRule.CONSENTED
    assert rules.policy.emergency_kinds == {"emergency-hospital"}
    assert rules.policy.max_snapshot_age_s == CONSENT_SNAPSHOT_MAX_AGE_S
    assert (rules.modes, rules.valid_days) == ((Mode.BLANKET,), None)
    assert (rules.signer_ages.with_guardian, rules.signer_ages.alone) == (15, 18)
    assert set(rules.texts) == {"ja", "en"}


def test_every_role_has_a_title_and_a_line_in_the_default_table():
    assert set(TITLES) == set(ROLE_CLASSES) == set(Role)
    rules = parse_rules(policy_document("1"), LISTED)
    assert rules.policy.may_see("doctor", DataClass.LAB)
    assert not rules.policy.may_see("clerk", DataClass.LAB)
    assert not rules.policy.may_see("visitor", DataClass.BASIC)


def test_facilities_are_known_by_name_kind_and_membership():
    rules = parse_rules(policy_document("1"), LISTED)
    assert (rules.name(CLINIC), rules.name("9999999999")) == ("練習用内科", "9999999999")
    assert rules.facility_types == {CLINIC: "clinic", HOSPITAL: "hospital"}
    assert rules.present(NOW) == (CLINIC, HOSPITAL)
    assert rules.present(SINCE - timedelta(seconds=1)) == ()


def test_a_facility_that_left_is_not_present_from_that_second_on():
    rules = ruled(lambda value: value["participants"][1].update(to=NOW.isoformat()))
    assert rules.present(NOW - timedelta(seconds=1)) == (CLINIC, HOSPITAL)
    assert rules.present(NOW) == (CLINIC,)


def test_a_facility_that_came_back_has_two_memberships():
    def came_back(value: dict[str, Any]) -> None:
        first = value["participants"][1]
        value["participants"].append(first | {"from": "2026-09-01T00:00:00+09:00", "name": "練習用新病院"})
        first["to"] = "2026-01-01T00:00:00+09:00"

    rules = ruled(came_back)
    assert rules.participants.joined(HOSPITAL, NOW) == datetime(2026, 9, 1, tzinfo=JST)
    assert rules.name(HOSPITAL) == "練習用新病院"


def test_who_only_views_is_no_provider_and_the_other_way_round():
    only_views = ruled(lambda value: value["participants"][1].update(provides=False))
    assert only_views.snapshot_to_provide(NOW).participants.joined(HOSPITAL, NOW) is None
    seen_from = only_views.snapshot_to_view(NOW, HOSPITAL, CLINIC).participants
    assert seen_from.joined(HOSPITAL, NOW) == SINCE
    only_provides = ruled(lambda value: value["participants"][1].update(views=False))
    assert only_provides.snapshot_to_provide(NOW).participants.joined(HOSPITAL, NOW) == SINCE
    assert only_provides.snapshot_to_view(NOW, HOSPITAL, CLINIC).participants.joined(HOSPITAL, NOW) is None


def test_looking_at_ones_own_facility_asks_for_viewing():
    only_provides = ruled(lambda value: value["participants"][1].update(views=False))
    own = only_provides.snapshot_to_view(NOW, HOSPITAL, HOSPITAL).participants
    assert own.joined(HOSPITAL, NOW) is None


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"growht": "frozen"}, "policy.growht"),
        ({"modes": []}, "policy.modes"),
        ({"modes": ["blanket", "everything"]}, "policy.modes[1]"),
        ({"texts": None}, "policy.texts"),
        ({"texts": {"ja": 1}}, "policy.texts.[…]"),
        ({"valid_days": 0}, "policy.valid_days"),
        ({"valid_days": 1.5}, "policy.valid_days"),
        ({"valid_days": "30"}, "policy.valid_days"),
        ({"signer_ages": {"alone": "18"}}, "policy.signer_ages.alone"),
        ({"upload_without_consent": "sealed"}, "policy.upload_without_consent"),
        ({"max_snapshot_age_s": "86400"}, "policy.max_snapshot_age_s"),
        ({"role_classes": {"doctor": "lab"}}, "policy.role_classes"),
        ({"valid_days": 1_000_000}, "policy.valid_days"),
        ({"texts": []}, "policy.texts"),
    ],
)
def test_a_policy_that_is_not_of_the_form_is_refused_with_the_place(changes: dict[str, Any], where: str):
    found = fault(policy_document("1", **changes))
    assert found.where.replace("[…]", ".[…]").replace("..", ".").startswith(where)
    assert found.ja
    assert found.hint_ja


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda value: value.pop("version"), "participants"),
        (lambda value: value.update(facilities=[]), "participants.facilities"),
        (lambda value: value["participants"][1].pop("views"), "participants.participants[1]"),
        (lambda value: value["participants"][0].update(to=""), "participants.participants[0].to"),
        (
            lambda value: value["participants"][0].update({"from": "2025-04-01"}),
            "participants.participants[0]",
        ),
        (lambda value: value["participants"][0].update(vip=True), "participants.participants[0].vip"),
        (lambda value: value["participants"][0].update(provides="yes"), "participants.participants[0]"),
    ],
)
def test_a_participant_list_that_is_not_of_the_form_is_refused_with_the_place(change: Change, where: str):
    assert fault(participants=changed(LISTED, change)).where.startswith(where)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_not_a_json_object_is_refused(data: bytes):
    assert fault(data or b" ").where.startswith("policy")
    assert fault(participants=data).where.startswith("participants")


def test_rules_are_fresh_until_the_first_of_the_two_documents_expires():
    dated = {"kind": "policy", "network": "n", "not_before": "2026-01-01T00:00:00+09:00"}
    policy = policy_document("1", **dated, expires="2027-01-01T00:00:00+09:00")
    participants = changed(LISTED, lambda value: value.update(expires="2026-11-01T00:00:00+09:00"))
    rules = parse_rules(policy, participants)
    assert rules.policy_version == "1"
    end = datetime(2026, 11, 1, tzinfo=JST)
    assert [rules.are_fresh(moment) for moment in (end - timedelta(seconds=1), end)] == [True, False]
    assert parse_rules(policy_document("1"), LISTED).are_fresh(end)


@pytest.mark.parametrize("version", ["1", 0, 1.5, None, True])
def test_a_version_is_a_whole_number(version: object):
    assert (
        fault(changed(policy_document("1"), lambda value: value.update(version=version))).where
        == "policy.version"
    )


def test_a_word_of_a_newer_policy_denies_rather_than_fails():
    rules = parse_rules(policy_document("1", growth="lottery", emergency="sometimes"), LISTED)
    assert (rules.policy.growth, rules.policy.emergency) == (None, None)
