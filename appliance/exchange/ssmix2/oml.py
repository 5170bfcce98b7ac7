"""OML-11: laboratory results, one message a report and day of collection, a group a specimen."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Final

from appliance.exchange.fhir.content import Content
from appliance.exchange.fhir.datatypes import number
from appliance.exchange.ssmix2.adt import visit_segment
from appliance.exchange.ssmix2.characters import escaped
from appliance.exchange.ssmix2.chart import Chart, Entry, department_part, is_inpatient, records_of, visit_on
from appliance.exchange.ssmix2.message import Message, MessageType, patient_segment
from appliance.exchange.ssmix2.naming import Kind, Place, Root, day_part, order_number
from appliance.exchange.ssmix2.segments import Segment, segment
from appliance.exchange.ssmix2.values import (
    coded,
    coded_concept,
    coding_of,
    day,
    moment,
)
from appliance.records.clinical import Observation, ObservationCategory, Specimen
from appliance.records.coding import CodeSystem, Coding

_STATUSES = {
    "final": "F",
    "preliminary": "P",
    "registered": "I",
    "corrected": "C",
    "amended": "C",
    "cancelled": "X",
}
_NOT_KNOWN = "I"
_PANEL = coded("", "検体検査")
_UNNAMED_MATERIAL = coded("", "検体の記載なし")
_ORDER_TYPES = {False: coded("O", "外来患者オーダ", "HL70482"), True: coded("I", "入院患者オーダ", "HL70482")}
_MATERIAL_OF_TEST: Final = slice(9, 12)
"""材料コード inside a JLAC10 code of 17 digits."""
_JLAC10_DIGITS = 17
_UNIT_LETTERS = str.maketrans({"μ": "u", "µ": "u", "℃": "cel", "‰": "permil", "×": ".", "²": "*2", "³": "*3"})
_OF_SOURCE = "99UNT"


def result_entries(chart: Chart) -> Iterator[Entry]:
    for content in chart.oldest_first():
        specimens = {one.number: one for one in records_of(content, Specimen)}
        days: dict[date, dict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))
        for result in records_of(content, Observation):
            when = _collected(result, specimens.get(result.specimen))
            if when is not None and is_result(result):
                days[when][result.specimen].append(result)
        for when, groups in sorted(days.items()):
            yield _entry(chart, content, when, groups, specimens)


def is_result(result: Observation) -> bool:
    return result.category is ObservationCategory.LABORATORY and bool(
        result.concept.codings or result.concept.text
    )


def _collected(result: Observation, specimen: Specimen | None) -> date | None:
    """The day of collection is the day in the path; without one it is that of the result."""
    return specimen.collected.date() if specimen and specimen.collected else result.effective


def _entry(
    chart: Chart,
    content: Content,
    when: date,
    groups: dict[str, list[Observation]],
    specimens: dict[str, Specimen],
) -> Entry:
    order_no = order_number(content.key, when.isoformat(), Kind.RESULTS)
    visit = visit_on(content, when)
    told = [
        part
        for place, (name, results) in enumerate(groups.items(), 1)
        for part in _group(place, specimens.get(name), results, when, order_no, inpatient=is_inpatient(visit))
    ]
    segments = (patient_segment(chart.person.patient, chart.pid), visit_segment(visit), *told)
    place = Place(Root.STANDARD, chart.pid, day_part(when), Kind.RESULTS, order_no)
    return Entry(place, department_part(visit), Message(MessageType.RESULTS, segments))


def _group(
    place: int,
    specimen: Specimen | None,
    results: list[Observation],
    when: date,
    order_no: str,
    *,
    inpatient: bool,
) -> Iterator[Segment]:
    taken = moment(specimen.collected, when) if specimen else day(when)
    number_of = escaped(specimen.number) if specimen else ""
    yield segment("SPM", {1: str(place), 2: number_of, 4: _material(specimen, results), 17: taken})
    yield segment("OBR", {1: str(place), 2: order_no, 4: _PANEL, 7: taken})
    yield segment("ORC", {1: "SC", 2: order_no, 5: "CM", 29: _ORDER_TYPES[inpatient]})
    for row, result in enumerate(results, 1):
        yield _result(row, result)


def _material(specimen: Specimen | None, results: list[Observation]) -> str:
    """The laboratory's own word and code; else the material that the tests' own codes agree on."""
    if specimen and (specimen.material.codings or specimen.material.text):
        return coded_concept(specimen.material)
    named = {coding.code[_MATERIAL_OF_TEST] for one in results if (coding := _standard(one))}
    return coded(named.pop(), "", "JC10") if len(named) == 1 else _UNNAMED_MATERIAL


def _standard(one: Observation) -> Coding | None:
    coding = coding_of(one.concept, CodeSystem.JLAC10)
    return coding if coding and len(coding.code) == _JLAC10_DIGITS else None


def _result(row: int, one: Observation) -> Segment:
    kind, value = _value(one)
    return segment(
        "OBX",
        {
            1: str(row),
            2: kind,
            3: coded_concept(one.concept, CodeSystem.JLAC10),
            5: value,
            6: _unit(one.unit),
            7: escaped(_range(one)),
            8: escaped(one.interpretation),
            11: _STATUSES.get(one.status, _NOT_KNOWN),
            14: moment(one.at, one.effective),
            17: coded("", one.method),
        },
    )


def _value(one: Observation) -> tuple[str, str]:
    """OBX-2 and OBX-5: a number, a coded value, or words; what is beyond a limit is words (`< 0.5`)."""
    words = one.value.strip()
    if not words:
        return ("ST", escaped(one.text)) if one.text else ("", "")
    if number(words) is not None and not one.comparator:
        return "NM", escaped(words)
    codes = [note for note in one.notes if note.code and note.text == one.value]
    if len(codes) == 1:
        return "CWE", coded(codes[0].code, words, "99LAB")
    return "ST", escaped(f"{one.comparator} {words}" if one.comparator else words)


def _unit(words: str) -> str:
    """A unit in ASCII (NHO: 単位の文字表記の統一); one that has other letters left stays in words."""
    plain = unicodedata.normalize("NFKC", words.translate(_UNIT_LETTERS)).strip()
    return coded(plain, plain, _OF_SOURCE) if plain.isascii() else coded("", plain)


def _range(one: Observation) -> str:
    if one.range_text:
        return one.range_text
    return f"{one.range_low}-{one.range_high}" if one.range_low or one.range_high else ""
