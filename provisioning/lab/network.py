"""A practice network on one machine: made-up patients, a hub, and one box a clinic with all its services.

Everything lies in one folder and listens on loopback. The demo, the fault tests and the measurements use it; they take
the roads that people and receipt computers take: files into folders, messages to the desk, the hub's own API.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from appliance.clock import JST, SystemClock
from appliance.config import SiteConfig, read_site
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.roles import Role
from appliance.consent.signers import SignerAges, SignerKind, age_on
from appliance.consent.states import State
from appliance.desk.setup import add_staff
from appliance.practice.command import make_patients
from appliance.practice.facilities import CLINICS, FACILITIES, Facility
from appliance.records import messages
from appliance.records.messages import Message
from appliance.records.signed import SignedKind
from appliance.sockets import PeerError, ask
from appliance.store import keys
from appliance.store.db import Store, create_store, open_store
from appliance.supervise import SERVICES, Supervisor
from provisioning.lab.hub import Participant, PracticeHub, write_participants
from provisioning.lab.pki import LabPki, loaded, make_lab_pki
from provisioning.signing import sign_file

NETWORK_NAME = "練習用さくら地域医療連携ネットワーク"
LOGIN = "renshu"
_RULES_VALID = timedelta(days=365)
SIGNATURE = (((100, 100, 0), (140, 180, 60), (180, 100, 120)), ((210, 100, 400), (210, 180, 460)))
"""Two lines of a pen: what a made-up patient signs with."""

LETTERS = "{patient}_{date}_{kind}.pdf"
"""How the practice clinics name the PDF files of their letters."""

_SITE = """# 練習用の設定 / made for practice
device_id = "practice-{folder}"
run_folder = "{run}"
facilities = [{{ number = "{number}", name = "{name}" }}]
sources = [{{ name = "receipt", kind = "folder", facility = "{number}", folder = "drop", attachments = "{letters}" }}]

[store]
path = "{store}"
key_file = "store.key"

[hub]
url = "{hub}"
ca = "{pki}/{ca}"
certificate = "{certificate}"
key = "{key}"

[network]
name = "{network}"
contact = "練習用さくら地域医療連携協議会 事務局 00-0000-0000"
policy = "{base}/policy.json"
participants = "{base}/participants.json"
signer = "{pki}/{ca}"
channels = ["fhir", "mhd"]
regional_ids = "urn:renkei:lab:mpi"

[kiosk]
address = "127.0.0.1"
port = {port}
certificate = "{kiosk_certificate}"
key = "{kiosk_key}"
practice = true
"""


_GUARDIAN: Final = {"signer_name": "練習　保護者", "signer_relation": "母", "signer_ground": "親権者"}


class DeskRefusedError(Exception):
    """The desk said no to something the practice network asked it."""


@dataclass(slots=True)
class Box:
    """One clinic's box: its folder, its site file, and its services as processes."""

    facility: Facility
    folder: Path
    password: str
    services: tuple[str, ...] = SERVICES
    supervisor: Supervisor = field(init=False)
    site: SiteConfig = field(init=False)
    _token: str = ""

    def __post_init__(self) -> None:
        self.site = read_site(self.site_file)
        self.supervisor = Supervisor(self.site_file, services=self.services, announce=lambda _: None)

    @property
    def site_file(self) -> Path:
        return self.folder / "site.toml"

    @property
    def drop(self) -> Path:
        """The folder the receipt computer writes into."""
        return self.folder / "drop"

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The box's store, for counting."""
        with open_store(
            self.site.store.path, keys.load_key(self.site.store.key_file), SystemClock()
        ) as store:
            yield store

    def desk(self, request: Message) -> Message:
        """Ask the desk as the kiosk does. Raises DeskRefusedError when it says no."""
        answer = messages.answer(ask(self.site.socket("desk"), messages.to_bytes(request)))
        if isinstance(answer, messages.Failed):
            raise DeskRefusedError(f"{answer.code}: {answer.en}")
        return answer

    def sign_in(self) -> str:
        """A session's token, of the practice account."""
        answer = self.desk(
            messages.SignIn(facility=self.facility.number, login=LOGIN, password=self.password)
        )
        assert isinstance(answer, messages.SignedIn)
        return answer.token

    def agree(self, patient: int) -> int:
        """A patient's blanket consent, explained, signed and approved; the consent's number. Again: changes nothing."""
        signer = self._signer(patient)
        token = self.sign_in()
        text = self.desk(messages.ConsentTextRequest(token=token, language="ja"))
        assert isinstance(text, messages.ConsentText)
        signed = self.desk(
            messages.SignConsent(
                token=token,
                patient=patient,
                mode="blanket",
                text_id=text.text_id,
                text_hash=text.text_hash,
                language=text.language,
                shown_to_end=True,
                identity_checked=True,
                strokes=SIGNATURE,
                request_id=f"practice-consent-{patient}",
                signer=signer,
                **_GUARDIAN if signer is not SignerKind.SELF else {},
            )
        )
        assert isinstance(signed, messages.ConsentSigned)
        if signed.state != State.ACTIVE:
            papers = signer is not SignerKind.SELF
            self.desk(
                messages.ApproveConsent(
                    token=token, consent=signed.consent, password=self.password, papers_seen=papers
                )
            )
        self.desk(messages.SignOut(token=token))
        return signed.consent

    def _signer(self, patient: int) -> SignerKind:
        """Who signs for somebody of this age."""
        with self.store() as store:
            birth = date.fromisoformat(
                store.value("SELECT birth_date FROM patients WHERE id = ?", (patient,))
            )
            age, ages = age_on(birth, store.clock.now().date()), SignerAges()
        if age < ages.with_guardian:
            return SignerKind.GUARDIAN
        return SignerKind.SELF_AND_GUARDIAN if age < ages.alone else SignerKind.SELF

    def withdraw(self, patient: int) -> None:
        """A patient takes their consent back."""
        token = self.sign_in()
        self.desk(
            messages.WithdrawConsent(
                token=token, patient=patient, strokes=SIGNATURE, request_id=f"practice-withdrawal-{patient}"
            )
        )
        self.desk(messages.SignOut(token=token))


