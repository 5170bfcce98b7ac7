"""Made-up masters in the published layouts: rows as lists of cells, files as bytes, and a compiled file of them.

Every code, name and number here is invented; only the columns are the publishers'.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from appliance.codes.command import build_masters
from appliance.codes.layouts import HOT9, HOT13, SSK, STANDARD_DISEASE, STANDARD_MODIFIER, TEST, Layout
from appliance.codes.lookup import Lookup

ALIVE = "99999999"
DAY = date(2025, 6, 15)

DISEASE, MODIFIER, ACT = SSK["B"], SSK["Z"], SSK["S"]
DRUG, MATERIAL, COMMENT = SSK["Y"], SSK["T"], SSK["C"]


def row(
    layout: Layout,
    code: str,
    name: str = "",
    *,
    change: str = "0",
    listed: str = "",
    changed: str = "",
    abolished: str | None = ALIVE,
    width: int = 0,
    **items: str,
) -> list[str]:
    """A row of a layout by the names of the entry's fields; `abolished` None leaves the cell empty."""
    cells = [""] * (width or max(layout.widths))
    cells[layout.key] = code
    if layout.letter:
        cells[0], cells[1] = change, layout.letter
    if layout.code_at is not None:
        cells[0] = "0"
    for field, value in ({"name": name} | items).items():
        cells[layout.columns[field]] = value
    for column, value in (
        (layout.listed, listed),
        (layout.changed, changed),
        (layout.abolished, abolished or ""),
    ):
        if column is not None and column < len(cells):
            cells[column] = value
    return cells


def change(layout: Layout, code: str, kind: str = "5", **items: str | None) -> list[str]:
    """A row of a difference file: only what changes is filled."""
    return row(layout, code, change=kind, **({"abolished": None} | items))  # type: ignore[arg-type]


def standard_disease(number: str, name: str, receipt: str = "", **items: str) -> list[str]:
    cells = row(STANDARD_DISEASE, number, name, **items)
    cells[10] = receipt
    return cells


def standard_modifier(number: str, name: str, receipt: str = "", **items: str) -> list[str]:
    cells = row(STANDARD_MODIFIER, number, name, **items)
    cells[8] = receipt
    return cells


def package(code: str, name: str, **items: str) -> list[str]:
    """A row of the HOT master: HOT13 or HOT9 by the length of its code."""
    cells = row(HOT13 if len(code) == 13 else HOT9, code, name, **items)
    cells[1] = code[:7]
    return cells


def lab_item(code: str, name: str, listed: str = "", abolished: str = "", **items: str) -> list[str]:
    return row(TEST, code, name, listed=listed, abolished=abolished, **items)


HOT_HEADINGS = [
    "基準番号（ＨＯＴコード）",
    "処方用番号（ＨＯＴ７）",
    *(f"項目{n}" for n in range(2, 24)),
]
TEST_HEADINGS = [
    *("項目分類名", "予備分類名", "救急", "生活習慣病", "データ区分", "大項目"),
    *("FHIR項目名", "FHIR識別名", "略称", "販売名"),
    *("JLAC11材料", "JLAC11測定法", "JLAC11コード", "表示単位1", "表示単位2", "XML単位1", "XML単位2"),
    *("JLAC10材料", "JLAC10測定法", "JLAC10コード", "基準値下限", "基準値上限", "判定", "データ型"),
    *("入力下限", "入力上限", "数値形式", "コード値", "OID", "表示順", "開始日", "終了日"),
]
USAGE_HEADINGS = ["用法コード", "用法名称"]
LINK_HEADINGS = ["院内システム", "院内コード", "標準システム", "標準コード", "名称", "開始日", "終了日"]


