"""What `renkei inspect` says of a file: one dictionary a file (design: the command line), and the same as a Japanese table.

The report shows personal data; it is made only for a person who asked for it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from appliance.formats.parse import FORMAT_NAMES, OpenFile, open_documents, opened
from appliance.formats.together import Group, groups_of
from appliance.records.administrative import Sex
from appliance.records.dates import YearMonth, show_date, show_month
from appliance.records.document import Document, Format, Parsed
from appliance.records.finding import Finding
from appliance.records.readable import Readable, sha256_of

_SEXES = {Sex.MALE: "男", Sex.FEMALE: "女", Sex.OTHER: "その他", Sex.UNKNOWN: "不明"}
_SEVERITIES = {"error": "エラー", "warning": "注意", "info": "情報"}
_RECORD_NAMES = {
    "Patient": "患者",
    "Coverage": "保険",
    "Encounter": "受診",
    "Condition": "病名",
    "Procedure": "行為",
    "MedicationRequest": "薬剤",
    "MedicationDispense": "調剤",
    "DeviceUseStatement": "器材",
    "Observation": "記述",
    "AllergyIntolerance": "アレルギー",
    "Organization": "医療機関",
    "Practitioner": "医療者",
}
_COLUMNS = ("", "カルテ番号", "氏名", "性別", "生年月日", "診療年月", "点数", "計算", "記録")
_NUMBER_COLUMNS = frozenset({_COLUMNS.index(""), _COLUMNS.index("点数"), _COLUMNS.index("計算")})
_NAME_COLUMNS = 20
_ELLIPSIS = "…"


def inspect_report(name: str, data: Readable) -> dict[str, object]:
    """The report of one file, keys as the command line promises them; `name` is shown, never judged by."""
    return _reported(name, data, open_documents(data))[0]


def report_of(name: str, data: Readable, parsed: Parsed) -> dict[str, object]:
    """The report of a file that has been parsed already."""
    return _reported(name, data, opened(parsed))[0]


def inspect_reports(
    files: Sequence[tuple[str, Readable]],
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The report of each file, and of those that belong together (volumes of a set, parts of a split file)."""
    reported = [_reported(name, data, open_documents(data)) for name, data in files]
    groups = groups_of([data for _, data in files], [parsed for _, parsed in reported])
    return [report for report, _ in reported], [
        _group([name for name, _ in files], group) for group in groups
    ]


def _group(names: Sequence[str], group: Group) -> dict[str, object]:
    return {
        "kind": group.kind,
        "names": [names[place] for place in group.places],
        "complete": group.complete,
        "documents": group.documents,
        "findings": [_finding(finding) for finding in group.findings],
    }


def _reported(name: str, data: Readable, file: OpenFile) -> tuple[dict[str, object], Parsed]:
    """The report of a file, and what it is with no more than its first document: a large one is never held whole."""
    first: tuple[Document, ...] = ()
    documents: list[dict[str, object]] = []
    findings: list[Finding] = []
    for document in file:
        first = first or (document,)
        documents.append(_document(document))
        findings.extend(document.findings)
    about = file.about
    in_order = sorted([*about.findings, *findings], key=lambda finding: finding.line or 0)
    report: dict[str, object] = {
        "name": name,
        "sha256": sha256_of(data).hex(),
        "format": about.format.value,
        "encoding": about.encoding,
        "lines": about.lines,
        "documents": documents,
        "source_rows": dict(about.source_rows),
        "returned": [asdict(returned) for returned in about.returned],
        "findings": [_finding(finding) for finding in in_order],
    }
    return report, replace(about, documents=first)


def _document(document: Document) -> dict[str, object]:
    patient = document.patient
    return {
        "kind": document.kind.value,
        "key": document.key,
        "facility": document.facility,
        "patient": {
            "local_id": patient.local_id,
            "name": patient.name.text,
            "kana": patient.name.kana,
            "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
            "sex": patient.sex.value,
        },
        "period": document.period,
        "points": document.points,
        "points_computed": document.points_computed,
        "records": document.record_counts(),
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "line": finding.line,
        "field": finding.field,
        "text": finding.text,
        "text_en": finding.text_en,
        "hint": finding.hint,
    }


