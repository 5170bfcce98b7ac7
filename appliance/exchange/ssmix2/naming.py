"""Where things lie in a storage and what they are called: kinds, patients' numbers, order numbers, file names, paths.

`<root>/<pid 1–3>/<pid 4–6>/<pid>/<診療日 or ->/<データ種別>/<file>`, the file's name repeating every part of its path.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from appliance.clock import JST
from appliance.limits import SSMIX2_ORDER_DIGITS, SSMIX2_PID_CHARS

ABSENT: Final = "-"
"""Stands for a day, and for a department, that a kind does not have."""
NO_ORDER: Final = "9" * SSMIX2_ORDER_DIGITS
"""オーダNo of kinds that have none."""
_CHART = re.compile(rf"[0-9A-Za-z]{{1,{SSMIX2_PID_CHARS}}}")
_LOCAL_MARK = "L"
"""Begins the number of a patient whose chart number cannot be a pid."""
_NAME = re.compile(
    r"(?P<pid>[^_]+)_(?P<day>[0-9]{8}|-)_(?P<kind>[^_]+)_(?P<order>[^_]+)_(?P<at>[0-9]{17})_(?P<department>[^_]+)_(?P<flag>[012])"
)


class Kind(StrEnum):
    """データ種別 of 標準化ストレージ that are written."""

    PATIENT = "ADT-00"
    VISIT = "ADT-12"
    ADMISSION = "ADT-22"
    DISCHARGE = "ADT-52"
    ALLERGIES = "ADT-61"
    DIAGNOSES = "PPR-01"
    PRESCRIPTION = "OMP-01"
    RESULTS = "OML-11"


class Flag(StrEnum):
    """コンディションフラグ."""

    DELETED = "0"
    VALID = "1"
    HISTORY = "2"


class Root(StrEnum):
    """The two storages, each below a folder of its own; the facility's ten digits follow."""

    STANDARD = "standard"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What a newer file replaces an older one by: 患者ID, 診療日, データ種別, オーダNo (特定キー)."""

    root: Root
    pid: str
    day: str
    kind: str
    order_no: str


@dataclass(frozen=True, slots=True)
class FileName:
    """The name of a message's file, or of a paper's folder; `at` is 発生日時 in 17 digits."""

    place: Place
    at: str
    department: str
    flag: Flag

    def text(self) -> str:
        place = self.place
        where = f"{place.pid}_{place.day}_{place.kind}_{place.order_no}"
        return f"{where}_{self.at}_{self.department}_{self.flag}"

    def path(self, facility: str) -> str:
        """Below the folder that holds both storages."""
        place = self.place
        return "/".join(
            (
                *(place.root, facility, place.pid[:3], place.pid[3:6], place.pid),
                *(place.day, place.kind, self.text()),
            )
        )


def read_name(root: Root, name: str) -> FileName | None:
    """The parts of a name, None where it is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    place = Place(root, found["pid"], found["day"], found["kind"], found["order"])
    return FileName(place, found["at"], found["department"], Flag(found["flag"]))


def stamp(at: datetime) -> str:
    """発生日時: `YYYYMMDDHHMMSSFFF` by the clocks of Japan."""
    local = at.astimezone(JST)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03}"


def instant(at: str) -> datetime:
    """The instant of a 発生日時."""
    read = datetime.strptime(at[:14], "%Y%m%d%H%M%S").replace(tzinfo=JST)
    return (read + timedelta(milliseconds=int(at[14:]))).astimezone(UTC)


def day_part(when: date | None) -> str:
    return f"{when:%Y%m%d}" if when else ABSENT


def order_number(*key: str, written: str = "") -> str:
    """オーダNo: the source's own where it is a number that fits, else one that follows from the key alone."""
    if written.isascii() and written.isdecimal() and len(written) <= SSMIX2_ORDER_DIGITS:
        return written.zfill(SSMIX2_ORDER_DIGITS)
    return _digits(*key, length=SSMIX2_ORDER_DIGITS)


def _digits(*key: str, length: int) -> str:
    """A number of so many digits that follows from the key, never all nines."""
    digest = hashlib.sha256("\x1f".join(key).encode()).digest()
    return str(int.from_bytes(digest[:16], "big") % (10**length - 1)).zfill(length)


def patient_number(resource_id: str, chart_no: str, is_taken: Callable[[str], bool]) -> str:
    """A 患者ID that is nobody's yet.

    A chart number of at most ten ASCII letters and digits is padded with zeros. A longer or other one, and one that
    would be another patient's after padding (`12` beside `0012`), gets a number that follows from the patient's
    resource id.
    """
    padded = chart_no.zfill(SSMIX2_PID_CHARS)
    if _CHART.fullmatch(chart_no) and not is_taken(padded):
        return padded
    attempt = 0
    while is_taken(found := _local_number(resource_id, attempt)):
        attempt += 1
    return found


@dataclass(slots=True)
class PatientNumbers:
    """患者ID of one facility's patients: once given they stay, so what was given has to be kept."""

    given: dict[str, str] = field(default_factory=dict)
    """Numbers by the patient's resource id."""
    _taken: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._taken = set(self.given.values())

    def number(self, resource_id: str, chart_no: str) -> str:
        if resource_id not in self.given:
            found = patient_number(resource_id, chart_no, self._taken.__contains__)
            self.given[resource_id] = found
            self._taken.add(found)
        return self.given[resource_id]


def _local_number(resource_id: str, attempt: int) -> str:
    return _LOCAL_MARK + _digits(resource_id, str(attempt), length=SSMIX2_PID_CHARS - len(_LOCAL_MARK))
