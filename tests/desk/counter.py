"""A desk with its own store, site and clock, and the kiosk's side of the counter. Nobody in it exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from appliance.clock import JST, ManualClock
from appliance.config import SiteConfig, parse_site
from appliance.consent.defaults import participants_document, policy_document
from appliance.desk.answers import answer
from appliance.desk.desk import Desk
from appliance.desk.setup import add_staff
from appliance.records import messages
from appliance.records.document import Document
from appliance.records.messages import Failed, Message, to_bytes
from appliance.store import access, audit, documents
from appliance.store.db import Store, create_store
from appliance.store.rules import RulesFile
from tests.signing import write_rules
from tests.store.consented import PASSWORD, SIGNATURE
from tests.store.made import FACILITY, arrival, claim, patient

OTHER_FACILITY = "1349999012"
M = TypeVar("M", bound=Message)

NETWORK = "練習ネットワーク"
_SITE = """
device_id = "box-1"
run_folder = "run"
sources = []

[[facilities]]
number = "{own}"
name = "練習用内科"

[[facilities]]
number = "{other}"
name = "練習用薬局"

[store]
path = "store.db"
key_file = "store.key"

[hub]
url = "https://localhost:1"
ca = "ca.pem"
certificate = "box.pem"
key = "box.key"

[network]
name = "練習ネットワーク"
contact = "電話 000"
policy = "policy.json"
participants = "participants.json"
signer = "signer-ca.pem"

[kiosk]
certificate = "kiosk.pem"
key = "kiosk.key"
"""


def write_site(folder: Path) -> Path:
    """A site file with its rules, as `renkei desk --site` reads it."""
    since = datetime(2025, 4, 1, tzinfo=JST)
    listed = [(FACILITY, "練習用内科", "clinic"), (OTHER_FACILITY, "練習用薬局", "pharmacy")]
    write_rules(
        folder,
        NETWORK,
        policy=policy_document("1"),
        participants=participants_document("1", listed, since),
    )
    site = folder / "site.toml"
    site.write_text(_SITE.format(own=FACILITY, other=OTHER_FACILITY), encoding="utf-8")
    return site


@dataclass
class Counter:
    """Ask it what the kiosk would ask; `token` is of a doctor who has signed in."""

    folder: Path
    site: SiteConfig
    clock: ManualClock
    store: Store
    desk: Desk
    token: str = ""

    def ask(self, message: Message, kind: type[M]) -> M:
        """The answer, which has to be of that kind."""
        found = messages.answer(answer(self.desk, to_bytes(message)))
        assert isinstance(found, kind), found
        return found

    def refused(self, message: Message) -> str:
        """The code of the answer, which has to say no, in both languages."""
        failed = self.ask(message, Failed)
        assert failed.ja
        assert failed.en
        return failed.code

    def sign_in(self, login: str = "sensei", facility: str = FACILITY) -> str:
        asked = messages.SignIn(facility=facility, login=login, password=PASSWORD)
        return self.ask(asked, messages.SignedIn).token

    def put(self, *claims: Document, content: bytes = b"first") -> None:
        number = arrival(self.store, content)
        with self.store.transaction():
            documents.put(self.store, self.desk.rules, number, claims)

    def patient(self, chart: str = "0001") -> int:
        """A patient with one claim; the row's id."""
        if not self.store.value("SELECT 1 FROM patients WHERE local_id = ?", (chart,)):
            self.put(claim(patient(chart)), content=chart.encode())
        return int(self.store.value("SELECT id FROM patients WHERE local_id = ?", (chart,)))

    def text(self, language: str = "ja") -> messages.ConsentText:
        return self.ask(
            messages.ConsentTextRequest(token=self.token, language=language), messages.ConsentText
        )

    def signature(self, who: int, request: str = "r1") -> messages.SignConsent:
        text = self.text()
        return messages.SignConsent(
            token=self.token,
            patient=who,
            mode="blanket",
            text_id=text.text_id,
            text_hash=text.text_hash,
            language=text.language,
            shown_to_end=True,
            identity_checked=True,
            strokes=SIGNATURE,
            request_id=request,
        )

    def sign(self, who: int, request: str = "r1") -> int:
        return self.ask(self.signature(who, request), messages.ConsentSigned).consent

    def approve(self, consent: int) -> None:
        asked = messages.ApproveConsent(token=self.token, consent=consent, password=PASSWORD)
        assert self.ask(asked, messages.ConsentSigned).state == "active"

    def agree(self, who: int, request: str = "r1") -> int:
        consent = self.sign(who, request)
        self.approve(consent)
        return consent

    def decline(self, who: int, request: str = "d1") -> messages.DeclineConsent:
        text = self.text()
        return messages.DeclineConsent(
            token=self.token,
            patient=who,
            text_id=text.text_id,
            text_hash=text.text_hash,
            language="ja",
            request_id=request,
        )

    def withdrawal(self, who: int, request: str = "w1") -> messages.WithdrawConsent:
        return messages.WithdrawConsent(token=self.token, patient=who, strokes=SIGNATURE, request_id=request)

    def events(self) -> Sequence[str]:
        return [entry.event for entry in audit.entries(self.store)]


def open_counter(folder: Path) -> Counter:
    site = parse_site(write_site(folder).read_text(encoding="utf-8"), folder)
    clock = ManualClock()
    store = create_store(site.store.path, bytes(32), clock)
    with store.transaction():
        access.set_snapshot(store, clock.now())
    add_staff(store, FACILITY, "sensei", "練習　花子", "doctor", PASSWORD)
    add_staff(store, OTHER_FACILITY, "yakuzai", "練習　次郎", "pharmacist", PASSWORD)
    made = Counter(folder, site, clock, store, Desk(store, site, RulesFile(site.network, store)))
    made.token = made.sign_in()
    return made
