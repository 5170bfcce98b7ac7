"""Whole messages handed to the intake, under names that say nothing of whom they concern: the source's and a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.intake.keeper import Keeper

_COUNT: Final = "count"


class Taking:
    """Counts the messages of one source over all its processes."""

    def __init__(self, name: str, keeper: Keeper) -> None:
        self._name = name
        self._keeper = keeper
        self._count = int(keeper.recall(_COUNT).get(_COUNT, b"0"))

    def take(
        self, data: bytes, remember: Mapping[str, bytes] | None = None, *, cut_short: bool = False
    ) -> None:
        """Keep one message, with `remember` in the same commit. Raises StoreFullError."""
        count = self._count + 1
        values = {**(remember or {}), _COUNT: str(count).encode()}
        self._keeper.begin(f"{self._name}-{count:06}")
        self._keeper.piece(data)
        self._keeper.end(values, cut_short=cut_short)
        self._count = count

    def remember(self, values: Mapping[str, bytes]) -> None:
        self._keeper.remember(values)

    def recall(self, key: str) -> bytes:
        return self._keeper.recall(key).get(key, b"")
