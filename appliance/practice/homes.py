"""Where the made-up households live: a ward that does not exist, postal codes and telephone numbers that nobody has.

Everything follows from the household's number, so that a family lives together and nothing else is drawn differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TOWNS: Final = (
    ("青葉町", "00"),
    ("けやき台", "01"),
    ("みどりヶ丘", "02"),
    ("さくら通り", "03"),
    ("中央", "04"),
)
"""Towns of the practice ward, and the last digits of their postal codes; no postal code begins with 000."""

_WARD: Final = "東京都練習区"
_BLOCKS: Final = 6
_LOTS: Final = 24
_HOUSES: Final = 18
_WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Home:
    """An address in one line (digits in full width, as receipt computers write them), its postal code, the telephone."""

    address: str
    postal_code: str
    phone: str


def home_of(household: int) -> Home:
    """The home of a household, by its number from 1."""
    rest, town = divmod(household, len(TOWNS))
    rest, block = divmod(rest, _BLOCKS)
    lot, house = divmod(rest, _HOUSES)
    name, code = TOWNS[town]
    place = f"{block + 1}丁目{lot % _LOTS + 1}番{house + 1}号".translate(_WIDE)
    upper, lower = divmod(household, 10_000)
    return Home(f"{_WARD}{name}{place}", f"000-00{code}", f"00-{1000 + upper:04d}-{lower:04d}")
