"""The same reports as ASTM E1394 records, as an analyser's host would send them: `laboratory/astm/<month>/<day>.astm`, cp932.

One message a report; a patient's specimens are orders (O) with their results (R).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

from appliance.practice.facilities import CLINIC_A
from appliance.practice.laboratory.items import GradedItem, Material
from appliance.practice.laboratory.reports import NAME, Report, Result
from appliance.practice.made import MadeFile
from appliance.practice.naming import written_name
from appliance.practice.people import FEMALE
from appliance.records.document import Format

RECORD_END: Final = b"\r"
ENCODING: Final = "cp932"
VERSION: Final = "E1394-97"
CODE_SYSTEM: Final = "JC10"
_WIDTH: Final = {"H": 14, "P": 9, "O": 26, "R": 13}
_MARKS: Final = {"&": "&E&", "|": "&F&", "^": "&S&", "\\": "&R&"}


def astm_files(reports: Sequence[Report]) -> Iterator[MadeFile]:
    """The reports by the day on which they were sent."""
    by_day: dict[date, list[Report]] = {}
    for report in reports:
        by_day.setdefault(report.reported.date(), []).append(report)
    for day, own in by_day.items():
        rows = (row for report in own for row in _records(report))
        yield MadeFile(
            f"laboratory/astm/{day:%Y-%m}/{day:%Y%m%d}.astm",
            Format.ASTM,
            CLINIC_A,
            day,
            b"".join(row.encode(ENCODING, "replace") + RECORD_END for row in rows),
            tuple(report.number for report in own if report.standing),
            (("corrected_later", [report.number for report in own if not report.standing]),),
        )


def _records(report: Report) -> Iterator[str]:
    sent = _moment(report.reported)
    yield _record("H", {2: "\\^&", 5: _text(NAME), 12: "P", 13: VERSION, 14: sent})
    yield _patient(report)
    for place, material in enumerate(report.materials, 1):
        yield _order(report, place, material)
        for number, result in enumerate(report.of(material), 1):
            yield _result(report, number, result)
    yield "L|1|N"


def _patient(report: Report) -> str:
    person = report.patient.person
    name = written_name(person.name, kana_instead=False).replace("　", "^")
    sex = "F" if person.sex == FEMALE else "M"
    items = {2: "1", 3: report.patient.chart_number, 6: name, 8: f"{person.birth:%Y%m%d}", 9: sex}
    return _record("P", items)


def _order(report: Report, place: int, material: Material) -> str:
    tests = "\\".join(f"{result.item.code}^^{CODE_SYSTEM}" for result in report.of(material))
    return _record(
        "O",
        {
            2: str(place),
            3: report.specimen(material),
            5: tests,
            6: "R",
            8: _moment(report.collected),
            16: _text(material.ja),
            23: _moment(report.reported),
            26: "C" if report.version else "F",
        },
    )


def _result(report: Report, number: int, result: Result) -> str:
    item = result.item
    return _record(
        "R",
        {
            2: str(number),
            3: f"{item.code}^{_text(item.name)}^{CODE_SYSTEM}",
            4: _text(result.value),
            5: "" if isinstance(item, GradedItem) else _text(item.unit),
            6: _text(result.range_text),
            7: result.flag or "N",
            9: result.status,
            13: _moment(report.collected),
        },
    )


def _record(letter: str, items: dict[int, str]) -> str:
    """A record by field number; the type letter is field 1. A header's delimiters stand right behind its letter."""
    fields = [items.get(number, "") for number in range(1, _WIDTH[letter] + 1)]
    fields[0] = letter
    return "|".join(fields)


def _text(text: str) -> str:
    return "".join(_MARKS.get(letter, letter) for letter in text)


def _moment(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S}"
