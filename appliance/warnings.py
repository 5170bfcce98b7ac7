"""Every condition of the box that is shown to staff and operator, by a stable code: one list for screens and commands.

Troubles of sources are counted by their code (`intake` writes them down); this list puts them into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from appliance.sources import SourceKind

_CALL_JA: Final = "続くときは運用者に連絡してください。"
_CALL_EN: Final = "If it goes on, call the operator."
LEVELS: Final = ("error", "warning", "info")
"""Gravest first."""


@dataclass(frozen=True, slots=True)
class BoxWarning:
    """What is wrong, and what to do. `level` is one of LEVELS."""

    level: str
    ja: str
    en: str
    hint_ja: str
    hint_en: str


ANY_SOURCE: Final[Mapping[str, BoxWarning]] = {
    "store-full": BoxWarning(
        "error",
        "機器の保存領域に空きがないため、取り込みを止めています。",
        "The box's storage is full: nothing is taken in.",
        "データは元の場所に残っています。運用者に連絡してください。",
        "The data stay where they are. Call the operator.",
    ),
    "store-unwritable": BoxWarning(
        "error",
        "機器の保存領域に書き込めないため、取り込みを止めています。",
        "The box's storage cannot be written: nothing is taken in.",
        "データは元の場所に残っています。運用者に連絡してください。",
        "The data stay where they are. Call the operator.",
    ),
    "hanging": BoxWarning(
        "warning",
        "取り込み元が応答しないまま止まっています。つなぎ直しています。",
        "The source hangs; it is being connected anew.",
        f"相手のパソコンや装置の電源と配線を確かめてください。{_CALL_JA}",
        f"Check that the other computer or device is on, and its cable. {_CALL_EN}",
    ),
    "ended": BoxWarning(
        "warning",
        "取り込み元の読み取りが途中で終わりました。やり直しています。",
        "Reading the source ended; it is being started anew.",
        _CALL_JA,
        _CALL_EN,
    ),
    "unknown": BoxWarning(
        "warning",
        "取り込み元に問題があります。",
        "Something is wrong with the source.",
        f"`renkei doctor` で確かめてください。{_CALL_JA}",
        f"See `renkei doctor`. {_CALL_EN}",
    ),
}
"""Troubles of any source, and of the box's own side of it."""

OF_KIND: Final[Mapping[SourceKind, Mapping[str, BoxWarning]]] = {
    SourceKind.FOLDER: {
        "away": BoxWarning(
            "error",
            "フォルダーが見つかりません。",
            "The folder is away.",
            "機器の設定のフォルダーがあるかを確かめてください。",
            "Check that the folder of the settings is there.",
        ),
    },
    SourceKind.SHARE: {
        "away": BoxWarning(
            "warning",
            "レセコンの共有フォルダーにつながりません。",
            "The receipt computer's share does not answer.",
            "レセコンの電源が入っているか、スリープしていないか、LAN ケーブルを確かめてください。",
            "Check that the receipt computer is on and awake, and its cable.",
        ),
    },
    SourceKind.SERIAL: {
        "away": BoxWarning(
            "warning",
            "シリアルの装置が見つかりません。",
            "The serial device is not there.",
            "USB のケーブルが抜けていないか、装置の電源を確かめてください。",
            "Check the USB cable, and that the device is on.",
        ),
        "away-in-use": BoxWarning(
            "warning",
            "シリアルの装置を、他のプログラムが使っています。",
            "Another program uses the serial device.",
            "他のプログラムを終わらせるか、別のポートにつないでください。",
            "End the other program, or use another port.",
        ),
        "away-not-allowed": BoxWarning(
            "error",
            "シリアルの装置を使う権限がありません。",
            "The serial device may not be used.",
            "運用者に連絡してください。",
            "Call the operator.",
        ),
        "check": BoxWarning(
            "warning",
            "装置からの電文に誤りがあり、受け取りを断りました。",
            "Messages of the device were damaged, and were refused.",
            f"通信速度とパリティ、ケーブルを確かめてください。装置に送信失敗の表示があれば、もう一度送信してください。{_CALL_JA}",
            f"Check baud rate, parity and cable; send again what the device shows as not sent. {_CALL_EN}",
        ),
        "cut": BoxWarning(
            "warning",
            "装置からの電文が途中で止まりました。",
            "Messages of the device stopped before their end.",
            f"ケーブルと電源を確かめ、もう一度送信するか読み取ってください。{_CALL_JA}",
            f"Check cable and power, and send or scan again. {_CALL_EN}",
        ),
        "not-repeated": BoxWarning(
            "warning",
            "装置が送信を途中でやめ、送り直していません。届いた分だけを保管しています。",
            "The device gave a message up half-way and did not send it again; what came is kept.",
            "装置の画面で送信の結果を確かめ、もう一度送信してください。",
            "See on the device what was not sent, and send it again.",
        ),
        "noise": BoxWarning(
            "info",
            "装置から、電文ではないものが届きました。",
            "The device sent something that is no message.",
            "続くときは、通信の方式と通信速度の設定を確かめてください（`renkei intake capture`）。",
            "If it goes on, check profile and baud rate (`renkei intake capture`).",
        ),
        "line-errors": BoxWarning(
            "warning",
            "シリアルの回線に誤りがあります（パリティ、枠、取りこぼし）。",
            "The serial line has errors (parity, framing, overrun).",
            f"通信速度とパリティの設定、ケーブルを確かめてください。{_CALL_JA}",
            f"Check baud rate, parity and cable. {_CALL_EN}",
        ),
        "too-long": BoxWarning(
            "warning",
            "装置からの電文が長すぎるため、受け取れませんでした。",
            "A message of the device was too long and was not taken.",
            _CALL_JA,
            _CALL_EN,
        ),
        "incomplete": BoxWarning(
            "warning",
            "分割された二次元コードが、すべては読み取られていません。",
            "Not all codes of a split form were scanned.",
            "すべての二次元コードを、もう一度 1 つ目から順に読み取ってください。",
            "Scan all its codes again, from the first on.",
        ),
        "untaken": BoxWarning(
            "error",
            "装置から届いた電文を、まだ保管できていません。",
            "Messages of the device wait and are not stored yet.",
            "機器の電源を切らずに、運用者に連絡してください。",
            "Leave the box on, and call the operator.",
        ),
    },
    SourceKind.ORCA: {
        "away": BoxWarning(
            "warning",
            "ORCA のサーバーが応答しません。",
            "The ORCA server does not answer.",
            "ORCA のサーバーの電源と LAN ケーブルを確かめてください。",
            "Check that the ORCA server is on, and its cable.",
        ),
    },
}


def of_source(kind: SourceKind, troubles: Iterable[str]) -> list[BoxWarning]:
    """What a source's troubles are in words, gravest first."""
    found = [warning_of(kind, trouble) for trouble in troubles]
    return sorted(found, key=lambda one: LEVELS.index(one.level))


def warning_of(kind: SourceKind, trouble: str) -> BoxWarning:
    """One trouble in words; what is in no list is told to be unknown."""
    return OF_KIND[kind].get(trouble) or ANY_SOURCE.get(trouble) or ANY_SOURCE["unknown"]
