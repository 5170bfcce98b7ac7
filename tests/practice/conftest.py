"""A population of middling size, made once for all tests of this folder."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from appliance.practice.made import Made, MadeFile
from appliance.practice.population import Population, care_months, files_of, populate
from appliance.practice.uke_writer import ClaimFile
from appliance.practice.writers import PLACES, write_formats
from appliance.records.document import Format

SEED = 20260601
COUNT = 600


@pytest.fixture(scope="session")
def population() -> Population:
    return populate(COUNT, SEED, care_months(date(2026, 6, 1), 3))


@pytest.fixture(scope="session")
def files(population: Population) -> tuple[ClaimFile, ...]:
    return tuple(files_of(population.claims))


@pytest.fixture(scope="session")
def made(population: Population) -> Made:
    """The files of every format beside 医科."""
    return write_formats(population, tuple(PLACES))


@pytest.fixture(scope="session")
def files_by_format(made: Made) -> dict[Format, list[MadeFile]]:
    found: dict[Format, list[MadeFile]] = {}
    for file in made.files:
        found.setdefault(file.format, []).append(file)
    return found


@pytest.fixture(scope="session")
def entries(made: Made) -> dict[str, dict[str, Any]]:
    """The manifest's lists, each by the entries' ids."""
    return {name: {str(entry["id"]): entry for entry in own} for name, own in made.entries}
