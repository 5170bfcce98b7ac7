"""`renkei store rekey`, cut everywhere: the store opens with exactly one of the keys that lie there, and has lost nothing.

A run is killed by strace at its n-th system call of one kind, for every n (a sample of the page writes; all of them with
RENKEI_EVERY_CUT=1). What was not whole yet is then torn as well, as a power cut would leave it.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.limits import MIB, PIECE_FILE_MIN_BYTES
from appliance.run import run
from appliance.store import arrivals, audit, escrow, in_use, key_mark, keys
from appliance.store.db import UnwritableStoreError, WrongKeyError, open_store, opens
from appliance.store.in_use import StoreInUseError
from appliance.store.key_ring import KeyRing
from appliance.store.keys import fingerprint
from appliance.store.preparing import Prepared, prepare
from appliance.store.rekeying import RekeyError, rekey, settle
from tests.store.made import FACILITY
from tests.store.trusted import RENAME, UNLINK, Operator, box, host_trust, needs_creds, operator

EVERY_CUT = bool(os.environ.get("RENKEI_EVERY_CUT"))
CALLS = {
    RENAME: 1,
    UNLINK: 1,
    "fsync": 2,
    "fdatasync": 1,
    "ftruncate": 2,
    "write": 1,
    "flock": 1,
    "pwrite64": 16,
}
"""The kinds of calls at which a run is cut, and how many of them apart when not every one is."""
CONTENT = bytes(range(256)) * (2 * PIECE_FILE_MIN_BYTES // 256)
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
CHILD = """
import sys
from pathlib import Path
from appliance.clock import ManualClock
from appliance.store.rekeying import rekey, settle
from tests.store.trusted import box, host_trust
folder, kind, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
trust, certificate = (None, None) if kind == "file" else (host_trust(folder / "host"), folder / kind)
ring = box(folder / "box", trust, certificate)
rekey(ring, ManualClock()) if what == "rekey" else settle(ring)
"""


@dataclass(frozen=True, slots=True)
class Boxes:
    """A made-up box that is copied for each try; `kind` is `file` or the name of the recovery certificate."""

    template: Path
    kind: str

    def fresh(self, folder: Path) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        return Path(shutil.copytree(self.template, folder))

    def ring(self, folder: Path) -> KeyRing:
        if self.kind == "file":
            return box(folder / "box", None)
        return box(folder / "box", host_trust(folder / "host"), folder / self.kind)

    def command(self, folder: Path, what: str) -> list[str]:
        return [sys.executable, "-c", CHILD, str(folder), self.kind, what]

    def cut(self, folder: Path, what: str, call: str, number: int) -> bool:
        """Kill a run at its n-th call of this kind; False when it has fewer, and ended well."""
        killing = ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
        killing += ["-e", f"inject={call}:signal=SIGKILL:when={number}"]
        done = subprocess.run([*killing, *self.command(folder, what)], capture_output=True, check=False)
        assert done.returncode in (0, -9, 137), done.stderr
        return done.returncode != 0


def made(folder: Path, kind: str) -> Boxes:
    boxes = Boxes(folder, kind)
    if kind != "file":
        operator(folder, "ec").certificate.rename(folder / kind)
    ring = boxes.ring(folder)
    prepare(ring, ManualClock())
    with open_store(ring.store, ring.load(), ManualClock()) as store:
        arrivals.take(store, source="folder", facility=FACILITY, name="A.UKE", content=CONTENT)
        with store.transaction():
            store.set_meta("words", "kept")
    return boxes


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Boxes:
    return made(tmp_path_factory.mktemp("bare"), "file")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Boxes:
    return made(tmp_path_factory.mktemp("sealed"), "recovery.pem")


def keys_that_open(ring: KeyRing) -> list[bytes]:
    found = [ring.current, ring.following]
    loaders = {ring.current: ring.load, ring.following: ring.load_following}
    present = [loaders[path]() for path in found if path.exists()]
    return [key for key in present if opens(ring.store, key)]


def check_whole(ring: KeyRing, before: bytes) -> bool:
    """The store opens with its one key, nothing is lost, nothing is left over; whether the key has changed."""
    key = ring.load()
    with open_store(ring.store, key, ManualClock()) as store:
        assert store.integrity_findings() == []
        assert store.value("PRAGMA journal_mode") == "wal"
        assert store.meta("words") == "kept"
        (arrival,) = store.row("SELECT id FROM arrivals") or ()
        assert arrivals.readable(store, arrival)[:] == CONTENT
        assert audit.verify(store) is None
        told = [(one.event, one.body) for one in audit.entries(store)]
    changed = key != before
    rekeyed = {"before": fingerprint(before), "after": fingerprint(key)}
    assert told == ([("store-rekeyed", rekeyed)] if changed else [])
    assert key_mark.read(ring.store) == (fingerprint(key),)
    left = {path.name for path in ring.store.parent.iterdir() if path.suffix != ".fresh"}
    assert left <= {
        ring.current.name,
        *(f"store.db{end}" for end in ("", ".d", ".key-mark", ".lock", ".escrow")),
    }
    if ring.recovery_certificate is not None:
        label = ring.escrow_label()
        assert label is not None
        assert label.key == fingerprint(key)
    return changed


def tear(ring: KeyRing, chance: random.Random) -> None:
    """What had not got its name yet loses its end, or all of it."""
    folder = ring.store.parent
    for path in [*folder.glob("*.fresh"), *folder.glob("store.db.next*")]:
        size = path.stat().st_size
        os.truncate(path, chance.choice([0, size // 2, chance.randint(0, size)]))


def cuts(boxes: Boxes, folder: Path, start: Path, what: str) -> Iterator[tuple[str, int]]:
    """Kill at every call of every kind, from the same start each time, until the run has no more of them."""
    for call, apart in CALLS.items():
        for number in range(1, 10_000, 1 if EVERY_CUT else apart):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(start, folder)
            if not boxes.cut(folder, what, call, number):
                break
            yield call, number


@needs_strace
@pytest.mark.torture
def test_a_cut_at_any_call_leaves_one_key_that_opens(bare: Boxes, tmp_path: Path) -> None:
    folder, before = tmp_path / "try", bare.ring(bare.template).load()
    chance, changed, total = random.Random(5), 0, 0
    for call, number in cuts(bare, folder, bare.template, "rekey"):
        ring = bare.ring(folder)
        assert len(keys_that_open(ring)) == 1, (call, number)
        tear(ring, chance)
        assert prepare(ring, ManualClock()) in (Prepared.SETTLED, Prepared.NOTHING)
        changed += check_whole(ring, before)
        total += 1
        rekey(ring, ManualClock())
    print(f"\n{total} cuts, the key had changed after {changed} of them")
    assert total > 30
    assert 0 < changed < total


@needs_strace
@needs_creds
@pytest.mark.torture
def test_a_sealed_and_escrowed_key_survives_cuts_as_well(sealed: Boxes, tmp_path: Path) -> None:
    folder, before = tmp_path / "try", sealed.ring(sealed.template).load()
    changed, total = 0, 0
    for number in range(1, 100):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(sealed.template, folder)
        if not sealed.cut(folder, "rekey", RENAME, number):
            break
        ring = sealed.ring(folder)
        assert len(keys_that_open(ring)) == 1, number
        prepare(ring, ManualClock())
        changed += check_whole(ring, before)
        total += 1
    assert total >= 6
    assert 0 < changed < total


@needs_strace
@pytest.mark.torture
def test_a_cut_while_a_cut_is_settled_changes_nothing_of_it(bare: Boxes, tmp_path: Path) -> None:
    before, total = bare.ring(bare.template).load(), 0
    for renames, changes in (
        ((3, False), (4, True)) if EVERY_CUT else ((4, True),)
    ):  # cut just before, and just after the store is exchanged
        start, folder = tmp_path / f"start-{renames}", tmp_path / "try"
        assert bare.cut(bare.fresh(start), "rekey", RENAME, renames)
        for call, number in cuts(bare, folder, start, "settle"):
            ring = bare.ring(folder)
            assert len(keys_that_open(ring)) == 1, (call, number)
            settle(ring)
            assert check_whole(ring, before) is changes, (call, number)
            total += 1
    assert total > 10


def test_each_rename_follows_a_sync_of_what_is_renamed_and_is_synced_itself(
    bare: Boxes, tmp_path: Path
) -> None:
    """A power cut keeps what was synced only: the order of the calls is what counts."""
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    folder, trace = bare.fresh(tmp_path / "try"), tmp_path / "trace"
    watching = [
        "strace",
        "-y",
        "-o",
        str(trace),
        "-e",
        f"trace={RENAME},fsync,fdatasync,write,pwrite64,ftruncate",
    ]
    subprocess.run([*watching, *bare.command(folder, "rekey")], check=True, capture_output=True)
    unsynced: set[str] = set()
    renamed: list[str] = []
    for line in trace.read_text().splitlines():
        if match := re.match(r'rename\w*\((?:AT_\S+ )?"([^"]+)", (?:AT_\S+ )?"([^"]+)"', line):
            assert match[1] not in unsynced, line
            assert not renamed, line
            renamed.append(str(Path(match[2]).parent))
        elif match := re.match(r"(\w+)\(\d+<([^>]+)>", line):
            if match[1] in ("fsync", "fdatasync"):
                unsynced.discard(match[2])
                renamed = [one for one in renamed if one != match[2]]
            elif str(folder) in match[2]:
                unsynced.add(match[2])
    assert not renamed
    assert not any(name.endswith(("store.db", "store.key", "key-mark")) for name in unsynced)


@needs_creds
def test_a_new_key_is_sealed_and_escrowed_and_the_old_one_opens_nothing(
    sealed: Boxes, tmp_path: Path
) -> None:
    ring = sealed.ring(sealed.fresh(tmp_path / "try"))
    before, old_escrow, old_sealed = ring.load(), ring.escrow_file.read_bytes(), ring.current.read_bytes()
    done = rekey(ring, ManualClock())
    assert check_whole(ring, before)
    assert (done.before, done.after) == (fingerprint(before), fingerprint(ring.load()))
    assert ring.escrow_file.read_bytes() != old_escrow
    assert ring.current.read_bytes() != old_sealed
    with pytest.raises(WrongKeyError):
        open_store(ring.store, before, ManualClock())
    assert not opens(ring.store, before)


def test_the_operator_s_new_escrow_opens_the_store_after_a_rekey(tmp_path: Path) -> None:
    someone: Operator = operator(tmp_path)
    ring = box(tmp_path / "box", None, someone.certificate)
    prepare(ring, ManualClock())
    rekey(ring, ManualClock())
    key = escrow.recovered(ring.escrow_file.read_bytes(), someone.private_key_pem)
    open_store(ring.store, key, ManualClock()).close()


def test_identifiers_in_logs_and_audit_stay_when_the_key_changes(bare: Boxes, tmp_path: Path) -> None:
    ring = bare.ring(bare.fresh(tmp_path / "try"))

    def identifiers() -> tuple[str, bytes]:
        with open_store(ring.store, ring.load(), ManualClock()) as store:
            return store.log_id("patient", 7), store.audit_key

    before = identifiers()
    rekey(ring, ManualClock())
    assert identifiers() == before


def test_what_waits_in_the_log_is_taken_along(bare: Boxes, tmp_path: Path) -> None:
    """A service that was killed leaves a log that was not copied into the store yet."""
    folder = bare.fresh(tmp_path / "try")
    ring = bare.ring(folder)
    writing = """
