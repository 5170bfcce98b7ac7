"""Other codes of the practice drugs: 薬価基準収載医薬品コード and the general name to prescribe by, typed from the 医薬品マスター.

A test holds every row against the master of 2024-03.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DrugCodes:
    """`price_list` is the product's own code where it is listed under its brand (`branded`): then it is its YJ code too.

    `generic` and `generic_name` are 一般名コード and 一般名処方の標準的な記載; empty where there is none.
    """

    price_list: str
    branded: bool
    generic: str = ""
    generic_name: str = ""

    @property
    def yj(self) -> str:
        """The YJ code; empty where only its maker's list would tell it (統一名収載)."""
        return self.price_list if self.branded else ""


DRUG_CODES: Final = {
    "acetaminophen": DrugCodes("1141007F3023", True, "1141007F3ZZZ", "【般】アセトアミノフェン錠５００ｍｇ"),
    "acetaminophen_granule": DrugCodes("1141007C1075", branded=True),
    "alendronate": DrugCodes("3999018F2010", False, "3999018F2ZZZ", "【般】アレンドロン酸錠３５ｍｇ"),
    "allopurinol": DrugCodes("3943001F1012", False, "3943001F1ZZZ", "【般】アロプリノール錠１００ｍｇ"),
    "ambroxol_syrup": DrugCodes(
        "2239001Q1018", False, "2239001Q1ZZZ", "【般】アンブロキソール塩酸塩シロップ０．３％"
    ),
    "amlodipine": DrugCodes("2171022F4010", False, "2171022F4ZZZ", "【般】アムロジピン口腔内崩壊錠５ｍｇ"),
    "amlodipine_25": DrugCodes(
        "2171022F3013", False, "2171022F3ZZZ", "【般】アムロジピン口腔内崩壊錠２．５ｍｇ"
    ),
    "amoxicillin": DrugCodes("6131001M2017", branded=False),
    "amoxicillin_granule": DrugCodes("6131001C2119", True, "6131001C2ZZZ", "【般】アモキシシリン細粒２０％"),
    "apixaban": DrugCodes("3339004F1029", branded=True),
    "aspirin": DrugCodes("3399007H1013", False, "3399007H1ZZZ", "【般】アスピリン腸溶錠１００ｍｇ"),
    "atorvastatin": DrugCodes("2189015F2054", True, "2189015F2ZZZ", "【般】アトルバスタチン錠１０ｍｇ"),
    "bezafibrate": DrugCodes("2183005G1013", False, "2183005G1ZZZ", "【般】ベザフィブラート徐放錠２００ｍｇ"),
    "bilastine": DrugCodes("4490033F1028", branded=True),
    "bisoprolol": DrugCodes(
        "2123016F1018", False, "2123016F1ZZZ", "【般】ビソプロロールフマル酸塩錠２．５ｍｇ"
    ),
    "candesartan": DrugCodes("2149040F3037", True, "2149040F3ZZZ", "【般】カンデサルタン錠８ｍｇ"),
    "carbocisteine": DrugCodes("2233002F1280", True, "2233002F1ZZZ", "【般】カルボシステイン錠２５０ｍｇ"),
    "carbocisteine_syrup": DrugCodes(
        "2233002Q1019", False, "2233002Q1ZZZ", "【般】カルボシステインシロップ５％"
    ),
    "celecoxib": DrugCodes("1149037F1011", False, "1149037F1ZZZ", "【般】セレコキシブ錠１００ｍｇ"),
    "clarithromycin": DrugCodes("6149003F2100", branded=True),
    "clostridium_butyricum": DrugCodes("2316009C1026", branded=True),
    "clostridium_butyricum_tablet": DrugCodes("2316009F1022", branded=True),
    "dapagliflozin": DrugCodes("3969019F1027", branded=True),
    "dextromethorphan": DrugCodes(
        "2223001F2099", True, "2223001F2ZZZ", "【般】デキストロメトルファン臭化水素酸塩錠１５ｍｇ"
    ),
    "domperidone": DrugCodes("2399005F2260", True, "2399005F2ZZZ", "【般】ドンペリドン錠１０ｍｇ"),
    "donepezil": DrugCodes("1190012F4165", True, "1190012F4ZZZ", "【般】ドネペジル塩酸塩口腔内崩壊錠５ｍｇ"),
    "eldecalcitol": DrugCodes(
        "3112006M2037", True, "3112006M2ZZZ", "【般】エルデカルシトールカプセル０．７５μｇ"
    ),
    "escitalopram": DrugCodes("1179054F1103", True, "1179054F1ZZZ", "【般】エスシタロプラム錠１０ｍｇ"),
    "esomeprazole": DrugCodes("2329029M2031", True, "2329029M2ZZZ", "【般】エソメプラゾールカプセル２０ｍｇ"),
    "ezetimibe": DrugCodes("2189018F1167", True, "2189018F1ZZZ", "【般】エゼチミブ錠１０ｍｇ"),
    "febuxostat": DrugCodes("3949003F1015", False, "3949003F1ZZZ", "【般】フェブキソスタット錠１０ｍｇ"),
    "ferrous_citrate": DrugCodes(
        "3222013F1157", True, "3222013F1ZZZ", "【般】クエン酸第一鉄ナトリウム錠５０ｍｇ（鉄として）"
    ),
    "fexofenadine": DrugCodes(
        "4490023F1202", True, "4490023F1ZZZ", "【般】フェキソフェナジン塩酸塩錠６０ｍｇ"
    ),
    "glimepiride": DrugCodes("3961008F1012", False, "3961008F1ZZZ", "【般】グリメピリド錠１ｍｇ"),
    "kakkonto": DrugCodes("5200013D1123", branded=True),
    "lansoprazole": DrugCodes(
        "2329023F1012", False, "2329023F1ZZZ", "【般】ランソプラゾール口腔内崩壊錠１５ｍｇ"
    ),
    "lemborexant": DrugCodes("1190027F2029", branded=True),
    "levodopa": DrugCodes("1169101F1146", True, "1169101F1ZZZ", "【般】レボドパ１００ｍｇ・カルビドパ配合錠"),
    "levofloxacin": DrugCodes("6241013F3256", True, "6241013F3ZZZ", "【般】レボフロキサシン錠５００ｍｇ"),
    "levothyroxine": DrugCodes("2431004F1013", branded=False),
    "linagliptin": DrugCodes("3969014F1024", branded=True),
    "loxoprofen": DrugCodes("1149019F1013", False, "1149019F1ZZZ", "【般】ロキソプロフェンＮａ錠６０ｍｇ"),
    "magnesium": DrugCodes("2344009F2015", False, "2344009F2ZZZ", "【般】酸化マグネシウム錠３３０ｍｇ"),
    "mecobalamin": DrugCodes("3136004F2014", False, "3136004F2ZZZ", "【般】メコバラミン錠０．５ｍｇ"),
    "mesalazine": DrugCodes("2399009F2064", True, "2399009F2ZZZ", "【般】メサラジン錠５００ｍｇ"),
    "metformin": DrugCodes("3962002F3015", branded=False),
    "methotrexate": DrugCodes("3999016M1064", True, "3999016M1ZZZ", "【般】メトトレキサートカプセル２ｍｇ"),
    "mirabegron": DrugCodes("2590014F1021", branded=True),
    "montelukast": DrugCodes("4490026F2016", False, "4490026F2ZZZ", "【般】モンテルカスト錠１０ｍｇ"),
    "mosapride": DrugCodes("2399010F2016", False, "2399010F2ZZZ", "【般】モサプリドクエン酸塩錠５ｍｇ"),
    "olmesartan": DrugCodes("2149044F6085", True, "2149044F6ZZZ", "【般】オルメサルタン口腔内崩壊錠２０ｍｇ"),
    "olopatadine": DrugCodes("4490025F2011", False, "4490025F2ZZZ", "【般】オロパタジン塩酸塩錠５ｍｇ"),
    "oseltamivir": DrugCodes("6250021M1035", True, "6250021M1ZZZ", "【般】オセルタミビルカプセル７５ｍｇ"),
    "oseltamivir_ds": DrugCodes("6250021R1032", True, "6250021R1ZZZ", "【般】オセルタミビルシロップ用３％"),
    "pitavastatin": DrugCodes("2189016F2016", False, "2189016F2ZZZ", "【般】ピタバスタチンＣａ錠２ｍｇ"),
    "pregabalin": DrugCodes("1190017F1010", False, "1190017F1ZZZ", "【般】プレガバリン口腔内崩壊錠２５ｍｇ"),
    "raloxifene": DrugCodes("3999021F1090", True, "3999021F1ZZZ", "【般】ラロキシフェン塩酸塩錠６０ｍｇ"),
    "rebamipide": DrugCodes("2329021F1013", branded=False),
    "rosuvastatin": DrugCodes("2189017F1030", True, "2189017F1ZZZ", "【般】ロスバスタチン錠２．５ｍｇ"),
    "sertraline": DrugCodes("1179046F1010", False, "1179046F1ZZZ", "【般】セルトラリン錠２５ｍｇ"),
    "sitagliptin": DrugCodes("3969010F2030", branded=True),
    "tamsulosin": DrugCodes(
        "2590008F2162", True, "2590008F2ZZZ", "【般】タムスロシン塩酸塩口腔内崩壊錠０．２ｍｇ"
    ),
    "telmisartan": DrugCodes("2149042F2137", True, "2149042F2ZZZ", "【般】テルミサルタン錠４０ｍｇ"),
    "tranexamic_acid": DrugCodes("3327002F1010", False, "3327002F1ZZZ", "【般】トラネキサム酸錠２５０ｍｇ"),
    "trichlormethiazide": DrugCodes(
        "2132003F3012", False, "2132003F3ZZZ", "【般】トリクロルメチアジド錠１ｍｇ"
    ),
    "vonoprazan": DrugCodes("2329030F1020", branded=True),
    "betamethasone_valerate": DrugCodes(
        "2646701M2199", True, "2646701M2ZZZ", "【般】ベタメタゾン吉草酸エステル軟膏０．１２％"
    ),
    "budesonide_inhalation": DrugCodes(
        "2290701G4020", True, "2290701G4ZZZ", "【般】ブデソニド吸入液０．２５ｍｇ"
    ),
    "domperidone_suppository": DrugCodes(
        "2399714J1018", False, "2399714J1ZZZ", "【般】ドンペリドン坐剤１０ｍｇ"
    ),
    "gentamicin_ointment": DrugCodes("2634710M1077", branded=True),
    "heparinoid": DrugCodes("3339950M1137", True, "3339950M1ZZZ", "【般】ヘパリン類似物質軟膏０．３％"),
    "hydrocortisone_butyrate": DrugCodes("2646717M1096", branded=True),
    "ketoprofen_tape": DrugCodes(
        "2649729S3017", False, "2649729SCZZZ", "【般】ケトプロフェンテープ４０ｍｇ（１０×１４ｃｍ非温感）"
    ),
    "loxoprofen_tape": DrugCodes(
        "2649735S3110",
        True,
        "2649735SBZZZ",
        "【般】ロキソプロフェンＮａテープ１００ｍｇ（１０×１４ｃｍ非温）",
    ),
    "mometasone": DrugCodes("1329710Q1060", True, "1329710QAZZZ", "【般】モメタゾン点鼻液５０μｇ５６噴霧用"),
    "symbicort": DrugCodes(
        "2290801G2025", True, "2290801G2ZZZ", "【般】ブデソニド・ホルモテロール配合吸入粉末剤６０吸入"
    ),
    "tulobuterol_patch": DrugCodes("2259707S2078", True, "2259707S2ZZZ", "【般】ツロブテロールテープ１ｍｇ"),
}
"""By the short names of the drug table; injections are not dispensed."""
