"""Power cuts that drop or tear what was not flushed: nothing acknowledged is lost, and the store opens every time.

`make torture` makes RENKEI_CUTS of them; `make test` a few. The same day without the waiting for the disk loses what it
promised: so the cuts would find it if the product did not wait.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.torture.power import machine

CUTS = int(os.environ.get("RENKEI_CUTS", "20"))
SEED = int(os.environ.get("RENKEI_SEED", "20261130"))
STEPS = 60 if CUTS > 50 else 24
"""Sixty fill the write-ahead log more than once: it is copied into the store and begun anew amidst them."""
CARELESS_STEPS, CARELESS_CUTS = 12, 24
KEPT = machine.CACHE.parent / "cuts"
"""The log of a day after which something was wrong, for `python -m tests.torture.power.again`."""
BOOT_S, CUT_S = 240.0, 8.0
"""Far more than it takes, on a machine that has other things to do."""


@dataclass(slots=True)
class Campaign:
    """One day of the box, and what was found after each cut."""

    acknowledged: int
    repaired: int = 0
    """File systems that had to be repaired before they could be mounted, as at the box's start."""
    cuts: list[dict[str, Any]] = field(default_factory=list)

    def wrong(self) -> list[str]:
        return [f"cut {cut['kind']} in {cut['span']}: {one}" for cut in self.cuts for one in cut["wrong"]]

    def line(self) -> str:
        kinds = Counter(cut["kind"] for cut in self.cuts)
        asked = sum(cut["acknowledged"] for cut in self.cuts)
        spoiled = sum(bool(cut["wrong"]) for cut in self.cuts)
        return (
            f"{len(self.cuts)} power cuts {dict(kinds)}: {self.acknowledged} things acknowledged, asked for "
            f"{asked} times, {len(self.wrong())} lost or wrong after {spoiled} cuts,"
            f" {self.repaired} file systems repaired first"
        )


@pytest.fixture(scope="module")
def campaigns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Campaign]:
    """All campaigns, in one run of the virtual machine."""
    wanted = (
        f"nothing:{STEPS}:{CUTS}",
        f"rows:{CARELESS_STEPS}:{CARELESS_CUTS}",
        f"files:{CARELESS_STEPS}:{CARELESS_CUTS}",
    )
    try:
        out, console = machine.run(
            tmp_path_factory.mktemp("machine"),
            machine.python("tests.torture.power.guest", str(SEED), str(time.time()), *wanted),
            kept=KEPT,
            within_s=BOOT_S + CUT_S * (CUTS + STEPS),
        )
    except machine.NoMachineError as error:
        pytest.skip(str(error))
    found: dict[str, Campaign] = {}
    current = None
    for line in out.splitlines():
        told = json.loads(line)
        if "careless" in told:
            current = found[told["careless"]] = Campaign(told["acknowledged"])
        elif current is not None and "repaired" in told:
            current.repaired += 1
        elif current is not None:
            current.cuts.append(told)
    for name, campaign in found.items():
        print(f"\ncareless with {name}: {campaign.line()}", flush=True)
    for cut in found["nothing"].cuts:
        if cut["wrong"]:
            print(f"{cut['kind']} in span {cut['span']}: {cut['wrong']}", flush=True)
    assert len(found) == len(wanted), console[-4000:]
    return found


@pytest.mark.torture
def test_nothing_acknowledged_is_lost_when_the_power_is_cut(campaigns: dict[str, Campaign]) -> None:
    campaign = campaigns["nothing"]
    assert campaign.wrong() == []
    assert len(campaign.cuts) == CUTS
    assert campaign.acknowledged > STEPS
    assert {cut["kind"] for cut in campaign.cuts} == {"dropped", "torn", "closing torn"}


@pytest.mark.torture
def test_a_store_that_does_not_wait_for_the_disk_is_found_out(campaigns: dict[str, Campaign]) -> None:
    assert any("lost: consent" in one for one in campaigns["rows"].wrong())


@pytest.mark.torture
def test_a_piece_file_that_does_not_wait_for_the_disk_is_found_out(campaigns: dict[str, Campaign]) -> None:
    wrong = campaigns["files"].wrong()
    assert any("lost: piece" in one or "lost: file" in one for one in wrong)
    assert not any("lost: consent" in one for one in wrong)
