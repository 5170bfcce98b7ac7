"""Who has looked at a patient's data here: the access history, read from the audit."""

from __future__ import annotations

from appliance.desk.desk import Desk
from appliance.limits import ACCESS_HISTORY_MAX
from appliance.records.messages import AccessHistory, AccessHistoryItem, AccessHistoryRequest
from appliance.store import audit
from appliance.store.audit import Entry, Event

_URGENT = frozenset({"emergency", "disaster"})


def access_history(desk: Desk, asked: AccessHistoryRequest) -> AccessHistory:
    """The looks at a patient's clinical data, newest first; looking at the history is audited as well."""
    with desk.store.transaction() as store:
        session = desk.session(asked.token)
        found = desk.patient(session, asked.patient)
        looks = audit.of_patient(store, found.id, audit.VIEWS, ACCESS_HISTORY_MAX)
        audit.append(
            store,
            Event.ACCESS_HISTORY_SHOWN,
            staff=session.staff,
            patient=found.id,
            facility=session.facility,
            role=session.role,
            count=len(looks),
        )
    return AccessHistory(items=tuple(_item(desk, look) for look in looks))


def _item(desk: Desk, look: Entry) -> AccessHistoryItem:
    """What was shown, by class; what was denied is left out: nobody saw it."""
    seen = {one["class"] for one in look.body["decisions"] if one["effect"] != "deny"}
    return AccessHistoryItem(
        at=look.at,
        facility_name=desk.site.facility_name(look.body["facility"]),
        role=look.body["role"],
        event=look.event,
        data_classes=tuple(sorted(seen)),
        emergency=look.body["purpose"] in _URGENT,
    )
