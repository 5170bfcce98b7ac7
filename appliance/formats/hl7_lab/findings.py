"""Every finding about an HL7 laboratory message: LAB-M the message, LAB-S a segment, LAB-R a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.formats.findings import Kind
from appliance.records.finding import Severity

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

KINDS: Final[Mapping[str, Kind]] = {
    # --- the message
    "LAB-M001": Kind(
        _INFO,
        "検査結果のメッセージではありません（{type}）。そのまま保管します。",
        "This message holds no laboratory results ({type}); it is kept as it is.",
    ),
    "LAB-M002": Kind(
        _ERROR,
        "検査結果のメッセージですが、結果（OBX）が 1 件もありません。",
        "The message should hold laboratory results, but there is none (OBX).",
        "検査システムの出力設定を確かめ、もう一度送信してください。",
    ),
    "LAB-M003": Kind(
        _WARNING,
        "メッセージヘッダ（MSH）の文字セットと内容が合いません。{used} として読み取りました。",
        "The character set of the header (MSH-18) is not that of the content; it was read as {used}.",
        "検査システムの文字コードの設定を確かめてください。",
    ),
    "LAB-M004": Kind(
        _ERROR,
        "メッセージヘッダ（MSH）がありません。取り込めません。",
        "There is no message header (MSH); this cannot be taken.",
        "メッセージが途中から始まっていないかを確かめ、もう一度送信してください。",
    ),
    "LAB-M005": Kind(
        _WARNING,
        "患者識別（PID）がありません。どの患者の結果かわかりません。",
        "There is no patient segment (PID): it cannot be told whose results these are.",
        "検査システムの出力設定を確かめてください。",
    ),
    "LAB-M006": Kind(
        _WARNING,
        "患者番号がありません。患者を確かめられないため、保管だけします。",
        "There is no patient number; the results are kept, not linked.",
        "検査依頼に患者番号を付けてください。",
    ),
    "LAB-M007": Kind(
        _INFO,
        "行末が「<cr>」という文字で書かれています。行の終わりとして読み取りました。",
        "Rows end with the letters <cr>; they were read as row ends.",
    ),
    "LAB-M008": Kind(
        _ERROR,
        "行の数が上限を超えています。残りは読み取りません。",
        "There are more rows than are read; the rest is kept, not interpreted.",
        "メッセージを分けて送信してください。",
    ),
    "LAB-M009": Kind(
        _ERROR,
        "ファイルが大きすぎるため、読み取りません。",
        "The file is larger than is read; it is kept, not interpreted.",
        "メッセージを分けて送信してください。",
    ),
    "LAB-M010": Kind(
        _ERROR,
        "1 つのメッセージの行の数が上限を超えています。このメッセージは読み取りません。",
        "One message has more rows than are read; it is kept, not interpreted.",
        "メッセージを分けて送信してください。",
    ),
    # --- a segment
    "LAB-S001": Kind(
        _INFO,
        "セグメントではない行があります。保管しますが、内容は読み取りません。",
        "A row is no segment: kept, not interpreted.",
    ),
    "LAB-S002": Kind(
        _WARNING,
        "長すぎる行があります。保管しますが、内容は読み取りません。",
        "A row is too long: kept, not interpreted.",
    ),
    "LAB-S003": Kind(
        _WARNING,
        "検査要求（OBR）の前に結果（OBX）があります。読み取りません。",
        "A result (OBX) stands before any request (OBR); it is kept, not interpreted.",
        "検査システムの出力設定を確かめてください。",
    ),
    "LAB-S004": Kind(
        _WARNING,
        "文字として読み取れないバイトがあります。「\ufffd」に置き換えて表示します。",
        "Some bytes are no characters of the message's character set; they are shown as \ufffd.",
        "元のデータはそのまま保管されます。",
    ),
    # --- a report
    "LAB-R001": Kind(
        _WARNING,
        "日時が読み取れません。",
        "This date or time cannot be read.",
        "検査システムの出力設定を確かめてください。",
    ),
    "LAB-R002": Kind(
        _WARNING,
        "検査項目のコードも名称もありません。結果は読み取りません。",
        "A result has neither code nor name of its test; it is kept, not interpreted.",
        "検査システムの項目設定を確かめてください。",
    ),
    "LAB-R003": Kind(
        _INFO,
        "結果の値に文書または画像が入っています。この版では値として読み取りません。",
        "The value of a result is a document or picture; this version does not read it as a value.",
    ),
    "LAB-R004": Kind(
        _INFO,
        "取り消された結果が {count} 件あります。取り込みません。",
        "{count} results were taken back by the laboratory; they are not taken.",
    ),
    "LAB-R005": Kind(
        _INFO,
        "まだ最終報告ではない結果が {count} 件あります。",
        "{count} results are not final yet.",
    ),
    "LAB-R006": Kind(
        _INFO,
        "結果の状態が表にありません。最終結果ではないものとして扱います。",
        "The state of a result is not in the table; it is taken as not final.",
    ),
    "LAB-R007": Kind(
        _INFO,
        "まだ結果のない項目が {count} 件あります。",
        "{count} tests have no result yet.",
    ),
    "LAB-R008": Kind(
        _WARNING,
        "数値であるはずの結果が数値ではありません。文字として残します。",
        "A result that should be a number is none; it is kept as words.",
    ),
}
