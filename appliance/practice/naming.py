"""Names of made-up people, and what a receipt computer can write of them.

A claim is JIS X 0208: systems differ in what they do with the rest (quirks: rare kanji), so the name is never a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.practice.chance import Chance
from appliance.practice.name_tables import FOREIGN_NAMES, GIVEN_NAMES, RARE_SURNAMES, SURNAMES

FOREIGN_SHARE: Final = 0.02
RARE_KANJI_SHARE: Final = 0.03


@dataclass(frozen=True, slots=True)
class Surname:
    """A family's name; `foreign` families carry whole names of their own."""

    kanji: str
    kana: str
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class FullName:
    """A person's name as they write it (family and given parted by one space) and in katakana without a space.

    `parted_kana` is the katakana with that space, as systems write it that keep both apart; empty where nobody parts them.
    """

    text: str
    kana: str
    parted_kana: str = ""

    @property
    def spaced_kana(self) -> str:
        return self.parted_kana or self.kana

    @property
    def kana_parts(self) -> tuple[str, str]:
        """Family and given name in katakana; all of it as family name where it has no parts."""
        family, _, given = self.spaced_kana.partition("　")
        return family, given


def draw_surname(chance: Chance) -> Surname:
    if chance.happens(FOREIGN_SHARE):
        return Surname("", "", foreign=True)
    table = RARE_SURNAMES if chance.happens(RARE_KANJI_SHARE) else SURNAMES
    kanji, kana = chance.pick(table)
    return Surname(kanji, kana)


def draw_name(chance: Chance, surname: Surname, sex: str, birth_year: int) -> FullName:
    """A name usual for that sex (別表6) and year of birth."""
    if surname.foreign:
        text, kana, _ = chance.pick([name for name in FOREIGN_NAMES if name[2] == sex])
        return FullName(text, kana)
    first_year = max(year for _, year in GIVEN_NAMES if year <= birth_year)
    given, given_kana = chance.pick(GIVEN_NAMES[sex, first_year])
    return FullName(f"{surname.kanji}　{given}", surname.kana + given_kana, f"{surname.kana}　{given_kana}")


def written_name(name: FullName, *, kana_instead: bool) -> str:
    """The name as a claim can hold it.

    With `kana_instead` a name with a character that cp932 lacks becomes katakana as a whole; without, only that
    character becomes ？ (0x8148).
    """
    if _fits(name.text):
        return name.text
    if kana_instead:
        return name.kana
    return "".join(letter if _fits(letter) else "？" for letter in name.text)


def _fits(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True
