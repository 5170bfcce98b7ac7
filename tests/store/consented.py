"""Staff, a consent text and signatures for the tests of consents and the desk. Nobody in them exists."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.consent.roles import Role
from appliance.consent.rules import Rules
from appliance.consent.signers import Signer
from appliance.consent.states import Guard
from appliance.consent.wording import Shown, shown
from appliance.store import consents, documents, staff
from appliance.store.consents import Signing
from appliance.store.db import Store
from appliance.store.governing import StoredConsent
from appliance.store.staff import StaffSession
from tests.store.made import FACILITY, arrival, claim, patient

PASSWORD = "correct horse battery"
SIGNATURE = (((100, 100, 0), (120, 90, 16), (140, 110, 32)), ((200, 100, 400), (220, 130, 416)))
LOOKED_AT = frozenset({Guard.TEXT_SHOWN_TO_THE_END, Guard.IDENTITY_MATCHED})
CONFIRMED = frozenset({Guard.STAFF_TWO_FACTOR})


def doctor(
    store: Store, login: str = "sensei", role: Role = Role.DOCTOR, facility: str = FACILITY
) -> StaffSession:
    """An account, as if signed in."""
    with store.transaction():
        number = staff.add(store, facility, login, "練習　花子", role, PASSWORD)
    return StaffSession(number, facility, login, "練習　花子", role, administrator=False)


def text(rules: Rules, language: str = "ja") -> Shown:
    return shown(rules, language, network="練習ネットワーク", contact="電話 000", facility=FACILITY)


def own_patient(store: Store, rules: Rules, chart: str = "0001") -> int:
    """A patient with one claim that waits for a consent; the row's id."""
    number = arrival(store, chart.encode())
    with store.transaction():
        documents.put(store, rules, number, [claim(patient(chart))])
    return int(store.value("SELECT id FROM patients WHERE local_id = ?", (chart,)))


def signing(
    rules: Rules, who: int, request: str, *, signer: Signer | None = None, emergency: bool = True
) -> Signing:
    return Signing(
        patient=who,
        text=text(rules),
        strokes=SIGNATURE,
        request_id=request,
        device_id="box-1",
        signer=signer or Signer(),
        emergency=emergency,
        met=LOOKED_AT,
    )


def sign(store: Store, rules: Rules, by: StaffSession, who: int, request: str = "r1") -> StoredConsent:
    with store.transaction():
        return consents.sign(store, rules, by, signing(rules, who, request))


def approve(
    store: Store, rules: Rules, by: StaffSession, consent: int, met: Iterable[Guard] = CONFIRMED
) -> StoredConsent:
    with store.transaction():
        return consents.approve(store, rules, consent, by, frozenset(met))


def agree(store: Store, rules: Rules, by: StaffSession, who: int, request: str = "r1") -> StoredConsent:
    """Signed and approved."""
    return approve(store, rules, by, sign(store, rules, by, who, request).id)


def withdraw(store: Store, by: StaffSession, who: int, request: str = "w1") -> StoredConsent:
    with store.transaction():
        return consents.withdraw(store, by, who, SIGNATURE, request, Signer())
