"""Thirty days without the hub, and how the box catches up: everything arrives, and what is new never waits for it.

    RENKEI_OUTAGE_DOCUMENTS=500 .venv/bin/pytest tests/exchange/test_outage.py     a whole clinic's day

Time is simulated: each round of requests to the hub takes ROUND_S, as over a slow line; waiting is judged by what the
store wrote down.
"""

from __future__ import annotations

import concurrent.futures
import os
from datetime import timedelta
from itertools import count

import pytest

from appliance.clock import from_iso
from appliance.exchange.fhir_channel import FhirChannel
from appliance.limits import HUB_PROBE_MAX_S
from appliance.records.identity import claim_key
from appliance.store import deliveries
from provisioning.lab.hub import PracticeHub
from provisioning.lab.pki import LabPki
from tests.exchange.box import FACILITY, Box, born
from tests.exchange.reading import Reading
from tests.store.made import coverage, disease, patient

pytestmark = pytest.mark.hub

DAYS = 30
A_DAY = int(os.environ.get("RENKEI_OUTAGE_DOCUMENTS", "20"))
PATIENTS = 30
ROUND_S = 10.0
NEW_WAITS_MAX_S = 60.0


def months() -> list[str]:
    return [f"{year}-{month:02}" for year in range(1980, 2026) for month in range(1, 13)]


def test_thirty_days_are_caught_up_and_new_data_wait_less_than_a_minute_meanwhile(
    box: Box, chart: str, practice_hub: PracticeHub, pki: LabPki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        FhirChannel, "group_max", 5 if A_DAY < 100 else 50
    )  # so that catching up takes a while
    charts = [f"{chart}-{number}" for number in range(PATIENTS)]
    for one in charts:
        box.agreed(one)
    box.settle()
    practice_hub.kill()
    ids = count()
    documents = 0

    def next_document() -> str:
        number = next(ids)
        one, month = charts[number % PATIENTS], months()[number // PATIENTS]
        box.arrived(one, disease(), month=month, sequence=f"{number:06}")
        return claim_key(FACILITY, "1", month, "1112", patient(one, born(one)), (coverage(),))

    for _ in range(DAYS):
        for _ in range(A_DAY):
            next_document()
            documents += 1
        for _ in range(3):
            box.settle(advance_s=HUB_PROBE_MAX_S)
        box.clock.advance(timedelta(days=1).total_seconds())
    assert box.counts()["delivered"] == 3 * PATIENTS
    assert box.worker.breaker.is_open
    assert deliveries.oldest_waiting_s(box.store) > timedelta(days=29).total_seconds()

    practice_hub.start()
    box.clock.advance(HUB_PROBE_MAX_S)
    new, rounds = [], 0
    while box.counts().get("ready", 0) + box.counts().get("held", 0) > 0:
        if rounds % 3 == 0 and not box.worker.breaker.is_open:
            new.append(next_document())
            documents += 1
        one_round(box)
        rounds += 1
        assert rounds < 40 * DAYS * A_DAY
    box.settle()

    assert box.counts() == {"delivered": 3 * PATIENTS + documents}
    reading = Reading.of(practice_hub, pki)
    held = sum(kind == "Encounter" for one in charts for kind, _ in reading.of_patient(box.patient_id(one)))
    assert held == PATIENTS + documents
    waited = [waiting_s(box, key) for key in new]
    assert len(waited) >= 10
    assert max(waited) < NEW_WAITS_MAX_S


def one_round(box: Box) -> None:
    """What goes out side by side takes ROUND_S, however fast the practice hub is."""
    happened = box.worker.turn()
    concurrent.futures.wait(box.worker._in_flight(), timeout=60.0)
    box.clock.advance(ROUND_S if happened else 1.0)


def waiting_s(box: Box, key: str) -> float:
    created, changed, state = box.store.row(  # type: ignore[misc]
        "SELECT created_at, changed_at, state FROM deliveries WHERE document_key = ?", (key,)
    )
    assert state == "delivered"
    return (from_iso(changed) - from_iso(created)).total_seconds()
