"""The questions that are asked of ORCA: all of them read, none of them writes.

Which Api_Result of each is an answer, and which an error, stands with the answers (formats/orca/answers.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from html import escape
from typing import Final
from urllib.parse import urlencode

from appliance.formats.orca.visits import Visit

_ALL_DISEASES = "All"
"""Select_Mode: ended diagnoses too, the newest 200."""
_WITH_TEST_PATIENTS = "1"
"""Contain_TestPatient_Flag: a patient who became a test patient is to be noticed; the page decides."""


class Ask(StrEnum):
    """What is asked."""

    VISITS = "visits"
    HISTORY = "history"
    ACTS = "acts"
    PATIENT = "patient"
    DISEASES = "diseases"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a question goes; `root` is the element around its items, empty where they stand in the address."""

    path: str
    root: str = ""
    selector: str = ""
    """The `class` of APIs that have several functions."""

    @property
    def method(self) -> str:
        return "POST" if self.root else "GET"


ENDPOINTS: Final[Mapping[Ask, Endpoint]] = {
    Ask.VISITS: Endpoint("api01rv2/visitptlstv2", "visitptlstreq"),
    Ask.HISTORY: Endpoint("api01rv2/medicalgetv2", "medicalgetreq", "01"),
    Ask.ACTS: Endpoint("api01rv2/medicalgetv2", "medicalgetreq", "02"),
    Ask.PATIENT: Endpoint("api01rv2/patientgetv2"),
    Ask.DISEASES: Endpoint("api01rv2/diseasegetv2", "disease_inforeq", "01"),
    Ask.CHANGED: Endpoint("api01rv2/patientlst1v2", "patientlst1req", "01"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One request: `address` is relative to the server's url."""

    ask: Ask
    method: str
    address: str
    body: bytes = b""

    @property
    def api(self) -> str:
        """The name by which answers are known."""
        return ENDPOINTS[self.ask].path.rpartition("/")[2]


Items = Mapping[str, "str | Items"]


def visits_on(day: date) -> Question:
    return _posted(Ask.VISITS, {"Request_Number": "01", "Visit_Date": day.isoformat()})


def history_of(patient: str, month: date) -> Question:
    """The patient's visits in the month of that day."""
    return _posted(Ask.HISTORY, {"Patient_ID": patient, "Perform_Date": month.isoformat()})


def acts_of(visit: Visit) -> Question:
    which: Items = {"Department_Code": visit.department, "Sequential_Number": visit.number}
    items: Items = {
        "Patient_ID": visit.patient,
        "Perform_Date": visit.day.isoformat(),
        "Medical_Information": which,
    }
    return _posted(Ask.ACTS, items)


def patient_page(patient: str) -> Question:
    endpoint = ENDPOINTS[Ask.PATIENT]
    return Question(Ask.PATIENT, endpoint.method, f"{endpoint.path}?{urlencode({'id': patient})}")


def diseases_of(patient: str, day: date) -> Question:
    """Every diagnosis up to the month of that day."""
    items = {"Patient_ID": patient, "Base_Date": f"{day:%Y-%m}", "Select_Mode": _ALL_DISEASES}
    return _posted(Ask.DISEASES, items)


def patients_changed_on(day: date) -> Question:
    """Patients registered or changed on that day: at most 1000 are answered."""
    items = {
        "Base_StartDate": day.isoformat(),
        "Base_EndDate": day.isoformat(),
        "Contain_TestPatient_Flag": _WITH_TEST_PATIENTS,
    }
    return _posted(Ask.CHANGED, items)


def _posted(ask: Ask, items: Items) -> Question:
    endpoint = ENDPOINTS[ask]
    query = f"?class={endpoint.selector}" if endpoint.selector else ""
    body = f"<data>{_record(endpoint.root, items)}</data>"
    return Question(ask, endpoint.method, endpoint.path + query, body.encode())


def _record(name: str, items: Items) -> str:
    inner = "".join(_item(key, value) for key, value in items.items())
    return f'<{name} type="record">{inner}</{name}>'


def _item(name: str, value: str | Items) -> str:
    if isinstance(value, str):
        return f'<{name} type="string">{escape(value, quote=False)}</{name}>'
    return _record(name, value)
