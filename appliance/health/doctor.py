"""`renkei doctor`: every check in `health/checks/`, a line for each thing it looked at."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path

from appliance.clock import Clock, SystemClock
from appliance.config import SiteConfig, read_site
from appliance.errors import RenkeiError
from appliance.health import checks
from appliance.health.check import Check, Result


def all_checks() -> dict[str, Check]:
    """The checks by the name of their file, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(checks.__path__))
    return {name: importlib.import_module(f"{checks.__name__}.{name}").check for name in names}


def examine(site_file: Path, clock: Clock | None = None) -> list[Result]:
    """Ask every check. A site file that cannot be used raises ConfigError: nothing else can be asked then."""
    site = read_site(site_file)
    return [
        result
        for name, check in all_checks().items()
        for result in _asked(name, check, site, clock or SystemClock())
    ]


def _asked(name: str, check: Check, site: SiteConfig, clock: Clock) -> Sequence[Result]:
    try:
        found = check(site, clock)
    except RenkeiError as error:
        return [Result(name, "error", error.ja, error.en, error.hint_ja, error.hint_en)]
    return [found] if isinstance(found, Result) else found
