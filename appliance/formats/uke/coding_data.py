"""CD rows (コーディングデータ): every act, drug and material of a DPC stay on its own day, bundled or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.uke.acts import ORAL, ActRecord
from appliance.formats.uke.claim_types import DPC
from appliance.formats.uke.units import Row
from appliance.formats.uke.values import date_of, number, quantity_of
from appliance.records.clinical import DeviceUseStatement, MedicationRequest, Procedure
from appliance.records.coding import CodeSystem, Coding, Concept

_CD = DPC.layouts["CD"]
_DATE, _CODE, _COUNT = _CD.item("performed_date"), _CD.item("item_code"), _CD.item("count")
_CATEGORY, _SEQUENCE = _CD["care_category"], _CD["seq_no"]
_AMOUNT, _DATA = _CD.item("quantity"), _CD.item("quantity_data")
_UNIT, _NAME = _CD["unit_code"], _CD["material_name"]
_DRUG, _MATERIAL = "6", "7"
"""First digits of レセプト電算処理コード; the others are acts."""

_Told = dict[tuple[str, date | None], Counter[int]]


@dataclass(slots=True)
class _Coded:
    """One CD row, read; `times` falls to what no charged row tells."""

    line: int
    values: list[str]
    code: str
    day: date | None
    times: int


def read_coding_data(
    rows: Sequence[Row], charged: Sequence[ActRecord], findings: Findings
) -> Iterator[ActRecord]:
    """One record a CD row, but for those that repeat what SI, IY and TO rows charge on the same day."""
    coded = [_coded(line, values, findings) for line, values in rows if values[0] == "CD"]
    _leave_out(coded, _told(charged))
    units = _Units(max((_unit_of(record) for record in charged), default=0))
    for row in coded:
        units.next(row.values)
        if row.times > 0:
            yield _record(row, units, findings)


def _coded(line: int, values: list[str], findings: Findings) -> _Coded:
    code = values[_CODE.position].strip()
    if not code:
        findings.add("UKE-R010", line, _CODE.ja)
    day = date_of(values[_DATE.position], findings, line, _DATE.ja)
    return _Coded(line, values, code, day, _times(values, line, findings))


def _leave_out(coded: Sequence[_Coded], told: _Told) -> None:
    """Take off what is charged: first rows that are charged just so, then any rows up to the count that is left."""
    for row in coded:
        charged = told.get((row.code, row.day))
        if charged and charged[row.times] > 0:
            charged[row.times] -= 1
            row.times = 0
    left = Counter({key: sum(charged.elements()) for key, charged in told.items()})
    for row in coded:
        repeated = min(row.times, left[row.code, row.day])
        left[row.code, row.day] -= repeated
        row.times -= repeated


@dataclass(slots=True)
class _Units:
    """Rows of one day, 診療識別 and 順序番号 belong together; units go on behind those of the charged rows."""

    number: int
    key: tuple[str, ...] = ()
    drugs: int = 0

    def next(self, values: Sequence[str]) -> None:
        key = (values[_DATE.position], values[_CATEGORY], values[_SEQUENCE])
        if key != self.key:
            self.key, self.drugs = key, 0
            self.number += 1
        self.drugs += values[_CODE.position].startswith(_DRUG)


def _told(charged: Sequence[ActRecord]) -> _Told:
    """How often each charged row tells each code on each day."""
    told: _Told = {}
    for record in charged:
        code = record.concept.codings[0].code if record.concept.codings else ""
        match record:
            case Procedure():
                day, times = record.performed, record.times
            case MedicationRequest():
                day, times = record.authored, record.days_supplied or record.times
            case DeviceUseStatement():
                day, times = record.used, record.times
        told.setdefault((code, day), Counter())[times] += 1
    return told


def _unit_of(record: ActRecord) -> int:
    return record.rp_number if isinstance(record, MedicationRequest) else record.unit_no


def _times(values: Sequence[str], line: int, findings: Findings) -> int:
    times = number(values[_COUNT.position])
    if times is None and values[_COUNT.position].strip():
        findings.add("UKE-R006", line, _COUNT.ja)
    return 1 if times is None else times


def _record(row: _Coded, units: _Units, findings: Findings) -> ActRecord:
    values, line, code, day, times = row.values, row.line, row.code, row.day, row.times
    category = values[_CATEGORY].strip()
    amount = quantity_of(values[_AMOUNT.position].strip(), findings, line, _AMOUNT.ja)
    if code.startswith(_DRUG):
        oral = category == ORAL
        return MedicationRequest(
            _concept(CodeSystem.RECEIPT_DRUG, code),
            day,
            category,
            units.number,
            units.drugs,
            amount,
            times if oral else None,
            1 if oral else times,
            derived_from_claim=True,
        )
    if code.startswith(_MATERIAL):
        concept = _concept(CodeSystem.RECEIPT_MATERIAL, code, values[_NAME].strip())
        unit = values[_UNIT].strip()
        return DeviceUseStatement(concept, day, category, units.number, times, amount, unit)
    data = quantity_of(values[_DATA.position].strip(), findings, line, _DATA.ja)
    concept = _concept(CodeSystem.RECEIPT_PROCEDURE, code)
    return Procedure(concept, day, category, units.number, times, data or amount)


def _concept(system: CodeSystem, code: str, text: str = "") -> Concept:
    return Concept((Coding(system, code),) if code else (), text)
