"""Made-up claim files in bytes, row by row, so that each test shows the one thing it is about.

`claim()` is a small sound outpatient claim of three days' worth of rows; `document_of` parses one and returns its document.
"""

from __future__ import annotations

from appliance.formats.parse import parse
from appliance.formats.uke.layout import layouts
from appliance.records.document import Document, Parsed

IKA = layouts("ika")

IR = "IR,1,13,1,1234567,,架空クリニック,202507,00,03-0000-0000"
MONTH = "202506"


def row(row_id: str, table: str = "ika", **items: str | int) -> str:
    """A full row of a layout, its items by name; the rest empty."""
    layout = layouts(table)[row_id]
    values = [""] * layout.width
    values[0] = row_id
    for name, value in items.items():
        values[layout[name]] = str(value)
    return ",".join(values)


def receipt(**items: str | int) -> str:
    sound = {
        "receipt_no": 1,
        "receipt_type": "1112",
        "care_month": MONTH,
        "patient_name": "架空　太郎",
        "sex": 1,
        "birth_date": "19500101",
        "chart_no": "00042",
        "patient_kana": "カクウタロウ",
    }
    return row("RE", **(sound | items))


def insurer(**items: str | int) -> str:
    sound = {
        "insurer_no": "06132013",
        "insured_symbol": "１２",
        "insured_number": "３４５",
        "actual_days": 1,
        "total_points": 75,
    }
    return row("HO", **(sound | items))


def act(
    row_id: str = "SI", *, category: str = "12", days: dict[int, int] | None = None, **items: str | int
) -> str:
    """An SI, IY or TO row; `days` is day → count, and 回数 their sum unless it is given."""
    days = {3: 1} if days is None else days
    code = {"SI": "procedure_code", "IY": "drug_code", "TO": "material_code"}[row_id]
    sound: dict[str, str | int] = {
        "care_category": category,
        "burden_type": "1",
        code: f"{len(row_id)}12007410",
    }
    sound["count"] = sum(days.values())
    marks = {f"day_{day}": count for day, count in days.items()}
    return row(row_id, **(sound | marks | items))


def comment(text: str, *, category: str = "", code: str = "810000001") -> str:
    return row("CO", care_category=category, burden_type="1", comment_code=code, comment_text=text)


def disease(**items: str | int) -> str:
    return row("SY", **({"disease_code": "8833421", "start_date": "20230110", "outcome": 1} | items))


def claim(*extra: str) -> list[str]:
    """RE, HO, SY and one SI row of 75 points on the 3rd, with more rows behind them."""
    return [receipt(), insurer(), disease(), act(points=75), *extra]


def trailer(count: int = 1, points: int = 75, volume: str = "99") -> str:
    return row("GO", total_count=count, total_points=points, volume_id=volume)


def data_of(*rows: str, encoding: str = "cp932", end: bytes = b"\r\n", mark: bytes = b"\x1a") -> bytes:
    """The bytes of a file as a receipt computer writes it."""
    return b"".join(text.encode(encoding) + end for text in rows) + mark


def parsed(*rows: str) -> Parsed:
    """A file of these rows between a sound IR and nothing else, parsed."""
    return parse(data_of(IR, *rows))


def document_of(*rows: str) -> Document:
    """The one document of a file of these rows under a sound IR."""
    (document,) = parsed(*rows).documents
    return document


def codes_of(found: Parsed | Document) -> set[str]:
    """The codes of all findings, but for a missing trailer, which these small files seldom have."""
    findings = found.all_findings if isinstance(found, Parsed) else found.findings
    return {finding.code for finding in findings} - {"UKE-F002"}
