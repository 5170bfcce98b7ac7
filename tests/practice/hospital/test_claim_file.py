"""RECEIPTD.UKE: the few stays, their points by period and coefficient, every act on its day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from appliance.formats.parse import parse
from appliance.practice.hospital.stays import STAYS_MIN, stays_of
from appliance.practice.made import MadeFile
from appliance.practice.population import Population, care_months, populate
from appliance.records.clinical import Condition, Encounter, MedicationRequest
from appliance.records.document import Format
from appliance.records.finding import Severity
from tests.practice.reading import claims_of, comma_rows, of

Files = dict[Format, list[MadeFile]]
Entries = dict[str, dict[str, Any]]


def test_stays_lie_within_one_month_and_one_a_person(population: Population) -> None:
    stays = stays_of(population)
    assert len({stay.patient.person.number for stay in stays}) == len(stays) >= STAYS_MIN
    for stay in stays:
        assert stay.admitted < stay.discharged
        assert (stay.admitted.year, stay.admitted.month) == (stay.discharged.year, stay.discharged.month)
        if stay.referral:
            assert stay.referral.day < stay.admitted


def test_even_a_small_population_has_stays() -> None:
    small = populate(12, 1, care_months(date(2026, 6, 1), 1))
    assert len(stays_of(small)) == STAYS_MIN


def test_points_are_those_of_the_periods_times_the_coefficient(files_by_format: Files) -> None:
    for file in files_by_format[Format.UKE_DPC]:
        for claim in claims_of(comma_rows(file.data)):
            periods = of(claim, "HH")
            assert all(int(row[8]) == int(row[6]) * int(row[7]) for row in periods)
            subtotal = sum(int(row[8]) for row in periods)
            coefficient = Decimal(of(claim, "GA")[0][5])
            total = int((subtotal * coefficient).quantize(Decimal(1), ROUND_HALF_UP))
            (sums,) = of(claim, "GT")
            assert (int(sums[5]), int(sums[6]), int(sums[8])) == (subtotal, total, total)
            main = (of(claim, "HO") or of(claim, "KO"))[0]
            assert int(main[5]) == total
            assert int(main[4]) == sum(int(row[7]) for row in periods)


def test_claims_are_those_of_the_manifest(files_by_format: Files, entries: Entries) -> None:
    held = []
    for file in files_by_format[Format.UKE_DPC]:
        for claim, number in zip(claims_of(comma_rows(file.data)), file.holds, strict=True):
            truth = entries["stays"][number]
            held.append(number)
            assert (claim[0][2], claim[0][13]) == (truth["receipt_type"], truth["chart"])
            assert int(claim[0][2]) % 2
            group = of(claim, "BU")[0]
            assert group[1] == truth["dpc_code"]
            assert group[2:4] == [truth[name].replace("-", "") for name in ("admitted", "discharged")]
            assert {(row[1], row[4]) for row in of(claim, "SB") if row[5] == "11"} == {
                (truth["condition"], truth["icd10"])
            }
            days = date.fromisoformat(truth["discharged"]) - date.fromisoformat(truth["admitted"])
            drugs = [row[5] for row in of(claim, "CD") if row[2] == "21"]
            assert drugs == truth["drugs"] * (days // timedelta(days=1) + 1)
            assert [row[5] for row in of(claim, "CD") if row[2] == "60"] == truth["acts"]
    assert sorted(held) == sorted(entries["stays"])


def test_the_parser_agrees(files_by_format: Files, entries: Entries) -> None:
    for file in files_by_format[Format.UKE_DPC]:
        parsed = parse(file.data)
        assert parsed.format is Format.UKE_DPC
        assert {one.severity for one in parsed.all_findings} <= {Severity.INFO}
        for document, number in zip(parsed.documents, file.holds, strict=True):
            truth = entries["stays"][number]
            assert (document.points, document.patient.local_id) == (truth["points"], truth["chart"])
            (stay,) = [one for one in document.records if isinstance(one, Encounter)]
            assert (str(stay.start), str(stay.end)) == (truth["admitted"], truth["discharged"])
            main = [one for one in document.records if isinstance(one, Condition) and one.main]
            assert [one.concept.codings[0].code for one in main] == [truth["condition"]]
            asked = {
                one.concept.codings[0].code for one in document.records if isinstance(one, MedicationRequest)
            }
            assert asked == set(truth["drugs"])
