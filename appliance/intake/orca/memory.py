"""What the source remembers between its runs: kept in the store, together with the arrivals that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from appliance.formats.orca.visits import Visit
from appliance.limits import ORCA_VISITS_PER_PATIENT_MAX

SOURCE: Final = "source"
_APART = "\x1f"
"""No answer can hold it: control characters are dropped in reading."""


class Bar(StrEnum):
    """Why nothing of a patient may be held."""

    NONE = ""
    TEST = "test"
    """TestPatient_Flag: made up, for practice."""
    NOT_AGREED = "not-agreed"
    """Community_Cid_Agree is False."""
    GONE = "gone"
    """ORCA has no such patient any more."""


class Seen(msgspec.Struct, frozen=True):
    """How a visit, and its patient's page, stood in the list when they were last dealt with."""

    mark: str
    page_mark: str = ""


class Day(msgspec.Struct, frozen=True):
    """The visits of one day that were dealt with, by their `visit_name`."""

    visits: dict[str, Seen] = {}

    def having(self, name: str, seen: Seen) -> Day:
        return Day({**self.visits, name: seen})

    def lacking(self, name: str) -> Day:
        return Day({one: seen for one, seen in self.visits.items() if one != name})


class Known(msgspec.Struct, frozen=True):
    """A visit of a patient, and whether it was taken."""

    taken: bool
    physician: str = ""


class Patient(msgspec.Struct, frozen=True):
    """One patient: why nothing may be held (empty: all may), what is held of the page, and every visit known."""

    bar: Bar = Bar.NONE
    page: str = ""
    """A digest of the page and diagnoses that are held; empty when none are."""
    visits: dict[str, Known] = {}

    def having(self, name: str, known: Known) -> Patient:
        """With the visit; names begin with the day, so that the newest are kept."""
        visits = {**self.visits, name: known}
        kept = sorted(visits)[-ORCA_VISITS_PER_PATIENT_MAX:]
        return Patient(self.bar, self.page, {one: visits[one] for one in kept})

    def lacking(self, name: str) -> Patient:
        return Patient(self.bar, self.page, {one: own for one, own in self.visits.items() if one != name})

    def barred(self, bar: Bar) -> Patient:
        """Nothing of it is held any more; what there is, is still known."""
        visits = {name: Known(taken=False, physician=own.physician) for name, own in self.visits.items()}
        return Patient(bar, "", visits)

    def with_page(self, page: str) -> Patient:
        return Patient(self.bar, page, self.visits)

    def freed(self) -> Patient:
        return Patient(Bar.NONE, self.page, self.visits)

    def taken(self) -> list[str]:
        return [name for name, own in self.visits.items() if own.taken]

    def withheld(self) -> dict[str, Known]:
        return {name: own for name, own in self.visits.items() if not own.taken}


class Source(msgspec.Struct, frozen=True):
    """The source as a whole; days are ISO dates, empty before the first."""

    began: str = ""
    looked: str = ""
    """The day of the last look that was completed."""
    night: str = ""
    """The day of the last night's work that was completed."""
    moment: str = ""
    """ORCA's own time in the last arrival: what follows is never earlier, whatever ORCA's clock does."""
    lost: int = 0
    """Days of the last long outage that were too long ago to be looked at."""
    lost_on: str = ""
    """The day on which that was found."""
    given: int = 0
    """Arrivals so far."""
    not_agreed: int = 0
    """Patients whose data are kept out because they have not agreed."""


T = TypeVar("T", Day, Patient, Source)


def load(kind: type[T], values: Mapping[str, bytes], name: str) -> T:
    """What was remembered under a name; an empty memory where nothing was."""
    data = values.get(name)
    return msgspec.msgpack.decode(data, type=kind) if data else kind()


def dump(value: Day | Patient | Source) -> bytes:
    return msgspec.msgpack.encode(value)


def day_key(day: date) -> str:
    return f"day/{day.isoformat()}"


def patient_key(patient: str) -> str:
    return f"patient/{patient}"


def visit_name(visit: Visit) -> str:
    """A visit within the memory of a day or of a patient."""
    return _APART.join((visit.day.isoformat(), visit.department, visit.number, visit.patient))


def visit_of(name: str) -> Visit:
    day, department, number, patient = name.split(_APART, 3)
    return Visit(patient, date.fromisoformat(day), department, number)
