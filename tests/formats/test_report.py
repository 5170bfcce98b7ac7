import hashlib
import json
from pathlib import Path

import pytest

from appliance.formats.report import inspect_report, report_text
from tests.formats.uke.made_up import IR, act, claim, data_of, insurer, receipt, trailer


def test_a_report_has_the_keys_that_others_rely_on():
    data = data_of(IR, *claim(), trailer())
    report = inspect_report("RECEIPTC.UKE", data)
    assert report == {
        "name": "RECEIPTC.UKE",
        "sha256": hashlib.sha256(data).hexdigest(),
        "format": "uke-ika",
        "encoding": "cp932",
        "lines": 6,
        "documents": [
            {
                "kind": "claim",
                "key": report["documents"][0]["key"],
                "facility": "1311234567",
                "patient": {
                    "local_id": "00042",
                    "name": "架空　太郎",
                    "kana": "カクウタロウ",
                    "birth_date": "1950-01-01",
                    "sex": "male",
                },
                "period": "2025-06",
                "points": 75,
                "points_computed": 75,
                "records": {"Patient": 1, "Coverage": 1, "Encounter": 1, "Condition": 1, "Procedure": 1},
            }
        ],
        "source_rows": {"IR": 1, "RE": 1, "HO": 1, "SY": 1, "SI": 1, "GO": 1},
        "returned": [],
        "findings": [],
    }


def test_findings_are_reported_in_the_order_of_lines():
    report = inspect_report("x", data_of(IR, receipt(chart_no=""), insurer(total_points=80), act(points=75)))
    assert [(f["code"], f["line"]) for f in report["findings"]] == [
        ("UKE-F002", None),
        ("UKE-C007", 2),
        ("UKE-C008", 2),
    ]
    assert list(report["findings"][1]) == ["code", "severity", "line", "field", "text", "text_en", "hint"]
    assert report["findings"][1]["severity"] == "info"


def test_a_report_is_plain_json():
    report = inspect_report("x", data_of(IR, receipt(birth_date=""), insurer(), act(points=75)))
    assert json.loads(json.dumps(report, ensure_ascii=False)) == report
    assert report["documents"][0]["patient"]["birth_date"] is None


def test_the_text_is_a_japanese_table():
    text = report_text(inspect_report("RECEIPTC.UKE", data_of(IR, *claim(), trailer())))
    lines = text.splitlines()
    assert lines[0] == "RECEIPTC.UKE: 医科レセプト（uke-ika）、文字コード cp932、6 行"
    assert lines[2] == "  取り込める文書: 1 件"
    assert "昭和25年1月1日（1950年）" in lines[4]
    assert "令和7年6月（2025年）" in lines[4]
    assert lines[4].endswith("保険1 受診1 病名1 行為1")


def test_columns_stand_under_each_other_whatever_their_width():
    rows = [*claim(), receipt(patient_name="A B", chart_no="7"), insurer(total_points=1075), act(points=1075)]
    text = report_text(inspect_report("x", data_of(IR, *rows, trailer(2, 1150))))
    first, second = text.splitlines()[4:6]
    columns = [len(line[: line.index("令和7年6月")].encode("cp932")) for line in (first, second)]
    assert columns[0] == columns[1]
    assert "     75" in first
    assert "  1,075" in second


def test_a_long_name_is_shortened():
    rows = [receipt(patient_name="架空" * 20), insurer(), act(points=75)]
    assert "架空架空架空架空架…" in report_text(inspect_report("x", data_of(IR, *rows)))


def test_an_unreadable_file_says_what_to_do():
    text = report_text(inspect_report("x.bin", b"hello"))
    assert "取り込める文書: なし" in text
    assert "[エラー] FORMAT-001 ファイル全体" in text
    assert "→" in text


@pytest.mark.parametrize("pattern", ["uke/**/*", "nsips/*", "orca/*"])
def test_every_sample_has_a_report_in_json_and_text(pattern: str, shared: Path):
    files = [path for path in (shared / "samples").glob(pattern) if path.is_file()]
    assert files
    for path in files:
        report = inspect_report(path.name, path.read_bytes())
        json.dumps(report)
        assert report_text(report).startswith(path.name)
