"""Whole documents at the practice hub, by ITI-65 and by ITI-105: once, replaced, taken back, and never without all consent."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance.channels import ChannelKind
from appliance.config import HubConfig
from appliance.exchange.channel import Arrived
from appliance.exchange.deliver import Worker
from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.mhd.provide import encoded
from appliance.exchange.mhd_channel import GONE, MhdChannel, Question, Sent, mhd_channels
from appliance.exchange.outcomes import Delivered, Transient
from appliance.exchange.prepare import manner_of
from appliance.limits import DOCUMENT_SENT_MAX_BYTES, MHD_DOCUMENT_MAX_BYTES
from appliance.records.document import Document, DocumentKind, Format, Record
from appliance.store import arrivals, claiming, documents
from appliance.store.arrivals import ArrivalState
from provisioning.lab.hub import Fault, PracticeHub
from provisioning.lab.pki import LabPki
from tests.exchange.box import FACILITY, Box, born, calm
from tests.exchange.fhir import stated
from tests.exchange.mhd import made as mhd
from tests.exchange.mhd.checker import faults_of_bundle
from tests.exchange.reading import Reading
from tests.store.made import patient

pytestmark = pytest.mark.hub


@dataclass(slots=True)
class Writer:
    """A box whose network takes documents by MHD, and what its receipt computer exports."""

    box: Box
    kind: ChannelKind
    reading: Reading

    @classmethod
    def of(
        cls, box: Box, reading: Reading, kind: ChannelKind, *, source_files: bool = False, pixm: bool = False
    ) -> Writer:
        channels = (ChannelKind.FHIR, kind)
        manner = manner_of(channels, source_files=source_files, pixm=pixm)
        rules = replace(box.rules, channels=channels)
        box.worker.stop(1.0)
        box.rules = rules
        box.worker = Worker(
            box.store,
            box.hub,
            lambda: rules,
            box.worker.facility_name,
            calm,
            others=mhd_channels(channels, box.hub, box.worker.facility_name, manner),
            manner=manner,
        )
        box.worker.start()
        return cls(box, kind, reading)

    def key(self, chart: str) -> str:
        return f"letter:{FACILITY}:{chart}"

    def write(
        self,
        chart: str,
        file: bytes,
        *records: Record,
        known: Format = Format.PDF,
        sequence: str = "1",
        title: str = "紹介状",
        named: bool = True,
        tombstone: bool = False,
        times: int = 1,
    ) -> int:
        """A file that is one document (or, `times`, several) of the patient; the patient's row."""
        store = self.box.store
        number = arrivals.take(store, source="folder", facility=FACILITY, name="X", content=file).id
        who = patient(chart, born(chart))
        told = () if tombstone else (*((mhd.letter(file, title),) if named else ()), *records)
        found = [
            Document(
                DocumentKind.LETTER,
                self.key(chart) + (f"-{n}" if n else ""),
                FACILITY,
                who,
                told,
                "2026-08-03",
                sequence,
                first_line=n + 1,
                last_line=n + 1,
                tombstone=tombstone,
            )
            for n in range(times)
        ]
        with store.transaction():
            documents.put(store, self.box.rules, number, found)
            arrivals.settle(
                store,
                number,
                ArrivalState.UNDERSTOOD,
                format_name=known.value,
                documents=times,
                findings=(),
            )
        return int(store.value("SELECT id FROM patients WHERE local_id = ?", (chart,)))

    def agreed(self, chart: str, file: bytes, *records: Record, known: Format = Format.PDF) -> int:
        who = self.write(chart, file, *records, known=known)
        self.box.agree(who)
        self.box.settle()
        return who

    def at_hub(self, chart: str) -> list[Resource]:
        """The versions of the patient's document that the hub has, the current one first."""
        found = self.reading.hub.search(
            "DocumentReference", [("identifier", f"urn:x-renkei:delivery-key|{self.key(chart)}")]
        )
        assert isinstance(found, list), found
        return sorted(found, key=lambda one: str(one["status"]))

    def all_of(self, chart: str) -> dict[str, int]:
        """How many resources of each kind there are about the patient's documents."""
        person = f"Patient/{self.box.patient_id(chart)}"
        counts = {}
        for kind in ("DocumentReference", "List"):
            found = self.reading.hub.search(kind, [("subject", person)])
            assert isinstance(found, list)
            counts[kind] = len(found)
        return counts

    def bytes_of(self, one: Resource) -> bytes:
        kind, _, number = one["content"][0]["attachment"]["url"].partition("/")
        assert kind == "Binary"
        binary = self.reading.one("Binary", number)
        assert binary is not None
        return base64.b64decode(binary["data"])

    @property
    def channel(self) -> MhdChannel:
        return MhdChannel(
            self.box.hub, str, manner_of([self.kind]), simple=self.kind is ChannelKind.MHD_SIMPLE
        )

    def deliveries(self, channel: ChannelKind) -> list[tuple[str, str]]:
        rows = self.box.store.rows(
            "SELECT kind, state FROM deliveries WHERE channel = ? ORDER BY id", (channel,)
        )
        return [(kind, state) for kind, state in rows]


