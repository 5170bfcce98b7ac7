"""Reads an ORCA server for ever: looks every few minutes, sooner when PUSH says so, later when the server was away."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.clock import Clock
from appliance.intake.keeper import Keeper, StoreFullError
from appliance.intake.orca.client import Client, tls_context
from appliance.intake.orca.collecting import Collecting
from appliance.intake.orca.hints import Hint
from appliance.intake.orca.troubles import OrcaError, Trouble
from appliance.limits import ORCA_BACKOFF_FIRST_S, ORCA_HINT_PAUSE_S, ORCA_TICK_S
from appliance.sources import OrcaSource

if TYPE_CHECKING:
    from appliance.intake.orca.push import Push


def read(source: OrcaSource, keeper: Keeper, secret: str, clock: Clock) -> None:
    """Look, wait, look again."""
    Reading(source, keeper, secret, clock).for_ever()


@dataclass(slots=True)
class Pace:
    """When the next look is due (monotonic seconds)."""

    poll_s: float
    due_s: float = 0.0
    hinted_from_s: float = 0.0
    _pause_s: float = field(default=ORCA_BACKOFF_FIRST_S)

    def went_well(self, now_s: float) -> None:
        self.due_s, self.hinted_from_s = now_s + self.poll_s, now_s + ORCA_HINT_PAUSE_S
        self._pause_s = ORCA_BACKOFF_FIRST_S

    def failed(self, now_s: float, spread: float) -> None:
        """`spread` in 0.5..1: boxes do not all come back at once. A hint is no reason to come back sooner."""
        self.due_s = self.hinted_from_s = now_s + min(self._pause_s, self.poll_s) * spread
        self._pause_s = min(self._pause_s * 2, self.poll_s)

    def is_due(self, now_s: float, *, hinted: bool) -> bool:
        return now_s >= (self.hinted_from_s if hinted else self.due_s)


class Reading:
    """The loop of one source, step by step."""

    def __init__(self, source: OrcaSource, keeper: Keeper, secret: str, clock: Clock) -> None:
        self._source = source
        self._keeper = keeper
        self._clock = clock
        self._client = Client(source, secret, clock)
        self._collecting = Collecting(source, keeper, self._client, clock)
        self._push = _push(source, clock) if source.push else None
        self._hint = Hint()
        self._pace = Pace(float(source.poll_s), clock.monotonic_s(), clock.monotonic_s())

    def for_ever(self) -> None:
        while True:
            self.step()
            self._clock.sleep(ORCA_TICK_S)

    @property
    def troubles(self) -> Counter[str]:
        """What the last look met, and whether PUSH is there."""
        return self._collecting.asking.troubles

    def close(self) -> None:
        """Hang up."""
        self._client.close()
        if self._push is not None:
            self._push.close()

    def step(self) -> None:
        """Listen, look if it is time, say how it is."""
        self._hint = self._hint.and_also(self._heard())
        now_s = self._clock.monotonic_s()
        if self._pace.is_due(now_s, hinted=self._hint.something) and not self._keeper.paused:
            self._look()
        self.troubles[Trouble.PUSH_AWAY] = int(self._push is not None and self._push.away)
        self._collecting.asking.sign()

    def _look(self) -> None:
        troubles: Counter[str] = Counter()
        hint, self._hint = self._hint, Hint()
        try:
            troubles = self._collecting.look(hint)
            self._pace.went_well(self._clock.monotonic_s())
        except StoreFullError:
            troubles[Trouble.STORE_FULL] += 1
            self._failed(hint)
        except OrcaError as error:
            troubles[error.trouble] += 1
            self._failed(hint)
        self._collecting.asking.troubles = troubles

    def _failed(self, hint: Hint) -> None:
        self._hint = self._hint.and_also(hint)
        spread = random.uniform(0.5, 1.0)  # noqa: S311 - spreads, hides nothing
        self._pace.failed(self._clock.monotonic_s(), spread)

    def _heard(self) -> Hint:
        return self._push.listen() if self._push else Hint()


def _push(source: OrcaSource, clock: Clock) -> Push:
    from appliance.intake.orca.push import Push

    return Push(source.push, lambda: tls_context(source), clock)