def csv_bytes(*rows: Sequence[str], encoding: str = "cp932", end: str = "\r\n", quoted: bool = True) -> bytes:
    """A master as its publisher writes it: every cell quoted, CRLF, cp932."""
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue().encode(encoding)


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip of members by their names."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def masters() -> dict[str, bytes]:
    """A small set of every master, consistent with one another."""
    return {
        "b_20240601.txt": csv_bytes(
            row(
                DISEASE,
                "1000001",
                "架空高血圧症",
                management_no="20000001",
                exchange_code="AA01",
                icd10="I10",
            ),
            row(
                DISEASE,
                "1000002",
                "架空糖尿病性網膜症",
                management_no="20000002",
                exchange_code="AA02",
                icd10="E143",
                icd10_second="H360",
                listed="20080401",
            ),
            row(
                DISEASE, "1000003", "新しい架空病", management_no="20000003", icd10="Z001", listed="20250701"
            ),
            row(
                DISEASE, "1000004", "昔の架空病", management_no="20000004", icd10="Z002", abolished="20241231"
            ),
            row(DISEASE, "1000005", "分類のない架空病", management_no="20000005", exchange_code="AA05"),
            row(DISEASE, "0000999", "未コード化傷病名", management_no="20084317", exchange_code="0000"),
        ),
        "z_20240601.txt": csv_bytes(
            row(
                MODIFIER,
                "8002",
                "の疑い",
                management_no="27000001",
                exchange_code="MM01",
                category="A8000000",
            ),
            row(MODIFIER, "2056", "右", management_no="27000002", exchange_code="MM02", category="A2000000"),
        ),
        "s_ALL20240531.csv": csv_bytes(row(ACT, "112000001", "架空再診料", full_name="架空再診料（基本）")),
        "y_ALL20240321.csv": csv_bytes(
            row(
                DRUG,
                "620000001",
                "架空錠５ｍｇ",
                unit="錠",
                yakka_code="1111001F1011",
                full_name="架空錠５ｍｇ",
            ),
            row(
                DRUG,
                "620000002",
                "統一錠「甲」",
                unit="錠",
                yakka_code="2222002F1019",
                generic_name="【般】統一錠",
            ),
            row(DRUG, "620000003", "統一錠「乙」", unit="錠", yakka_code="2222002F1019"),
            row(DRUG, "620000004", "薬価のない薬", unit="ｇ"),
            row(
                DRUG, "620000005", "去年までの錠", unit="錠", yakka_code="3333003F1018", abolished="20250331"
            ),
            row(
                DRUG,
                "620000006",
                "一般の錠",
                unit="錠",
                yakka_code="4444004F1012",
                generic_code="4444004F1ZZZ",
                generic_name="【般】一般錠",
            ),
        ),
        "t_ALL20250228.csv": csv_bytes(row(MATERIAL, "710000001", "架空カテーテル", unit="本")),
        "c_ALL20250307.csv": csv_bytes(
            row(COMMENT, "810000001", "", pattern="10"),
            row(COMMENT, "820000001", "外来にて請求済み", pattern="20"),
            row(COMMENT, "850000001", "初回年月日；", pattern="50"),
        ),
        "MEDIS20250630_HOT9.TXT": csv_bytes(
            HOT_HEADINGS,
            package(
                "100000101",
                "架空錠５ｍｇ（甲社）",
                yakka_code="1111001F1011",
                yj_code="1111001F1011",
                receipt_code="620000001",
            ),
            package(
                "200000101",
                "統一錠「甲」",
                yakka_code="2222002F1019",
                yj_code="2222002F1027",
                receipt_code="620000002",
            ),
            package(
                "200000201",
                "統一錠「乙」",
                yakka_code="2222002F1019",
                yj_code="2222002F1035",
                receipt_code="620000003",
                receipt_code_2="666666666",
            ),
            package(
                "300000101",
                "二社の錠「丙」",
                yakka_code="5555005F1013",
                yj_code="5555005F1021",
                receipt_code="620000007",
            ),
            package(
                "300000201",
                "二社の錠「丁」",
                yakka_code="5555005F1013",
                yj_code="5555005F1030",
                receipt_code="620000007",
            ),
        ),
        "MEDIS20250630.TXT": csv_bytes(
            HOT_HEADINGS,
            package(
                "1000001010101",
                "架空錠５ｍｇ（甲社）",
                jan="4987000000019",
                yakka_code="1111001F1011",
                yj_code="1111001F1011",
                receipt_code="620000001",
            ),
            package(
                "1000001010102",
                "架空錠５ｍｇ（甲社）",
                jan="4987000000026",
                yakka_code="1111001F1011",
                yj_code="1111001F1011",
                receipt_code="620000001",
            ),
        ),
        "nmain518.txt": csv_bytes(
            standard_disease("20000001", "架空高血圧症", "1000001", exchange_code="AA01", icd10="I10"),
            standard_disease("20000900", "請求できない架空病", exchange_code="AA90", icd10="Z900"),
            quoted=False,
        ),
        "mdfy518.txt": csv_bytes(standard_modifier("27000900", "架空の", exchange_code="MM90"), quoted=False),
        "jlac.csv": csv_bytes(
            TEST_HEADINGS,
            lab_item("3B035000002327201", "ＡＳＴ", "20200401", short_name="AST", unit="U/L"),
            lab_item("2A990000001930952", "赤血球数", short_name="RBC"),
            lab_item("2A990000001930952", "白血球数", short_name="WBC"),
            encoding="utf-8",
        ),
        "jami_usage.csv": csv_bytes(USAGE_HEADINGS, ["1013044400000000", "内服・経口・１日３回朝昼夕食後"]),
        "taiou.csv": csv_bytes(
            LINK_HEADINGS,
            [
                "urn:x-test:lab",
                "GOT",
                "http://medis.or.jp/CodeSystem/master-JLAC10-17digits",
                "3B035000002327201",
                "ＡＳＴ",
                "",
                "",
            ],
            [
                "urn:x-test:lab",
                "GPT",
                "http://medis.or.jp/CodeSystem/master-JLAC10-17digits",
                "3B045000002327201",
                "",
                "",
                "2024-12-31",
            ],
            [
                "urn:x-test:usage",
                "U1",
                "http://jami.jp/CodeSystem/MedicationUsage",
                "1013044400000000",
                "",
                "",
                "",
            ],
        ),
    }


def folder_of(path: Path, files: dict[str, bytes]) -> Path:
    """A folder that holds these files."""
    path.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (path / name).write_bytes(data)
    return path


@contextmanager
def lookup_of(path: Path, files: dict[str, bytes]) -> Iterator[Lookup]:
    """A Lookup over these files, compiled."""
    summary = build_masters(folder_of(path / "masters", files), path / "masters.db")
    with Lookup(summary.out) as lookup:
        yield lookup
