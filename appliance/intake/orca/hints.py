"""What a notification of PUSH makes worth asking about. Anybody in the LAN could send one: nothing in it is believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeGuard

from appliance.formats.orca.people import day_of

_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
"""A 患者番号."""
_DAYS: Final = ("Perform_Date", "Accept_Date")
_PATIENT_EVENTS: Final = frozenset({"patient_information", "patient_accept"})


@dataclass(frozen=True, slots=True)
class Hint:
    """What is worth asking about: that something changed at all, on which days, and whose page."""

    something: bool = False
    days: frozenset[date] = frozenset()
    patients: frozenset[str] = frozenset()

    def and_also(self, other: Hint) -> Hint:
        return Hint(self.something or other.something, self.days | other.days, self.patients | other.patients)


def hint_of(event: dict[str, Any]) -> Hint:
    """What one notification (event, body) makes worth asking about."""
    body = table(event.get("body"))
    days = (day_of(text) for item in _DAYS if isinstance(text := body.get(item), str))
    patient = body.get("Patient_ID")
    whose = {patient} if event.get("event") in _PATIENT_EVENTS and _is_number(patient) else ()
    return Hint(something=True, days=frozenset(day for day in days if day), patients=frozenset(whose))


def table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_number(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None
