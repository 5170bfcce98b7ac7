"""One claim with every kind of record in it, as typed values. Nobody in it exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from appliance.consent.consents import Consent, Mode
from appliance.consent.states import State
from appliance.exchange.fhir.consent import SignedConsent
from appliance.exchange.fhir.content import Content, Identity, Person
from appliance.exchange.fhir.context import Context
from appliance.records.administrative import (
    Coverage,
    CoverageKind,
    Organization,
    Patient,
    PersonName,
    Practitioner,
    Sex,
)
from appliance.records.clinical import (
    Condition,
    DeviceUseStatement,
    Encounter,
    EncounterClass,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Outcome,
    Procedure,
)
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.document import Document, DocumentKind, Record
from appliance.records.identity import identify_records, patient_id, patient_parts

FACILITY = "1319999012"
RECORDED = "2026-10-01T01:00:00.000Z"
SHA256 = "ab" * 32
KEY = "claim:1319999012:1:2026-08:1112:0123456789abcdef0123"

INSURANCE = Coverage(
    CoverageKind.INSURANCE, 0, "138057", "１２・３", "４５", "01", points=500, copay_yen=1500
)
PUBLIC = Coverage(CoverageKind.PUBLIC, 1, "54136015", number="1234560")
VISIT = Encounter(
    EncounterClass.AMBULATORY,
    date(2026, 8, 3),
    date(2026, 8, 3),
    departments=(Coding(CodeSystem.RECEIPT_DEPARTMENT, "01", "内科"),),
)
STAY = Encounter(EncounterClass.INPATIENT, date(2026, 8, 10), None, admission=date(2026, 7, 28))
DISEASE = Condition(
    Concept((Coding(CodeSystem.RECEIPT_DISEASE, "8833421"),)),
    date(2026, 5, 1),
    modifiers=(
        Concept((Coding(CodeSystem.RECEIPT_MODIFIER, "4012"),)),
        Concept((Coding(CodeSystem.RECEIPT_MODIFIER, "8002"),)),
    ),
    suspected=True,
    outcome=Outcome.CURED,
    main=True,
    notes=(Note("右側"),),
)
UNCODED = Condition(Concept((Coding(CodeSystem.RECEIPT_DISEASE, "0000999"),), "珍しい病名"), None)
ACT = Procedure(
    Concept((Coding(CodeSystem.RECEIPT_PROCEDURE, "112007410"),)),
    date(2026, 8, 3),
    category="12",
    unit_no=1,
    times=2,
    quantity="30",
    points=73,
    notes=(Note("両側"),),
)
MONTHLY_ACT = Procedure(Concept((Coding(CodeSystem.RECEIPT_PROCEDURE, "113001810"),)), None, category="13")
ORAL = MedicationRequest(
    Concept((Coding(CodeSystem.RECEIPT_DRUG, "620008565"),)),
    date(2026, 8, 3),
    category="21",
    rp_number=2,
    order_in_rp=1,
    quantity="3",
    days_supplied=14,
    derived_from_claim=True,
)
AS_NEEDED = MedicationRequest(
    Concept((Coding(CodeSystem.RECEIPT_DRUG, "610443011"),)),
    date(2026, 8, 3),
    category="22",
    rp_number=3,
    order_in_rp=1,
    quantity="0.5",
    times=5,
    derived_from_claim=True,
)
DEVICE = DeviceUseStatement(
    Concept((Coding(CodeSystem.RECEIPT_MATERIAL, "700590000"),)),
    date(2026, 8, 3),
    quantity="2",
    unit="016",
    product="フィルム　半切",
)
NARRATIVE = Observation(
    ObservationCategory.NARRATIVE,
    Concept((Coding(CodeSystem.RECEIPT_SYMPTOM_DETAIL, "01"),)),
    date(2026, 8, 1),
    "発熱が続く。\nＣＲＰ高値。",
)
SURGEON = Practitioner(FACILITY, "練習　次郎", "医師")

RECORDS: tuple[Record, ...] = (
    INSURANCE,
    PUBLIC,
    VISIT,
    STAY,
    DISEASE,
    UNCODED,
    ACT,
    MONTHLY_ACT,
    ORAL,
    AS_NEEDED,
    DEVICE,
    NARRATIVE,
    SURGEON,
)

PATIENT = Patient(
    FACILITY,
    PersonName("練習　太郎", "レンシュウ　タロウ", "練習", "太郎"),
    Sex.MALE,
    date(1950, 1, 1),
    "0012",
)
AT_HOME = replace(
    PATIENT, address="東京都練習区青葉町１丁目１番１号", postal_code="0000000", phone="00-1000-0001"
)


def person(who: Patient = PATIENT, coverages: tuple[Coverage, ...] = (INSURANCE, PUBLIC)) -> Person:
    return Person(patient_id(who.facility, patient_parts(who, coverages)), who, coverages)


def identity(who: Person | None = None) -> Identity:
    return Identity(who or person(), Organization(FACILITY, "練習用内科", "03-0000-0000"), RECORDED)


def content(*records: Record, who: Person | None = None, period: str = "2026-08") -> Content:
    """A claim of these records, of all when none are given."""
    about = who or person()
    made = identify_records(FACILITY, KEY, records or RECORDS, about.resource_id)
    return Content(KEY, DocumentKind.CLAIM, about, period, made, SHA256, RECORDED)


def context() -> Context:
    return content(VISIT).context()


def document(*records: Record) -> Document:
    return Document(DocumentKind.CLAIM, KEY, FACILITY, PATIENT, records or RECORDS, "2026-08")


def signed(state: State = State.ACTIVE, **terms: Any) -> SignedConsent:
    """A blanket consent in this state; `terms` replace what it says."""
    consent = Consent(state, Mode.BLANKET, datetime(2026, 10, 1, 1, tzinfo=UTC), FACILITY)
    return SignedConsent(
        resource_id="5f7c9a3e-0000-5000-8000-000000000001",
        facility=FACILITY,
        consent=replace(consent, **terms),
        signed_at=RECORDED,
        changed_at="2026-10-01T01:05:00.000Z",
        policy_version="1",
        text_id="blanket-ja-1",
        text_hash="cd" * 32,
        ended_at="" if state is State.ACTIVE else "2026-10-02T00:00:00.000Z",
    )
