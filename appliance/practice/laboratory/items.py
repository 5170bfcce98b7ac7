"""What the laboratory measures for each charged act, with the values of healthy people and of those with a disease.

Codes are JLAC10: those of 特定健診 as the ministry publishes them, the others put together by its rules (分析物, 識別, 材料, 測定法,
結果識別); no master is at hand to hold them against.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Material(Enum):
    """What is sent to the laboratory: JLAC10 材料 code, name."""

    SERUM = ("023", "血清")
    BLOOD = ("019", "全血（添加物入り）")
    PLASMA = ("022", "血漿")
    URINE = ("001", "尿")

    def __init__(self, code: str, ja: str) -> None:
        self.code = code
        self.ja = ja


@dataclass(frozen=True, slots=True)
class Item:
    """One measured item: reference range `low`..`high` (None: open), usual `mean` and `spread`, `decimals` written.

    `female` is what women's mean lies off men's; `ill` is the mean with a disease (short name), the worst counts.
    """

    code: str
    name: str
    unit: str
    material: Material
    low: float | None
    high: float | None
    mean: float
    spread: float
    decimals: int = 0
    female: float = 0.0
    ill: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class GradedItem:
    """An item answered by a grade: `(-)` for most people, one of the higher ones with a disease."""

    code: str
    name: str
    material: Material
    ill: tuple[str, ...] = ()


GRADES: Final = ("(-)", "(±)", "(1+)", "(2+)")

_S, _B, _P, _U = Material.SERUM, Material.BLOOD, Material.PLASMA, Material.URINE

ITEMS: Final[dict[str, tuple[Item | GradedItem, ...]]] = {
    "blood_count": (
        Item("2A010000001930101", "白血球数", "10*2/uL", _B, 33, 86, 58, 11),
        Item("2A020000001930101", "赤血球数", "10*4/uL", _B, 386, 555, 470, 25, female=-45),
        Item(
            "2A030000001930101",
            "血色素量",
            "g/dL",
            _B,
            11.6,
            16.8,
            14.6,
            0.8,
            1,
            -1.5,
            (("iron_deficiency", 9.8),),
        ),
        Item(
            "2A040000001930102",
            "ヘマトクリット値",
            "%",
            _B,
            35.1,
            50.1,
            43.5,
            2.3,
            1,
            -4.2,
            (("iron_deficiency", 31),),
        ),
        Item("2A050000001930101", "血小板数", "10*4/uL", _B, 15.8, 34.8, 23, 4, 1),
    ),
    "hba1c": (
        Item("3D046000001906202", "HbA1c（NGSP）", "%", _B, 4.9, 6.0, 5.5, 0.2, 1, ill=(("diabetes", 7.1),)),
    ),
    "glucose": (
        Item("3D010000002227101", "空腹時血糖", "mg/dL", _P, 73, 109, 95, 6, ill=(("diabetes", 141),)),
    ),
    "total_protein": (Item("3A010000002327101", "総蛋白", "g/dL", _S, 6.6, 8.1, 7.2, 0.3, 1),),
    "ast": (
        Item("3B035000002327201", "AST（GOT）", "U/L", _S, 13, 30, 22, 4, ill=(("liver_dysfunction", 48),)),
    ),
    "alt": (
        Item("3B045000002327201", "ALT（GPT）", "U/L", _S, 7, 42, 20, 6, ill=(("liver_dysfunction", 61),)),
    ),
    "ggt": (
        Item(
            "3B090000002327101",
            "γ-GT（γ-GTP）",
            "U/L",
            _S,
            9,
            64,
            30,
            10,
            0,
            -9,
            (("liver_dysfunction", 92),),
        ),
    ),
    "ld": (Item("3B050000002327201", "LD", "U/L", _S, 124, 222, 180, 18),),
    "creatine_kinase": (Item("3B010000002327201", "CK", "U/L", _S, 41, 248, 110, 30, female=-25),),
    "triglyceride": (
        Item("3F015000002327101", "中性脂肪", "mg/dL", _S, 30, 149, 105, 25, ill=(("dyslipidemia", 165),)),
    ),
    "hdl": (Item("3F070000002327101", "HDLコレステロール", "mg/dL", _S, 40, None, 56, 9, female=8),),
    "ldl": (
        Item(
            "3F077000002327101",
            "LDLコレステロール",
            "mg/dL",
            _S,
            65,
            139,
            108,
            16,
            ill=(("dyslipidemia", 134),),
        ),
    ),
    "creatinine": (
        Item(
            "3C015000002327101",
            "クレアチニン",
            "mg/dL",
            _S,
            0.46,
            1.07,
            0.82,
            0.08,
            2,
            -0.18,
            (("kidney_disease", 1.52),),
        ),
    ),
    "urea_nitrogen": (
        Item("3C025000002327201", "尿素窒素", "mg/dL", _S, 8, 20, 14, 2.5, 1, ill=(("kidney_disease", 27),)),
    ),
    "uric_acid": (
        Item(
            "3C020000002327101", "尿酸", "mg/dL", _S, 2.6, 7.0, 5.6, 0.6, 1, -1.2, (("hyperuricemia", 6.9),)
        ),
    ),
    "sodium": (
        Item("3H010000002326101", "ナトリウム", "mmol/L", _S, 138, 145, 141, 1.4),
        Item("3H020000002326101", "クロール", "mmol/L", _S, 101, 108, 104, 1.5),
    ),
    "potassium": (
        Item(
            "3H015000002326101",
            "カリウム",
            "mmol/L",
            _S,
            3.6,
            4.8,
            4.2,
            0.25,
            1,
            ill=(("kidney_disease", 4.9),),
        ),
    ),
    "bnp": (
        Item(
            "4Z271000002205201",
            "BNP",
            "pg/mL",
            _P,
            None,
            18.4,
            12,
            4,
            1,
            ill=(("heart_failure", 168), ("atrial_fibrillation", 74)),
        ),
    ),
    "tsh": (
        Item(
            "4A055000002305201", "TSH", "uIU/mL", _S, 0.50, 5.00, 1.9, 0.6, 2, ill=(("hypothyroidism", 4.4),)
        ),
    ),
    "ft4": (
        Item(
            "4B035000002305201",
            "FT4",
            "ng/dL",
            _S,
            0.90,
            1.70,
            1.25,
            0.12,
            2,
            ill=(("hypothyroidism", 1.02),),
        ),
    ),
    "crp": (
        Item(
            "5C070000002306201",
            "CRP",
            "mg/dL",
            _S,
            None,
            0.14,
            0.08,
            0.03,
            2,
            ill=(("rheumatoid_arthritis", 0.9),),
        ),
    ),
    "urine_albumin": (
        Item(
            "3A015000000106101",
            "尿中アルブミン",
            "mg/L",
            _U,
            None,
            30,
            12,
            4,
            1,
            ill=(("kidney_disease", 180), ("diabetes", 42)),
        ),
    ),
    "urinalysis": (
        GradedItem("1A010000000191111", "尿蛋白", _U, ("kidney_disease",)),
        GradedItem("1A020000000191111", "尿糖", _U, ("diabetes",)),
        GradedItem("1A100000000191111", "尿潜血", _U, ("cystitis",)),
    ),
    "specific_ige": tuple(
        Item(
            f"5A090{number:04d}02305201",
            f"特異的IgE {allergen}",
            "UA/mL",
            _S,
            None,
            0.34,
            0.15,
            0.06,
            2,
            ill=ill,
        )
        for number, allergen, ill in (
            (17, "スギ", (("pollinosis", 18.0), ("allergic_rhinitis", 9.0))),
            (24, "ヒノキ", (("pollinosis", 6.0),)),
            (1, "ヤケヒョウヒダニ", (("allergic_rhinitis", 12.0), ("asthma", 5.0))),
            (4, "ハウスダスト", (("allergic_rhinitis", 10.0),)),
            (5, "カモガヤ", ()),
            (12, "ブタクサ", ()),
            (30, "イヌ皮屑", ()),
            (31, "ネコ皮屑", ()),
        )
    ),
}
"""By the short name of the act that is charged. Other tests are done in the clinic itself."""
