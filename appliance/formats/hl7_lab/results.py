"""OBX to Observation, SPM and OBR-15 to Specimen, PID to Patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from appliance.formats.findings import Findings
from appliance.formats.hl7_lab.layout import OBR, OBX, PID, SPM
from appliance.formats.hl7_lab.segments import Segment
from appliance.formats.laboratory import (
    DELETED,
    NOT_RESULTS,
    STATUS,
    Moment,
    coding_of_test,
    read_moment,
    read_number,
    read_range,
)
from appliance.records.administrative import Patient, PersonName, Sex
from appliance.records.clinical import Observation, ObservationCategory, Specimen
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.names import person_name

_SEX = {"M": Sex.MALE, "F": Sex.FEMALE, "O": Sex.OTHER, "A": Sex.OTHER}
_IDENTIFIER_TYPES = ("PI", "MR", "PT", "")
"""CX.5 by preference: the patient's number at the facility; one without a type before any other."""
_CODED = frozenset({"CE", "CWE", "CNE", "CF"})
_EMBEDDED = frozenset({"ED", "RP", "AD"})
_NUMERIC = "NM"
_STRUCTURED = "SN"
_LINES = frozenset({"TX", "FT"})
_UNKNOWN_STATUS = "preliminary"
_ALTERNATE = 3
"""Components 4 to 6 of a coded field repeat the first three for another code system."""
_ADDRESS_PARTS = (4, 3, 1, 2)
"""XAD: 都道府県, 市区町村, 番地, その他."""
_KANA_FIRST, _KANA_LAST = "ァ", "ー"


def patient_of(pid: Segment, findings: Findings) -> Patient:
    """The patient of a message; a missing number or birth date is a finding."""
    local_id = _local_id(pid)
    if not local_id:
        findings.add("LAB-M006", pid.line, PID.ja("identifiers"))
    birth = moment_of(pid, PID["birth"], findings, PID.ja("birth"))
    sex = _SEX.get(pid.component(PID["sex"]).upper(), Sex.UNKNOWN)
    return Patient(
        "",
        _name(pid),
        sex,
        birth.day,
        local_id,
        address=_address(pid),
        postal_code=pid.component(PID["address"], 5),
        phone=pid.component(PID["phone"]) or pid.component(PID["phone"], 12),
    )


def _local_id(pid: Segment) -> str:
    found = {
        pid.component_of(one, 5): pid.component_of(one, 1)
        for one in reversed(pid.repetitions(PID["identifiers"]))
    }
    preferred = (found[kind] for kind in _IDENTIFIER_TYPES if found.get(kind))
    return next(preferred, next(filter(None, found.values()), ""))


def _name(pid: Segment) -> PersonName:
    """XPN: kanji and kana are repetitions told apart by component 8 (I, P), else by their letters."""
    kanji = kana = ""
    for one in pid.repetitions(PID["name"]):
        parts = (pid.component_of(one, 1), pid.component_of(one, 2))
        text = "　".join(filter(None, parts))
        form = pid.component_of(one, 8)
        if form == "P" or (not form and kanji and _is_kana(text)):
            kana = kana or text
        else:
            kanji = kanji or text
    return person_name(kanji, kana)


def _address(pid: Segment) -> str:
    """XAD: whole in component 8, as JAHIS has it, else its parts from the largest to the smallest, as Japan writes them."""
    parts = (pid.component(PID["address"], place) for place in _ADDRESS_PARTS)
    return pid.component(PID["address"], 8) or " ".join(filter(None, parts))


def _is_kana(text: str) -> bool:
    letters = text.replace("　", "")
    return all(_KANA_FIRST <= letter <= _KANA_LAST for letter in letters)


def moment_of(row: Segment, number: int, findings: Findings, item: str) -> Moment:
    """A time field; something that is none is a finding, an empty one is not."""
    text = row.component(number)
    moment = read_moment(text)
    if text and moment.day is None:
        findings.add("LAB-R001", row.line, item)
    return moment


def specimen_of(spm: Segment, findings: Findings) -> Specimen:
    """SPM: its number (検体ID, else the set id), material and collection time."""
    number = _specimen_number(spm) or spm.component(SPM["set_id"])
    collected = moment_of(spm, SPM["collected"], findings, SPM.ja("collected"))
    return Specimen(number, _material(spm, spm.raw(SPM["material"])), collected.at)


def _specimen_number(spm: Segment) -> str:
    """SPM-2 is a pair of the requester's and the laboratory's number, each of several parts."""
    pair = (spm.part_of(spm.raw(SPM["number"]), place) for place in (1, 2))
    return next((parts[0] for one in pair if (parts := spm.parts(one))[0]), "")


