"""The exact terms of the decision table (consent.md, section 3): boundaries, absent keys, unknown words."""

from __future__ import annotations

import pytest

from tests.consent.cases import (
    ALL_CLASSES,
    CLINIC_A,
    DISASTER,
    EMERGENCY,
    GONE,
    HOSP_C,
    NOW,
    OWN,
    PROVIDE,
    Changes,
    answer,
    joined,
)

PERMIT, LIMITED = "permit consent", "permit-limited emergency"
A_SECOND_AGO, IN_A_SECOND = "2026-10-01T09:59:59+09:00", "2026-10-01T10:00:01+09:00"
BEFORE_SIGNING, SIGNING, AFTER_SIGNING = (
    "2026-05-01T08:59:59+09:00",
    "2026-05-01T09:00:00+09:00",
    "2026-05-01T09:00:01+09:00",
)

# --- half-open intervals --------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [{}, PROVIDE])
def test_a_consent_is_in_effect_from_its_very_second_to_before_its_end(purpose: Changes):
    assert answer(purpose, {"consent.effective": NOW}) == PERMIT
    assert answer(purpose, {"consent.effective": IN_A_SECOND}) == "deny not-yet"
    assert answer(purpose, {"consent.expires": IN_A_SECOND}) == PERMIT
    assert answer(purpose, {"consent.expires": NOW}) == "deny expired"


@pytest.mark.parametrize(
    ("since", "until", "member"),
    [
        (NOW, None, True),
        (IN_A_SECOND, None, False),
        ("2025-04-01T00:00:00+09:00", IN_A_SECOND, True),
        ("2025-04-01T00:00:00+09:00", NOW, False),
    ],
)
def test_a_membership_is_half_open(since: str | None, until: str | None, member: bool):
    growth = {"policy.growth": "publish"}
    viewer = {"participants": [CLINIC_A, joined("hosp-c", since, until)]}
    source = {"participants": [joined("clinic-a", since, until), HOSP_C]}
    assert answer(viewer, growth) == (PERMIT if member else "deny not-participant")
    assert answer(source, growth) == (PERMIT if member else "deny source-left")
    assert answer(source, PROVIDE) == (PERMIT if member else "deny not-participant")


@pytest.mark.parametrize(
    ("since", "until", "live"),
    [
        (NOW, IN_A_SECOND, True),
        (IN_A_SECOND, "2026-10-01T11:00:00+09:00", False),
        (A_SECOND_AGO, NOW, False),
        (IN_A_SECOND, A_SECOND_AGO, False),
        (A_SECOND_AGO, None, False),
        (None, IN_A_SECOND, False),
        ("2026-09-01T00:00:00+09:00", "2026-11-01T00:00:00+09:00", True),  # the length is not decide's matter
    ],
)
def test_a_grant_and_a_disaster_are_half_open_and_have_both_ends(
    since: str | None, until: str | None, live: bool
):
    grant = {"request.grant.from": since, "request.grant.to": until}
    assert answer(EMERGENCY, grant) == (LIMITED if live else "deny no-grant")
    disasters = {"policy.disasters": [{"facilities": ["hosp-c"], "from": since, "to": until}]}
    assert answer(DISASTER, disasters) == ("permit-limited disaster" if live else "deny no-disaster")


def test_times_are_compared_across_zones():
    assert answer({"consent.expires": "2026-10-01T01:00:00Z"}) == "deny expired"
    assert answer({"consent.expires": "2026-10-01T01:00:01Z"}) == PERMIT


# --- participants, growth and notices -------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "expected"),
    [(BEFORE_SIGNING, PERMIT), (SIGNING, PERMIT), (AFTER_SIGNING, "deny out-of-scope")],
)
def test_who_joined_at_or_before_the_effective_time_was_a_participant_at_signing(
    since: str | None, expected: str
):
    assert answer({"participants": [CLINIC_A, joined("hosp-c", since)]}) == expected


