"""What the network holds of an own patient, for one member of staff: decided and audited before it is shown.

Nothing that names a patient leaves the box without an active signed consent. Whatever is denied is answered with one
neutral sentence, the same whether nothing exists or the patient has hidden it (consent.md, section 3).

What the hub answered is kept for when it cannot be asked, and its emergency set for longer (store/network.py). What is
shown from there is decided anew, like everything else, and says of when it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from appliance.consent import sentences
from appliance.consent.decision import Decision
from appliance.consent.rules import Rules
from appliance.consent.states import State
from appliance.errors import RenkeiError
from appliance.exchange.asking import Found, Wanted, ask_all
from appliance.exchange.emergency import emergency_set
from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.identifiers import IdSystem, patient_key
from appliance.exchange.fhir.reading import words
from appliance.exchange.hub import Hub, Patience
from appliance.exchange.threads import RequestThreads
from appliance.exchange.timeline import TYPES, Seen, kind_of, once, seen
from appliance.limits import (
    LOOK_UP_CONNECT_S,
    LOOK_UP_MAX_ENTRIES,
    LOOK_UP_MAX_S,
    LOOK_UP_READ_S,
)
from appliance.records.clinical import DocumentReference
from appliance.records.messages import Failed, HubView, LookUp, Message, TimelineEntry
from appliance.store import access, chart, governing, network, patients, staff
from appliance.store.access import Item
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.network import Kept, Part
from appliance.store.patients import StoredPatient
from appliance.store.staff import StaffSession

PATIENCE = Patience(LOOK_UP_CONNECT_S, LOOK_UP_READ_S, LOOK_UP_MAX_S)
AWAY_JA = "連携先に接続できないため、他の施設の情報を表示できません。"
AWAY_EN = "The network cannot be reached: other facilities' data cannot be shown."
KEPT_JA = "連携先に接続できないため、以前に取得した他の施設の情報を表示しています。"
KEPT_EN = "The network cannot be reached: other facilities' data are shown as they were fetched before."
EMERGENCY_JA = "連携先に接続できないため、控えてある救急時の情報だけを表示しています。"
EMERGENCY_EN = "The network cannot be reached: only the emergency set that was kept is shown."


class NothingToShowError(RenkeiError):
    """Nobody learns why: no such patient, no consent, or nothing that may be seen."""

    code = "LOOKUP-0001"

    def __init__(self) -> None:
        super().__init__(sentences.NEUTRAL.ja, sentences.NEUTRAL.en)


@dataclass(slots=True)
class LookUps:
    """Answers LookUp. `hub_is_away`: whether the worker knows that asking is in vain; `region`: as in asking.Wanted."""

    store: Store
    hub: Hub
    rules: Callable[[], Rules]
    hub_is_away: Callable[[], bool]
    region: str = ""
    _threads: RequestThreads = field(init=False)

    def __post_init__(self) -> None:
        self._threads = RequestThreads(len(TYPES), "look-up")

    def answer(self, request: LookUp) -> Message:
        try:
            session = staff.session(self.store, request.token)
            patient = consenting_patient(self.store, self.rules(), session, request.patient)
        except RenkeiError as refusal:
            return failed(refusal)
        found = self._ask(patient)
        if found is not None:
            fetched_at = self.store.now()
            self._keep(patient, found, fetched_at)
            lines = self._decided(session, patient, found.resources)
            return HubView(reachable=True, fresh_at=fetched_at, timeline=lines)
        return self._from_what_was_kept(session, patient)

    def stop(self) -> None:
        self._threads.stop()

    def _ask(self, patient: StoredPatient) -> Found | None:
        """Everything the hub shows of the patient and whoever it knows to be the same person; None: no answer in time."""
        if self.hub_is_away():
            return None
        return ask_all(self.hub, self._threads, wanted(self.store, patient, self.region), PATIENCE)

    def _keep(self, patient: StoredPatient, found: Found, fetched_at: str) -> None:
        with self.store.transaction():
            network.keep(self.store, patient.id, Part.LOOK_UP, found.resources, fetched_at)
            keep_found(self.store, patient.id, found, fetched_at)

    def _from_what_was_kept(self, session: StaffSession, patient: StoredPatient) -> HubView:
        whole = network.kept(self.store, patient.id, Part.LOOK_UP)
        emergency = network.kept(self.store, patient.id, Part.EMERGENCY)
        parts = [one for one in (emergency, whole) if one is not None]
        if not parts:
            audit_nothing_shown(self.store, self.rules(), session, patient)
            return HubView(reachable=False, why_ja=AWAY_JA, why_en=AWAY_EN)
        return HubView(
            reachable=False,
            fresh_at=min(one.fetched_at for one in parts),
            timeline=self._decided(session, patient, _together(parts)),
            why_ja=KEPT_JA if whole else EMERGENCY_JA,
            why_en=KEPT_EN if whole else EMERGENCY_EN,
            emergency=whole is None,
        )

    def _decided(
        self, session: StaffSession, patient: StoredPatient, found: list[Resource]
    ) -> tuple[TimelineEntry, ...]:
        """The lines that may be shown, each decided and the whole audited in one transaction."""
        rules = self.rules()
        lines = seen(found, session.facility, rules.name)
        with self.store.transaction():
            asked = [item for line in lines for item in items_of(line)]
            decisions = access.view_decisions(self.store, rules, session, patient.id, set(asked))
            access.audit_view(
                self.store,
                rules,
                session,
                patient.id,
                [one for line in lines for one in judged(items_of(line), decisions)],
                event=Event.NETWORK_VIEWED,
            )
        permitted = [line for line in lines if may_be_seen(line, decisions)]
        shown = once(permitted, own_names(self.store, patient.id))
        return tuple(line.entry for line in shown[:LOOK_UP_MAX_ENTRIES])


def failed(error: RenkeiError) -> Failed:
    """An error as the answer to a question."""
    return Failed(code=error.code, ja=error.ja, en=error.en, hint_ja=error.hint_ja, hint_en=error.hint_en)


def consenting_patient(store: Store, rules: Rules, session: StaffSession, number: int) -> StoredPatient:
    """An own patient with an active consent. Raises NothingToShowError, having audited the look where there is a patient."""
    try:
        patient = patients.load(store, number)
    except KeyError:
        raise NothingToShowError from None
    if patient.facility != session.facility:
        raise NothingToShowError
    record = governing.in_force(store, patient.id)
    if record is None or record.state is not State.ACTIVE:
        audit_nothing_shown(store, rules, session, patient)
        raise NothingToShowError
    return patient


def audit_nothing_shown(store: Store, rules: Rules, session: StaffSession, patient: StoredPatient) -> None:
    with store.transaction():
        access.audit_view(store, rules, session, patient.id, (), event=Event.NETWORK_VIEWED)


def wanted(store: Store, patient: StoredPatient, region: str) -> Wanted:
    """Whom to ask the hub about."""
    own = patient_key(patient.patient, patient.resource_id)
    return Wanted(own, region, network.regional(store, patient.id) if region else None)


def keep_found(store: Store, patient: int, found: Found, fetched_at: str) -> bool:
    """Keep the emergency set of an answer, and the region's number where it was asked for; inside a transaction.

    Whether the set was kept: there is still a consent, and it is not too large.
    """
    if found.regional is not None:
        network.set_regional(store, patient, found.regional)
    return network.keep(store, patient, Part.EMERGENCY, emergency_set(found.resources), fetched_at)


def items_of(line: Seen) -> list[Item]:
    """What consent is asked about a line."""
    return [Item(line.provider, data_class, line.day) for data_class in line.data_classes]


def may_be_seen(line: Seen, decisions: Mapping[Item, Decision]) -> bool:
    """Whole or not at all: every class that a line holds."""
    return all(decisions[item].permits for item in items_of(line))


def judged(items: Collection[Item], decisions: Mapping[Item, Decision]) -> list[tuple[Item, Decision]]:
    """What the audit says of something that is shown whole or not at all: of what is not, only why not.

    The patient reads from it who has seen which kinds of data.
    """
    denied = [(item, decisions[item]) for item in items if not decisions[item].permits]
    return denied or [(item, decisions[item]) for item in items]


def own_names(store: Store, patient: int) -> frozenset[str]:
    """By what the box's own documents of a patient are recognised when the network shows them as somebody else's."""
    files = (one.record for one in chart.records_of(store, patient, ("DocumentReference",)))
    return frozenset(
        f"{IdSystem.ARRIVAL_HASH}|{one.sha256}"
        for one in files
        if isinstance(one, DocumentReference) and one.sha256
    )


def _together(parts: Collection[Kept]) -> list[Resource]:
    """One resource as the newer part has it."""
    by_age = sorted(parts, key=lambda one: one.fetched_at)
    newest = {(kind_of(one), words(one, "id")): one for part in by_age for one in part.resources}
    return list(newest.values())
