"""What the network holds of an own patient, for one member of staff: decided and audited before it is shown.

Nothing that names a patient leaves the box without an active signed consent. Whatever is denied is answered with one
neutral sentence, the same whether nothing exists or the patient has hidden it (consent.md, section 3).
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from appliance.consent import sentences
from appliance.consent.rules import Rules
from appliance.consent.states import State
from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.identifiers import patient_key
from appliance.exchange.hub import Hub, Patience, Unanswered
from appliance.exchange.threads import RequestThreads
from appliance.exchange.timeline import TYPES, Seen, seen
from appliance.limits import (
    LOOK_UP_CONNECT_S,
    LOOK_UP_MAX_ENTRIES,
    LOOK_UP_MAX_S,
    LOOK_UP_READ_S,
)
from appliance.records.messages import Failed, HubView, LookUp, Message
from appliance.store import access, governing, patients, staff
from appliance.store.access import Item
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.patients import StoredPatient
from appliance.store.staff import NoSessionError, StaffSession

_PATIENCE = Patience(LOOK_UP_CONNECT_S, LOOK_UP_READ_S, LOOK_UP_MAX_S)
_PAGE = "200"
AWAY_JA = "連携先に接続できないため、他の施設の情報を表示できません。"
AWAY_EN = "The network cannot be reached: other facilities' data cannot be shown."


@dataclass(slots=True)
class LookUps:
    """Answers LookUp. `hub_is_away`: whether the worker knows that asking is in vain."""

    store: Store
    hub: Hub
    rules: Callable[[], Rules]
    hub_is_away: Callable[[], bool]
    _threads: RequestThreads = field(init=False)

    def __post_init__(self) -> None:
        self._threads = RequestThreads(len(TYPES), "look-up")

    def answer(self, request: LookUp) -> Message:
        try:
            session = staff.session(self.store, request.token)
        except NoSessionError as error:
            return Failed(
                code=error.code, ja=error.ja, en=error.en, hint_ja=error.hint_ja, hint_en=error.hint_en
            )
        patient = self._own_patient(session, request.patient)
        if patient is None or not self._has_consented(patient):
            self._note_nothing_shown(session, patient)
            return Failed(code="LOOKUP-0001", ja=sentences.NEUTRAL.ja, en=sentences.NEUTRAL.en)
        found = self._ask(patient)
        if found is None:
            self._note_nothing_shown(session, patient)
            return HubView(reachable=False, why_ja=AWAY_JA, why_en=AWAY_EN)
        return self._shown(session, patient, found)

    def stop(self) -> None:
        self._threads.stop()

    def _own_patient(self, session: StaffSession, patient: int) -> StoredPatient | None:
        try:
            found = patients.load(self.store, patient)
        except KeyError:
            return None
        return found if found.facility == session.facility else None

    def _has_consented(self, patient: StoredPatient) -> bool:
        record = governing.in_force(self.store, patient.id)
        return record is not None and record.state is State.ACTIVE

    def _note_nothing_shown(self, session: StaffSession, patient: StoredPatient | None) -> None:
        if patient is not None:
            with self.store.transaction():
                access.audit_view(
                    self.store, self.rules(), session, patient.id, (), event=Event.NETWORK_VIEWED
                )

    def _ask(self, patient: StoredPatient) -> list[Resource] | None:
        """Everything the hub shows of the patient and whoever it knows to be the same person; None: no answer in time."""
        if self.hub_is_away():
            return None
        person = patient_key(patient.patient, patient.resource_id).as_search()
        terms = [("patient.identifier", person), ("_count", _PAGE)]
        asked = [self._threads.submit(partial(self.hub.search, kind, terms, _PATIENCE)) for kind in TYPES]
        done, late = concurrent.futures.wait(asked, timeout=LOOK_UP_MAX_S)
        answers = [one.result() for one in asked if one in done]
        if late or any(isinstance(answer, Unanswered) for answer in answers):
            return None
        return [one for answer in answers if not isinstance(answer, Unanswered) for one in answer]

    def _shown(self, session: StaffSession, patient: StoredPatient, found: list[Resource]) -> HubView:
        rules = self.rules()
        lines = seen(found, session.facility, rules.name)
        with self.store.transaction():
            decisions = access.view_decisions(
                self.store, rules, session, patient.id, {_item(line) for line in lines}
            )
            decided = [(_item(line), decisions[_item(line)]) for line in lines]
            access.audit_view(self.store, rules, session, patient.id, decided, event=Event.NETWORK_VIEWED)
        permitted = [line.entry for line in lines if decisions[_item(line)].permits]
        return HubView(
            reachable=True,
            fresh_at=self.store.now(),
            timeline=tuple(permitted[:LOOK_UP_MAX_ENTRIES]),
        )


def _item(line: Seen) -> Item:
    return Item(line.provider, line.data_class, line.day)