def test_a_return_is_a_new_joining_under_the_growth_rule():
    stays = [
        joined("hosp-c", "2025-04-01T00:00:00+09:00", "2026-06-01T00:00:00+09:00"),
        joined("hosp-c", "2026-07-01T00:00:00+09:00"),
    ]
    returned = {"participants": [CLINIC_A, *stays]}
    assert answer(returned) == "deny out-of-scope"
    assert answer(returned, {"policy.growth": "publish"}) == PERMIT
    assert answer(returned, {"policy.notices": {"hosp-c": "2026-08-01T00:00:00+09:00"}}) == PERMIT


def test_between_two_stays_a_facility_is_no_participant():
    stays = [
        joined("hosp-c", "2025-04-01T00:00:00+09:00", "2026-06-01T00:00:00+09:00"),
        joined("hosp-c", "2026-11-01T00:00:00+09:00"),
    ]
    assert answer({"participants": [CLINIC_A, *stays]}) == "deny not-participant"


@pytest.mark.parametrize("turn", [1, -1])
def test_of_stays_that_overlap_the_earliest_counts(turn: int):
    stays = [HOSP_C, joined("hosp-c", "2026-07-01T00:00:00+09:00")][::turn]
    assert answer({"participants": [CLINIC_A, *stays]}) == PERMIT


JOINED_LATER = {"participants": [CLINIC_A, joined("hosp-c", AFTER_SIGNING)]}


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [(A_SECOND_AGO, PERMIT), (NOW, PERMIT), (IN_A_SECOND, "deny out-of-scope")],
)
def test_a_facility_is_in_scope_from_the_very_second_of_its_deadline(deadline: str, expected: str):
    assert answer(JOINED_LATER, {"policy.notices": {"hosp-c": deadline}}) == expected


def test_without_a_notice_a_facility_that_joined_later_stays_out():
    assert answer(JOINED_LATER, {"policy.notices": {"hosp-b": A_SECOND_AGO}}) == "deny out-of-scope"
    assert answer(JOINED_LATER, {"policy.notices": GONE}) == "deny out-of-scope"


def test_an_objection_counts_under_notify_and_for_later_facilities_only():
    objection = {"consent.objections": ["hosp-c"]}
    assert answer(objection) == PERMIT
    assert answer(objection, JOINED_LATER, {"policy.growth": "publish"}) == PERMIT
    for mode in (
        {"consent.mode": "list", "consent.viewers": ["hosp-c"]},
        {"consent.mode": "facility", "consent.edges": [["clinic-a", "hosp-c"]]},
        {"consent.mode": "person", "consent.persons": [{"person": "dr-1", "facility": "hosp-c"}]},
    ):
        assert answer(objection, JOINED_LATER, mode) == PERMIT


# --- emergency and disaster -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "lacking",
    [
        {"request.grant": None},
        {"request.grant": GONE},
        {"request.grant": {}},
        {"request.grant.reason": ""},
        {"request.grant.reason": " \u3000"},
        {"request.grant.reason": None},
        {"request.grant.reason": GONE},
        {"request.two_factor": False},
        {"request.two_factor": GONE},
    ],
)
def test_a_grant_must_be_complete(lacking: Changes):
    assert answer(EMERGENCY, lacking) == "deny no-grant"
    assert answer(DISASTER, lacking) == "deny no-grant"
    assert answer(lacking) == PERMIT


@pytest.mark.parametrize("purpose", [EMERGENCY, DISASTER])
def test_in_need_neither_dates_nor_staleness_nor_scope_are_looked_at(purpose: Changes):
    changes = {
        "consent.effective": IN_A_SECOND,
        "consent.expires": A_SECOND_AGO,
        "snapshot_at": "2020-01-01T00:00:00+09:00",
        "clock_trusted": False,
        "consent.mode": "list",
        "consent.excluded_viewers": ["hosp-c"],
        "consent.hidden_classes": ["medication"],
        "consent.data_from": "2026-09-01",
    }
    assert answer(purpose, changes).startswith("permit-limited")


