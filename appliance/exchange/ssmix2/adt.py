"""Who came, when, insured by whom, and what they do not bear: ADT-00, ADT-12, ADT-22, ADT-52, ADT-61."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from appliance.exchange.ssmix2.characters import escaped
from appliance.exchange.ssmix2.chart import Chart, Entry, department_of, department_part, is_inpatient
from appliance.exchange.ssmix2.message import Message, MessageType, patient_segment
from appliance.exchange.ssmix2.naming import ABSENT, NO_ORDER, Kind, Place, Root, day_part
from appliance.exchange.ssmix2.segments import Segment, segment
from appliance.exchange.ssmix2.values import coded, coded_concept, day
from appliance.records.administrative import Coverage, CoverageKind, InsuredClass
from appliance.records.clinical import AllergyIntolerance, Encounter, EncounterClass
from appliance.records.coding import CodeSystem
from appliance.records.identifiers import folded_branch, law_number
from appliance.records.identity import content_key

_FIRST = "0001"
_PLANS = {
    "01": "全国健康保険協会管掌健康保険",
    "02": "船員保険",
    "06": "組合管掌健康保険",
    "31": "国家公務員共済組合",
    "32": "地方公務員等共済組合",
    "33": "警察共済組合",
    "34": "公立学校共済組合・日本私立学校振興・共済事業団",
    "39": "後期高齢者医療",
    "67": "国民健康保険退職者",
}
"""法別番号 of insurers in words (JHSD0001)."""
_MUNICIPAL = ("C0", "国民健康保険")
"""国保, whose insurers have six digits and no 法別番号."""
_PLAN_TYPES = {CoverageKind.INSURANCE: "MI", CoverageKind.PUBLIC: "PE"}
_RELATIONSHIPS = {
    InsuredClass.SELF: coded("SEL", "本人", "HL70063"),
    InsuredClass.FAMILY: coded("OTH", "家族", "HL70063"),
    InsuredClass.PRESCHOOL: coded("OTH", "家族", "HL70063"),
}
"""Of old people a claim says age and income only."""
_ALLERGENS = {
    "medication": coded("DA", "薬剤アレルギー", "HL70127"),
    "food": coded("FA", "食物アレルギー", "HL70127"),
    "environment": coded("EA", "環境アレルギー", "HL70127"),
}
_ADDED = coded("A", "追加", "HL70323")


def patient_entry(chart: Chart) -> Entry:
    """ADT-00: the patient with their coverages."""
    stays = [visit for _, visit in chart.records(Encounter)]
    newest = max(stays, key=lambda visit: visit.start, default=None)
    in_hospital = newest if is_inpatient(newest) and newest and newest.end is None else None
    coverages = sorted(chart.person.coverages, key=lambda coverage: coverage.order)
    segments = (
        patient_segment(chart.person.patient, chart.pid, whole=True),
        segment("PV1", {1: _FIRST, 2: "I" if in_hospital else "O"}),
        *(_insurance(number, one) for number, one in enumerate(coverages, 1)),
    )
    return _entry(chart, Kind.PATIENT, None, ABSENT, MessageType.PATIENT, segments)


def _insurance(number: int, coverage: Coverage) -> Segment:
    """IN1: 記号, 番号 and 枝番 as repetitions of IN1-10, and the number once more where older readers look for it."""
    insured = coverage.kind is CoverageKind.INSURANCE
    written = (
        (coverage.symbol, coverage.number, folded_branch(coverage.branch)) if insured else (coverage.number,)
    )
    return segment(
        "IN1",
        {
            1: str(number),
            2: _plan(coverage),
            3: escaped(coverage.payer_number),
            10: "~".join(map(escaped, written)).rstrip("~"),
            11: escaped(coverage.number) if insured else "",
            15: _PLAN_TYPES[coverage.kind],
            17: _RELATIONSHIPS.get(coverage.insured_class, "") if coverage.insured_class else "",
        },
    )


def _plan(coverage: Coverage) -> str:
    law = law_number(coverage.payer_number)
    if coverage.kind is CoverageKind.PUBLIC:
        return coded(law, "公費", "JHSD0001")
    if not law and coverage.payer_number:
        return coded(*_MUNICIPAL, "JHSD0001")
    return coded(law, _PLANS.get(law, "医療保険"), "JHSD0001")


def visit_entries(chart: Chart) -> Iterator[Entry]:
    """ADT-12, one a day on which the patient came; ADT-22 and ADT-52 where the days of a stay are told."""
    visits: dict[date, Encounter] = {}
    stays: dict[tuple[Kind, date], Encounter] = {}
    for _, visit in chart.records(Encounter):
        if visit.encounter_class is EncounterClass.AMBULATORY:
            known = visits.get(visit.start)
            visits[visit.start] = visit if known is None or not department_of(known) else known
            continue
        if visit.admission:
            stays[Kind.ADMISSION, visit.admission] = visit
        if visit.end:
            stays[Kind.DISCHARGE, visit.end] = visit
    for when, visit in sorted(visits.items()):
        yield _visit_entry(chart, Kind.VISIT, when, visit)
    for (kind, when), visit in sorted(stays.items()):
        yield _visit_entry(chart, kind, when, visit)


_VISIT_TYPES = {
    Kind.VISIT: MessageType.VISIT,
    Kind.ADMISSION: MessageType.ADMISSION,
    Kind.DISCHARGE: MessageType.DISCHARGE,
}


def _visit_entry(chart: Chart, kind: Kind, when: date, visit: Encounter) -> Entry:
    segments = (patient_segment(chart.person.patient, chart.pid), visit_segment(visit, kind))
    return _entry(chart, kind, when, department_part(visit), _VISIT_TYPES[kind], segments)


def visit_segment(visit: Encounter | None, kind: Kind | None = None) -> Segment:
    """PV1 of a visit or stay; its days in the message that is about them only."""
    inpatient = is_inpatient(visit)
    department = department_of(visit)
    code = escaped(department.code) if department else ""
    fields = {
        1: _FIRST,
        2: "I" if inpatient else "O",
        3: f"{code}^^^^^C" if code and not inpatient else "",
        10: code,
    }
    if visit and kind:
        fields[44] = day(visit.admission or (None if kind is Kind.DISCHARGE else visit.start))
        fields[45] = day(visit.end) if kind is Kind.DISCHARGE else ""
    return segment("PV1", fields)


def allergy_entries(chart: Chart) -> Iterator[Entry]:
    """ADT-61: all that the patient does not bear, in one message; none without any."""
    found = {content_key(one)[:2]: one for _, one in chart.records(AllergyIntolerance)}
    if not found:
        return
    allergies = sorted(found.values(), key=content_key)
    segments = (
        patient_segment(chart.person.patient, chart.pid),
        *(_allergy(number, one) for number, one in enumerate(allergies, 1)),
    )
    yield _entry(chart, Kind.ALLERGIES, None, ABSENT, MessageType.ALLERGIES, segments)


def _allergy(number: int, one: AllergyIntolerance) -> Segment:
    drugs = (CodeSystem.HOT9, CodeSystem.HOT13, CodeSystem.YJ)
    return segment(
        "IAM",
        {
            1: str(number),
            2: _ALLERGENS.get(one.category, ""),
            3: coded_concept(one.concept, CodeSystem.JLAC10, *drugs),
            5: escaped(one.reaction),
            6: _ADDED,
            13: day(one.recorded),
        },
    )


def _entry(
    chart: Chart,
    kind: Kind,
    when: date | None,
    department: str,
    message_type: MessageType,
    segments: Iterable[Segment],
) -> Entry:
    place = Place(Root.STANDARD, chart.pid, day_part(when), kind, NO_ORDER)
    return Entry(place, department, Message(message_type, tuple(segments)))
