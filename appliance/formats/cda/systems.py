"""Object identifiers as CDA documents in Japan use them: code systems, numbers of persons and facilities, document types.

Sources: JP Core's naming systems; the ministry's list of OIDs for 特定健診.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from appliance.formats.elements import Element
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.document import DocumentKind

SYSTEMS: Final[Mapping[str, CodeSystem]] = {
    "2.16.840.1.113883.6.1": CodeSystem.LOINC,
    "2.16.840.1.113883.6.3": CodeSystem.ICD10,
    "1.2.392.200119.4.101.6": CodeSystem.MEDIS_DISEASE_EXCHANGE,
    "1.2.392.200119.4.403.1": CodeSystem.HOT9,
    "1.2.392.100495.20.2.74": CodeSystem.HOT9,
    "1.2.392.200119.4.402.1": CodeSystem.HOT13,
    "1.2.392.100495.20.1.73": CodeSystem.YJ,
    "1.2.392.100495.20.2.73": CodeSystem.YJ,
    "1.2.392.100495.20.1.81": CodeSystem.GENERIC_NAME,
    "1.2.392.200119.4.504": CodeSystem.JLAC10,
    "1.2.392.200250.2.2.20": CodeSystem.JAMI_USAGE,
    "1.2.392.200119.6.1005": CodeSystem.CHECKUP_ITEM,
}
"""Code systems by OID; any other is carried as `urn:oid:…`."""
DISEASES: Final = frozenset({CodeSystem.ICD10, CodeSystem.MEDIS_DISEASE_EXCHANGE})
DRUGS: Final = frozenset({CodeSystem.HOT9, CodeSystem.HOT13, CodeSystem.YJ, CodeSystem.GENERIC_NAME})
TESTS: Final = frozenset({CodeSystem.JLAC10})

FACILITY_ROOTS: Final = frozenset({"1.2.392.200119.6.102", "1.2.392.100495.20.3.23"})
"""OIDs of a facility's number (10 digits where they are whole)."""
PATIENT_ROOT: Final = "1.2.392.100495.20.3.51.1"
"""A chart number; the facility's ten digits follow."""


@dataclass(frozen=True, slots=True)
class InsuredRoots:
    """OIDs of the parts of an insured person's number."""

    payer: str
    symbol: str
    number: str
    branch: str = ""


INSURED: Final = (
    InsuredRoots(
        "1.2.392.200119.6.101",
        "1.2.392.200119.6.204",
        "1.2.392.200119.6.205",
        "1.2.392.200119.6.211",
    ),
    InsuredRoots("1.2.392.100495.20.3.61", "1.2.392.100495.20.3.62", "1.2.392.100495.20.3.63"),
)
"""Those of 特定健診, and those of electronic medical documents."""
_OTHER_PERSON_ROOTS: Final = ("1.2.392.200119.6.",)
NOT_CHART_NUMBERS: Final = frozenset(
    {root for one in INSURED for root in (one.payer, one.symbol, one.number, one.branch) if root}
)


@dataclass(frozen=True, slots=True)
class DocumentType:
    """What a document type means to us."""

    kind: DocumentKind
    ja: str
    of_stay: bool = False
    """Whether it tells of a stay in hospital from its admission on."""


STAYS: Final = frozenset({"IMP", "ACUTE", "NONAC"})
"""Codes of HL7's ActCode for encounters of inpatients."""

DOCUMENT_TYPES: Final[Mapping[tuple[str, str], DocumentType]] = {
    ("2.16.840.1.113883.6.1", "57133-1"): DocumentType(DocumentKind.LETTER, "診療情報提供書"),
    ("2.16.840.1.113883.6.1", "18842-5"): DocumentType(DocumentKind.LETTER, "退院時サマリー", of_stay=True),
    ("2.16.840.1.113883.6.1", "11488-4"): DocumentType(DocumentKind.LETTER, "診療情報提供書に対する返書"),
    ("2.16.840.1.113883.6.1", "57833-6"): DocumentType(DocumentKind.PRESCRIPTION, "処方箋"),
    ("1.2.392.100495.20.2.11", "01"): DocumentType(DocumentKind.PRESCRIPTION, "処方箋"),
}
"""By code system and code of ClinicalDocument/code."""

HISTORY_SECTIONS: Final = frozenset({"11348-0", "10157-6", "29762-2"})
"""LOINC of sections that tell of the past, the family or the social life: their entries are no diagnoses of now."""
ALLERGY_SECTIONS: Final = frozenset({"48765-2"})


def is_chart_number(root: str) -> bool:
    """Whether an id of the patient may be a number of the facility's own."""
    return root not in NOT_CHART_NUMBERS and not root.startswith(_OTHER_PERSON_ROOTS)


def coding_of(element: Element) -> Coding | None:
    """A coded element's coding; None without a code."""
    code, root = element.attribute("code"), element.attribute("codeSystem")
    if not code:
        return None
    system = SYSTEMS.get(root, f"urn:oid:{root}" if root else "urn:x-renkei:CodeSystem:unknown")
    return Coding(str(system), code, element.attribute("displayName"))


def concept_of(element: Element) -> Concept:
    """A coded element with its translations; the words are its original text, else its display name."""
    found = (coding_of(element), *(coding_of(one) for one in element.each("translation")))
    text = element.value("originalText") or element.attribute("displayName") or element.text.strip()
    return Concept(tuple(one for one in found if one), text)


def coded_in(concept: Concept, systems: frozenset[CodeSystem]) -> bool:
    """Whether any coding is of one of these systems."""
    return any(coding.system in systems for coding in concept.codings)
