"""Malformed JSON at the border: what is wrong and where, for every key, and never anything but MalformedCaseError."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.consent.border import parse_case, parse_consent, parse_participants, parse_policy
from appliance.consent.consents import Mode
from appliance.consent.policy import Policy
from appliance.consent.readers import MalformedCaseError
from appliance.consent.request import Case
from tests.consent.cases import BASE, CLINIC_A, GONE, Changes, case

MANDATORY = [
    "now",
    "snapshot_at",
    "patient",
    "patient.can_express",
    "request",
    "request.authenticated",
    "request.viewer",
    "request.viewer_facility",
    "request.source_facility",
    "request.role",
    "request.purpose",
    "request.data_class",
    "request.data_date",
    "consent.state",
    "consent.mode",
    "consent.effective",
    "consent.captured_at",
]


def fault(changes: Changes) -> tuple[str, str]:
    """Where the changed case is malformed, and the English sentence."""
    with pytest.raises(MalformedCaseError) as caught:
        parse_case(case(changes))
    return caught.value.where, caught.value.en


@pytest.mark.parametrize("path", MANDATORY)
def test_a_missing_mandatory_key_is_named(path: str):
    assert fault({path: GONE}) == (path, f"{path}: this key is missing")


WRONG = [
    ("now", "2026-10-01T10:00:00", "the time has no zone"),
    ("now", "2026-10-01", "the time has no zone"),
    ("now", "tomorrow", "this is not a time in ISO 8601"),
    ("now", "2026-13-01T10:00:00+09:00", "this is not a time in ISO 8601"),
    ("now", 1790000000, "a text is needed, but this is a number"),
    ("now", None, "a text is needed, but this is null"),
    ("snapshot_at", "2026-10-01T10:00:00", "the time has no zone"),
    ("clock_trusted", "yes", "true or false is needed, but this is a text"),
    ("participants", {}, "a list is needed, but this is an object"),
    ("participants", None, "a list is needed, but this is null"),
    ("facility_types", [], "an object is needed, but this is a list"),
    ("patient", [], "an object is needed, but this is a list"),
    ("patient.can_express", "false", "true or false is needed, but this is a text"),
    ("patient.can_express", 0, "true or false is needed, but this is a number"),
    ("patient.can_express", None, "true or false is needed, but this is null"),
    ("policy", None, "an object is needed, but this is null"),
    ("policy.growth", 1, "a text is needed, but this is a number"),
    ("policy.notices", ["clinic-a"], "an object is needed, but this is a list"),
    ("policy.own_roles", "doctor", "a list is needed, but this is a text"),
    ("policy.role_classes", "doctor", "an object is needed, but this is a text"),
    ("policy.disasters", {}, "a list is needed, but this is an object"),
    ("policy.max_snapshot_age_s", "86400", "a number is needed, but this is a text"),
    ("policy.max_snapshot_age_s", True, "a number is needed, but this is true or false"),
    ("policy.max_snapshot_age_s", None, "a number is needed, but this is null"),
    ("consent", [], "an object is needed, but this is a list"),
    ("consent", "active", "an object is needed, but this is a text"),
    ("consent.effective", "2026-05-01T09:00:00", "the time has no zone"),
    ("consent.captured_at", None, "a text is needed, but this is null"),
    ("consent.expires", "never", "this is not a time in ISO 8601"),
    ("consent.viewers", "hosp-c", "a list is needed, but this is a text"),
    ("consent.viewers", None, "a list is needed, but this is null"),
    ("consent.data_from", "2026-04", "this is not a date in ISO 8601"),
    ("consent.data_from", "2026-02-30", "this is not a date in ISO 8601"),
    ("consent.data_from", "2026-04-10T00:00:00+09:00", "this is not a date in ISO 8601"),
    ("consent.emergency", False, "a text is needed, but this is true or false"),
    ("consent.emergency", None, "a text is needed, but this is null"),
    ("request", None, "an object is needed, but this is null"),
    ("request.authenticated", "true", "true or false is needed, but this is a text"),
    ("request.authenticated", 1, "true or false is needed, but this is a number"),
    ("request.two_factor", "no", "true or false is needed, but this is a text"),
    ("request.viewer", 1, "a text is needed, but this is a number"),
    ("request.role", ["doctor"], "a text is needed, but this is a list"),
    ("request.purpose", ["treat", "research"], "a text is needed, but this is a list"),
    ("request.purpose", None, "a text is needed, but this is null"),
    ("request.data_class", {}, "a text is needed, but this is an object"),
    ("request.data_date", 20260410, "a text is needed, but this is a number"),
    ("request.grant", True, "an object is needed, but this is true or false"),
    ("request.grant.from", "2026-10-01T09:50:00", "the time has no zone"),
    ("request.grant.reason", 1, "a text is needed, but this is a number"),
]


@pytest.mark.parametrize(("path", "value", "what"), WRONG)
def test_a_wrong_value_is_named_with_its_place(path: str, value: object, what: str):
    assert fault({path: value}) == (path, f"{path}: {what}")


INSIDE = [
    ("participants", [CLINIC_A, {"facility": "x"}], "participants[1].from"),
    ("participants", [CLINIC_A, {**CLINIC_A, "to": "2026-01-01T00:00:00"}], "participants[1].to"),
    ("participants", [CLINIC_A, CLINIC_A, "hosp-c"], "participants[2]"),
    ("facility_types", {"clinic-a": None}, "facility_types[…]"),
    ("policy.notices", {"clinic-new": "2026-10-30T00:00:00"}, "policy.notices[…]"),
    ("policy.own_roles", ["doctor", 3], "policy.own_roles[1]"),
    ("policy.role_classes", {"doctor": ["lab", None]}, "policy.role_classes[…][1]"),
    ("policy.disasters", [{"facilities": "hosp-c"}], "policy.disasters[0].facilities"),
    ("consent.edges", [["clinic-a", "hosp-c"], ["clinic-a"]], "consent.edges[1]"),
    ("consent.edges", [["clinic-a", "hosp-c", "hosp-b"]], "consent.edges[0]"),
    ("consent.edges", [["clinic-a", 7]], "consent.edges[0][1]"),
    ("consent.edges", ["clinic-a"], "consent.edges[0]"),
    ("consent.persons", [{"person": "dr-1"}], "consent.persons[0].facility"),
    ("consent.persons", [{"facility": "hosp-c"}], "consent.persons[0].person"),
    ("consent.viewers", ["hosp-c", ["hosp-c"]], "consent.viewers[1]"),
]


@pytest.mark.parametrize(("path", "value", "where"), INSIDE)
def test_a_fault_deep_inside_is_found_by_its_path(path: str, value: object, where: str):
    assert fault({path: value})[0] == where


@pytest.mark.parametrize(
    ("path", "words"),
    [("consent.state", ("active", "entered-in-error")), ("consent.mode", tuple(Mode))],
)
@pytest.mark.parametrize("word", ["none", "Active", "", "すべて"])
def test_an_unknown_mode_or_state_is_malformed_and_the_known_ones_are_told(
    path: str, words: tuple[str, ...], word: str
):
    where, sentence = fault({path: word})
    assert where == path
    assert all(known in sentence for known in words)


def test_a_fault_never_quotes_the_value():
    with pytest.raises(MalformedCaseError) as caught:
        parse_case(case({"consent.state": "山田太郎", "facility_types": {"1310000001": "clinic"}}))
    assert "山田" not in str(caught.value)
    with pytest.raises(MalformedCaseError) as caught:
        parse_case(case({"facility_types": {"1310000001": 4}}))
    assert "1310000001" not in str(caught.value)


@pytest.mark.parametrize("value", [None, [], "case", 1, 1.5, True])
def test_a_case_that_is_no_object_is_malformed(value: object):
    with pytest.raises(MalformedCaseError):
        parse_case(value)


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-09:00", "2026-10-01T10:00+09:00", "20261001T100000Z"],
)
def test_every_iso_time_with_a_zone_is_read(moment: str):
    assert parse_case(case({"now": moment, "snapshot_at": moment})).now.isoformat()


def test_a_huge_or_fractional_age_limit_is_a_number():
    for limit in (10**30, 0.5, -1, 0):
        assert (
            parse_case(case({"policy.max_snapshot_age_s": limit})).snapshot.policy.max_snapshot_age_s == limit
        )


def test_keys_that_nobody_knows_are_passed_over():
    assert parse_case({**case(), "comment": "…"}) == parse_case(case())


def test_policy_participants_and_consent_can_be_read_alone():
    whole = parse_case(case())
    assert parse_policy(BASE["policy"]) == whole.snapshot.policy
    assert parse_policy({}) == Policy()
    assert parse_participants(BASE["participants"], BASE["facility_types"]) == whole.snapshot.participants
    assert parse_consent(BASE["consent"]) == whole.consent
    with pytest.raises(MalformedCaseError, match=r"policy\.disasters"):
        parse_policy({"disasters": 1})
    with pytest.raises(MalformedCaseError, match=r"consent\.state"):
        parse_consent({})
    with pytest.raises(MalformedCaseError, match=r"participants\[0\]\.facility"):
        parse_participants([{}], {})


# --- anything at all ------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)


def paths(value: object, prefix: str = "") -> list[str]:
    if not isinstance(value, dict):
        return []
    here = [f"{prefix}{key}" for key in value]
    return here + [path for key, inner in value.items() for path in paths(inner, f"{prefix}{key}.")]


KEYS_ARE_DATA = ("facility_types.", "policy.role_classes.")
PATHS = [path for path in paths(BASE) if not path.startswith(KEYS_ARE_DATA)]


@given(st.sampled_from(PATHS), json_values)
def test_any_value_anywhere_is_read_or_malformed(path: str, value: object):
    try:
        assert isinstance(parse_case(case({path: value})), Case)
    except MalformedCaseError as wrong:
        assert wrong.where.startswith(path)  # noqa: PT017 - either outcome is right


@given(json_values)
def test_any_value_as_a_case_is_read_or_malformed(value: object):
    with pytest.raises(MalformedCaseError):
        parse_case(json.loads(json.dumps(value)))
