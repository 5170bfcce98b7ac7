"""Anchors: a chain that is cut or written anew is found even when whoever did it has the store's key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from appliance.clock import ManualClock
from appliance.store import audit, audit_anchor
from appliance.store.audit import GENESIS, Event, Walk
from appliance.store.audit_anchor import AnchorError, AnchorJudge, DeviceKey, SignedAnchor
from appliance.store.db import Store
from provisioning.lab.pki import LabPki, make_lab_pki
from tests.store.made import FACILITY, new_store
from tests.store.test_audit import tamper

DEVICE = "box-1"
DAY_S = 86_400.0


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> LabPki:
    return make_lab_pki(tmp_path_factory.mktemp("pki"), [FACILITY])


@pytest.fixture
def key(pki: LabPki) -> DeviceKey:
    pair = pki.client(FACILITY, DEVICE)
    return DeviceKey(pair.cert, pair.key)


@pytest.fixture
def judge(pki: LabPki) -> AnchorJudge:
    return AnchorJudge.of(pki.ca_path, DEVICE)


@pytest.fixture
def store(tmp_path: Path, key: DeviceKey) -> Iterator[Store]:
    """Three days: rows 1–5 and anchor 6, rows 7–11 and anchor 12, rows 13–17."""
    clock = ManualClock()
    with new_store(tmp_path, clock) as made:
        for day in range(3):
            add(made, 5)
            if day < 2:
                clock.advance(DAY_S)
                audit_anchor.anchor_now(made, key, DEVICE)
        yield made


def add(store: Store, count: int) -> None:
    with store.transaction():
        for number in range(count):
            audit.append(store, Event.PATIENT_SHOWN, staff=1, patient=number)


def walk(store: Store, judge: AnchorJudge, *kept: SignedAnchor) -> Walk:
    return audit.walk(store, [one.anchor for one in kept], vouch=judge.vouch)


def rewrite(store: Store, seq: int, **changes: object) -> None:
    """Change a row and every hash after it, as somebody with the store's key can."""
    rows = store.rows(
        "SELECT seq, at, trusted, event, staff, patient, body, hash FROM audit WHERE seq >= ?", (seq - 1,)
    )
    before = bytes(rows[0][7]) if seq > 1 else GENESIS
    for row in rows[1:] if seq > 1 else rows:
        content = list(row[:7])
        if row[0] == seq:
            for column, value in changes.items():
                content[["seq", "at", "trusted", "event", "staff", "patient", "body"].index(column)] = value
        before = audit._hash(before, tuple(content))
        tamper(
            store,
            "UPDATE audit SET at=?, trusted=?, event=?, staff=?, patient=?, body=?, hash=? WHERE seq=?",
            *content[1:],
            before,
            row[0],
        )


def test_an_untouched_chain_is_vouched_for_up_to_its_last_anchor(store: Store, judge: AnchorJudge):
    found = walk(store, judge)
    assert (found.broken, found.rows, found.anchored) == (None, 17, 11)


def test_a_chain_written_anew_with_the_stores_key_breaks_at_the_next_anchor(store: Store, judge: AnchorJudge):
    rewrite(store, 9, patient=99)
    assert audit.verify(store) is None
    broken = walk(store, judge).broken
    assert broken is not None
    assert (broken.since, broken.seq) == (6, 12)


def test_an_anchor_forged_with_another_key_is_named(store: Store, judge: AnchorJudge, tmp_path: Path):
    rewrite(store, 9, patient=99)
    foreign = make_lab_pki(tmp_path / "foreign", [FACILITY]).client(FACILITY, DEVICE)
    end = audit.entry(store, 11)
    assert end is not None
    forged = DeviceKey(foreign.cert, foreign.key).signed(DEVICE, audit.Anchor(11, end.hash), store.now())
    rewrite(store, 12, body=forged.text())
    broken = walk(store, judge).broken
    assert broken is not None
    assert (broken.since, broken.seq, broken.en) == (6, 12, "The anchor's signature is not right.")


def test_an_anchor_of_another_box_of_the_same_network_is_named(store: Store, judge: AnchorJudge, pki: LabPki):
    other = pki.client(FACILITY, "box-2")
    end = audit.entry(store, 11)
    assert end is not None
    forged = DeviceKey(other.cert, other.key).signed(DEVICE, audit.Anchor(11, end.hash), store.now())
    rewrite(store, 12, body=forged.text())
    broken = walk(store, judge).broken
    assert broken is not None
    assert (broken.seq, broken.en) == (12, "The anchor is another box's.")


def test_a_chain_written_anew_without_any_anchor_does_not_meet_the_one_kept_elsewhere(
    store: Store, judge: AnchorJudge
):
    kept = audit_anchor.kept_copy(store)
    for seq in (6, 12):
        rewrite(store, seq, event="signed-in", body="{}")
    assert walk(store, judge).broken is None
    assert walk(store, judge).anchored == 0
    broken = walk(store, judge, *kept).broken
    assert broken is not None
    assert broken.seq == 11


def test_a_tail_cut_off_behind_the_last_anchor_is_missed_by_the_copy(store: Store, judge: AnchorJudge):
    tamper(store, "DELETE FROM audit WHERE seq > 8")
    assert walk(store, judge).broken is None
    broken = walk(store, judge, *audit_anchor.kept_copy(store)).broken
    assert broken is not None
    assert broken.seq == 9


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("UPDATE audit SET patient = 7 WHERE seq = 14", 14),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 2) WHERE seq = 3", 3),
    ],
)
def test_the_first_bad_row_is_named(store: Store, judge: AnchorJudge, sql: str, first: int):
    tamper(store, sql)
    broken = walk(store, judge).broken
    assert broken is not None
    assert broken.seq == first


