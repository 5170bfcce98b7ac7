"""Decisions: their sentences, and which of several governs."""

from __future__ import annotations

import pytest

from appliance.consent import sentences
from appliance.consent.decide import PROVIDE_ORDER, VIEW_ORDER
from appliance.consent.decision import Decision, Effect, Reason, strictest

TOLD = [
    pytest.param(rule.decision, id=f"{name} {rule.row} {rule.decision.reason}")
    for name, order in (("view", VIEW_ORDER), ("provide", PROVIDE_ORDER))
    for rule in order
]


@pytest.mark.parametrize("decision", TOLD)
def test_why_is_one_sentence_in_each_language(decision: Decision):
    assert decision.why_ja.count("。") == 1
    assert decision.why_ja.endswith("。")
    assert decision.why_en.count(".") == 1
    assert decision.why_en.endswith(".")
    assert decision.why_en[0].isupper()


@pytest.mark.parametrize("decision", TOLD)
def test_why_says_plainly_whether_it_is_shown_or_sent(decision: Decision):
    yes = ("お見せします。", "送ります。")
    no = ("お見せしません。", "送りません。")
    assert decision.why_ja.endswith(yes if decision.permits else no)


def test_every_reason_is_given_by_some_row_and_has_no_sentence_to_spare():
    assert {rule.decision.reason for rule in VIEW_ORDER} == set(Reason) == set(sentences.VIEW)
    assert {rule.decision.reason for rule in PROVIDE_ORDER} == set(sentences.PROVIDE)


def decision(effect: Effect, why: str = "") -> Decision:
    return Decision(effect, Reason.CONSENT, why, why)


PERMIT, LIMITED, DENY = decision(Effect.PERMIT), decision(Effect.PERMIT_LIMITED), decision(Effect.DENY)


@pytest.mark.parametrize(
    ("several", "governs"),
    [
        ([PERMIT], PERMIT),
        ([PERMIT, PERMIT], PERMIT),
        ([PERMIT, LIMITED], LIMITED),
        ([LIMITED, DENY, PERMIT], DENY),
        ([decision(Effect.DENY, "first"), DENY], decision(Effect.DENY, "first")),
    ],
)
def test_the_strictest_of_several_decisions_governs(several: list[Decision], governs: Decision):
    assert strictest(several) == governs


def test_nothing_asked_is_nothing_permitted():
    with pytest.raises(ValueError, match="empty"):
        strictest([])
