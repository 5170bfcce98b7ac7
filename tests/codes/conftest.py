"""Compiled masters for the tests of this room: made-up ones, and the published ones where they are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.codes.command import BuildSummary, build_masters
from appliance.codes.lookup import Lookup
from tests.codes.made import lookup_of, masters


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lookup]:
    with lookup_of(tmp_path_factory.mktemp("made"), masters()) as lookup:
        yield lookup


@pytest.fixture(scope="session")
def built(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildSummary:
    """All published masters at hand, compiled."""
    return build_masters(shared / "masters", tmp_path_factory.mktemp("published") / "masters.db")


@pytest.fixture(scope="session")
def published(built: BuildSummary) -> Iterator[Lookup]:
    with Lookup(built.out) as lookup:
        yield lookup
