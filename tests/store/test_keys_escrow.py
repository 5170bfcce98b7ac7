"""A dead board's disk is read by the operator, and by no one else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.store import audit, escrow
from appliance.store.db import WrongKeyError, open_store
from appliance.store.escrow import EscrowError
from appliance.store.key_ring import KeyRing
from appliance.store.keys import fingerprint, new_key
from appliance.store.preparing import prepare, take_over
from appliance.store.root_of_trust import Root, RootOfTrust, RootOfTrustError
from tests.store.trusted import Operator, box, host_trust, needs_creds, needs_tpm, operator, software_tpm

NOW = ManualClock().now()


@pytest.fixture(scope="module", params=["ec", "rsa"])
def recovery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    return operator(tmp_path_factory.mktemp("operator"), request.param)


def test_the_operator_has_the_key_back_and_the_label_says_whose_it_is(recovery: Operator) -> None:
    key = new_key()
    kept = escrow.escrowed(key, recovery.certificate.read_bytes(), "box-1", NOW)
    assert escrow.recovered(kept, recovery.private_key_pem) == key
    label = escrow.label_of(kept)
    assert (label.device, label.key, label.made) == ("box-1", fingerprint(key), "2026-10-01T01:00:00.000Z")
    assert key not in kept
    assert key.hex().encode() not in kept


def test_nobody_else_has(recovery: Operator, tmp_path: Path) -> None:
    kept = escrow.escrowed(new_key(), recovery.certificate.read_bytes(), "box-1", NOW)
    for stranger in (operator(tmp_path, "ec"), operator(tmp_path, "rsa")):
        with pytest.raises(EscrowError):
            escrow.recovered(kept, stranger.private_key_pem)


def test_every_changed_byte_of_what_is_wrapped_is_found(recovery: Operator) -> None:
    """Or makes no difference to the key: never another key."""
    key = new_key()
    kept = escrow.escrowed(key, recovery.certificate.read_bytes(), "box-1", NOW)
    start, found = kept.index(b"-----BEGIN"), 0
    for place in range(start + 28, len(kept) - 26, 61):
        changed = bytearray(kept)
        changed[place] = ord("A") if changed[place] != ord("A") else ord("B")
        try:
            assert escrow.recovered(bytes(changed), recovery.private_key_pem) == key
        except EscrowError:
            found += 1
    assert found > 5


def test_a_label_of_another_box_is_found(recovery: Operator) -> None:
    certificate = recovery.certificate.read_bytes()
    kept, other = (escrow.escrowed(new_key(), certificate, name, NOW) for name in ("box-1", "box-2"))
    begin = b"-----BEGIN CMS"
    swapped = other.partition(begin)[0] + begin + kept.partition(begin)[2]
    assert escrow.label_of(swapped).device == "box-2"
    with pytest.raises(EscrowError):
        escrow.recovered(swapped, recovery.private_key_pem)


def test_any_cms_program_opens_it(recovery: Operator, tmp_path: Path) -> None:
    """The operator is not bound to this product: the content is JSON with the key in base64."""
    import base64
    import json

    key = new_key()
    (tmp_path / "escrow").write_bytes(escrow.escrowed(key, recovery.certificate.read_bytes(), "box-1", NOW))
    (tmp_path / "key.pem").write_bytes(recovery.private_key_pem)
    content = subprocess.run(
        [
            "openssl",
            "cms",
            "-decrypt",
            "-inform",
            "PEM",
            "-in",
            tmp_path / "escrow",
            "-inkey",
            tmp_path / "key.pem",
        ],
        check=True,
        capture_output=True,
    ).stdout
    assert base64.b64decode(json.loads(content)["key"]) == key


def test_the_algorithms_are_those_that_are_promised(recovery: Operator) -> None:
    kept = escrow.wrap(b"secret", recovery.certificate.read_bytes())
    shown = subprocess.run(
        ["openssl", "cms", "-cmsout", "-print", "-inform", "PEM"], input=kept, check=True, capture_output=True
    ).stdout.decode()
    assert "authEnvelopedData" in shown
    assert "aes-256-gcm" in shown
    assert ("rsaesOaep" in shown and "sha256" in shown) or (
        "stdDH-sha256kdf" in shown and "aes256-wrap" in shown
    )


def test_a_weak_or_wrong_certificate_is_refused(tmp_path: Path) -> None:
    weak = operator(tmp_path, "rsa", 2048)
    for pem in (weak.certificate.read_bytes(), weak.private_key_pem, b"", b"-----BEGIN CERTIFICATE-----\n"):
        with pytest.raises(EscrowError):
            escrow.wrap(b"secret", pem)


@pytest.mark.parametrize("content", [b"", b"device: x\n", b"\xff" * 100])
def test_what_is_no_escrow_is_said_so(content: bytes, recovery: Operator) -> None:
    with pytest.raises(EscrowError):
        escrow.label_of(content)
    with pytest.raises(EscrowError):
        escrow.recovered(content, recovery.private_key_pem)


def test_wrap_and_unwrap_carry_any_secret(recovery: Operator, tmp_path: Path) -> None:
    certificate = recovery.certificate.read_bytes()
    for secret in (b"", b"\r\n\n", bytes(range(256)) * 50):
        wrapped = escrow.wrap(secret, certificate)
        assert escrow.unwrap(wrapped, recovery.private_key_pem) == secret
        assert escrow.unwrap(wrapped, recovery.private_key_pem, certificate) == secret
        with pytest.raises(EscrowError):
            escrow.unwrap(wrapped, recovery.private_key_pem, operator(tmp_path).certificate.read_bytes())


def test_a_box_without_recovery_certificate_is_not_made(tmp_path: Path) -> None:
    """But for development, where a bare key file stands."""
    ring = box(tmp_path / "box", RootOfTrust(Root.HOST, "", tmp_path / "secret"))
    with pytest.raises(EscrowError):
        prepare(ring, ManualClock())
    assert not ring.current.exists()
    assert not ring.store.exists()
    prepare(box(tmp_path / "development", None), ManualClock())


def marked(ring: KeyRing, words: str) -> None:
    with open_store(ring.store, ring.load(), ManualClock()) as store, store.transaction():
        store.set_meta("words", words)


@needs_tpm
def test_a_dead_board_s_disk_is_read_by_the_operator_and_goes_on_in_another_board(
    recovery: Operator, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    with software_tpm() as dying:
        ring = box(disk, RootOfTrust(Root.HOST_TPM2, dying.address, tmp_path / "s1"), recovery.certificate)
        prepare(ring, ManualClock())
        marked(ring, "kept")
        with open_store(ring.store, ring.load(), ManualClock()) as store:
            log_id, audit_key = store.log_id("patient", 1), store.audit_key
    with software_tpm() as spare:
        new = box(disk, RootOfTrust(Root.HOST_TPM2, spare.address, tmp_path / "s2"), recovery.certificate)
        with pytest.raises(RootOfTrustError):
            new.load()
        key = escrow.recovered(new.escrow_file.read_bytes(), recovery.private_key_pem)
        with pytest.raises(WrongKeyError):
            take_over(new, new_key(), ManualClock())
        take_over(new, key, ManualClock())
        with open_store(new.store, new.load(), ManualClock()) as store:
            assert store.meta("words") == "kept"
            assert (store.log_id("patient", 1), store.audit_key) == (log_id, audit_key)
            assert [entry.event for entry in audit.entries(store)] == ["store-key-recovered"]


@needs_creds
def test_the_files_that_services_may_read_hold_no_key(recovery: Operator, tmp_path: Path) -> None:
    ring = box(tmp_path / "box", host_trust(tmp_path / "host"), recovery.certificate)
    prepare(ring, ManualClock())
    key = ring.load()
    for file in ring.store.parent.iterdir():
        assert key not in file.read_bytes()
        assert key.hex().encode() not in file.read_bytes()
        readable = file.stat().st_mode & 0o077
        assert not readable or file.name in ("store-key.cred", "store.db.escrow"), file.name
