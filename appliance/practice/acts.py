"""The acts charged for the made-up patients: code, name and points, typed from the 医科診療行為マスター.

Points are those of the fee schedule of June 2024 (令和6年度改定) with the changes up to March 2025, the newest edition
at hand, whatever the care month; a test holds every row against the master.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the act master. An act that `stops_management` excludes 外来管理加算 on the same day (外来管理加算区分)."""

    code: str
    name: str
    points: int
    stops_management: bool = False


ACTS: Final = {
    "first_visit": Act("111000110", "初診料", 291),
    "first_visit_infant": Act("111000370", "乳幼児加算（初診）", 75),
    "first_visit_dx": Act("111703870", "医療ＤＸ推進体制整備加算３（初診）", 10),
    "revisit": Act("112007410", "再診料", 75),
    "revisit_infant": Act("112000970", "乳幼児加算（再診）", 38),
    "itemised_receipt": Act("112015770", "明細書発行体制等加算", 1),
    "management_addition": Act("112011010", "外来管理加算", 52, stops_management=True),
    "revisit_information": Act("112708970", "医療情報取得加算４（再診）", 1),
    "lifestyle_care": Act("113707110", "生活習慣病管理料２", 333),
    "chronic_care": Act("113001810", "特定疾患療養管理料（診療所）", 225),
    "intractable_care": Act("113002910", "難病外来指導管理料", 270),
    "drug_information": Act("120002370", "薬剤情報提供料", 4),
    "drug_notebook": Act("113701310", "手帳記載加算（薬剤情報提供料）", 3),
    "referral_letter": Act("180016110", "診療情報提供料（１）", 250),
    "prescription_fee": Act("120001210", "処方料（その他）", 42),
    "chronic_prescription": Act("120005610", "特定疾患処方管理加算（処方料）", 56),
    "dispensing_oral": Act("120000710", "調剤料（内服薬・浸煎薬・屯服薬）", 11),
    "dispensing_topical": Act("120001010", "調剤料（外用薬）", 8),
    "prescription_slip": Act("120002910", "処方箋料（リフィル以外・その他）", 60),
    "chronic_prescription_slip": Act("120005710", "特定疾患処方管理加算（処方箋料）", 56),
    "generic_name_1": Act("120004270", "一般名処方加算１（処方箋料）", 10),
    "generic_name_2": Act("120003570", "一般名処方加算２（処方箋料）", 8),
    "base_up_first": Act("180725710", "外来・在宅ベースアップ評価料（１）１（初診時）", 6),
    "base_up_revisit": Act("180725810", "外来・在宅ベースアップ評価料（１）２（再診時等）", 2),
    "psychotherapy": Act("180067310", "通院精神療法（３０分未満）（１以外）", 290, stops_management=True),
    "injection_im": Act("130000510", "皮内、皮下及び筋肉内注射", 25),
    "injection_drip": Act("130009310", "点滴注射（その他）（入院外）", 53),
    "injection_joint": Act("130005310", "関節腔内注射", 80),
    "nebuliser": Act("140022710", "ネブライザ", 12, stops_management=True),
    "heat_therapy": Act("140040310", "消炎鎮痛等処置（器具等による療法）", 35, stops_management=True),
    "traction": Act("140048010", "介達牽引", 35, stops_management=True),
    "burn_dressing": Act("140032010", "熱傷処置（１００ｃｍ２未満）", 135, stops_management=True),
    "wound_dressing": Act("140000610", "創傷処置（１００ｃｍ２未満）", 52, stops_management=True),
    "wound_suture": Act(
        "150001010", "創傷処理（筋肉、臓器に達しない）（長径５ｃｍ未満）", 530, stops_management=True
    ),
    "trigger_point": Act("150266010", "トリガーポイント注射", 70, stops_management=True),
    "rehabilitation": Act(
        "180756310", "運動器リハビリテーション料（３）（理学療法士による場合）", 85, stops_management=True
    ),
    "blood_sampling": Act("160095710", "Ｂ－Ｖ", 40),
    "swab_sampling": Act("160208510", "鼻腔・咽頭拭い液採取", 25),
    "urinalysis": Act("160000310", "尿一般", 26),
    "urine_albumin": Act("160004810", "アルブミン定量（尿）", 99),
    "blood_count": Act("160008010", "末梢血液一般検査", 21),
    "blood_film": Act("160191510", "末梢血液像（自動機械法）", 15),
    "hba1c": Act("160010010", "ＨｂＡ１ｃ", 49),
    "crp": Act("160054710", "ＣＲＰ", 16),
    "total_protein": Act("160017410", "ＴＰ", 11),
    "ast": Act("160022510", "ＡＳＴ", 17),
    "alt": Act("160022610", "ＡＬＴ", 17),
    "ggt": Act("160020410", "γ－ＧＴ", 11),
    "ld": Act("160019510", "ＬＤ", 11),
    "creatine_kinase": Act("160020610", "ＣＫ", 11),
    "triglyceride": Act("160020910", "ＴＧ", 11),
    "hdl": Act("160023410", "ＨＤＬ－コレステロール", 17),
    "ldl": Act("160167250", "ＬＤＬ－コレステロール", 18),
    "glucose": Act("160019410", "グルコース", 11),
    "creatinine": Act("160019210", "クレアチニン", 11),
    "urea_nitrogen": Act("160019010", "ＢＵＮ", 11),
    "uric_acid": Act("160019310", "ＵＡ", 11),
    "sodium": Act("160021110", "ナトリウム及びクロール", 11),
    "potassium": Act("160021410", "カリウム", 11),
    "bnp": Act("160162350", "ＢＮＰ", 130),
    "tsh": Act("160031710", "ＴＳＨ", 98),
    "ft4": Act("160033310", "ＦＴ４", 121),
    "specific_ige": Act("160056110", "特異的ＩｇＥ半定量・定量", 110),
    "influenza_antigen": Act("160169450", "インフルエンザウイルス抗原定性", 132),
    "covid_flu_antigen": Act(
        "160230050", "ＳＡＲＳ－ＣｏＶ－２・インフルエンザウイルス抗原同時検出定性", 225
    ),
    "strep_antigen": Act("160044110", "Ａ群β溶連菌迅速試験定性", 121),
    "rapid_test_addition": Act("160177770", "外来迅速検体検査加算", 10),
    "judge_urine": Act("160061710", "尿・糞便等検査判断料", 34),
    "judge_blood": Act("160061810", "血液学的検査判断料", 125),
    "judge_biochemistry_1": Act("160061910", "生化学的検査（１）判断料", 144),
    "judge_biochemistry_2": Act("160062010", "生化学的検査（２）判断料", 144),
    "judge_immunology": Act("160062110", "免疫学的検査判断料", 144),
    "judge_respiratory": Act("160146910", "呼吸機能検査等判断料", 140),
    "ecg": Act("160068410", "ＥＣＧ１２", 130),
    "flow_volume": Act("160062710", "フローボリューム", 100),
    "abdominal_echo": Act("160072210", "超音波検査（断層撮影法）（胸腹部）", 530, stops_management=True),
    "gastroscopy": Act("160093810", "ＥＦ－胃・十二指腸", 1140, stops_management=True),
    "bone_density_md": Act("160147310", "骨塩定量検査（ＭＤ法、ＳＥＸＡ法等）", 140, stops_management=True),
    "cognition_test": Act("160219110", "認知機能検査その他の心理検査（操作が容易）（簡易）", 80),
    "xray_reading_trunk": Act("170000410", "単純撮影（イ）の写真診断", 85),
    "xray_reading_limb": Act("170000510", "単純撮影（ロ）の写真診断", 43),
    "xray_digital": Act("170027910", "単純撮影（デジタル撮影）", 68),
    "xray_archive": Act("170000210", "電子画像管理加算（単純撮影）", 57),
}
"""By the short name that the treatment plans use."""

BIOCHEMISTRY_BUNDLE: Final = ((10, 103), (8, 99), (5, 93))
"""血液化学検査 (D007 注): from so many items of one sampling, so many points for all of them together."""
