"""Every finding about NSIPS data; the one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.formats.findings import Kind
from appliance.formats.tagged_findings import TEXT_KINDS
from appliance.records.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
_SEND_AGAIN = "レセコンで該当の処方箋を開き、NSIPS をもう一度出力してください。"

KINDS: Final[Mapping[str, Kind]] = {
    **TEXT_KINDS,
    # --- the file
    "NSIPS-F001": Kind(
        _ERROR,
        "処方箋の情報（レコード 2）が 1 件もありません。",
        "There is no prescription (record 2) in this file.",
        _SEND_AGAIN,
    ),
    "NSIPS-F002": Kind(
        _WARNING,
        "薬局がわかりません（ヘッダ VER がないか、都道府県番号・点数表・薬局コードが正しくありません）。",
        "The pharmacy cannot be told: there is no header (VER), or its number is not of the right form.",
        "レセコンの NSIPS 出力設定で、自局の薬局コードを確かめてください。",
    ),
    # --- one prescription
    "NSIPS-D001": Kind(
        _ERROR,
        "処方箋の情報（レコード 2）がありません。この患者の調剤は取り込めません。",
        "The prescription (record 2) is missing: this dispensing cannot be taken.",
        _SEND_AGAIN,
    ),
    "NSIPS-D002": Kind(
        _ERROR,
        "調剤年月日も受付年月日も交付年月日も読み取れません。この調剤は取り込めません。",
        "No date of dispensing, reception or issue can be read: this dispensing cannot be taken.",
        "レセコンで調剤年月日を確かめ、もう一度出力してください。",
    ),
    "NSIPS-D003": Kind(
        _ERROR,
        "薬品の行（レコード 4）がありません。この調剤は取り込めません。",
        "There is no drug (record 4): this dispensing cannot be taken.",
        _SEND_AGAIN,
    ),
    "NSIPS-D004": Kind(
        _ERROR,
        "薬品の行が足りません（用法の行には {declared} 品目、実際は {counted} 品目）。途中で切れたデータは取り込めません。",
        "Drugs are missing ({declared} declared, {counted} found): data that were cut off cannot be taken.",
        _SEND_AGAIN,
    ),
    "NSIPS-D005": Kind(
        _ERROR,
        "最後の行が途中で切れています。この調剤は取り込めません。",
        "The last row was cut off: this dispensing cannot be taken.",
        _SEND_AGAIN,
    ),
    "NSIPS-D006": Kind(
        _WARNING,
        "更新区分が A・U・D のどれでもありません。新規（A）として扱います。",
        "更新区分 is none of A, U and D; it is taken for new (A).",
    ),
    "NSIPS-D007": Kind(
        _WARNING,
        "処方箋番号がありません。調剤日・患者・医師・薬品から同じ調剤かどうかを判断します。",
        "There is no prescription number; the date, patient, prescriber and drugs stand for it.",
        "レセコンの NSIPS 出力設定を確かめてください。",
    ),
    "NSIPS-D008": Kind(
        _WARNING,
        "用法の行（レコード 3）より前に薬品の行があります。用法のない薬品として取り込みます。",
        "A drug stands before any usage (record 3); it is taken without one.",
    ),
    "NSIPS-D009": Kind(
        _INFO,
        "薬品の行が用法の行の品目数より多くあります（{declared} 品目に対して {counted} 品目）。すべて取り込みます。",
        "There are more drugs ({counted}) than declared ({declared}); all are taken.",
    ),
    "NSIPS-D010": Kind(
        _WARNING,
        "薬品の名称もコードもありません。",
        "A drug has neither name nor code.",
        "レセコンの薬品マスターを確かめてください。",
    ),
    "NSIPS-D011": Kind(
        _INFO,
        "この処方箋は取り消されました（更新区分 D）。",
        "This prescription was cancelled (更新区分 D).",
    ),
    # --- the patient
    "NSIPS-P001": Kind(
        _ERROR,
        "患者の情報（レコード 1）がありません。どの患者のものか確かでないため、保管だけします。",
        "The patient (record 1) is missing: the dispensing is kept, and linked to nobody.",
        _SEND_AGAIN,
    ),
    "NSIPS-P002": Kind(
        _ERROR,
        "性別と生年月日がどちらも読み取れず、患者の行の項目がずれているおそれがあります。"
        "患者の行は使わず、どの患者にも結び付けません。",
        "Neither sex nor birth date can be read: the row may be shifted, and the dispensing is linked to nobody.",
        "レセコンの患者登録を確かめ、もう一度出力してください。",
    ),
    "NSIPS-P003": Kind(
        _WARNING,
        "性別がありません。",
        "The sex is missing.",
        "レセコンの患者登録を確かめてください。",
    ),
    "NSIPS-P004": Kind(
        _WARNING,
        "生年月日がありません。",
        "The birth date is missing.",
        "レセコンの患者登録を確かめてください。",
    ),
    "NSIPS-P005": Kind(
        _INFO,
        "患者コードがありません。保険の記号・番号と生年月日で患者を照合します。",
        "There is no patient code; the patient is matched by insured number, birth date and sex.",
    ),
}
