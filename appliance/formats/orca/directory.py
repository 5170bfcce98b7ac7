"""system01lstv2: who the receipt computer belongs to, its departments and its doctors. No patient, no document."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.formats.elements import Element
from appliance.formats.findings import Findings
from appliance.formats.hardened import read_json, read_xml
from appliance.formats.orca.answers import Content, Result, answer_of, result_of
from appliance.formats.orca.findings import KINDS
from appliance.records.administrative import Organization, Practitioner
from appliance.records.coding import CodeSystem, Coding
from appliance.records.identifiers import facility_number

_CODE_WIDTH = 7


@dataclass(frozen=True, slots=True)
class Department:
    """A department by ORCA's own code, and the code that claims use for it (empty where none is set)."""

    coding: Coding
    receipt_code: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """What one answer of system01lstv2 told; the parts of the other request numbers are empty."""

    organization: Organization | None = None
    departments: tuple[Department, ...] = ()
    physicians: tuple[Practitioner, ...] = ()


def read_directory(data: bytes) -> Directory | None:
    """The directory of an answer; None when it is another answer, an error, or nothing that can be read."""
    findings = Findings(KINDS)
    reader = read_json if data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" else read_xml
    root, _ = reader(data, findings)
    if root is None:
        return None
    answer, body = answer_of(root)
    if body is None or answer.content is not Content.DIRECTORY or result_of(answer, body) is Result.ERROR:
        return None
    return Directory(_organization(body), _departments(body), _physicians(body))


def _organization(body: Element) -> Organization | None:
    info = body.child("Medical_Information")
    if info is None:
        return None
    code = info.value("Institution_Code").zfill(_CODE_WIDTH)
    number = info.value("Prefectures_Number").zfill(2) + (info.value("Point_list") or "1") + code
    known = facility_number(number)
    return Organization(str(known) if known else "", info.value("Institution_WholeName"))


def _departments(body: Element) -> tuple[Department, ...]:
    return tuple(
        Department(
            Coding(CodeSystem.ORCA_DEPARTMENT, entry.value("Code"), entry.value("WholeName")),
            entry.value("Receipt_Code"),
        )
        for entry in body.records("Department_Information")
    )


def _physicians(body: Element) -> tuple[Practitioner, ...]:
    return tuple(
        Practitioner("", entry.value("WholeName"), "医師")
        for entry in body.records("Physician_Information")
        if entry.value("WholeName")
    )
