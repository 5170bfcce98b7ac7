"""The audit as a file for a person: a line a row, as JSON or as DICOM messages; patients as keyed hashes unless asked.

An export is itself audited, before its first line: who reads the chain stands in the chain.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from appliance.config import SiteConfig
from appliance.errors import Audience, ExitStatus, RenkeiError
from appliance.exchange.audit.dicom import audit_messages
from appliance.exchange.audit.telling import Naming, Told, patients_of, told
from appliance.limits import AUDIT_MESSAGE_MAX_BYTES, REASON_MAX_CHARS
from appliance.store import audit, patients
from appliance.store.audit import Entry, Event
from appliance.store.db import Store


class ExportError(RenkeiError):
    """An export was asked for in a way that is not allowed."""

    code = "AUDIT-0004"
    audience = Audience.OPERATOR
    exit_status = ExitStatus.USAGE


class Format(StrEnum):
    """How a row is written."""

    JSONL = "jsonl"
    DICOM = "dicom"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows, by number and by time (`[since, until)`, ISO 8601 UTC as stored), and how; 0 and empty: no bound."""

    first: int = 1
    last: int = 0
    since: str = ""
    until: str = ""
    format: Format = Format.JSONL
    with_patients: bool = False
    reason: str = ""


def export(store: Store, site: SiteConfig, wanted: Wanted) -> Iterator[bytes]:
    """The lines of an export, each with its end; the first is made once the export has been audited. Raises ExportError."""
    if wanted.with_patients and not wanted.reason.strip():
        raise ExportError(
            "患者を特定できる形で書き出すには理由が必要です。",
            "An export that names patients needs a reason.",
            hint_ja="--reason で理由を書いてください。",
            hint_en="Give it with --reason.",
        )
    end = audit.anchor(store).seq
    last = min(wanted.last or end, end)
    with store.transaction():
        audit.append(
            store,
            Event.AUDIT_EXPORTED,
            first=wanted.first,
            last=last,
            since=wanted.since,
            until=wanted.until,
            format=wanted.format,
            with_patients=wanted.with_patients,
            reason=wanted.reason.strip()[:REASON_MAX_CHARS],
        )
    return _lines(store, site, wanted, last)


def _lines(store: Store, site: SiteConfig, wanted: Wanted, last: int) -> Iterator[bytes]:
    naming = Naming.EVERYBODY if wanted.with_patients else Naming.NOBODY
    for row in audit.entries(store, after=wanted.first - 1):
        if row.seq > last:
            return
        if row.at < wanted.since or (wanted.until and row.at >= wanted.until):
            continue
        known = told(store, site, row, naming)
        if wanted.format is Format.DICOM:
            yield from (message + b"\n" for message in audit_messages(known, AUDIT_MESSAGE_MAX_BYTES))
        else:
            more = _whole(store, row) if wanted.with_patients else {}
            yield (json.dumps(_plain(known) | more, ensure_ascii=False) + "\n").encode()


def _plain(known: Told) -> dict[str, Any]:
    return {
        "seq": known.seq,
        "at": known.at,
        "clock_trusted": known.clock_trusted,
        "event": known.event,
        "outcome": known.outcome.value,
        "facility": known.facility,
        "login": known.person.login if known.person else None,
        "role": known.person.role if known.person else None,
        "purpose": known.purpose or None,
        "patients": [one.key.value for one in known.subjects],
        "providers": {one.facility: list(one.decided) for one in known.providers},
        "particulars": dict(known.particulars),
        "hash": known.hash,
    }


def _whole(store: Store, row: Entry) -> dict[str, Any]:
    """What the hash of a row is over, so that the chain can be followed, and who its patients are."""
    found = [_person(store, one) for one in patients_of(row)]
    return {
        "row": {"trusted": int(row.trusted), "event": row.event, "staff": row.staff, "patient": row.patient, "body": row.body},
        "named": [one for one in found if one],
    }  # fmt: skip


def _person(store: Store, patient: int) -> dict[str, str]:
    try:
        known = patients.load(store, patient)
    except KeyError:
        return {}
    return {"facility": known.facility, "local_id": known.patient.local_id, "name": known.patient.name.text}