@pytest.mark.parametrize("state", ["withdrawn", "expired", "pending", "suspended"])
@pytest.mark.parametrize("purpose", [{**EMERGENCY, "policy.emergency": "any"}, DISASTER])
def test_an_emergency_no_counts_in_whatever_state_the_record_is(state: str, purpose: Changes):
    assert answer(purpose, {"consent.state": state, "consent.emergency": "no"}) == "deny emergency-opt-out"


@pytest.mark.parametrize("word", [GONE, "yes", "", "NO", "unknown"])
def test_only_the_word_no_refuses_emergencies(word: object):
    assert answer(EMERGENCY, {"consent.emergency": word}) == LIMITED


@pytest.mark.parametrize("data_class", ALL_CLASSES)
def test_an_emergency_opens_four_classes_only(data_class: str):
    subset = {"basic", "allergy", "medication", "diagnosis"}
    expected = LIMITED if data_class in subset else "deny emergency-subset"
    assert answer(EMERGENCY, {"request.data_class": data_class}) == expected


def test_an_emergency_does_not_widen_what_a_role_may_see():
    assert answer(EMERGENCY, {"policy.role_classes": {"doctor": ["basic"]}}) == "deny role"


def test_a_facility_of_no_stated_kind_has_no_emergency():
    assert answer(EMERGENCY, {"facility_types": GONE}) == "deny facility-type"
    assert answer(EMERGENCY, {"policy.emergency_types": GONE}) == "deny facility-type"


def test_a_disaster_asks_neither_for_the_kind_of_facility_nor_for_the_emergency_rule():
    assert answer(DISASTER, {"facility_types": {}, "policy.emergency": "never"}) == "permit-limited disaster"


def test_a_disaster_elsewhere_opens_nothing_here():
    elsewhere = {"facilities": ["hosp-b"], "from": A_SECOND_AGO, "to": IN_A_SECOND}
    here = {"facilities": ["hosp-c"], "from": A_SECOND_AGO, "to": IN_A_SECOND}
    assert answer(DISASTER, {"policy.disasters": [elsewhere]}) == "deny no-disaster"
    assert answer(DISASTER, {"policy.disasters": [elsewhere, here]}) == "permit-limited disaster"


# --- the snapshot's age ---------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [{}, PROVIDE])
@pytest.mark.parametrize(
    ("taken_at", "expected"),
    [
        ("2026-09-30T10:00:00+09:00", PERMIT),
        ("2026-09-30T09:59:59.999999+09:00", "deny stale"),
        ("2026-10-01T10:00:01+09:00", PERMIT),
    ],
)
def test_a_snapshot_is_stale_when_older_than_the_limit_not_when_exactly_as_old(
    purpose: Changes, taken_at: str, expected: str
):
    assert answer(purpose, {"snapshot_at": taken_at}) == expected


@pytest.mark.parametrize("purpose", [{}, PROVIDE])
def test_an_untrusted_clock_counts_as_stale(purpose: Changes):
    assert answer(purpose, {"clock_trusted": False}) == "deny stale"
    assert answer(purpose, {"clock_trusted": True}) == PERMIT


# --- scope, topology, classes and dates -----------------------------------------------------------


@pytest.mark.parametrize(
    ("captured_at", "expected"),
    [("clinic-a", PERMIT), ("hosp-c", PERMIT), ("clinic-b", "deny topology")],
)
@pytest.mark.parametrize("mode", [{}, {"consent.mode": "list", "consent.viewers": ["hosp-c"]}])
def test_a_star_shares_with_the_capturer_only(captured_at: str, expected: str, mode: Changes):
    assert answer(mode, {"policy.topology": "star", "consent.captured_at": captured_at}) == expected


