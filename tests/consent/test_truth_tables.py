"""The two truth tables of consent.md, section 3, cell by cell."""

from __future__ import annotations

import pytest

from tests.consent.cases import CLINIC_A, DISASTER, EMERGENCY, TREAT, Changes, answer, joined

YES, NO = "permit consent", "deny out-of-scope"

# --- mode scope (row 18) --------------------------------------------------------------------------

LATER = joined("hosp-c", "2026-08-01T00:00:00+09:00")
COLUMNS: dict[str, Changes] = {
    "at signing": {},
    "later, frozen": {"participants": [CLINIC_A, LATER], "policy.growth": "frozen"},
    "later, notify, deadline not over": {
        "participants": [CLINIC_A, LATER],
        "policy.notices": {"hosp-c": "2026-10-30T00:00:00+09:00"},
    },
    "later, notify, over, no objection": {
        "participants": [CLINIC_A, LATER],
        "policy.notices": {"hosp-c": "2026-09-01T00:00:00+09:00"},
    },
    "later, notify, objected": {
        "participants": [CLINIC_A, LATER],
        "policy.notices": {"hosp-c": "2026-09-01T00:00:00+09:00"},
        "consent.objections": ["hosp-c"],
    },
    "later, publish": {"participants": [CLINIC_A, LATER], "policy.growth": "publish"},
}
BLANKET: Changes = {"consent.mode": "blanket"}
LISTED: Changes = {"consent.mode": "list", "consent.viewers": ["hosp-b", "hosp-c"]}
UNLISTED: Changes = {"consent.mode": "list", "consent.viewers": ["hosp-b"]}
EDGE: Changes = {"consent.mode": "facility", "consent.edges": [["clinic-a", "hosp-c"]]}
OTHER_EDGES: Changes = {
    "consent.mode": "facility",
    "consent.edges": [["hosp-c", "clinic-a"], ["clinic-a", "hosp-b"]],
}
NAMED: Changes = {"consent.mode": "person", "consent.persons": [{"person": "dr-1", "facility": "hosp-c"}]}
OTHERS_NAMED: Changes = {
    "consent.mode": "person",
    "consent.persons": [{"person": "dr-1", "facility": "hosp-b"}, {"person": "dr-2", "facility": "hosp-c"}],
}

SCOPE = {
    "blanket": (BLANKET, (YES, NO, NO, YES, NO, YES)),
    "list, in viewers": (LISTED, (YES,) * 6),
    "list, not in viewers": (UNLISTED, (NO,) * 6),
    "facility, edge signed": (EDGE, (YES,) * 6),
    "facility, edge not signed": (OTHER_EDGES, (NO,) * 6),
    "person, pair named": (NAMED, (YES,) * 6),
    "person, pair not named": (OTHERS_NAMED, (NO,) * 6),
}


@pytest.mark.parametrize(
    ("mode", "column", "expected"),
    [
        pytest.param(mode, column, expected, id=f"{row} - {column}")
        for row, (mode, cells) in SCOPE.items()
        for column, expected in zip(COLUMNS, cells, strict=True)
    ],
)
def test_scope_is_as_the_truth_table_says(mode: Changes, column: str, expected: str):
    assert answer(COLUMNS[column], mode) == expected


# --- state × purpose ------------------------------------------------------------------------------

PURPOSES: dict[str, Changes] = {
    "treat": TREAT,
    "emergency/consented": {**EMERGENCY, "policy.emergency": "consented"},
    "emergency/any": {**EMERGENCY, "policy.emergency": "any"},
    "disaster active": DISASTER,
}
EMERGENCY_LIMITED, DISASTER_LIMITED = "permit-limited emergency", "permit-limited disaster"


def state(name: str) -> Changes:
    return {"consent.state": name}


def unless_emergency(reason: str) -> tuple[str, str, str, str]:
    """A line of the table that reads ✘ ✘ limited limited."""
    return (f"deny {reason}", "deny no-consent", EMERGENCY_LIMITED, DISASTER_LIMITED)


STATES: dict[str, tuple[Changes, tuple[str, str, str, str]]] = {
    "none": ({"consent": None}, unless_emergency("no-consent")),
    "pending": (state("pending"), unless_emergency("pending")),
    "active": (state("active"), (YES, EMERGENCY_LIMITED, EMERGENCY_LIMITED, DISASTER_LIMITED)),
    "suspended": (
        state("suspended"),
        ("deny suspended", EMERGENCY_LIMITED, EMERGENCY_LIMITED, DISASTER_LIMITED),
    ),
    "withdrawn": (state("withdrawn"), unless_emergency("withdrawn")),
    "expired": (state("expired"), unless_emergency("expired")),
    "refused": (state("refused"), ("deny refused",) * 4),
    "active + emergency=no": (
        {"consent.emergency": "no"},
        (YES, "deny emergency-opt-out", "deny emergency-opt-out", "deny emergency-opt-out"),
    ),
}


@pytest.mark.parametrize(
    ("record", "purpose", "expected"),
    [
        pytest.param(record, purpose, expected, id=f"{row} - {purpose}")
        for row, (record, cells) in STATES.items()
        for purpose, expected in zip(PURPOSES, cells, strict=True)
    ],
)
def test_state_and_purpose_are_as_the_truth_table_says(record: Changes, purpose: str, expected: str):
    assert answer(PURPOSES[purpose], record) == expected
