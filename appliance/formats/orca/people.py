"""Patients and their insurances as ORCA answers tell them, and what the patient's own page says of allergies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from appliance.formats.elements import Element
from appliance.formats.findings import Findings
from appliance.records.administrative import Coverage, CoverageKind, InsuredClass, Patient, Sex
from appliance.records.clinical import AllergyIntolerance
from appliance.records.coding import Concept
from appliance.records.dates import read_date
from appliance.records.identifiers import NumberNote, check_insurer, folded_branch
from appliance.records.names import person_name

OPEN_END = "9999-12-31"
"""How ORCA writes that a date has no end."""
_SEX = {"1": Sex.MALE, "2": Sex.FEMALE}
_RELATIONS = {"1": InsuredClass.SELF, "2": InsuredClass.FAMILY}
_TEST_PATIENT = "1"
_SELF_PAY_CLASSES = ("9",)
"""InsuranceProvider_Class 9xx: 自費, 労災, 自賠責 … : nobody's health insurance."""
_PUBLIC_PAYERS_MAX = 4
_ALLERGY_ITEMS = (
    ("Contraindication1", "medication"),
    ("Contraindication2", "medication"),
    ("Allergy1", ""),
    ("Allergy2", ""),
)
"""Free words on the patient's page: 禁忌 and アレルギー."""


def day_of(text: str) -> date | None:
    """`YYYY-MM-DD`; None when it is empty, open (9999-12-31) or no date."""
    return None if text == OPEN_END else read_date(text.replace("-", "")).value


def patient_of(info: Element, findings: Findings) -> Patient | None:
    """The patient of a Patient_Information or Disease_Infores; None without a number, or for a test patient."""
    local_id = info.value("Patient_ID")
    if not local_id:
        findings.add("ORCA-P001", info.line, "Patient_ID")
        return None
    if info.value("TestPatient_Flag") == _TEST_PATIENT:
        findings.add("ORCA-P002", info.line, "TestPatient_Flag")
        return None
    birth_date, sex = day_of(info.value("BirthDate")), _SEX.get(info.value("Sex"), Sex.UNKNOWN)
    if birth_date is None or sex is Sex.UNKNOWN:
        findings.add("ORCA-P003", info.line, "BirthDate")
    name = person_name(info.value("WholeName"), info.value("WholeName_inKana"))
    home = info.child("Home_Address_Information") or Element("Home_Address_Information")
    return Patient(
        "",
        name,
        sex,
        birth_date,
        local_id,
        address=home.value("WholeAddress1") + home.value("WholeAddress2"),
        postal_code=home.value("Address_ZipCode"),
        phone=home.value("PhoneNumber1") or home.value("PhoneNumber2"),
    )


def coverages_of(info: Element, today: date | None, findings: Findings) -> tuple[Coverage, ...]:
    """Each insurance and public payer once, of those that had not expired on the day the answer was made."""
    found: dict[tuple[str, ...], Coverage] = {}
    expired = 0
    for entry in info.records("HealthInsurance_Information"):
        over = _expired(entry, today)
        expired += over
        if not over:
            insurance = _insurance(entry, findings)
            if insurance is not None:
                found.setdefault(_same(insurance), insurance)
        for public in _public(entry, today, findings):
            found.setdefault(_same(public), public)
    if expired:
        findings.add("ORCA-P004", info.line, count=expired)
    return _in_order(found.values().__iter__())


def _in_order(coverages: Iterator[Coverage]) -> tuple[Coverage, ...]:
    """Insurances first; public payers are counted from 1, four at most."""
    everything = tuple(coverages)
    insurances = [one for one in everything if one.kind is CoverageKind.INSURANCE]
    public = [one for one in everything if one.kind is CoverageKind.PUBLIC][:_PUBLIC_PAYERS_MAX]
    return (*insurances, *(replace(one, order=order) for order, one in enumerate(public, 1)))


def _same(coverage: Coverage) -> tuple[str, ...]:
    return (coverage.kind, coverage.payer_number, coverage.symbol, coverage.number, coverage.branch)


def _expired(entry: Element, today: date | None) -> bool:
    end = day_of(entry.value("Certificate_ExpiredDate"))
    return end is not None and today is not None and end < today


def _insurance(entry: Element, findings: Findings) -> Coverage | None:
    payer = entry.value("InsuranceProvider_Number")
    self_pay = entry.value("InsuranceProvider_Class").startswith(_SELF_PAY_CLASSES)
    number = entry.value("HealthInsuredPerson_Number")
    if self_pay or not (payer or number):
        return None
    _tell(payer, entry, findings, "InsuranceProvider_Number")
    return Coverage(
        CoverageKind.INSURANCE,
        0,
        payer,
        symbol=entry.value("HealthInsuredPerson_Symbol"),
        number=number,
        branch=folded_branch(entry.value("HealthInsuredPerson_Branch_Number")),
        insured_class=_RELATIONS.get(entry.value("RelationToInsuredPerson")),
    )


def _public(entry: Element, today: date | None, findings: Findings) -> Iterator[Coverage]:
    for one in entry.records("PublicInsurance_Information"):
        payer = one.value("PublicInsurer_Number")
        if payer and not _expired(one, today):
            _tell(payer, one, findings, "PublicInsurer_Number")
            yield Coverage(CoverageKind.PUBLIC, 1, payer, number=one.value("PublicInsuredPerson_Number"))


def _tell(payer: str, entry: Element, findings: Findings, item: str) -> None:
    if check_insurer(payer) in (NumberNote.CHECK_DIGIT, NumberNote.MALFORMED):
        findings.add("ORCA-P005", entry.line, item)


def allergies_of(info: Element) -> tuple[AllergyIntolerance, ...]:
    """禁忌 and アレルギー, in the words of the patient's page."""
    return tuple(
        AllergyIntolerance(Concept(text=words), category)
        for item, category in _ALLERGY_ITEMS
        if (words := info.value(item))
    )
