"""Every finding about an analyser's records: ASTM-F the file, ASTM-R a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.formats.findings import Kind
from appliance.records.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

KINDS: Final[Mapping[str, Kind]] = {
    "ASTM-F001": Kind(
        _ERROR,
        "ヘッダ（H）がありません。途中から始まっている可能性があるため、取り込みません。",
        "There is no header (H record): the message may have lost its beginning; it is not taken.",
        "分析装置からもう一度送信してください。",
    ),
    "ASTM-F002": Kind(
        _WARNING,
        "終端（L）がありません。途中で切れている可能性があります。",
        "There is no terminator (L record): the message may have been cut off.",
        "結果がそろっているかを確かめ、足りなければ分析装置からもう一度送信してください。",
    ),
    "ASTM-F003": Kind(
        _INFO,
        "検査の依頼だけで、結果は含まれていません。",
        "The message holds orders only, no results.",
    ),
    "ASTM-F004": Kind(
        _ERROR,
        "通信用の枠（STX … ETX）が付いたままです。検査値を確かめられないため、取り込みません。",
        "The frames of the transmission (STX … ETX) are still around the records; they are not taken.",
        "シリアル接続の設定で、この装置の通信方式を ASTM にしてください。",
    ),
    "ASTM-F005": Kind(
        _INFO,
        "結果の問い合わせ（Q）です。この機器は応答しません。",
        "This is a query (Q record); the gateway does not answer it.",
    ),
    "ASTM-F006": Kind(
        _ERROR,
        "行の数が上限を超えています。残りは読み取りません。",
        "There are more rows than are read; the rest is kept, not interpreted.",
        "分析装置の出力を分けてください。",
    ),
    "ASTM-F007": Kind(
        _ERROR,
        "ファイルが大きすぎるため、読み取りません。",
        "The file is larger than is read; it is kept, not interpreted.",
        "分析装置の出力を分けてください。",
    ),
    "ASTM-F008": Kind(
        _ERROR,
        "1 つのメッセージの行の数が上限を超えています。このメッセージは読み取りません。",
        "One message has more rows than are read; it is kept, not interpreted.",
        "分析装置の出力を分けてください。",
    ),
    "ASTM-R001": Kind(
        _INFO,
        "レコードではない行があります。保管しますが、内容は読み取りません。",
        "A row is no record: kept, not interpreted.",
    ),
    "ASTM-R002": Kind(
        _WARNING,
        "長すぎる行があります。保管しますが、内容は読み取りません。",
        "A row is too long: kept, not interpreted.",
    ),
    "ASTM-R003": Kind(
        _WARNING,
        "患者番号がありません。患者を確かめられないため、保管だけします。",
        "There is no patient number; the results are kept, not linked.",
        "分析装置に患者番号を入力するか、検体番号を依頼と結び付けてください。",
    ),
    "ASTM-R004": Kind(
        _WARNING,
        "検査の依頼（O）の前に結果（R）があります。読み取りません。",
        "A result (R) stands before any order (O); it is kept, not interpreted.",
    ),
    "ASTM-R005": Kind(
        _WARNING,
        "検査項目のコードがありません。結果は読み取りません。",
        "A result does not name its test; it is kept, not interpreted.",
    ),
    "ASTM-R006": Kind(
        _WARNING,
        "日時が読み取れません。",
        "This date or time cannot be read.",
        "分析装置の日付と時刻の設定を確かめてください。",
    ),
    "ASTM-R007": Kind(
        _WARNING,
        "文字として読み取れないバイトがあります。「\ufffd」に置き換えて表示します。",
        "Some bytes are no characters; they are shown as \ufffd.",
        "元のデータはそのまま保管されます。",
    ),
    "ASTM-R008": Kind(
        _INFO,
        "取り消された結果、またはまだない結果が {count} 件あります。取り込みません。",
        "{count} results were taken back or do not exist yet; they are not taken.",
    ),
    "ASTM-R009": Kind(
        _INFO,
        "まだ最終報告ではない結果が {count} 件あります。",
        "{count} results are not final yet.",
    ),
}
