"""What became of the codings: how many reached which system, and which did not, with the reason, counted per code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a coding says."""

    DIAGNOSIS = "diagnosis"
    MODIFIER = "modifier"
    ACT = "act"
    DRUG = "drug"
    MATERIAL = "material"
    COMMENT = "comment"
    USAGE = "usage"
    TEST = "test"


class Reason(StrEnum):
    """Why a coding has no national code, or not each of those wanted."""

    UNKNOWN = "unknown"
    """No master knows the code."""
    ABOLISHED = "abolished"
    """The code had ended on the coding's day."""
    AMBIGUOUS = "ambiguous"
    """The masters give several codes for it, and nothing tells which."""
    NO_STANDARD = "no-standard"
    """The master knows it and gives no national code (未コード化傷病名)."""
    NO_MASTER = "no-master"
    """No master of this kind is loaded."""


REASONS_JA = {
    Reason.UNKNOWN: "マスターにないコード",
    Reason.ABOLISHED: "廃止済みのコード",
    Reason.AMBIGUOUS: "対応するコードが複数ある",
    Reason.NO_STANDARD: "対応する標準コードがない",
    Reason.NO_MASTER: "マスター未登録",
}


class Miss(NamedTuple):
    """A code that could not be mapped, or (`wanted`) not to that system."""

    system: str
    code: str
    reason: Reason
    wanted: str = ""


@dataclass(slots=True)
class MappingCounts:
    """Counts of codings, no patient in them.

    `reached` counts by kind and system, the source's own national codes included. `unmapped` travel as they are;
    `partly` have a national code but not the wanted one; `later` are codes that the masters list only after their day.
    """

    total: Counter[Kind] = field(default_factory=Counter)
    reached: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    unmapped: Counter[Miss] = field(default_factory=Counter)
    partly: Counter[Miss] = field(default_factory=Counter)
    later: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: MappingCounts) -> None:
        """Add what was counted elsewhere."""
        self.total.update(other.total)
        self.reached.update(other.reached)
        self.unmapped.update(other.unmapped)
        self.partly.update(other.partly)
        self.later.update(other.later)

    def share(self, kind: Kind, system: str) -> float:
        """Which part of the codings of a kind has a code of that system; 1.0 of none."""
        return self.reached[kind, system] / self.total[kind] if self.total[kind] else 1.0

    def of_reason(self, reason: Reason) -> int:
        """How many codings are unmapped for that reason."""
        return sum(count for miss, count in self.unmapped.items() if miss.reason is reason)
