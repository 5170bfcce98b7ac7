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
