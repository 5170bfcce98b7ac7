"""Faults on purpose hit as ordered, and the log of it all names nobody."""

from __future__ import annotations

import pytest
import requests

from provisioning.lab.hub import Fault, HubError, PracticeHub
from provisioning.lab.pki import LabPki
from tests.provisioning.network import CLINIC, Box, local_system

pytestmark = pytest.mark.hub


@pytest.fixture(autouse=True)
def _no_faults_left(hub: PracticeHub) -> None:
    hub.clear_faults()


def test_a_dropped_request_did_nothing(hub: PracticeHub, clinic: Box) -> None:
    hub.add_faults(Fault("drop-before", method="PUT"))
    with pytest.raises(requests.ConnectionError):
        clinic.put(clinic.patient("fault-1"))
    assert clinic.get("Patient/fault-1").status_code == 404
    assert hub.pending_faults() == []


def test_a_lost_answer_was_committed(hub: PracticeHub, clinic: Box) -> None:
    hub.add_faults(Fault("drop-after", method="PUT"))
    with pytest.raises(requests.ConnectionError):
        clinic.put(clinic.patient("fault-2"))
    assert clinic.put(clinic.patient("fault-2")).headers["etag"] == 'W/"1"'


def test_too_many_requests_say_when_to_come_again(hub: PracticeHub, clinic: Box) -> None:
    hub.add_faults(Fault("status", status=429, retry_after_s=7))
    answer = clinic.get("Patient")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert clinic.get("Patient").status_code == 200


def test_unavailable_for_as_often_as_ordered(hub: PracticeHub, clinic: Box) -> None:
    hub.add_faults(Fault("status", status=503, type="Bundle", count=2, skip=1))
    statuses = [clinic.send(clinic.patient("fault-3")).status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert clinic.get("Patient").status_code == 200


def test_wrong_bytes_come_after_a_commit(hub: PracticeHub, clinic: Box) -> None:
    hub.add_faults(Fault("garbage", method="POST"))
    with pytest.raises(requests.JSONDecodeError):
        clinic.send(clinic.patient("fault-4")).json()
    assert clinic.get("Patient/fault-4").status_code == 200


def test_a_slow_answer_is_late_and_right(hub: PracticeHub, clinic: Box) -> None:
    hub.add_faults(Fault("slow", delay_ms=3_000))
    with pytest.raises(requests.Timeout):
        clinic.http.get(f"{hub.url}/Patient", timeout=0.5)
    assert clinic.get("Patient").status_code == 200


def test_faults_are_off_unless_asked_for(pki: LabPki, hub: PracticeHub) -> None:
    plain = PracticeHub(pki, hub.data, hub.data / "participants.json")
    with pytest.raises(HubError):
        plain.add_faults(Fault("slow"))


def test_the_log_has_a_line_for_each_request_and_no_identifiers(hub: PracticeHub, clinic: Box) -> None:
    clinic.send(clinic.patient("secret-77"), clinic.condition("secret-78", "secret-77"))
    clinic.found(f"Patient?identifier={local_system(CLINIC)}|no-secret-77")
    clinic.get("Condition/secret-78")
    clinic.get("secret-79/secret-80")
    hub.restart()
    log = hub.log.read_text(encoding="utf-8")
    for word in ("secret", "糖尿病", "ヤマダ", CLINIC, "1950"):
        assert word not in log
    lines = [line.split(" ", 1)[1].rsplit(" ", 1)[0] for line in log.splitlines()]
    assert lines[-4:] == ["POST Bundle 200", "GET Patient 200", "GET Condition 200", "GET - 404"]
