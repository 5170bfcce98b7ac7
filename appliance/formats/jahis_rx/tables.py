"""Code tables of the prescription format (別表); those of the notebook format differ."""

from __future__ import annotations

from appliance.formats.tagged_values import DosageForm, DrugCode
from appliance.records.administrative import InsuredClass

FIRST_VERSION, LAST_VERSION = 1, 11

MEDICAL = "1"
"""医療機関コード種別 when none is written: 医科."""

AGE_CLASSES = {
    "1": InsuredClass.ELDERLY,
    "2": InsuredClass.ELDERLY_ACTIVE,
    "3": InsuredClass.PRESCHOOL,
    "4": InsuredClass.ELDERLY,
    "5": InsuredClass.ELDERLY,
}
"""患者一部負担区分: who bears less, or no less, by age."""
FORMS = {
    "1": DosageForm.INTERNAL,
    "2": DosageForm.AS_NEEDED,
    "3": DosageForm.EXTERNAL,
    "4": DosageForm.DROPS,
    "5": DosageForm.INJECTION,
    "6": DosageForm.MATERIAL,
    "9": DosageForm.UNKNOWN,
}
"""剤形区分."""
DRUG_CODES = {
    "1": DrugCode.NONE,
    "2": DrugCode.RECEIPT,
    "3": DrugCode.PRICE_LIST,
    "4": DrugCode.YJ,
    "6": DrugCode.HOT,
    "7": DrugCode.GENERIC,
}
MATERIAL = "2"
"""情報区分 2: 材料."""
JAMI_USAGE = "2"

NO_SUBSTITUTE = "3"
DRUG_REMARKS = {
    "1": "一包化",
    "2": "粉砕",
    "3": "後発品変更不可",
    "4": "剤形変更不可",
    "5": "含量規格変更不可",
    "6": "剤形変更不可及び含量規格変更不可",
    "7": "JAMI補足用法",
    "8": "先発医薬品患者希望",
}
"""薬品補足区分 of record 281."""
USAGE_REMARKS = {
    "1": "漸減",
    "2": "一包化",
    "3": "隔日",
    "4": "粉砕",
    "5": "用法の続き",
    "6": "部位",
    "7": "1回使用量",
    "8": "JAMI補足用法",
    "9": "JAMI部位",
}
"""用法補足区分 of record 181."""
REMARKS = {"1": "一包化", "2": "粉砕", "3": "分割"}
"""備考種別 of record 81."""
LEFTOVERS = {"1": "残薬を確認した場合は疑義照会の上で調剤", "2": "残薬を確認した場合は情報提供"}
"""残薬確認対応フラグ of record 62."""

DEPARTMENTS = {
    "01": "内科", "02": "精神科", "03": "神経科", "04": "神経内科", "05": "呼吸器科", "06": "消化器科", "07": "胃腸科",
    "08": "循環器科", "09": "小児科", "10": "外科", "11": "整形外科", "12": "形成外科", "13": "美容外科", "14": "脳神経外科",
    "15": "呼吸器外科", "16": "心臓血管外科", "17": "小児外科", "18": "皮膚ひ尿器科", "19": "皮膚科", "20": "ひ尿器科",
    "21": "性病科", "22": "こう門科", "23": "産婦人科", "24": "産科", "25": "婦人科", "26": "眼科", "27": "耳鼻いんこう科",
    "28": "気管食道科", "30": "放射線科", "31": "麻酔科", "33": "心療内科", "34": "アレルギー科", "35": "リウマチ科",
    "36": "リハビリテーション科", "37": "病理診断科", "38": "臨床検査科", "39": "救急科",
}  # fmt: skip
"""診療科コード."""
