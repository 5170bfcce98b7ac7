"""The header of a CDA document: whose it is, who wrote it, who keeps it, when, and which version of which set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from appliance.formats.cda.systems import FACILITY_ROOTS, INSURED, PATIENT_ROOT, is_chart_number
from appliance.formats.elements import Element
from appliance.formats.findings import Findings
from appliance.formats.laboratory import read_moment
from appliance.records.administrative import Coverage, CoverageKind, Organization, Patient, PersonName, Sex
from appliance.records.identifiers import facility_number, folded_branch
from appliance.records.names import is_katakana, person_name

_SEX = {"M": Sex.MALE, "F": Sex.FEMALE, "UN": Sex.OTHER, "1": Sex.MALE, "2": Sex.FEMALE}
"""administrativeGenderCode: HL7's letters, and the digits of 特定健診."""
_KANA_USES = frozenset({"SYL", "PHON"})
_FACILITY_DIGITS = 10
_TEL = "tel:"
_ADDRESS_PARTS = frozenset({"state", "county", "city", "streetAddressLine", "streetName", "houseNumber"})
_ORGANIZATIONS = (
    ("author", "assignedAuthor", "representedOrganization"),
    ("documentationOf", "serviceEvent", "performer", "assignedEntity", "representedOrganization"),
    ("custodian", "assignedCustodian", "representedCustodianOrganization"),
)
"""Where the institution may stand, in the order in which it is believed."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a header tells. `day` is effectiveTime; `sequence` orders versions; `identifier` names the set of versions."""

    patient: Patient
    coverages: tuple[Coverage, ...]
    organization: Organization | None
    author: str
    day: date | None
    service_day: date | None
    identifier: str
    sequence: str
    stay: Stay | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """The encounter that a document is about (componentOf): its first and last day, and its kind by HL7's code."""

    start: date
    end: date | None
    code: str


def read_header(root: Element, findings: Findings) -> Header:
    """Everything that the document's own records and key are made of."""
    role = root.child("recordTarget", "patientRole") or Element("patientRole", root.line)
    coverages = tuple(_coverages(role))
    organization = _organization(root)
    facility = _facility_of_patient(role) or (organization.number if organization else "")
    if not facility:
        findings.add("CDA-D008", root.line)
    patient = _patient(role, facility, findings)
    if not patient.local_id and not coverages:
        findings.add("CDA-D002", role.line)
    day = time_of(root.child("effectiveTime"))
    service_day = time_of(root.child("documentationOf", "serviceEvent", "effectiveTime"))
    if day is None and service_day is None:
        findings.add("CDA-D004", root.line, "effectiveTime")
    return Header(
        patient,
        coverages,
        organization,
        _author(root),
        day,
        service_day,
        _identifier(root, findings),
        _sequence(root),
        _stay(root),
    )


def time_of(element: Element | None) -> date | None:
    """The day of a time: its value, else where its interval begins."""
    if element is None:
        return None
    value = (
        element.attribute("value")
        or element.attribute("value", "low")
        or element.attribute("value", "center")
    )
    return read_moment(value).day


def _patient(role: Element, facility: str, findings: Findings) -> Patient:
    person = role.child("patient") or Element("patient", role.line)
    birth = time_of(person.child("birthTime"))
    sex = _SEX.get(person.attribute("code", "administrativeGenderCode"), Sex.UNKNOWN)
    if birth is None or sex is Sex.UNKNOWN:
        findings.add("CDA-D003", person.line)
    own = (one for one in role.each("id") if is_chart_number(one.attribute("root")))
    local_id = next((one.attribute("extension") for one in own if one.attribute("extension")), "")
    address = role.child("addr") or Element("addr")
    return Patient(
        facility,
        _person_name(person),
        sex,
        birth,
        local_id,
        address=_address_text(address),
        postal_code=address.value("postalCode"),
        phone=_phone(role),
    )


def _address_text(address: Element) -> str:
    """Its own words (特定健診 writes the whole as text), else its parts in their order, without the postal code."""
    parts = (one.text.strip() for one in address.children if one.name in _ADDRESS_PARTS)
    return " ".join(address.text.split()) or " ".join(filter(None, parts))


