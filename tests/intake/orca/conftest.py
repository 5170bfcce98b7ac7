"""A clinic of a few made-up patients for every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.practice.orca.answers import Chart
from tests.intake.orca.clinic import Clinic, clinic_of
from tests.simulators.orca import charts_of


@pytest.fixture(scope="session")
def charts() -> list[Chart]:
    return charts_of(40)


@pytest.fixture
def clinic(tmp_path: Path, charts: list[Chart]) -> Iterator[Clinic]:
    with clinic_of(tmp_path, charts) as made:
        yield made
