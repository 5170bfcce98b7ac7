"""HO, KO and SN rows: who bears the claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from appliance.formats.findings import Findings
from appliance.formats.uke.layout import Item, layouts
from appliance.formats.uke.values import number, number_of
from appliance.records.administrative import Coverage, CoverageKind
from appliance.records.identifiers import NumberNote, check_insurer, check_recipient, folded_branch

_IKA = layouts("ika")
_HO, _KO, _SN = _IKA["HO"], _IKA["KO"], _IKA["SN"]
# 保険者番号 to 番号, 負担者番号 to 受給者番号 and the whole of SN stand in the same places of every claim type.
_AMOUNTS = (
    ("total_points",),
    ("actual_days", "reception_count"),
    ("copay_amount",),
    ("meal_count",),
    ("meal_amount",),
)
"""The five amounts of a coverage, in the order of its fields; 調剤 counts 処方箋受付 instead of days, and no meals."""
_INSURER, _SYMBOL, _NUMBER = _HO["insurer_no"], _HO["insured_symbol"], _HO["insured_number"]
_PUBLIC_PAYER, _RECIPIENT = _KO["public_payer_no"], _KO["recipient_no"]
_PAYER_TYPE, _BRANCH, _VERIFICATION = _SN["payer_type"], _SN["branch_no"], _SN["verification_type"]
_PUBLIC_PAYERS_MAX = 4


@lru_cache(maxsize=8)
def _amount_items(table: str) -> dict[str, tuple[Item | None, ...]]:
    """Where the HO and KO rows of a claim type hold the amounts."""
    rows = layouts(table)
    return {row_id: tuple(rows[row_id].find(*names) for names in _AMOUNTS) for row_id in ("HO", "KO")}


@dataclass(slots=True)
class Payers:
    """The payers of one claim, gathered row by row."""

    findings: Findings
    table: str
    insurance: Coverage | None = None
    public: list[Coverage] = field(default_factory=list)
    checks: dict[int, tuple[str, str]] = field(default_factory=dict)
    """枝番 and 確認区分 of SN rows, by coverage order."""

    def row(self, values: Sequence[str], line: int, *, late: bool) -> None:
        """Take a HO, KO or SN row; `late` ones, behind the acts, were added by the payer side."""
        row_id = values[0]
        if row_id == "SN":
            self._check(values)
        elif late or (row_id == "HO" and self.insurance is not None):
            self.findings.add("UKE-C012", line)
        elif row_id == "HO":
            self.insurance = self._insurance(values, line)
        elif len(self.public) == _PUBLIC_PAYERS_MAX:
            self.findings.add("UKE-C017", line)
        else:
            self.public.append(self._public(values, line, len(self.public) + 1))

    @property
    def count(self) -> int:
        """What the claim adds to 総件数 of the trailer: the insurance and each public payer."""
        return (self.insurance is not None) + len(self.public)

    @property
    def declared_points(self) -> int | None:
        """合計点数 of the insurance, else of the first public payer."""
        first = self.insurance or (self.public[0] if self.public else None)
        return first.points if first else None

    def coverages(self, line: int) -> tuple[Coverage, ...]:
        """Every coverage in order, with what the SN rows say of it."""
        found = ([self.insurance] if self.insurance else []) + self.public
        if not found:
            self.findings.add("UKE-C009", line)
        return tuple(self._checked(coverage) for coverage in found)

    def _checked(self, coverage: Coverage) -> Coverage:
        if coverage.order not in self.checks:
            return coverage
        branch, verification = self.checks[coverage.order]
        return replace(coverage, branch=branch, verification=verification)

    def _check(self, values: Sequence[str]) -> None:
        payer_type = number(values[_PAYER_TYPE])
        if payer_type:
            branch = folded_branch(values[_BRANCH])
            self.checks.setdefault(payer_type - 1, (branch, values[_VERIFICATION].strip()))

    def _insurance(self, values: Sequence[str], line: int) -> Coverage:
        payer = values[_INSURER].strip()
        self._tell(payer, line, _HO.items[_INSURER].ja)
        points, days, copay, meals, meal_yen = self._amounts(values, line)
        return Coverage(
            kind=CoverageKind.INSURANCE,
            order=0,
            payer_number=payer,
            symbol=values[_SYMBOL].strip(),
            number=values[_NUMBER].strip(),
            points=points,
            actual_days=days,
            copay_yen=copay,
            meal_count=meals,
            meal_yen=meal_yen,
        )

    def _public(self, values: Sequence[str], line: int, order: int) -> Coverage:
        payer, recipient = values[_PUBLIC_PAYER].strip(), values[_RECIPIENT].strip()
        self._tell(payer, line, _KO.items[_PUBLIC_PAYER].ja)
        if check_recipient(recipient) is NumberNote.CHECK_DIGIT:
            self.findings.add("UKE-C018", line, _KO.items[_RECIPIENT].ja)
        points, days, copay, meals, meal_yen = self._amounts(values, line)
        return Coverage(
            kind=CoverageKind.PUBLIC,
            order=order,
            payer_number=payer,
            number=recipient,
            points=points,
            actual_days=days,
            copay_yen=copay,
            meal_count=meals,
            meal_yen=meal_yen,
        )

    def _amounts(self, values: Sequence[str], line: int) -> list[int | None]:
        return [
            number_of(values[item.position], self.findings, line, item.ja) if item else None
            for item in _amount_items(self.table)[values[0]]
        ]

    def _tell(self, payer_number: str, line: int, ja: str) -> None:
        note = check_insurer(payer_number)
        if note is NumberNote.CHECK_DIGIT:
            self.findings.add("UKE-C010", line, ja)
        elif note is NumberNote.MALFORMED:
            self.findings.add("UKE-C011", line, ja)
