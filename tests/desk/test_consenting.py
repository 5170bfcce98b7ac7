"""Consent at the desk: every message, every refusal, and what the queue holds afterwards."""

from __future__ import annotations

import msgspec
import pytest

from appliance.consent.defaults import policy_document
from appliance.limits import SIGN_IN_MAX_FAILURES
from appliance.records import messages
from appliance.records.messages import (
    ApproveConsent,
    ConsentPaper,
    ConsentPaperRequest,
    ConsentSigned,
    ConsentTextRequest,
    CopyHandedOver,
    Done,
    RejectConsent,
)
from appliance.store import deliveries
from tests.desk.counter import NETWORK, OTHER_FACILITY, Counter
from tests.signing import write_rules
from tests.store.consented import PASSWORD, SIGNATURE


def paper(counter: Counter, consent: int) -> ConsentPaper:
    return counter.ask(ConsentPaperRequest(token=counter.token, consent=consent), ConsentPaper)


# --- the text ----------------------------------------------------------------------------------------


def test_the_text_names_the_network_and_those_who_take_part(counter: Counter):
    text = counter.text()
    assert (text.text_id, text.language) == ("blanket-ja-1", "ja")
    assert "練習ネットワーク" in text.statement
    assert text.contact == "お問い合わせ：練習ネットワーク 電話 000"
    assert [one.name for one in text.participants] == ["練習用内科", "練習用薬局"]
    assert text.no_disadvantage == "同意しなくても、診療に不利益はありません。"


def test_a_pharmacy_says_that_medicines_do_not_depend_on_it(counter: Counter):
    counter.token = counter.sign_in("yakuzai", OTHER_FACILITY)
    assert "調剤・お薬の受け取り" in counter.text().no_disadvantage


def test_there_is_a_text_in_english_and_none_in_klingon(counter: Counter):
    assert counter.text("en").title.startswith("May we")
    asked = ConsentTextRequest(token=counter.token, language="tlh")
    assert counter.refused(asked) == "CONSENT-0011"


# --- signing and approving ---------------------------------------------------------------------------


def test_signed_approved_and_ready_to_go(counter: Counter):
    who = counter.patient()
    signed = counter.ask(counter.signature(who), ConsentSigned)
    assert signed.state == "pending"
    assert deliveries.counts(counter.store) == {"held": 1}
    counter.approve(signed.consent)
    assert deliveries.counts(counter.store) == {"ready": 3}
    assert counter.desk.changed


def test_the_same_signature_sent_twice_is_one_record(counter: Counter):
    who = counter.patient()
    asked = counter.signature(who)
    first, second = counter.ask(asked, ConsentSigned), counter.ask(asked, ConsentSigned)
    assert first == second
    assert counter.store.value("SELECT count(*) FROM consents") == 1


def test_a_repeated_request_is_known_even_when_the_text_has_changed_since(counter: Counter):
    asked = counter.signature(counter.patient())
    first = counter.ask(asked, ConsentSigned)
    write_rules(counter.folder, NETWORK, policy=policy_document("2", valid_days=30))
    assert counter.ask(asked, ConsentSigned) == first


