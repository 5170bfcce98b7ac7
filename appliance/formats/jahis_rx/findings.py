"""Every finding about 院外処方箋 data; the one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.formats.findings import Kind
from appliance.formats.tagged_findings import TEXT_KINDS
from appliance.records.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
_SCAN_AGAIN = "二次元コードがすべて読み取れているかを確かめ、読み取り直してください。直らないときは処方元に確かめてください。"

KINDS: Final[Mapping[str, Kind]] = {
    **TEXT_KINDS,
    # --- why a prescription cannot be taken
    "JAHISRX-D001": Kind(
        _ERROR,
        "医療機関（レコード 1）がないか、都道府県・点数表・医療機関コードが正しくありません。処方箋として取り込めません。",
        "The institution (record 1) is missing or its number is not of the right form: this is no valid prescription.",
        _SCAN_AGAIN,
    ),
    "JAHISRX-D002": Kind(
        _ERROR,
        "患者の氏名（レコード 11）がありません。処方箋として取り込めません。",
        "The patient's name (record 11) is missing: this is no valid prescription.",
        _SCAN_AGAIN,
    ),
    "JAHISRX-D003": Kind(
        _ERROR,
        "患者の性別（レコード 12）と生年月日（レコード 13）がどちらも読み取れません。患者を確かめられないため、取り込めません。",
        "Neither sex (record 12) nor birth date (record 13) can be read: the patient cannot be told.",
        _SCAN_AGAIN,
    ),
    "JAHISRX-D004": Kind(
        _ERROR,
        "処方箋交付年月日（レコード 51）が読み取れません。処方箋として取り込めません。",
        "The date of issue (record 51) cannot be read: this is no valid prescription.",
        _SCAN_AGAIN,
    ),
    "JAHISRX-D005": Kind(
        _ERROR,
        "薬品（レコード 201）が 1 つもありません。処方箋として取り込めません。",
        "There is no drug (record 201): this is no valid prescription.",
        _SCAN_AGAIN,
    ),
    "JAHISRX-D006": Kind(
        _ERROR,
        "RP に薬品（レコード 201）または剤形（レコード 101）がありません。途中で切れた処方箋は取り込めません。",
        "An RP lacks its drugs (201) or its dosage form (101): a prescription that was cut off cannot be taken.",
        _SCAN_AGAIN,
    ),
    "JAHISRX-D007": Kind(
        _ERROR,
        "薬品の名称もコードもないか、用量がありません。薬を確かめられないため、この処方箋は取り込めません。",
        "A drug has neither name nor code, or no amount: this prescription cannot be taken.",
        _SCAN_AGAIN,
    ),
    # --- what else is to be told
    "JAHISRX-D008": Kind(
        _WARNING,
        "必須の項目が空です。",
        "A required item is empty.",
        "処方元に確かめてください。",
    ),
    "JAHISRX-D009": Kind(
        _WARNING,
        "必須のレコード {row_id}（{title}）がありません。",
        "The required record {row_id} ({title}) is missing.",
        "処方元に確かめてください。",
    ),
    "JAHISRX-D010": Kind(
        _WARNING,
        "対応する RP または薬品の行がないため、この行を結び付けられません。",
        "The RP or drug that this row belongs to is missing.",
    ),
    "JAHISRX-D011": Kind(
        _WARNING,
        "表にない区分です。",
        "This value is not in the code table.",
    ),
    "JAHISRX-D012": Kind(
        _WARNING,
        "この版（JAHIS{version}）は知られていません。1 から 11 の表で読みました。",
        "Version JAHIS{version} is not known; it was read by the tables of 1 to 11.",
        "機器の更新が必要か、運営主体に確かめてください。",
    ),
    "JAHISRX-D013": Kind(
        _WARNING,
        "同じ種類のレコードが 2 つあります。先のものを使います。",
        "There are two records of a kind that may stand once; the first is used.",
    ),
    "JAHISRX-D014": Kind(
        _WARNING,
        "用法（レコード 111）のない薬があります。",
        "There are drugs without a usage (record 111).",
        "処方元に用法を確かめてください。",
    ),
    "JAHISRX-D015": Kind(
        _ERROR,
        "最後の行が途中で切れています。この処方箋は取り込めません。",
        "The last row was cut off: this prescription cannot be taken.",
        _SCAN_AGAIN,
    ),
}
