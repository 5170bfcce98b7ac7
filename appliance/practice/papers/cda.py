"""The frame of a CDA document: header with patient, author and custodian, and sections with coded entries.

Object identifiers are those of the ministry's lists: 1.2.392.100495.20.3.51.1 + facility for chart numbers, .20.3.23 facilities.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from xml.sax.saxutils import escape

from appliance.practice.facilities import Facility
from appliance.practice.insurers import Insurance
from appliance.practice.people import FEMALE, Person
from appliance.practice.staff import STAFF
from appliance.practice.xml_text import DECLARATION, element, text_element

LOINC: Final = "2.16.840.1.113883.6.1"
ICD10: Final = "2.16.840.1.113883.6.3"
YJ: Final = "1.2.392.100495.20.1.73"
GENERIC: Final = "1.2.392.100495.20.1.81"
JLAC10: Final = "1.2.392.200119.4.504"
CHECKUP_TYPES: Final = "1.2.392.200119.6.1001"
CHECKUP_SECTIONS: Final = "1.2.392.200119.6.1010"
CHECKUP_ITEMS: Final = "1.2.392.200119.6.1005"
CHART_ROOT: Final = "1.2.392.100495.20.3.51.1"
FACILITY_ROOT: Final = "1.2.392.100495.20.3.23"
PAYER_ROOTS: Final = ("1.2.392.100495.20.3.61", "1.2.392.100495.20.3.62", "1.2.392.100495.20.3.63")
"""保険者番号, 記号, 番号."""
DOCUMENT_ROOT: Final = "1.2.392.100495.20.3.999"
"""Of the practice town's documents; given to nobody."""
ENCOUNTERS: Final = "2.16.840.1.113883.5.4"
GENDERS: Final = "2.16.840.1.113883.5.1"


@dataclass(frozen=True, slots=True)
class DocumentType:
    """What a document is: its code in a code system, and its title."""

    code: str
    system: str
    title: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose document it is, as the writing institution knows them."""

    person: Person
    chart: str
    insurance: Insurance | None


def document(
    kind: DocumentType,
    number: str,
    day: date,
    subject: Subject,
    facility: Facility,
    sections: Sequence[str],
    *,
    stay: tuple[date, date] | None = None,
) -> bytes:
    """A whole document, UTF-8, one line a section; `stay` are the days of admission and discharge."""
    body = element("component", element("structuredBody", *(f"\n{one}" for one in sections)))
    whole = element(
        "ClinicalDocument",
        element("typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040"),
        element("id", root=DOCUMENT_ROOT, extension=f"{number}.1"),
        element("code", code=kind.code, codeSystem=kind.system, displayName=kind.title),
        text_element("title", kind.title),
        element("effectiveTime", value=f"{day:%Y%m%d}"),
        element("confidentialityCode", code="N", codeSystem="2.16.840.1.113883.5.25"),
        element("languageCode", code="ja-JP"),
        element("setId", root=DOCUMENT_ROOT, extension=number),
        element("versionNumber", value="1"),
        _record_target(subject, facility),
        _author(day, facility),
        _custodian(facility),
        _encounter(*stay) if stay else "",
        body,
        xmlns="urn:hl7-org:v3",
        **{"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance"},
    )
    return f"{DECLARATION}{whole}\n".encode()


def _record_target(subject: Subject, facility: Facility) -> str:
    person = subject.person
    family, _, given = person.name.text.partition("　")
    names = [element("name", _parts(family, given), use="IDE"), _kana(person)]
    sex = "F" if person.sex == FEMALE else "M"
    patient = element(
        "patient",
        *names,
        element("administrativeGenderCode", code=sex, codeSystem=GENDERS),
        element("birthTime", value=f"{person.birth:%Y%m%d}"),
    )
    ids = [element("id", root=f"{CHART_ROOT}{facility.number}", extension=subject.chart)]
    if subject.insurance:
        insured = subject.insurance
        numbers = (insured.insurer.number, insured.symbol, insured.number)
        ids += [
            element("id", root=root, extension=number)
            for root, number in zip(PAYER_ROOTS, numbers, strict=True)
            if number
        ]
    return element("recordTarget", element("patientRole", *ids, *_home(person), patient))


def _home(person: Person) -> Iterable[str]:
    """The address as text beside its postal code, as 特定健診 has it."""
    home = person.home
    yield element("addr", escape(home.address), text_element("postalCode", home.postal_code))
    yield element("telecom", value=f"tel:{home.phone}")


def _parts(family: str, given: str) -> str:
    return text_element("family", family) + (text_element("given", given) if given else "")


def _kana(person: Person) -> str:
    return element("name", _parts(*person.name.kana_parts), use="SYL")


def _author(day: date, facility: Facility) -> str:
    doctor = STAFF[facility.folder][0]
    family, _, given = doctor.name.text.partition("　")
    return element(
        "author",
        element("time", value=f"{day:%Y%m%d}"),
        element(
            "assignedAuthor",
            element("id", root=f"{DOCUMENT_ROOT}.1", extension=doctor.code),
            element("assignedPerson", element("name", _parts(family, given))),
            _organization("representedOrganization", facility),
        ),
    )


def _custodian(facility: Facility) -> str:
    organization = _organization("representedCustodianOrganization", facility)
    return element("custodian", element("assignedCustodian", organization))


def _encounter(admitted: date, discharged: date) -> str:
    when = element(
        "effectiveTime",
        element("low", value=f"{admitted:%Y%m%d}"),
        element("high", value=f"{discharged:%Y%m%d}"),
    )
    code = element("code", code="IMP", codeSystem=ENCOUNTERS)
    return element("componentOf", element("encompassingEncounter", code, when))


def _organization(name: str, facility: Facility) -> str:
    return element(
        name,
        element("id", root=FACILITY_ROOT, extension=facility.number),
        text_element("name", facility.name),
        element("telecom", value=f"tel:{facility.phone}"),
    )


def section(code: str, title: str, words: str, entries: Iterable[str] = (), *, system: str = LOINC) -> str:
    """A section by its code, with its narrative block (XML already) and its entries."""
    inside = element(
        "section",
        element("code", code=code, codeSystem=system),
        text_element("title", title),
        element("text", words),
        *(element("entry", entry) for entry in entries),
    )
    return element("component", inside)


def diagnosis(code: str, name: str, since: date) -> str:
    """A diagnosis as an entry, by ICD-10."""
    return element(
        "observation",
        element("code", code="29308-4", codeSystem=LOINC),
        element("statusCode", code="completed"),
        element("effectiveTime", element("low", value=f"{since:%Y%m%d}")),
        element("value", xsi_type="CD", code=code, codeSystem=ICD10, displayName=name),
        classCode="OBS",
        moodCode="EVN",
    )


def medication(code: str, system: str, name: str, amount: str, unit: str, words: str) -> str:
    """A drug as an entry; `words` say how it is taken."""
    label = element("code", code=code, codeSystem=system, displayName=name)
    product = element("manufacturedProduct", element("manufacturedLabeledDrug", label))
    return element(
        "substanceAdministration",
        text_element("text", words),
        element("doseQuantity", value=amount, unit=unit),
        element("consumable", product),
        classCode="SBADM",
        moodCode="INT",
    )


def allergy(text: str) -> str:
    """An allergy in words."""
    agent = element("code", text_element("originalText", text), nullFlavor="OTH")
    entity = element("participantRole", element("playingEntity", agent))
    return element(
        "observation",
        element("code", code="48765-2", codeSystem=LOINC),
        element("participant", entity, typeCode="CSM"),
        classCode="OBS",
        moodCode="EVN",
    )
