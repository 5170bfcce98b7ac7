"""Files that are parts of one: read together once the last of them has come, in whatever order."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.formats.jahis_join import join_fragments, split_of
from appliance.records.finding import Finding, Severity
from appliance.records.readable import Readable
from appliance.store import arrivals
from appliance.store.arrivals import Arrival, ArrivalState
from appliance.store.db import Store

PART_WAITING = "JAHISTC-F003"
"""What the parser says of a part: only arrivals with it are looked through for the others."""
JOINED = "INTAKE-0105"


@dataclass(frozen=True, slots=True)
class Together:
    """The bytes of all parts joined, and the arrivals that brought the other parts."""

    content: bytes
    others: tuple[Arrival, ...]


def together(store: Store, arrival: Arrival, content: Readable) -> Together | None:
    """The whole that this arrival completes; None when it is no part, or when parts are still missing."""
    split = split_of(content)
    if split is None:
        return None
    waiting = {
        other.id: arrivals.content(store, other.id)
        for other in arrivals.in_state(store, ArrivalState.QUARANTINED, ArrivalState.PARTLY)
        if other.facility == arrival.facility and _waits(other)
    }
    kin = {
        number: data
        for number, data in waiting.items()
        if (found := split_of(data)) and (found.data_id, found.total) == (split.data_id, split.total)
    }
    joined = join_fragments([*kin.values(), content[:]]).data
    return Together(joined, tuple(arrivals.get(store, number) for number in kin)) if joined else None


def settle_joined(store: Store, others: tuple[Arrival, ...]) -> None:
    """The other parts are done: what they held was read with the last one. Inside a transaction."""
    for other in others:
        arrivals.settle(
            store,
            other.id,
            ArrivalState.UNDERSTOOD,
            format_name=other.format,
            documents=other.documents,
            findings=[_joined()],
        )


def _waits(arrival: Arrival) -> bool:
    return any(finding.code == PART_WAITING for finding in arrival.findings)


def _joined() -> Finding:
    return Finding(
        JOINED,
        Severity.INFO,
        "分割されたデータの残りが届いたので、合わせて読み取りました。",
        "The other parts have come; they were read together.",
    )