def test_a_text_that_changed_while_the_patient_read_is_not_signed(counter: Counter):
    asked = counter.signature(counter.patient())
    write_rules(counter.folder, NETWORK, policy=policy_document("2", valid_days=30))
    assert counter.refused(asked) == "DESK-0005"
    assert counter.ask(counter.signature(counter.patient()), ConsentSigned).state == "pending"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text_hash": "0" * 64}, "DESK-0005"),
        ({"text_id": "other"}, "DESK-0005"),
        ({"language": "en"}, "DESK-0005"),
        ({"shown_to_end": False}, "CONSENT-0013"),
        ({"identity_checked": False}, "CONSENT-0013"),
        ({"strokes": ()}, "CONSENT-0014"),
        ({"mode": "list"}, "CONSENT-0012"),
        ({"mode": "everything"}, "DESK-0006"),
        ({"signer": "neighbour"}, "DESK-0006"),
        ({"signer": "guardian"}, "CONSENT-0010"),
        ({"signer": "proxy"}, "CONSENT-0010"),
        ({"emergency": "perhaps"}, "DESK-0006"),
        ({"request_id": ""}, "CONSENT-0012"),
        ({"patient": 999}, "DESK-0002"),
        ({"token": "x"}, "STAFF-0003"),
    ],
)
def test_what_is_not_right_is_refused_and_leaves_nothing(
    counter: Counter, changes: dict[str, object], code: str
):
    asked = msgspec.structs.replace(counter.signature(counter.patient()), **changes)
    assert counter.refused(asked) == code
    assert counter.store.value("SELECT count(*) FROM consents") == 0
    assert not counter.desk.changed


def test_approval_needs_the_password_and_counts_wrong_ones(counter: Counter):
    consent = counter.sign(counter.patient())
    wrong = ApproveConsent(token=counter.token, consent=consent, password="wrong horse battery")
    for _ in range(SIGN_IN_MAX_FAILURES):
        assert counter.refused(wrong) == "STAFF-0002"
    right = ApproveConsent(token=counter.token, consent=consent, password=PASSWORD)
    assert counter.refused(right) == "STAFF-0002"
    assert deliveries.counts(counter.store) == {"held": 1}


def test_a_proxys_papers_are_seen_before_approval(counter: Counter):
    asked = msgspec.structs.replace(
        counter.signature(counter.patient()), signer="proxy", signer_name="練習　娘", signer_relation="娘"
    )
    consent = counter.ask(asked, ConsentSigned).consent
    approval = ApproveConsent(token=counter.token, consent=consent, password=PASSWORD)
    assert counter.refused(approval) == "CONSENT-0013"
    seen = msgspec.structs.replace(approval, papers_seen=True)
    assert counter.ask(seen, ConsentSigned).state == "active"


def test_a_rejection_gives_its_reason(counter: Counter):
    consent = counter.sign(counter.patient())
    refusal = RejectConsent(token=counter.token, consent=consent, reason="")
    assert counter.refused(refusal) == "CONSENT-0013"
    given = RejectConsent(token=counter.token, consent=consent, reason="署名が読めない")
    assert counter.ask(given, ConsentSigned) == ConsentSigned(consent=consent, state="rejected")
    approval = ApproveConsent(token=counter.token, consent=consent, password=PASSWORD)
    assert counter.refused(approval) == "CONSENT-0002"


def test_another_facility_can_do_nothing_with_a_consent(counter: Counter):
    who = counter.patient()
    consent = counter.sign(who)
    token = counter.sign_in("yakuzai", OTHER_FACILITY)
    asked: list[messages.Message] = [
        ApproveConsent(token=token, consent=consent, password=PASSWORD),
        RejectConsent(token=token, consent=consent, reason="x"),
        ConsentPaperRequest(token=token, consent=consent),
        CopyHandedOver(token=token, consent=consent, how="handed"),
        msgspec.structs.replace(counter.withdrawal(who), token=token),
        msgspec.structs.replace(counter.decline(who), token=token),
    ]
    assert {counter.refused(one) for one in asked} == {"DESK-0002"}
    assert counter.refused(ConsentPaperRequest(token=counter.token, consent=999)) == "DESK-0002"


# --- declining and withdrawing -----------------------------------------------------------------------


def test_no_is_taken_down_and_stays_in_the_box(counter: Counter):
    who = counter.patient()
    answer = counter.ask(counter.decline(who), ConsentSigned)
    assert answer.state == "refused"
    assert counter.ask(counter.decline(who), ConsentSigned) == answer
    assert deliveries.counts(counter.store) == {"held": 1}


def test_who_has_consented_does_not_decline(counter: Counter):
    who = counter.patient()
    counter.agree(who)
    assert counter.refused(counter.decline(who)) == "CONSENT-0012"


