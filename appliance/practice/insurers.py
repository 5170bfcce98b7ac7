"""Who pays: made-up insurers and public payers, with right check digits, and which of them covers a person on a day.

The district numbers (990 and above) are given to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from appliance.practice.chance import Chance
from appliance.records.identifiers import check_digit


class InsurerKind(StrEnum):
    """制度: who insures, which decides the payer organisation and the form of the numbers."""

    KYOKAI = "協会けんぽ"
    KUMIAI = "健康保険組合"
    KYOSAI = "共済組合"
    KOKUHO = "国民健康保険"
    KOUKI = "後期高齢者医療"


SHAHO: Final = "1"
KOKUHOREN: Final = "2"
"""審査支払機関 (別表1): 社会保険診療報酬支払基金, 国民健康保険団体連合会."""
PAYER_FOLDER: Final = {SHAHO: "社保", KOKUHOREN: "国保"}
"""What the folder of the files for each is called."""

PAYER_ORG: Final = {
    InsurerKind.KYOKAI: SHAHO,
    InsurerKind.KUMIAI: SHAHO,
    InsurerKind.KYOSAI: SHAHO,
    InsurerKind.KOKUHO: KOKUHOREN,
    InsurerKind.KOUKI: KOKUHOREN,
}


def with_check_digit(digits: str) -> str:
    return digits + check_digit(digits)


@dataclass(frozen=True, slots=True)
class Insurer:
    """An insurer: 8 digits (法別2 + 都道府県2 + 番号3 + 検証1), 国保 6 (without 法別)."""

    kind: InsurerKind
    number: str
    name: str


INSURERS: Final = (
    (Insurer(InsurerKind.KYOKAI, with_check_digit("0113990"), "練習用協会けんぽ"), 38.0),
    (Insurer(InsurerKind.KUMIAI, with_check_digit("0613991"), "練習用健康保険組合"), 24.0),
    (Insurer(InsurerKind.KUMIAI, with_check_digit("0613992"), "練習用第二健康保険組合"), 8.0),
    (Insurer(InsurerKind.KYOSAI, with_check_digit("3213993"), "練習用共済組合"), 8.0),
    (Insurer(InsurerKind.KOKUHO, with_check_digit("13994"), "練習市国民健康保険"), 20.0),
    (Insurer(InsurerKind.KOKUHO, with_check_digit("13995"), "練習町国民健康保険"), 6.0),
)
"""With their shares among households of working people."""

KOKUHO: Final = (INSURERS[4][0], INSURERS[5][0])
KOUKI: Final = Insurer(InsurerKind.KOUKI, with_check_digit("3913996"), "練習県後期高齢者医療広域連合")


@dataclass(frozen=True, slots=True)
class Insurance:
    """One person's insurance: `branch` (枝番) is empty for 後期高齢者; `holder` is 本人 or 世帯主.

    `high_income` marks those over 70 who bear 30 % (現役並み所得).
    """

    insurer: Insurer
    symbol: str
    number: str
    branch: str
    holder: bool
    high_income: bool = False

    @property
    def payer_org(self) -> str:
        return PAYER_ORG[self.insurer.kind]


class Scope(StrEnum):
    """What a public payer bears: everything, or the care of one disease only."""

    ALL = "all"
    PSYCHIATRY = "psychiatry"
    INTRACTABLE = "intractable"


@dataclass(frozen=True, slots=True)
class PublicProgramme:
    """公費負担医療: its 法別番号, the number of the one who bears it, and what it bears.

    The patient bears `copay_percent` of it, up to `copay_ceiling_yen` a month; `names_income`: the claim tells the
    income class. `rank` orders 第一公費 before 第二公費; `alone`: no health insurance beside it (生活保護). `until_age` ends it at that
    birthday.
    """

    law: str
    payer_number: str
    name: str
    scope: Scope
    rank: int
    alone: bool = False
    until_age: int | None = None
    copay_percent: int = 0
    copay_ceiling_yen: int = 0
    names_income: bool = False


PSYCHIATRY: Final = PublicProgramme(
    "21",
    with_check_digit("2113990"),
    "自立支援医療（精神通院）",
    Scope.PSYCHIATRY,
    rank=1,
    copay_percent=10,
    copay_ceiling_yen=5_000,
)
INTRACTABLE: Final = PublicProgramme(
    "54",
    with_check_digit("5413991"),
    "難病医療費助成",
    Scope.INTRACTABLE,
    rank=2,
    copay_percent=20,
    copay_ceiling_yen=10_000,
    names_income=True,
)
CHILDREN: Final = PublicProgramme(
    "81", with_check_digit("8113992"), "練習市子ども医療費助成", Scope.ALL, 5, until_age=15
)
DISABILITY: Final = PublicProgramme(
    "80", with_check_digit("8013993"), "練習県重度障害者医療費助成", Scope.ALL, 4
)
WELFARE: Final = PublicProgramme(
    "12", with_check_digit("1213994"), "生活保護（医療扶助）", Scope.ALL, 3, alone=True
)


@dataclass(frozen=True, slots=True)
class PublicPayment:
    """One person's right under a programme; the 受給者番号 has 7 digits, the last one its check digit."""

    programme: PublicProgramme
    recipient_number: str


def draw_recipient(chance: Chance, programme: PublicProgramme) -> PublicPayment:
    return PublicPayment(programme, with_check_digit(chance.digits(6)))


KOUKI_AGE: Final = 75
"""From this birthday a person is insured by 後期高齢者医療, alone and with a number of their own."""


def kouki_insurance(chance: Chance) -> Insurance:
    return Insurance(
        KOUKI, "", with_check_digit(chance.digits(7)), "", holder=True, high_income=chance.happens(0.07)
    )


def age_on(birth: date, day: date) -> int:
    """Full years; who was born on 29 February turns a year older on 1 March in other years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