import os, sys
from pathlib import Path
from appliance.clock import ManualClock
from appliance.store.db import open_store
folder = Path(sys.argv[1])
store = open_store(folder / "store.db", (folder / "store.key").read_bytes(), ManualClock())
with store.transaction():
    store.set_meta("last", "words")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", writing, str(ring.store.parent)], check=False)
    assert ring.store.with_name("store.db-wal").stat().st_size > 0
    assert not opens(ring.store, keys.new_key())
    rekey(ring, ManualClock())
    with open_store(ring.store, ring.load(), ManualClock()) as store:
        assert store.meta("last") == "words"


def test_the_key_of_an_open_store_is_not_changed(bare: Boxes, tmp_path: Path) -> None:
    ring = bare.ring(bare.fresh(tmp_path / "try"))
    before = ring.load()
    with open_store(ring.store, before, ManualClock()), pytest.raises(StoreInUseError) as caught:
        rekey(ring, ManualClock())
    assert caught.value.code == "STORE-0104"
    assert not check_whole(ring, before)
    rekey(ring, ManualClock())
    assert check_whole(ring, before)


def test_nobody_opens_a_store_that_is_being_replaced(bare: Boxes, tmp_path: Path) -> None:
    """It would go on writing into the file that is about to lose its name."""
    ring = bare.ring(bare.fresh(tmp_path / "try"))
    with in_use.alone(ring.store), pytest.raises(StoreInUseError):
        open_store(ring.store, ring.load(), ManualClock())
    open_store(ring.store, ring.load(), ManualClock()).close()


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.9999])
def test_a_damaged_store_keeps_its_key_and_its_bytes(share: float, bare: Boxes, tmp_path: Path) -> None:
    """A page whose check fails must not be written anew with one that passes: of a long value's last page nothing else tells."""
    ring = bare.ring(bare.fresh(tmp_path / "try"))
    with open_store(ring.store, ring.load(), ManualClock()) as store, store.transaction():
        store.set_meta("long", "x" * 200_000)
    before, content = ring.load(), bytearray(ring.store.read_bytes())
    content[int(len(content) * share)] ^= 1
    ring.store.write_bytes(content)
    with pytest.raises(RekeyError):
        rekey(ring, ManualClock())
    assert ring.store.read_bytes() == content
    assert (ring.load(), key_mark.read(ring.store)) == (before, (fingerprint(before),))
    assert not list(ring.store.parent.glob("*.next*"))


