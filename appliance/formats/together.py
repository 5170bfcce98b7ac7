"""Files given together that belong together: the volumes of one claim set, the parts of one split JAHIS file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.formats.jahis_join import join_fragments, split_of
from appliance.formats.parse import parse
from appliance.formats.uke.claim_types import CLAIM_TYPES
from appliance.formats.uke.volumes import join_volumes
from appliance.records.document import Parsed
from appliance.records.finding import Finding
from appliance.records.readable import Readable


@dataclass(frozen=True, slots=True)
class Group:
    """Files (by their places among those given, in their own order) and what is said of them as a whole."""

    places: tuple[int, ...]
    kind: str
    """`volumes` or `parts`."""
    complete: bool
    documents: int
    findings: tuple[Finding, ...]


def groups_of(contents: Sequence[Readable], parsed: Sequence[Parsed]) -> list[Group]:
    """The groups among these files, of whose documents the first is enough; a whole file alone makes none."""
    return [*_volumes(contents, parsed), *_parts(contents)]


def _volumes(contents: Sequence[Readable], parsed: Sequence[Parsed]) -> list[Group]:
    by_set: dict[str, list[int]] = {}
    for place, one in enumerate(parsed):
        if one.format in CLAIM_TYPES and one.documents:
            by_set.setdefault(one.documents[0].set_key.rpartition(":")[0], []).append(place)
    found = []
    for places in by_set.values():
        if len(places) > 1:
            joined = join_volumes([contents[place] for place in places])
            order = tuple(places[number] for number in joined.order)
            found.append(Group(order, "volumes", joined.complete, len(joined.documents), joined.findings))
    return found


def _parts(contents: Sequence[Readable]) -> list[Group]:
    by_file: dict[tuple[str, int], dict[int, int]] = {}
    for place, data in enumerate(contents):
        split = split_of(data)
        if split is not None:
            by_file.setdefault((split.data_id, split.total), {})[split.number] = place
    return [_joined(contents, by_number) for by_number in by_file.values()]


def _joined(contents: Sequence[Readable], by_number: Mapping[int, int]) -> Group:
    places = tuple(by_number[number] for number in sorted(by_number))
    joined = join_fragments([contents[place][:] for place in places])
    if joined.data is None:
        return Group(places, "parts", complete=False, documents=0, findings=joined.findings)
    whole = parse(joined.data)
    return Group(
        places, "parts", whole.complete, len(whole.documents), (*joined.findings, *whole.all_findings)
    )
