"""A draft moves by the buttons of its screens and by nothing else; what remains of it holds nothing of the patient's."""

from __future__ import annotations

import itertools
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.kiosk.drafts import Action, Draft, Finished, Outcome, Purpose, Screen, ending, finished, moved
from appliance.kiosk.problems import FormUnreadableError
from tests.kiosk.scripted_desk import consent_text

TEXT = consent_text("ja")


def draft(purpose: Purpose = Purpose.CONSENT, position: int = 0) -> Draft:
    return Draft(purpose, 1, TEXT, "request", position)


def test_a_consent_is_at_most_six_screens_and_a_withdrawal_never_more() -> None:
    consent, withdrawal = draft(), draft(Purpose.WITHDRAWAL)
    assert consent.screens == (Screen.STEP,) * 4 + (Screen.DECISION, Screen.SIGNATURE)
    assert len(consent.screens) <= 6
    assert len(withdrawal.screens) <= len(consent.screens)


@pytest.mark.parametrize("purpose", Purpose)
def test_every_screen_can_be_left_without_deciding(purpose: Purpose) -> None:
    for position in range(len(draft(purpose).screens)):
        assert ending(draft(purpose, position), Action.LATER) is Outcome.LATER
        assert ending(draft(purpose, position), Action.LEAVE) is Outcome.LEFT


def test_only_the_signature_makes_a_consent_or_a_withdrawal() -> None:
    made = {
        (purpose, place.screen, action): outcome
        for purpose, action in itertools.product(Purpose, Action)
        for position in range(len(draft(purpose).screens))
        if (outcome := ending(place := draft(purpose, position), action))
        in {Outcome.SIGNED, Outcome.WITHDRAWN, Outcome.DECLINED}
    }
    assert made == {
        (Purpose.CONSENT, Screen.SIGNATURE, Action.SIGN): Outcome.SIGNED,
        (Purpose.CONSENT, Screen.DECISION, Action.DECLINE): Outcome.DECLINED,
        (Purpose.WITHDRAWAL, Screen.SIGNATURE, Action.SIGN): Outcome.WITHDRAWN,
    }


@given(st.sampled_from(Purpose), st.lists(st.sampled_from(Action), max_size=40))
def test_whatever_is_pressed_the_signature_comes_after_every_screen_before_it(
    purpose: Purpose, actions: list[Action]
) -> None:
    place, seen = draft(purpose), {0}
    for action in actions:
        if ending(place, action):
            break
        try:
            place = moved(place, action)
        except FormUnreadableError:
            continue
        seen.add(place.position)
        assert 0 <= place.position < len(place.screens)
        assert seen >= set(range(place.position))


def test_what_remains_of_a_draft_is_neither_text_nor_strokes() -> None:
    end = finished(draft(), Outcome.SIGNED, 7)
    assert end == Finished(Purpose.CONSENT, Outcome.SIGNED, 1, "ja", 7)
    assert {one.name for one in fields(end)} == {"purpose", "outcome", "patient", "language", "consent"}
