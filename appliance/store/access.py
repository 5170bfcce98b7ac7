"""Consent decisions over the store: what `decide` is asked with comes from here, and what it answered is audited here.

The network's rules and consents count only as fresh as their last complete pull; where the clock cannot be trusted
their age cannot be known, and they count as stale (consent.md, section 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from appliance.clock import from_iso, iso
from appliance.consent.ask import provide, view
from appliance.consent.consents import Consent
from appliance.consent.decision import Decision, Reason
from appliance.consent.request import Purpose, Request
from appliance.consent.rules import Rules
from appliance.limits import CLOCK_MARK_S
from appliance.records.data_class import DataClass
from appliance.store import audit, governing
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.staff import StaffSession

_SNAPSHOT_AT = "snapshot_at"
_TRUSTED_AT = "trusted_at"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a box that has never pulled last did."""


Wanted = tuple[DataClass, str | None]
"""A data class and the ISO date of the data (None: without a date): what PROVIDE is asked for."""


class Item(NamedTuple):
    """What somebody wants to see: a provider's data of one class and of one day (ISO date; None: without a date)."""

    facility: str
    data_class: DataClass | None
    data_date: str | None


# --- freshness -------------------------------------------------------------------------------------


def snapshot_at(store: Store) -> datetime | None:
    """The end of the last complete pull of the network's consents and participants; None: never yet."""
    stored = store.meta(_SNAPSHOT_AT)
    return from_iso(stored) if stored else None


def set_snapshot(store: Store, moment: datetime) -> None:
    """A pull of everything was complete at `moment`; inside a transaction."""
    store.set_meta(_SNAPSHOT_AT, iso(moment))
    note_time(store)


def clock_is_trusted(store: Store) -> bool:
    """Whether the wall clock may be gone by: synchronised, and not behind the last time that could be trusted."""
    marks = [store.meta(_TRUSTED_AT) or "", store.meta(_SNAPSHOT_AT) or ""]
    return store.clock.trusted() and store.now() >= max(marks)  # the marks first: others write them meanwhile


def believed_now(store: Store) -> datetime:
    """The wall clock; the last trusted time when the clock is behind it."""
    marks = [store.meta(_TRUSTED_AT), store.meta(_SNAPSHOT_AT)]
    return max([store.clock.now(), *(from_iso(mark) for mark in marks if mark)])


def note_time(store: Store) -> None:
    """Write down the last trusted time, inside a transaction; it never goes back."""
    if clock_is_trusted(store):
        store.set_meta(_TRUSTED_AT, store.now())


def time_is_due(store: Store) -> bool:
    """Whether `note_time` has something to write."""
    stored = store.meta(_TRUSTED_AT)
    old = stored is None or (store.clock.now() - from_iso(stored)).total_seconds() >= CLOCK_MARK_S
    return old and clock_is_trusted(store)


# --- decisions -------------------------------------------------------------------------------------


_OF_THE_DATA = frozenset({Reason.CONSENT, Reason.HIDDEN, Reason.DATA_PERIOD})
"""Reasons that depend on what is to leave; every earlier row of PROVIDE looks at the patient and the facility only."""


class Gate:
    """PROVIDE, for many questions inside one transaction: what cannot change there is read once."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self.channels = rules.channels
        self._store = store
        self._snapshot = rules.snapshot_to_provide(snapshot_at(store) or _NEVER)
        self._now, self._trusted = store.clock.now(), clock_is_trusted(store)
        self._consents: dict[int, Consent | None] = {}

    def decide(self, patient: int, facility: str, items: Collection[Wanted]) -> dict[Wanted, Decision]:
        """May these of a patient's data leave the box? One answer for each (class, ISO date) that is asked for."""
        if patient not in self._consents:
            self._consents[patient] = governing.current(self._store, patient)
        consent = self._consents[patient]
        decisions: dict[Wanted, Decision] = {}
        decision: Decision | None = None
        for item in items:
            if decision is None or decision.reason in _OF_THE_DATA:
                decision = provide(
                    consent,
                    facility,
                    item[0],
                    _day(item[1]),
                    self._snapshot,
                    self._now,
                    clock_trusted=self._trusted,
                )
            decisions[item] = decision
        return decisions


def provide_decisions(
    store: Store, rules: Rules, patient: int, facility: str, items: Collection[Wanted]
) -> dict[Wanted, Decision]:
    """`Gate.decide`, for one question."""
    return Gate(store, rules).decide(patient, facility, items)


def view_decisions(
    store: Store,
    rules: Rules,
    session: StaffSession,
    patient: int,
    items: Collection[Item],
    *,
    purpose: Purpose = Purpose.TREAT,
) -> dict[Item, Decision]:
    """May the person signed in see these of a patient's data now?"""
    consent = governing.current(store, patient)
    taken_at = snapshot_at(store) or _NEVER
    now, trusted = store.clock.now(), clock_is_trusted(store)
    snapshots = {
        provider: rules.snapshot_to_view(taken_at, session.facility, provider)
        for provider in {item.facility for item in items}
    }
    return {
        item: view(
            consent,
            _request(session, item, purpose),
            snapshots[item.facility],
            now,
            clock_trusted=trusted,
        )
        for item in items
    }


def _request(session: StaffSession, item: Item, purpose: Purpose) -> Request:
    return Request(
        authenticated=True,
        viewer=session.login,
        viewer_facility=session.facility,
        source_facility=item.facility,
        role=session.role,
        purpose=purpose,
        data_class=item.data_class,
        data_date=_day(item.data_date),
    )


def audit_view(
    store: Store,
    rules: Rules,
    session: StaffSession,
    patient: int,
    decided: Iterable[tuple[Item, Decision]],
    *,
    event: Event,
    purpose: Purpose = Purpose.TREAT,
) -> int:
    """One audit row for one look, inside the transaction that decided; its number.

    It holds the set of (provider, class, effect, reason, count), the consent and the policy it was decided by. Pass an
    item as often as there are data of it.
    """
    counted = Counter(
        (item.facility, item.data_class or "", decision.effect, decision.reason) for item, decision in decided
    )
    decisions: list[dict[str, Any]] = [
        {"provider": provider, "class": data_class, "effect": effect, "reason": reason, "count": count}
        for (provider, data_class, effect, reason), count in sorted(counted.items())
    ]
    record = governing.in_force(store, patient)
    return audit.append(
        store,
        event,
        staff=session.staff,
        patient=patient,
        facility=session.facility,
        role=session.role,
        purpose=purpose,
        consent=record.id if record else None,
        policy=rules.policy_version,
        participants=rules.participants_version,
        snapshot_at=store.meta(_SNAPSHOT_AT),
        clock_trusted=clock_is_trusted(store),
        decisions=decisions,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
