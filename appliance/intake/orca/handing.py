"""One patient or one visit: fetched, held against what may be taken, handed over with what is to be remembered of it.

What a patient's page says decides before anything else of the patient is asked for. A patient of whom nothing may be
held never becomes an arrival; one who comes to be so later is taken back; one who may be taken again comes whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import msgspec

from appliance.clock import Clock
from appliance.formats.orca.answers import Result
from appliance.formats.orca.envelope import Envelope, Statement, pack
from appliance.formats.orca.heard import Heard, ListedVisit, history_in, standing_in
from appliance.formats.orca.visits import Visit
from appliance.intake.keeper import Keeper
from appliance.intake.orca import memory, requests
from appliance.intake.orca.asking import Asking
from appliance.intake.orca.memory import Bar, Day, Known, Patient, Source
from appliance.intake.orca.reconcile import seen_now
from appliance.intake.orca.troubles import OrcaError, Trouble
from appliance.limits import ARRIVAL_PIECE_BYTES
from appliance.records.identity import digest
from appliance.sources import OrcaSource


class Handing:
    """Hands over to the intake. `about` is the memory of the source as a whole, kept with every arrival."""

    def __init__(self, source: OrcaSource, keeper: Keeper, asking: Asking, clock: Clock) -> None:
        self._gate = source.community_agreement
        self._keeper = keeper
        self._asking = asking
        self._clock = clock
        self.about = memory.load(Source, keeper.recall(memory.SOURCE), memory.SOURCE)

    def remember(self, values: Mapping[str, bytes], **changed: str | int) -> None:
        """Keep values and changes of the source's memory, without an arrival."""
        about = msgspec.structs.replace(self.about, **changed)
        self._keeper.remember({**values, memory.SOURCE: memory.dump(about)})
        self.about = about

    def visit(self, listed: ListedVisit, day: Day) -> Day:
        """Take a visit that is new or was changed; the day's memory with it. Raises OrcaError, StoreFullError."""
        visit, name = listed.visit, memory.visit_name(listed.visit)
        page, known = self._page(visit.patient), self._known(visit.patient)
        after = day.having(name, seen_now(listed))
        also = {memory.day_key(visit.day): memory.dump(after)}
        if self._bar_of(page):
            fresh = Known(taken=False, physician=listed.physician)
            known = known if name in known.visits else known.having(name, fresh)
            self._withhold(page, visit.patient, known, also)
            return after
        known = self._freed(page, known)
        return after if self._take(page, visit, listed.physician, known, also) else day

    def page_of(self, listed: ListedVisit, day: Day) -> Day:
        """Take the page and diagnoses of a patient whose page was changed after the visit was taken."""
        after = day.having(memory.visit_name(listed.visit), seen_now(listed))
        self.patient(listed.visit.patient, {memory.day_key(listed.visit.day): memory.dump(after)})
        return after

    def patient(self, number: str, also: Mapping[str, bytes] | None = None) -> bool:
        """Take a patient's page and diagnoses as they are now. Raises OrcaError, StoreFullError."""
        page = self._page(number)
        standing = standing_in(page)
        number = standing.patient if standing else number
        known = self._known(number)
        if self._bar_of(page):
            if known != Patient() or standing or also:
                self._withhold(page, number, known, also or {})
            return True
        known = self._freed(page, known)
        diseases = self._diseases(page, number)
        after = known.with_page(_content(page, diseases))
        if after.page != known.page:
            answers = (page.data, diseases.data)
            envelope = Envelope(Statement.PATIENT, number, page.moment, answers=answers)
            self._hand_over(envelope, after, also or {})
        elif also or after != self._known(number):
            self._remember(number, after, also or {})
        return True

    def missing(self, visit: Visit, day: Day) -> Day:
        """A visit is listed no more: where the patient's history lacks it too, it was deleted."""
        history = self._asking.ask(requests.history_of(visit.patient, visit.day))
        if history.result is Result.PARTIAL or visit in set(history_in(history)):
            raise OrcaError(Trouble.INCOMPLETE)
        name, known = memory.visit_name(visit), self._known(visit.patient)
        after, rest = day.lacking(name), known.lacking(name)
        also = {memory.day_key(visit.day): memory.dump(after)}
        if name in known.taken():
            answers = (history.data,)
            envelope = Envelope(Statement.DELETED, visit.patient, history.moment, (visit,), answers=answers)
            self._hand_over(envelope, rest, also)
        else:
            self._remember(visit.patient, rest, also)
        return after

    def _take(
        self, page: Heard, visit: Visit, physician: str, known: Patient, also: Mapping[str, bytes]
    ) -> Patient | None:
        """None when there is nothing to take: it was deleted a moment ago, as the next list will say."""
        acts = self._asking.ask(requests.acts_of(visit))
        if not acts.readable:
            return None
        diseases = self._diseases(page, visit.patient)
        answers = (page.data, acts.data, diseases.data)
        mine = known.having(memory.visit_name(visit), Known(taken=True, physician=physician))
        mine = mine.with_page(_content(page, diseases))
        envelope = Envelope(
            Statement.VISIT, visit.patient, acts.moment, (visit,), physician=physician, answers=answers
        )
        self._hand_over(envelope, mine, also)
        return mine

    def _freed(self, page: Heard, known: Patient) -> Patient:
        """Everything that was withheld of a patient of whom all may be taken now; then the bar is lifted."""
        if known.bar:
            for name, own in known.withheld().items():
                known = self._take(page, memory.visit_of(name), own.physician, known, {}) or known
        return known.freed()

    def _withhold(self, page: Heard, number: str, known: Patient, also: Mapping[str, bytes]) -> None:
        """Take back what was taken; remember what there is."""
        after = known.barred(self._bar_of(page))
        held = tuple(memory.visit_of(name) for name in known.taken())
        if held or known.page:
            self._hand_over(Envelope(Statement.WITHHELD, number, page.moment, held), after, also)
        else:
            self._remember(number, after, also)

    def _hand_over(self, envelope: Envelope, known: Patient, also: Mapping[str, bytes]) -> None:
        told = envelope.moment or f"{self._clock.now():%Y-%m-%dT%H:%M:%S}"
        envelope = replace(envelope, moment=max(self.about.moment, told), number=self.about.given + 1)
        about = self._about(envelope.patient, known, moment=envelope.moment, given=envelope.number)
        values = {memory.patient_key(envelope.patient): memory.dump(known), memory.SOURCE: memory.dump(about)}
        self._keeper.take(envelope.statement.value, _pieces(pack(envelope)), {**also, **values})
        self.about = about

    def _remember(self, number: str, known: Patient, also: Mapping[str, bytes]) -> None:
        about = self._about(number, known)
        values = {memory.patient_key(number): memory.dump(known), memory.SOURCE: memory.dump(about)}
        self._keeper.remember({**also, **values})
        self.about = about

    def _about(self, number: str, known: Patient, **changed: str | int) -> Source:
        """The source's memory once `known` is remembered: patients who have not agreed are counted."""
        change = (known.bar is Bar.NOT_AGREED) - (self._known(number).bar is Bar.NOT_AGREED)
        return msgspec.structs.replace(self.about, not_agreed=self.about.not_agreed + change, **changed)

    def _page(self, number: str) -> Heard:
        page = self._asking.ask(requests.patient_page(number))
        standing = standing_in(page)
        other = standing is not None and standing.patient.lstrip("0") != number.lstrip("0")
        if other or (standing is None and page.result is not Result.NO_PATIENT):
            raise OrcaError(Trouble.NOT_UNDERSTOOD)
        return page

    def _bar_of(self, page: Heard) -> Bar:
        standing = standing_in(page)
        if standing is None:
            return Bar.GONE
        if standing.test:
            return Bar.TEST
        return Bar.NOT_AGREED if self._gate and standing.agreed is False else Bar.NONE

    def _diseases(self, page: Heard, number: str) -> Heard:
        today = (page.moment or f"{self._clock.now():%Y-%m-%d}")[:10]
        diseases = self._asking.ask(requests.diseases_of(number, date.fromisoformat(today)))
        if not diseases.readable and diseases.result is not Result.NOTHING:
            raise OrcaError(Trouble.REFUSED)
        return diseases

    def _known(self, number: str) -> Patient:
        key = memory.patient_key(number)
        return memory.load(Patient, self._keeper.recall(key), key)


def _content(page: Heard, diseases: Heard) -> str:
    return digest(page.content, diseases.content)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[at : at + ARRIVAL_PIECE_BYTES] for at in range(0, len(data), ARRIVAL_PIECE_BYTES))
