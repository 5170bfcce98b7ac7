"""An arrival from ORCA: what the box asked about one patient, the answers kept byte for byte behind a line that says why.

    renkei-orca 1
    {"statement": "visit", "patient": …, "number": …, "moment": …, "visits": [[day, department, number]], "answers": [sizes]}
    the answers, one after the other

A visit comes with the patient's page, its acts and the patient's diagnoses; what ORCA no longer has, and what may no
longer be held, is stated without content.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Any, Final

from appliance.formats.elements import plain
from appliance.formats.orca.visits import Visit
from appliance.limits import ORCA_HEAD_MAX_BYTES

MARK: Final = b"renkei-orca 1\n"
_DAY_CHARS: Final = 10


class Statement(StrEnum):
    """What an envelope says."""

    VISIT = "visit"
    """A visit as it is now, and the patient's page and diagnoses of that moment."""
    PATIENT = "patient"
    """The page and diagnoses alone."""
    DELETED = "deleted"
    """The visits named no longer exist; the answer is the history that lacks them."""
    WITHHELD = "withheld"
    """Nothing of this patient may be held: the page, the diagnoses and the visits named are taken back."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One statement about one patient, the `number`th of its source.

    `moment` is ORCA's own time (ISO), never earlier than that of the one before. No two are alike: what is stated a
    second time, after something else, is no repetition.
    """

    statement: Statement
    patient: str
    moment: str
    visits: tuple[Visit, ...] = ()
    physician: str = ""
    answers: tuple[bytes, ...] = ()
    number: int = 0

    @property
    def sequence(self) -> str:
        """The order among versions of one document: after those of single answers (visits.py)."""
        return f"3:{self.moment}:{self.number:012d}"


def pack(envelope: Envelope) -> bytes:
    """The bytes of an arrival."""
    head = {
        "statement": envelope.statement.value,
        "patient": envelope.patient,
        "number": envelope.number,
        "moment": envelope.moment,
        "visits": [[one.day.isoformat(), one.department, one.number] for one in envelope.visits],
        "physician": envelope.physician,
        "answers": [len(answer) for answer in envelope.answers],
    }
    return b"".join((MARK, json.dumps(head, ensure_ascii=False).encode(), b"\n", *envelope.answers))


def unpack(data: bytes) -> Envelope | None:
    """The envelope of these bytes; None when they are not one, or not whole."""
    end = data.find(b"\n", len(MARK), len(MARK) + ORCA_HEAD_MAX_BYTES)
    if not data.startswith(MARK) or end < 0:
        return None
    try:
        return _envelope(json.loads(data[len(MARK) : end]), data[end + 1 :])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _envelope(head: Any, rest: bytes) -> Envelope:
    """Raises ValueError, TypeError or KeyError for anything that `pack` does not write."""
    sizes = [_size(one) for one in head["answers"]]
    if sum(sizes) != len(rest):
        raise ValueError(len(rest))
    patient = _text(head["patient"])
    return Envelope(
        Statement(head["statement"]),
        patient,
        _moment(head["moment"]),
        tuple(
            Visit(patient, date.fromisoformat(day), _text(department), _text(number))
            for day, department, number in head["visits"]
        ),
        _text(head["physician"]),
        tuple(rest[start:stop] for start, stop in pairwise(accumulate(sizes, initial=0))),
        _size(head["number"]),
    )


def _text(value: Any) -> str:
    if isinstance(value, str) and plain(value) == value:
        return value
    raise TypeError(type(value))


def _moment(value: Any) -> str:
    """A text that begins with a day, which is what is read of it."""
    text = _text(value)
    date.fromisoformat(text[:_DAY_CHARS])
    return text


def _size(value: Any) -> int:
    if type(value) is int and value >= 0:
        return value
    raise ValueError(type(value))
