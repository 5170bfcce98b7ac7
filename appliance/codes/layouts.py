"""The columns of each master, counted from 0, as their publishers describe them (マスターファイル仕様説明書; MEDIS; JLAC).

A layout names only what is used: where the code stands, which columns tell its validity, and which become which field of
its entry. Columns that later editions add at the end change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from appliance.codes.entries import (
    Act,
    Comment,
    Disease,
    Drug,
    Entry,
    Examination,
    Link,
    Material,
    Modifier,
    Package,
    Usage,
)


class Master(StrEnum):
    """Every master that is read."""

    DISEASE = "disease"
    MODIFIER = "modifier"
    ACT = "act"
    DRUG = "drug"
    MATERIAL = "material"
    COMMENT = "comment"
    STANDARD_DISEASE = "standard-disease"
    STANDARD_MODIFIER = "standard-modifier"
    HOT9 = "hot9"
    HOT13 = "hot13"
    USAGE = "usage"
    TEST = "test"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Layout:
    """One master: `letter` is its マスター種別 (empty: the file has none), `code` the pattern of its key column.

    `min_width` columns at least, `widths` those seen. `columns` maps entry fields to columns; `needed` fields may not be
    empty in a whole row. `listed`, `changed`, `abolished` are the columns of 収載, 変更 and 廃止年月日 (or 開始, 終了).
    `change_type` None: the file has no 変更区分, and its newest edition replaces the older ones. `repeats`: a code may
    stand in several rows. `code_at` is the column of the entry's code where that is not the key; it may be empty.
    `void` values of any column count as empty.
    """

    master: Master
    title: str
    entry: type[Entry]
    key: int
    code: str
    min_width: int
    widths: frozenset[int]
    columns: Mapping[str, int]
    letter: str = ""
    needed: tuple[str, ...] = ("name",)
    listed: int | None = None
    changed: int | None = None
    abolished: int | None = None
    change_type: int | None = None
    repeats: bool = False
    code_at: int | None = None
    void: frozenset[str] = field(default=frozenset())


CHANGE_TYPES: Final = frozenset("012359")
"""変更区分: 0 same, 1 抹消, 2 復活, 3 新規, 5 変更, 9 廃止."""

_DISEASE = Layout(
    Master.DISEASE,
    "傷病名マスター",
    Disease,
    key=2,
    code=r"[0-9]{7}",
    min_width=46,
    widths=frozenset({46}),
    letter="B",
    columns={
        "name": 5,
        "kana": 9,
        "management_no": 10,
        "exchange_code": 12,
        "icd10": 15,
        "icd10_second": 16,
        "successor": 3,
    },
    change_type=0,
    listed=21,
    changed=22,
    abolished=23,
)
_MODIFIER = Layout(
    Master.MODIFIER,
    "修飾語マスター",
    Modifier,
    key=2,
    code=r"[0-9]{4}",
    min_width=19,
    widths=frozenset({19}),
    letter="Z",
    columns={"name": 6, "kana": 9, "management_no": 16, "exchange_code": 17, "category": 18},
    change_type=0,
    listed=13,
    changed=14,
    abolished=15,
)
_ACT = Layout(
    Master.ACT,
    "医科診療行為マスター",
    Act,
    key=2,
    code=r"1[0-9]{8}",
    min_width=137,
    widths=frozenset({150}),
    letter="S",
    columns={"name": 4, "kana": 6, "full_name": 112},
    change_type=0,
    changed=86,
    abolished=87,
)
_DRUG = Layout(
    Master.DRUG,
    "医薬品マスター",
    Drug,
    key=2,
    code=r"6[0-9]{8}",
    min_width=35,
    widths=frozenset({35, 40, 42}),
    letter="Y",
    columns={
        "name": 4,
        "kana": 6,
        "unit": 9,
        "form": 27,
        "yakka_code": 31,
        "generic_code": 36,
        "generic_name": 37,
        "full_name": 34,
    },
    change_type=0,
    listed=35,
    changed=29,
    abolished=30,
)
_MATERIAL = Layout(
    Master.MATERIAL,
    "特定器材マスター",
    Material,
    key=2,
    code=r"7[0-9]{8}",
    min_width=37,
    widths=frozenset({37, 38}),
    letter="T",
    columns={"name": 4, "kana": 6, "unit": 9, "full_name": 36},
    change_type=0,
    changed=27,
    abolished=29,
)
_COMMENT = Layout(
    Master.COMMENT,
    "コメントマスター",
    Comment,
    key=22,
    code=r"8[0-9]{8}",
    min_width=24,
    widths=frozenset({30}),
    letter="C",
    columns={
        "name": 6,
        "kana": 8,
        "pattern": 3,
        "at1": 9,
        "len1": 10,
        "at2": 11,
        "len2": 12,
        "at3": 13,
        "len3": 14,
        "at4": 15,
        "len4": 16,
    },
    needed=("pattern",),
    change_type=0,
    changed=20,
    abolished=21,
)

# MEDIS ICD10対応標準病名マスター: 病名基本テーブル (nmain) and 修飾語テーブル (mdfy). Their 変更区分 says what changed from the
# edition before; it ends nothing, so it is not read.
STANDARD_DISEASE: Final = Layout(
    Master.STANDARD_DISEASE,
    "ICD10対応標準病名マスター 病名基本テーブル",
    Disease,
    key=1,
    code=r"[0-9]{8}",
    min_width=20,
    widths=frozenset({20}),
    columns={
        "name": 2,
        "kana": 3,
        "management_no": 1,
        "exchange_code": 5,
        "icd10": 6,
        "icd10_second": 7,
    },
    changed=14,
    code_at=10,
)
STANDARD_MODIFIER: Final = Layout(
    Master.STANDARD_MODIFIER,
    "ICD10対応標準病名マスター 修飾語テーブル",
    Modifier,
    key=1,
    code=r"[0-9]{8}",
    min_width=10,
    widths=frozenset({10}),
    columns={"name": 2, "kana": 3, "management_no": 1, "exchange_code": 4, "category": 6},
    code_at=8,
)

_HOT_COLUMNS: Final = {
    "name": 11,
    "jan": 5,
    "yakka_code": 6,
    "yj_code": 7,
    "receipt_code": 8,
    "receipt_code_2": 9,
    "spec": 13,
}
_NO_RECEIPT_CODE = frozenset({"666666666"})
"""What the HOT master writes where a drug has no receipt code."""


def _hot(master: Master, digits: int) -> Layout:
    return Layout(
        master,
        f"医薬品HOTコードマスター（HOT{digits}）",
        Package,
        key=0,
        code=rf"[0-9]{{{digits}}}",
        min_width=24,
        widths=frozenset({24}),
        columns=_HOT_COLUMNS,
        changed=23,
        void=_NO_RECEIPT_CODE,
    )


HOT9: Final = _hot(Master.HOT9, 9)
HOT13: Final = _hot(Master.HOT13, 13)

TEST: Final = Layout(
    Master.TEST,
    "共有項目JLACコードマスター",
    Examination,
    key=19,
    code=r"[0-9A-Z]{17}",
    min_width=32,
    widths=frozenset({32}),
    columns={"name": 6, "short_name": 8, "jlac11": 12, "unit": 13},
    listed=30,
    abolished=31,
    repeats=True,
)

SSK: Final = {layout.letter: layout for layout in (_DISEASE, _MODIFIER, _ACT, _DRUG, _MATERIAL, _COMMENT)}
"""The masters of 社会保険診療報酬支払基金 and 厚生労働省, by their マスター種別."""

# Tables whose columns are known by their headings, in any order.
USAGE_HEADINGS: Final = {"code": "用法コード", "name": "用法名称", "listed": "開始日", "abolished": "終了日"}
LINK_HEADINGS: Final = {
    "system": "院内システム",
    "code": "院内コード",
    "target_system": "標準システム",
    "target_code": "標準コード",
    "name": "名称",
    "listed": "開始日",
    "abolished": "終了日",
}
DATES: Final = ("listed", "abolished")


def usage_layout(places: Mapping[str, int], width: int) -> Layout:
    """標準用法 (JAMI) as a table with headings at these places."""
    return _headed(
        Master.USAGE,
        "標準用法マスター",
        Usage,
        r"[0-9A-Z]{16}",
        places,
        width,
        needed=("name",),
        repeats=False,
    )


def link_layout(places: Mapping[str, int], width: int) -> Layout:
    """The clinic's own 対応表 with headings at these places."""
    needed = ("system", "target_system", "target_code")
    return _headed(Master.LINK, "院内コード対応表", Link, r".+", places, width, needed=needed, repeats=True)


def _headed(
    master: Master,
    title: str,
    entry: type[Entry],
    code: str,
    places: Mapping[str, int],
    width: int,
    *,
    needed: tuple[str, ...],
    repeats: bool,
) -> Layout:
    columns = {name: place for name, place in places.items() if name not in (*DATES, "code")}
    return Layout(
        master,
        title,
        entry,
        key=places["code"],
        code=code,
        min_width=width,
        widths=frozenset({width}),
        columns=columns,
        needed=needed,
        listed=places.get("listed"),
        abolished=places.get("abolished"),
        repeats=repeats,
    )
