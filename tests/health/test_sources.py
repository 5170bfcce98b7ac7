"""The doctor's word on each source: by the running service, or by a look of its own that takes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import SystemClock, iso
from appliance.config import SiteConfig
from appliance.health.check import Result
from appliance.health.checks.sources import check
from appliance.service import Figures
from appliance.sources import PRESETS
from appliance.store.db import create_store, open_store
from tests.intake.kept import FOLDER, KEY, site_in

PRESET = FOLDER.replace('kind = "folder"', 'preset = "uke-folder"')


def results(site: SiteConfig) -> list[Result]:
    found = check(site, SystemClock())
    assert not isinstance(found, Result)
    return list(found)


@pytest.fixture
def site(tmp_path: Path) -> SiteConfig:
    made = site_in(tmp_path, PRESET)
    create_store(made.store.path, KEY, SystemClock()).close()
    return made


def test_a_source_that_can_be_read_is_well_and_nothing_is_taken(site: SiteConfig, tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "RECEIPTC.UKE").write_bytes(b"IR,1\r\nGO,1,100,99\r\n\x1a")
    (result,) = results(site)
    assert (result.name, result.level) == ("source receipt", "ok")
    assert (tmp_path / "in" / "RECEIPTC.UKE").exists()
    with open_store(site.store.path, KEY, SystemClock()) as store:
        assert store.value("SELECT count(*) FROM arrivals") == 0


def test_a_folder_that_is_not_there_is_told_with_what_to_set_on_the_receipt_computer(site: SiteConfig):
    (result,) = results(site)
    assert result.level == "error"
    assert PRESETS["uke-folder"].advice_ja in result.hint_ja


def test_the_running_service_s_word_goes_before_a_look_of_our_own(site: SiteConfig):
    figures = Figures(site.run_folder, "intake")
    figures.set("cycle_at", iso(SystemClock().now()))
    figures.set("receipt.trouble", "hanging")
    figures.write()
    (result,) = results(site)
    assert "止まっています" in result.ja


def test_without_a_source_it_says_where_to_name_one(tmp_path: Path):
    (result,) = results(replace(site_in(tmp_path, FOLDER), sources=()))
    assert result.level == "warning"
    assert "sources" in result.hint_ja
