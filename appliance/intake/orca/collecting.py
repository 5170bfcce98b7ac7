"""One look at an ORCA server: who changed, which visits there are, and in the evening the days before.

Only lists tell what there is; every difference from what is remembered is fetched, one patient at a time. A patient or
a day that cannot be had is left for the next look and never stops the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from functools import partial
from typing import Final, TypeVar

from appliance.clock import Clock
from appliance.formats.orca.answers import Result
from appliance.formats.orca.heard import Heard, patients_in, visits_in
from appliance.intake.keeper import Keeper
from appliance.intake.orca import memory, reconcile, requests
from appliance.intake.orca.asking import Asking
from appliance.intake.orca.client import Client
from appliance.intake.orca.handing import Handing
from appliance.intake.orca.hints import Hint
from appliance.intake.orca.memory import Day
from appliance.intake.orca.troubles import ENDS_LOOK, OrcaError, Trouble
from appliance.limits import ORCA_FAILURES_MAX, ORCA_LISTS_TRIES_MAX
from appliance.sources import OrcaSource

_FAILING: Final = frozenset({Trouble.SLOW, Trouble.SERVER_ERROR, Trouble.NOT_UNDERSTOOD})
"""Several of these in a row are the server's own trouble."""
_FIRST: Final = Hint(something=True)
T = TypeVar("T")


class Collecting:
    """One source; `asking` carries what its sign of life says."""

    def __init__(self, source: OrcaSource, keeper: Keeper, client: Client, clock: Clock) -> None:
        self._clock = clock
        self._keeper = keeper
        self.asking = Asking(client, keeper, clock)
        self._handing = Handing(source, keeper, self.asking, clock)
        self._troubles: Counter[str] = Counter()
        self._failures = 0
        self._again: set[str] = set()
        self._served: set[str] = set()
        self._today = clock.now().date()
        self._done_today: set[str] = set()
        self._done_tonight: set[str] = set()
        self._tries = self._night_tries = 0

    def look(self, hint: Hint = _FIRST) -> Counter[str]:
        """Bring everything up to date; the troubles met. Raises OrcaError when the server is away, StoreFullError."""
        self._troubles = Counter()
        now, changed = self._changed_today()
        today = now.date()
        if not self._handing.about.began:
            self._handing.remember({}, began=today.isoformat())
        self._note_gap(today)
        self._served = set()
        days = reconcile.days_to_look(self._handing.about, today, hint.days)
        self._tries += 1
        if self._days(days) or self._tries >= ORCA_LISTS_TRIES_MAX:
            self._tries = 0
            if self._handing.about.looked != today.isoformat():
                self._handing.remember({}, looked=today.isoformat())
        for number in sorted({*hint.patients, *self._again} - self._served):
            self._page(number)
        self._pages(changed, self._done_today)
        if reconcile.night_is_due(self._handing.about, now):
            self._night(reconcile.night_of(now), today, looked_at=days)
        self.asking.figures["not_agreed"] = self._handing.about.not_agreed
        return +self._troubles

    def _note_gap(self, today: date) -> None:
        """A gap is told of as long as a person would still be able to close it by hand."""
        lost = reconcile.lost_days(self._handing.about, today)
        if lost:
            self._handing.remember({}, lost=lost, lost_on=today.isoformat())
        self._troubles[Trouble.GAP] += reconcile.gap(self._handing.about, today)

    def _changed_today(self) -> tuple[datetime, Collection[str]]:
        """ORCA's own date and time, and who was registered or changed on that day: it counts days by its own clock."""
        heard = self.asking.ask(requests.patients_changed_on(self._today))
        now = datetime.fromisoformat(heard.moment) if heard.moment else self._clock.now()
        if now.date() != self._today:
            self._today, self._done_today = now.date(), set()
            heard = self.asking.ask(requests.patients_changed_on(self._today))
        return now, self._listed(heard)

    def _listed(self, heard: Heard) -> Collection[str]:
        if heard.result is Result.PARTIAL:
            self._troubles[Trouble.INCOMPLETE] += 1
        return patients_in(heard) if heard.readable else ()

    def _night(self, night: date, today: date, looked_at: Collection[date]) -> None:
        """The days of the window, who was changed or here since the last time, and a share of everybody else."""
        about = self._handing.about
        window = reconcile.window(about, today)
        whole = self._days([day for day in window if day not in looked_at])
        changed: set[str] = set()
        for day in reconcile.changed_days(about, today):
            heard = self._tried(partial(self.asking.ask, requests.patients_changed_on(day)), None)
            whole = whole and heard is not None
            changed.update(self._listed(heard) if heard else ())
        keys = {day: memory.day_key(day) for day in window}
        values = self._keeper.recall(*keys.values())
        days = {day: memory.load(Day, values, key) for day, key in keys.items()}
        changed.update(reconcile.patients_of_the_night(about, days, today))
        self._pages(changed, self._done_tonight)
        self._night_tries += 1
        if whole or self._night_tries >= ORCA_LISTS_TRIES_MAX:
            gone = {memory.day_key(day): b"" for day in reconcile.forgotten_days(about, today)}
            self._handing.remember(gone, night=night.isoformat())
            self._done_tonight, self._night_tries = set(), 0

    def _days(self, days: Iterable[date]) -> bool:
        """Whether every day's list was had; one that was not stops no other."""
        had = [self._tried(partial(self._day, day), otherwise=False) for day in days]
        return all(had)

    def _day(self, day: date) -> bool:
        heard = self.asking.ask(requests.visits_on(day))
        rows = visits_in(heard) if heard.readable else ()
        if any(one.visit.day != day for one in rows):
            raise OrcaError(Trouble.NOT_UNDERSTOOD)
        whole = heard.result is not Result.PARTIAL
        self._troubles[Trouble.INCOMPLETE] += not whole
        key = memory.day_key(day)
        kept = memory.load(Day, self._keeper.recall(key), key)
        plan = reconcile.changes(kept, rows, whole=whole)
        for one in plan.due:
            before, kept = kept, self._tried(partial(self._handing.visit, one, kept), kept)
            if kept is not before:
                self._served.add(one.visit.patient)
        for one in plan.pages:
            kept = self._tried(partial(self._handing.page_of, one, kept), kept)
        for visit in plan.missing:
            after = self._tried(partial(self._handing.missing, visit, kept), kept)
            if after is not kept:
                self._page(visit.patient)
            kept = after
        return True

    def _pages(self, wanted: Collection[str], done: set[str]) -> None:
        """Everybody who was not done yet; a visit taken in this look brought the page with it."""
        done |= self._served & set(wanted)
        for number in sorted(set(wanted) - done):
            if self._page(number):
                done.add(number)

    def _page(self, number: str) -> bool:
        """A patient's page and diagnoses; one that cannot be had is asked about again at the next look."""
        had = self._tried(partial(self._handing.patient, number), otherwise=False)
        (self._again.discard if had else self._again.add)(number)
        return had

    def _tried(self, do: Callable[[], T], otherwise: T) -> T:
        """One thing of many. Raises OrcaError where the server is away, or fails again and again."""
        try:
            done = do()
        except OrcaError as error:
            if error.trouble in ENDS_LOOK:
                raise
            self._troubles[error.trouble] += 1
            self._failures += error.trouble in _FAILING
            if self._failures >= ORCA_FAILURES_MAX:
                self._failures = 0
                raise OrcaError(Trouble.AWAY) from error
            return otherwise
        self._failures = 0
        return done
