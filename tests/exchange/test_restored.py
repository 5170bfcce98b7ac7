"""A box whose store was restored, against the practice hub: what it missed since the backup neither comes back nor is undone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config import HubConfig
from appliance.consent.states import State
from appliance.store import access, backup_keys, governing, owing, restoring
from appliance.store.access import Gate
from appliance.store.backup import Box as BackedUp
from appliance.store.backup import make
from appliance.store.backup_pool import Pool
from appliance.store.db import open_store
from provisioning.lab.hub import PracticeHub
from provisioning.lab.pki import LabPki
from tests.exchange.box import FACILITY, PATIENT, Box
from tests.exchange.reading import Reading
from tests.store.backed_up import OPERATOR
from tests.store.made import disease

pytestmark = pytest.mark.hub


def back_up(box: Box, folder: Path) -> Pool:
    pool = Pool(folder / "backups")
    make(
        BackedUp(box.store.path, bytes(32), "box-1", OPERATOR.certificate, box.clock), pool, daily=7, weekly=4
    )
    return pool


def restored(box: Box, pool: Pool, hub: HubConfig) -> Box:
    """The same box after its disk died and the newest backup was put in."""
    box.hub.close()
    box.store.close()
    path, key = box.store.path, bytes(32)
    restoring.restore(pool, restoring.choose(pool), backup_keys.by_box(key), path, key, box.clock)
    store = open_store(path, key, box.clock)
    return Box.on(store, box.clock, hub, PATIENT, box.doctor)


@pytest.fixture
def reading(practice_hub: PracticeHub, pki: LabPki) -> Reading:
    return Reading.of(practice_hub, pki)


def test_what_was_sent_after_the_backup_is_found_there_and_not_sent_again(
    box: Box, hub_config: HubConfig, reading: Reading, tmp_path: Path, chart: str
) -> None:
    box.agreed(chart)
    pool = back_up(box, tmp_path)
    box.settle()
    assert set(box.counts()) == {"delivered"}
    again = restored(box, pool, hub_config)
    try:
        assert set(again.counts()) == {"doubtful"}
        again.settle(advance_s=400)
        assert set(again.counts()) == {"delivered"}
    finally:
        again.close()


def test_a_withdrawal_that_the_restored_store_has_forgotten_still_holds(
    box: Box, hub_config: HubConfig, reading: Reading, tmp_path: Path, chart: str
) -> None:
    """Signed and sent after the backup: the restored store believes the consent active, the hub knows better."""
    who = box.agreed(chart)
    consent = governing.of_patient(box.store, who)[0].resource_id
    pool = back_up(box, tmp_path)
    box.settle()
    box.withdraw(who)
    box.settle()
    assert _status(reading, consent) == "inactive"
    again = restored(box, pool, hub_config)
    try:
        record = governing.by_resource(again.store, consent)
        assert record is not None
        assert record.state is State.ACTIVE
        again.settle(advance_s=400)
        record = governing.by_resource(again.store, consent)
        assert record is not None
        assert record.state is State.WITHDRAWN
        assert again.store.meta(restoring.DISTRUSTED) is None
        assert _status(reading, consent) == "inactive"
        assert again.store.value("SELECT count(*) FROM deliveries WHERE state IN ('ready', 'claimed')") == 0
    finally:
        again.close()


def test_nothing_is_sent_or_shown_until_the_hub_has_been_heard(
    box: Box, hub_config: HubConfig, tmp_path: Path, chart: str
) -> None:
    who = box.agreed(chart)
    pool = back_up(box, tmp_path)
    box.settle()
    again = restored(box, pool, replace(hub_config, url="https://127.0.0.1:1/fhir/R4"))
    try:
        again.settle(advance_s=400)
        assert set(again.counts()) == {"doubtful"}
        decided = access.provide_decisions(again.store, again.rules, who, FACILITY, [("basic", "2026-10-01")])
        assert {one.reason for one in decided.values()} == {"stale"}
    finally:
        again.close()


def test_an_older_version_never_overwrites_a_newer_one_that_the_hub_has(
    box: Box, hub_config: HubConfig, reading: Reading, tmp_path: Path, chart: str
) -> None:
    box.agreed(chart)
    pool = back_up(box, tmp_path)
    box.settle()
    box.clock.advance(60)
    box.arrived(chart, disease("2500015"), sequence="2026-10")
    box.settle()
    newer = reading.of_patient(box.patient_id(chart))
    again = restored(box, pool, hub_config)
    try:
        again.settle(advance_s=400)
        assert reading.of_patient(again.patient_id(chart)) == newer
        assert again.store.rows("SELECT state, reason FROM deliveries WHERE kind = 'put'") == [
            ("withdrawn", "superseded")
        ]
    finally:
        again.close()


def test_a_removal_from_before_the_backup_never_removes_what_came_after(
    box: Box, hub_config: HubConfig, reading: Reading, tmp_path: Path, chart: str
) -> None:
    who = box.agreed(chart)
    box.settle()
    box.clock.advance(60)
    with box.store.transaction():
        (row,) = box.store.rows("SELECT id, key FROM documents WHERE state = 'current'")
        box.store.execute("UPDATE documents SET state = 'removed' WHERE id = ?", (row[0],))
        owing.owe_removal(box.store, Gate(box.store, box.rules), FACILITY, who, row[0], row[1])
    pool = back_up(box, tmp_path)
    box.settle()
    box.clock.advance(60)
    box.arrived(chart, disease("2500015"), sequence="2026-10")
    box.settle()
    newer = reading.of_patient(box.patient_id(chart))
    assert any(kind == "Condition" for kind, _ in newer)
    again = restored(box, pool, hub_config)
    try:
        again.settle(advance_s=400)
        assert reading.of_patient(again.patient_id(chart)) == newer
    finally:
        again.close()


def _status(reading: Reading, consent: str) -> str:
    found = reading.one("Consent", consent)
    return str(found["status"]) if found else ""