@pytest.fixture
def reading(practice_hub: PracticeHub, pki: LabPki) -> Reading:
    return Reading.of(practice_hub, pki)


@pytest.fixture(params=[ChannelKind.MHD, ChannelKind.MHD_SIMPLE])
def writer(box: Box, reading: Reading, request: pytest.FixtureRequest) -> Writer:
    return Writer.of(box, reading, request.param)


@pytest.fixture
def by_bundle(box: Box, reading: Reading) -> Writer:
    return Writer.of(box, reading, ChannelKind.MHD)


def test_a_letter_goes_whole_and_is_told_once(writer: Writer, chart: str) -> None:
    who = writer.agreed(chart, mhd.PDF, stated.MAPPED)
    (one,) = writer.at_hub(chart)
    assert one["status"] == "current"
    assert writer.bytes_of(one) == mhd.PDF
    assert writer.all_of(chart) == {"DocumentReference": 1, "List": 1}
    held = writer.reading.of_patient(writer.box.patient_id(chart))
    assert {kind for kind, _ in held} == {"Condition"}
    assert sorted(writer.deliveries(writer.kind)) == [("identity", "delivered"), ("put", "delivered")]
    assert who


def test_claims_are_not_even_owed(writer: Writer, chart: str) -> None:
    writer.box.agreed(chart)
    writer.box.settle()
    assert writer.deliveries(writer.kind) == [("identity", "delivered")]
    assert ("put", "delivered") in writer.deliveries(ChannelKind.FHIR)


def test_sent_again_it_is_still_one(writer: Writer, chart: str) -> None:
    writer.agreed(chart, mhd.PDF)
    with writer.box.store.transaction():
        writer.box.store.execute("UPDATE deliveries SET state = 'ready' WHERE channel = ?", (writer.kind,))
    writer.box.settle()
    assert writer.all_of(chart) == {"DocumentReference": 1, "List": 1}


def test_a_new_version_takes_the_place_of_the_old_one(writer: Writer, chart: str) -> None:
    writer.agreed(chart, mhd.PDF)
    writer.write(chart, mhd.PDF + b"%2", sequence="2")
    writer.box.settle()
    new, old = writer.at_hub(chart)
    assert (new["status"], old["status"]) == ("current", "superseded")
    assert new["relatesTo"][0]["target"]["reference"] == f"DocumentReference/{old['id']}"
    assert writer.bytes_of(new) == mhd.PDF + b"%2"


