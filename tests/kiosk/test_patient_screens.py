"""The patient's turn with the screen: read, decide, sign; nothing kept of it before the signature or after the end."""

from __future__ import annotations

import pytest

from appliance.kiosk.drafts import Draft
from appliance.limits import KIOSK_DRAFT_GRACE_S, KIOSK_DRAFT_IDLE_S, KIOSK_DRAFT_QUESTION_S
from appliance.records.messages import (
    DeclineConsent,
    Failed,
    Message,
    SignConsent,
    WithdrawConsent,
)
from tests.kiosk.client import STROKES, Browser, Reply
from tests.kiosk.running import RunningKiosk
from tests.kiosk.scripted_desk import ScriptedDesk, consent_text

DRAFT_LASTS_S = KIOSK_DRAFT_IDLE_S + KIOSK_DRAFT_QUESTION_S + KIOSK_DRAFT_GRACE_S


def read_to_the_decision(browser: Browser, language: str = "ja") -> Reply:
    page = browser.begin(language=language)
    for position in range(4):
        page = browser.press("next", position)
    return page


def read_to_the_signature(browser: Browser) -> Reply:
    read_to_the_decision(browser)
    return browser.press("agree", 4)


def test_each_step_of_the_text_is_a_screen_with_its_place_in_the_whole(staff: Browser) -> None:
    text = consent_text("ja")
    page = staff.begin()
    for position, step in enumerate(text.steps):
        assert f"{position + 1} / 6" in page.text
        assert all(line in page.text for line in step.split("\n"))
        assert ('value="back"' in page.html) is (position > 0)
        page = staff.press("next", position)
    assert "5 / 6" in page.text


def test_the_decision_says_that_refusing_has_no_disadvantage_and_offers_three_ways(staff: Browser) -> None:
    page = read_to_the_decision(staff)
    assert "同意しなくても、診療に不利益はありません。" in page.text
    assert consent_text("ja").statement in page.text
    for action in ("agree", "decline", "later", "back"):
        assert f'value="{action}"' in page.html
    assert "checked" not in page.html


def test_the_signature_makes_the_record_with_what_was_read(staff: Browser, desk: ScriptedDesk) -> None:
    read_to_the_signature(staff)
    page = staff.press("sign", 5, STROKES)
    assert "署名をお預かりしました" in page.text
    signed = desk.last(SignConsent)
    text = consent_text("ja")
    assert (signed.patient, signed.mode, signed.signer) == (1, "blanket", "self")
    assert (signed.text_id, signed.text_hash, signed.language) == (text.text_id, text.text_hash, "ja")
    assert signed.shown_to_end
    assert signed.identity_checked
    assert [len(stroke) for stroke in signed.strokes] == [40]


def test_a_text_in_english_is_read_and_signed_in_english(staff: Browser, desk: ScriptedDesk) -> None:
    page = read_to_the_decision(staff, language="en")
    assert '<html lang="en"' in page.html
    assert "If you do not agree, your care will not suffer in any way." in page.text
    staff.press("agree", 4)
    staff.press("sign", 5, STROKES)
    assert desk.last(SignConsent).language == "en"


def test_nobody_is_asked_before_staff_have_made_sure_who_it_is(staff: Browser) -> None:
    patient = staff.open_patient()
    page = staff.post(f"{patient}/consent", language="ja")
    assert (page.status, "KIOSK-0411" in page.text) == (400, True)
    assert staff.get("/flow").location == "/home"


def test_a_double_tap_counts_once(staff: Browser) -> None:
    staff.begin()
    staff.press("next", 0)
    page = staff.press("next", 0)
    assert "2 / 6" in page.text


def test_the_same_signature_sent_again_makes_no_second_record(staff: Browser, desk: ScriptedDesk) -> None:
    read_to_the_signature(staff)
    desk.say[SignConsent] = Failed(code="DESK-0000", ja="思わぬ問題が起きました。", en="")
    page = staff.press("sign", 5, STROKES)
    assert (page.status, "DESK-0000" in page.text, "6 / 6" in page.text) == (409, True, True)
    assert STROKES.replace('"', "&#34;") in page.html
    first = desk.last(SignConsent).request_id
    del desk.say[SignConsent]
    staff.press("sign", 5, STROKES)
    assert desk.last(SignConsent).request_id == first
    assert len(desk.consents) == 2
    staff.press("sign", 5, STROKES)
    assert len(desk.consents) == 2


def test_declining_is_recorded_and_care_goes_on(staff: Browser, desk: ScriptedDesk) -> None:
    read_to_the_decision(staff)
    page = staff.press("decline", 4)
    assert "影響はありません" in page.text
    assert desk.last(DeclineConsent).patient == 1
    assert desk.count(SignConsent) == 0


@pytest.mark.parametrize("position", range(6))
def test_from_every_screen_one_may_decide_later_and_nothing_is_recorded(
    staff: Browser, desk: ScriptedDesk, position: int
) -> None:
    staff.begin()
    for number in range(position):
        staff.press("next" if number < 4 else "agree", number)
    page = staff.press("later", position)
    assert "あとで決めることができます" in page.text
    assert not any(isinstance(one, SignConsent | DeclineConsent) for one in desk.asked)


