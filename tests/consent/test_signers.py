"""Who may sign: by age, and with what has to be known of anybody who signs for the patient."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.consent.signers import (
    Signer,
    SignerAges,
    SignerError,
    SignerKind,
    age_on,
    check_complete,
    check_signer,
)

DAY = date(2026, 10, 1)
AGES = SignerAges()
COMPLETE = {
    SignerKind.SELF: Signer(),
    SignerKind.SCRIBE: Signer(SignerKind.SCRIBE, "練習　甥", witness="練習　立会"),
    SignerKind.GUARDIAN: Signer(SignerKind.GUARDIAN, "練習　母", "母"),
    SignerKind.SELF_AND_GUARDIAN: Signer(SignerKind.SELF_AND_GUARDIAN, "練習　母", "母"),
    SignerKind.PROXY: Signer(SignerKind.PROXY, "練習　娘", "娘", "成年後見"),
}


def may(kind: SignerKind, birth: date) -> bool:
    try:
        check_signer(COMPLETE[kind], birth, DAY, AGES)
    except SignerError:
        return False
    return True


@pytest.mark.parametrize(
    ("birth", "allowed"),
    [
        (date(2020, 1, 1), {SignerKind.GUARDIAN}),
        (date(2011, 10, 2), {SignerKind.GUARDIAN}),
        (date(2011, 10, 1), {SignerKind.SELF_AND_GUARDIAN}),
        (date(2008, 10, 2), {SignerKind.SELF_AND_GUARDIAN}),
        (date(2008, 10, 1), {SignerKind.SELF, SignerKind.SCRIBE, SignerKind.PROXY}),
        (date(1930, 1, 1), {SignerKind.SELF, SignerKind.SCRIBE, SignerKind.PROXY}),
    ],
)
def test_under_15_the_guardian_until_17_both_from_18_oneself(birth: date, allowed: set[SignerKind]):
    assert {kind for kind in SignerKind if may(kind, birth)} == allowed


def test_without_a_birth_date_it_cannot_be_said_who_signs():
    with pytest.raises(SignerError):
        check_signer(Signer(), None, DAY, AGES)


@pytest.mark.parametrize(
    "signer",
    [
        Signer(SignerKind.SCRIBE, "練習　甥"),
        Signer(SignerKind.SCRIBE, witness="練習　立会"),
        Signer(SignerKind.PROXY, "練習　娘"),
        Signer(SignerKind.PROXY, relation="娘"),
        Signer(SignerKind.GUARDIAN),
    ],
)
def test_whoever_signs_for_the_patient_is_named(signer: Signer):
    with pytest.raises(SignerError):
        check_complete(signer)


@pytest.mark.parametrize("kind", SignerKind)
def test_what_is_complete_is_taken(kind: SignerKind):
    check_complete(COMPLETE[kind])


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2000, 10, 1), date(2026, 10, 1), 26),
        (date(2000, 10, 1), date(2026, 9, 30), 25),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
    ],
)
def test_ages_are_full_years(birth: date, day: date, age: int):
    assert age_on(birth, day) == age