def test_two_rows_that_changed_places_are_found_at_the_first(store: Store, judge: AnchorJudge):
    for one in (
        "UPDATE audit SET seq = -3 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = -3",
    ):
        tamper(store, one)
    broken = walk(store, judge).broken
    assert broken is not None
    assert broken.seq == 3


def test_a_row_put_in_between_is_found(store: Store, judge: AnchorJudge):
    for seq in range(17, 3, -1):
        tamper(store, "UPDATE audit SET seq = ? WHERE seq = ?", seq + 1, seq)
    tamper(
        store,
        "INSERT INTO audit SELECT 4, at, trusted, event, staff, 77, body, hash FROM audit WHERE seq = 3",
    )
    broken = walk(store, judge).broken
    assert broken is not None
    assert broken.seq == 4


def test_an_anchor_is_due_once_a_day_and_when_the_clock_was_set_back(store: Store, key: DeviceKey):
    assert isinstance(store.clock, ManualClock)
    assert not audit_anchor.is_due(store)
    store.clock.advance(DAY_S - 1)
    assert not audit_anchor.is_due(store)
    store.clock.advance(1)
    assert audit_anchor.is_due(store)
    audit_anchor.anchor_now(store, key, DEVICE)
    store.clock.advance(-3 * DAY_S)
    assert audit_anchor.is_due(store)


def test_the_copy_beside_the_store_is_the_last_anchor(store: Store, judge: AnchorJudge):
    [copy] = audit_anchor.kept_copy(store)
    last = audit.last_anchored(store)
    assert last is not None
    assert copy == audit_anchor.parsed(last.body)
    assert judge.fault(copy) is None
    assert audit_anchor.judged(judge, [copy])[0].seq == 11


@pytest.mark.parametrize("element", ["device", "seq", "hash", "at", "certificate", "signature"])
def test_an_anchor_changed_anywhere_is_refused(store: Store, judge: AnchorJudge, element: str):
    [good] = audit_anchor.kept_copy(store)
    changed = {
        "device": "box-9",
        "seq": 5,
        "hash": "ab" * 32,
        "at": "2027-01-01T00:00:00.000Z",
        "certificate": good.certificate[:-8] + "AAAAAAA=",
        "signature": good.signature[:-8] + "AAAAAAA=",
    }
    bad = replace(good, **{element: changed[element]})  # type: ignore[arg-type]
    assert judge.fault(bad) is not None
    with pytest.raises(AnchorError):
        audit_anchor.judged(judge, [bad])


def test_an_anchor_outlives_the_certificate_it_was_signed_with(tmp_path: Path):
    clock = ManualClock()
    clock.advance(-1_000 * DAY_S)
    old = make_lab_pki(tmp_path / "old", [FACILITY], clock=clock)
    pair = old.client(FACILITY, DEVICE)
    signed = DeviceKey(pair.cert, pair.key).signed(
        DEVICE, audit.Anchor(1, bytes(32)), "2024-01-05T00:00:00.000Z"
    )
    assert AnchorJudge.of(old.ca_path, DEVICE).fault(signed) is None


def issued(folder: Path, pki: LabPki, key: rsa.RSAPrivateKey) -> DeviceKey:
    """A device key of another kind, its certificate like the lab's own."""
    like = x509.load_pem_x509_certificate(pki.client(FACILITY, DEVICE).cert.read_bytes())
    authority = pki._authority
    builder = x509.CertificateBuilder(
        like.issuer, like.subject, key.public_key(), x509.random_serial_number(), like.not_valid_before_utc,
        like.not_valid_after_utc,
    )  # fmt: skip
    for extension in like.extensions:
        if extension.oid != x509.SubjectKeyIdentifier.oid:
            builder = builder.add_extension(extension.value, extension.critical)
    certificate = builder.sign(authority.key, hashes.SHA256())
    (folder / "device.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "device.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return DeviceKey(folder / "device.pem", folder / "device.key")


def test_an_rsa_key_signs_as_well(tmp_path: Path, pki: LabPki, judge: AnchorJudge):
    key = issued(tmp_path, pki, rsa.generate_private_key(65537, 2048))
    signed = key.signed(DEVICE, audit.Anchor(1, bytes(32)), "2026-10-01T00:00:00.000Z")
    assert judge.fault(signed) is None
    assert judge.fault(replace(signed, seq=2)) is not None


@pytest.mark.parametrize("text", ["", "{}", "[1]", "nonsense", '{"seq": 1}', '"x"'])
def test_a_file_that_holds_no_anchor_is_refused_in_words(tmp_path: Path, text: str):
    (tmp_path / "anchor").write_text(text)
    with pytest.raises(AnchorError) as caught:
        audit_anchor.read(tmp_path / "anchor")
    assert caught.value.hint_ja


def test_a_file_may_hold_many_anchors(store: Store, tmp_path: Path):
    [one] = audit_anchor.kept_copy(store)
    (tmp_path / "anchors").write_text(f"{one.text()}\n\n{json.dumps(json.loads(one.text()), indent=None)}\n")
    assert audit_anchor.read(tmp_path / "anchors") == [one, one]


def test_a_key_that_cannot_be_read_is_told_in_words(tmp_path: Path, pki: LabPki):
    with pytest.raises(AnchorError) as caught:
        DeviceKey(pki.client(FACILITY).cert, tmp_path / "none.key")
    assert "hub.key" in caught.value.hint_en


def test_a_long_chain_is_walked_in_pages_and_tells_how_far_it_is(
    store: Store, judge: AnchorJudge, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audit, "AUDIT_PAGE_ROWS", 5)
    told: list[int] = []
    assert audit.walk(store, vouch=judge.vouch, passed=told.append).broken is None
    assert told == [5, 10, 15]
