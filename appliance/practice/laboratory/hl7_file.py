"""Reports as HL7 v2.5 ORU^R01, one file a day: `laboratory/hl7/<month>/<day>.hl7`.

Characters as JAHIS 臨床検査データ交換規約 has them: ISO-2022-JP, named in MSH-18. Every tenth day the laboratory's new system sends
UTF-8 instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

from appliance.practice.facilities import CLINIC_A
from appliance.practice.laboratory.items import GradedItem, Material
from appliance.practice.laboratory.reports import CORRECTED, NAME, Report, Result
from appliance.practice.made import MadeFile
from appliance.practice.people import FEMALE
from appliance.records.document import Format

SEGMENT_END: Final = b"\r"
CODE_SYSTEM: Final = "JC10"
MATERIAL_SYSTEM: Final = "JC10"
ISO_2022, UTF_8 = ("iso2022_jp", "~ISO IR87", "ISO 2022-1994"), ("utf-8", "UNICODE UTF-8", "")
"""Python's name, MSH-18, MSH-20."""
NEW_SYSTEM_EVERY: Final = 10
_MARKS: Final = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
_UNKNOWN: Final = "？"


def hl7_files(reports: Sequence[Report]) -> Iterator[MadeFile]:
    """The reports by the day on which they were sent."""
    by_day: dict[date, list[Report]] = {}
    for report in reports:
        by_day.setdefault(report.reported.date(), []).append(report)
    for day, own in by_day.items():
        charset = UTF_8 if day.day % NEW_SYSTEM_EVERY == 0 else ISO_2022
        yield MadeFile(
            f"laboratory/hl7/{day:%Y-%m}/{day:%Y%m%d}.hl7",
            Format.HL7_LAB,
            CLINIC_A,
            day,
            b"".join(_message(report, charset) for report in own),
            tuple(report.number for report in own if report.standing),
            (("corrected_later", [report.number for report in own if not report.standing]),),
        )


def _message(report: Report, charset: tuple[str, str, str]) -> bytes:
    encoding = charset[0]
    rows = _segments(report, charset)
    return b"".join(_fitting(row, encoding).encode(encoding) + SEGMENT_END for row in rows)


def _fitting(row: str, encoding: str) -> str:
    """The row with what the character set lacks replaced."""
    return "".join(letter if _fits(letter, encoding) else _UNKNOWN for letter in row)


def _fits(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _segments(report: Report, charset: tuple[str, str, str]) -> Iterator[str]:
    sent = _moment(report.reported)
    header = ["MSH", "^~\\&", "LIS", _text(NAME), "RECEIPT", CLINIC_A.number, sent, "", "ORU^R01^ORU_R01"]
    header += [
        f"{report.number}.{report.version}",
        "P",
        "2.5",
        "",
        "",
        "",
        "",
        "",
        *charset[1:2],
        "",
        charset[2],
    ]
    yield "|".join(header)
    yield _patient(report)
    for place, material in enumerate(report.materials, 1):
        results = report.of(material)
        yield f"ORC|RE|{report.number}|{report.number}"
        yield _request(report, place, material, results)
        for number, result in enumerate(results, 1):
            yield _observation(report, number, result)
        yield _specimen(report, place, material)


def _patient(report: Report) -> str:
    person = report.patient.person
    family, _, given = person.name.text.partition("　")
    kanji = f"{_text(family)}^{_text(given)}^^^^^L^I"
    kana_family, kana_given = person.name.kana_parts
    names = f"{kanji}~{_text(kana_family)}^{_text(kana_given)}^^^^^L^P"
    sex = "F" if person.sex == FEMALE else "M"
    chart = f"{report.patient.chart_number}^^^^PI"
    home = person.home
    address = f"^^^^{home.postal_code}^JPN^H^{_text(home.address)}"
    phone = f"^PRN^PH^^^^^^^^^{home.phone}"
    return f"PID|1||{chart}||{names}||{person.birth:%Y%m%d}|{sex}|||{address}||{phone}"


def _request(report: Report, place: int, material: Material, results: Sequence[Result]) -> str:
    fields = [""] * 26
    fields[0] = "OBR"
    fields[1] = str(place)
    fields[2] = fields[3] = report.number
    fields[4] = f"{material.code}^{_text(material.ja)}検査^L"
    fields[7] = _moment(report.collected)
    fields[22] = _moment(report.reported)
    fields[25] = CORRECTED if any(result.status == CORRECTED for result in results) else "F"
    return "|".join(fields)


def _observation(report: Report, number: int, result: Result) -> str:
    item = result.item
    graded = isinstance(item, GradedItem)
    fields = [""] * 15
    fields[0] = "OBX"
    fields[1] = str(number)
    fields[2] = "ST" if graded else "NM"
    fields[3] = f"{item.code}^{_text(item.name)}^{CODE_SYSTEM}"
    fields[5] = _text(result.value)
    fields[6] = "" if isinstance(item, GradedItem) else item.unit
    fields[7] = _text(result.range_text)
    fields[8] = result.flag or "N"
    fields[11] = result.status
    fields[14] = _moment(report.collected)
    return "|".join(fields)


def _specimen(report: Report, place: int, material: Material) -> str:
    fields = [""] * 18
    fields[0] = "SPM"
    fields[1] = str(place)
    fields[2] = f"^{report.specimen(material)}"
    fields[4] = f"{material.code}^{_text(material.ja)}^{MATERIAL_SYSTEM}"
    fields[17] = _moment(report.collected)
    return "|".join(fields)


def _text(text: str) -> str:
    """Text with HL7's delimiters escaped."""
    return "".join(_MARKS.get(letter, letter) for letter in text)


def _moment(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S}"
