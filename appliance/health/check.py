"""What a check is: a function of the site and a clock that gives one result, or one a thing it looked at, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.clock import Clock
from appliance.config import SiteConfig


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found. `level` is `ok`, `info`, `warning` or `error`; hints say what to do."""

    name: str
    level: str
    ja: str
    en: str
    hint_ja: str = ""
    hint_en: str = ""


Check = Callable[[SiteConfig, Clock], Result | Sequence[Result]]
"""Every module in `checks/` has one, named `check`."""
