"""How formats tell what they found: a table of codes with texts and advice, and a bounded collection of findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from appliance.limits import FINDINGS_PER_CODE
from appliance.records.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding: how much it matters, what it says in Japanese and English, and what to do about it."""

    severity: Severity
    ja: str
    en: str
    hint: str = ""

    def at(self, code: str, line: int | None, item: str, values: Mapping[str, object]) -> Finding:
        """The finding at one place; `values` fill the braces of the texts and never hold personal data."""
        ja, en = self.ja.format_map(values), self.en.format_map(values)
        return Finding(code, self.severity, ja, en, self.hint, line, item)


@dataclass(slots=True)
class Findings:
    """Findings in the order they were made: the first few of each code in full, the rest counted."""

    kinds: Mapping[str, Kind]
    _kept: list[Finding] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, line: int | None = None, item: str = "", **values: object) -> None:
        """Note a finding of the table by its code."""
        self._seen[code] = self._seen.get(code, 0) + 1
        if self._seen[code] <= FINDINGS_PER_CODE:
            self._kept.append(self.kinds[code].at(code, line, item, values))

    def all(self) -> tuple[Finding, ...]:
        """What was kept; the last of a code that went on says how often it stands altogether."""
        return _counted(self._kept, self._seen)


@dataclass(slots=True)
class Gathered:
    """Findings made elsewhere, as of all documents of a file: bounded like Findings."""

    _kept: list[Finding] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        self._seen[finding.code] = self._seen.get(finding.code, 0) + 1
        if self._seen[finding.code] <= FINDINGS_PER_CODE:
            self._kept.append(finding)

    def add_all(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.add(finding)

    @property
    def has_errors(self) -> bool:
        """Of each code some are kept, so that none goes unseen."""
        return any(finding.severity is Severity.ERROR for finding in self._kept)

    def all(self) -> tuple[Finding, ...]:
        """What was kept, in the order of its lines; the last of a code that went on says how often it stands."""
        return tuple(sorted(_counted(self._kept, self._seen), key=lambda finding: finding.line or 0))


def _counted(kept: Sequence[Finding], seen: Mapping[str, int]) -> tuple[Finding, ...]:
    last = {finding.code: place for place, finding in enumerate(kept)}
    found = list(kept)
    for code, place in last.items():
        if seen[code] > FINDINGS_PER_CODE:
            one = found[place]
            found[place] = replace(
                one,
                text=f"{one.text}（同じ所見は全部で {seen[code]} 件）",
                text_en=f"{one.text_en} ({seen[code]} findings of this kind altogether)",
            )
    return tuple(found)


FORMAT_KINDS: Mapping[str, Kind] = {
    "FORMAT-001": Kind(
        Severity.ERROR,
        "何のファイルか判別できません。",
        "This file is of no known format.",
        "レセプト電算ファイル（RECEIPTC.UKE など）が正しい場所に出力されているか、レセコンの出力設定を確かめてください。"
        "二次元コードの場合は、先頭（JAHIS で始まる行）から読み取ってください。",
    ),
    "FORMAT-002": Kind(
        Severity.ERROR,
        "ファイルが空です。",
        "This file is empty.",
        "レセコンの出力が終わっているかを確かめ、もう一度出力してください。",
    ),
    "FORMAT-003": Kind(
        Severity.ERROR,
        "{name} と判別しましたが、この版はこの形式を読み取りません。",
        "This is {name}, which this version does not read.",
        "ファイルはそのまま保管されます。対応する版に更新したあとで読み直してください。",
    ),
}
"""Findings about the format itself, before any parser has read the file."""
