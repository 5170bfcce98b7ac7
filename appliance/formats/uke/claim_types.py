"""The claim types of the UKE family that become documents: what tells each from 医科, as data for the one reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from appliance.formats.uke.layout import RowLayout, layouts
from appliance.records.document import Format

ENVELOPE = layouts("envelope")
RECEIPT, TRAILER = "RE", "GO"
PAYER_ROWS = frozenset({"HO", "KO", "SN"})
_ACTS = frozenset({"SI", "IY", "TO", "CO"})


@dataclass(frozen=True, slots=True)
class ClaimType:
    """One claim type: its layouts, the rows that name its facility, and which rows are about what.

    `heads` stand above the claims (歯科 has an IR above every RE beside its UK). `first_digit` begins its レセプト種別.
    `acts` are gathered into calculation units; `diagnoses` and `care` are read each in its own way; `unused` are counted
    and told so.
    """

    format: Format
    table: str
    first_digit: str
    heads: tuple[str, ...]
    acts: frozenset[str] = _ACTS
    diagnoses: frozenset[str] = frozenset()
    care: frozenset[str] = frozenset()
    unused: tuple[str, ...] = ()
    layouts: Mapping[str, RowLayout] = field(init=False)
    widths: Mapping[str, int] = field(init=False)
    """The width of every row that may stand in such a file, the payer side's included."""
    outside: frozenset[str] = field(init=False)
    """Rows that end the claim before them."""
    first: frozenset[str] = field(init=False)
    """Rows that stand at the beginning of a claim, right behind its RE."""
    care_rows: frozenset[str] = field(init=False)
    """Every row of care, and of them those that never stand before the payers: the acts."""
    act_rows: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        rows = layouts(self.table)
        widths = {row_id: layout.width for row_id, layout in (ENVELOPE | rows).items()}
        for name, value in (
            ("layouts", MappingProxyType(rows)),
            ("widths", widths),
            ("outside", frozenset({*self.heads, RECEIPT, TRAILER})),
            ("first", PAYER_ROWS | {"JD", "MF"}),
            ("care_rows", self.acts | self.diagnoses | self.care),
            ("act_rows", self.acts or self.care),
        ):
            object.__setattr__(self, name, value)


IKA = ClaimType(Format.UKE_IKA, "ika", "1", ("IR",), diagnoses=frozenset({"SY"}), unused=("KH", "NI"))
DPC = ClaimType(
    Format.UKE_DPC,
    "dpc",
    "1",
    ("IR",),
    diagnoses=frozenset({"SY", "SB"}),
    care=frozenset({"BU", "KK", "SK", "GA", "CD"}),
    unused=("HH", "GT"),
)
SHIKA = ClaimType(
    Format.UKE_SHIKA,
    "shika",
    "3",
    ("UK", "IR"),
    acts=_ACTS | {"SS"},
    diagnoses=frozenset({"HS"}),
)
CHOZAI = ClaimType(
    Format.UKE_CHOZAI,
    "chozai",
    "4",
    ("YK",),
    acts=frozenset(),
    care=frozenset({"SH", "CZ", "IY", "TO", "CO", "TK", "KI"}),
    unused=("ST",),
)

CLAIM_TYPES: Mapping[Format, ClaimType] = MappingProxyType(
    {claim_type.format: claim_type for claim_type in (IKA, DPC, SHIKA, CHOZAI)}
)
"""The claim types by the format that `formats.sniff` tells."""