def test_without_room_nothing_is_begun(bare: Boxes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = bare.ring(bare.fresh(tmp_path / "try"))
    monkeypatch.setattr(
        "appliance.store.rekeying.REKEY_SPARE_BYTES", shutil.disk_usage(tmp_path).free + 2**40
    )
    before = ring.load()
    with pytest.raises(RekeyError):
        rekey(ring, ManualClock())
    assert not check_whole(ring, before)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of the test's own, of 16 MiB, with blocks of 4 KiB as on every larger one."""
    image, mounted = tmp_path / "disk.img", tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(16 * MIB)
    mounted.mkdir()
    run(["mkfs.ext4", "-q", "-m", "0", "-b", "4096", image])
    run(["mount", "-o", "loop", image, mounted])
    yield mounted
    run(["umount", mounted])


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting an image of its own needs root")
def test_a_disk_that_fills_amidst_a_change_keeps_the_key(
    bare: Boxes, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the room ends: with the key's own file, with the copy, or after its last page."""
    monkeypatch.setattr("appliance.store.rekeying.REKEY_SPARE_BYTES", -(2**40))
    ring = bare.ring(Path(shutil.copytree(bare.template, small_disk / "try")))
    fitted = 0
    for left_kib in (0, 4, 8, 40, 100, 180, 240, 400, 1000):
        before = ring.load()
        filler = small_disk / "filler"
        with filler.open("wb") as file:
            free = os.statvfs(small_disk)
            os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - left_kib * 1024 - 4096)
        try:
            rekey(ring, ManualClock())
            fitted += 1
        except (RekeyError, UnwritableStoreError):
            pass
        filler.unlink()
        assert len(keys_that_open(ring)) == 1
        settle(ring)
        if ring.load() != before:
            assert fitted == 1
            break
        assert not check_whole(ring, before)
    assert fitted == 1


def test_two_keys_of_which_none_opens_are_both_kept(bare: Boxes, tmp_path: Path) -> None:
    ring = bare.ring(bare.fresh(tmp_path / "try"))
    ring.propose(keys.new_key(), ManualClock())
    ring.current.write_bytes(keys.new_key())
    there = {path.name: path.read_bytes() for path in ring.store.parent.iterdir() if path.is_file()}
    with pytest.raises(WrongKeyError):
        settle(ring)
    assert {path.name: path.read_bytes() for path in ring.store.parent.iterdir() if path.is_file()} == there


@pytest.mark.parametrize("size", [0, 1, 31])
def test_a_torn_key_gives_way_to_the_one_that_opens(size: int, bare: Boxes, tmp_path: Path) -> None:
    """Before the exchange the following key may be torn, after it the former one; neither is needed then."""
    ring = bare.ring(bare.fresh(tmp_path / "before"))
    before = ring.load()
    ring.propose(keys.new_key(), ManualClock())
    os.truncate(ring.following, size)
    assert settle(ring)
    assert not check_whole(ring, before)
    folder = bare.fresh(tmp_path / "after")
    ring = bare.ring(folder)
    shutil.copy(ring.current, ring.following)
    os.truncate(ring.current, size)
    assert settle(ring)
    assert not check_whole(ring, before)


def test_a_store_amidst_a_change_tells_what_to_do(bare: Boxes, tmp_path: Path) -> None:
    """A service that gets the former key after the exchange says neither damage nor a stranger's key."""
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    folder = bare.fresh(tmp_path / "try")
    assert bare.cut(folder, "rekey", RENAME, 4)
    ring = bare.ring(folder)
    with pytest.raises(WrongKeyError) as caught:
        open_store(ring.store, ring.load(), ManualClock())
    assert "renkei store init" in caught.value.hint_ja
