"""Records in words for the timeline: one line each, in Japanese; a code where no master gives its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from appliance.formats.uke.tables import CARE_CATEGORY
from appliance.records.administrative import Coverage, CoverageKind
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    DocumentReference,
    Dosage,
    Encounter,
    EncounterClass,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Outcome,
    Procedure,
)
from appliance.records.coding import Concept, Note
from appliance.records.dates import show_date
from appliance.records.document import Record
from appliance.records.identifiers import law_number

_OUTCOME: Final = {Outcome.CURED: "治ゆ", Outcome.DIED: "死亡", Outcome.STOPPED: "中止"}

_INSURERS: Final[Mapping[str, str]] = {
    "01": "協会けんぽ",
    "02": "船員保険",
    "03": "日雇特例被保険者の保険（一般療養）",
    "04": "日雇特例被保険者の保険（特別療養費）",
    "06": "組合健保",
    "07": "防衛省職員",
    "31": "国家公務員共済",
    "32": "地方公務員等共済",
    "33": "警察共済",
    "34": "公立学校・私立学校共済",
    "39": "後期高齢者医療",
    "63": "特定健保組合（特例退職）",
    "67": "国民健康保険（退職者医療）",
    "72": "国家公務員特定共済（特例退職）",
    "73": "地方公務員等特定共済（特例退職）",
    "74": "警察特定共済（特例退職）",
    "75": "公立学校・私立学校特定共済（特例退職）",
}
"""法別番号 of insurers, the first two of eight digits; six digits are 国民健康保険."""


def title_of(record: Record) -> str:
    """What a record says, in one line."""
    return _TITLES[type(record)](record)


def detail_of(record: Record) -> str:
    """What else is worth a glance: dose, days, outcome, comments."""
    parts = [*_DETAILS[type(record)](record), *(note.text for note in _notes(record))]
    return "・".join(part for part in parts if part)


def code_of(record: Record) -> str:
    """The source's own code; empty where there is none."""
    concept: Concept | None = getattr(record, "concept", None)
    return concept.code if concept else ""


def coverage_in_words(coverage: Coverage) -> str:
    """An insurance by its kind and payer number, without 記号・番号."""
    law = law_number(coverage.payer_number)
    if coverage.kind is CoverageKind.PUBLIC:
        return f"公費 {coverage.payer_number}".rstrip()
    kind = _INSURERS.get(law, "医療保険") if law else "国民健康保険"
    return f"{kind} {coverage.payer_number}".rstrip()


def _named(concept: Concept, what: str) -> str:
    shown = next((coding.display for coding in concept.codings if coding.display), "")
    code = concept.code
    return concept.text or shown or (f"{what} {code}" if code else f"{what}（コードなし）")


def _encounter(record: Encounter) -> str:
    return "入院" if record.encounter_class is EncounterClass.INPATIENT else "外来受診"


def _stay(record: Encounter) -> tuple[str, ...]:
    departments = "、".join(one.display for one in record.departments if one.display)
    if record.encounter_class is EncounterClass.AMBULATORY:
        return (departments,)
    admitted = f"入院日 {show_date(record.admission)}" if record.admission else ""
    until = f"{show_date(record.end)}まで" if record.end else ""
    return (departments, admitted, until)


def _condition(record: Condition) -> str:
    modifiers = [one for one in record.modifiers if one.code != _SUSPECTED]
    names = "、".join(_named(one, "修飾語") for one in modifiers)
    title = _named(record.concept, "傷病名コード") + (f"（{names}）" if names else "")
    return f"{title} の疑い" if record.suspected else title


_SUSPECTED: Final = "8002"


def _course(record: Condition) -> tuple[str, ...]:
    main = "主傷病" if record.main else ""
    outcome = _OUTCOME.get(record.outcome, "") if record.outcome else ""
    return (main, f"転帰 {outcome}" if outcome else "")


def _amount(record: Procedure | DeviceUseStatement) -> tuple[str, ...]:
    quantity = f"数量 {record.quantity}" if record.quantity else ""
    times = f"{record.times}回" if record.times > 1 else ""
    return (CARE_CATEGORY.get(record.category, ""), quantity, times)


def _dose(record: MedicationRequest | MedicationDispense) -> tuple[str, ...]:
    category = CARE_CATEGORY.get(record.category, "")
    quantity = f"{record.quantity}{record.unit}" if record.quantity else ""
    usage = _usage(record.dosage)
    if record.days_supplied is None:
        times = f"{record.times}回" if isinstance(record, MedicationRequest) and record.times > 1 else ""
        return (category, f"数量 {quantity}" if quantity else "", times, usage)
    return (category, f"1日量 {quantity}" if quantity else "", f"{record.days_supplied}日分", usage)


def _dispensed(record: MedicationDispense) -> tuple[str, ...]:
    place = f"処方 {record.prescribing_facility}" if record.prescribing_facility else ""
    return (*_dose(record), place)


def _usage(dosage: Dosage | None) -> str:
    if dosage is None:
        return ""
    return dosage.text or (_named(dosage.usage, "用法") if dosage.usage else "")


_FLAGS: Final = {"H": "高い", "HH": "非常に高い", "L": "低い", "LL": "非常に低い", "A": "異常", "N": ""}


def _observation(record: Observation) -> str:
    measured = record.category is not ObservationCategory.NARRATIVE
    if measured:
        return _named(record.concept, "検査コード")
    return _named(record.concept, "症状詳記区分") if record.concept.codings else "コメント"


def _measured(record: Observation) -> tuple[str, ...]:
    value = f"{record.comparator}{record.value} {record.unit}".strip() if record.value else ""
    flag = _FLAGS.get(record.interpretation, record.interpretation)
    bounds = record.range_low or record.range_high
    span = record.range_text or (f"{record.range_low}〜{record.range_high}" if bounds else "")
    return (record.text, value, flag, f"基準 {span}" if span else "")


def _notes(record: Record) -> tuple[Note, ...]:
    notes: tuple[Note, ...] = getattr(record, "notes", ())
    return notes


_TITLES: Final[Mapping[type[Any], Callable[[Any], str]]] = {
    Encounter: _encounter,
    Condition: _condition,
    AllergyIntolerance: lambda record: _named(record.concept, "アレルギーコード"),
    Procedure: lambda record: _named(record.concept, "診療行為コード"),
    Immunization: lambda record: f"予防接種 {_named(record.concept, 'ワクチンコード')}",
    MedicationRequest: lambda record: _named(record.concept, "医薬品コード"),
    MedicationDispense: lambda record: _named(record.concept, "医薬品コード"),
    DeviceUseStatement: lambda record: record.product or _named(record.concept, "特定器材コード"),
    Observation: _observation,
    DocumentReference: lambda record: record.title or _named(record.kind, "文書"),
}
"""Every record type of the timeline. Insurances and institutions stand in the header; a specimen in its observations."""

_DETAILS: Final[Mapping[type[Any], Callable[[Any], tuple[str, ...]]]] = {
    Encounter: _stay,
    Condition: _course,
    AllergyIntolerance: lambda record: (record.reaction,),
    Procedure: _amount,
    Immunization: lambda record: (f"製造番号 {record.lot}" if record.lot else "",),
    MedicationRequest: _dose,
    MedicationDispense: _dispensed,
    DeviceUseStatement: _amount,
    Observation: _measured,
    DocumentReference: lambda record: (_named(record.kind, "文書") if record.title else "", record.author),
}

TIMELINE_TYPES: Final = tuple(kind.__name__ for kind in _TITLES)
