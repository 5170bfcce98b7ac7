"""Small made-up claims, rules and stores for the tests of this folder. Nobody in them exists."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from appliance.clock import JST, ManualClock, iso
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.rules import Rules, parse_rules
from appliance.records.administrative import Coverage, CoverageKind, Patient, PersonName, Sex
from appliance.records.clinical import Condition, Encounter, EncounterClass, Procedure
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.document import Document, DocumentKind, Record
from appliance.records.identity import claim_key
from appliance.store import access, arrivals
from appliance.store.db import Store, create_store

FACILITY = "1319999012"


def rules() -> Rules:
    since = datetime(2025, 4, 1, tzinfo=JST)
    return parse_rules(
        policy_document("1"), participants_document("1", [(FACILITY, "練習用内科", "clinic")], since)
    )


def new_store(folder: Path, clock: ManualClock | None = None) -> Store:
    """A new store that has just pulled everything."""
    store = create_store(folder / "store.db", bytes(32), clock or ManualClock())
    with store.transaction():
        access.set_snapshot(store, store.clock.now())
    return store


def patient(chart: str = "0001", birth: date | None = date(1950, 1, 1), sex: Sex = Sex.MALE) -> Patient:
    return Patient(FACILITY, PersonName("練習　太郎", "レンシュウタロウ", "練習", "太郎"), sex, birth, chart)


def coverage(number: str = "１２３", branch: str = "01") -> Coverage:
    return Coverage(CoverageKind.INSURANCE, 0, "06132013", "１２", number, branch, points=300)


def disease(code: str = "8833421", onset: date = date(2026, 5, 1)) -> Condition:
    return Condition(Concept((Coding(CodeSystem.RECEIPT_DISEASE, code),)), onset)


def act(code: str = "112007410", day: date = date(2026, 8, 3)) -> Procedure:
    return Procedure(Concept((Coding(CodeSystem.RECEIPT_PROCEDURE, code),)), day, "12", 1)


def claim(
    who: Patient | None = None,
    *records: Record,
    month: str = "2026-08",
    sequence: str = "2026-09",
    line: int = 2,
    insured: Coverage | None = None,
    volume: str = "00",
) -> Document:
    """A claim of one visit with the records given (a disease and an act when none are)."""
    who = who or patient()
    insured = insured or coverage()
    visit = Encounter(EncounterClass.AMBULATORY, date(2026, 8, 3), date(2026, 8, 3))
    return Document(
        kind=DocumentKind.CLAIM,
        key=claim_key(FACILITY, "1", month, "1112", who, (insured,)),
        facility=FACILITY,
        patient=who,
        records=(insured, visit, *(records or (disease(), act()))),
        period=month,
        sequence=sequence,
        set_key=f"uke-ika:{FACILITY}:1:{sequence}:{volume}",
        points=300,
        points_computed=300,
        first_line=line,
        last_line=line + 5,
    )


def arrival(store: Store, content: bytes) -> int:
    return arrivals.take(store, source="folder", facility=FACILITY, name="RECEIPTC.UKE", content=content).id


def consent_row(store: Store, who: int, state: str = "active") -> int:
    """A signed blanket consent straight into the store, for tests of what follows from one."""
    from appliance.consent.consents import Consent, Mode
    from appliance.consent.signers import Signer
    from appliance.consent.states import State
    from appliance.records.codec import encode

    now = iso(store.clock.now())
    columns = {
        "facility": FACILITY,
        "patient": who,
        "state": state,
        "mode": "blanket",
        "policy_version": "1",
        "text_id": "t",
        "text_hash": "h",
        "language": "ja",
        "body": encode(Consent(State.ACTIVE, Mode.BLANKET, store.clock.now(), FACILITY)),
        "effective": now,
        "evidence_kind": "KIOSK",
        "evidence_hash": "e",
        "signer": encode(Signer()).decode(),
        "copy_state": "owed",
        "device_id": "box",
        "clock_trusted": 1,
        "signed_at": now,
        "changed_at": now,
        "request_id": f"request-{who}-{state}-{now}-{store.value('SELECT count(*) FROM consents')}",
    }
    columns["resource_id"] = columns["request_id"]
    marks = ", ".join("?" * len(columns))
    return store.insert(
        f"INSERT INTO consents ({', '.join(columns)}) VALUES ({marks})", list(columns.values())
    )
