"""Item codes of 特定健診 (JLAC10 with 17 characters) and the answers of its questions, as far as they are named here.

A code that is not in the table travels all the same, with the name that the document gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its name, its usual unit (empty for answers and words), its answers by code."""

    ja: str
    unit: str = ""
    answers: Mapping[str, str] | None = None


_METABOLIC: Final = {"1": "基準該当", "2": "予備群該当", "3": "非該当", "4": "判定不能"}
_GUIDANCE: Final = {"1": "積極的支援", "2": "動機付け支援", "3": "なし", "4": "判定不能"}
_NOTABLE: Final = {"1": "特記すべきことあり", "2": "特記すべきことなし"}
_TAKEN: Final = {"1": "服薬あり", "2": "服薬なし"}
_YES_NO: Final = {"1": "はい", "2": "いいえ"}

ITEMS: Final[Mapping[str, Item]] = {
    "9N001000000000001": Item("身長", "cm"),
    "9N006000000000001": Item("体重", "kg"),
    "9N011000000000001": Item("BMI", "kg/m2"),
    "9N016160100000001": Item("腹囲（実測）", "cm"),
    "9N016160200000001": Item("腹囲（自己判定）", "cm"),
    "9N016160300000001": Item("腹囲（自己申告）", "cm"),
    "9N021000000000001": Item("内臓脂肪面積", "cm2"),
    "9N056000000000011": Item("既往歴", answers=_NOTABLE),
    "9N056160400000049": Item("具体的な既往歴"),
    "9N061000000000011": Item("自覚症状", answers=_NOTABLE),
    "9N061160800000049": Item("自覚症状の所見"),
    "9N066000000000011": Item("他覚症状", answers=_NOTABLE),
    "9N066160800000049": Item("他覚症状の所見"),
    "9A751000000000001": Item("収縮期血圧（1回目）", "mmHg"),
    "9A752000000000001": Item("収縮期血圧（2回目）", "mmHg"),
    "9A755000000000001": Item("収縮期血圧（その他）", "mmHg"),
    "9A761000000000001": Item("拡張期血圧（1回目）", "mmHg"),
    "9A762000000000001": Item("拡張期血圧（2回目）", "mmHg"),
    "9A765000000000001": Item("拡張期血圧（その他）", "mmHg"),
    "9N141000000000011": Item("採血時間（食後）"),
    "3F015000002327101": Item("中性脂肪", "mg/dL"),
    "3F015000002327201": Item("中性脂肪", "mg/dL"),
    "3F015000002399901": Item("中性脂肪", "mg/dL"),
    "3F070000002327101": Item("HDLコレステロール", "mg/dL"),
    "3F070000002327201": Item("HDLコレステロール", "mg/dL"),
    "3F070000002399901": Item("HDLコレステロール", "mg/dL"),
    "3F077000002327101": Item("LDLコレステロール", "mg/dL"),
    "3F077000002327201": Item("LDLコレステロール", "mg/dL"),
    "3F077000002399901": Item("LDLコレステロール", "mg/dL"),
    "3F069000002391901": Item("non-HDLコレステロール", "mg/dL"),
    "3B035000002327201": Item("AST（GOT）", "U/L"),
    "3B035000002399901": Item("AST（GOT）", "U/L"),
    "3B045000002327201": Item("ALT（GPT）", "U/L"),
    "3B045000002399901": Item("ALT（GPT）", "U/L"),
    "3B090000002327101": Item("γ-GT（γ-GTP）", "U/L"),
    "3B090000002399901": Item("γ-GT（γ-GTP）", "U/L"),
    "3D010000001926101": Item("空腹時血糖", "mg/dL"),
    "3D010000002227101": Item("空腹時血糖", "mg/dL"),
    "3D010000001927201": Item("空腹時血糖", "mg/dL"),
    "3D010000001999901": Item("空腹時血糖", "mg/dL"),
    "3D045000001906202": Item("HbA1c", "%"),
    "3D045000001920402": Item("HbA1c", "%"),
    "3D045000001927102": Item("HbA1c", "%"),
    "3D045000001999902": Item("HbA1c", "%"),
    "3D046000001906202": Item("HbA1c（NGSP）", "%"),
    "3D046000001920402": Item("HbA1c（NGSP）", "%"),
    "1A020000000191111": Item("尿糖"),
    "1A020000000190111": Item("尿糖"),
    "1A010000000191111": Item("尿蛋白"),
    "1A010000000190111": Item("尿蛋白"),
    "2A020000001930101": Item("赤血球数", "10*4/uL"),
    "2A030000001930101": Item("血色素量", "g/dL"),
    "2A040000001930102": Item("ヘマトクリット値", "%"),
    "9N501000000000011": Item("メタボリックシンドローム判定", answers=_METABOLIC),
    "9N506000000000011": Item("保健指導レベル", answers=_GUIDANCE),
    "9N511000000000049": Item("医師の診断（判定）"),
    "9N516000000000049": Item("健康診断を実施した医師の氏名"),
    "9N701000000000011": Item("服薬1（血圧）", answers=_TAKEN),
    "9N706000000000011": Item("服薬2（血糖）", answers=_TAKEN),
    "9N711000000000011": Item("服薬3（脂質）", answers=_TAKEN),
    "9N716000000000011": Item("既往歴1（脳血管）", answers=_YES_NO),
    "9N721000000000011": Item("既往歴2（心血管）", answers=_YES_NO),
    "9N726000000000011": Item("既往歴3（腎不全・人工透析）", answers=_YES_NO),
    "9N731000000000011": Item("貧血", answers=_YES_NO),
    "9N736000000000011": Item("喫煙"),
}
"""喫煙 has no answers here: their codes changed with the fourth period; the document's own words are used."""