def test_a_version_that_comes_back_counts_again_without_a_second_copy(writer: Writer, chart: str) -> None:
    who = writer.write(chart, mhd.PDF)
    writer.box.agree(who)
    first = writer.channel.prepare(writer.box.store, claimed_put(writer))
    writer.box.settle()
    assert writer.channel.send([first]) == [Delivered()]
    (before,) = writer.at_hub(chart)
    writer.write(chart, mhd.PDF + b"%2", sequence="2")
    second = writer.channel.prepare(writer.box.store, claimed_put(writer))
    assert writer.channel.send([second, first]) == [Delivered(), Delivered()]
    new, old = writer.at_hub(chart)
    assert (new["id"], new["status"], old["status"]) == (before["id"], "current", "superseded")


def test_what_the_source_takes_back_is_gone_with_all_its_versions(writer: Writer, chart: str) -> None:
    writer.agreed(chart, mhd.PDF)
    writer.write(chart, mhd.PDF + b"%2", sequence="2")
    writer.box.settle()
    files = [one["content"][0]["attachment"]["url"] for one in writer.at_hub(chart)]
    writer.write(chart, b"taken back", sequence="3", tombstone=True)
    writer.box.settle()
    assert writer.at_hub(chart) == []
    assert writer.all_of(chart) == {"DocumentReference": 0, "List": 0}
    assert [writer.reading.one("Binary", file.partition("/")[2]) for file in files] == [None, None]
    assert writer.deliveries(writer.kind)[-1] == ("remove", "delivered")


@pytest.mark.parametrize("how", ["drop-before", "drop-after"])
def test_whatever_became_of_the_answer_there_is_one_document(
    writer: Writer, chart: str, practice_hub: PracticeHub, how: str
) -> None:
    who = writer.write(chart, mhd.PDF)
    writer.box.agree(who)
    path = "" if writer.kind is ChannelKind.MHD else "DocumentReference"
    writer.box.settle()
    writer.write(chart, mhd.PDF + b"%2", sequence="2")
    kind = {"type": path} if path else {}
    practice_hub.add_faults(Fault(how, method="POST", **kind))  # type: ignore[arg-type]
    writer.box.settle(advance_s=60.0)
    writer.box.settle(advance_s=60.0)
    assert [one["status"] for one in writer.at_hub(chart)] == ["current", "superseded"]
    assert {state for _, state in writer.deliveries(writer.kind)} == {"delivered"}


def claimed_put(writer: Writer) -> claiming.Claimed:
    """The next delivery of a document on the MHD channel."""
    store = writer.box.store
    while True:
        (claimed,) = claiming.claim(store, writer.box.rules, channel=writer.kind, limit=1, lease_s=60.0)
        with store.transaction():
            claiming.delivered(store, claimed, lambda: None)
        if claimed.document is not None:
            return claimed


def test_a_document_of_which_one_class_may_not_leave_does_not_leave_and_is_taken_back(
    by_bundle: Writer, chart: str
) -> None:
    writer = by_bundle
    who = writer.agreed(chart, mhd.PDF, stated.MAPPED)
    writer.write(chart, mhd.PDF + b"%2", stated.MAPPED, sequence="2")
    claimed = claimed_put(writer)
    hidden = replace(
        claimed, allowed=frozenset(one for one in claimed.allowed if one[0].value != "diagnosis")
    )
    channel = writer.channel
    whole, nothing = channel.prepare(writer.box.store, claimed), channel.prepare(writer.box.store, hidden)
    assert isinstance(whole, Sent)
    assert whole.whole is not None
    assert nothing == Sent(claimed.document_key, None)
    assert nothing.digest == GONE
    assert channel.send([nothing]) == [Delivered()]
    assert writer.at_hub(chart) == []
    assert who


def test_the_records_of_such_a_document_still_name_it_without_its_bytes(
    by_bundle: Writer, chart: str
) -> None:
    """Nothing is told twice, and nothing is lost: who may not have the file learns that it exists, as before."""
    writer = by_bundle
    writer.agreed(chart, bytes(MHD_DOCUMENT_MAX_BYTES + 1))
    person = f"Patient/{writer.box.patient_id(chart)}"
    found = writer.reading.hub.search("DocumentReference", [("subject", person)])
    assert isinstance(found, list)
    (one,) = found
    assert "url" not in one["content"][0]["attachment"]
    assert writer.at_hub(chart) == []


