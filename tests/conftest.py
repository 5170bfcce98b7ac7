"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("renkei", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("renkei")
"""A busy machine is no failure: how long anything takes is measured by `make bench`, never asserted."""


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of samples, masters and profiles that lies beside the checkout; tests on it skip where it is absent."""
    folder = Path(os.environ.get("RENKEI_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not (folder / "samples").is_dir():
        pytest.skip("the shared sample files are not on this machine (set RENKEI_SHARED to their folder)")
    return folder
