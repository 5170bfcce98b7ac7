"""Opening a document of the network for one member of staff, piece by piece over the socket.

Every piece is decided anew, the first one is audited. Bytes are held in memory only, of few documents, for a short time.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from appliance.consent.rules import Rules
from appliance.errors import RenkeiError
from appliance.exchange.fetching import Absent, Answer, Broken, BrokenDocumentError, Fetched, fetch
from appliance.exchange.hub import Hub, Unanswered
from appliance.exchange.lookup import (
    AWAY_EN,
    AWAY_JA,
    NothingToShowError,
    consenting_patient,
    failed,
    judged,
    wanted,
)
from appliance.exchange.threads import RequestThreads
from appliance.limits import DOCUMENT_OPEN_S, DOCUMENT_PIECE_BYTES, DOCUMENT_WAIT_S, DOCUMENTS_OPEN_MAX
from appliance.records.messages import DocumentPiece, Message, ReadDocument
from appliance.store import access, staff
from appliance.store.access import Item
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.patients import StoredPatient
from appliance.store.staff import StaffSession


class NetworkAwayError(RenkeiError):
    """The hub cannot be asked for the document now; what was kept of it are its lines, never its bytes."""

    code = "LOOKUP-0003"

    def __init__(self) -> None:
        super().__init__(AWAY_JA, AWAY_EN)


@dataclass(slots=True)
class _Open:
    """A document under way or here; `read_s` is when it was last asked for."""

    answer: Future[Answer]
    read_s: float


@dataclass(slots=True)
class Opening:
    """Answers ReadDocument. The arguments are those of LookUps."""

    store: Store
    hub: Hub
    rules: Callable[[], Rules]
    hub_is_away: Callable[[], bool]
    region: str = ""
    _threads: RequestThreads = field(init=False)
    _open: dict[tuple[int, str], _Open] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._threads = RequestThreads(DOCUMENTS_OPEN_MAX, "document")

    def answer(self, request: ReadDocument) -> Message:
        try:
            session = staff.session(self.store, request.token)
            patient = consenting_patient(self.store, self.rules(), session, request.patient)
            return self._piece(session, patient, request)
        except RenkeiError as refusal:
            return failed(refusal)

    def forget(self) -> None:
        """Let go what nobody reads any more; with every cycle of the service."""
        now_s = self.store.clock.monotonic_s()
        for key, one in list(self._open.items()):
            if now_s - one.read_s >= DOCUMENT_OPEN_S:
                del self._open[key]

    def stop(self) -> None:
        self._threads.stop()

    def _piece(self, session: StaffSession, patient: StoredPatient, request: ReadDocument) -> DocumentPiece:
        key = patient.id, request.document
        opened = self._opened(patient, request.document)
        opened.read_s = self.store.clock.monotonic_s()
        concurrent.futures.wait([opened.answer], timeout=DOCUMENT_WAIT_S)
        if not opened.answer.done():
            return DocumentPiece(ready=False)
        if opened.answer.exception() is not None:
            del self._open[key]
        answer = opened.answer.result()
        if isinstance(answer, Fetched) and self._may_see(
            session, patient, answer, audited=not request.offset
        ):
            return self._cut(answer, request.offset)
        self._open.pop(key, None)
        match answer:
            case Unanswered():
                raise NetworkAwayError
            case Broken():
                raise BrokenDocumentError
            case Absent() | Fetched():
                raise NothingToShowError

    def _opened(self, patient: StoredPatient, document: str) -> _Open:
        known = self._open.get((patient.id, document))
        if known is not None:
            return known
        if self.hub_is_away():
            raise NetworkAwayError
        while len(self._open) >= DOCUMENTS_OPEN_MAX:
            del self._open[next(iter(self._open))]
        person = wanted(self.store, patient, self.region).terms()
        fresh = _Open(self._threads.submit(partial(fetch, self.hub, person, document)), 0.0)
        self._open[patient.id, document] = fresh
        return fresh

    def _may_see(
        self, session: StaffSession, patient: StoredPatient, document: Fetched, *, audited: bool
    ) -> bool:
        """Whole or not at all: every class that it holds; where none is known, none."""
        rules = self.rules()
        items = [Item(document.provider, one, document.day) for one in document.data_classes]
        with self.store.transaction():
            decisions = access.view_decisions(self.store, rules, session, patient.id, set(items))
            permitted = bool(items) and all(decisions[item].permits for item in items)
            if audited or not permitted:
                access.audit_view(
                    self.store,
                    rules,
                    session,
                    patient.id,
                    judged(items, decisions),
                    event=Event.DOCUMENT_OPENED,
                )
        return permitted

    def _cut(self, document: Fetched, offset: int) -> DocumentPiece:
        start = max(0, offset)
        return DocumentPiece(
            ready=True,
            content_type=document.content_type,
            title=document.title,
            source_name=self.rules().name(document.provider),
            date=document.date,
            size_bytes=len(document.content),
            data=document.content[start : start + DOCUMENT_PIECE_BYTES],
        )
