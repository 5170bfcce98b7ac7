"""The fields of the segments that are read, numbered as in HL7 v2.5 (JAHIS 臨床検査データ交換規約)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its number in the specification and its Japanese name there."""

    number: int
    ja: str


@dataclass(frozen=True, slots=True)
class SegmentLayout:
    """One kind of segment: its title, its fields by name."""

    title: str
    fields: Mapping[str, Field]

    def __getitem__(self, name: str) -> int:
        """The number of a field by its name."""
        return self.fields[name].number

    def ja(self, name: str) -> str:
        return self.fields[name].ja


def _layout(title: str, **fields: tuple[int, str]) -> SegmentLayout:
    return SegmentLayout(title, {name: Field(*field) for name, field in fields.items()})


MSH: Final = _layout(
    "メッセージヘッダ",
    sent=(7, "メッセージ日時"),
    type=(9, "メッセージ型"),
    control_id=(10, "メッセージ制御ID"),
    charset=(18, "文字セット"),
)
PID: Final = _layout(
    "患者識別",
    identifiers=(3, "患者IDリスト"),
    name=(5, "患者氏名"),
    birth=(7, "生年月日"),
    sex=(8, "性別"),
    address=(11, "患者住所"),
    phone=(13, "電話番号－自宅"),
)
ORC: Final = _layout("共通オーダ", placer=(2, "依頼者オーダ番号"), filler=(3, "実施者オーダ番号"))
OBR: Final = _layout(
    "検査要求",
    set_id=(1, "セットID"),
    placer=(2, "依頼者オーダ番号"),
    filler=(3, "実施者オーダ番号"),
    service=(4, "検査項目ID"),
    collected=(7, "検査/採取日時"),
    specimen=(15, "検体採取元"),
    reported=(22, "結果報告日時"),
    status=(25, "結果状態"),
)
SPM: Final = _layout(
    "検体",
    set_id=(1, "セットID"),
    number=(2, "検体ID"),
    material=(4, "検体タイプ"),
    collected=(17, "検体採取日時"),
)
OBX: Final = _layout(
    "検査結果",
    value_type=(2, "値型"),
    test=(3, "検査項目"),
    sub_id=(4, "検査副ID"),
    value=(5, "結果値"),
    unit=(6, "単位"),
    range=(7, "基準値範囲"),
    flag=(8, "異常フラグ"),
    status=(11, "検査結果状態"),
    at=(14, "検査日時"),
    method=(17, "検査方法"),
)
NTE: Final = _layout("注釈", comment=(3, "注釈"))

READ: Final[Mapping[str, SegmentLayout]] = {
    "MSH": MSH,
    "PID": PID,
    "ORC": ORC,
    "OBR": OBR,
    "SPM": SPM,
    "OBX": OBX,
    "NTE": NTE,
}
"""Segments that are read; others are kept and counted."""
