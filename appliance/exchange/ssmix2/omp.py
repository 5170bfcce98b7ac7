"""OMP-01: prescriptions, one message a document and day. A claim's drugs are told as far as they were prescribed.

What a claim charges as injections or during acts (診療識別 3x to 8x) was no prescription, and a dispensing has no kind
here: both go with their document in 拡張ストレージ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from appliance.exchange.fhir.content import Content
from appliance.exchange.fhir.datatypes import name_of, number
from appliance.exchange.ssmix2.adt import visit_segment
from appliance.exchange.ssmix2.characters import escaped
from appliance.exchange.ssmix2.chart import (
    Chart,
    Entry,
    department_of,
    department_part,
    is_inpatient,
    records_of,
    visit_on,
)
from appliance.exchange.ssmix2.message import Message, MessageType, patient_segment
from appliance.exchange.ssmix2.naming import Kind, Place, Root, day_part, order_number
from appliance.exchange.ssmix2.segments import NULL, Segment, segment
from appliance.exchange.ssmix2.values import SYSTEMS as CODE_SYSTEMS
from appliance.exchange.ssmix2.values import (
    coded,
    coded_by,
    coded_concept,
    coding_of,
    day,
    parts,
    professional,
    repeated,
    unit,
)
from appliance.formats.tagged_values import DosageForm
from appliance.records.administrative import Practitioner
from appliance.records.clinical import Encounter, MedicationRequest
from appliance.records.coding import CodeSystem, Concept

_PRESCRIBED_IN_CLAIMS: Final = frozenset({"21", "22", "23"})
"""投薬: 内服, 屯服, 外用."""
_ORAL = coded("PO", "口", "HL70162")
_EXTERNAL = coded("AP", "外用", "HL70162")
_ROUTES = {
    "21": _ORAL,
    "22": _ORAL,
    "23": _EXTERNAL,
    DosageForm.INTERNAL: _ORAL,
    DosageForm.DROPS: _ORAL,
    DosageForm.AS_NEEDED: _ORAL,
    DosageForm.DECOCTION: _ORAL,
    DosageForm.HOT_WATER: _ORAL,
    DosageForm.EXTERNAL: _EXTERNAL,
}
_DOSE_DIGITS = 8
"""More are the remainder of a division that does not come out even."""
_DRUGS = (CodeSystem.HOT9, CodeSystem.HOT13, CodeSystem.HOT7)
_OUTPATIENT, _INPATIENT = coded("OHP", "外来処方", "MR9P"), coded("IHP", "入院処方", "MR9P")
_IN_HOUSE, _OUTSIDE = coded("OHI", "院内処方", "MR9P"), coded("OHO", "院外処方", "MR9P")
_ORDER_TYPES = {False: coded("O", "外来患者オーダ", "HL70482"), True: coded("I", "入院患者オーダ", "HL70482")}
_DOCTORS = frozenset({"prescriber", "医師", "歯科医師"})
"""Roles, as the formats name them, in which somebody prescribes."""


def is_prescribed(drug: MedicationRequest) -> bool:
    """Whether a drug is of a prescription, and of a day: without a day it has no place in a storage."""
    if drug.authored is None or drug.category == DosageForm.MATERIAL:
        return False
    return not drug.derived_from_claim or drug.category in _PRESCRIBED_IN_CLAIMS


def prescription_entries(chart: Chart) -> Iterator[Entry]:
    """A source may give one number to two prescriptions of a day: the newer one goes by a number of ours."""
    taken: set[Place] = set()
    for content in chart.oldest_first():
        days: dict[date, list[MedicationRequest]] = defaultdict(list)
        for drug in records_of(content, MedicationRequest):
            if drug.authored is not None and is_prescribed(drug):
                days[drug.authored].append(drug)
        for when, drugs in sorted(days.items()):
            place = _place(chart, content, when, drugs)
            if place in taken:
                place = _place(chart, content, when, ())
            taken.add(place)
            yield _entry(chart, content, place, when, drugs)


def _place(chart: Chart, content: Content, when: date, drugs: Iterable[MedicationRequest]) -> Place:
    """Under the prescription's own number, if all the drugs have one and the same."""
    written = {drug.prescription_no for drug in drugs}
    own = written.pop() if len(written) == 1 else ""
    order_no = order_number(content.key, when.isoformat(), Kind.PRESCRIPTION, written=own)
    return Place(Root.STANDARD, chart.pid, day_part(when), Kind.PRESCRIPTION, order_no)


