"""The worker against the practice hub: what consents let out arrives, once, in order, whatever goes wrong."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from appliance.config import HubConfig
from appliance.exchange.fhir.bundle import Payload, removal_payload
from appliance.exchange.fhir.content import identity_key
from appliance.exchange.fhir.provenance import provenance_id
from appliance.exchange.outcomes import Delivered
from appliance.exchange.prepare import prepare
from appliance.exchange.snapshot import ENDED_ELSEWHERE
from appliance.limits import (
    CONSENT_SNAPSHOT_MAX_AGE_S,
    DOCUMENT_SENT_MAX_BYTES,
    HUB_ASK_AGAIN_S,
    HUB_PROBE_MAX_S,
    SNAPSHOT_PULL_S,
)
from appliance.records.clinical import DocumentReference
from appliance.records.coding import Concept
from appliance.records.document import Document, DocumentKind
from appliance.store import claiming, consents, documents, governing, review
from appliance.store.access import Gate
from provisioning.lab.hub import Fault, PracticeHub
from provisioning.lab.pki import LabPki
from tests.exchange.box import FACILITY, OTHER, Box, born
from tests.exchange.conftest import config_of
from tests.exchange.reading import Reading
from tests.store.made import act, arrival, disease, patient

pytestmark = pytest.mark.hub

SUGAR = disease("2500015", date(2026, 4, 1))


@pytest.fixture
def reading(practice_hub: PracticeHub, pki: LabPki) -> Reading:
    return Reading.of(practice_hub, pki)


def key_of(box: Box, chart: str) -> str:
    return str(
        box.store.value(
            "SELECT d.key FROM documents d JOIN patients p ON p.id = d.patient WHERE p.local_id = ?"
            " AND d.state IN ('current', 'removed')",
            (chart,),
        )
    )


def consent_id(box: Box, who: int) -> str:
    return str(box.store.value("SELECT max(resource_id) FROM consents WHERE patient = ?", (who,)))


class Counting:
    """Counts the bundles the hub takes in from now on (but those that another fault hits first)."""

    MANY = 1_000

    def __init__(self, hub: PracticeHub) -> None:
        self._hub = hub
        hub.add_faults(Fault("slow", method="POST", type="Bundle", count=self.MANY, delay_ms=0))

    @property
    def bundles(self) -> int:
        left = [rule["count"] for rule in self._hub.pending_faults() if rule["do"] == "slow"]
        return self.MANY - sum(left)


# --- the way through -----------------------------------------------------------------------------------


def test_a_consenting_patients_claim_reaches_the_hub_after_consent_and_identity(
    box: Box, chart: str, reading: Reading
) -> None:
    who = box.agreed(chart)
    box.settle()
    assert box.counts() == {"delivered": 3}
    patient = box.patient_id(chart)
    consent = reading.written_at("Consent", consent_id(box, who))
    identity = reading.written_at("Provenance", provenance_id(identity_key(patient)))
    document = reading.written_at("Provenance", provenance_id(key_of(box, chart)))
    assert consent < identity < document


def test_the_hub_then_holds_exactly_the_document(box: Box, chart: str, reading: Reading) -> None:
    box.agreed(chart, disease(), SUGAR, act())
    box.settle()
    held = reading.of_patient(box.patient_id(chart))
    document = box.store.value("SELECT id FROM documents WHERE state = 'current'")
    stored = documents.load(box.store, document)
    assert held.keys() == {(one.type, one.resource_id) for one in stored.records}
    assert documents.hub_holds(box.store, key_of(box, chart)) == {
        held_key for held_key in held if held_key[0] != "Coverage"
    }


def test_the_hub_keeps_what_was_sent_with_the_patient_resolved(
    box: Box, chart: str, reading: Reading
) -> None:
    box.agreed(chart)
    box.settle()
    patient = box.patient_id(chart)
    for one in reading.of_patient(patient).values():
        about = one.get("subject") or one.get("beneficiary")
        assert about == {"reference": f"Patient/{patient}"}
        assert one["meta"]["source"] == f"urn:renkei:facility:{FACILITY}"


def test_without_consent_nothing_of_a_patient_reaches_the_hub(box: Box, chart: str, reading: Reading) -> None:
    box.arrived(chart)
    box.settle()
    assert box.counts() == {"held": 1}
    assert reading.one("Patient", box.patient_id(chart)) is None


def test_many_patients_go_out_side_by_side(box: Box, chart: str, reading: Reading) -> None:
    charts = [f"{chart}-{number}" for number in range(12)]
    for one in charts:
        box.agreed(one)
    box.settle()
    assert box.counts() == {"delivered": 36}
    assert all(len(reading.of_patient(box.patient_id(one))) == 4 for one in charts)


def test_sending_the_same_again_changes_nothing_at_the_hub(box: Box, chart: str, reading: Reading) -> None:
    box.agreed(chart)
    box.settle()
    before = reading.of_patient(box.patient_id(chart))
    with box.store.transaction():
        box.store.execute("UPDATE deliveries SET state = 'ready', digest = ''")
    box.settle()
    assert box.counts() == {"delivered": 3}
    assert reading.of_patient(box.patient_id(chart)) == before
    assert reading.version("Patient", box.patient_id(chart)) == "1"


def test_a_newer_version_removes_what_it_no_longer_holds(box: Box, chart: str, reading: Reading) -> None:
    box.agreed(chart, disease(), SUGAR)
    box.settle()
    before = reading.of_patient(box.patient_id(chart))
    box.arrived(chart, SUGAR, sequence="2026-10")
    box.settle()
    after = reading.of_patient(box.patient_id(chart))
    gone = before.keys() - after.keys()
    assert [kind for kind, _ in gone] == ["Condition"]
    assert before.keys() - gone == after.keys()
    assert documents.hub_holds(box.store, key_of(box, chart)) == {
        one for one in after if one[0] != "Coverage"
    }


def test_a_removed_document_leaves_nothing_but_what_documents_share(
    box: Box, chart: str, reading: Reading
) -> None:
    who = box.agreed(chart)
    box.settle()
    key = key_of(box, chart)
    document = box.store.value("SELECT id FROM documents WHERE patient = ?", (who,))
    with box.store.transaction():
        documents.remove(box.store, Gate(box.store, box.rules), document, FACILITY, who, key)
    box.settle()
    assert {kind for kind, _ in reading.of_patient(box.patient_id(chart))} == {"Coverage"}
    assert reading.one("Provenance", provenance_id(key)) is None
    assert documents.hub_holds(box.store, key) == frozenset()


def test_what_provide_did_not_permit_is_left_out_and_taken_back_at_the_hub(
    box: Box, chart: str, reading: Reading
) -> None:
    box.agreed(chart)
    box.settle()
    box.arrived(chart, disease(), SUGAR, sequence="2026-10")
    claimed = box.claim_one()
    narrower = frozenset(one for one in claimed.allowed if one[0] != "diagnosis")
    payload = prepare(box.store, str, replace(claimed, allowed=narrower)).payload
    methods = [
        (one["request"]["method"], one["request"]["url"].partition("/")[0])
        for one in json.loads(payload.body)["entry"]
    ]
    assert ("DELETE", "Condition") in methods
    assert ("PUT", "Condition") not in methods
    assert {kind for kind, _ in payload.holds} == {"Encounter"}


PDF = b"%PDF-1.4\n%%EOF\n"


def letter_of(chart: str, data: bytes, size_bytes: int) -> Document:
    """A picture of a letter, which a finding of a disease came with."""
    digest = hashlib.sha256(data).hexdigest()
    whole = DocumentReference(
        Concept(text="紹介状"), date(2026, 8, 3), "紹介状", "application/pdf", digest, size_bytes
    )
    who = patient(chart, born(chart))
    return Document(
        DocumentKind.LETTER, f"letter:{FACILITY}:{chart}", FACILITY, who, (whole, disease()), "2026-08-03"
    )


def with_a_letter(box: Box, chart: str, data: bytes = PDF, size_bytes: int = len(PDF)) -> None:
    """A consenting patient whose letter waits alone to be sent."""
    box.agreed(chart)
    box.settle()
    number = arrival(box.store, data)
    with box.store.transaction():
        documents.put(box.store, box.rules, number, [letter_of(chart, data, size_bytes)])


def sent_kinds(payload: Payload) -> set[str]:
    entries = json.loads(payload.body)["entry"]
    return {one["resource"]["resourceType"] for one in entries if "resource" in one}


def test_a_letter_reaches_the_hub_with_its_bytes_and_leaves_with_them(
    box: Box, chart: str, reading: Reading
) -> None:
    data = PDF + chart.encode()
    with_a_letter(box, chart, data, len(data))
    box.settle()
    key = f"letter:{FACILITY}:{chart}"
    held = dict(documents.hub_holds(box.store, key))
    letter = reading.one("DocumentReference", held["DocumentReference"])
    file = reading.one("Binary", held["Binary"])
    assert letter is not None
    assert file is not None
    assert letter["content"][0]["attachment"]["url"] == f"Binary/{file['id']}"
    assert base64.b64decode(file["data"]) == data
    gone = removal_payload(key, documents.hub_holds(box.store, key))
    assert isinstance(box.hub.send(gone.body, gone.entries), Delivered)
    assert reading.one("Binary", file["id"]) is None


def test_bytes_stay_here_when_anything_in_them_is_not_permitted(box: Box, chart: str) -> None:
    with_a_letter(box, chart, PDF + chart.encode())
    claimed = box.claim_one()
    assert sent_kinds(prepare(box.store, str, claimed).payload) >= {"Binary", "DocumentReference"}
    narrower = frozenset(one for one in claimed.allowed if one[0] != "diagnosis")
    payload = prepare(box.store, str, replace(claimed, allowed=narrower)).payload
    assert sent_kinds(payload) == {"DocumentReference", "Provenance"}


def test_bytes_too_many_for_the_line_stay_here(box: Box, chart: str) -> None:
    with_a_letter(box, chart, PDF + chart.encode(), DOCUMENT_SENT_MAX_BYTES + 1)
    claimed = box.claim_one()
    assert "Binary" not in sent_kinds(prepare(box.store, str, claimed).payload)


def test_bytes_that_are_kept_no_longer_are_not_missed(box: Box, chart: str) -> None:
    with_a_letter(box, chart, PDF + chart.encode())
    claimed = box.claim_one()
    for kept in (b"", None):
        with box.store.transaction():
            box.store.execute("UPDATE arrivals SET content = ?", (kept,))
        assert "Binary" not in sent_kinds(prepare(box.store, str, claimed).payload)


# --- consent ---------------------------------------------------------------------------------------------


def test_after_a_withdrawal_nothing_goes_out_and_the_hub_learns_of_it_first(
    box: Box, chart: str, reading: Reading, practice_hub: PracticeHub
) -> None:
    who = box.agreed(chart)
    box.settle()
    box.arrived(chart, SUGAR, sequence="2026-10")
    assert box.kinds("ready") == ["replace"]
    held_before = reading.of_patient(box.patient_id(chart))
    sent = Counting(practice_hub)
    box.withdraw(who)
    box.settle()
    told = reading.one("Consent", consent_id(box, who))
    assert told is not None
    assert told["status"] == "inactive"
    assert sent.bundles == 1
    assert box.kinds("withdrawn") == ["replace"]
    assert reading.of_patient(box.patient_id(chart)) == held_before


def test_a_withdrawal_overtakes_everything_that_waits_for_a_hub_that_is_away(
    box: Box, chart: str, practice_hub: PracticeHub, reading: Reading
) -> None:
    who = box.agreed(chart)
    box.settle()
    practice_hub.add_faults(Fault("status", status=503, count=2))
    box.arrived(chart, SUGAR, sequence="2026-10")
    box.arrived(f"{chart}-other")
    box.worker.turn()
    box.worker.wait(5)
    box.withdraw(who)
    practice_hub.clear_faults()
    box.settle(advance_s=HUB_PROBE_MAX_S)
    told = reading.one("Consent", consent_id(box, who))
    assert told is not None
    assert told["status"] == "inactive"
    assert SUGAR.concept.codings[0].code not in str(reading.of_patient(box.patient_id(chart)))


def test_a_consent_taken_back_before_the_hub_knew_the_patient_is_never_told(
    box: Box, chart: str, reading: Reading
) -> None:
    who = box.agreed(chart)
    box.withdraw(who)
    box.settle()
    assert reading.one("Patient", box.patient_id(chart)) is None
    assert reading.one("Consent", consent_id(box, who)) is None
    assert box.counts().get("ready", 0) == 0


def test_a_newer_consent_replaces_the_older_one_at_the_hub(box: Box, chart: str, reading: Reading) -> None:
    who = box.agreed(chart)
    box.settle()
    box.clock.advance(60)
    box.agree(who, "r2")
    box.settle()
    records = governing.of_patient(box.store, who)
    told = [reading.one("Consent", record.resource_id) for record in records]
    assert [one["status"] for one in told if one] == ["active", "inactive"]
    newer, older = (one for one in told if one)
    assert older["provision"]["period"]["end"] <= newer["dateTime"]


def test_a_consent_ended_at_the_hub_ends_here_too(
    box: Box, chart: str, hub_config: HubConfig, reading: Reading
) -> None:
    who = box.agreed(chart)
    box.settle()
    held = reading.one("Consent", consent_id(box, who))
    assert held is not None
    ended = json.dumps(
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "resource": {**held, "status": "inactive"},
                    "request": {"method": "PUT", "url": f"Consent/{held['id']}"},
                }
            ],
        }
    ).encode()
    box.hub.send(ended, 1)
    box.arrived(chart, SUGAR, sequence="2026-10")
    box.clock.advance(SNAPSHOT_PULL_S)
    box.settle()
    record = governing.by_resource(box.store, held["id"])
    assert record is not None
    assert record.state == "withdrawn"
    assert box.kinds("withdrawn") == ["replace"]
    note = box.store.value("SELECT note FROM consent_events WHERE event = 'withdraw'")
    assert note == ENDED_ELSEWHERE


def test_a_suspension_that_the_hub_was_told_of_is_no_withdrawal(box: Box, chart: str) -> None:
    who = box.agreed(chart)
    box.settle()
    consent = box.store.value("SELECT id FROM consents WHERE patient = ?", (who,))
    with box.store.transaction():
        consents.suspend(box.store, box.rules, consent, "identity", box.doctor)
    box.settle()
    box.clock.advance(SNAPSHOT_PULL_S)
    box.settle()
    assert governing.load(box.store, consent).state == "suspended"
    with box.store.transaction():
        consents.resume(box.store, box.rules, consent, box.doctor)
    box.clock.advance(SNAPSHOT_PULL_S)
    box.settle()
    box.clock.advance(SNAPSHOT_PULL_S)
    box.settle()
    assert governing.load(box.store, consent).state == "active"


def test_after_a_long_outage_the_consents_are_pulled_before_any_data(
    box: Box, chart: str, practice_hub: PracticeHub, reading: Reading
) -> None:
    box.agreed(chart)
    practice_hub.add_faults(Fault("drop-before", count=1))
    box.settle()
    box.clock.advance(2 * CONSENT_SNAPSHOT_MAX_AGE_S)
    box.settle()
    assert box.counts().get("held", 0) + box.counts().get("ready", 0) == 0
    assert len(reading.of_patient(box.patient_id(chart))) == 4


# --- what goes wrong -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop-before", type="Bundle"),
        Fault("drop-after", type="Bundle"),
        Fault("garbage", type="Bundle"),
        Fault("status", type="Bundle", status=500),
        Fault("status", type="Bundle", status=502),
        Fault("status", type="Bundle", status=503, retry_after_s=0),
        Fault("status", type="Bundle", status=429, retry_after_s=0),
        Fault("status", type="Bundle", status=401),
        Fault("status", type="Bundle", status=409),
        Fault("drop-before", type="Provenance"),
        Fault("garbage", type="Provenance"),
        Fault("drop-before", type="Consent"),
        Fault("garbage", type="Consent"),
    ],
    ids=lambda fault: f"{fault.do}-{fault.type}-{fault.status or ''}",
)
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_whatever_goes_wrong_once_everything_arrives_once(
    box: Box, chart: str, practice_hub: PracticeHub, reading: Reading, fault: Fault, skip: int
) -> None:
    more = [fault]
    if fault.type == "Provenance":
        more.append(Fault("drop-after", type="Bundle"))  # only a doubtful delivery is asked about
    practice_hub.add_faults(*(replace(one, skip=skip) for one in more))
    box.agreed(chart)
    for _ in range(6):
        box.settle(advance_s=HUB_PROBE_MAX_S + HUB_ASK_AGAIN_S)
    assert box.counts() == {"delivered": 3}
    assert len(reading.of_patient(box.patient_id(chart))) == 4
    assert {reading.version(*held) for held in reading.of_patient(box.patient_id(chart))} == {"1"}


def test_a_lost_answer_is_settled_by_asking_not_by_sending_again(
    box: Box, chart: str, practice_hub: PracticeHub
) -> None:
    box.agreed(chart)
    practice_hub.add_faults(Fault("drop-after", type="Bundle", count=1))
    others = Counting(practice_hub)
    box.settle()
    assert box.kinds("doubtful") == ["consent"]
    box.clock.advance(HUB_ASK_AGAIN_S)
    box.settle()
    assert box.counts() == {"delivered": 3}
    assert others.bundles == 2


def test_after_doubts_in_a_row_the_hub_is_left_alone_until_it_answers(
    box: Box, chart: str, practice_hub: PracticeHub
) -> None:
    for number in range(6):
        box.agreed(f"{chart}-{number}")
    practice_hub.add_faults(Fault("drop-before", type="Bundle", count=50))
    box.settle()
    assert box.worker.breaker.is_open
    assert box.counts()["ready"] > 0
    practice_hub.clear_faults()
    for _ in range(3):
        box.settle(advance_s=HUB_PROBE_MAX_S)
    assert box.counts() == {"delivered": 18}


def test_a_hub_that_asks_for_a_pause_gets_it(box: Box, chart: str, practice_hub: PracticeHub) -> None:
    box.agreed(chart)
    box.settle()
    box.arrived(chart, SUGAR, sequence="2026-10")
    practice_hub.add_faults(Fault("status", type="Bundle", status=503, retry_after_s=600))
    box.settle(advance_s=599)
    assert box.kinds("ready") == ["replace"]
    box.clock.advance(2)
    box.settle()
    assert box.kinds("ready") == []


def test_while_the_hub_is_down_nothing_is_claimed_and_nothing_is_lost(
    box: Box, chart: str, practice_hub: PracticeHub, reading: Reading
) -> None:
    box.agreed(chart)
    box.settle()
    practice_hub.kill()
    box.arrived(chart, SUGAR, sequence="2026-10")
    box.settle()
    attempts = box.store.value("SELECT attempts FROM deliveries WHERE state = 'ready'")
    for _ in range(5):
        box.settle(advance_s=HUB_PROBE_MAX_S)
    assert box.store.value("SELECT attempts FROM deliveries WHERE state = 'ready'") == attempts
    assert box.worker.breaker.is_open
    practice_hub.start()
    for _ in range(2):
        box.settle(advance_s=HUB_PROBE_MAX_S)
    assert box.counts() == {"delivered": 4}
    assert "2500015" in str(reading.of_patient(box.patient_id(chart)))


def test_a_hub_that_dies_after_it_committed_is_asked_when_it_is_back(
    box: Box, chart: str, practice_hub: PracticeHub, reading: Reading
) -> None:
    practice_hub.add_faults(Fault("die-after", type="Bundle", skip=2))
    box.agreed(chart)
    box.settle()
    practice_hub.wait()
    assert box.kinds("doubtful") == ["put"]
    practice_hub.start()
    for _ in range(3):
        box.settle(advance_s=HUB_PROBE_MAX_S)
    assert box.counts() == {"delivered": 3}
    assert {reading.version(*held) for held in reading.of_patient(box.patient_id(chart))} == {"1"}


def test_a_refusal_is_kept_with_its_reason_and_stops_nobody_else(
    box: Box, chart: str, practice_hub: PracticeHub
) -> None:
    box.agreed(chart)
    box.settle()
    practice_hub.add_faults(Fault("status", type="Bundle", status=422))
    box.arrived(chart, SUGAR, sequence="2026-10")
    box.settle()
    assert box.kinds("refused") == ["replace"]
    outcome = box.store.value("SELECT outcome FROM deliveries WHERE state = 'refused'")
    assert json.loads(outcome)["resourceType"] == "OperationOutcome"
    box.agreed(f"{chart}-other")
    box.settle()
    assert box.counts() == {"delivered": 6, "refused": 1}


def test_a_refused_delivery_goes_out_when_a_person_asks_for_it(
    box: Box, chart: str, practice_hub: PracticeHub
) -> None:
    box.agreed(chart)
    box.settle()
    practice_hub.add_faults(Fault("status", type="Bundle", status=422))
    box.arrived(chart, SUGAR, sequence="2026-10")
    box.settle()
    refused = box.store.value("SELECT id FROM deliveries WHERE state = 'refused'")
    review.replay(box.store, box.rules, refused)
    box.settle()
    assert box.counts() == {"delivered": 4}


def test_a_conflict_that_never_ends_becomes_a_refusal(
    box: Box, chart: str, practice_hub: PracticeHub
) -> None:
    box.agreed(chart)
    practice_hub.add_faults(Fault("status", type="Bundle", status=409, count=50))
    box.settle()
    practice_hub.clear_faults()
    assert box.counts() == {"refused": 3}


def test_another_facilitys_certificate_is_refused_by_the_hub(
    tmp_path: Path, chart: str, practice_hub: PracticeHub, pki: LabPki
) -> None:
    box = Box.new(tmp_path, config_of(practice_hub, pki, OTHER))
    box.agreed(chart)
    box.settle()
    assert set(box.counts()) == {"refused"}
    box.close()


def test_a_delivery_that_cannot_even_be_made_is_refused_with_its_reason(box: Box, chart: str) -> None:
    who = box.arrived(chart)
    box.agree(who)
    with box.store.transaction():
        box.store.execute("UPDATE deliveries SET kind = 'audit' WHERE kind = 'identity'")
    box.settle()
    outcome = box.store.value("SELECT outcome FROM deliveries WHERE state = 'refused'")
    assert "EXCHANGE-0102" in outcome


# --- what a kill leaves ------------------------------------------------------------------------------------


def test_a_kill_after_the_claim_sends_it_anew(box: Box, chart: str, hub_config: HubConfig) -> None:
    box.agreed(chart)
    box.claim_one()
    again = box.restarted(hub_config)
    again.settle()
    assert again.counts() == {"delivered": 3}


def test_a_kill_before_the_first_byte_is_found_out_by_asking(
    box: Box, chart: str, hub_config: HubConfig, reading: Reading
) -> None:
    box.agreed(chart)
    claimed = box.claim_one()
    payload = prepare(box.store, str, claimed).payload
    claiming.about_to_send(box.store, [(claimed.id, payload.digest)])
    again = box.restarted(hub_config)
    again.settle()
    assert again.counts() == {"delivered": 3}
    assert len(reading.of_patient(box.patient_id(chart))) == 4


@pytest.mark.parametrize("kinds_before", [0, 1, 2])
def test_a_kill_after_the_hub_committed_is_found_out_by_asking(
    box: Box,
    chart: str,
    hub_config: HubConfig,
    practice_hub: PracticeHub,
    reading: Reading,
    kinds_before: int,
) -> None:
    who = box.agreed(chart)
    for _ in range(kinds_before):
        _send_to_the_end(box)
    claimed = box.claim_one()
    payload = prepare(box.store, box.worker.facility_name, claimed).payload
    claiming.about_to_send(box.store, [(claimed.id, payload.digest)])
    box.hub.send(payload.body, payload.entries)
    others = Counting(practice_hub)
    again = box.restarted(hub_config)
    again.settle()
    assert again.counts() == {"delivered": 3}
    assert others.bundles == 2 - kinds_before
    assert reading.version("Consent", consent_id(box, who)) == "1"
    assert len(documents.hub_holds(box.store, key_of(box, chart))) == 3


def _send_to_the_end(box: Box) -> None:
    claimed = box.claim_one()
    payload = prepare(box.store, box.worker.facility_name, claimed).payload
    claiming.about_to_send(box.store, [(claimed.id, payload.digest)])
    box.hub.send(payload.body, payload.entries)
    claiming.delivered(box.store, claimed, partial(box.channel.took, box.store, claimed, payload.holds))


def test_a_removal_that_arrived_unseen_is_found_out_by_its_marker_being_gone(
    box: Box, chart: str, hub_config: HubConfig
) -> None:
    who = box.agreed(chart)
    box.settle()
    document = box.store.value("SELECT id FROM documents WHERE patient = ?", (who,))
    with box.store.transaction():
        documents.remove(box.store, Gate(box.store, box.rules), document, FACILITY, who, key_of(box, chart))
    claimed = box.claim_one()
    payload = prepare(box.store, str, claimed).payload
    claiming.about_to_send(box.store, [(claimed.id, payload.digest)])
    box.hub.send(payload.body, payload.entries)
    again = box.restarted(hub_config)
    again.settle()
    assert again.counts() == {"delivered": 4}
    assert documents.hub_holds(box.store, key_of(box, chart)) == frozenset()


def test_a_doubtful_delivery_of_a_patient_who_withdrew_is_asked_about_and_never_sent_again(
    box: Box, chart: str, hub_config: HubConfig, practice_hub: PracticeHub, reading: Reading
) -> None:
    who = box.agreed(chart)
    box.settle()
    box.arrived(chart, SUGAR, sequence="2026-10")
    claimed = box.claim_one()
    payload = prepare(box.store, str, claimed).payload
    claiming.about_to_send(box.store, [(claimed.id, payload.digest)])
    box.withdraw(who)
    sent = Counting(practice_hub)
    again = box.restarted(hub_config)
    again.settle()
    assert sent.bundles == 1  # the withdrawal alone
    assert again.kinds("withdrawn") == ["replace"]
    assert "2500015" not in str(reading.of_patient(box.patient_id(chart)))
