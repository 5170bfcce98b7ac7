"""What the head and RE rows of a claim tell about its payers: who reviews it, whom they insure, what the patient bears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from appliance.formats.findings import Findings
from appliance.formats.uke.claim_rows import ClaimRows
from appliance.formats.uke.claim_types import RECEIPT
from appliance.formats.uke.layout import Item, layouts
from appliance.formats.uke.payer_tables import COPAY_CATEGORY, INSURED_CLASS, PAYER_ORG_NAMES, SPECIAL_NOTE
from appliance.formats.uke.values import codes_in, number_of
from appliance.limits import SPECIAL_NOTES_MAX
from appliance.records.administrative import Coverage, CoverageKind
from appliance.records.coding import CodeSystem, Coding

_NOTE_LENGTH = 2
"""特記事項 are codes of two digits, one behind the other."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the RE row of a claim type holds the terms; all of them have 給付割合, 特記事項 and 一部負担金の区分."""

    benefit: Item
    category: Item
    notes: Item


@lru_cache(maxsize=8)
def _places(table: str) -> _Places:
    layout = layouts(table)[RECEIPT]
    return _Places(layout.item("benefit_ratio"), layout.item("copay_category"), layout.item("special_notes"))


def with_terms(
    coverages: Sequence[Coverage], claim: ClaimRows, receipt_type: str, findings: Findings
) -> tuple[Coverage, ...]:
    """The coverages of a claim with its 審査支払機関, and the first of them with what the RE row says of the payment."""
    org = _coding(CodeSystem.RECEIPT_PAYER_ORG, claim.head.payer_org, PAYER_ORG_NAMES)
    sent = [replace(coverage, payer_org=org) for coverage in coverages]
    return (_borne(sent[0], claim, receipt_type, findings), *sent[1:]) if sent else ()


def _borne(first: Coverage, claim: ClaimRows, receipt_type: str, findings: Findings) -> Coverage:
    places, values = _places(claim.claim_type.table), claim.receipt
    category = values[places.category.position].strip()
    insured = first.kind is CoverageKind.INSURANCE
    return replace(
        first,
        insured_class=INSURED_CLASS.get(receipt_type[-1]) if insured else None,
        benefit_percent=number_of(values[places.benefit.position], findings, claim.line, places.benefit.ja),
        copay_category=_coding(CodeSystem.RECEIPT_COPAY_CATEGORY, category, COPAY_CATEGORY),
        special_notes=_notes(values[places.notes.position].strip()),
    )


def _notes(written: str) -> tuple[Coding, ...]:
    codes = codes_in(written, _NOTE_LENGTH, SPECIAL_NOTES_MAX)
    return tuple(Coding(CodeSystem.RECEIPT_SPECIAL_NOTE, code, SPECIAL_NOTE.get(code, "")) for code in codes)


def _coding(system: CodeSystem, code: str, names: Mapping[str, str]) -> Coding | None:
    return Coding(system, code, names.get(code, "")) if code else None