def test_a_letter_larger_than_records_may_carry_goes(by_bundle: Writer, chart: str) -> None:
    file = b"%PDF-" + bytes(DOCUMENT_SENT_MAX_BYTES + 1_000_000)
    by_bundle.agreed(chart, file)
    (one,) = by_bundle.at_hub(chart)
    assert by_bundle.bytes_of(one) == file


@pytest.mark.parametrize(
    ("known", "source_files", "times", "goes"),
    [
        (Format.KENSHIN, False, 1, True),
        (Format.HL7_LAB, False, 1, False),
        (Format.HL7_LAB, True, 1, True),
        (Format.HL7_LAB, True, 2, False),
        (Format.NSIPS, True, 1, False),
    ],
)
def test_which_source_files_go_is_the_networks_to_say(
    box: Box, reading: Reading, chart: str, known: Format, *, source_files: bool, times: int, goes: bool
) -> None:
    writer = Writer.of(box, reading, ChannelKind.MHD, source_files=source_files)
    file = f"{known}{chart}".encode()
    who = writer.write(chart, file, stated.WAIST, known=known, named=False, times=times)
    box.agree(who)
    box.settle()
    assert [writer.bytes_of(one) for one in writer.at_hub(chart)] == ([file] if goes else [])


def test_after_a_withdrawal_nothing_more_goes_and_others_see_nothing(
    by_bundle: Writer, chart: str, practice_hub: PracticeHub
) -> None:
    writer = by_bundle
    who = writer.agreed(chart, mhd.PDF)
    writer.write(chart, mhd.PDF + b"%2", sequence="2")
    writer.box.withdraw(who)
    writer.box.settle()
    assert len(writer.at_hub(chart)) == 1
    assert writer.deliveries(ChannelKind.MHD)[-1][1] == "withdrawn"


def test_nothing_goes_before_the_consents_have_been_pulled(
    by_bundle: Writer, chart: str, practice_hub: PracticeHub
) -> None:
    writer = by_bundle
    who = writer.write(chart, mhd.PDF)
    writer.box.agree(who)
    practice_hub.add_faults(Fault("status", status=500, type="Consent", count=1))
    for _ in range(5):
        writer.box.worker.turn()
        writer.box.worker.wait(5.0)
    assert writer.at_hub(chart) == []
    writer.box.settle(advance_s=120.0)
    assert len(writer.at_hub(chart)) == 1


def test_about_what_never_goes_whole_the_hub_is_not_asked(
    by_bundle: Writer, chart: str, practice_hub: PracticeHub
) -> None:
    """A pharmacy's day has hundreds of dispensings: none of them costs a request here."""
    writer = by_bundle
    who = writer.write(chart, b"nsips", stated.WAIST, known=Format.NSIPS, named=False)
    writer.box.agree(who)
    claimed = claimed_put(writer)
    sent = writer.channel.prepare(writer.box.store, claimed)
    practice_hub.add_faults(Fault("status", status=500, count=100))
    assert writer.channel.send([sent]) == [Delivered()]
    question = Question(claimed.document_key, sent.digest)
    assert writer.channel.ask(question) == Arrived(None)
    assert practice_hub.pending_faults()[0]["count"] == 100


def test_a_hub_that_is_away_is_tried_again(by_bundle: Writer, chart: str, practice_hub: PracticeHub) -> None:
    writer = by_bundle
    writer.agreed(chart, mhd.PDF)
    channel = writer.channel
    practice_hub.add_faults(Fault("status", status=503, type="DocumentReference"))
    (outcome,) = channel.send([Sent("letter:x", None)])
    assert isinstance(outcome, Transient)


