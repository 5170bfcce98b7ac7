"""What `renkei convert --to fhir` makes of the sample claim files passes every judge."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from appliance.run import run
from tests.judges import judge

FINDINGS = 1
"""Exit status: done, with something to tell."""


@pytest.fixture(scope="module")
def bundles(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The bundles of every sample that is a claim file of today."""
    folder = tmp_path_factory.mktemp("converted")
    samples = sorted((shared / "samples" / "uke").glob("*.UKE"))
    for number, sample in enumerate(samples):
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "appliance",
            "convert",
            sample,
            "--to",
            "fhir",
            "--out",
            folder / str(number),
        ]
        assert run(command, check=False).status <= FINDINGS, sample.name
    return sorted(folder.rglob("*.json"))


def test_every_bundle_passes_base_r4(bundles: list[Path]) -> None:
    verdicts = judge(bundles)
    assert len(verdicts) > len(bundles) > 0
    assert [str(verdict) for verdict in verdicts if verdict.errors] == []


def test_every_bundle_passes_jp_core(bundles: list[Path], shared: Path) -> None:
    packages = [shared / "profiles" / name for name in ("jp-core-1.1.2.tgz", "jp-clins-1.5.2.tgz")]
    verdicts = judge(bundles, packages)
    assert [str(verdict) for verdict in verdicts if verdict.errors] == []
    judged = {verdict.type for verdict in verdicts if verdict.profiles}
    assert judged >= {
        "Patient",
        "Coverage",
        "Encounter",
        "Condition",
        "Procedure",
        "MedicationRequest",
        "Organization",
    }
