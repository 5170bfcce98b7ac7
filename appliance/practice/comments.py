"""Comments that claims carry: codes and words of the コメントマスター, and the forms their text takes (別紙6-1).

A test holds every row against the master.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.records.dates import era_of


@dataclass(frozen=True, slots=True)
class CommentCode:
    """One row of the comment master: digits 2 and 3 of the code are the pattern that its text follows."""

    code: str
    words: str


COMMENTS: Final = {
    "free": CommentCode("810000001", ""),
    "film_chest": CommentCode("820181220", "撮影部位（単純撮影）：胸部（肩を除く。）"),
    "film_lumbar": CommentCode("820181310", "撮影部位（単純撮影）：腰椎"),
    "film_knee": CommentCode("830181500", "撮影部位（単純撮影）：膝＿；"),
    "film_ankle": CommentCode("830181530", "撮影部位（単純撮影）：足関節＿；"),
    "film_hand": CommentCode("830181440", "撮影部位（単純撮影）：手＿；"),
    "bone_density_before": CommentCode("850190033", "前回実施年月日（骨塩定量検査（ＭＤ法、ＳＥＸＡ法等））"),
    "rehabilitation_disease": CommentCode("830100217", "疾患名（運動器リハビリテーション料）；"),
    "rehabilitation_since": CommentCode("850100440", "最初に診断された年月日（運動器リハビリテーション料）"),
    "referred_to": CommentCode("830100080", "情報提供先（診療情報提供料（１））；"),
}
"""By the names that the charges use."""

SIDES: Final = {"2056": "右", "2049": "左", "7497": "両", "2057": "両"}
"""The side a modifier names, as a film's comment says it."""

FULL_WIDTH: Final = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def era_date(day: date) -> str:
    """A day as patterns 50 and 80 want it, still by era: `５０７０６０３` for 3 June of 令和7."""
    era = era_of(day)
    if era is None:
        message = "no era had begun on that day"
        raise ValueError(message)
    return f"{era.digit}{day.year - era.offset:02d}{day:%m%d}".translate(FULL_WIDTH)


def side_of(modifiers: tuple[str, ...]) -> str:
    """右, 左 or 両 by the modifiers of a disease; empty when none of them says."""
    return next((SIDES[modifier] for modifier in modifiers if modifier in SIDES), "")
