"""The doctor's word on the operator's signed documents."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from appliance.clock import ManualClock
from appliance.config import SiteConfig
from appliance.consent.defaults import policy_document
from appliance.health.checks.rules import check
from appliance.limits import RULES_WARNING_D
from tests.intake.kept import site_in
from tests.signing import write_rules

CLOCK = ManualClock()


def levels(site: SiteConfig) -> list[str]:
    found = check(site, CLOCK)
    assert all(one.hint_ja and one.hint_en for one in found if one.level != "ok")
    return [one.level for one in found]


def test_good_documents_are_well(tmp_path: Path):
    site = site_in(tmp_path)
    assert levels(site) == ["ok", "ok"]


def test_one_that_ends_soon_is_a_warning_and_one_that_has_ended_an_error(tmp_path: Path):
    site = site_in(tmp_path)
    now = CLOCK.now()
    soon = (now - timedelta(days=1), now + timedelta(days=RULES_WARNING_D) - timedelta(seconds=1))
    write_rules(tmp_path, site.network.name, soon, policy=policy_document("2"))
    assert levels(site) == ["warning", "ok"]
    write_rules(tmp_path, site.network.name, (soon[0], now), policy=policy_document("3"))
    assert levels(site) == ["error", "ok"]


def test_one_that_is_away_or_changed_is_an_error(tmp_path: Path):
    site = site_in(tmp_path)
    (tmp_path / "participants.json").unlink()
    (tmp_path / "policy.json").write_bytes(policy_document("1"))
    assert levels(site) == ["error", "error"]
