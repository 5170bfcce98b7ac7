"""Whose prescription it is, who wrote and who dispensed it, and what is said of it as a whole (records VER, 1 and 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.nsips.tables import CLINIC_FEE_TABLES, LICENCE, REMARKS
from appliance.formats.tagged import Row
from appliance.formats.tagged_values import (
    SEXES,
    borne,
    date_at,
    facility_of,
    insurance,
    public_payer,
    statement,
)
from appliance.records.administrative import Coverage, Organization, Patient, PersonName, Practitioner, Sex
from appliance.records.clinical import Observation, ObservationCategory
from appliance.records.names import person_name, to_katakana

_PUBLIC_PAYERS = (1, 2, 3, 4)


def pharmacy_of(head: Row | None, facility: str) -> Organization:
    if head is None:
        return Organization(facility)
    number = facility_of(head["prefecture"], head["fee_table"], head["pharmacy_code"])
    return Organization(number or facility, head["pharmacy_name"], head["phone"])


def clinic_of(order: Row) -> Organization:
    """The prescribing institution; without a number where the file does not say which fee table it bills by."""
    kind = order["clinic_kind"]
    number = facility_of(order["clinic_prefecture"], kind, order["clinic_code"])
    return Organization(
        number if kind in CLINIC_FEE_TABLES else "", order["clinic_name"], order["clinic_phone"]
    )


def patient_of(
    row: Row | None, line: int, facility: str, findings: Findings, *, deleted: bool
) -> tuple[Patient, tuple[Coverage, ...]]:
    """The patient and who bears the cost; nobody, with the reason noted, where the row is missing or not to be trusted."""
    unknown = Patient(facility, PersonName(""), Sex.UNKNOWN, None)
    if row is None:
        if not deleted:
            findings.add("NSIPS-P001", line)
        return unknown, ()
    sex, birth = SEXES.get(row["sex"]), date_at(row, "birth_date", findings)
    if sex is None and birth is None:
        if not deleted:
            findings.add("NSIPS-P002", row.line, row.ja("birth_date"))
        return unknown, ()
    for missing, code, item in (
        (sex is None, "NSIPS-P003", "sex"),
        (birth is None, "NSIPS-P004", "birth_date"),
        (not row["patient_code"], "NSIPS-P005", "patient_code"),
    ):
        if missing:
            findings.add(code, row.line, row.ja(item))
    name = person_name(row["name"] or row["kana"], to_katakana(row["kana"]))
    patient = Patient(
        facility,
        name,
        sex or Sex.UNKNOWN,
        birth,
        row["patient_code"],
        address=row["address"],
        postal_code=row["postal_code"],
        phone=row["phone"],
    )
    return patient, _coverages(row, findings)


def _coverages(row: Row, findings: Findings) -> tuple[Coverage, ...]:
    found = []
    if row["insurer_no"] or row["number"]:
        insured = insurance(row, "insurer_no", findings, symbol=row["symbol"], number=row["number"])
        found.append(borne(insured, row, row["relation"], findings))
    for order in _PUBLIC_PAYERS:
        payer, recipient = f"public_payer_{order}", f"recipient_{order}"
        if row[payer].strip("0"):
            found.append(public_payer(row, order, payer, recipient, findings))
    return tuple(found)


def people_of(
    order: Row, pharmacy: Organization, clinic: Organization
) -> Iterator[Organization | Practitioner]:
    """The prescribing institution, its doctor and the pharmacist, as far as their facility is known."""
    if clinic.number:
        yield clinic
        if order["doctor"]:
            yield Practitioner(clinic.number, order["doctor"], "prescriber", order["narcotics_licence"])
    if pharmacy.number and order["pharmacist"].strip("0"):
        yield Practitioner(pharmacy.number, order["pharmacist"], "pharmacist")


def remarks_of(order: Row, clinic: Organization, day: date | None) -> Iterator[Observation]:
    """What is said of the prescription as a whole; 麻薬施用者免許番号 only where no doctor is known to bear it."""
    borne_by_doctor = bool(clinic.number and order["doctor"])
    for name, code in REMARKS if borne_by_doctor else (*REMARKS, LICENCE):
        if order[name]:
            yield Observation(
                ObservationCategory.NARRATIVE, statement(code, order.ja(name)), day, order[name]
            )
