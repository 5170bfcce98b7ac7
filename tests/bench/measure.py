"""How a ratio is measured: both sides by turns in one process, the best of several runs of each."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

RUNS = 5


@dataclass(frozen=True, slots=True)
class Ratio:
    """What was measured: ours and the baseline in seconds, and how many times as fast as the baseline ours is."""

    name: str
    ours_s: float
    baseline_s: float
    aim: str
    detail: str = ""

    @property
    def speed(self) -> float:
        return self.baseline_s / self.ours_s

    def line(self) -> str:
        return (
            f"{self.name:<44} {self.speed:>6.2f} × baseline   aim {self.aim:<8} "
            f"ours {self.ours_s * 1000:>9.1f} ms   baseline {self.baseline_s * 1000:>9.1f} ms   {self.detail}"
        )


def by_turns(
    ours: Callable[[], object],
    baseline: Callable[[], object],
    runs: int = RUNS,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """The best time of each side in seconds; the two take turns, so that a busy machine hurts both.

    What only computes is measured by `time.process_time`: waiting for the processor is nobody's fault.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for side, function in enumerate((ours, baseline)):
            gc.collect()
            started = clock()
            function()
            times[side].append(clock() - started)
    return min(times[0]), min(times[1])