def report_text(report: Mapping[str, Any]) -> str:
    """A report as a table for a terminal, Japanese."""
    kind = FORMAT_NAMES[Format(report["format"])]
    encoding = f"、文字コード {report['encoding']}" if report["encoding"] else ""
    parts = [
        f"{report['name']}: {kind}（{report['format']}）{encoding}、{report['lines']} 行",
        _rows_text(report["source_rows"]),
        _documents_text(report["documents"]),
        _returned_text(report["returned"]),
        *(_finding_text(finding) for finding in report["findings"]),
    ]
    return "\n".join(part for part in parts if part)


def group_text(group: Mapping[str, Any]) -> str:
    """What files that belong together make, Japanese."""
    kind = {"volumes": "分冊", "parts": "分割データ"}[group["kind"]]
    whole = "すべてそろっています" if group["complete"] else "そろっていません"
    head = f"{'、'.join(group['names'])}: 一つの{kind}です。{whole}（文書 {group['documents']} 件）。"
    return "\n".join([head, *(_finding_text(finding) for finding in group["findings"])])


def _rows_text(rows: Mapping[str, int]) -> str:
    return "  行の種類: " + " ".join(f"{row_id} {count}" for row_id, count in rows.items()) if rows else ""


def _documents_text(documents: Sequence[Mapping[str, Any]]) -> str:
    if not documents:
        return "  取り込める文書: なし"
    lines = [_document_line(number, document) for number, document in enumerate(documents, 1)]
    return f"  取り込める文書: {len(documents)} 件\n" + _table([_COLUMNS, *lines])


def _returned_text(returned: Sequence[Mapping[str, Any]]) -> str:
    """What the payer sent back: which claim, and the payer's reason in its own words."""
    if not returned:
        return ""
    lines = [
        "    "
        + "  ".join(part for part in (_period_text(one["period"]), one["local_id"], one["name"]) if part)
        + f": {one['kind']} {one['reason_code']} {one['reason']} {one['supplement']}".rstrip()
        for one in returned
    ]
    return f"  返戻されたレセプト: {len(returned)} 件\n" + "\n".join(lines)


def _document_line(number: int, document: Mapping[str, Any]) -> tuple[str, ...]:
    patient = document["patient"]
    records = " ".join(
        f"{_RECORD_NAMES.get(name, name)}{count}"
        for name, count in document["records"].items()
        if name != "Patient"
    )
    return (
        str(number),
        patient["local_id"],
        _shortened(patient["name"], _NAME_COLUMNS),
        _SEXES[Sex(patient["sex"])],
        _birth_text(patient["birth_date"]),
        _period_text(document["period"]),
        _points_text(document["points"]),
        _points_text(document["points_computed"]),
        records,
    )


def _birth_text(iso: str | None) -> str:
    return show_date(date.fromisoformat(iso)) if iso else "—"


def _period_text(period: str) -> str:
    year, _, month = period.partition("-")
    return show_month(YearMonth(int(year), int(month))) if year.isdecimal() and month.isdecimal() else period


def _points_text(points: int | None) -> str:
    return "—" if points is None else f"{points:,}"


def _finding_text(finding: Mapping[str, Any]) -> str:
    place = f"{finding['line']} 行目" if finding["line"] else "ファイル全体"
    item = f"「{finding['field']}」" if finding["field"] else ""
    line = f"  [{_SEVERITIES[finding['severity']]}] {finding['code']} {place}{item}: {finding['text']}"
    return f"{line}\n      → {finding['hint']}" if finding["hint"] else line


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join("    " + "  ".join(_padded(row, widths)).rstrip() for row in rows)


def _padded(row: Sequence[str], widths: Iterable[int]) -> list[str]:
    """Cells in columns: the numbers of 点数 and 計算 stand to the right."""
    cells = []
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        blank = " " * (width - _width(cell))
        cells.append(blank + cell if place in _NUMBER_COLUMNS else cell + blank)
    return cells


def _width(text: str) -> int:
    """Columns that a text takes in a terminal: two for wide and full-width characters."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def _shortened(text: str, columns: int) -> str:
    shown = text
    while _width(shown) > columns:
        shown = shown.removesuffix(_ELLIPSIS)[:-1] + _ELLIPSIS
    return shown
