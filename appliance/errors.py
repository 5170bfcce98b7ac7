"""The root of every error the product raises on purpose.

An error tells whom it concerns what happened and what to do next, in Japanese and English, under a stable code
(architecture.md, rule 10). Each room keeps its own subclasses beside the code that raises them.
"""

from __future__ import annotations

from enum import StrEnum


class ExitStatus:
    """Exit statuses of the command line (design: the command line)."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    COULD_NOT = 3


class Audience(StrEnum):
    """Who has to act on an error."""

    STAFF = "staff"
    INSTALLER = "installer"
    OPERATOR = "operator"
    MAINTAINER = "maintainer"


class RenkeiError(Exception):
    """Something went wrong that a person can do something about.

    `ja` and `en` say what happened, `hint_ja` and `hint_en` what to do next; none of them may hold personal data.
    """

    code = "RENKEI-0000"
    audience = Audience.MAINTAINER
    exit_status = ExitStatus.COULD_NOT

    def __init__(self, ja: str, en: str, *, hint_ja: str = "", hint_en: str = "") -> None:
        super().__init__(f"{self.code}: {ja} / {en}")
        self.ja = ja
        self.en = en
        self.hint_ja = hint_ja
        self.hint_en = hint_en

    def for_terminal(self) -> str:
        """The whole message, Japanese first, as the command line prints it."""
        lines = [f"{self.code}  {self.ja}", f"            {self.en}"]
        if self.hint_ja or self.hint_en:
            lines.append(f"  → {self.hint_ja}  {self.hint_en}".rstrip())
        return "\n".join(lines)


class UsageError(RenkeiError):
    """The command line was used in a way that cannot work."""

    code = "CLI-0001"
    audience = Audience.INSTALLER
    exit_status = ExitStatus.USAGE