def test_a_withdrawal_leaves_only_messages_about_consent_in_the_queue(counter: Counter):
    who = counter.patient()
    counter.agree(who)
    answer = counter.ask(counter.withdrawal(who), ConsentSigned)
    assert answer.state == "withdrawn"
    assert counter.ask(counter.withdrawal(who), ConsentSigned) == answer
    kinds = counter.store.rows("SELECT DISTINCT kind FROM deliveries WHERE state IN ('ready', 'claimed')")
    assert [row[0] for row in kinds] == ["consent"]


def test_there_is_nothing_to_withdraw_where_nothing_was_signed(counter: Counter):
    assert counter.refused(counter.withdrawal(counter.patient())) == "CONSENT-0002"


# --- paper -------------------------------------------------------------------------------------------


def test_the_copy_holds_everything_that_was_signed(counter: Counter):
    who = counter.patient()
    consent = counter.agree(who)
    copy = paper(counter, consent)
    assert (copy.patient_name, copy.local_id, copy.birth_date) == ("練習　太郎", "0001", "1950-01-01")
    assert (copy.state, copy.mode, copy.scope_words) == (
        "active",
        "blanket",
        "「練習ネットワーク」に参加するすべての施設（一括同意）",
    )
    assert copy.strokes == SIGNATURE
    assert (copy.facility.name, copy.staff_name) == ("練習用内科", "練習　花子")
    assert (copy.withdrawn_at, copy.clock_trusted) == ("", True)
    assert copy.text.text_hash == counter.text().text_hash


def test_the_copy_shows_the_text_as_it_was_signed_whatever_the_rules_say_now(counter: Counter):
    consent = counter.agree(counter.patient())
    before = paper(counter, consent).text
    write_rules(counter.folder, NETWORK, policy=policy_document("2", valid_days=30))
    assert counter.text().text_hash != before.text_hash
    assert paper(counter, consent).text == before


def test_the_withdrawal_slip_shows_the_withdrawals_own_signature(counter: Counter):
    who = counter.patient()
    counter.agree(who)
    other = (((10, 10, 0), (20, 20, 1), (30, 30, 2), (40, 40, 3), (50, 50, 4)),)
    asked = msgspec.structs.replace(counter.withdrawal(who), strokes=other)
    consent = counter.ask(asked, ConsentSigned).consent
    slip = paper(counter, consent)
    assert (slip.state, slip.strokes) == ("withdrawn", other)
    assert slip.withdrawn_at >= slip.signed_at
    assert "撤回" in slip.text.withdraw_statement


def test_the_slip_of_a_refusal_has_no_signature(counter: Counter):
    consent = counter.ask(counter.decline(counter.patient()), ConsentSigned).consent
    slip = paper(counter, consent)
    assert (slip.state, slip.strokes) == ("refused", ())
    assert "不利益はありません" in slip.text.no_disadvantage


@pytest.mark.parametrize("how", ["handed", "declined"])
def test_what_became_of_the_copy_is_taken_down(counter: Counter, how: str):
    consent = counter.agree(counter.patient())
    asked = CopyHandedOver(token=counter.token, consent=consent, how=how)
    counter.ask(asked, Done)
    assert counter.store.value("SELECT copy_state FROM consents") == how
    assert counter.refused(msgspec.structs.replace(asked, how="burnt")) == "CONSENT-0012"


def test_everything_about_a_consent_is_audited(counter: Counter):
    who = counter.patient()
    consent = counter.agree(who)
    paper(counter, consent)
    counter.ask(CopyHandedOver(token=counter.token, consent=consent, how="handed"), Done)
    counter.ask(counter.withdrawal(who), ConsentSigned)
    assert [event for event in counter.events() if event.startswith(("consent", "copy"))] == [
        "consent-signed",
        "consent-approved",
        "consent-paper-shown",
        "copy-handed",
        "consent-withdrawn",
    ]
