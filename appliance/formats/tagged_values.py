"""Values of the pharmacy formats: dates, counts and amounts, payers and drug codes, read with a finding instead of an error."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from enum import StrEnum

from appliance.formats.findings import Findings
from appliance.formats.tagged import Row
from appliance.limits import NUMBER_MAX_DIGITS
from appliance.records.administrative import Coverage, CoverageKind, InsuredClass, Sex
from appliance.records.clinical import StrengthType
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.dates import DateNote, read_date
from appliance.records.identifiers import NumberNote, check_insurer, facility_number, folded_branch

RELATIONS = {"1": InsuredClass.SELF, "2": InsuredClass.FAMILY}
"""被保険者／被扶養者."""
SEXES = {"1": Sex.MALE, "2": Sex.FEMALE}
_STRENGTH_TYPES = {one.value: one for one in StrengthType}
_PARTIAL_DATE = re.compile(r"[0-9]{3,6}|[MTSHR][0-9]{2,4}", re.ASCII)
_ORDINAL = re.compile(r"[0-9]{1,3}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?", re.ASCII)
_JAMI_USAGE = re.compile(r"[0-9A-Z]{16}", re.ASCII)


def date_at(row: Row, name: str, findings: Findings) -> date | None:
    """A day, western or by era; what cannot be read is a finding, an empty item is not."""
    reading = read_date(row[name])
    if reading.note is DateNote.UNREADABLE:
        partial = _PARTIAL_DATE.fullmatch(row[name])
        findings.add("TEXT-014" if partial else "TEXT-008", row.line, row.ja(name))
    elif reading.note in (DateNote.ERA_OVERRUN, DateNote.ERA_NOT_BEGUN):
        findings.add("TEXT-009", row.line, row.ja(name))
    return reading.value


def count_at(row: Row, name: str, findings: Findings) -> int | None:
    """A whole number; something else is a finding, an empty item is not."""
    text = row[name]
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > NUMBER_MAX_DIGITS:
        findings.add("TEXT-010", row.line, row.ja(name))
        return None
    return int(text)


def ordinal(text: str) -> int | None:
    """A number of at most three digits, as RP numbers and parts are counted; None when it is none."""
    return int(text) if _ORDINAL.fullmatch(text) else None


def amount_at(row: Row, name: str, findings: Findings) -> str:
    """An amount as written (decimal text); something else than a number is a finding and still kept."""
    text = row[name]
    if text and not _AMOUNT.fullmatch(text):
        findings.add("TEXT-010", row.line, row.ja(name))
    return text


def facility_of(prefecture: str, fee_table: str, code: str) -> str:
    """The 10-digit number of an institution; empty when its parts do not make one."""
    number = facility_number(f"{prefecture.zfill(2)}{fee_table}{code}")
    return str(number) if number else ""


def insurance(
    row: Row, payer: str, findings: Findings, *, symbol: str, number: str, branch: str = ""
) -> Coverage:
    """The health insurance (order 0); `row` and `payer` say where its number stands."""
    _check_payer(row, payer, findings)
    return Coverage(CoverageKind.INSURANCE, 0, row[payer], symbol, number, folded_branch(branch))


def borne(coverage: Coverage, rates: Row | None, relation: str, findings: Findings) -> Coverage:
    """The health insurance with whom it covers (被保険者／被扶養者) and the rates of a row that has them."""
    copay, benefit = (
        count_at(rates, name, findings) if rates else None for name in ("copay_rate", "benefit_rate")
    )
    return replace(
        coverage,
        insured_class=RELATIONS.get(relation),
        copay_percent=copay,
        benefit_percent=benefit,
    )


def public_payer(row: Row, order: int, payer: str, recipient: str, findings: Findings) -> Coverage:
    """One public payer (公費), order 1 to 4."""
    _check_payer(row, payer, findings)
    return Coverage(CoverageKind.PUBLIC, order, row[payer], number=row[recipient])


def _check_payer(row: Row, payer: str, findings: Findings) -> None:
    note = check_insurer(row[payer])
    if note is NumberNote.CHECK_DIGIT:
        findings.add("TEXT-011", row.line, row.ja(payer))
    elif note is NumberNote.MALFORMED:
        findings.add("TEXT-012", row.line, row.ja(payer))


class DosageForm(StrEnum):
    """剤形, the `category` of what pharmacies dispense; every format numbers them in its own way."""

    INTERNAL = "内服"
    DROPS = "内滴"
    AS_NEEDED = "頓服"
    INJECTION = "注射"
    EXTERNAL = "外用"
    DECOCTION = "浸煎"
    HOT_WATER = "湯"
    MATERIAL = "材料"
    OTHER = "その他"
    UNKNOWN = "不明"


WHOLE_AMOUNTS = frozenset({DosageForm.EXTERNAL, DosageForm.INJECTION, DosageForm.MATERIAL, DosageForm.OTHER})
"""Forms whose 用量 is the whole amount; for 内服 it is a day's, for 頓服 one dose's."""
NO_DRUGS = frozenset({DosageForm.MATERIAL, DosageForm.OTHER})
"""Forms that stand for needles, containers and the like."""


class DrugCode(StrEnum):
    """Kinds of drug codes (薬品コード種別) that the pharmacy formats name by digits of their own."""

    NONE = "なし"
    RECEIPT = "レセプト電算処理システム用コード"
    PRICE_LIST = "厚生労働省コード"
    YJ = "YJコード"
    HOT = "HOTコード"
    GENERIC = "一般名コード"


_TWELVE = re.compile(r"[0-9]{7}[0-9A-Z]{5}", re.ASCII)
_FORMS: dict[DrugCode, tuple[tuple[re.Pattern[str], CodeSystem], ...]] = {
    DrugCode.NONE: (),
    DrugCode.RECEIPT: (
        (re.compile(r"6[0-9]{8}", re.ASCII), CodeSystem.RECEIPT_DRUG),
        (re.compile(r"7[0-9]{8}", re.ASCII), CodeSystem.RECEIPT_MATERIAL),
    ),
    DrugCode.PRICE_LIST: ((_TWELVE, CodeSystem.PRICE_LIST_DRUG),),
    DrugCode.YJ: ((_TWELVE, CodeSystem.YJ),),
    DrugCode.HOT: (
        (re.compile(r"[0-9]{13}", re.ASCII), CodeSystem.HOT13),
        (re.compile(r"[0-9]{9}", re.ASCII), CodeSystem.HOT9),
        (re.compile(r"[0-9]{7}", re.ASCII), CodeSystem.HOT7),
    ),
    DrugCode.GENERIC: ((_TWELVE, CodeSystem.GENERIC_NAME),),
}


def drug_coding(kind: DrugCode, code: str) -> Coding:
    """The coding of a drug code: of its kind's system if it has that kind's form, else of the pharmacy's own."""
    system = next((system for form, system in _FORMS[kind] if form.fullmatch(code)), CodeSystem.PHARMACY_DRUG)
    return Coding(system, code)