def _phone(place: Element) -> str:
    """The first telecom that is a telephone."""
    found = (one.attribute("value") for one in place.each("telecom"))
    return next((one.removeprefix(_TEL) for one in found if one.startswith(_TEL)), "")


def _person_name(person: Element) -> PersonName:
    """Kanji and kana are names of their own, told apart by `use`, else by their letters."""
    kanji = kana = ""
    for name in person.each("name"):
        text = name_text(name)
        if name.attribute("use") in _KANA_USES or (kanji and is_katakana(text)):
            kana = kana or text
        else:
            kanji = kanji or text
    return person_name(kanji, kana)


def name_text(name: Element) -> str:
    """A name's parts, family first, else its text."""
    parts = (*name.each("family"), *name.each("given"))
    return "　".join(filter(None, (one.text.strip() for one in parts))) or name.text.strip()


def _coverages(role: Element) -> Iterator[Coverage]:
    """The insured person's number among the patient's ids."""
    ids = {one.attribute("root"): one.attribute("extension") for one in role.each("id")}
    for roots in INSURED:
        payer, number = ids.get(roots.payer, ""), ids.get(roots.number, "")
        if payer and number:
            yield Coverage(
                CoverageKind.INSURANCE,
                0,
                payer,
                symbol=ids.get(roots.symbol, ""),
                number=number,
                branch=folded_branch(ids.get(roots.branch, "")),
            )
            return


def _facility_of_patient(role: Element) -> str:
    """The facility whose chart number the patient bears, from the number's own OID."""
    for one in role.each("id"):
        root = one.attribute("root")
        digits = root.removeprefix(PATIENT_ROOT)
        if root != digits and facility_number(digits):
            return digits
    return ""


def _organization(root: Element) -> Organization | None:
    """The institution that wrote, performed or keeps; one with a facility number before one without."""
    found = [_organization_of(one) for path in _ORGANIZATIONS for one in root.each(*path)]
    numbered = (one for one in found if one.number)
    return next(numbered, next((one for one in found if one.name), None))


def _organization_of(element: Element) -> Organization:
    numbers = (
        one.attribute("extension") for one in element.each("id") if one.attribute("root") in FACILITY_ROOTS
    )
    number = next((one for one in numbers if len(one) == _FACILITY_DIGITS and facility_number(one)), "")
    return Organization(number, element.value("name"), _phone(element))


def _stay(root: Element) -> Stay | None:
    encounter = root.child("componentOf", "encompassingEncounter")
    when = encounter.child("effectiveTime") if encounter else None
    start = time_of(when)
    if encounter is None or when is None or start is None:
        return None
    end = read_moment(when.attribute("value", "high")).day
    return Stay(start, end if end is None or end >= start else None, encounter.attribute("code", "code"))


def _author(root: Element) -> str:
    names = (name_text(one) for one in root.each("author", "assignedAuthor", "assignedPerson", "name"))
    return next(filter(None, names), "")


def _identifier(root: Element, findings: Findings) -> str:
    """The set that all versions share; without one each document stands for itself."""
    own = root.child("setId")
    if own is not None and _whole_id(own):
        return _whole_id(own)
    replaced = [one for one in root.each("relatedDocument") if one.attribute("typeCode") == "RPLC"]
    for one in replaced:
        earlier = one.child("parentDocument", "setId")
        if earlier is not None and _whole_id(earlier):
            return _whole_id(earlier)
    if replaced:
        findings.add("CDA-D007", root.line, "setId")
    single = root.child("id")
    return _whole_id(single) if single is not None else ""


def _whole_id(element: Element) -> str:
    return "|".join(filter(None, (element.attribute("root"), element.attribute("extension"))))


def _sequence(root: Element) -> str:
    version = root.attribute("value", "versionNumber")
    number = version.zfill(6) if version.isascii() and version.isdecimal() else "000000"
    return f"{number}:{root.attribute('value', 'effectiveTime')}"
