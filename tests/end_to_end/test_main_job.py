"""The main job, end to end, with real parts: services as processes, the hub over mutual TLS, consent through the desk."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from appliance.practice.facilities import CLINIC_A
from appliance.store import deliveries
from provisioning.lab import demo
from provisioning.lab.hub import Fault
from provisioning.lab.network import Box, PracticeNetwork
from provisioning.lab.truth import held_by

pytestmark = pytest.mark.hub
WITHIN_S = 120.0


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeNetwork]:
    """One clinic's box and a hub that can be made to fail."""
    with PracticeNetwork(
        tmp_path_factory.mktemp("network"), patients=15, months=2, clinics=(CLINIC_A,), with_faults=True
    ) as running:
        running.wait_until_desks_answer()
        yield running


@pytest.fixture
def box(network: PracticeNetwork) -> Box:
    return network.boxes[CLINIC_A.folder]


def commits(network: PracticeNetwork) -> list[list[dict[str, object]]]:
    """What the hub has written so far, commit by commit."""
    lines = (network.hub.data / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line[9:])["writes"] for line in lines]


def about(writes: list[dict[str, object]], patient: str) -> list[str]:
    """The types of what one commit wrote about a patient."""
    text = json.dumps(writes)
    found = [write["put"]["resourceType"] for write in writes if "put" in write]  # type: ignore[index]
    return found if patient in text else []


def idle(network: PracticeNetwork, box: Box) -> None:
    network.wait_until(lambda: demo.is_idle(box), WITHIN_S, "the queue is empty")


def test_a_withdrawal_stops_what_waits_and_reaches_the_hub_first(network: PracticeNetwork, box: Box) -> None:
    demo.drop(network, lambda months: months[:1])
    with box.store() as store:
        patient, resource = store.row(
            "SELECT p.id, p.resource_id FROM patients p JOIN documents d ON d.patient = p.id"
            " WHERE p.birth_date < '1990-01-01' GROUP BY p.id ORDER BY count(*) DESC, p.id LIMIT 1"
        ) or (0, "")
    network.patiently(lambda: box.agree(patient))
    idle(network, box)
    before = set(held_by(network.hub))
    assert ("Patient", resource) in before

    network.hub.add_faults(Fault("status", count=10_000, method="POST", type="Bundle", status=503))
    demo.drop(network, lambda months: months[1:])
    with box.store() as store:
        waiting = store.value(
            "SELECT count(*) FROM deliveries WHERE patient = ? AND state IN ('ready', 'claimed', 'doubtful')",
            (patient,),
        )
    assert waiting, "the second month should have brought something for this patient"
    network.patiently(lambda: box.withdraw(patient))
    with box.store() as store:
        queued = store.value(
            "SELECT count(*) FROM deliveries WHERE patient = ? AND kind <> 'consent' AND state = 'ready'",
            (patient,),
        )
    assert queued == 0
    known = len(commits(network))
    network.hub.clear_faults()
    idle(network, box)

    after = [types for writes in commits(network)[known:] if (types := about(writes, resource))]
    assert after, "the hub should have learned of the withdrawal"
    assert "Consent" in after[0]
    assert all(set(types) <= {"Consent", "Provenance"} for types in after)
    held = held_by(network.hub)
    assert {key for key in set(held) - before if key[0] not in ("Consent", "Provenance")} == set()
    (consent,) = [one for (kind, _), one in held.items() if kind == "Consent"]
    assert consent["status"] == "inactive"
    with box.store() as store:
        states = {row[0] for row in store.rows("SELECT state FROM deliveries WHERE patient = ?", (patient,))}
    assert states <= {"delivered", "withdrawn"}


def test_nobodys_data_are_at_the_hub_who_did_not_agree(network: PracticeNetwork, box: Box) -> None:
    held = json.dumps(list(held_by(network.hub).values()))
    with box.store() as store:
        others = store.rows(
            "SELECT resource_id, local_id FROM patients WHERE id NOT IN (SELECT patient FROM consents)"
        )
    assert others
    assert not [resource for resource, _ in others if resource in held]


def test_every_look_and_consent_is_in_the_audit_chain_and_it_holds(
    network: PracticeNetwork, box: Box
) -> None:
    from appliance.store import audit

    with box.store() as store:
        assert audit.verify(store) is None
        events = {row[0] for row in store.rows("SELECT DISTINCT event FROM audit")}
    assert {"signed-in", "consent-signed", "consent-approved", "consent-withdrawn"} <= events


def test_the_command_line_tells_the_state(network: PracticeNetwork, box: Box) -> None:
    def renkei(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "appliance", *words, "--site", str(box.site_file)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    status = renkei("status", "--json")
    names = [line["name"] for line in json.loads(status.stdout)["lines"]]
    assert names == ["sources", "queue", "tunnel", "hub", "box"]
    queue = json.loads(renkei("queue", "list", "--json").stdout)
    assert queue["counts"]["delivered"] == deliveries_delivered(box)
    doctor = json.loads(renkei("doctor", "--json").stdout)
    well = (
        "audit anchor",
        "audit hub",
        "certificates",
        "clock",
        "disk",
        "hub",
        "rules participants",
        "rules policy",
        "services",
        "source receipt",
        "store",
    )
    told = {"key": "warning", "backup": "warning"}  # a bare key, and no backup
    assert {check["name"]: check["level"] for check in doctor["checks"]} == dict.fromkeys(well, "ok") | told
    assert renkei("config", "check").returncode == 0
    assert renkei("audit", "verify").returncode == 0
    assert renkei("store", "check").returncode == 0
    assert renkei("quarantine", "list").returncode == 0


def deliveries_delivered(box: Box) -> int:
    with box.store() as store:
        return deliveries.counts(store)["delivered"]


def test_nothing_personal_is_in_logs_and_figures(network: PracticeNetwork, box: Box) -> None:
    truth = json.loads((network.files / "population.json").read_text(encoding="utf-8"))
    names = {name for person in truth["people"] for name in (person["name"], person["kana"])}
    with box.store() as store:
        charts = {row[0] for row in store.rows("SELECT local_id FROM patients")}
    written = network.hub.log.read_text(encoding="utf-8")
    written += "".join(path.read_text(encoding="utf-8") for path in box.site.run_folder.glob("*.json"))
    assert names
    assert not {word for word in names | charts if word and word in written}
