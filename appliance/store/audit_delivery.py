"""The audit rows of deliveries: whose data of which classes have left the box, by which consent, or were refused.

They are written in the transaction that says so, by `deliveries.move`, whichever way the outcome became known.
"""

from __future__ import annotations

from appliance.records.data_class import DataClass
from appliance.store import audit, governing
from appliance.store.audit import Event
from appliance.store.db import Store

_OF_A_PERSON = {"identity": (DataClass.BASIC.value, DataClass.INSURANCE.value)}


def note(store: Store, delivery: int, event: Event) -> None:
    """Write down that a delivery has arrived, or was refused; inside a transaction.

    The classes are those its document holds and the patient's consent does not hide now.
    """
    kind, channel, facility, patient, document, consent = store.row(
        "SELECT kind, channel, facility, patient, document, consent FROM deliveries WHERE id = ?", (delivery,)
    ) or ("", "", "", None, None, None)
    classes: list[str] = list(_OF_A_PERSON.get(kind, ()))
    if document is not None and kind != "remove":
        classes += _of_document(store, document, patient)
    if consent is None and patient is not None:
        consent = store.value(
            "SELECT id FROM consents WHERE patient = ? AND state IN ('active', 'suspended')", (patient,)
        )
    audit.append(
        store,
        event,
        patient=patient,
        facility=facility,
        delivery=delivery,
        kind=kind,
        channel=channel,
        classes=classes,
        consent=consent,
        purpose="treat",
    )


def _of_document(store: Store, document: int, patient: int) -> list[str]:
    held = {
        row[0]
        for row in store.rows("SELECT DISTINCT data_class FROM records WHERE document = ?", (document,))
    }
    consent = governing.current(store, patient)
    hidden = {one.value for one in consent.hidden_classes} if consent else set()
    return sorted(held - hidden)
