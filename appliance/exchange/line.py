"""Whether the tunnel is down, as the tunnel's own figures say: then nothing is tried, and no failure is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from appliance.clock import Clock
from appliance.limits import LINE_LOOK_S
from appliance.service import read_figures

TUNNEL: Final = "tunnel"
UP: Final = "up"


class Line:
    """`is_down` of the line. A box without a tunnel writes no such figures: its line is taken to be there."""

    def __init__(self, run_folder: Path, clock: Clock) -> None:
        self._folder = run_folder
        self._clock = clock
        self._look_at_s = 0.0
        self._down = False

    def is_down(self) -> bool:
        now_s = self._clock.monotonic_s()
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + LINE_LOOK_S
            self._down = read_figures(self._folder, TUNNEL).get("state", UP) != UP
        return self._down
