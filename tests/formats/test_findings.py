import re
import string

import pytest

from appliance.formats.findings import FORMAT_KINDS, Findings, Gathered
from appliance.formats.uke.findings import KINDS
from appliance.limits import FINDINGS_PER_CODE
from appliance.records.finding import Severity

ALL = {**FORMAT_KINDS, **KINDS}


@pytest.mark.parametrize("code", sorted(ALL))
def test_every_kind_speaks_both_languages_with_the_same_figures(code: str):
    kind = ALL[code]
    fields = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (kind.ja, kind.en)
    ]
    assert fields[0] == fields[1]
    assert re.search("[ぁ-んァ-ヶ一-龠]", kind.ja)
    assert kind.en.isascii() or "×" in kind.en or "医科" in kind.en or "社保" in kind.en or "�" in kind.en


@pytest.mark.parametrize("code", sorted(ALL))
def test_every_error_says_what_to_do(code: str):
    if ALL[code].severity is Severity.ERROR:
        assert ALL[code].hint


def test_codes_name_file_row_or_claim():
    assert all(re.fullmatch(r"UKE-[FRC][0-9]{3}", code) for code in KINDS)


def test_a_few_findings_of_a_code_are_kept_and_the_rest_counted():
    findings = Findings(KINDS)
    for line in range(1, FINDINGS_PER_CODE + 6):
        findings.add("UKE-R004", line, "診療開始日")
    findings.add("UKE-R005", 99)
    found = findings.all()
    assert len(found) == FINDINGS_PER_CODE + 1
    assert [f.line for f in found][:3] == [1, 2, 3]
    assert str(FINDINGS_PER_CODE + 5) in found[FINDINGS_PER_CODE - 1].text
    assert "全部で" not in found[0].text


def test_no_text_can_quote_the_source():
    allowed = {
        "rows",
        "declared",
        "counted",
        "volume",
        "count",
        "row_id",
        "name",
        "place",
        "results",
        "limit",
    }
    allowed |= {
        "period",
        "receipt_type",
        "return_type",
        "reason",
    }  # checked against their tables and forms first
    for kind in ALL.values():
        fields = {name for _, name, _, _ in string.Formatter().parse(kind.ja) if name}
        assert fields <= allowed


def test_gathered_findings_are_bounded_alike_and_in_the_order_of_their_lines():
    gathered = Gathered()
    for line in range(FINDINGS_PER_CODE + 30, 0, -1):
        gathered.add(KINDS["UKE-R004"].at("UKE-R004", line, "", {}))
    assert not gathered.has_errors
    gathered.add_all([FORMAT_KINDS["FORMAT-001"].at("FORMAT-001", None, "", {})])
    found = gathered.all()
    assert [finding.line for finding in found] == [None, *range(31, FINDINGS_PER_CODE + 31)]
    assert [finding.line for finding in found if str(FINDINGS_PER_CODE + 30) in finding.text] == [31]
    assert gathered.has_errors
