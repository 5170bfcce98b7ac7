"""HL7's data types from the product's own values, as text that a field holds: CE/CWE, CX, XPN, XAD, XTN, XCN, TS."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from appliance.exchange.fhir.datatypes import name_of
from appliance.exchange.ssmix2.characters import escaped, writable
from appliance.limits import SSMIX2_ADDRESS_MAX_CHARS
from appliance.records.administrative import Patient
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.names import split_name

SYSTEMS: Final[Mapping[str, str]] = {
    CodeSystem.MEDIS_DISEASE_KEY: "MDCDX2",
    CodeSystem.MEDIS_DISEASE_EXCHANGE: "MDCDX2",
    CodeSystem.MEDIS_MODIFIER_KEY: "MDCDX2",
    CodeSystem.MEDIS_MODIFIER_EXCHANGE: "MDCDX2",
    CodeSystem.ICD10: "I10",
    CodeSystem.HOT7: "HOT7",
    CodeSystem.HOT9: "HOT9",
    CodeSystem.HOT13: "HOT13",
    CodeSystem.YJ: "YJ",
    CodeSystem.JAN: "JAN",
    CodeSystem.JLAC10: "JC10",
    CodeSystem.LOINC: "LN",
    CodeSystem.JAMI_USAGE: "JAMISDP01",
    CodeSystem.RECEIPT_DISEASE: "99RDS",
    CodeSystem.RECEIPT_MODIFIER: "99RMD",
    CodeSystem.RECEIPT_DRUG: "99RDG",
    CodeSystem.RECEIPT_USAGE: "99RUS",
    CodeSystem.RECEIPT_DEPARTMENT: "HL70069",
    CodeSystem.PRICE_LIST_DRUG: "99PLD",
    CodeSystem.GENERIC_NAME: "99GEN",
    CodeSystem.EPRESCRIPTION_USAGE: "99EPU",
    CodeSystem.PHARMACY_DRUG: "99PHD",
    CodeSystem.PHARMACY_USAGE: "99PHU",
    CodeSystem.LABORATORY_TEST: "99LAB",
    CodeSystem.LABORATORY_MATERIAL: "99MAT",
}
"""Names of code systems in a message (HL7 table 0396, local ones by 99 and three letters)."""
_OTHER_SYSTEM = "99OTH"
_POSTAL_DIGITS = 7


def coded(code: str, text: str = "", system: str = "") -> str:
    """CE or CWE; without a code the text alone."""
    return _joined((escaped(code), escaped(text), escaped(system) if code else ""))


def coded_by(first: Coding | None, second: Coding | None = None, text: str = "") -> str:
    """CE or CWE with a second code beside the first (components 4 to 6)."""
    one = _triplet(first, text) if first else ("", escaped(text), "")
    other = _triplet(second, "") if second and second != first else ()
    return _joined((*one, *other))


def _triplet(one: Coding, text: str) -> tuple[str, str, str]:
    return escaped(one.code), escaped(text or one.display), SYSTEMS.get(one.system, _OTHER_SYSTEM)


def coded_concept(concept: Concept, *preferred: CodeSystem) -> str:
    """A concept by the first of the preferred systems that it has a code of, and another code, the source's own first."""
    codings = [one for one in concept.codings if one.code]
    best = coding_of(concept, *preferred) or next(iter(codings), None)
    other = next((one for one in codings if one != best), None)
    return coded_by(best, other, name_of(concept))


def coding_of(concept: Concept, *systems: CodeSystem) -> Coding | None:
    """The coding of the first of these systems that the concept has."""
    found = (one for system in systems for one in concept.codings if one.system == system and one.code)
    return next(found, None)


def parts(*inside: str) -> str:
    """A component's subcomponents, of escaped values."""
    return "&".join(inside).rstrip("&")


def repeated(repetitions: Iterable[str]) -> str:
    return "~".join(one for one in repetitions if one)


def names(patient: Patient) -> str:
    """XPN, in kanji and in kana, each told by its eighth component; empty without any."""
    name = patient.name
    kanji = (name.family, name.given) if name.family else split_name(name.text)
    return repeated((_name(kanji, "I"), _name(split_name(name.kana), "P")))


def _name(halves: tuple[str, str], form: str) -> str:
    family, given = (escaped(half) for half in halves)
    return _joined((family, given, "", "", "", "", "L", form)) if family else ""


def professional(name: str, number: str = "") -> str:
    """XCN of somebody of whom a source tells the name."""
    family, given = (escaped(half) for half in split_name(name))
    return _joined((escaped(number), family, given, *[""] * 6, "L", *[""] * 4, "I")) if family else ""


def address(patient: Patient) -> str:
    """XAD: postal code, and the whole address in its eighth component, as Japan's profile has it."""
    where = escaped(writable(patient.address)[:SSMIX2_ADDRESS_MAX_CHARS])
    code = _postal_code(patient.postal_code)
    return _joined(("", "", "", "", code, "JPN", "H", where)) if where or code else ""


def _postal_code(text: str) -> str:
    digits = "".join(one for one in unicodedata.normalize("NFKC", text) if one.isdecimal())
    return f"{digits[:3]}-{digits[3:]}" if len(digits) == _POSTAL_DIGITS else escaped(text)


def telephone(number: str) -> str:
    plain = escaped(unicodedata.normalize("NFKC", number))
    return _joined(("", "PRN", "PH", *[""] * 8, plain)) if plain else ""


def day(when: date | None) -> str:
    return f"{when:%Y%m%d}" if when else ""


def moment(at: datetime | None, otherwise: date | None) -> str:
    """TS to the minute where a time is known, else the day."""
    return f"{at:%Y%m%d%H%M}" if at else day(otherwise)


def month_or_day(period: str) -> str:
    """TS of a document's period, `YYYY-MM` or a date."""
    return period.replace("-", "")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of MERIT-9 (MR9P) by its words in sources."""

    code: str
    text: str


_UNITS = {
    "錠": Unit("TAB", "錠"),
    "mg": Unit("MG", "ミリグラム"),
    "mL": Unit("ML", "ミリリットル"),
}
_UNIT_FORMS = {
    "ｍｇ": "mg",
    "ＭＧ": "mg",
    "MG": "mg",
    "ｍＬ": "mL",
    "ｍｌ": "mL",
    "ml": "mL",
    "ＭＬ": "mL",
    "ML": "mL",
}


def unit(words: str) -> tuple[str, str, str]:
    """Code, text and system of a drug's unit; the words alone where MERIT-9's code is not known to us."""
    plain = words.strip()
    known = _UNITS.get(_UNIT_FORMS.get(plain, plain))
    return (known.code, known.text, "MR9P") if known else ("", escaped(plain), "")


def _joined(components: Iterable[str]) -> str:
    return "^".join(components).rstrip("^")
