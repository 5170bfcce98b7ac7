"""One drug in its many codes: レセ電, 薬価基準, YJ, HOT9, HOT13, JAN. Where the masters give several, none is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from appliance.codes.counts import Reason
from appliance.codes.entries import Drug, Package
from appliance.codes.lookup import Lookup
from appliance.codes.resolved import Work
from appliance.records.coding import CodeSystem

DRUG_SYSTEMS: Final = frozenset(
    {
        CodeSystem.RECEIPT_DRUG,
        CodeSystem.PHARMACY_DRUG,
        CodeSystem.PRICE_LIST_DRUG,
        CodeSystem.YJ,
        CodeSystem.HOT7,
        CodeSystem.HOT9,
        CodeSystem.HOT13,
        CodeSystem.JAN,
        CodeSystem.GENERIC_NAME,
    }
)
_PACKAGE_COLUMNS: Final = (
    (CodeSystem.JAN, ("jan",)),
    (CodeSystem.HOT13, ("code",)),
    (CodeSystem.HOT9, ("hot9",)),
    (CodeSystem.YJ, ("yj_code",)),
    (CodeSystem.RECEIPT_DRUG, ("receipt_code", "receipt_code_2")),
    (CodeSystem.PRICE_LIST_DRUG, ("yakka_code",)),
)
"""By which columns of the HOT master a drug is found, the most telling code first."""


def resolve_drug(work: Work, lookup: Lookup) -> None:
    """Add what the drug and HOT masters know of the drug beyond the codes that the source gave."""
    receipt = work.code_of(CodeSystem.RECEIPT_DRUG)
    own = None
    if receipt:
        versions = lookup.entries(Drug, receipt)
        own = work.pick(versions)
        if versions and own is None:
            return
    packages = _packages(work, lookup, own)
    own = own or _drug_of(work, lookup, packages)
    drugs = [own] if own else _same_drugs(work, lookup, packages)
    if not drugs and not packages:
        _note_unknown(work, lookup)
        return
    work.known = True
    _add_codes(work, own, drugs, packages)
    _name(work, own, drugs, packages)
    if own:
        work.unit = own.unit
    if not work.systems() & {CodeSystem.PRICE_LIST_DRUG, CodeSystem.YJ, CodeSystem.HOT9}:
        work.miss(Reason.NO_STANDARD)


def _packages(work: Work, lookup: Lookup, own: Drug | None) -> list[Package]:
    """Rows of the HOT master for this drug: found by its most telling code, narrowed by the others as far as they agree."""
    found: list[Package] = []
    for system, columns in _PACKAGE_COLUMNS:
        code = work.code_of(system)
        rows = [row for column in columns for row in lookup.packages(code, column)] if code else []
        if not found:
            found = rows
        elif rows:
            found = [row for row in found if row in rows] or found
    if own and own.yakka_code:
        found = [row for row in found if row.yakka_code == own.yakka_code] or found
    return list(dict.fromkeys(found))


def _drug_of(work: Work, lookup: Lookup, packages: Iterable[Package]) -> Drug | None:
    """The entry of the drug master, where all packages bear the same receipt code."""
    receipts = {code for row in packages for code in row.receipt_codes}
    return work.pick(lookup.entries(Drug, receipts.pop())) if len(receipts) == 1 else None


def _same_drugs(work: Work, lookup: Lookup, packages: Iterable[Package]) -> list[Drug]:
    """Entries of the drug master with the 薬価基準 code that the source or its packages bear, or its 一般名 code."""
    yakka = {work.code_of(CodeSystem.PRICE_LIST_DRUG)} | {row.yakka_code for row in packages}
    entries = [entry for code in yakka for entry in lookup.entries(Drug, code, "yakka_code")]
    if not entries:
        entries = list(lookup.entries(Drug, work.code_of(CodeSystem.GENERIC_NAME), "generic_code"))
    return work.pick_each(entries)


def _add_codes(work: Work, own: Drug | None, drugs: list[Drug], packages: list[Package]) -> None:
    generic_only = work.systems() <= {CodeSystem.GENERIC_NAME, CodeSystem.PHARMACY_DRUG}
    if generic_only:
        # 一般名 names a substance and strength: the drugs of that name are not what was written.
        return
    yakka = (
        [own.yakka_code] if own else [row.yakka_code for row in packages] or [one.yakka_code for one in drugs]
    )
    work.add_only(CodeSystem.PRICE_LIST_DRUG, yakka)
    work.add_only(CodeSystem.YJ, (row.yj_code for row in packages))
    work.add_only(CodeSystem.HOT9, (row.hot9 for row in packages))
    receipts = {code for row in packages for code in row.receipt_codes} or {one.code for one in drugs}
    if len(receipts) == 1:
        work.add(CodeSystem.RECEIPT_DRUG, receipts.pop())


def _name(work: Work, own: Drug | None, drugs: list[Drug], packages: list[Package]) -> None:
    """Displays, where all that is known of the code agrees on one."""
    drug_names = {one.name for one in drugs}
    if len(drug_names) == 1:
        work.name(CodeSystem.RECEIPT_DRUG, *drug_names)
    full_names = {one.full_name or one.name for one in drugs}
    if len(full_names) == 1:
        work.name(CodeSystem.PRICE_LIST_DRUG, *full_names)
    package_names = {row.name for row in packages}
    if len(package_names) == 1:
        for system in (CodeSystem.YJ, CodeSystem.HOT9, CodeSystem.HOT13, CodeSystem.JAN):
            work.name(system, *package_names)
    generic_names = {one.generic_name for one in drugs}
    if len(generic_names) == 1 and not own:
        work.name(CodeSystem.GENERIC_NAME, *generic_names)


def _note_unknown(work: Work, lookup: Lookup) -> None:
    loaded = lookup.holds(Drug) or lookup.holds(Package)
    work.miss(Reason.UNKNOWN if loaded else Reason.NO_MASTER)