def test_what_is_sent_fits_the_profile(
    by_bundle: Writer, chart: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle that really goes out, records and consent from the store."""
    import json

    sent: list[bytes] = []
    send = by_bundle.box.hub.send

    def kept(bundle: bytes, entries: int) -> object:
        sent.append(bundle)
        return send(bundle, entries)

    monkeypatch.setattr(by_bundle.box.hub, "send", kept)
    by_bundle.agreed(chart, mhd.PDF, stated.MAPPED)
    bundles = [json.loads(one) for one in sent]
    (provided,) = [one for one in bundles if "profile" in one.get("meta", {})]
    assert faults_of_bundle(provided) == []
    content = base64.b64decode(provided["entry"][2]["resource"]["data"])
    assert hashlib.sha256(content).digest() == hashlib.sha256(mhd.PDF).digest()


def test_a_restored_box_sends_no_second_copy(
    by_bundle: Writer, chart: str, tmp_path: Path, hub_config: HubConfig, reading: Reading
) -> None:
    """A box that remembers nothing of what it sent: the hub is asked."""
    by_bundle.agreed(chart, mhd.PDF)
    (tmp_path / "other").mkdir()
    restored = Box.new(tmp_path / "other", hub_config)
    again = Writer.of(restored, reading, ChannelKind.MHD)
    again.agreed(chart, mhd.PDF)
    assert again.all_of(chart) == {"DocumentReference": 1, "List": 1}
    restored.close()


@pytest.mark.parametrize("kind", [ChannelKind.MHD, ChannelKind.MHD_SIMPLE])
def test_a_patient_whom_the_hub_has_under_an_id_of_its_own_is_fed_to_its_index(
    box: Box, reading: Reading, chart: str, kind: ChannelKind
) -> None:
    """ITI-104: what identifies them finds them; consents, records and documents follow to that id."""
    number = f"urn:oid:1.2.392.100495.20.3.51.1{FACILITY}"
    known = {
        "resourceType": "Patient",
        "meta": {"source": f"urn:renkei:facility:{FACILITY}"},
        "identifier": [{"system": number, "value": chart}],
        "birthDate": born(chart).isoformat(),
    }
    assert box.hub.create("Patient", encoded(known), f"identifier={number}|{chart}") == Delivered()
    (before,) = _patients(reading, number, chart)
    writer = Writer.of(box, reading, kind, pixm=True)
    who = writer.agreed(chart, mhd.PDF, stated.MAPPED)
    (after,) = _patients(reading, number, chart)
    assert after["id"] == before["id"] != box.patient_id(chart)
    assert after["name"]
    (document,) = writer.at_hub(chart)
    assert document["subject"] == {"reference": f"Patient/{before['id']}"}
    assert {kind for kind, _ in reading.of_patient(before["id"])} == {"Condition"}
    consents = reading.hub.search("Consent", [("patient", f"Patient/{before['id']}")])
    assert isinstance(consents, list)
    assert [one["status"] for one in consents] == ["active"]
    box.withdraw(who)
    box.settle()
    assert set(box.counts()) <= {"delivered", "withdrawn"}


def test_a_patient_new_to_the_index_gets_an_id_there_once(box: Box, reading: Reading, chart: str) -> None:
    writer = Writer.of(box, reading, ChannelKind.MHD, pixm=True)
    writer.agreed(chart, mhd.PDF)
    with box.store.transaction():
        box.store.execute("UPDATE deliveries SET state = 'ready'")
    box.settle()
    assert len(_patients(reading, f"urn:oid:1.2.392.100495.20.3.51.1{FACILITY}", chart)) == 1
    assert set(box.counts()) == {"delivered"}


def _patients(reading: Reading, system: str, value: str) -> list[Resource]:
    found = reading.hub.search("Patient", [("identifier", f"{system}|{value}")])
    assert isinstance(found, list)
    return found
