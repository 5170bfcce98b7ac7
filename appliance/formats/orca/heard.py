"""What one answer says to the one who asked: done or not, which visits, which patients, and how a patient stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from appliance.formats.elements import Element
from appliance.formats.findings import Findings
from appliance.formats.hardened import read_json, read_xml
from appliance.formats.orca.answers import UNKNOWN_ANSWER, Answer, Result, answer_of, overflows, result_of
from appliance.formats.orca.findings import KINDS
from appliance.formats.orca.people import day_of
from appliance.formats.orca.visits import Visit
from appliance.records.identity import digest

READABLE: Final = (Result.DONE, Result.WARNING, Result.PARTIAL)
_MARKS = (
    "Voucher_Number",
    "Insurance_Combination_Number",
    "Physician_WholeName",
    "Update_Date",
    "Update_Time",
)
"""What changes in a row of visitptlstv2 when the visit is entered anew or corrected."""
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
_WHEN = frozenset({"Information_Date", "Information_Time", "Base_Date"})
_PAGE_MARKS = ("Patient_Update_Date", "Patient_Update_Time")


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer that was understood as one of ORCA's; `data` as it came."""

    data: bytes
    answer: Answer
    body: Element
    result: Result

    @property
    def moment(self) -> str:
        """When it was made, by ORCA's own clock (ISO, to the second); empty where it does not say."""
        told = f"{self.body.value('Information_Date')}T{self.body.value('Information_Time')}"
        try:
            return datetime.fromisoformat(told).isoformat() if _MOMENT.fullmatch(told) else ""
        except ValueError:
            return ""

    @property
    def readable(self) -> bool:
        return self.result in READABLE

    @property
    def shown_code(self) -> str:
        """Its Api_Result where that can be nothing but a code."""
        code = self.body.value("Api_Result")
        return code if code.isascii() and code.isalnum() else "?"

    @property
    def content(self) -> str:
        """A digest of everything it says but when it was made: the same for the same answer on another day."""
        return digest(*_words(self.body))


def _words(body: Element) -> Iterator[str]:
    for one in body.children:
        if one.name not in _WHEN:
            yield from _within(one)


def _within(one: Element) -> Iterator[str]:
    yield one.name
    yield one.text
    for inner in one.children:
        yield from _within(inner)
    yield "/"


def hear(data: bytes, findings: Findings | None = None) -> Heard | None:
    """The answer in these bytes (XML or JSON); None when they are none, or cut off."""
    notes = findings or Findings(KINDS)
    root, _ = (read_json if data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" else read_xml)(data, notes)
    if root is None:
        return None
    answer, body = answer_of(root)
    if body is None or answer is UNKNOWN_ANSWER or not body.child("Api_Result"):
        return None
    result = result_of(answer, body)
    if result is Result.DONE and overflows(body):
        result = Result.PARTIAL
    return Heard(data, answer, body, result)


@dataclass(frozen=True, slots=True)
class ListedVisit:
    """A visit of visitptlstv2. `mark` changes when it is entered anew or corrected, `page_mark` with the patient's page."""

    visit: Visit
    mark: str
    page_mark: str
    physician: str


def visits_in(heard: Heard) -> tuple[ListedVisit, ...]:
    """The visits of a visitptlstv2 answer; rows of one visit (one an insurance) are one."""
    day = day_of(heard.body.value("Visit_Date"))
    rows: dict[Visit, list[Element]] = {}
    for row in heard.body.records("Visit_List_Information"):
        patient = row.value("Patient_Information", "Patient_ID")
        if patient and day is not None:
            number = row.value("Sequential_Number").lstrip("0")
            rows.setdefault(Visit(patient, day, row.value("Department_Code"), number), []).append(row)
    return tuple(_listed(visit, own) for visit, own in rows.items())


def _listed(visit: Visit, rows: list[Element]) -> ListedVisit:
    marks = sorted("|".join(row.value(item) for item in _MARKS) for row in rows)
    page_mark = max("T".join(row.value(item) for item in _PAGE_MARKS) for row in rows)
    return ListedVisit(visit, digest(*marks), page_mark, rows[0].value("Physician_WholeName"))


def history_in(heard: Heard) -> Iterator[Visit]:
    """The visits of a medicalgetv2 class 01 answer."""
    patient = heard.body.value("Patient_Information", "Patient_ID")
    for row in heard.body.records("Medical_List_Information"):
        day = day_of(row.value("Perform_Date"))
        if day is not None:
            number = row.value("Sequential_Number").lstrip("0")
            yield Visit(patient, day, row.value("Department_Code"), number)


def patients_in(heard: Heard) -> tuple[str, ...]:
    """The patients of a patientlst1v2 answer."""
    rows = heard.body.records("Patient_Information")
    return tuple(number for row in rows if (number := row.value("Patient_ID")))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a patient's page says of whether anything may be taken. `agreed` is None where ORCA knows no such item."""

    patient: str
    test: bool
    agreed: bool | None


def standing_in(heard: Heard) -> Standing | None:
    """From a patientgetv2 answer; None without a patient."""
    info = heard.body.child("Patient_Information")
    if info is None or not info.value("Patient_ID"):
        return None
    agreed = info.value("Community_Cid_Agree").lower()
    return Standing(
        info.value("Patient_ID"),
        info.value("TestPatient_Flag") == "1",
        None if not agreed else agreed == "true",
    )
