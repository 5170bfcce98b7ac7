"""What the tests of serial lines share: messages and forms of made-up patients."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.practice.laboratory.writing import write_laboratory
from appliance.practice.pharmacy.writing import write_pharmacy
from appliance.practice.population import Population, care_months, populate
from appliance.records.document import Format
from tests.simulators.analyser import records_of


@pytest.fixture(scope="session")
def population() -> Population:
    return populate(40, 20260601, care_months(date(2026, 6, 1), 1))


@pytest.fixture(scope="session")
def messages(population: Population) -> list[list[bytes]]:
    """The laboratory's reports as the records of one ASTM message each, shortest first."""
    whole = b"".join(file.data for file in write_laboratory(population, {Format.ASTM}).files)
    found: list[list[bytes]] = []
    for record in records_of(whole):
        if record.startswith(b"H"):
            found.append([])
        found[-1].append(record)
    return sorted(found, key=len)


@pytest.fixture(scope="session")
def slips(population: Population) -> list[list[bytes]]:
    """院外処方箋, each as the codes it is printed as."""
    found: dict[str, list[bytes]] = {}
    for file in write_pharmacy(population, {Format.JAHIS_RX}).files:
        found.setdefault(file.holds[0], []).append(file.data)
    return list(found.values())
