"""The diseases of the made-up patients: 傷病名コード, name and ICD-10, and their modifiers, typed from the 傷病名マスター.

A test holds every row against the master of 2024-06.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Disease:
    """One row of the disease master; `icd10` without its dot, as the master writes it."""

    code: str
    name: str
    icd10: str


DISEASES: Final = {
    "hypertension": Disease("8833421", "高血圧症", "I10"),
    "diabetes": Disease("2500015", "２型糖尿病", "E11"),
    "dyslipidemia": Disease("8844446", "脂質異常症", "E785"),
    "hyperuricemia": Disease("7906015", "高尿酸血症", "E790"),
    "asthma": Disease("4939008", "気管支喘息", "J459"),
    "chronic_gastritis": Disease("5351003", "慢性胃炎", "K295"),
    "reflux": Disease("5301002", "逆流性食道炎", "K210"),
    "constipation": Disease("8840042", "便秘症", "K590"),
    "insomnia": Disease("8839792", "不眠症", "G470"),
    "depression": Disease("2961003", "うつ病", "F329"),
    "heart_failure": Disease("4289018", "慢性心不全", "I509"),
    "angina": Disease("4139007", "狭心症", "I209"),
    "atrial_fibrillation": Disease("4273006", "心房細動", "I489"),
    "kidney_disease": Disease("8844106", "慢性腎臓病", "N189"),
    "iron_deficiency": Disease("2809009", "鉄欠乏性貧血", "D509"),
    "hypothyroidism": Disease("8833504", "甲状腺機能低下症", "E039"),
    "allergic_rhinitis": Disease("4779004", "アレルギー性鼻炎", "J304"),
    "pollinosis": Disease("4770002", "花粉症", "J301"),
    "dementia": Disease("8842549", "アルツハイマー型認知症", "G309"),
    "ulcerative_colitis": Disease("5569003", "潰瘍性大腸炎", "K519"),
    "parkinson": Disease("3320002", "パーキンソン病", "G20"),
    "overactive_bladder": Disease("8843031", "過活動膀胱", "N328"),
    "prostate": Disease("8836591", "前立腺肥大症", "N40"),
    "cerebral_infarction": Disease("4389014", "脳梗塞後遺症", "I693"),
    "upper_respiratory": Disease("4659007", "急性上気道炎", "J069"),
    "bronchitis": Disease("4660009", "急性気管支炎", "J209"),
    "influenza": Disease("4871001", "インフルエンザ", "J111"),
    "covid": Disease("8850104", "ＣＯＶＩＤ－１９", "U071"),
    "gastroenteritis": Disease("0091009", "急性胃腸炎", "A099"),
    "infectious_gastroenteritis": Disease("0090001", "感染性胃腸炎", "A090"),
    "pharyngitis": Disease("8832280", "急性咽頭炎", "J029"),
    "strep": Disease("0410002", "溶連菌感染症", "A491"),
    "cystitis": Disease("5950005", "急性膀胱炎", "N300"),
    "heat_illness": Disease("8844801", "熱中症", "T678"),
    "dehydration": Disease("8837433", "脱水症", "E86"),
    "hives": Disease("8841304", "じんま疹", "L509"),
    "low_back_pain": Disease("8840829", "腰痛症", "M5456"),
    "knee_osteoarthritis": Disease("7153018", "変形性膝関節症", "M171"),
    "lumbar_spondylosis": Disease("7213016", "変形性腰椎症", "M4786"),
    "lumbar_stenosis": Disease("7240012", "腰部脊柱管狭窄症", "M4806"),
    "frozen_shoulder": Disease("7262008", "肩関節周囲炎", "M750"),
    "osteoporosis": Disease("7330006", "骨粗鬆症", "M8199"),
    "cervical_spondylosis": Disease("7210015", "頚椎症", "M4782"),
    "rheumatoid_arthritis": Disease("8842106", "関節リウマチ", "M0690"),
    "ankle_sprain": Disease("8450012", "足関節捻挫", "S934"),
    "lumbar_sprain": Disease("8840824", "腰椎捻挫", "S335"),
    "cervical_sprain": Disease("8470024", "頚椎捻挫", "S134"),
    "finger_cut": Disease("8834599", "手指切創", "S610"),
    "forearm_burn": Disease("8844515", "前腕第２度熱傷", "T222"),
    "jammed_finger": Disease("8340010", "突き指", "S631"),
    "childhood_asthma": Disease("4930005", "小児喘息", "J450"),
    "eczema": Disease("6923002", "湿疹", "L309"),
    "atopic_dermatitis": Disease("6918002", "アトピー性皮膚炎", "L209"),
    "hand_foot_mouth": Disease("0743002", "手足口病", "B084"),
    "herpangina": Disease("0740004", "ヘルパンギーナ", "B085"),
    "otitis_media": Disease("3829027", "急性中耳炎", "H669"),
    "croup": Disease("8832840", "クループ性気管支炎", "J209"),
    "rs_virus": Disease("0799008", "ＲＳウイルス感染症", "B348"),
    "dry_skin": Disease("8839248", "皮脂欠乏症", "L853"),
    "liver_dysfunction": Disease("5738002", "肝機能障害", "K769"),
    "gastric_ulcer": Disease("5319009", "胃潰瘍", "K259"),
}
"""By the short name that the treatment plans use."""

UNCODED: Final = "0000999"
"""未コード化傷病名: the words stand in the row itself."""

MODIFIERS: Final = {
    "2056": "右",
    "2049": "左",
    "2057": "両",
    "7497": "両側性",
    "7206": "通年性",
    "8002": "の疑い",
}
"""修飾語コード and their words; 4-digit codes are joined without a separator."""

SUSPECTED: Final = "8002"
