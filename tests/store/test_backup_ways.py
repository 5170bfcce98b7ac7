"""The ways of a backup: another disk, a medium that comes and goes, the operator's store that forgets nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
import requests

from appliance.clock import ManualClock
from appliance.config import BackupConfig, BackupWay, SiteConfig
from appliance.limits import BACKUP_PART_BYTES
from appliance.store import backup, backup_running, checking, swapping
from appliance.store.backup import BackupAbsentError, BackupPlaceError
from appliance.store.backup_keys import by_box, by_operator
from appliance.store.backup_places import Machine, pool_of
from appliance.store.backup_pool import Pool
from appliance.store.backup_running import BackupBusyError, Outcome
from appliance.store.db import open_store
from appliance.store.restoring import choose, drill, restore
from provisioning.lab.backup_store import BackupStore
from provisioning.lab.pki import KeyPair, LabPki, make_lab_pki
from tests.intake.kept import FOLDER, site_in
from tests.store.backed_up import DEVICE, KEY, OPERATOR, Kept, bring
from tests.store.made import FACILITY

HOUR_S = 3_600.0


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> LabPki:
    return make_lab_pki(tmp_path_factory.mktemp("pki"), [FACILITY])


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept.new(tmp_path)


@pytest.fixture
def server(pki: LabPki, tmp_path: Path) -> Iterator[BackupStore]:
    with BackupStore(pki, tmp_path / "operator") as running:
        yield running


def site(kept: Kept, *backups: BackupConfig, pki: LabPki | None = None) -> SiteConfig:
    made = site_in(kept.folder, FOLDER)
    certificate = kept.folder / "recovery.pem"
    certificate.write_bytes(OPERATOR.certificate)
    store = replace(made.store, path=kept.path, recovery_certificate=certificate)
    hub = made.hub
    if pki is not None:
        pair = pki.client(FACILITY, DEVICE)
        hub = replace(hub, ca=pki.ca_path, certificate=pair.cert, key=pair.key)
    return replace(made, device_id=DEVICE, store=store, hub=hub, backups=backups)


def local(folder: Path, *, same_disk: bool = True) -> BackupConfig:
    folder.mkdir(exist_ok=True)
    return BackupConfig("disk", BackupWay.LOCAL, folder=folder, same_disk=same_disk)


def operator(server: BackupStore) -> BackupConfig:
    return BackupConfig("operator", BackupWay.OPERATOR, url=server.url)


def run(of: SiteConfig, clock: ManualClock, *, due_only: bool = True) -> list[Outcome]:
    return backup_running.run(of, KEY, clock, due_only=due_only)


def codes(outcomes: list[Outcome]) -> dict[str, str]:
    return {one.name: one.error.code if one.error else "" for one in outcomes}


def test_it_is_done_when_due_and_what_became_of_it_is_written_down(kept: Kept) -> None:
    of = site(kept, local(kept.folder / "disk"))
    assert codes(run(of, kept.clock)) == {"disk": ""}
    assert run(of, kept.clock) == []
    kept.clock.advance(23 * HOUR_S)
    assert run(of, kept.clock) == []
    kept.clock.advance(0.6 * HOUR_S)
    assert codes(run(of, kept.clock)) == {"disk": ""}
    assert len(Pool(kept.folder / "disk" / DEVICE).generations()) == 2
    with kept.open() as store:
        age = backup_running.age_s(store, "disk")
        assert age is not None
        assert age < 60
        assert backup_running.last_trouble(store, "disk") == ""


def test_one_way_that_fails_keeps_no_other_from_being_done_and_is_tried_again(kept: Kept) -> None:
    away = BackupConfig("away", BackupWay.LOCAL, folder=kept.folder / "not-mounted")
    of = site(kept, away, local(kept.folder / "disk"))
    assert codes(run(of, kept.clock)) == {"away": "STORE-0202", "disk": ""}
    assert codes(run(of, kept.clock)) == {"away": "STORE-0202"}
    with kept.open() as store:
        assert backup_running.last_trouble(store, "away") == "STORE-0202"
        assert backup_running.age_s(store, "away") is None


def test_the_store_s_own_disk_is_no_place_unless_allowed(kept: Kept) -> None:
    of = site(kept, local(kept.folder / "disk", same_disk=False))
    (outcome,) = run(of, kept.clock)
    assert isinstance(outcome.error, BackupPlaceError)
    assert "同じディスク" in outcome.ja


def test_two_runs_do_not_meet(kept: Kept) -> None:
    of = site(kept, local(kept.folder / "disk"))
    with backup_running.one_at_a_time(of), pytest.raises(BackupBusyError):
        run(of, kept.clock)


# --- a removable medium ------------------------------------------------------------------------------


@pytest.fixture
def medium(tmp_path: Path) -> Iterator[tuple[Machine, Path]]:
    """A real ext4 file system of its own on a loop device, mounted; what udev would link stands in a folder of ours."""
    image, mounted, labels = tmp_path / "usb.img", tmp_path / "usb mount", tmp_path / "by-label"
    mounted.mkdir()
    labels.mkdir()
    with image.open("wb") as file:
        file.truncate(128 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-L", "RENKEI BK", str(image)], check=True)
    made = subprocess.run(
        ["losetup", "--find", "--show", str(image)], capture_output=True, text=True, check=False
    )
    if os.getuid() or made.returncode:
        pytest.skip("no loop device here (needs root)")
    device = made.stdout.strip()
    try:
        if subprocess.run(["mount", device, str(mounted)], check=False).returncode:
            pytest.skip("nothing can be mounted here")
        (labels / "RENKEI\\x20BK").symlink_to(device)
        yield Machine(labels=labels), mounted
    finally:
        subprocess.run(["umount", str(mounted)], check=False, capture_output=True)
        subprocess.run(["losetup", "--detach", device], check=False)


def test_a_medium_is_found_by_its_label_and_its_absence_is_told(
    kept: Kept, medium: tuple[Machine, Path]
) -> None:
    machine, mounted = medium
    usb = BackupConfig("usb", BackupWay.USB, label="RENKEI BK")
    of = site(kept, usb)
    (outcome,) = backup_running.run(of, KEY, kept.clock, machine=machine)
    assert outcome.error is None
    pool = Pool(mounted / "renkei-backup" / DEVICE)
    report = drill(pool, choose(pool), by_box(KEY), kept.folder / "scratch", kept.clock)
    assert report.findings == ()
    subprocess.run(["umount", str(mounted)], check=True)
    (outcome,) = backup_running.run(of, KEY, kept.clock, machine=machine)
    assert isinstance(outcome.error, BackupAbsentError)
    (machine.labels / "RENKEI\\x20BK").unlink()
    with pytest.raises(BackupAbsentError):
        pool_of(of, usb, machine)


def test_a_medium_that_is_full_loses_nothing(kept: Kept, medium: tuple[Machine, Path]) -> None:
    machine, mounted = medium
    of = site(kept, BackupConfig("usb", BackupWay.USB, label="RENKEI BK"))
    backup_running.run(of, KEY, kept.clock, machine=machine)
    free = os.statvfs(mounted)
    (mounted / "filler").write_bytes(bytes(free.f_bavail * free.f_frsize - 200_000))
    kept.clock.advance(48 * HOUR_S)
    (outcome,) = backup_running.run(of, KEY, kept.clock, machine=machine)
    assert isinstance(outcome.error, BackupPlaceError)
    pool = Pool(mounted / "renkei-backup" / DEVICE)
    assert len(pool.generations()) == 1
    backup.verify(pool.generations()[0].folder, pool, by_box(KEY), kept.clock)


# --- the operator's store ----------------------------------------------------------------------------


def test_what_the_operator_holds_restores_on_a_new_box(kept: Kept, server: BackupStore, pki: LabPki) -> None:
    with kept.open() as store, store.transaction():
        store.set_meta("padding", "x" * BACKUP_PART_BYTES)  # the copy goes in more than one part
    of = site(kept, operator(server), pki=pki)
    assert codes(run(of, kept.clock)) == {"operator": ""}
    assert len(list(server.folder.rglob("store.db.*"))) == 2
    counts = kept.counts()
    kept.lose()
    pool = Pool(server.bring(DEVICE, kept.folder / "stick"))
    opener = by_operator(OPERATOR.key, OPERATOR.certificate)
    place = kept.folder / "new" / "store.db"
    report = restore(pool, choose(pool), opener, place, bytes(32), kept.clock)
    assert report.findings == ()
    with open_store(place, bytes(32), kept.clock) as store:
        assert checking.examine(store) == []
        assert backup.counts_of(store)["arrivals"] == counts["arrivals"]


def test_nothing_of_what_was_sent_waits_on_the_box(kept: Kept, server: BackupStore, pki: LabPki) -> None:
    run(site(kept, operator(server), pki=pki), kept.clock)
    waiting = swapping.beside(kept.path, ".outgoing")
    assert [one for one in waiting.rglob("*") if one.is_file()] == []


def test_after_a_cut_only_what_lacks_is_sent(kept: Kept, server: BackupStore, pki: LabPki) -> None:
    with kept.open() as store:
        bring(store, "MORE", large=6)
    of = site(kept, operator(server), pki=pki)
    server.cut_after = 5
    (outcome,) = run(of, kept.clock)
    assert isinstance(outcome.error, BackupAbsentError)
    there = {one: one.stat().st_mtime_ns for one in server.folder.rglob("*") if one.is_file()}
    assert len(there) == 5
    server.cut_after = None
    kept.clock.advance(HOUR_S)
    assert codes(run(of, kept.clock)) == {"operator": ""}
    now = {one: one.stat().st_mtime_ns for one in server.folder.rglob("*") if one.is_file()}
    assert there.items() <= now.items()
    pool = Pool(server.bring(DEVICE, kept.folder / "stick"))
    assert len(pool.generations()) == 1
    backup.verify(pool.generations()[0].folder, pool, by_box(KEY), kept.clock)


def test_a_half_sent_generation_is_none(kept: Kept, server: BackupStore, pki: LabPki) -> None:
    server.cut_after = 4
    run(site(kept, operator(server), pki=pki), kept.clock)
    assert Pool(server.bring(DEVICE, kept.folder / "stick")).generations() == []


def as_box(pair: KeyPair, pki: LabPki, method: str, url: str, **more: object) -> int:
    answer = requests.request(
        method,
        url,
        cert=(str(pair.cert), str(pair.key)),
        verify=str(pki.ca_path),
        timeout=30,
        **more,  # type: ignore[arg-type]
    )
    return answer.status_code


def test_whoever_holds_the_box_can_neither_delete_replace_nor_read_what_was_sent(
    kept: Kept, server: BackupStore, pki: LabPki
) -> None:
    """With the box's own certificate and key: a wiped, stolen or hostile box takes nothing away."""
    run(site(kept, operator(server), pki=pki), kept.clock)
    pair = pki.client(FACILITY, DEVICE)
    before = {one: one.read_bytes() for one in server.folder.rglob("*") if one.is_file()}
    assert before
    for file in before:
        url = f"{server.url}/{file.relative_to(server.folder)}"
        assert as_box(pair, pki, "DELETE", url) == HTTPStatus.METHOD_NOT_ALLOWED
        assert as_box(pair, pki, "PUT", url, data=b"x") == HTTPStatus.PRECONDITION_REQUIRED
        digest = "sha-256=:LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=:"
        headers = {"If-None-Match": "*", "Content-Digest": digest}
        assert as_box(pair, pki, "PUT", url, data=b"x", headers=headers) == HTTPStatus.PRECONDITION_FAILED
        assert as_box(pair, pki, "GET", url) == HTTPStatus.FORBIDDEN
        for method in ("POST", "PATCH"):
            assert as_box(pair, pki, method, url, data=b"x") == HTTPStatus.METHOD_NOT_ALLOWED
    assert {one: one.read_bytes() for one in server.folder.rglob("*") if one.is_file()} == before


def test_another_box_reaches_nothing_of_it(kept: Kept, server: BackupStore, pki: LabPki) -> None:
    run(site(kept, operator(server), pki=pki), kept.clock)
    other = pki.client(FACILITY, "box-2")
    assert as_box(other, pki, "GET", f"{server.url}/{DEVICE}/") == HTTPStatus.FORBIDDEN
    headers = {
        "If-None-Match": "*",
        "Content-Digest": "sha-256=:LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=:",
    }
    url = f"{server.url}/{DEVICE}/pieces/abc"
    assert as_box(other, pki, "PUT", url, data=b"x", headers=headers) == HTTPStatus.FORBIDDEN


def test_a_server_that_is_away_is_told_and_the_backup_waits(kept: Kept, pki: LabPki) -> None:
    away = BackupConfig("operator", BackupWay.OPERATOR, url="https://127.0.0.1:1/v1")
    (outcome,) = run(site(kept, away, pki=pki), kept.clock)
    assert isinstance(outcome.error, BackupAbsentError)
    assert len(Pool(swapping.beside(kept.path, ".outgoing")).generations()) == 1
