"""Claims of the practice town's dentist, hospital and pharmacy, record by record against their rows read a second way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.records.administrative import Organization, Practitioner
from appliance.records.clinical import (
    Condition,
    DeviceUseStatement,
    Encounter,
    MedicationDispense,
    MedicationRequest,
    Observation,
    Procedure,
)
from appliance.records.document import Format
from tests.formats.uke.independent import Named
from tests.practice.agreement.claims import agree_on_head, claims_in, days_in, iso, of, records, whole

Files = dict[Format, list[MadeFile]]
FORMS = {"1": "内服", "2": "内滴", "3": "頓服", "4": "注射", "5": "外用", "6": "浸煎", "7": "湯", "9": "材料"}
"""剤形コード of 調剤."""
BY_THE_WHOLE = {"注射", "外用", "材料"}


def test_dental_claims_agree_with_their_rows(files_by_format: Files, shared: Path) -> None:
    seen = 0
    for file in files_by_format[Format.UKE_SHIKA]:
        head, claims = claims_in(file, "shika", shared)
        for document, rows in zip(parse(file.data).documents, claims, strict=True):
            seen += 1
            agree_on_head(document, head, rows, "actual_days")
            first, month = rows[0], document.period
            told = [
                (
                    row["disease_code"],
                    row["start_date"] or first["start_date"],
                    row["outcome"] or first["outcome"],
                    row["tooth_codes"],
                )
                for row in of(rows, "HS")
            ]
            outcomes = {"continuing": "1", "cured": "2", "died": "3", "stopped": "4"}
            assert [
                (
                    one.concept.codings[0].code,
                    f"{one.onset:%Y%m%d}",
                    outcomes[one.outcome.value],
                    "".join(tooth.code for tooth in one.body_sites),
                )
                for one in records(document, Condition)
            ] == told
            acts = [(row, day, times) for row in of(rows, "SS") for day, times in days_in(row)]
            assert [
                (one.concept.codings[0].code, one.category, str(one.performed), one.points, one.burden)
                for one in records(document, Procedure)
            ] == [
                (
                    row["procedure_code"],
                    f"S{row['care_category']}",
                    f"{month}-{day:02d}",
                    whole(row["points"]),
                    row["burden_type"],
                )
                for row, day, _ in acts
            ]
            days = sorted({f"{month}-{day:02d}" for _, day, _ in acts})
            assert [str(one.start) for one in records(document, Encounter)] == days
    assert seen > 5


def test_claims_of_stays_agree_with_their_rows(files_by_format: Files, shared: Path) -> None:
    seen = 0
    for file in files_by_format[Format.UKE_DPC]:
        head, claims = claims_in(file, "dpc", shared)
        for document, rows in zip(parse(file.data).documents, claims, strict=True):
            seen += 1
            agree_on_head(document, head, rows, "actual_days")
            (group,), (basics,) = of(rows, "BU"), of(rows, "KK")
            (stay,) = records(document, Encounter)
            assert (str(stay.admission), str(stay.start), str(stay.end)) == (
                iso(group["admission_date"]),
                iso(group["admission_date"]),
                iso(group["discharge_date"]),
            )
            assert [one.code for one in stay.departments] == [rows[0]["dept_name"]]
            assert [
                ([c.code for c in one.concept.codings], one.role, one.main)
                for one in records(document, Condition)
            ] == [
                ([row["disease_code"], row["icd10"]], row["disease_role"], row["disease_role"] == "11")
                for row in of(rows, "SB")
            ]
            routes = {"1": "予定入院", "2": "緊急入院", "3": "緊急入院（救急搬送）"}
            assert {one.concept.codings[0].code: one.text for one in records(document, Observation)} == {
                "BU.dpc_code": f"診断群分類番号: {group['dpc_code']}",
                "BU.dpc_outcome": "DPC転帰区分: 軽快",
                "KK.admission_route": f"予定・緊急入院区分: {routes[basics['admission_route']]}",
                "KK.age_at_admission": f"入院時年齢: {basics['age_at_admission']}",
            }
            agree_on_coding_data(document.records, of(rows, "CD"))
    assert seen > 3


def agree_on_coding_data(found: tuple[object, ...], rows: list[Named]) -> None:
    """Every coded row is one record with its code, day, category, amount and count; nothing else is an act."""
    meant = Counter(
        (
            row["item_code"],
            iso(row["performed_date"]),
            row["care_category"],
            row["quantity_data"] or row["quantity"],
            int(row["count"]),
        )
        for row in rows
    )
    told: Counter[tuple[str, str, str, str, int]] = Counter()
    for one in found:
        match one:
            case Procedure():
                told[
                    one.concept.codings[0].code, str(one.performed), one.category, one.quantity, one.times
                ] += 1
            case MedicationRequest():
                count = one.days_supplied or one.times
                told[one.concept.codings[0].code, str(one.authored), one.category, one.quantity, count] += 1
            case DeviceUseStatement():
                told[one.concept.codings[0].code, str(one.used), one.category, one.quantity, one.times] += 1
    assert told == meant


def test_dispensing_claims_agree_with_their_rows(files_by_format: Files, shared: Path) -> None:
    seen = 0
    for file in files_by_format[Format.UKE_CHOZAI]:
        head, claims = claims_in(file, "chozai", shared)
        for document, rows in zip(parse(file.data).documents, claims, strict=True):
            seen += 1
            agree_on_head(document, head, rows, "reception_count")
            first = rows[0]
            clinic = "".join(
                first[f"prescriber_{part}"] for part in ("prefecture", "fee_table", "facility_code")
            )
            doctors = [first[f"doctor_{place}"] for place in range(1, 21) if first[f"doctor_{place}"]]
            assert [(one.number, one.name) for one in records(document, Organization)] == [
                (clinic, first["prescriber_facility_name"])
            ]
            assert [(one.facility, one.name) for one in records(document, Practitioner)] == [
                (clinic, name) for name in doctors
            ]
            assert list(map(drug_told, records(document, MedicationDispense))) == [
                (*one, first["dispensing_record_no"], clinic) for one in drugs_in(rows, doctors)
            ]
            assert Counter(
                (one.concept.codings[0].code, str(one.performed), one.points, one.burden, one.times)
                for one in records(document, Procedure)
            ) == Counter(fees_in(rows))
    assert seen > 20


def drug_told(one: MedicationDispense) -> tuple[object, ...]:
    usage = one.dosage.usage.codings[0].code if one.dosage and one.dosage.usage else ""
    return (
        one.concept.codings[0].code,
        one.quantity,
        one.total,
        one.rp_number,
        one.order_in_rp,
        one.category,
        usage,
        one.days_supplied,
        str(one.dispensed),
        str(one.prescribed),
        one.prescriber,
        one.dispensing_record_no,
        one.prescribing_facility,
    )


def drugs_in(rows: list[Named], doctors: list[str]) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    group: Named = {}
    given: Named = {}
    order = 0
    for row in of(rows, "SH", "CZ", "IY"):
        if row["id"] == "SH":
            group, order = row, 0
        elif row["id"] == "CZ":
            given = row
        else:
            order += 1
            form = FORMS[group["dosage_form"]]
            found.append(
                (
                    row["drug_code"],
                    row["quantity"],
                    row["quantity"] if form in BY_THE_WHOLE else "",
                    int(group["rp_no"]),
                    order,
                    form,
                    group["usage_code"] if group["usage_code"] != "900" else "",
                    int(given["dispensed_quantity"]),
                    iso(given["dispensed_date"]),
                    iso(given["prescribed_date"]),
                    doctors[int(given["doctor_no"]) - 1],
                )
            )
    return found


def fees_in(rows: list[Named]) -> list[tuple[str, str, int | None, str, int]]:
    """Every coded fee of CZ and KI rows, by the endings of the reference's item names."""
    found = []
    for row in of(rows, "CZ", "KI"):
        day = iso(row["dispensed_date"] if row["id"] == "CZ" else row["calc_date"])
        for name, code in row.items():
            fee = name.removesuffix("_code")
            if name.endswith("_code") and code and f"{fee}_points" in row and f"{fee}_burden" in row:
                times = int(row.get(f"{fee}_count") or 1)
                found.append((code, day, whole(row[f"{fee}_points"]), row[f"{fee}_burden"], times))
    return found
