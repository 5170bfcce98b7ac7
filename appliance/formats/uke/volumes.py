"""Several volumes of one claim file (マルチボリューム) read as one: in their order, checked for gaps and against all totals.

Each volume is a set of its own for the store; joining changes no document, it only tells whether the whole is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.formats.findings import Findings
from appliance.formats.sniff import sniff
from appliance.formats.uke.claim_types import CLAIM_TYPES, IKA
from appliance.formats.uke.findings import KINDS
from appliance.formats.uke.heads import LAST_VOLUME, SINGLE_VOLUME, Head
from appliance.formats.uke.reader import Ends, Totals, UkeReader
from appliance.limits import CLAIM_VOLUMES_MAX
from appliance.records.document import Document, Parsed
from appliance.records.finding import Finding, Severity
from appliance.records.readable import Readable


@dataclass(frozen=True, slots=True)
class Joined:
    """Volumes in their order: `order` are the places of the files as given, `volumes` what each holds.

    `complete` when no volume is missing or doubled and the last one closes the set.
    """

    order: tuple[int, ...]
    volumes: tuple[Parsed, ...]
    findings: tuple[Finding, ...]
    complete: bool

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(document for volume in self.volumes for document in volume.documents)


@dataclass(frozen=True, slots=True)
class _Volume:
    """One file, read: which place it was given at, its number (None: not readable), its ends and sums."""

    place: int
    number: int | None
    parsed: Parsed
    ends: Ends
    totals: Totals


def join_volumes(files: Sequence[Readable]) -> Joined:
    """Read the volumes of one set, given in any order; a single file of one volume joins to itself.

    Raises ValueError for more files than a set can have.
    """
    if len(files) > CLAIM_VOLUMES_MAX:
        raise ValueError(len(files))
    findings = Findings(KINDS)
    read = [_read(place, data) for place, data in enumerate(files, 1)]
    volumes = sorted(read, key=lambda volume: CLAIM_VOLUMES_MAX if volume.number is None else volume.number)
    _check_kin(volumes, findings)
    closed = _check_order(volumes, findings)
    if closed and not findings.all():
        _check_totals(volumes, findings)
    found = findings.all()
    wrong = any(finding.severity is Severity.ERROR for finding in found)
    return Joined(
        tuple(volume.place - 1 for volume in volumes),
        tuple(volume.parsed for volume in volumes),
        found,
        complete=closed and not wrong,
    )


def _read(place: int, data: Readable) -> _Volume:
    known = sniff(data)
    reader = UkeReader(data, CLAIM_TYPES.get(known, IKA))
    documents = tuple(reader.documents())
    parsed = replace(reader.about, format=known, documents=documents)
    written = reader.ends.head.volume or SINGLE_VOLUME
    number = (
        int(written)
        if written.isascii() and written.isdecimal() and len(written) <= len(SINGLE_VOLUME)
        else None
    )
    return _Volume(place, number if reader.ends.head.line else None, parsed, reader.ends, reader.totals)


def _check_kin(volumes: Sequence[_Volume], findings: Findings) -> None:
    """All volumes are of the facility, payer, claim month and claim type of the first."""
    for volume in volumes[1:]:
        if _set_of(volume.ends.head) != _set_of(volumes[0].ends.head):
            findings.add("UKE-F022", volume.ends.head.line or None, place=volume.place)


def _set_of(head: Head) -> tuple[object, ...]:
    return head.family, head.facility, head.payer_org, head.claim_month


def _check_order(volumes: Sequence[_Volume], findings: Findings) -> bool:
    """Heads count 00, 01, 02 …, trailers 01, 02 … and 99 at the end; whether the last one closes the set."""
    expected = 0
    for volume in volumes:
        if volume.number is None:
            findings.add("UKE-F024", place=volume.place)
            continue
        if volume.number < expected:
            findings.add("UKE-F023", volume=f"{volume.number:02}")
            continue
        for missing in range(expected, volume.number):
            findings.add("UKE-F021", volume=f"{missing:02}")
        expected = volume.number + 1
        closing = volume.ends.trailer_volume
        if closing not in (f"{expected:02}", LAST_VOLUME):
            findings.add("UKE-F025", volume.ends.trailer_line or None, volume=f"{volume.number:02}")
    closed = bool(volumes) and volumes[-1].ends.trailer_volume == LAST_VOLUME
    if not closed:
        findings.add("UKE-F021", volume=f"{expected:02}")
    return closed and sum(volume.ends.trailer_volume == LAST_VOLUME for volume in volumes) == 1


def _check_totals(volumes: Sequence[_Volume], findings: Findings) -> None:
    """The last trailer's totals against the claims of all volumes."""
    ends = volumes[-1].ends
    payers = sum(volume.totals.payers for volume in volumes)
    points = sum(volume.totals.points for volume in volumes)
    for code, declared, counted in (
        ("UKE-F004", ends.trailer_count, payers),
        ("UKE-F005", ends.trailer_points, points),
    ):
        if declared is not None and declared != counted:
            findings.add(code, ends.trailer_line, declared=declared, counted=counted)
