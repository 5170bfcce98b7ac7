"""PPR-01: every diagnosis of a patient in one message, each as the newest document that names it tells it."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.exchange.fhir.content import Content
from appliance.exchange.fhir.datatypes import name_of
from appliance.exchange.ssmix2.characters import escaped
from appliance.exchange.ssmix2.chart import Chart, Entry
from appliance.exchange.ssmix2.message import Message, MessageType, patient_segment
from appliance.exchange.ssmix2.naming import ABSENT, NO_ORDER, Kind, Place, Root, order_number
from appliance.exchange.ssmix2.segments import Segment, segment
from appliance.exchange.ssmix2.values import (
    coded,
    coded_by,
    coding_of,
    day,
    month_or_day,
    repeated,
)
from appliance.records.clinical import Condition, Outcome
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.identity import content_key

UNCODED = Coding(CodeSystem.MEDIS_DISEASE_KEY, "20084317", "未コード化傷病名")
"""病名管理番号 of レセプト電算コード 0000999: what a disease is filed under whose number is not known."""
_EDITION = "2013"
"""Of ICD-10, as CWE.7 names it."""
_SUSPECTED = coded("1", "疑いあり", "JHSD0005")
_MAIN = coded("1", "主診断", "JHSD0007")
_OUTCOMES = {
    Outcome.CURED: coded("F", "完全に回復", "HL70241"),
    Outcome.DIED: coded("D", "死亡", "HL70241"),
    Outcome.STOPPED: coded("U", "不明", "HL70241"),
}
"""転帰. Continuing is neither better nor worse, and 中止 says nothing of how the patient is."""
_POSTFIX = "8"
"""Receipt modifiers that begin so are 接尾語; all others stand before the name."""


def diagnosis_entries(chart: Chart) -> Iterator[Entry]:
    """One entry, or none without a diagnosis."""
    newest = {content_key(one): (content, one) for content, one in chart.records(Condition)}
    if not newest:
        return
    told = [
        part for key in sorted(newest) for part in _diagnosis(chart.person.resource_id, key, *newest[key])
    ]
    segments = (patient_segment(chart.person.patient, chart.pid), *told)
    place = Place(Root.STANDARD, chart.pid, ABSENT, Kind.DIAGNOSES, NO_ORDER)
    yield Entry(place, ABSENT, Message(MessageType.DIAGNOSES, segments))


def _diagnosis(patient_id: str, key: tuple[str, ...], content: Content, one: Condition) -> Iterator[Segment]:
    ended = one.outcome not in (None, Outcome.CONTINUING)
    end = month_or_day(content.period) if ended else ""
    yield segment(
        "PRB",
        {
            1: "AD",
            2: month_or_day(content.period),
            3: _disease(one.concept),
            4: order_number(patient_id, *key),
            7: day(one.onset),
            9: end,
            10: _classification(one.concept),
            13: _SUSPECTED if one.suspected else "",
            14: _OUTCOMES.get(one.outcome, "") if one.outcome else "",
            15: end,
            16: day(one.onset),
            17: escaped(name_of(one.concept)),
            18: _MAIN if one.main else "",
        },
    )
    yield _expression(one)


def _disease(concept: Concept) -> str:
    """病名管理番号 first, the receipt's code behind it; both of a disease that the masters do not know, too."""
    own = next((coding for coding in concept.codings if coding.code), None)
    known = coding_of(concept, CodeSystem.MEDIS_DISEASE_KEY)
    return coded_by(known or UNCODED, own, name_of(concept))


def _classification(concept: Concept) -> str:
    icd10 = coding_of(concept, CodeSystem.ICD10)
    return f"{escaped(icd10.code.replace('.', ''))}^^I10^^^^{_EDITION}" if icd10 else ""


def _expression(one: Condition) -> Segment:
    """ZPR: how the name is put together, by numbers (1 to 3) and by codes for exchange (4 to 6)."""
    before = [part for part in one.modifiers if not part.code.startswith(_POSTFIX)]
    behind = [part for part in one.modifiers if part.code.startswith(_POSTFIX)]
    exchanged = coding_of(one.concept, CodeSystem.MEDIS_DISEASE_EXCHANGE)
    return segment(
        "ZPR",
        {
            1: _modifiers(before, CodeSystem.MEDIS_MODIFIER_KEY),
            2: _disease(one.concept),
            3: _modifiers(behind, CodeSystem.MEDIS_MODIFIER_KEY),
            4: _modifiers(before, CodeSystem.MEDIS_MODIFIER_EXCHANGE, known_only=True),
            5: coded_by(exchanged, None, name_of(one.concept)) if exchanged else "",
            6: _modifiers(behind, CodeSystem.MEDIS_MODIFIER_EXCHANGE, known_only=True),
            7: escaped("。".join(_remarks(one))),
        },
    )


def _modifiers(parts: list[Concept], system: CodeSystem, *, known_only: bool = False) -> str:
    return repeated(_modifier(part, system, known_only=known_only) for part in parts)


def _modifier(part: Concept, system: CodeSystem, *, known_only: bool) -> str:
    known = coding_of(part, system)
    if known_only:
        return coded_by(known, None, name_of(part)) if known else ""
    own = next((coding for coding in part.codings if coding.code), None)
    return coded_by(known or own, own, name_of(part))


def _remarks(one: Condition) -> Iterator[str]:
    teeth = " ".join(site.code for site in one.body_sites if site.code)
    if teeth:
        yield f"歯式 {teeth}"
    yield from _words(one.notes)


def _words(notes: tuple[Note, ...]) -> Iterator[str]:
    return (note.text for note in notes if note.text.strip())
