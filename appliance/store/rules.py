"""The operator's rules as the services read them: the policy and participant list named in the site file."""

from __future__ import annotations

from pathlib import Path

from appliance.config import NetworkConfig
from appliance.consent.rules import Rules, parse_rules


class RulesFile:
    """The rules in force; read again when one of their files has been replaced."""

    def __init__(self, network: NetworkConfig) -> None:
        self._paths = (network.policy, network.participants)
        self._marks: tuple[tuple[int, int], ...] = ()
        self._rules: Rules | None = None

    def current(self) -> Rules:
        """Raises RenkeiError when a file is missing or not understood and there is no earlier good one."""
        marks = tuple(_mark(path) for path in self._paths)
        if self._rules is None or marks != self._marks:
            policy, participants = (path.read_bytes() for path in self._paths)
            self._rules, self._marks = parse_rules(policy, participants), marks
        return self._rules


def _mark(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_ino, about.st_mtime_ns
