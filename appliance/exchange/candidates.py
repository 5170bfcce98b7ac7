"""Staff ask the network who an own patient may be elsewhere (PDQm, ITI-119): by hand, rarely, masked, audited.

For a patient whose data do not show up although they go elsewhere: the region's index may hold another spelling of the
name. Nothing is joined by it; the operator's desk joins persons.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from appliance.clock import iso
from appliance.consent.rules import Rules
from appliance.errors import RenkeiError
from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.patient import patient as as_patient
from appliance.exchange.hub import Hub, Patience, Unanswered
from appliance.exchange.identity import candidates
from appliance.exchange.lookup import consenting_patient, failed
from appliance.exchange.opening import NetworkAwayError
from appliance.exchange.threads import RequestThreads
from appliance.limits import LOOK_UP_CONNECT_S, LOOK_UP_MAX_S, LOOK_UP_READ_S, NETWORK_SEARCHES_PER_HOUR
from appliance.records.messages import FindInNetwork, Message, NetworkCandidate, NetworkCandidates
from appliance.store import audit, staff
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.patients import StoredPatient
from appliance.store.staff import StaffSession

_PATIENCE = Patience(LOOK_UP_CONNECT_S, LOOK_UP_READ_S, LOOK_UP_MAX_S)


class TooManySearchesError(RenkeiError):
    """Whoever asks has asked for as many persons in the network as one may in an hour."""

    code = "LOOKUP-0004"

    def __init__(self) -> None:
        super().__init__(
            "ネットワークでの人の検索は、1時間に決められた回数までです。",
            "Persons in the network may be searched for only so many times an hour.",
            hint_ja="時間をおいてからもう一度お試しください。",
            hint_en="Try again later.",
        )


class TooLittleKnownError(RenkeiError):
    """A search needs the birth date, and the kana name or the insured number."""

    code = "LOOKUP-0005"

    def __init__(self) -> None:
        super().__init__(
            "生年月日と、カナ氏名または被保険者番号がそろっていないため検索できません。",
            "The birth date, and the kana name or the insured number, are needed to search.",
            hint_ja="受付の登録を確かめてください。",
            hint_en="Check what is registered at the reception.",
        )


@dataclass(slots=True)
class Candidates:
    """Answers FindInNetwork. The arguments are those of LookUps."""

    store: Store
    hub: Hub
    rules: Callable[[], Rules]
    hub_is_away: Callable[[], bool]
    _threads: RequestThreads = field(init=False)

    def __post_init__(self) -> None:
        self._threads = RequestThreads(1, "match")

    def answer(self, request: FindInNetwork) -> Message:
        try:
            session = staff.session(self.store, request.token)
            patient = consenting_patient(self.store, self.rules(), session, request.patient)
            return self._found(session, patient)
        except RenkeiError as refusal:
            return failed(refusal)

    def stop(self) -> None:
        self._threads.stop()

    def _found(self, session: StaffSession, patient: StoredPatient) -> NetworkCandidates:
        wanted = _described(patient)
        self._admit(session, patient)
        if self.hub_is_away():
            raise NetworkAwayError
        asked = self._threads.submit(partial(candidates, self.hub, wanted, session.facility, _PATIENCE))
        concurrent.futures.wait([asked], timeout=LOOK_UP_MAX_S)
        if not asked.done() or isinstance(found := asked.result(), Unanswered):
            raise NetworkAwayError
        name = self.rules().name
        return NetworkCandidates(
            candidates=tuple(
                NetworkCandidate(
                    grade=one.grade,
                    name=one.name,
                    birth_date=one.birth_date,
                    sex=one.sex,
                    source_name=name(one.provider),
                )
                for one in found
            )
        )

    def _admit(self, session: StaffSession, patient: StoredPatient) -> None:
        """Count the search, and write it down before anything leaves. Raises TooManySearchesError."""
        with self.store.transaction():
            since = iso(self.store.clock.now() - timedelta(hours=1))
            searched = self.store.value(
                "SELECT count(*) FROM audit WHERE event = ? AND staff = ? AND at > ?",
                (Event.NETWORK_SEARCHED, session.staff, since),
            )
            if searched >= NETWORK_SEARCHES_PER_HOUR:
                raise TooManySearchesError
            audit.append(
                self.store,
                Event.NETWORK_SEARCHED,
                staff=session.staff,
                patient=patient.id,
                facility=session.facility,
                role=session.role,
            )


def _described(patient: StoredPatient) -> Resource:
    """Who is asked for, with no more than recognising takes. Raises TooLittleKnownError."""
    whole = as_patient(patient.resource_id, patient.patient, patient.coverages)
    insured = any(one.number for one in patient.coverages)
    if not whole.get("birthDate") or not (patient.patient.name.kana or insured):
        raise TooLittleKnownError
    kept = ("resourceType", "identifier", "name", "gender", "birthDate")
    return {name: whole[name] for name in kept if name in whole}
