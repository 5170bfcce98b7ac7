"""The facility row (IR) above claims: which facility, which payer, which claim month; and what to do when it is damaged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from appliance.formats.findings import Findings
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.tables import PAYER_ORG
from appliance.formats.uke.values import month_of
from appliance.records.administrative import Organization
from appliance.records.dates import YearMonth
from appliance.records.identifiers import facility_number

_IR = layouts("ika")["IR"]
_PAYER_ORG, _CLAIM_MONTH, _VOLUME = _IR["payer_org"], _IR["claim_month"], _IR["volume_id"]
_PREFECTURE, _FEE_TABLE, _CODE = _IR["prefecture"], _IR["fee_table"], _IR["facility_code"]
_NAME, _PHONE = _IR["facility_name"], _IR["phone"]

T = TypeVar("T")

SINGLE_VOLUME = "00"
LAST_VOLUME = "99"


@dataclass(frozen=True, slots=True)
class Head:
    """What an IR row says; what it does not say readably is empty or None."""

    line: int = 0
    facility: str = ""
    payer_org: str = ""
    claim_month: YearMonth | None = None
    volume: str = ""
    name: str = ""
    phone: str = ""
    borrowed: bool = False
    """Whether something here comes from another IR row of the file."""

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
        return (
            f"uke-ika:{self.facility}:{self.payer_org}:{self.claim_month.iso}:{self.volume or SINGLE_VOLUME}"
        )


def read_head(values: Sequence[str], line: int, findings: Findings) -> Head:
    """Read an IR row, padded to its width; an unreadable item is a finding and costs that item only."""
    payer_org = values[_PAYER_ORG].strip().lstrip("0")
    number = facility_number("".join(values[item].strip() for item in (_PREFECTURE, _FEE_TABLE, _CODE)))
    head = Head(
        line=line,
        facility=str(number) if number else "",
        payer_org=payer_org if payer_org in PAYER_ORG else "",
        claim_month=month_of(values[_CLAIM_MONTH], findings, line, _IR.items[_CLAIM_MONTH].ja),
        volume=values[_VOLUME].strip(),
        name=values[_NAME].strip(),
        phone=values[_PHONE].strip(),
    )
    for missing, position in (
        (not head.payer_org, _PAYER_ORG),
        (not head.facility, _CODE),
        (head.claim_month is None, _CLAIM_MONTH),
    ):
        if missing:
            findings.add("UKE-R001", line, _IR.items[position].ja)
    return head


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
        name=head.name or _only({other.name for other in kin}, ""),
        phone=head.phone or _only({other.phone for other in kin}, ""),
    )
    return whole if whole == head else replace(whole, borrowed=True)


def _only(values: set[T], otherwise: T) -> T:
    return next(iter(values)) if len(values) == 1 else otherwise
