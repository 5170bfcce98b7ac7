"""Whatever a hub and a line do, the hub ends with exactly what the model says: seeded, bounded campaigns.

    RENKEI_CAMPAIGN_STEPS=2000 .venv/bin/pytest tests/exchange/test_campaign.py

The model knows nothing of bundles, states or mappers: of each patient it keeps which codes stand in which month's newest
claim, and whether the consent holds. Each code is used once only, so that a code at the hub tells which version it is of.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from appliance.config import HubConfig
from appliance.exchange.fhir.reading import inside, objects, words
from appliance.exchange.hub import Patience
from appliance.limits import DELIVERY_BACKOFF_MAX_S, HUB_PROBE_MAX_S
from appliance.records.coding import CodeSystem
from appliance.store import documents
from provisioning.lab.hub import Fault, FaultKind, PracticeHub
from provisioning.lab.pki import LabPki, make_lab_pki
from tests.exchange.box import FACILITY, Box, born
from tests.exchange.reading import Reading
from tests.store import consented
from tests.store.made import act, arrival, claim, disease, patient

pytestmark = pytest.mark.hub

STEPS = int(os.environ.get("RENKEI_CAMPAIGN_STEPS", "80"))
PATIENTS = 4
MONTHS = ("2026-06", "2026-07", "2026-08")
HASTY = Patience(connect_s=2.0, read_s=0.5, in_all_s=2.0)
FAULTS: tuple[tuple[FaultKind, int | None], ...] = (
    ("drop-before", None),
    ("drop-after", None),
    ("garbage", None),
    ("slow", None),
    ("status", 429),
    ("status", 500),
    ("status", 502),
    ("status", 503),
    ("status", 409),
    ("status", 401),
    ("status", 408),
)


@dataclass(slots=True)
class Model:
    """One patient as the network must end up seeing them."""

    months: dict[str, frozenset[str]] = field(default_factory=dict)
    agreed: bool = False
    untold: set[str] = field(default_factory=set)
    """Codes that came in while no consent held: never to be seen before one holds again."""

    @property
    def codes(self) -> set[str]:
        return {code for codes in self.months.values() for code in codes}


class Campaign:
    """One box, one hub, and chance."""

    def __init__(self, seed: int, box: Box, hub: PracticeHub, charts: list[str], other: LabPki) -> None:
        self.chance = Random(seed)
        self.box = box
        self.hub = hub
        self.charts = charts
        self.other = other
        self.model = {chart: Model() for chart in charts}
        self.count = 0

    def step(self) -> None:
        what: Callable[[], None] = self.chance.choices(
            (
                self.claim_arrives,
                self.claim_is_taken_back,
                self.patient_agrees,
                self.patient_withdraws,
                self.faults_begin,
                self.hub_dies,
                self.box_dies,
                self.hub_shows_another_certificate,
                self.time_passes,
            ),
            (40, 5, 12, 2, 25, 2, 6, 1, 10),
        )[0]
        what()
        self.work()

    # --- what happens at the clinic ----------------------------------------------------------------------

    def claim_arrives(self) -> None:
        chart, month = self.chance.choice(self.charts), self.chance.choice(MONTHS)
        known = self.model[chart]
        kept = {one for one in known.months.get(month, frozenset()) if self.chance.random() < 0.5}
        fresh = {self.new_code() for _ in range(self.chance.randint(1, 3))}
        codes = sorted(kept | fresh)
        records = [act(one) if one.startswith("1") else disease(one) for one in codes]
        self.file(chart, month, claim(patient(chart, born(chart)), *records, month=month))
        known.months[month] = frozenset(codes)
        if not known.agreed:
            known.untold |= fresh

    def claim_is_taken_back(self) -> None:
        chart = self.chance.choice(self.charts)
        if not self.model[chart].months:
            return
        month = self.chance.choice(sorted(self.model[chart].months))
        gone = replace(
            claim(patient(chart, born(chart)), month=month), records=(), tombstone=True, points=None
        )
        self.file(chart, month, gone)
        del self.model[chart].months[month]

    def file(self, chart: str, month: str, document: documents.Document) -> None:
        self.count += 1
        number = arrival(self.box.store, f"{chart} {month} {self.count}".encode())
        named = replace(document, sequence=f"{self.count:06}", set_key="")
        with self.box.store.transaction():
            documents.put(self.box.store, self.box.rules, number, [named])

    def new_code(self) -> str:
        """A disease or an act of this campaign alone."""
        self.count += 1
        return f"{self.chance.choice(('88', '1120'))}{self.count:05}"

    def patient_agrees(self) -> None:
        chart = self.chance.choice(self.charts)
        who = self.row(chart)
        if who is not None and not self.model[chart].agreed:
            self.count += 1
            self.box.agree(who, f"r{self.count}")
            self.model[chart].agreed = True
            self.model[chart].untold.clear()

    def patient_withdraws(self) -> None:
        chart = self.chance.choice(self.charts)
        who = self.row(chart)
        if who is not None and self.model[chart].agreed:
            self.count += 1
            consented.withdraw(self.box.store, self.box.doctor, who, f"w{self.count}")
            self.model[chart].agreed = False

    def row(self, chart: str) -> int | None:
        found: int | None = self.box.store.value("SELECT id FROM patients WHERE local_id = ?", (chart,))
        return found

    # --- what happens on the way ---------------------------------------------------------------------------

    def faults_begin(self) -> None:
        for _ in range(self.chance.randint(1, 3)):
            kind, status = self.chance.choice(FAULTS)
            fault = Fault(
                kind,
                count=self.chance.randint(1, 3),
                type=self.chance.choice(("Bundle", "Bundle", "Provenance", "Consent")),
                status=status,
                retry_after_s=self.chance.choice((None, 0, 30)) if kind == "status" else None,
                delay_ms=self.chance.choice((20, 700)) if kind == "slow" else None,
                skip=self.chance.randint(0, 2),
            )
            self.hub.add_faults(fault)

    def hub_dies(self) -> None:
        self.hub.kill()
        self.work()
        self.hub.start()

    def hub_shows_another_certificate(self) -> None:
        own = self.hub.pki
        self.hub.pki = self.other
        try:
            self.hub.restart()
            self.work()
        finally:
            self.hub.pki = own
            self.hub.restart()

    def box_dies(self) -> None:
        """With whatever is under way; nothing of it is ever written down."""
        self.box = self.box.restarted(self.box.config)

    def time_passes(self) -> None:
        self.box.clock.advance(self.chance.choice((1, 5, 60, 600)))

    def work(self) -> None:
        for _ in range(self.chance.randint(1, 8)):
            self.box.worker.turn()
            self.box.worker.wait(self.chance.choice((0.0, 0.05, 0.3)))
            self.box.clock.advance(self.chance.choice((0.0, 0.5, 3.0)))

    def come_to_rest(self) -> None:
        self.hub.clear_faults()
        for _ in range(12):
            self.box.settle(advance_s=max(HUB_PROBE_MAX_S, DELIVERY_BACKOFF_MAX_S))


def codes_at(reading: Reading, patient_id: str) -> dict[str, int]:
    """The codes the hub shows of a patient, and how often each."""
    seen: dict[str, int] = {}
    for (kind, _), one in reading.of_patient(patient_id).items():
        if kind in ("Condition", "Procedure"):
            for coding in objects(inside(one, "code").get("coding")):
                if words(coding, "system") in (CodeSystem.RECEIPT_DISEASE, CodeSystem.RECEIPT_PROCEDURE):
                    seen[words(coding, "code")] = seen.get(words(coding, "code"), 0) + 1
    return seen


@pytest.fixture(scope="module")
def other_pki(tmp_path_factory: pytest.TempPathFactory) -> LabPki:
    """Another authority altogether, as after a change that nobody told the box of."""
    return make_lab_pki(tmp_path_factory.mktemp("other-pki"), [FACILITY])


@pytest.mark.parametrize("seed", range(3))
def test_after_all_that_goes_wrong_the_hub_holds_exactly_the_models_resources(
    seed: int,
    tmp_path: Path,
    hub_config: HubConfig,
    practice_hub: PracticeHub,
    pki: LabPki,
    other_pki: LabPki,
    chart: str,
) -> None:
    charts = [f"{chart}-{number}" for number in range(PATIENTS)]
    run = Campaign(seed, Box.new(tmp_path, hub_config, HASTY), practice_hub, charts, other_pki)
    for _ in charts:
        run.claim_arrives()
        run.patient_agrees()
    for _ in range(STEPS):
        run.step()
    run.come_to_rest()
    box, reading = run.box, Reading.of(practice_hub, pki)
    assert not {"ready", "claimed", "doubtful", "refused"} & box.counts().keys()
    for one, model in run.model.items():
        if run.row(one) is None:
            continue
        seen = codes_at(reading, box.patient_id(one))
        assert set(seen.values()) <= {1}
        if model.agreed:
            assert set(seen) == model.codes
            held = reading.of_patient(box.patient_id(one))
            assert sum(kind == "Encounter" for kind, _ in held) == len(model.months)
        else:
            assert not seen.keys() & model.untold
    box.close()
