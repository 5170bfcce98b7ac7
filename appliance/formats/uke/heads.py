"""The facility rows (IR, UK, YK) above claims: which facility, payer and claim month; and what to do when one is damaged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from appliance.formats.findings import Findings
from appliance.formats.uke.layout import Item, RowLayout
from appliance.formats.uke.payer_tables import PAYER_ORG
from appliance.formats.uke.values import month_of
from appliance.records.administrative import Organization
from appliance.records.dates import YearMonth
from appliance.records.identifiers import facility_number

T = TypeVar("T")

SINGLE_VOLUME = "00"
LAST_VOLUME = "99"


@dataclass(frozen=True, slots=True)
class Head:
    """What a facility row says; what it does not say readably is empty or None."""

    line: int = 0
    facility: str = ""
    payer_org: str = ""
    claim_month: YearMonth | None = None
    volume: str = ""
    name: str = ""
    phone: str = ""
    borrowed: bool = False
    """Whether something here comes from another facility row of the file."""
    family: str = "uke-ika"
    """The format whose sets of claims this one is of."""

    @property
    def sound(self) -> bool:
        """Whether everything that keys a claim is there."""
        return bool(self.facility and self.payer_org and self.claim_month)

    @property
    def organization(self) -> Organization:
        return Organization(self.facility, self.name, self.phone)

    @property
    def set_key(self) -> str:
        """The set of claims that a later file of the same kind replaces; empty when the head does not tell."""
        if not self.sound or self.claim_month is None:
            return ""
        volume = self.volume or SINGLE_VOLUME
        return f"{self.family}:{self.facility}:{self.payer_org}:{self.claim_month.iso}:{volume}"


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a facility row holds what; None where the row of that claim type has no such item."""

    payer_org: Item
    number: tuple[Item, Item, Item]
    claim_month: Item
    volume: Item | None
    name: Item | None
    phone: Item | None


@lru_cache(maxsize=8)
def _places(layout: RowLayout) -> _Places:
    code = layout.find("facility_code", "pharmacy_code")
    if code is None:
        raise KeyError(layout.row_id)
    return _Places(
        layout.item("payer_org"),
        (layout.item("prefecture"), layout.item("fee_table"), code),
        layout.item("claim_month"),
        layout.find("volume_id"),
        layout.find("facility_name", "pharmacy_name"),
        layout.find("phone"),
    )


def read_head(values: Sequence[str], line: int, findings: Findings, layout: RowLayout, family: str) -> Head:
    """Read a facility row, padded to its width; an unreadable item is a finding and costs that item only."""
    places = _places(layout)
    payer_org = values[places.payer_org.position].strip().lstrip("0")
    number = facility_number("".join(values[item.position].strip() for item in places.number))
    month = places.claim_month
    head = Head(
        line=line,
        facility=str(number) if number else "",
        payer_org=payer_org if payer_org in PAYER_ORG else "",
        claim_month=month_of(values[month.position], findings, line, month.ja),
        volume=_text(values, places.volume),
        name=_text(values, places.name),
        phone=_text(values, places.phone),
        family=family,
    )
    for missing, item in (
        (not head.payer_org, places.payer_org),
        (not head.facility, places.number[-1]),
        (head.claim_month is None, month),
    ):
        if missing:
            findings.add("UKE-R001", line, item.ja)
    return head


def _text(values: Sequence[str], item: Item | None) -> str:
    return values[item.position].strip() if item else ""


def under(head: Head, above: Head) -> Head:
    """A facility row under the file's first one (歯科: IR under UK), which alone names the volume and the facility."""
    if head.facility and head.facility != above.facility:
        return head
    return replace(
        head,
        volume=head.volume or above.volume,
        name=head.name or above.name,
        phone=head.phone or above.phone,
    )


def mended(head: Head, others: Iterable[Head]) -> Head:
    """A damaged head with what the sound heads of the same file agree on; its own readable items stand.

    Heads of another facility than its own readable one say nothing about it.
    """
    kin = [other for other in others if other.sound and head.facility in ("", other.facility)]
    facilities = {other.facility for other in kin}
    payers = {other.payer_org for other in kin}
    months = {other.claim_month for other in kin}
    whole = replace(
        head,
        facility=head.facility or _only(facilities, ""),
        payer_org=head.payer_org or (_only(payers, "") if len(facilities) == 1 else ""),
        claim_month=head.claim_month or (_only(months, None) if len(facilities) == 1 else None),
        name=head.name or _only({other.name for other in kin if other.name}, ""),
        phone=head.phone or _only({other.phone for other in kin if other.phone}, ""),
    )
    return whole if whole == head else replace(whole, borrowed=True)


def _only(values: set[T], otherwise: T) -> T:
    return next(iter(values)) if len(values) == 1 else otherwise
