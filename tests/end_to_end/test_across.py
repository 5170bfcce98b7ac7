"""Two clinics and one patient: what one of them delivers, the other's staff may see, as long as the patient agrees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from appliance.practice.facilities import CLINIC_A, CLINIC_B
from appliance.records import messages
from appliance.sockets import ask
from provisioning.lab import demo
from provisioning.lab.network import Box, PracticeNetwork

pytestmark = pytest.mark.hub
SERVICES = ("desk", "intake", "exchange")
WITHIN_S = 120.0
LETTER = b"%PDF-1.4\n% a letter that nobody wrote\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Shared:
    """A grown-up who goes to both clinics, with their number in each box."""

    here: int
    there: int
    chart_there: str


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeNetwork]:
    services = {CLINIC_A.folder: SERVICES, CLINIC_B.folder: SERVICES}
    with PracticeNetwork(tmp_path_factory.mktemp("two"), patients=60, months=1, services=services) as running:
        running.wait_until_desks_answer()
        demo.drop(running, lambda months: months)
        yield running


@pytest.fixture(scope="module")
def shared_patient(network: PracticeNetwork) -> Shared:
    truth = json.loads((network.files / "population.json").read_text(encoding="utf-8"))
    charts = [
        person["charts"]
        for person in truth["people"]
        if len(person["charts"]) > 1 and person["birth_date"] < "1990"
    ]
    for chart in charts:
        found = [
            number_of(network.boxes[clinic.folder], chart[clinic.folder]) for clinic in (CLINIC_A, CLINIC_B)
        ]
        if all(found):
            return Shared(*found, chart[CLINIC_B.folder])
    raise AssertionError("no made-up grown-up goes to both clinics")


def number_of(box: Box, chart: str) -> int:
    with box.store() as store:
        return int(store.value("SELECT id FROM patients WHERE local_id = ?", (chart,)) or 0)


def look_up(box: Box, patient: int) -> messages.HubView:
    token = box.sign_in()
    request = messages.to_bytes(messages.LookUp(token=token, patient=patient))
    answer = messages.answer(ask(box.site.socket("exchange"), request))
    assert isinstance(answer, messages.HubView), answer
    return answer


def has_sent_the_letter(box: Box) -> bool:
    with box.store() as store:
        sent = store.value(
            "SELECT count(*) FROM deliveries WHERE channel = 'mhd' AND kind = 'put' AND state = 'delivered'"
        )
    return bool(sent)


def opened(box: Box, patient: int, document: str) -> bytes:
    """A document of the network, whole."""
    token, content = box.sign_in(), b""
    while True:
        request = messages.ReadDocument(token=token, patient=patient, document=document, offset=len(content))
        piece = messages.answer(ask(box.site.socket("exchange"), messages.to_bytes(request)))
        assert isinstance(piece, messages.DocumentPiece), piece
        content += piece.data
        if piece.ready and len(content) >= piece.size_bytes:
            return content


def test_a_look_up_shows_the_other_clinics_data_until_the_patient_withdraws(
    network: PracticeNetwork, shared_patient: Shared
) -> None:
    here, there = network.boxes[CLINIC_A.folder], network.boxes[CLINIC_B.folder]
    network.patiently(lambda: here.agree(shared_patient.here))
    network.patiently(lambda: there.agree(shared_patient.there))
    number = shared_patient.chart_there
    (there.drop / f"{number}_20260803_letter.pdf").write_bytes(LETTER)
    network.wait_until(
        lambda: demo.is_idle(here) and demo.is_idle(there) and has_sent_the_letter(there),
        WITHIN_S,
        "both have delivered",
    )

    seen = look_up(here, shared_patient.here)
    assert seen.reachable
    others = [entry for entry in seen.timeline if entry.source == CLINIC_B.number]
    assert {entry.data_class for entry in others} >= {"visit", "diagnosis"}
    assert {entry.source_name for entry in others} == {CLINIC_B.name}

    (letter,) = [entry for entry in others if entry.document]
    assert (letter.data_class, opened(here, shared_patient.here, letter.document)) == ("letter", LETTER)

    network.hub.stop()
    kept = look_up(here, shared_patient.here)
    assert (kept.reachable, kept.emergency, kept.fresh_at) == (False, False, seen.fresh_at)
    assert kept.timeline == seen.timeline
    network.hub.start()

    network.patiently(lambda: there.withdraw(shared_patient.there))
    network.wait_until(lambda: demo.is_idle(there), WITHIN_S, "the withdrawal has arrived")
    after = look_up(here, shared_patient.here)
    assert [entry for entry in after.timeline if entry.source == CLINIC_B.number] == []
