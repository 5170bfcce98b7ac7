"""Channels come and go with the site file: what a new one is owed, and what is no longer owed by one that is gone."""

from __future__ import annotations

from appliance.channels import ChannelKind
from appliance.consent.rules import Rules
from appliance.limits import CHANNEL_FILL_PATIENTS
from appliance.store.access import Gate
from appliance.store.db import Store
from appliance.store.deliveries import MASS_REMOVAL
from appliance.store.owing import fill

CHANNEL_CLOSED = "channel-closed"
OPEN = "channels_open"
"""The value of the store that names the channels it has been filled for."""


def follow(store: Store, rules: Rules) -> None:
    """Bring what is owed in line with the site file, at the start of the dispatcher.

    A channel that has come is filled with what consenting patients have here; a kill half-way leaves it to the next start.
    """
    known = {ChannelKind(one) for one in (store.meta(OPEN) or ChannelKind.FHIR).split()}
    wanted = set(rules.channels)
    _close(store, set(ChannelKind) - wanted)
    if known == wanted:
        return
    for channel in sorted(wanted - known):
        _open(store, rules, channel)
    with store.transaction():
        store.set_meta(OPEN, " ".join(sorted(wanted)))


def _close(store: Store, gone: set[ChannelKind]) -> None:
    """Nobody can ask any more what became of a doubtful one. Consents go to the hub whatever the site file says."""
    with store.transaction():
        for channel in sorted(gone):
            store.execute(
                "UPDATE deliveries SET state = 'withdrawn', reason = ?, changed_at = ?"
                " WHERE state IN ('held', 'ready', 'doubtful') AND channel = ? AND kind <> 'consent' AND reason <> ?",
                (CHANNEL_CLOSED, store.now(), channel, MASS_REMOVAL),
            )


def _open(store: Store, rules: Rules, channel: ChannelKind) -> None:
    patients = [
        row[0] for row in store.rows("SELECT patient FROM consents WHERE state = 'active' ORDER BY id")
    ]
    for first in range(0, len(patients), CHANNEL_FILL_PATIENTS):
        with store.transaction():
            gate = Gate(store, rules)
            for patient in patients[first : first + CHANNEL_FILL_PATIENTS]:
                fill(store, gate, patient, (channel,))
