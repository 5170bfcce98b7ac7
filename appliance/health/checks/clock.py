"""Is the clock believable?"""

from __future__ import annotations

from datetime import datetime

from appliance.clock import JST, Clock
from appliance.config import SiteConfig
from appliance.health.check import Result

_BUILT = datetime(2026, 11, 1, tzinfo=JST)
"""No box of this version can live earlier."""


def check(_: SiteConfig, clock: Clock) -> Result:
    if clock.now() < _BUILT or not clock.trusted():
        return Result(
            "clock",
            "error",
            "時計が合っていません。",
            "The clock is wrong.",
            "ネットワークをつなぎ、時刻が合うのを待ってください。それまで閲覧と送信は止まります。",
            "Connect the network and wait for the time; until then nothing is shown or sent.",
        )
    return Result("clock", "ok", "時計は合っています。", "The clock is right.")
