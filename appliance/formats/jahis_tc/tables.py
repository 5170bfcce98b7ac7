"""Code tables of JAHISTC (chapter 3); those of the prescription format differ."""

from __future__ import annotations

from appliance.formats.tagged_values import DosageForm, DrugCode

FIRST_VERSION, LAST_VERSION = 1, 8
FROM_FACILITY, FROM_PATIENT = "1", "2"
"""出力区分."""

DRUG_CODES = {
    "1": DrugCode.NONE,
    "2": DrugCode.RECEIPT,
    "3": DrugCode.PRICE_LIST,
    "4": DrugCode.YJ,
    "6": DrugCode.HOT,
}
NO_CODE = "1"
COMMON_NAME_CODE = "2"
"""一般名コード種別 2: 厚労省一般名コード."""
JAMI_USAGE = "2"
"""用法コード種別 2: JAMI 16 桁."""

FORMS = {
    "1": DosageForm.INTERNAL,
    "2": DosageForm.DROPS,
    "3": DosageForm.AS_NEEDED,
    "4": DosageForm.INJECTION,
    "5": DosageForm.EXTERNAL,
    "6": DosageForm.DECOCTION,
    "7": DosageForm.HOT_WATER,
    "9": DosageForm.MATERIAL,
    "10": DosageForm.OTHER,
}

FROM_PROFESSIONAL = "1"
AUTHORS = {"1": "医療関係者", "2": "患者等", "8": "その他", "9": "不明"}
"""レコード作成者."""

ALLERGY, SIDE_EFFECT = "1", "2"
REMARK_KINDS = {"1": "アレルギー歴", "2": "副作用歴", "3": "既往歴", "9": "その他"}
"""患者特記種別."""

PHARMACY = "4"
"""点数表 of pharmacies: they dispense what somebody else prescribed."""
