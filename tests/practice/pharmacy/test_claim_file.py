"""RECEIPTY.CYO: every total is the exact sum of what stands in its rows, read by hand."""

from __future__ import annotations

from typing import Any

from appliance.formats.parse import parse
from appliance.formats.uke.tables import BURDEN
from appliance.practice.made import MadeFile
from appliance.records.clinical import MedicationDispense
from appliance.records.document import Format
from appliance.records.finding import Severity
from tests.practice.reading import Rows, claims_of, comma_rows, of

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]
CZ_POINTS = ((6, 10), (6, 13), (57, 61))
"""Burden and points of 薬剤調製料, 薬剤料, 調剤管理料."""
KI_POINTS = ((3, 5, None), (7, 10, 9), (11, 14, 13), (69, 72, 71))
"""Burden, points and times of 調剤基本料, two of 薬学管理料, 調剤基本料加算."""


def points_of(claim: Rows, order: int) -> int:
    total = 0
    for row in of(claim, "CZ"):
        total += sum(
            int(row[points]) for burden, points in CZ_POINTS if row[points] and order in BURDEN[row[burden]]
        )
    for row in of(claim, "KI"):
        for burden, points, times in KI_POINTS:
            if row[points] and order in BURDEN[row[burden]]:
                total += int(row[points]) * (int(row[times]) if times else 1)
    return total


def test_each_payers_total_is_the_sum_of_the_rows_it_bears(files_by_format: Files) -> None:
    seen = 0
    for file in files_by_format[Format.UKE_CHOZAI]:
        for claim in claims_of(comma_rows(file.data)):
            payers = [(0, row) for row in of(claim, "HO")] + list(enumerate(of(claim, "KO"), 1))
            for order, row in payers:
                assert int(row[5]) == points_of(claim, order)
                days = {one[3] for one in of(claim, "CZ") if order in BURDEN[one[57] or one[6]]}
                assert int(row[4]) == len(days)
                seen += 1
    assert seen > 500


def test_the_trailer_counts_payers_and_adds_the_main_ones(files_by_format: Files) -> None:
    for file in files_by_format[Format.UKE_CHOZAI]:
        rows = comma_rows(file.data)
        assert rows[0][0] == "YK"
        main = [(of(claim, "HO") or of(claim, "KO"))[0] for claim in claims_of(rows)]
        assert rows[-1] == [
            "GO",
            str(len(of(rows, "HO")) + len(of(rows, "KO"))),
            str(sum(int(row[5]) for row in main)),
            "99",
        ]


def test_drug_points_are_unit_points_times_the_count(files_by_format: Files) -> None:
    for file in files_by_format[Format.UKE_CHOZAI]:
        rows = comma_rows(file.data)
        for group, dispensed in zip(of(rows, "SH"), of(rows, "CZ"), strict=True):
            assert int(dispensed[13]) == int(group[5]) * int(dispensed[5])


def test_claims_are_those_of_the_manifest(files_by_format: Files, entries: Entries) -> None:
    for file in files_by_format[Format.UKE_CHOZAI]:
        claims = list(claims_of(comma_rows(file.data)))
        for claim, held in zip(claims, file.holds, strict=True):
            truth = entries["pharmacy_claims"][held]
            main = (of(claim, "HO") or of(claim, "KO"))[0]
            assert (claim[0][2], int(main[5])) == (truth["receipt_type"], truth["points"])
            assert claim[0][3] == truth["care_month"].replace("-", "")
            assert "".join(claim[0][9:12]) == truth["prescribed_at"]
            drugs = [
                drug["code"]
                for number in truth["dispensings"]
                for group in entries["dispensings"][number]["groups"]
                for drug in group["drugs"]
            ]
            assert [row[2] for row in of(claim, "IY")] == drugs
            assert len(of(claim, "KI")) == len(truth["dispensings"])


def test_every_dispensing_is_claimed_once(entries: Entries) -> None:
    claimed = [number for claim in entries["pharmacy_claims"].values() for number in claim["dispensings"]]
    assert sorted(claimed) == sorted(entries["dispensings"])
    for claim in entries["pharmacy_claims"].values():
        whole = sum(entries["dispensings"][number]["points"] for number in claim["dispensings"])
        assert max(payer["points"] for payer in claim["payers"]) == whole


def test_the_parser_reads_what_was_dispensed(files_by_format: Files, entries: Entries) -> None:
    for file in files_by_format[Format.UKE_CHOZAI]:
        parsed = parse(file.data)
        assert parsed.format is Format.UKE_CHOZAI
        assert not [one for one in parsed.all_findings if one.severity is Severity.ERROR]
        for document, held in zip(parsed.documents, file.holds, strict=True):
            truth = entries["pharmacy_claims"][held]
            assert document.points == truth["points"]
            dispensed = [one for one in document.records if isinstance(one, MedicationDispense)]
            meant = [
                (drug["code"], drug["amount"], one["dispensed"], one["prescribed"], one["prescriber"])
                for number in truth["dispensings"]
                for one in (entries["dispensings"][number],)
                for group in one["groups"]
                for drug in group["drugs"]
            ]
            assert [
                (
                    one.concept.codings[0].code,
                    one.quantity,
                    str(one.dispensed),
                    str(one.prescribed),
                    one.prescriber,
                )
                for one in dispensed
            ] == meant