def specimen_of_request(obr: Segment, collected: Moment) -> Specimen | None:
    """OBR-15, the specimen in versions before 2.5: its first component is a coded material in parts."""
    raw = obr.raw(OBR["specimen"])
    first = obr.parts(obr.part_of(raw, 1))
    code, name = (*first, "", "")[:2]
    if not (code or name):
        return None
    return Specimen(
        obr.component(OBR["filler"]) or obr.component(OBR["set_id"]),
        _material_concept(code, name),
        collected.at,
    )


def _material(spm: Segment, raw: str) -> Concept:
    return _material_concept(spm.component_of(raw, 1), spm.component_of(raw, 2))


def _material_concept(code: str, name: str) -> Concept:
    codings = (Coding(CodeSystem.LABORATORY_MATERIAL, code, name),) if code else ()
    return Concept(codings, name)


def observation_of(
    obx: Segment, state: str, when: Moment, specimen: str, comments: Sequence[str], findings: Findings
) -> Observation | None:
    """One result with the comments behind it; `state` is its OBX-11.

    None where it is no result: taken back, embedded, without a test; findings say so but for the first.
    """
    if state in DELETED or state in NOT_RESULTS:
        return None
    value_type = obx.component(OBX["value_type"]).upper()
    concept = _test(obx)
    if not concept.codings and not concept.text:
        findings.add("LAB-R002", obx.line, OBX.ja("test"))
        return None
    if value_type in _EMBEDDED:
        findings.add("LAB-R003", obx.line, OBX.ja("value"))
        return None
    if state not in STATUS:
        findings.add("LAB-R006", obx.line, OBX.ja("status"))
    own = moment_of(obx, OBX["at"], findings, OBX.ja("at"))
    own = own if own.day else when
    limits = read_range(obx.text(obx.raw(OBX["range"])))
    value = _value_of(obx, value_type, findings)
    return Observation(
        ObservationCategory.LABORATORY,
        concept,
        own.day,
        at=own.at,
        value=value.text,
        comparator=value.comparator,
        unit=obx.component(OBX["unit"]),
        interpretation=obx.component(OBX["flag"]),
        range_low=limits.low,
        range_high=limits.high,
        range_text=limits.text,
        method=obx.component(OBX["method"], 2) or obx.component(OBX["method"]),
        specimen=specimen,
        status=STATUS.get(state, _UNKNOWN_STATUS),
        notes=(*value.notes, *map(Note, comments)),
    )


def _test(obx: Segment) -> Concept:
    """OBX-3: code, name and system, and the same once more for another system."""
    raw = next(iter(obx.repetitions(OBX["test"])), "")
    components = obx.components(raw, 2 * _ALTERNATE)
    triplets = (components[:_ALTERNATE], components[_ALTERNATE:])
    codings = tuple(
        coding
        for code, name, system in triplets
        if (coding := coding_of_test(code, system, name)) is not None
    )
    text = next((name for _, name, _ in triplets if name), "")
    return Concept(codings, text)


class _Value(NamedTuple):
    """What a result says: a number with its comparator, or words, and what is to be noted beside them."""

    text: str
    comparator: str = ""
    notes: tuple[Note, ...] = ()


def _value_of(obx: Segment, value_type: str, findings: Findings) -> _Value:
    """The value by its type: numbers with their comparator, words of coded values, lines of text."""
    repetitions = obx.repetitions(OBX["value"])
    first = repetitions[0] if repetitions else ""
    if value_type == _STRUCTURED:
        comparator, number, separator, second = obx.components(first, 4)
        plain_comparator = comparator if comparator in ("<", "<=", ">", ">=") else ""
        prefix = "" if plain_comparator or comparator == "=" else comparator
        return _Value(f"{prefix}{number}{separator}{second}", plain_comparator)
    if value_type in _CODED:
        return _coded(obx, repetitions)
    if value_type in _LINES:
        return _Value(obx.lines(OBX["value"]))
    written = obx.text(obx.marks.repetition.join(repetitions))
    comparator, value = read_number(written)
    if value_type == _NUMERIC and written and not comparator and not value.lstrip("+-")[:1].isdigit():
        findings.add("LAB-R008", obx.line, OBX.ja("value"))
    return _Value(value, comparator)


def _coded(obx: Segment, repetitions: tuple[str, ...]) -> _Value:
    """Words of each coded value; a code that says something else is kept as a note."""
    words, notes = [], []
    for one in repetitions:
        code, text = obx.components(one, 2)
        words.append(text or code)
        if text and code and text != code:
            notes.append(Note(text, code))
    return _Value("、".join(filter(None, words)), notes=tuple(notes))
