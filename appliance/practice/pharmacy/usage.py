"""用法 of the practice drugs as each format codes it, and 剤形 likewise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from appliance.practice.plans import Timing


@dataclass(frozen=True, slots=True)
class Usage:
    """`claim` is the 用法コード of 調剤 claims (900: in words only), `jami` the 16 characters of the JAMI standard where there are."""

    claim: str
    times_a_day: str = ""
    jami: str = ""


USAGES: Final = {
    Timing.BREAKFAST: Usage("006", "1", "1011040000000000"),
    Timing.SUPPER: Usage("012", "1", "1011000400000000"),
    Timing.BEDTIME: Usage("013", "1", "1011000090000000"),
    Timing.TWICE: Usage("018", "2", "1012040400000000"),
    Timing.THREE: Usage("003", "3", "1013044400000000"),
    Timing.WEEKLY: Usage("900"),
    Timing.AS_NEEDED: Usage("900"),
    Timing.TOPICAL: Usage("900"),
}
WEEKS: Final = "週１回起床時服用"
TOPICAL_WORDS: Final = "１日１～数回使用"
"""What the prescription says of a drug for outward use; the plans do not tell more."""


class Form(Enum):
    """剤形, numbered by each format in its own way: 調剤 claim, NSIPS, お薬手帳, 院外処方箋; and the unit of its count."""

    INTERNAL = ("1", "2", "1", "1", "日分")
    AS_NEEDED = ("3", "3", "3", "2", "回分")
    TOPICAL = ("5", "4", "5", "3", "調剤")

    def __init__(self, claim: str, nsips: str, notebook: str, slip: str, unit: str) -> None:
        self.claim = claim
        self.nsips = nsips
        self.notebook = notebook
        self.slip = slip
        self.unit = unit


def form_of(timing: Timing) -> Form:
    if timing is Timing.TOPICAL:
        return Form.TOPICAL
    return Form.AS_NEEDED if timing is Timing.AS_NEEDED else Form.INTERNAL


def words_of(timing: Timing) -> str:
    """用法 in words, as the patient reads it."""
    if timing is Timing.TOPICAL:
        return TOPICAL_WORDS
    return f"{timing.value}服用" if timing is not Timing.WEEKLY else WEEKS