def drug_coding_at(row: Row, kind: DrugCode | None, name: str, findings: Findings) -> tuple[Coding, ...]:
    """The coding of a row's drug code, none when it is empty; a code against its kind's form is a finding."""
    code = row[name]
    if not code:
        return ()
    coding = drug_coding(kind or DrugCode.NONE, code)
    if coding.system == CodeSystem.PHARMACY_DRUG and kind is not DrugCode.NONE:
        findings.add("TEXT-013", row.line, row.ja(name))
    return (coding,)


def usage_concept(code: str, text: str, *, jami: bool) -> Concept | None:
    """The coded usage (用法): JAMI's sixteen characters where the source says or shows so, else the source's own code."""
    if not code:
        return None
    standard = jami and _JAMI_USAGE.fullmatch(code)
    system = CodeSystem.JAMI_USAGE if standard else CodeSystem.PHARMACY_USAGE
    return Concept((Coding(system, code),), text)


def strength_type_at(row: Row, name: str) -> StrengthType | None:
    """力価フラグ: 1 製剤量 (JAHIS: 薬価単位), 2 原薬量 (力価); None for anything else."""
    return _STRENGTH_TYPES.get(row[name])


def labelled(kind: str, text: str) -> str:
    """`一包化: …`: the kind of a remark and what it says; whichever is missing or the same is left out."""
    return text or kind if not (kind and text) or kind == text else f"{kind}: {text}"


def notes_of(*texts: str) -> tuple[Note, ...]:
    """Notes of the texts that say something."""
    return tuple(Note(text) for text in texts if text)


def statement(code: str, title: str) -> Concept:
    """What kind of remark an Observation is: `tc-401` and the specification's title of that record."""
    return Concept((Coding(CodeSystem.PHARMACY_STATEMENT, code, title),))
