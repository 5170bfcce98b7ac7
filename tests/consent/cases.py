"""Cases in the JSON of consent.md, section 8, for the tests: one that is permitted, and ways to change it.

`case({"consent.state": "withdrawn"})` is the base case with that one value changed; `GONE` removes a key. In the base
case dr-1 of hosp-c, an emergency hospital, asks for medication data of clinic-a, where a blanket consent was taken.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from appliance.consent.border import parse_case
from appliance.consent.decide import decide

NOW = "2026-10-01T10:00:00+09:00"
GONE = object()
"""As a value: the key is taken away."""

Changes = Mapping[str, Any]

ALL_CLASSES = [
    "basic",
    "insurance",
    "visit",
    "diagnosis",
    "medication",
    "allergy",
    "lab",
    "procedure",
    "device",
    "letter",
    "checkup",
    "imaging",
]

BASE: dict[str, Any] = {
    "now": NOW,
    "snapshot_at": "2026-10-01T09:59:00+09:00",
    "participants": [
        {"facility": "clinic-a", "from": "2025-04-01T00:00:00+09:00", "to": None},
        {"facility": "hosp-c", "from": "2025-04-01T00:00:00+09:00", "to": None},
    ],
    "facility_types": {"clinic-a": "clinic", "hosp-c": "emergency-hospital"},
    "patient": {"can_express": False},
    "policy": {
        "growth": "notify",
        "notices": {},
        "topology": "mesh",
        "emergency": "consented",
        "emergency_types": ["emergency-hospital"],
        "own_roles": ["doctor", "nurse"],
        "role_classes": {"doctor": ALL_CLASSES, "nurse": ["basic"]},
        "disasters": [
            {
                "facilities": ["hosp-c"],
                "from": "2026-10-01T00:00:00+09:00",
                "to": "2026-10-02T00:00:00+09:00",
            },
        ],
        "max_snapshot_age_s": 86400,
    },
    "consent": {
        "state": "active",
        "mode": "blanket",
        "effective": "2026-05-01T09:00:00+09:00",
        "captured_at": "clinic-a",
        "expires": None,
        "viewers": [],
        "edges": [],
        "persons": [],
        "excluded_viewers": [],
        "excluded_sources": [],
        "objections": [],
        "hidden_classes": [],
        "data_from": None,
        "emergency": "yes",
    },
    "request": {
        "authenticated": True,
        "two_factor": True,
        "viewer": "dr-1",
        "viewer_facility": "hosp-c",
        "source_facility": "clinic-a",
        "role": "doctor",
        "purpose": "treat",
        "data_class": "medication",
        "data_date": "2026-04-10",
        "grant": {
            "from": "2026-10-01T09:50:00+09:00",
            "to": "2026-10-01T13:50:00+09:00",
            "reason": "unconscious",
        },
    },
}

CLINIC_A, HOSP_C = BASE["participants"]

TREAT: Changes = {"request.purpose": "treat"}
EMERGENCY: Changes = {"request.purpose": "emergency"}
DISASTER: Changes = {"request.purpose": "disaster"}
PROVIDE: Changes = {"request.purpose": "provide"}
OWN: Changes = {"request.viewer_facility": "clinic-a"}
"""The viewer asks for data of the viewer's own facility."""


def case(*changes: Changes) -> dict[str, Any]:
    """The base case after all changes, in order; a path into a consent that is null is passed over."""
    made = copy.deepcopy(BASE)
    for change in changes:
        for path, value in change.items():
            _set(made, path.split("."), value)
    return made


def _set(made: dict[str, Any], path: list[str], value: Any) -> None:
    *parents, last = path
    for parent in parents:
        made = made[parent]
        if made is None:
            return
    if value is GONE:
        made.pop(last, None)
    else:
        made[last] = copy.deepcopy(value)


def answer(*changes: Changes) -> str:
    """`effect reason` for the changed base case, as in `deny stale`."""
    decision = decide(parse_case(case(*changes)))
    return f"{decision.effect} {decision.reason}"


def joined(facility: str, since: str, until: str | None = None) -> dict[str, Any]:
    """A membership in JSON."""
    return {"facility": facility, "from": since, "to": until}
