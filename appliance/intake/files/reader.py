"""Reads a folder for ever: what has come to rest is handed over and, once it is kept and understood, put away."""

from __future__ import annotations

import time
from collections import Counter

from appliance.clock import Clock
from appliance.intake.folder import DONE, QUARANTINE, Folder, Ready, put_away
from appliance.intake.keeper import Keeper, StoreFullError
from appliance.limits import ARRIVAL_PIECE_BYTES, FOLDER_POLL_S
from appliance.sources import FolderSource


def read(source: FolderSource, keeper: Keeper, _secret: str, clock: Clock) -> None:
    """Look, take, put away, say so; again and again."""
    folder = Folder(source.folder)
    while True:
        troubles: Counter[str] = Counter()
        try:
            if not keeper.paused:
                for ready in folder.look(clock.monotonic_s()):
                    _take(source, folder, ready, keeper)
            troubles.update(trouble.value for trouble in folder.troubles.values())
        except StoreFullError:
            troubles["store-full"] += 1
        except OSError:
            troubles["away"] += 1
        keeper.looked(troubles)
        time.sleep(FOLDER_POLL_S)


def _take(source: FolderSource, folder: Folder, ready: Ready, keeper: Keeper) -> None:
    content = ready.content
    arrived = keeper.take(
        ready.path.name,
        (content[at : at + ARRIVAL_PIECE_BYTES] for at in range(0, len(content), ARRIVAL_PIECE_BYTES)),
    )
    note = keeper.settled(arrived.arrival).note
    put_away(source.folder, ready, QUARANTINE if note else DONE, arrived.arrival, note)
    folder.forget(ready.path)
