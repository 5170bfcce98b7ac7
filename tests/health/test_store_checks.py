"""The doctor's word on backups and the disk, and what staff see of a store that was recovered or restored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import ManualClock
from appliance.config import BackupConfig, BackupWay, SiteConfig
from appliance.desk.status import status_lines
from appliance.health.check import Check, Result
from appliance.health.checks import backup, disk
from appliance.records.messages import StatusLine
from appliance.store import backup_running, swapping
from appliance.store.damage import open_for_service
from appliance.store.db import create_store, open_store
from appliance.store.restoring import DISTRUSTED
from tests.intake.kept import FOLDER, KEY, site_in
from tests.store.backed_up import OPERATOR

DAY_S = 86_400.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def site(tmp_path: Path, clock: ManualClock) -> SiteConfig:
    made = site_in(tmp_path, FOLDER)
    create_store(made.store.path, KEY, clock).close()
    (tmp_path / "store.key").write_bytes(KEY)
    (tmp_path / "store.key").chmod(0o600)
    (tmp_path / "disk").mkdir()
    certificate = tmp_path / "recovery.pem"
    certificate.write_bytes(OPERATOR.certificate)
    ways = (
        BackupConfig("disk", BackupWay.LOCAL, folder=tmp_path / "disk", same_disk=True),
        BackupConfig("usb", BackupWay.USB, label="NO SUCH MEDIUM", warn_after_d=14),
    )
    return replace(made, store=replace(made.store, recovery_certificate=certificate), backups=ways)


def results(check: Check, site: SiteConfig, clock: ManualClock) -> dict[str, Result]:
    found = check(site, clock)
    assert isinstance(found, Sequence)
    return {one.name: one for one in found}


def box_line(site: SiteConfig, clock: ManualClock) -> StatusLine:
    with open_store(site.store.path, KEY, clock) as store:
        return next(line for line in status_lines(site, store) if line.name == "box")


def test_without_a_backup_the_installer_is_told(site: SiteConfig, clock: ManualClock) -> None:
    found = results(backup.check, replace(site, backups=()), clock)
    assert found["backup"].level == "warning"
    assert "[[backups]]" in found["backup"].hint_ja
    assert box_line(replace(site, backups=()), clock).level == "ok"


def test_each_way_is_judged_by_its_own_limit(site: SiteConfig, clock: ManualClock) -> None:
    backup_running.run(site, KEY, clock)
    found = results(backup.check, site, clock)
    assert (found["backup disk"].level, found["backup usb"].level) == ("ok", "warning")
    assert "STORE-0202" in found["backup usb"].ja
    clock.advance(4 * DAY_S)
    assert results(backup.check, site, clock)["backup disk"].level == "warning"


def test_staff_see_that_backups_are_overdue(site: SiteConfig, clock: ManualClock) -> None:
    of = replace(site, backups=site.backups[:1])
    backup_running.run(of, KEY, clock)
    assert box_line(of, clock).level == "ok"
    clock.advance(4 * DAY_S)
    line = box_line(of, clock)
    assert (line.level, "バックアップ" in line.ja) == ("warning", True)


def test_a_recovered_store_is_plainly_said_until_the_damaged_one_is_gone(
    site: SiteConfig, clock: ManualClock
) -> None:
    of = replace(site, backups=())
    open_for_service(of.store.path, KEY, clock).close()
    content = bytearray(of.store.path.read_bytes())
    content[3_000] ^= 1
    of.store.path.write_bytes(content)
    open_for_service(of.store.path, KEY, clock).close()
    line = box_line(of, clock)
    assert line.level == "error"
    assert "壊れていた" in line.ja
    assert "続けられます" in line.hint_ja
    found = results(disk.check, of, clock)["set-aside"]
    assert found.level == "error"
    assert "set-aside-" in found.ja
    for one in swapping.set_aside(of.store.path):
        swapping.remove(one)
    assert "set-aside" not in results(disk.check, of, clock)
    assert "壊れていた" not in box_line(of, clock).ja


def test_a_restored_store_says_that_it_waits_for_the_network(site: SiteConfig, clock: ManualClock) -> None:
    of = replace(site, backups=())
    with open_store(of.store.path, KEY, clock) as store, store.transaction():
        store.set_meta(DISTRUSTED, store.now())
    line = box_line(of, clock)
    assert (line.level, "同意を確かめ直して" in line.ja) == ("warning", True)


def test_the_disk_s_room_is_told(site: SiteConfig, clock: ManualClock) -> None:
    found = results(disk.check, site, clock)["disk"]
    assert "MiB" in found.ja
