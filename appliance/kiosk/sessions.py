"""The signed-in browsers, in memory only: a restart of the kiosk signs everybody out.

A session is found by the value of its browser's cookie, which changes at every sign-in. While a patient has the screen
(`flow`), the session serves that patient's screens and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from appliance.clock import Clock
from appliance.kiosk.drafts import Draft, Finished, Outcome, finished
from appliance.kiosk.problems import StaleFormError
from appliance.kiosk.references import References
from appliance.limits import (
    KIOSK_DRAFT_GRACE_S,
    KIOSK_DRAFT_IDLE_S,
    KIOSK_DRAFT_QUESTION_S,
    KIOSK_REFERENCES_MAX,
    KIOSK_SESSIONS_MAX,
    SESSION_IDLE_S,
    SESSION_TOUCH_S,
)
from appliance.records.messages import SignedIn

SESSION_LASTS_S = SESSION_IDLE_S - SESSION_TOUCH_S
"""Without any action: so long the desk surely keeps a session, whose activity it writes down now and then only."""
_DRAFT_LASTS_S = KIOSK_DRAFT_IDLE_S + KIOSK_DRAFT_QUESTION_S + KIOSK_DRAFT_GRACE_S


class TextSize(StrEnum):
    """The patient's choice of letters."""

    NORMAL = "normal"
    LARGE = "large"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True)
class Search:
    """What staff last searched for; kept here so that no address holds it."""

    kana: str = ""
    number: str = ""
    birth_date: date | None = None


@dataclass(slots=True)
class Session:
    """One signed-in browser: who, the desk's token, and what is on its screen."""

    login: str
    who: SignedIn
    seen_s: float
    references: References = field(default_factory=References)
    search: Search | None = None
    flow: Draft | Finished | None = None
    text_size: TextSize = TextSize.NORMAL
    patient_of: dict[int, int] = field(default_factory=dict)
    """Whose the consents are that this session has come across, for the way back to their page."""
    notice: str = ""
    """A message for the next page, shown once."""

    @property
    def token(self) -> str:
        return self.who.token

    def remember_consent(self, consent: int, patient: int) -> None:
        if len(self.patient_of) >= KIOSK_REFERENCES_MAX:
            self.patient_of.clear()
        self.patient_of[consent] = patient

    def take_notice(self) -> str:
        notice, self.notice = self.notice, ""
        return notice


class Sessions:
    """Every session by its browser's cookie value."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_browser: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._by_browser)

    def start(self, browser: str, login: str, who: SignedIn) -> Session:
        """A new session; the longest unused one ends where there are too many."""
        session = Session(login, who, self._clock.monotonic_s())
        self._by_browser[browser] = session
        if len(self._by_browser) > KIOSK_SESSIONS_MAX:
            idlest = min(self._by_browser, key=lambda one: self._by_browser[one].seen_s)
            del self._by_browser[idlest]
        return session

    def rename(self, browser: str, fresh: str, who: SignedIn) -> None:
        """Bind a session to a new cookie value and a new token, after its person proved themselves again.

        Raises StaleFormError when it has another cookie value already: the same form came twice.
        """
        session = self._by_browser.pop(browser, None)
        if session is None:
            raise StaleFormError
        session.who = who
        self._by_browser[fresh] = session

    def find(self, browser: str) -> Session | None:
        """The browser's session; None when it has none or it lay idle too long."""
        self.sweep()
        return self._by_browser.get(browser)

    def touch(self, session: Session) -> None:
        session.seen_s = self._clock.monotonic_s()

    def end(self, browser: str) -> Session | None:
        return self._by_browser.pop(browser, None)

    def sweep(self) -> None:
        """Wipe drafts whose patient has gone, and end sessions that lay idle."""
        now_s = self._clock.monotonic_s()
        for browser, session in list(self._by_browser.items()):
            idle_s = now_s - session.seen_s
            if idle_s >= SESSION_LASTS_S:
                del self._by_browser[browser]
            elif isinstance(session.flow, Draft) and idle_s >= _DRAFT_LASTS_S:
                session.flow = finished(session.flow, Outcome.LEFT)