@pytest.mark.parametrize(
    "mode",
    [
        {"consent.mode": "facility", "consent.edges": [["clinic-a", "hosp-c"]]},
        {"consent.mode": "person", "consent.persons": [{"person": "dr-1", "facility": "hosp-c"}]},
    ],
)
def test_the_topology_is_not_asked_where_facility_or_person_was_named(mode: Changes):
    assert answer(mode, {"policy.topology": "star", "consent.captured_at": "clinic-b"}) == PERMIT


@pytest.mark.parametrize("purpose", [{}, PROVIDE])
@pytest.mark.parametrize(
    ("data_date", "expected"),
    [
        ("2026-04-11", PERMIT),
        ("2026-04-10", PERMIT),
        ("2026-04-09", "deny data-period"),
        (None, "deny data-period"),
    ],
)
def test_data_from_takes_in_its_own_day_and_denies_what_has_no_date(
    purpose: Changes, data_date: str | None, expected: str
):
    assert answer(purpose, {"consent.data_from": "2026-04-10", "request.data_date": data_date}) == expected
    assert answer(purpose, {"request.data_date": data_date}) == PERMIT


def test_hiding_one_class_leaves_the_others():
    assert answer({"consent.hidden_classes": ["lab", "no-such-class"]}) == PERMIT


# --- optional keys and unknown words --------------------------------------------------------------

OPTIONAL_OF_CONSENT = (
    "expires",
    "viewers",
    "edges",
    "persons",
    "excluded_viewers",
    "excluded_sources",
    "objections",
    "hidden_classes",
    "data_from",
    "emergency",
)


def test_optional_keys_may_be_absent():
    bare = {f"consent.{key}": GONE for key in OPTIONAL_OF_CONSENT}
    assert answer(bare, {"request.grant": GONE, "request.two_factor": GONE}) == PERMIT


def test_an_absent_policy_word_has_its_default():
    assert answer({"policy.growth": GONE}, JOINED_LATER, {"policy.notices": {"hosp-c": NOW}}) == PERMIT
    assert answer({"policy.topology": GONE, "consent.captured_at": "clinic-b"}) == PERMIT
    assert answer(EMERGENCY, {"policy.emergency": GONE}) == LIMITED
    assert answer(EMERGENCY, {"policy.emergency": GONE, "consent": None}) == "deny no-consent"
    assert answer({"policy.max_snapshot_age_s": GONE, "snapshot_at": "2026-09-30T10:00:00+09:00"}) == PERMIT
    assert (
        answer({"policy.max_snapshot_age_s": GONE, "snapshot_at": "2026-09-30T09:59:59+09:00"})
        == "deny stale"
    )


def test_an_absent_list_is_empty():
    assert answer({"participants": GONE}) == "deny not-participant"
    assert answer({"policy.role_classes": GONE}) == "deny role"
    assert answer({"policy": GONE}) == "deny role"
    assert answer(DISASTER, {"policy.disasters": GONE}) == "deny no-disaster"
    assert answer(OWN, {"policy.own_roles": GONE}) == PERMIT


def test_an_absent_consent_is_no_consent():
    assert answer({"consent": GONE}) == "deny no-consent"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"request.role": "astrologer"}, "deny role"),
        ({"request.data_class": "genome"}, "deny role"),
        ({"request.data_class": "genome", "policy.role_classes": {"doctor": ["genome"]}}, "deny role"),
        ({"request.purpose": "research"}, "deny purpose"),
        ({"request.purpose": "TREAT"}, "deny purpose"),
        ({"policy.growth": "creeping", **JOINED_LATER}, "deny out-of-scope"),
        ({"policy.topology": "ring"}, "deny topology"),
        ({"policy.emergency": "sometimes", **EMERGENCY}, "deny policy"),
    ],
)
def test_an_unknown_word_denies(changes: Changes, expected: str):
    assert answer(changes) == expected
