"""Nobody speaks to the hub without TLS 1.3 and a client certificate of the lab's CA that names a participant."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
import requests

from provisioning.lab.hub import Participant, PracticeHub, write_participants
from provisioning.lab.pki import KeyPair, LabPki, make_lab_pki
from tests.provisioning.network import CLINIC, OTHER, PHARMACY, STRANGER, Box, Caller, session

pytestmark = pytest.mark.hub


def is_refused(hub: PracticeHub, pair: KeyPair | None) -> bool:
    """Whether the connection ends before an answer."""
    with session(pair, str(hub.pki.ca_path)) as http:
        try:
            http.get(f"{hub.url}/metadata", timeout=10)
        except requests.ConnectionError:
            return True
    return False


def context_for(hub: PracticeHub, pair: KeyPair) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(hub.pki.ca_path))
    context.load_cert_chain(pair.cert, pair.key)
    return context


def test_a_facility_is_let_in(hub: PracticeHub, clinic: Box) -> None:
    assert clinic.read("metadata")["fhirVersion"] == "4.0.1"
    assert not is_refused(hub, clinic.pair)


def test_no_client_certificate_no_connection(hub: PracticeHub) -> None:
    assert is_refused(hub, None)


def test_another_authority_s_certificate_is_refused(hub: PracticeHub, tmp_path: Path) -> None:
    assert is_refused(hub, make_lab_pki(tmp_path / "foreign", [CLINIC]).client(CLINIC))


def test_a_server_s_certificate_is_no_client_s(hub: PracticeHub) -> None:
    assert is_refused(hub, hub.pki.kiosk)


def test_tls_1_2_is_refused(hub: PracticeHub, clinic: Box) -> None:
    context = context_for(hub, clinic.pair)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost")


def test_tls_1_3_is_spoken_under_both_names(hub: PracticeHub, clinic: Box) -> None:
    context = context_for(hub, clinic.pair)
    for name in ("localhost", "127.0.0.1"):
        with (
            socket.create_connection(("127.0.0.1", hub.port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            assert secured.version() == "TLSv1.3"


def test_a_certificate_that_names_nobody_is_forbidden_everything(hub: PracticeHub) -> None:
    nobody = Caller(hub, hub.pki.nameless_client())
    with nobody.http:
        assert nobody.get("metadata").status_code == 403
        assert nobody.get("Patient").status_code == 403


def test_a_facility_that_is_no_participant_is_forbidden(hub: PracticeHub) -> None:
    stranger = Box(hub, STRANGER)
    with stranger.http:
        assert stranger.get("Patient").status_code == 403
        assert stranger.put(stranger.patient("tls-1")).status_code == 403


def test_joining_and_leaving_take_effect_at_once(pki: LabPki, tmp_path: Path) -> None:
    path = write_participants(tmp_path / "participants.json", [Participant(CLINIC, "練習医院")])
    with PracticeHub(pki, tmp_path / "hub", path) as hub, Box(hub, OTHER).http as http:
        other = Box(hub, OTHER)
        other.http = http
        assert other.get("Patient").status_code == 403
        write_participants(path, [Participant(CLINIC, "練習医院"), Participant(OTHER, "隣町クリニック")])
        assert other.get("Patient").status_code == 200
        write_participants(path, [Participant(OTHER, "隣町クリニック", end="2026-01-01T00:00:00+09:00")])
        assert other.get("Patient").status_code == 403


def test_a_participants_list_that_cannot_be_read_keeps_the_last_one(pki: LabPki, tmp_path: Path) -> None:
    path = write_participants(tmp_path / "participants.json", [Participant(CLINIC, "練習医院")])
    with PracticeHub(pki, tmp_path / "hub", path) as hub, Box(hub, CLINIC).http as http:
        box = Box(hub, CLINIC)
        box.http = http
        path.write_text("[{", encoding="ascii")
        assert box.get("Patient").status_code == 200


def test_the_operator_reads_and_does_not_write(clinic: Box, operator: Caller) -> None:
    clinic.put(clinic.patient("tls-2"))
    assert operator.read("Patient/tls-2")["birthDate"] == "1950-01-01"
    assert operator.put(clinic.patient("tls-3")).status_code == 403
    assert operator.request("DELETE", "Patient/tls-2").status_code == 403


def test_the_hub_listens_on_loopback_only(hub: PracticeHub) -> None:
    assert PHARMACY not in hub.url
    listening = Path("/proc/net/tcp").read_text(encoding="ascii") + Path("/proc/net/tcp6").read_text(
        encoding="ascii"
    )
    own = {line.split()[1] for line in listening.splitlines()[1:] if ":" in line and line.split()[3] == "0A"}
    assert f"0100007F:{hub.port:04X}" in own
    assert not any(
        address.endswith(f":{hub.port:04X}") and not address.startswith("0100007F") for address in own
    )
