"""The operator's rules as the services read them: the policy and participant list named in the site file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from appliance.config import NetworkConfig
from appliance.consent.rules import MalformedRulesError, Rules, parse_rules
from appliance.errors import Audience, RenkeiError


class RulesMissingError(RenkeiError):
    """The policy or the participant list cannot be read: nothing can be decided without them."""

    code = "CONSENT-0101"
    audience = Audience.OPERATOR


class RulesFile:
    """The rules in force; read again when one of their files has been replaced. The last good ones are kept."""

    def __init__(self, network: NetworkConfig) -> None:
        self._paths = (network.policy, network.participants)
        self._channels = network.channels
        self._marks: tuple[tuple[int, int], ...] = ()
        self._rules: Rules | None = None
        self.trouble: RenkeiError | None = None
        """Why the newest files are not in force, if they are not."""

    def current(self) -> Rules:
        """Raises RulesMissingError or MalformedRulesError when there are no good rules yet."""
        try:
            self._refresh()
        except (OSError, MalformedRulesError) as error:
            self.trouble = error if isinstance(error, RenkeiError) else _missing()
            if self._rules is None:
                raise self.trouble from error
        assert self._rules is not None
        return self._rules

    def _refresh(self) -> None:
        marks = tuple(_mark(path) for path in self._paths)
        if self._rules is None or marks != self._marks:
            policy, participants = (path.read_bytes() for path in self._paths)
            self._marks = marks
            self._rules = replace(parse_rules(policy, participants), channels=self._channels)
            self.trouble = None


def _missing() -> RulesMissingError:
    return RulesMissingError(
        "運用者の規則ファイル（policy、participants）を読めません。",
        "The operator's policy or participant list cannot be read.",
        hint_ja="site.toml の network.policy と network.participants を確かめてください。",
        hint_en="Check network.policy and network.participants in site.toml.",
    )


def _mark(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_ino, about.st_mtime_ns
