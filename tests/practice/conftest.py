"""A population of middling size, made once for all tests of this folder."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.practice.population import Population, care_months, files_of, populate
from appliance.practice.uke_writer import ClaimFile

SEED = 20260601
COUNT = 600


@pytest.fixture(scope="session")
def population() -> Population:
    return populate(COUNT, SEED, care_months(date(2026, 6, 1), 3))


@pytest.fixture(scope="session")
def files(population: Population) -> tuple[ClaimFile, ...]:
    return tuple(files_of(population.claims))
