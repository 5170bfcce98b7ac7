"""A patient's way through the screens of a consent or a withdrawal: values in, values out, in memory only.

A draft is never stored. It ends as `Finished`, which keeps neither text nor strokes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.kiosk.problems import FormUnreadableError
from appliance.records.messages import ConsentText


class Purpose(StrEnum):
    """What the patient was handed the screen for."""

    CONSENT = "consent"
    WITHDRAWAL = "withdrawal"


class Screen(StrEnum):
    """The kinds of screen a patient sees, one question each."""

    STEP = "step"
    DECISION = "decision"
    SIGNATURE = "signature"


class Action(StrEnum):
    """What a patient's button may ask for."""

    NEXT = "next"
    BACK = "back"
    AGREE = "agree"
    DECLINE = "decline"
    LATER = "later"
    LEAVE = "leave"
    """Nobody answered the question whether to go on: the page says so."""
    SIGN = "sign"


class Outcome(StrEnum):
    """How a patient's turn ended."""

    SIGNED = "signed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LATER = "later"
    LEFT = "left"
    """Nobody answered the question whether to go on."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A consent or withdrawal under way. `request_id` makes a signature sent twice count once."""

    purpose: Purpose
    patient: int
    text: ConsentText
    request_id: str
    position: int = 0

    @property
    def screens(self) -> tuple[Screen, ...]:
        steps = len(self.text.steps) if self.purpose is Purpose.CONSENT else 0
        return (Screen.STEP,) * steps + (Screen.DECISION, Screen.SIGNATURE)

    @property
    def screen(self) -> Screen:
        return self.screens[self.position]


@dataclass(frozen=True, slots=True)
class Finished:
    """A turn that ended; `consent` is the record it made, None where none was made or it is not known."""

    purpose: Purpose
    outcome: Outcome
    patient: int
    language: str
    consent: int | None = None


_MOVES: dict[tuple[Screen, Action], int] = {
    (Screen.STEP, Action.NEXT): 1,
    (Screen.STEP, Action.BACK): -1,
    (Screen.DECISION, Action.AGREE): 1,
    (Screen.DECISION, Action.BACK): -1,
    (Screen.SIGNATURE, Action.BACK): -1,
}
_ENDINGS: dict[tuple[Purpose, Screen, Action], Outcome] = {
    (Purpose.CONSENT, Screen.DECISION, Action.DECLINE): Outcome.DECLINED,
    (Purpose.CONSENT, Screen.SIGNATURE, Action.SIGN): Outcome.SIGNED,
    (Purpose.WITHDRAWAL, Screen.SIGNATURE, Action.SIGN): Outcome.WITHDRAWN,
}
"""Which button ends a turn, and how, beside those that end it from every screen."""
_ANYWHERE = {Action.LATER: Outcome.LATER, Action.LEAVE: Outcome.LEFT}


def ending(draft: Draft, action: Action) -> Outcome | None:
    """How `action` would end the draft; None when it does not."""
    return _ANYWHERE.get(action) or _ENDINGS.get((draft.purpose, draft.screen, action))


def moved(draft: Draft, action: Action) -> Draft:
    """The draft on its next or previous screen. Raises FormUnreadableError for a button the screen does not have."""
    step = _MOVES.get((draft.screen, action))
    if step is None:
        raise FormUnreadableError
    return replace(draft, position=max(0, draft.position + step))


def finished(draft: Draft, outcome: Outcome, consent: int | None = None) -> Finished:
    """What remains of a draft: no text, no strokes."""
    return Finished(draft.purpose, outcome, draft.patient, draft.text.language, consent)