@dataclass(slots=True)
class PracticeNetwork:
    """The whole network in one folder; `with` starts it, and leaves nothing running."""

    folder: Path
    patients: int = 40
    months: int = 2
    seed: int = 1
    with_faults: bool = False
    clinics: tuple[Facility, ...] = CLINICS
    services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Which services a clinic's box runs, by the clinic's folder name; all where it is not named."""
    stores: Path | None = None
    """Where the stores lie, by the clinic's folder name; each beside its box's site file where this is not said."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the services' environment has besides."""
    hub: PracticeHub = field(init=False)
    pki: LabPki = field(init=False)
    boxes: dict[str, Box] = field(init=False, default_factory=dict)
    _sockets: Path = field(init=False)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sockets = Path(tempfile.mkdtemp(prefix="renkei-"))
        try:
            make_patients(count=self.patients, seed=self.seed, out=self.files, months=self.months)
            self.pki = make_lab_pki(self.folder / "pki", [facility.number for facility in FACILITIES])
            self._write_rules()
            self.hub = PracticeHub(
                self.pki,
                self.folder / "hub",
                self.folder / "hub-participants.json",
                with_faults=self.with_faults,
            )
            self.hub.start()
            for clinic in self.clinics:
                self.boxes[clinic.folder] = self._make_box(clinic)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for box in self.boxes.values():
            box.supervisor.stop()
        if hasattr(self, "hub"):
            self.hub.stop()
        shutil.rmtree(self._sockets, ignore_errors=True)

    @property
    def files(self) -> Path:
        """Where the made-up claim files lie: `<clinic>/<claim month>/<payer>/RECEIPTC.UKE`."""
        return self.folder / "files"

    def claim_files(self, clinic: Facility) -> list[Path]:
        """A clinic's claim files, oldest claim month first."""
        return sorted((self.files / clinic.folder).rglob("RECEIPTC.UKE"))

    def step(self) -> None:
        """Start services that are due or have ended."""
        for box in self.boxes.values():
            box.supervisor.step()

    def wait_until(self, condition: Callable[[], bool], within_s: float, what: str) -> None:
        """Keep the services running until `condition` holds. Raises TimeoutError naming `what`."""
        deadline = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            self.step()
            time.sleep(0.1)

    def patiently(self, action: Callable[[], object], within_s: float = 60.0) -> None:
        """Do something that needs a service; when the service is away, try again as a person would."""
        deadline = time.monotonic() + within_s
        while True:
            self.step()
            try:
                action()
            except PeerError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def wait_until_desks_answer(self, within_s: float = 60.0) -> None:
        self.wait_until(
            lambda: all(_answers(box) for box in self.boxes.values()), within_s, "the desks answer"
        )

    def _make_box(self, clinic: Facility) -> Box:
        folder = self.folder / clinic.folder
        (folder / "drop").mkdir(parents=True, exist_ok=True)
        certificate = self.pki.client(clinic.number, f"practice-{clinic.folder}")
        text = _SITE.format(
            folder=clinic.folder,
            letters=LETTERS,
            run=self._sockets / clinic.folder,
            number=clinic.number,
            name=clinic.name,
            hub=self.hub.url,
            pki=self.pki.folder,
            ca=self.pki.ca_path.name,
            certificate=certificate.cert,
            key=certificate.key,
            network=NETWORK_NAME,
            base=self.folder,
            store=self.stores / clinic.folder / "store.db" if self.stores else "store.db",
            port=_free_port(),
            kiosk_certificate=self.pki.kiosk.cert,
            kiosk_key=self.pki.kiosk.key,
        )
        (folder / "site.toml").write_text(text, encoding="utf-8")
        box = Box(clinic, folder, _password(), self.services.get(clinic.folder, SERVICES))
        box.supervisor.extra_environment = self.environment
        self._make_store(box)
        return box

    def _make_store(self, box: Box) -> None:
        assert box.site.store.key_file is not None
        key = keys.create_key(box.site.store.key_file)
        with create_store(box.site.store.path, key, SystemClock()) as store:
            add_staff(store, box.facility.number, LOGIN, "練習　花子", Role.DOCTOR, box.password)

    def _write_rules(self) -> None:
        since = datetime(2025, 4, 1, tzinfo=JST)
        listed = [(facility.number, facility.name, facility.kind.value) for facility in FACILITIES]
        (self.folder / "policy.json").write_bytes(policy_document("1"))
        (self.folder / "participants.json").write_bytes(participants_document("1", listed, since))
        now = SystemClock().now()
        for kind in SignedKind:
            sign_file(
                self.folder / f"{kind}.json",
                kind,
                NETWORK_NAME,
                (now, now + _RULES_VALID),
                *loaded(self.pki.signer),
            )
        write_participants(
            self.folder / "hub-participants.json",
            [Participant(facility.number, facility.name, facility.kind.value) for facility in FACILITIES],
        )


def _answers(box: Box) -> bool:
    try:
        box.desk(messages.ListFacilities())
    except PeerError:
        return False
    return True


def _password() -> str:
    """A practice password that is easy to type."""
    return "-".join(f"{secrets.randbelow(10_000):04d}" for _ in range(4))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
