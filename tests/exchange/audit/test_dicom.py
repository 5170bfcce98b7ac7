"""Every event's DICOM messages: valid, small enough for every receiver, and without anything that must stay."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from appliance.config import SiteConfig
from appliance.exchange.audit.dicom import audit_messages
from appliance.exchange.audit.sending import frames
from appliance.exchange.audit.telling import Provider, Told
from appliance.limits import AUDIT_MESSAGE_MAX_BYTES
from appliance.store.audit import Event
from appliance.store.db import Store
from tests.exchange.audit.told import AGREED, NAMES, SECRET, SILENT
from tests.store.made import FACILITY

XMLLINT = shutil.which("xmllint") or "/usr/bin/xmllint"


def xml_of(row: Told, max_bytes: int = AUDIT_MESSAGE_MAX_BYTES) -> list[bytes]:
    return list(audit_messages(row, max_bytes))


def faults(schema: Path, folder: Path, messages: list[bytes]) -> str:
    """What xmllint says against the schema; empty: all are valid."""
    assert Path(XMLLINT).exists(), "xmllint is missing: run make setup-test"
    files = [folder / f"{number}.xml" for number in range(len(messages))]
    for file, message in zip(files, messages, strict=True):
        file.write_bytes(message)
    done = subprocess.run(
        [XMLLINT, "--nonet", "--noout", "--schema", schema, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if not line.endswith(" validates")]
    assert bool(said) == bool(done.returncode)
    return "\n".join(said)


def test_every_event_is_valid_by_the_published_schema(rows: list[Told], shared: Path, tmp_path: Path):
    messages = [one for row in rows for one in xml_of(row)]
    assert {row.event for row in rows} == {event.value for event in Event}
    assert faults(shared / "profiles" / "dicom2017c.xsd", tmp_path, messages) == ""


def test_the_schema_does_find_faults(rows: list[Told], shared: Path, tmp_path: Path):
    broken = xml_of(rows[0])[0].replace(b"AuditSourceID=", b"AuditSource=")
    assert "AuditSource" in faults(shared / "profiles" / "dicom2017c.xsd", tmp_path, [broken])


def opened(message: bytes) -> str:
    """A message with its base64 undone: what a reader finds in it."""
    text = message.decode()
    for value in re.findall(r'value="([A-Za-z0-9+/=]+)"', text):
        text += "\n" + base64.b64decode(value).decode()
    return text


def test_names_free_words_and_a_silent_patients_number_never_leave(rows: list[Told]):
    everything_told = "\n".join(opened(one) for row in rows for one in xml_of(row))
    for secret in (*NAMES, SECRET, SILENT):
        assert secret not in everything_told
    assert f"{AGREED}^^^&amp;1.2.392.100495.20.3.51.1{FACILITY}&amp;ISO" in everything_told


def test_a_message_names_box_person_hub_patient_providers_and_row(rows: list[Told]):
    viewed = next(row for row in rows if row.event == Event.NETWORK_VIEWED and row.providers)
    message = ET.fromstring(xml_of(viewed)[0])
    users = [one.attrib["UserID"] for one in message.findall("ActiveParticipant")]
    assert users == ["box-1", "sensei", "hub.example"]
    objects = message.findall("ParticipantObjectIdentification")
    roles = [
        (one.attrib["ParticipantObjectTypeCode"], one.attrib["ParticipantObjectTypeCodeRole"])
        for one in objects
    ]
    assert roles == [("2", "13"), ("1", "1"), ("3", "25"), ("3", "25")]
    source = message.find("AuditSourceIdentification")
    assert source is not None
    assert source.attrib == {"AuditSourceID": "box-1", "AuditEnterpriseSiteID": FACILITY}
    decided = objects[2].find("ParticipantObjectDetail")
    assert decided is not None
    assert "lab deny hidden 1" in base64.b64decode(decided.attrib["value"]).decode().splitlines()


def test_a_row_that_is_too_large_becomes_several_messages_that_hold_all_of_it(rows: list[Told]):
    viewed = next(row for row in rows if row.providers)
    many = tuple(Provider(f"13{number:08}", ("lab permit consent 3",) * 12) for number in range(60))
    parts = xml_of(replace(viewed, providers=many))
    assert len(parts) > 1
    found = [ET.fromstring(one) for one in parts]
    objects = [
        one.attrib["ParticipantObjectID"]
        for part in found
        for one in part.findall("ParticipantObjectIdentification")
    ]
    assert sorted(one for one in objects if one.startswith("13")) == sorted(one.facility for one in many)
    assert all(
        part.findall("ParticipantObjectIdentification")[0].attrib["ParticipantObjectTypeCodeRole"] == "13"
        for part in found
    )
    assert all(len(one) <= AUDIT_MESSAGE_MAX_BYTES for one in parts)


def test_every_frame_counts_its_bytes_and_every_message_fits_every_receiver(rows: list[Told]):
    for row in rows:
        for one in frames(row):
            length, _, message = one.partition(b" ")
            assert int(length) == len(message) <= AUDIT_MESSAGE_MAX_BYTES
            assert message.startswith(
                b"<85>1 " + row.at.encode() + b" box-1 renkei - IHE+RFC-3881 - \xef\xbb\xbf<AuditMessage>"
            )


def test_what_xml_cannot_hold_is_left_out(rows: list[Told]):
    odd = replace(rows[0], device="box\x00\x1b 1\ud800")
    assert ET.fromstring(xml_of(odd)[0]).find("AuditSourceIdentification").attrib["AuditSourceID"] == "box 1"  # type: ignore[union-attr]


def test_an_event_this_version_does_not_know_is_told_without_particulars(
    store: Store, site: SiteConfig, shared: Path, tmp_path: Path
):
    from appliance.exchange.audit.telling import told
    from appliance.store import audit

    with store.transaction():
        seq = audit.append(store, Event.SIGNED_IN, secret="x")
    row = audit.entry(store, seq)
    assert row is not None
    later = told(store, site, replace(row, event="invented-later"))
    assert (later.event, dict(later.particulars)) == ("invented-later", {})
    assert faults(shared / "profiles" / "dicom2017c.xsd", tmp_path, xml_of(later)) == ""
