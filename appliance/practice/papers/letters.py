"""診療情報提供書 of the clinics to the hospital, and 退院時サマリー of the hospital's stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from appliance.practice.allergies import allergies_of
from appliance.practice.claims import Claim
from appliance.practice.diseases import DISEASES, MODIFIERS, SUSPECTED
from appliance.practice.drug_codes import DRUG_CODES
from appliance.practice.drugs import DRUGS
from appliance.practice.facilities import HOSPITAL
from appliance.practice.hospital.claim_file import beside
from appliance.practice.hospital.stays import Stay
from appliance.practice.made import Json, MadeFile
from appliance.practice.papers.cda import (
    GENERIC,
    LOINC,
    YJ,
    DocumentType,
    Subject,
    allergy,
    diagnosis,
    document,
    medication,
    section,
)
from appliance.practice.patients import Patient
from appliance.practice.pharmacy.usage import words_of
from appliance.practice.plans import Dose
from appliance.practice.referrals import Referral
from appliance.practice.xml_text import listing, text_element
from appliance.records.document import Format

REFERRAL: Final = DocumentType("57133-1", LOINC, "診療情報提供書")
SUMMARY: Final = DocumentType("18842-5", LOINC, "退院時サマリー")
DIAGNOSES, DRUGS_TAKEN, ALLERGIES, COURSE = "11450-4", "10160-0", "48765-2", "8648-8"
"""LOINC of sections: problem list, medication use, allergies, hospital course."""
_BY_CODE: Final = {disease.code: disease for disease in DISEASES.values()}

Problem = tuple[str, str, date]
"""ICD-10, name, since when."""


def letter_files(seed: int, referrals: Sequence[Referral], stays: Sequence[Stay]) -> Iterator[MadeFile]:
    """Every letter of the clinics, then every summary of the hospital."""
    for referral in referrals:
        clinic = referral.patient.clinic
        person = referral.patient.person
        subject = Subject(person, referral.patient.chart_number, person.insurance_on(referral.day))
        sections = _referral_sections(seed, referral)
        data = document(REFERRAL, referral.id, referral.day, subject, clinic, list(sections))
        path = f"{clinic.folder}/cda/{referral.id}.xml"
        yield MadeFile(path, Format.CDA, clinic, referral.day, data, (referral.id,))
    for stay in stays:
        person = stay.patient.person
        subject = Subject(person, stay.chart, person.insurance_on(stay.discharged))
        sections = _summary_sections(seed, stay)
        data = document(
            SUMMARY,
            stay.id,
            stay.discharged,
            subject,
            HOSPITAL,
            list(sections),
            stay=(stay.admitted, stay.discharged),
        )
        path = f"{HOSPITAL.folder}/cda/{stay.id}.xml"
        yield MadeFile(path, Format.CDA, HOSPITAL, stay.discharged, data, (stay.id,))


def letter_truth(seed: int, referral: Referral) -> Json:
    """The manifest's entry of a letter; that of a summary is the stay's."""
    patient = referral.patient
    return {
        "id": referral.id,
        "person_id": patient.person.person_id,
        "facility": patient.clinic.number,
        "chart": patient.chart_number,
        "day": referral.day.isoformat(),
        "conditions": [code for code, _, _ in problems_of(referral.claim)],
        "drugs": [code for code, _ in (_drug_code(dose) for dose in taken_by(patient)) if code],
        "allergies": [one.text for one in allergies_of(seed, patient.person.number)],
    }


def problems_of(claim: Claim) -> tuple[Problem, ...]:
    """The coded diagnoses of the month that are not only suspected, with right and left as words."""
    return tuple(
        (
            _BY_CODE[one.code].icd10,
            "".join(MODIFIERS[code] for code in one.modifiers) + _BY_CODE[one.code].name,
            one.since,
        )
        for one in claim.diagnoses
        if one.code in _BY_CODE and SUSPECTED not in one.modifiers
    )


def taken_by(patient: Patient) -> tuple[Dose, ...]:
    """What the patient takes for chronic diseases."""
    doses = {dose.drug: dose for ailment in patient.ailments for dose in ailment.doses}
    return tuple(doses.values())


def _referral_sections(seed: int, referral: Referral) -> Iterator[str]:
    purpose = text_element("paragraph", "精査・加療をお願いいたします。")
    yield section("42349-1", "紹介目的", purpose)
    yield _problems("傷病名", problems_of(referral.claim))
    yield from _drugs("現在の処方", taken_by(referral.patient))
    yield from _allergies(seed, referral.patient)


def _summary_sections(seed: int, stay: Stay) -> Iterator[str]:
    own = DISEASES[stay.case.disease]
    found = [(own.icd10, own.name, stay.admitted)]
    found += [(DISEASES[one].icd10, DISEASES[one].name, stay.admitted) for one in beside(stay)]
    yield _problems("退院時診断名", found)
    words = f"{stay.admitted:%Y年%m月%d日}に入院し、軽快して{stay.discharged:%Y年%m月%d日}に退院した。"
    yield section(COURSE, "入院経過", text_element("paragraph", words))
    yield from _drugs("退院時処方", stay.case.doses)
    yield from _allergies(seed, stay.patient)


def _problems(title: str, found: Sequence[Problem]) -> str:
    entries = (diagnosis(code, name, since) for code, name, since in found)
    return section(DIAGNOSES, title, listing(name for _, name, _ in found), entries)


def _drugs(title: str, doses: Sequence[Dose]) -> Iterator[str]:
    if not doses:
        return
    words = [
        f"{DRUGS[dose.drug].name}　{dose.amount}{DRUGS[dose.drug].unit}　{words_of(dose.timing)}"
        for dose in doses
    ]
    entries = [
        medication(
            code, system, DRUGS[dose.drug].name, dose.amount, DRUGS[dose.drug].unit, words_of(dose.timing)
        )
        for dose in doses
        for code, system in (_drug_code(dose),)
        if code
    ]
    yield section(DRUGS_TAKEN, title, listing(words), entries)


def _drug_code(dose: Dose) -> tuple[str, str]:
    """The YJ code, else the general name's; a drug with neither stands in words only."""
    codes = DRUG_CODES.get(dose.drug)
    if codes is None:
        return "", ""
    return (codes.yj, YJ) if codes.yj else (codes.generic, GENERIC)


def _allergies(seed: int, patient: Patient) -> Iterator[str]:
    known = allergies_of(seed, patient.person.number)
    if known:
        texts = [one.text for one in known]
        yield section(ALLERGIES, "アレルギー・副作用", listing(texts), map(allergy, texts))
