"""Findings that the pharmacy formats share: TEXT- about characters, rows and plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.formats.findings import Kind
from appliance.records.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

TEXT_KINDS: Final[Mapping[str, Kind]] = {
    "TEXT-001": Kind(
        _WARNING,
        "文字として読み取れないバイトがあります。その文字を「\ufffd」に置き換えて読みました。",
        "Some bytes are no characters; they were read as a replacement sign.",
        "外字を使っている場合は、送信元で常用の字に置き換えてください。",
    ),
    "TEXT-002": Kind(
        _WARNING,
        "制御文字があります。空白として読みました。",
        "There are control characters; they were read as spaces.",
    ),
    "TEXT-003": Kind(
        _ERROR,
        "文字化けしています。別の文字コードで読み込まれ、そのまま保存し直されたデータです。取り込めません。",
        "The characters are garbled: the data were read in a wrong encoding and saved again. They cannot be taken.",
        "保存し直したファイルではなく、レセコンからもう一度出力したもの（または読み取り直した二次元コード）を使ってください。",
    ),
    "TEXT-004": Kind(
        _WARNING,
        "データ終端の印（0x1A）の後に {count} バイトのデータがあります。読み取っていません。",
        "{count} bytes follow the end mark (0x1A); they were not read.",
        "複数のデータをつなげた場合は、つなげずに 1 つずつ渡してください。",
    ),
    "TEXT-005": Kind(
        _INFO,
        "レコード番号 {row_id} は、この形式の表にない種類です（{count} 行）。保管しますが、内容は読み取りません。",
        "Records numbered {row_id} ({count}) are of a kind not in the table: kept, not interpreted.",
    ),
    "TEXT-006": Kind(
        _INFO,
        "レコード {row_id} に、表にない項目が続いています（{count} 行）。その項目は読み取りません。",
        "Records {row_id} ({count}) go on with items that are not in the table; those are not read.",
    ),
    "TEXT-007": Kind(
        _ERROR,
        "データが大きすぎます（{limit} KB または行数の上限を超えています）。処方や手帳のデータではない可能性があります。",
        "The data are too large (over {limit} KB, or too many rows) to be a prescription or a notebook.",
        "出力する期間を短くして、もう一度出力してください。",
    ),
    "TEXT-008": Kind(
        _WARNING,
        "日付として読み取れません。",
        "This cannot be read as a date.",
        "送信元の画面で日付を確かめてください。",
    ),
    "TEXT-009": Kind(
        _INFO,
        "元号の期間の外にある日付です。年をそのまま換算して読みました。",
        "The date lies outside its era; its year was converted as it stands.",
    ),
    "TEXT-010": Kind(
        _WARNING,
        "数として読み取れません。書かれているとおりに残します。",
        "This cannot be read as a number; it is kept as written.",
    ),
    "TEXT-011": Kind(
        _INFO,
        "保険者番号または負担者番号の検証番号が合いません。",
        "The check digit of a payer's number is wrong.",
        "被保険者証または資格情報と照合してください。",
    ),
    "TEXT-012": Kind(
        _INFO,
        "保険者番号または負担者番号の形が正しくありません。",
        "A payer's number is not of the right form.",
        "被保険者証または資格情報と照合してください。",
    ),
    "TEXT-013": Kind(
        _WARNING,
        "薬品コードの桁が、薬品コード種別と合いません。標準のコードとしては扱いません。",
        "The drug code has not the form of its kind; it is not taken for a standard code.",
        "送信元の薬品マスターを確かめてください。",
    ),
    "TEXT-014": Kind(
        _WARNING,
        "年または年月だけの日付です。日がわからないため、日付としては使いません。",
        "The date is a year or a month only; it is not used as a date.",
        "患者の生年月日を確かめてください。",
    ),
    "TEXT-015": Kind(
        _WARNING,
        "最後の行が途中で切れています。その行は読み取りません。",
        "The last row was cut off; it is not read.",
        "もう一度出力するか、読み取り直してください。",
    ),
}
