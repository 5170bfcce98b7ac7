"""Returned claims, re-review and workers' compensation: recognised and shown, never imported."""

from pathlib import Path

import pytest

from appliance.formats.parse import parse
from appliance.formats.report import inspect_report, report_text
from appliance.formats.uke.rows import read_source, serialise
from appliance.records.document import Format, Returned
from tests.formats.uke.made_up import IR, claim, codes_of, data_of, row

HI = "HI,1,202508,13,1,1234567,,00"


def reason(**items: str | int) -> str:
    sound = {
        "process_month": "202508",
        "return_type": 1,
        "return_reason_code": "L1234",
        "return_reason": "記号・番号の誤り",
        "search_no": "13450607940000030",
    }
    return row("HR", "envelope", **(sound | items))


def test_the_sample_tells_which_claim_came_back_and_why(shared: Path):
    data = (shared / "samples" / "uke" / "constructed" / "RECEIPTC.HEN").read_bytes()
    found = parse(data)
    assert (found.format, found.documents) == (Format.UKE_HENREI, ())
    assert found.returned == (
        Returned(
            line=12,
            receipt_type="1112",
            period="2025-06",
            local_id="00001",
            name="試験　一郎",
            search_no="13450607940000030",
            processed="2025-08",
            kind="事務上の返戻",
            reason_code="L1234",
            reason="記号・番号の誤り",
        ),
    )
    assert serialise(read_source(data)) == data


def test_findings_tell_it_without_personal_data():
    found = parse(
        data_of(HI, *claim(), reason(return_reason="架空太郎さんの番号", return_reason_code="架空"))
    )
    (told,) = (f for f in found.findings if f.code == "UKE-F019")
    assert "2025-06" in told.text
    assert "事務上の返戻" in told.text
    assert "架空" not in told.text + told.text_en + told.hint


def test_the_report_shows_the_payers_words():
    report = inspect_report("RECEIPTC.HEN", data_of(HI, *claim(), reason(), "HG,1,75,99"))
    (shown,) = report["returned"]
    assert (shown["reason"], shown["name"], shown["local_id"]) == ("記号・番号の誤り", "架空　太郎", "00042")
    assert "記号・番号の誤り" in report_text(report)


def test_each_reason_goes_with_the_claim_above_it():
    rows = [HI, *claim(), reason(), claim()[0].replace("00042", "00043"), reason(return_type=5)]
    assert [(r.local_id, r.kind) for r in parse(data_of(*rows)).returned] == [
        ("00042", "事務上の返戻"),
        ("00043", "再審査（診療内容）"),
    ]


@pytest.mark.parametrize(
    ("fee_table", "table", "chart", "expected"),
    [("3", "shika", {"chart_no": "S1"}, "S1"), ("4", "chozai", {}, "")],
)
def test_other_claim_types_are_read_by_their_own_layout(
    fee_table: str, table: str, chart: dict, expected: str
):
    rows = [
        f"HI,1,202508,13,{fee_table},1234567,,00",
        row("RE", table, receipt_type=f"{fee_table}112", care_month="202506", patient_name="架空", **chart),
        reason(),
    ]
    (returned,) = parse(data_of(*rows)).returned
    assert (returned.local_id, returned.name, returned.period) == (expected, "架空", "2025-06")


def test_the_history_says_nothing_of_what_is_returned_now():
    old = f"8,9,0,{reason(return_reason='前回')}"
    found = parse(data_of(HI, *claim(), reason(), old))
    assert [r.reason for r in found.returned] == ["記号・番号の誤り"]
    assert found.source_rows["HR"] == 2


def test_requests_and_results_of_a_re_review_are_counted():
    found = parse(data_of(HI, *claim(), "3,1,0,MD,001,20250801", "4,2,0,MK,001,20250801", "HG,1,75,99"))
    (told,) = (f for f in found.findings if f.code == "UKE-F020")
    assert "1 件" in told.text


def test_a_reason_without_a_claim_is_shown_alone():
    (returned,) = parse(data_of(HI, reason())).returned
    assert (returned.period, returned.name, returned.reason_code) == ("", "", "L1234")


def test_workers_compensation_is_recognised():
    found = parse(data_of(IR, "RE,1,1112,202506", "RR,1,2", "RI,1", "RS,1"))
    assert (found.format, found.documents, codes_of(found)) == (Format.UKE_ROUSAI, (), {"UKE-F014"})
