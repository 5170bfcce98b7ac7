"""One row of every kind of event, as the product writes them: patients with and without consent, staff, views, deliveries."""

from __future__ import annotations

from pathlib import Path

from appliance.consent.decision import Decision, Effect, Reason
from appliance.exchange.audit.telling import Told, told
from appliance.records.data_class import DataClass
from appliance.store import access, audit, audit_anchor
from appliance.store.access import Item
from appliance.store.audit import Event
from appliance.store.audit_anchor import DeviceKey
from appliance.store.db import Store
from tests.store import consented
from tests.store.made import FACILITY, rules

NAMES = ("練習", "太郎", "花子", "レンシュウ", "1950-01-01", "06132013")
"""What stands in the store of these patients and staff, and must never leave."""
SECRET = "山田さんに頼まれた"
"""Free words of staff."""
OTHER = "1319999020"
AGREED, SILENT = "88001", "88002"
"""Chart numbers: of a patient with an active consent, and of one without."""


def everything(store: Store, certificate: Path, key: Path) -> tuple[int, int]:
    """Writes at least one row of every event; the rows of the agreed and of the silent patient."""
    known = rules()
    doctor = consented.doctor(store)
    with store.transaction():
        access.set_snapshot(store, store.clock.now())
    agreed = consented.own_patient(store, known, AGREED)
    silent = consented.own_patient(store, known, SILENT)
    consented.agree(store, known, doctor, agreed)
    seen = [
        (Item(provider, data_class, "2026-08-03"), Decision(effect, reason, "", ""))
        for provider in (FACILITY, OTHER)
        for data_class in (DataClass.MEDICATION, DataClass.LAB)
        for effect, reason in ((Effect.PERMIT, Reason.CONSENT), (Effect.DENY, Reason.HIDDEN))
    ]
    with store.transaction():
        for who in (agreed, silent):
            for event in (Event.PATIENT_SHOWN, Event.NETWORK_VIEWED):
                access.audit_view(store, known, doctor, who, seen, event=event)
            access.audit_view(store, known, doctor, who, (), event=Event.NETWORK_VIEWED)
            for event in (Event.DELIVERY_SENT, Event.DELIVERY_REFUSED):
                audit.append(
                    store, event, patient=who, facility=FACILITY, delivery=7, kind="put", consent=1,
                    classes=["lab", "medication"], reason=SECRET,
                )  # fmt: skip
        for event in Event:
            audit.append(
                store, event, staff=doctor.staff, patient=silent, facility=FACILITY, role="doctor",
                reason=SECRET, note=SECRET, patients=[silent, agreed],
            )  # fmt: skip
            audit.append(store, event, reason=SECRET)
    audit_anchor.anchor_now(store, DeviceKey(certificate, key), "box-1")
    return agreed, silent


def all_told(store: Store, site: object) -> list[Told]:
    return [told(store, site, row) for row in audit.entries(store)]  # type: ignore[arg-type]
