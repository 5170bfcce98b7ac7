"""The code tables (別表) about who pays: 審査支払機関, income classes, 特記事項, whom an insurance covers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.records.administrative import InsuredClass

PAYER_ORG: Final[Mapping[str, str]] = {"1": "社保", "2": "国保"}
"""別表1 審査支払機関, in the words of every day."""

PAYER_ORG_NAMES: Final[Mapping[str, str]] = {
    "1": "社会保険診療報酬支払基金",
    "2": "国民健康保険団体連合会",
}
"""The same in full, as records carry it."""

COPAY_CATEGORY: Final[Mapping[str, str]] = {
    "1": "低所得（適用区分オ・Ⅱ。入院は90日以下）",
    "2": "低所得（適用区分オ・Ⅱ。入院90日超）",
    "3": "低所得（適用区分Ⅰ）",
    "4": "低所得（適用区分Ⅰ、老齢福祉年金）",
}
"""別表8 一部負担金・食事療養費・生活療養費標準負担額区分, shortened; 調剤 knows 1 and 3 only."""

SPECIAL_NOTE: Final[Mapping[str, str]] = {
    "01": "公",
    "02": "長",
    "03": "長処",
    "04": "後保",
    "07": "老併",
    "08": "老健",
    "09": "施",
    "10": "第三",
    "11": "薬治",
    "12": "器治",
    "13": "先進",
    "14": "制超",
    "16": "長2",
    "17": "上位",
    "18": "一般",
    "19": "低所",
    "20": "二割",
    "21": "高半",
    "22": "多上",
    "25": "出産",
    "26": "区ア",
    "27": "区イ",
    "28": "区ウ",
    "29": "区エ",
    "30": "区オ",
    "31": "多ア",
    "32": "多イ",
    "33": "多ウ",
    "34": "多エ",
    "35": "多オ",
    "36": "加治",
    "37": "申出",
    "38": "医併",
    "39": "医療",
    "41": "区カ",
    "42": "区キ",
    "43": "多カ",
    "44": "多キ",
}
"""別表9 レセプト特記事項, in the words that are printed on a claim."""

INSURED_CLASS: Final[Mapping[str, InsuredClass]] = {
    "1": InsuredClass.SELF,
    "2": InsuredClass.SELF,
    "3": InsuredClass.PRESCHOOL,
    "4": InsuredClass.PRESCHOOL,
    "5": InsuredClass.FAMILY,
    "6": InsuredClass.FAMILY,
    "7": InsuredClass.ELDERLY,
    "8": InsuredClass.ELDERLY,
    "9": InsuredClass.ELDERLY_ACTIVE,
    "0": InsuredClass.ELDERLY_ACTIVE,
}
"""Last digit of レセプト種別 (別表5): whom the insurance covers."""