def _entry(chart: Chart, content: Content, place: Place, when: date, drugs: list[MedicationRequest]) -> Entry:
    visit = visit_on(content, when)
    order = _Order(place.order_no, when, visit, _doctor(content))
    drugs = sorted(drugs, key=lambda drug: (drug.rp_number, drug.order_in_rp))
    segments = (
        patient_segment(chart.person.patient, chart.pid),
        visit_segment(visit),
        *(part for number, drug in enumerate(drugs, 1) for part in order.segments(number, drug)),
    )
    return Entry(place, department_part(visit), Message(MessageType.PRESCRIPTION, segments))


def _doctor(content: Content) -> Practitioner | None:
    """The prescriber, where the document names one doctor only."""
    named = [one for one in records_of(content, Practitioner) if one.name and one.role in ("", *_DOCTORS)]
    return named[0] if len(named) == 1 else None


class _Order:
    """One prescription: what its drugs have in common."""

    def __init__(
        self, order_no: str, when: date, visit: Encounter | None, doctor: Practitioner | None
    ) -> None:
        self.order_no = order_no
        self.when = when
        self.inpatient = is_inpatient(visit)
        self.department = department_of(visit)
        self.doctor = doctor

    def segments(self, place: int, drug: MedicationRequest) -> Iterator[Segment]:
        rp = drug.rp_number or place
        yield segment(
            "ORC",
            {
                1: "NW",
                2: self.order_no,
                4: f"{self.order_no}_{rp:02}_{drug.order_in_rp or place:03}",
                9: day(self.when),
                12: professional(self.doctor.name) if self.doctor else "",
                17: coded_by(self.department) if self.department else "",
                29: _ORDER_TYPES[self.inpatient],
            },
        )
        yield self._drug(drug)
        yield self._taking(drug)
        yield segment("RXR", {1: _ROUTES.get(drug.category, "")})

    def _drug(self, drug: MedicationRequest) -> Segment:
        amounts = Amounts.of(drug)
        what = unit(drug.unit)
        yj = coding_of(drug.concept, CodeSystem.YJ)
        licence = self.doctor.narcotics_licence if self.doctor else ""
        told = "。".join(note.text for note in drug.notes if note.text.strip())
        return segment(
            "RXE",
            {
                2: coded_concept(drug.concept, *_DRUGS, CodeSystem.YJ),
                3: amounts.single,
                5: "^".join(what).rstrip("^"),
                7: coded("", told),
                10: amounts.total,
                11: "^".join(what).rstrip("^"),
                13: escaped(licence),
                15: escaped(drug.prescription_no),
                19: f"{amounts.daily}^{parts(*what)}".rstrip("^") if amounts.daily else "",
                21: self._instructions(drug),
                31: coded_by(yj, None, name_of(drug.concept)) if yj else "",
            },
        )

    def _instructions(self, drug: MedicationRequest) -> str:
        if self.inpatient:
            return _INPATIENT
        return repeated((_OUTPATIENT, _IN_HOUSE if drug.derived_from_claim else _OUTSIDE))

    def _taking(self, drug: MedicationRequest) -> Segment:
        counted = drug.times if drug.days_supplied is None and drug.times > 1 else 0
        return segment(
            "TQ1",
            {
                1: "1",
                3: _usage(drug),
                6: f"{drug.days_supplied}^d" if drug.days_supplied else "",
                7: day(self.when),
                14: str(counted) if counted else "",
            },
        )


def _usage(drug: MedicationRequest) -> str:
    """RPT.1 in parts: a code of JAMI's where the usage has one."""
    dosage = drug.dosage
    if dosage is None:
        return ""
    concept = dosage.usage or Concept()
    found = coding_of(concept, CodeSystem.JAMI_USAGE) or next(iter(concept.codings), None)
    words = escaped(dosage.text or name_of(concept))
    if found is None or not found.code:
        return parts("", words)
    return parts(escaped(found.code), words, CODE_SYSTEMS.get(found.system, "99OTH"))


class Amounts:
    """One dose, the day's dose and the whole amount, as far as they follow exactly from what a source writes."""

    def __init__(self, single: str, daily: str, total: str) -> None:
        self.single = single or NULL
        self.daily = daily
        self.total = total or NULL

    @classmethod
    def of(cls, drug: MedicationRequest) -> Amounts:
        amount = number(drug.quantity)
        if amount is None:
            return cls("", "", "")
        days, a_day = drug.days_supplied, drug.dosage.times_a_day if drug.dosage else None
        written = number(drug.dosage.amount) if drug.dosage else None
        if days is None:
            return cls(_plain(written), "", _plain(amount * drug.times))
        single = written if written is not None else _shared(amount, a_day)
        return cls(_plain(single), _plain(amount), _plain(amount * days))


def _shared(amount: Decimal, times: int | None) -> Decimal | None:
    """One dose of a day's amount; none where it does not come out even."""
    if not times:
        return None
    single = amount / times
    return single if single * times == amount and len(single.as_tuple().digits) <= _DOSE_DIGITS else None


def _plain(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    written = f"{amount:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
