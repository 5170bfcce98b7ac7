"""A retired box: nothing on it opens its store, not even with copies taken before; the proof tells what was done."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.errors import RenkeiError
from appliance.store import audit, escrow, in_use
from appliance.store.db import Store, open_store, opens
from appliance.store.erasing import Fate, Part, Proof, retire, standing
from appliance.store.in_use import StoreInUseError
from appliance.store.key_ring import KeyRing
from appliance.store.keys import StoreKeyError, fingerprint, new_key
from appliance.store.preparing import prepare, take_over
from appliance.store.root_of_trust import Root, RootOfTrust, RootOfTrustError
from tests.store.made import FACILITY
from tests.store.trusted import (
    UNLINK,
    Operator,
    SoftwareTpm,
    box,
    host_trust,
    needs_creds,
    needs_tpm,
    operator,
    software_tpm,
)


@pytest.fixture
def tpm() -> Iterator[SoftwareTpm]:
    with software_tpm() as one:
        yield one


@pytest.fixture
def someone(tmp_path: Path) -> Operator:
    return operator(tmp_path)


def made(ring: KeyRing) -> KeyRing:
    prepare(ring, ManualClock())
    return ring


def owe(store: Store, state: str) -> None:
    """One delivery in this state, straight into the store."""
    store.insert(
        "INSERT INTO deliveries (kind, facility, state, priority, not_before, created_at, changed_at)"
        " VALUES ('audit', ?, ?, 1, '', '', '')",
        (FACILITY, state),
    )


def fates(proof: Proof) -> dict[str, str]:
    return {f"{one.part}:{Path(one.where).name}": one.fate for one in proof.destroyed}


@needs_tpm
def test_a_copy_of_the_whole_disk_taken_before_is_closed_by_clearing_the_tpm(
    tpm: SoftwareTpm, someone: Operator, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    trust = RootOfTrust(Root.HOST_TPM2, tpm.address, disk / "secret")
    ring = made(box(disk, trust, someone.certificate))
    key = ring.load()
    shutil.copytree(disk, tmp_path / "copy")
    proof = retire(ring, ManualClock())
    assert (proof.device, proof.key, proof.root, proof.opens) == (
        "box-1",
        fingerprint(key),
        Root.HOST_TPM2,
        False,
    )
    assert fates(proof) == {
        "tpm:socket": "destroyed",
        "host-secret:secret": "destroyed",
        "key:store-key.cred": "destroyed",
        "escrow:store.db.escrow": "destroyed",
    }
    copy = tmp_path / "copy"
    with pytest.raises(RootOfTrustError):
        box(copy, replace(trust, host_secret=copy / "secret"), someone.certificate).load()


@needs_creds
def test_a_board_without_a_tpm_loses_its_host_key(someone: Operator, tmp_path: Path) -> None:
    ring = made(box(tmp_path / "box", host_trust(tmp_path / "host"), someone.certificate))
    host_secret = tmp_path / "host" / "credential.secret"
    sealed, secret = ring.current.read_bytes(), host_secret.read_bytes()
    proof = retire(ring, ManualClock())
    assert not proof.opens
    assert fates(proof)["host-secret:credential.secret"] == Fate.DESTROYED
    assert Part.TPM not in {one.part for one in proof.destroyed}
    ring.current.write_bytes(sealed)
    with pytest.raises(RootOfTrustError):
        ring.load()
    host_secret.write_bytes(secret)
    host_secret.chmod(0o400)
    assert fingerprint(ring.load()) == proof.key  # what it takes to undo it is exactly what was destroyed


@needs_creds
def test_nothing_that_is_left_on_the_disk_is_or_holds_the_key(someone: Operator, tmp_path: Path) -> None:
    ring = made(box(tmp_path / "box", host_trust(tmp_path / "host"), someone.certificate))
    key = ring.load()
    retire(ring, ManualClock())
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in left} == {
        "recovery-ec-3072.pem",
        "store.db",
        "store.db.key-mark",
        "store.db.lock",
    }
    for path in left:
        assert key not in path.read_bytes()
        assert not (len(path.read_bytes()) == len(key) and opens(ring.store, path.read_bytes()))
    with pytest.raises(StoreKeyError):
        prepare(ring, ManualClock())


@needs_creds
def test_the_operator_s_own_escrow_still_opens_the_disk(someone: Operator, tmp_path: Path) -> None:
    """What he keeps outside is his to destroy, and the handbook says so."""
    ring = made(box(tmp_path / "box", host_trust(tmp_path / "host"), someone.certificate))
    kept = ring.escrow_file.read_bytes()
    retire(ring, ManualClock())
    assert opens(ring.store, escrow.recovered(kept, someone.private_key_pem))


def test_the_proof_s_anchor_is_the_end_of_the_audit_with_the_retirement_in_it(tmp_path: Path) -> None:
    ring = made(box(tmp_path / "box", None))
    key = ring.load()
    proof = retire(ring, ManualClock())
    with open_store(ring.store, key, ManualClock()) as store:
        assert proof.anchor == audit.anchor(store)
        assert [entry.event for entry in audit.entries(store)] == ["box-retired"]
        assert audit.verify(store, proof.anchor) is None
    assert (proof.at, proof.clock_trusted) == ("2026-10-01T01:00:00.000Z", True)


def test_what_was_not_sent_is_told_before(tmp_path: Path) -> None:
    ring = made(box(tmp_path / "box", None))
    with open_store(ring.store, ring.load(), ManualClock()) as store, store.transaction():
        for state in ("held", "delivered"):
            owe(store, state)
    before = standing(ring, ManualClock())
    assert (before.device, before.root, before.unsent) == ("box-1", Root.FILE, 1)
    retire(ring, ManualClock())
    after = standing(ring, ManualClock())
    assert (after.key, after.root, after.unsent) == (before.key, Root.FILE, None)


def test_a_retirement_may_be_repeated_after_a_cut(someone: Operator, tmp_path: Path) -> None:
    ring = made(box(tmp_path / "box", None, someone.certificate))
    key = ring.load()
    ring.escrow_file.rename(tmp_path / "aside")
    retire(ring, ManualClock())
    (tmp_path / "aside").rename(ring.escrow_file)  # as if the cut had come before it was removed
    proof = retire(ring, ManualClock())
    assert (proof.key, proof.anchor, proof.opens) == (fingerprint(key), None, False)
    assert fates(proof) == {"key:store.key": "absent", "escrow:store.db.escrow": "destroyed"}


CHILD = """
import sys
from pathlib import Path
from appliance.clock import ManualClock
from appliance.store.erasing import retire
from tests.store.trusted import box, host_trust
folder = Path(sys.argv[1])
retire(box(folder / "box", host_trust(folder / "host"), folder / "recovery-ec-3072.pem"), ManualClock())
"""


@needs_creds
@pytest.mark.torture
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("call", [UNLINK, "fsync"])
def test_a_retirement_that_is_cut_anywhere_is_finished_by_the_next(call: str, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    certificate = operator(tmp_path / "made").certificate
    prepare(
        box(tmp_path / "made" / "box", host_trust(tmp_path / "made" / "host"), certificate), ManualClock()
    )
    killing = ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e"]
    cuts = 0
    for number in range(1, 100):
        folder = Path(shutil.copytree(tmp_path / "made", tmp_path / "try"))
        done = subprocess.run(
            [
                *killing,
                f"inject={call}:signal=SIGKILL:when={number}",
                sys.executable,
                "-c",
                CHILD,
                str(folder),
            ],
            check=False,
        )
        if done.returncode == 0:
            break
        ring = box(folder / "box", host_trust(folder / "host"), certificate)
        assert not retire(ring, ManualClock()).opens, number
        assert not [
            path
            for path in (ring.current, ring.escrow_file, folder / "host" / "credential.secret")
            if path.exists()
        ]
        cuts += 1
        shutil.rmtree(folder)
    assert cuts >= 3


def test_amidst_a_change_of_the_key_both_keys_go_and_nothing_else(tmp_path: Path) -> None:
    ring = made(box(tmp_path / "box", None))
    ring.propose(new_key(), ManualClock())
    others = {"store.keys.txt", "store.key2", "store.db.escrow.pdf"}
    for name in (*others, "store.key.fresh", "store.key.next.fresh"):
        (tmp_path / "box" / name).write_bytes(b"x")
    proof = retire(ring, ManualClock())
    assert fates(proof) == {
        "key:store.key": "destroyed",
        "key:store.key.fresh": "destroyed",
        "key:store.key.next": "destroyed",
        "key:store.key.next.fresh": "destroyed",
        "escrow:store.db.escrow": "absent",
    }
    assert not proof.opens
    assert others <= {path.name for path in (tmp_path / "box").iterdir()}


def test_a_damaged_store_does_not_keep_its_box(tmp_path: Path) -> None:
    ring = made(box(tmp_path / "box", None))
    ring.store.write_bytes(bytes(8192))
    assert standing(ring, ManualClock()).unsent is None
    proof = retire(ring, ManualClock())
    assert (proof.anchor, proof.opens) == (None, False)
    assert not ring.current.exists()


@needs_tpm
def test_a_tpm_that_cannot_be_cleared_is_told_as_it_is(
    tpm: SoftwareTpm, someone: Operator, tmp_path: Path
) -> None:
    """And a key that was sealed to it alone could still be opened with a copy: the proof says that the store opens."""
    ring = made(
        box(tmp_path / "box", RootOfTrust(Root.TPM2, tpm.address, tmp_path / "none"), someone.certificate)
    )
    tpm.lock_clearing()
    proof = retire(ring, ManualClock())
    assert fates(proof)["tpm:socket"] == Fate.STAYS
    assert proof.opens


def test_a_box_in_use_is_not_retired(tmp_path: Path) -> None:
    ring = made(box(tmp_path / "box", None))
    with open_store(ring.store, ring.load(), ManualClock()), pytest.raises(StoreInUseError):
        retire(ring, ManualClock())
    open_store(ring.store, ring.load(), ManualClock()).close()
    with in_use.alone(ring.store), pytest.raises(RenkeiError):
        standing(ring, ManualClock())


@needs_creds
def test_a_retired_board_may_serve_again_with_a_recovered_store(someone: Operator, tmp_path: Path) -> None:
    ring = made(box(tmp_path / "box", host_trust(tmp_path / "host"), someone.certificate))
    kept = ring.escrow_file.read_bytes()
    retire(ring, ManualClock())
    take_over(ring, escrow.recovered(kept, someone.private_key_pem), ManualClock())
    with open_store(ring.store, ring.load(), ManualClock()) as store:
        assert [entry.event for entry in audit.entries(store)] == ["box-retired", "store-key-recovered"]
