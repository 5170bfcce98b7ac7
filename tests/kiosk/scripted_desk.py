"""A desk and an exchange for the kiosk's own tests: real sockets, real messages, patients made up in memory.

It answers as the real ones do, as far as a page can tell: one account (`suzuki` / PASSWORD), a handful of patients, the
real consent texts, the consent states that the pages move through. `asked` holds every message in order; `say` replaces
the answer to one kind of message until told otherwise; `silent` lets the exchange not answer at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.clock import JST
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.rules import parse_rules
from appliance.consent.wording import shown
from appliance.records import messages as m
from appliance.sockets import Listener, own_uids

FACILITY = "1310000001"
OTHER_FACILITY = "1310000019"
PASSWORD = "correct horse 連携"
SIGNED_AT = "2026-10-01T01:00:00.000Z"
NAMES = (
    (FACILITY, "みどり診療所", "clinic"),
    (OTHER_FACILITY, "中央病院", "hospital"),
    ("1340000008", "さくら薬局", "pharmacy"),
)
RULES = parse_rules(policy_document("1"), participants_document("1", NAMES, datetime(2026, 4, 1, tzinfo=JST)))
NO_SESSION = m.Failed(
    code="STAFF-0003", ja="サインインの期限が切れました。", en="You are no longer signed in."
)
WRONG_PASSWORD = m.Failed(
    code="STAFF-0002", ja="利用者名かパスワードが違います。", en="The name or the password is wrong."
)


def person(number: int, name: str, kana: str, birth_date: str, state: str = "none") -> m.PatientItem:
    return m.PatientItem(
        patient=number,
        local_id=f"{number:08d}",
        name=name,
        kana=kana,
        birth_date=birth_date,
        sex="female",
        consent_state=state,
    )


HANAKO = person(1, "山田　花子", "ヤマダ　ハナコ", "1950-01-01")
HOSTILE = person(2, "<script>alert(1)</script>", '" onmouseover="x', "1960-02-03")
ACTIVE = person(3, "佐藤　和子", "サトウ　カズコ", "1941-12-08", "active")


def entry(number: int, data_class: str, title: str, *, own: bool = True) -> m.TimelineEntry:
    facility = 0 if own else 1
    return m.TimelineEntry(
        date=f"2026-{number % 9 + 1:02d}-{number % 27 + 1:02d}",
        data_class=data_class,
        title=title,
        source=NAMES[facility][0],
        source_name=NAMES[facility][1],
        as_of=f"2026-{number % 9 + 1:02d}",
        own=own,
    )


OWN_TIMELINE = (
    *(entry(number, "medication", f"アムロジピン錠{number}mg　1日1回朝食後") for number in range(40)),
    entry(1, "diagnosis", "高血圧症"),
    entry(2, "diagnosis", "２型糖尿病"),
    entry(3, "visit", "外来受診"),
    entry(4, "procedure", "再診料"),
)
NETWORK_TIMELINE = (
    entry(5, "diagnosis", "変形性膝関節症", own=False),
    entry(6, "medication", "ロキソプロフェン錠60mg", own=False),
)


@dataclass
class Consent:
    number: int
    patient: int
    state: str
    strokes: Any = ()
    language: str = "ja"
    request_id: str = ""
    copy_state: str = "owed"


@dataclass
class ScriptedDesk:
    """Both sockets in `folder`, answered by threads of their own until `stop`."""

    folder: Path
    patients: dict[int, m.PatientItem] = field(
        default_factory=lambda: {one.patient: one for one in (HANAKO, HOSTILE, ACTIVE)}
    )
    consents: list[Consent] = field(
        default_factory=lambda: [Consent(1, 3, "active", ((((10, 10, 0), (200, 200, 90))),))]
    )
    asked: list[m.Message] = field(default_factory=list)
    say: dict[type[m.Message], m.Message] = field(default_factory=dict)
    silent: bool = False
    documents: Callable[[m.ReadDocument], m.Message] | None = None
    tokens: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._listeners = [
            Listener(self.folder / "desk.sock", own_uids()),
            Listener(self.folder / "exchange.sock", own_uids()),
        ]
        answers: tuple[Callable[[bytes], bytes], ...] = (self._desk, self._exchange)
        self._threads = [
            threading.Thread(target=self._serve, args=pair, daemon=True)
            for pair in zip(self._listeners, answers, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for listener in self._listeners:
            listener.close()

    def last(self, kind: type[m.Message]) -> Any:
        """The newest message of a kind that was asked."""
        return next(message for message in reversed(self.asked) if isinstance(message, kind))

    def count(self, kind: type[m.Message]) -> int:
        return sum(isinstance(message, kind) for message in self.asked)

    def _serve(self, listener: Listener, answer: Callable[[bytes], bytes]) -> None:
        while not self._stop.is_set():
            listener.serve_one(answer, 0.05)

    def _desk(self, data: bytes) -> bytes:
        message = m.desk_request(data)
        self.asked.append(message)
        return m.to_bytes(self.say.get(type(message)) or self._answer(message))

    def _exchange(self, data: bytes) -> bytes:
        message = m.exchange_request(data)
        self.asked.append(message)
        if self.silent:
            raise OSError("silent")
        if isinstance(message, m.ReadDocument) and self.documents is not None:
            return m.to_bytes(self.documents(message))
        found = m.HubView(reachable=True, fresh_at=SIGNED_AT, timeline=NETWORK_TIMELINE)
        return m.to_bytes(self.say.get(type(message)) or found)

    def _answer(self, message: Any) -> m.Message:
        if isinstance(message, m.ListFacilities):
            return m.FacilityList(facilities=(m.FacilityItem(number=FACILITY, name=NAMES[0][1]),))
        if isinstance(message, m.SignIn):
            right = (message.login, message.password) == ("suzuki", PASSWORD)
            return self._signed_in() if right else WRONG_PASSWORD
        if message.token not in self.tokens:
            return NO_SESSION
        return _ANSWERS[type(message)](self, message)

    def signed_out(self, message: m.SignOut) -> m.Message:
        self.tokens.discard(message.token)
        return m.Done()

    def found(self, message: m.FindPatients) -> m.Message:
        patients = tuple(
            one
            for one in self.patients.values()
            if (message.kana and one.kana.startswith(message.kana))
            or (message.number and int(message.number) == one.patient)
            or message.birth_date == one.birth_date
        )
        return m.PatientList(patients=patients, more=message.kana == "サ")

    def withdrawn(self, message: m.WithdrawConsent) -> m.Message:
        consent = next(one for one in reversed(self.consents) if one.patient == message.patient)
        consent.strokes = message.strokes
        return self.moved(consent.number, "withdrawn")

    def approved(self, message: m.ApproveConsent) -> m.Message:
        return self.moved(message.consent, "active") if message.password == PASSWORD else WRONG_PASSWORD

    def handed_over(self, message: m.CopyHandedOver) -> m.Message:
        self.numbered(message.consent).copy_state = message.how
        return m.Done()

    def _signed_in(self) -> m.SignedIn:
        token = f"token-{len(self.asked)}"
        self.tokens.add(token)
        return self.who(token)

    def who(self, token: str) -> m.SignedIn:
        return m.SignedIn(
            token=token, staff_name="鈴木　一郎", role="clerk", facility=FACILITY, facility_name=NAMES[0][1]
        )

    def view(self, patient: int) -> m.PatientView:
        items = tuple(
            m.ConsentItem(
                consent=one.number,
                resource_id=f"00000000-0000-5000-8000-{one.number:012d}",
                state=one.state,
                mode="blanket",
                signed_at=SIGNED_AT,
                effective=SIGNED_AT,
                text_id="blanket-ja-1",
                language=one.language,
                copy_state=one.copy_state,
                captured_by="鈴木　一郎",
            )
            for one in self.consents
            if one.patient == patient
        )
        return m.PatientView(
            patient=self.patients[patient],
            coverages=("協会けんぽ 01130012",),
            consents=items,
            timeline=OWN_TIMELINE,
            hidden_notice=False,
        )

    def made(self, consent: Consent) -> m.ConsentSigned:
        known = next((one for one in self.consents if one.request_id == consent.request_id), None)
        if known is not None:
            return m.ConsentSigned(consent=known.number, state=known.state)
        consent.number = len(self.consents) + 1
        self.consents.append(consent)
        return self.moved(consent.number, consent.state)

    def moved(self, number: int, state: str) -> m.ConsentSigned:
        consent = self.numbered(number)
        consent.state = state
        old = self.patients[consent.patient]
        self.patients[consent.patient] = m.PatientItem(
            patient=old.patient,
            local_id=old.local_id,
            name=old.name,
            kana=old.kana,
            birth_date=old.birth_date,
            sex=old.sex,
            consent_state=state,
        )
        return m.ConsentSigned(consent=consent.number, state=state)

    def numbered(self, number: int) -> Consent:
        return next(one for one in self.consents if one.number == number)

    def paper(self, number: int) -> m.ConsentPaper:
        consent = self.numbered(number)
        patient = self.patients[consent.patient]
        text = consent_text(consent.language)
        return m.ConsentPaper(
            consent=consent.number,
            resource_id=f"00000000-0000-5000-8000-{consent.number:012d}",
            state=consent.state,
            patient_name=patient.name,
            patient_kana=patient.kana,
            birth_date=patient.birth_date,
            local_id=patient.local_id,
            mode="blanket",
            scope_words=text.scope,
            text=text,
            signed_at=SIGNED_AT,
            effective=SIGNED_AT,
            facility=m.FacilityItem(number=FACILITY, name=NAMES[0][1]),
            staff_name="鈴木　一郎",
            strokes=consent.strokes,
            withdrawn_at=SIGNED_AT if consent.state == "withdrawn" else "",
        )

    def work(self) -> m.WorkList:
        items = tuple(
            m.WorkItem(
                kind="consent-pending",
                ref=one.number,
                title="署名された同意の確認",
                what_to_do="内容を確かめ、有効にしてください。",
                since=SIGNED_AT,
            )
            for one in self.consents
            if one.state == "pending"
        )
        return m.WorkList(items=items)


def consent_text(language: str) -> m.ConsentText:
    text = shown(
        RULES,
        language,
        network="みどり地域医療連携ネットワーク",
        contact="電話 03-0000-0000",
        facility=FACILITY,
    )
    return m.ConsentText(
        text_id=text.text_id,
        text_hash=text.text_hash,
        language=text.language,
        title=text.title,
        steps=text.steps,
        statement=text.statement,
        no_disadvantage=text.no_disadvantage,
        how_to_withdraw=text.how_to_withdraw,
        contact=text.contact,
        participants=tuple(m.FacilityItem(number=number, name=name) for number, name, _ in NAMES),
        scope=text.scope,
        withdraw_statement=text.withdraw_statement,
    )


_HISTORY = (
    m.AccessHistoryItem(
        at=SIGNED_AT,
        facility_name=NAMES[0][1],
        role="doctor",
        event="patient-shown",
        data_classes=("medication", "diagnosis"),
    ),
    m.AccessHistoryItem(
        at=SIGNED_AT,
        facility_name=NAMES[1][1],
        role="doctor",
        event="network-viewed",
        data_classes=("medication",),
        emergency=True,
    ),
)
_STATUS = (
    m.StatusLine(name="sources", level="ok", ja="届いています。", en="Files arrive."),
    m.StatusLine(
        name="queue",
        level="warning",
        ja="12件が1時間以上待っています。",
        en="12 have waited for more than an hour.",
        hint_ja="通信路の行を確かめてください。",
        hint_en="Look at the line of the tunnel.",
    ),
    m.StatusLine(
        name="tunnel",
        level="error",
        ja="つながっていません。",
        en="Down.",
        hint_ja="ルーターの電源を確かめてください。",
        hint_en="Check the router.",
    ),
    m.StatusLine(name="hub", level="info", ja="最後の応答は10分前です。", en="Last answer 10 min ago."),
    m.StatusLine(name="box", level="ok", ja="正常です。", en="Fine."),
)

_ANSWERS: dict[type[m.Message], Callable[[ScriptedDesk, Any], m.Message]] = {
    m.SignOut: ScriptedDesk.signed_out,
    m.WhoAmI: lambda desk, asked: desk.who(asked.token),
    m.FindPatients: ScriptedDesk.found,
    m.ShowPatient: lambda desk, asked: desk.view(asked.patient),
    m.AccessHistoryRequest: lambda _desk, _asked: m.AccessHistory(items=_HISTORY),
    m.WorkListRequest: lambda desk, _asked: desk.work(),
    m.StatusRequest: lambda _desk, _asked: m.StatusView(lines=_STATUS),
    m.ConsentTextRequest: lambda _desk, asked: consent_text(asked.language),
    m.SignConsent: lambda desk, asked: desk.made(
        Consent(0, asked.patient, "pending", asked.strokes, asked.language, asked.request_id)
    ),
    m.DeclineConsent: lambda desk, asked: desk.made(
        Consent(0, asked.patient, "refused", (), asked.language, asked.request_id)
    ),
    m.WithdrawConsent: ScriptedDesk.withdrawn,
    m.ApproveConsent: ScriptedDesk.approved,
    m.RejectConsent: lambda desk, asked: desk.moved(asked.consent, "rejected"),
    m.ConsentPaperRequest: lambda desk, asked: desk.paper(asked.consent),
    m.CopyHandedOver: ScriptedDesk.handed_over,
}
"""How each question of a signed-in session is answered."""