def test_back_leads_to_the_screen_before(staff: Browser) -> None:
    read_to_the_signature(staff)
    for position in range(5, 0, -1):
        page = staff.press("back", position)
        assert f"{position} / 6" in page.text


def test_withdrawing_takes_two_taps_and_the_signature(staff: Browser, desk: ScriptedDesk) -> None:
    page = staff.begin("withdrawal", "3")
    assert "1 / 2" in page.text
    assert "理由はいりません" in page.text
    assert "撤回しても、これからの診療やお薬に影響はありません。" in page.text
    page = staff.press("agree", 0)
    assert consent_text("ja").withdraw_statement in page.text
    page = staff.press("sign", 1, STROKES)
    assert "撤回を受け付けました" in page.text
    assert desk.last(WithdrawConsent).patient == 3


@pytest.mark.parametrize(
    "strokes",
    [
        "",
        "[]",
        "[[]]",
        "[[[1,1,1]]]",
    ],
)
def test_an_empty_signature_is_asked_for_again(staff: Browser, desk: ScriptedDesk, strokes: str) -> None:
    read_to_the_signature(staff)
    page = staff.press("sign", 5, strokes)
    assert (page.status, "KIOSK-0410" in page.text) == (400, True)
    assert desk.count(SignConsent) == 0


@pytest.mark.parametrize(
    "strokes",
    [
        "x",
        "{}",
        '[[["a",1,1]]]',
        "[[[1,1]]]",
        "[[[1.5,1,1]]]",
        "[[" + ",".join("[1001,1,1]" for _ in range(20)) + "]]",
        "[[" + ",".join("[1,-1,1]" for _ in range(20)) + "]]",
        "[[" + ",".join("[1,1,99999999]" for _ in range(20)) + "]]",
        "[[" + ",".join("[1,1,1]" for _ in range(5001)) + "]]",
        "[" + ",".join("[[1,1,1]]" for _ in range(501)) + "]",
        "[" * 5000,
    ],
)
def test_strokes_that_no_page_of_ours_sends_are_refused(
    staff: Browser, desk: ScriptedDesk, strokes: str
) -> None:
    read_to_the_signature(staff)
    page = staff.press("sign", 5, strokes)
    assert (page.status, "KIOSK-0400" in page.text) == (400, True)
    assert desk.count(SignConsent) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "sign", "position": "0"},
        {"action": "agree", "position": "0"},
        {"action": "decline", "position": "0"},
        {"action": "approve", "position": "0"},
        {"action": "next", "position": "-1"},
        {"action": "next", "position": "٣"},
        {"action": "next"},
        {},
    ],
)
def test_a_button_that_the_screen_does_not_have_does_nothing(
    staff: Browser, desk: ScriptedDesk, fields: dict[str, str]
) -> None:
    staff.begin()
    assert staff.post("/flow", **fields).status == 400
    assert "1 / 6" in staff.get("/flow").text


def test_nothing_of_a_draft_leaves_the_kiosk_before_the_end(staff: Browser, desk: ScriptedDesk) -> None:
    staff.begin()
    before = len(desk.asked)
    for position in range(4):
        staff.press("next", position)
    staff.press("agree", 4)
    kinds = {type(one) for one in desk.asked[before:]}
    assert {kind.__name__ for kind in kinds} == {"WhoAmI"}
    assert issubclass(kinds.pop(), Message)


def test_a_patient_who_has_gone_leaves_nothing_behind(staff: Browser, kiosk: RunningKiosk) -> None:
    read_to_the_signature(staff)
    kiosk.clock.advance(DRAFT_LASTS_S)
    page = staff.get("/flow")
    assert "画面を消しました" in page.text
    sessions = kiosk.kiosk.sessions._by_browser.values()
    assert not any(isinstance(session.flow, Draft) for session in sessions)


def test_a_patient_who_reads_slowly_is_not_hurried(staff: Browser, kiosk: RunningKiosk) -> None:
    staff.begin()
    for _ in range(10):
        kiosk.clock.advance(DRAFT_LASTS_S - 1)
        assert staff.post("/flow/alive").status == 204
    assert "1 / 6" in staff.get("/flow").text


def test_an_unanswered_question_clears_the_screen_at_once(staff: Browser) -> None:
    staff.begin()
    assert "画面を消しました" in staff.press("leave", 0).text


def test_the_letters_grow_when_asked_to(staff: Browser) -> None:
    staff.begin()
    page = staff.follow(staff.post("/flow/size", size="largest"))
    assert 'class="patient size-largest"' in page.html
    assert staff.post("/flow/size", size="huge").status == 400


def test_signing_out_in_the_middle_wipes_the_draft(staff: Browser, kiosk: RunningKiosk) -> None:
    read_to_the_signature(staff)
    staff.post("/sign-out")
    assert len(kiosk.kiosk.sessions) == 0
