"""The drugs that the made-up patients take: code, name, unit and price of the drug tariff (薬価), typed from the 医薬品マスター.

Prices are those of the tariff of April 2024, the newest edition at hand, whatever the care month; a test holds every row against the master.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Form(StrEnum):
    """剤形: how a drug is given, which decides the 診療識別 it is charged under."""

    ORAL = "内用薬"
    TOPICAL = "外用薬"
    INJECTION = "注射薬"


@dataclass(frozen=True, slots=True)
class Drug:
    """One row of the drug tariff: `price_sen` is the price of one `unit` in hundredths of a yen."""

    code: str
    name: str
    unit: str
    price_sen: int
    form: Form


DRUGS: Final = {
    "acetaminophen": Drug("622381201", "カロナール錠５００　５００ｍｇ", "錠", 1120, Form.ORAL),
    "acetaminophen_granule": Drug("620002022", "カロナール細粒２０％", "ｇ", 1220, Form.ORAL),
    "alendronate": Drug("622110701", "アレンドロン酸錠３５ｍｇ「トーワ」", "錠", 10710, Form.ORAL),
    "allopurinol": Drug("620856206", "アロプリノール錠１００ｍｇ「サワイ」", "錠", 780, Form.ORAL),
    "ambroxol_syrup": Drug(
        "621268301", "アンブロキソール塩酸塩シロップ小児用０．３％「トーワ」", "ｍＬ", 520, Form.ORAL
    ),
    "amlodipine": Drug("620007818", "アムロジピンＯＤ錠５ｍｇ「トーワ」", "錠", 1010, Form.ORAL),
    "amlodipine_25": Drug("620007817", "アムロジピンＯＤ錠２．５ｍｇ「トーワ」", "錠", 1010, Form.ORAL),
    "amoxicillin": Drug(
        "620009117", "アモキシシリンカプセル２５０ｍｇ「トーワ」", "カプセル", 1010, Form.ORAL
    ),
    "amoxicillin_granule": Drug(
        "621072701", "アモキシシリン細粒２０％「ＴＣＫ」　２００ｍｇ", "ｇ", 1180, Form.ORAL
    ),
    "apixaban": Drug("622224901", "エリキュース錠２．５ｍｇ", "錠", 11750, Form.ORAL),
    "aspirin": Drug("620007816", "アスピリン腸溶錠１００ｍｇ「トーワ」", "錠", 570, Form.ORAL),
    "atorvastatin": Drug("622098501", "アトルバスタチン錠１０ｍｇ「サワイ」", "錠", 1580, Form.ORAL),
    "bezafibrate": Drug("620339201", "ベザフィブラートＳＲ錠２００ｍｇ「サワイ」", "錠", 1010, Form.ORAL),
    "bilastine": Drug("622516602", "ビラノア錠２０ｍｇ", "錠", 5320, Form.ORAL),
    "bisoprolol": Drug("621399401", "ビソプロロールフマル酸塩錠２．５ｍｇ「トーワ」", "錠", 1010, Form.ORAL),
    "candesartan": Drug("622358001", "カンデサルタン錠８ｍｇ「あすか」", "錠", 3130, Form.ORAL),
    "carbocisteine": Drug("620383101", "カルボシステイン錠２５０ｍｇ「サワイ」", "錠", 670, Form.ORAL),
    "carbocisteine_syrup": Drug(
        "620384501", "カルボシステインシロップ小児用５％「トーワ」", "ｍＬ", 260, Form.ORAL
    ),
    "celecoxib": Drug("622783201", "セレコキシブ錠１００ｍｇ「ＤＳＥＰ」", "錠", 610, Form.ORAL),
    "clarithromycin": Drug("620003930", "クラリスロマイシン錠２００ｍｇ「サワイ」", "錠", 2280, Form.ORAL),
    "clostridium_butyricum": Drug("612370066", "ミヤＢＭ細粒", "ｇ", 630, Form.ORAL),
    "clostridium_butyricum_tablet": Drug("612370067", "ミヤＢＭ錠", "錠", 570, Form.ORAL),
    "dapagliflozin": Drug("622341901", "フォシーガ錠５ｍｇ", "錠", 16990, Form.ORAL),
    "dextromethorphan": Drug("612220325", "メジコン錠１５ｍｇ", "錠", 570, Form.ORAL),
    "domperidone": Drug("610422205", "ドンペリドン錠１０ｍｇ「ＥＭＥＣ」", "錠", 890, Form.ORAL),
    "donepezil": Drug("622099701", "ドネペジル塩酸塩ＯＤ錠５ｍｇ「サワイ」", "錠", 4830, Form.ORAL),
    "eldecalcitol": Drug(
        "622811601", "エルデカルシトールカプセル０．７５μｇ「サワイ」", "カプセル", 1990, Form.ORAL
    ),
    "escitalopram": Drug("622920301", "エスシタロプラム錠１０ｍｇ「明治」", "錠", 6000, Form.ORAL),
    "esomeprazole": Drug(
        "622921101", "エソメプラゾールカプセル２０ｍｇ「ＤＳＥＰ」", "カプセル", 4180, Form.ORAL
    ),
    "ezetimibe": Drug("622789601", "エゼチミブ錠１０ｍｇ「トーワ」", "錠", 3400, Form.ORAL),
    "febuxostat": Drug("622907901", "フェブキソスタット錠１０ｍｇ「ＤＳＥＰ」", "錠", 590, Form.ORAL),
    "ferrous_citrate": Drug(
        "620730201", "クエン酸第一鉄Ｎａ錠５０ｍｇ「サワイ」　鉄５０ｍｇ", "錠", 620, Form.ORAL
    ),
    "fexofenadine": Drug("622236601", "フェキソフェナジン塩酸塩錠６０ｍｇ「トーワ」", "錠", 2310, Form.ORAL),
    "glimepiride": Drug("622013501", "グリメピリド錠１ｍｇ「トーワ」", "錠", 1010, Form.ORAL),
    "kakkonto": Drug("615101406", "ツムラ葛根湯エキス顆粒（医療用）", "ｇ", 1340, Form.ORAL),
    "lansoprazole": Drug("620009451", "ランソプラゾールＯＤ錠１５ｍｇ「トーワ」", "錠", 1240, Form.ORAL),
    "lemborexant": Drug("622703201", "デエビゴ錠５ｍｇ", "錠", 8270, Form.ORAL),
    "levodopa": Drug("620124001", "メネシット配合錠１００", "錠", 1260, Form.ORAL),
    "levofloxacin": Drug(
        "622372901", "レボフロキサシン錠５００ｍｇ「トーワ」　レボフロキサシンとして", "錠", 6990, Form.ORAL
    ),
    "levothyroxine": Drug("612430006", "レボチロキシンナトリウム５０μｇ錠", "錠", 980, Form.ORAL),
    "linagliptin": Drug("622093501", "トラゼンタ錠５ｍｇ", "錠", 12200, Form.ORAL),
    "loxoprofen": Drug("620099201", "ロキソプロフェンＮａ錠６０ｍｇ「トーワ」", "錠", 980, Form.ORAL),
    "magnesium": Drug("620477001", "酸化マグネシウム錠３３０ｍｇ「ヨシダ」", "錠", 570, Form.ORAL),
    "mecobalamin": Drug("613130553", "メコバラミン錠５００「トーワ」　０．５ｍｇ", "錠", 570, Form.ORAL),
    "mesalazine": Drug("622065002", "メサラジン錠５００ｍｇ「ケミファ」", "錠", 2800, Form.ORAL),
    "metformin": Drug("622448601", "メトホルミン塩酸塩錠５００ｍｇＭＴ「トーワ」", "錠", 1010, Form.ORAL),
    "methotrexate": Drug(
        "620004083", "メトトレキサートカプセル２ｍｇ「トーワ」", "カプセル", 8720, Form.ORAL
    ),
    "mirabegron": Drug("622093201", "ベタニス錠２５ｍｇ", "錠", 8700, Form.ORAL),
    "montelukast": Drug("622511101", "モンテルカスト錠１０ｍｇ「ＤＳＥＰ」", "錠", 1560, Form.ORAL),
    "mosapride": Drug("622180401", "モサプリドクエン酸塩錠５ｍｇ「明治」", "錠", 1010, Form.ORAL),
    "olmesartan": Drug("622580101", "オルメサルタンＯＤ錠２０ｍｇ「トーワ」", "錠", 2020, Form.ORAL),
    "olopatadine": Drug("622179701", "オロパタジン塩酸塩錠５ｍｇ「明治」", "錠", 1010, Form.ORAL),
    "oseltamivir": Drug(
        "622638801", "オセルタミビルカプセル７５ｍｇ「サワイ」", "カプセル", 11160, Form.ORAL
    ),
    "oseltamivir_ds": Drug("622638901", "オセルタミビルＤＳ３％「サワイ」", "ｇ", 8240, Form.ORAL),
    "pitavastatin": Drug("622269201", "ピタバスタチンＣａ錠２ｍｇ「杏林」", "錠", 1370, Form.ORAL),
    "pregabalin": Drug("622823401", "プレガバリンＯＤ錠２５ｍｇ「ＤＳＥＰ」", "錠", 800, Form.ORAL),
    "raloxifene": Drug("622514501", "ラロキシフェン塩酸塩錠６０ｍｇ「トーワ」", "錠", 2390, Form.ORAL),
    "rebamipide": Drug("620009465", "レバミピド錠１００ｍｇ「サワイ」", "錠", 1010, Form.ORAL),
    "rosuvastatin": Drug("622571801", "ロスバスタチン錠２．５ｍｇ「ＤＳＥＰ」", "錠", 1140, Form.ORAL),
    "sertraline": Drug("622442801", "セルトラリン錠２５ｍｇ「杏林」", "錠", 1030, Form.ORAL),
    "sitagliptin": Drug("621951001", "ジャヌビア錠５０ｍｇ", "錠", 11150, Form.ORAL),
    "tamsulosin": Drug("621979102", "タムスロシン塩酸塩ＯＤ錠０．２ｍｇ「トーワ」", "錠", 2050, Form.ORAL),
    "telmisartan": Drug("622536201", "テルミサルタン錠４０ｍｇ「ケミファ」", "錠", 1880, Form.ORAL),
    "tranexamic_acid": Drug("620005047", "トラネキサム酸錠２５０ｍｇ「ＹＤ」", "錠", 1010, Form.ORAL),
    "trichlormethiazide": Drug("620009400", "トリクロルメチアジド錠１ｍｇ「ＮＰ」", "錠", 620, Form.ORAL),
    "vonoprazan": Drug("622404401", "タケキャブ錠１０ｍｇ", "錠", 9680, Form.ORAL),
    "betamethasone_valerate": Drug(
        "620605406", "ベタメタゾン吉草酸エステル軟膏０．１２％「トーワ」", "ｇ", 690, Form.TOPICAL
    ),
    "budesonide_inhalation": Drug(
        "620004366", "パルミコート吸入液０．２５ｍｇ　２ｍＬ", "管", 11730, Form.TOPICAL
    ),
    "domperidone_suppository": Drug(
        "620510304", "ドンペリドン坐剤１０ｍｇ「日新」", "個", 2430, Form.TOPICAL
    ),
    "gentamicin_ointment": Drug("620008993", "ゲンタシン軟膏０．１％　１ｍｇ", "ｇ", 1100, Form.TOPICAL),
    "heparinoid": Drug("620009048", "ヒルドイドソフト軟膏０．３％", "ｇ", 1850, Form.TOPICAL),
    "hydrocortisone_butyrate": Drug("620009078", "ロコイド軟膏０．１％", "ｇ", 1490, Form.TOPICAL),
    "ketoprofen_tape": Drug(
        "621779503", "ケトプロフェンテープ４０ｍｇ「パテル」　１０ｃｍ×１４ｃｍ", "枚", 1710, Form.TOPICAL
    ),
    "loxoprofen_tape": Drug(
        "622234201",
        "ロキソプロフェンＮａテープ１００ｍｇ「ＹＤ」　１０ｃｍ×１４ｃｍ",
        "枚",
        1710,
        Form.TOPICAL,
    ),
    "mometasone": Drug(
        "622694701", "モメタゾン点鼻液５０μｇ「タカタ」５６噴霧用　５ｍｇ１０ｇ", "瓶", 45910, Form.TOPICAL
    ),
    "symbicort": Drug("621950801", "シムビコートタービュヘイラー６０吸入", "キット", 285960, Form.TOPICAL),
    "tulobuterol_patch": Drug("620004231", "ツロブテロールテープ１ｍｇ「サワイ」", "枚", 2280, Form.TOPICAL),
    "hyaluronate": Drug(
        "620897302",
        "ヒアルロン酸Ｎａ関節注２５ｍｇシリンジ「トーワ」　１％２．５ｍＬ",
        "筒",
        39900,
        Form.INJECTION,
    ),
    "lidocaine": Drug("620007262", "キシロカイン注ポリアンプ１％　５ｍＬ", "管", 5900, Form.INJECTION),
    "mecobalamin_injection": Drug(
        "643130224", "メチコバール注射液５００μｇ　０．５ｍｇ", "管", 9800, Form.INJECTION
    ),
    "saline": Drug("620006237", "生理食塩液バッグ「フソー」　５００ｍＬ", "袋", 23600, Form.INJECTION),
}
"""By the short name that the treatment plans use."""
