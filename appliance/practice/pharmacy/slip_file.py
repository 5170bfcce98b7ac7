"""院外処方箋: each prescription's two-dimensional code as JAHIS11, by general names; long ones in bare fragments, as scanners give them.

They are the clinics' files: the pharmacy reads them from the paper that the patient brings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from appliance.practice.drug_codes import DRUG_CODES
from appliance.practice.drugs import DRUGS, Form
from appliance.practice.kana import half_width
from appliance.practice.made import Made, MadeFile
from appliance.practice.payer_terms import payer_terms
from appliance.practice.pharmacy.dispensing import VALID_DAYS, Dispensing, Group
from appliance.practice.pharmacy.usage import USAGES, words_of
from appliance.practice.plans import Dose
from appliance.practice.staff import DEPARTMENT_NAMES
from appliance.practice.tagged_rows import END_MARK, TaggedRows, tagged_bytes
from appliance.records.document import Format

HEADER: Final = "JAHIS11"
RECEIPT_CODE, GENERIC_CODE = "2", "7"
JAMI, NO_CODE = "2", "1"
FRAGMENT_MAX_BYTES: Final = 600
"""What one symbol takes here; real ones take more, but then hardly a prescription would be split."""
PUBLIC_ROWS: Final = ("27", "28", "29")

_ROWS: Final = TaggedRows("jahis_rx")


def write_slips(found: Sequence[Dispensing]) -> Made:
    """The code of every prescription that was dispensed."""
    return Made(tuple(file for one in found for file in _files(one)))


def _files(dispensing: Dispensing) -> Iterator[MadeFile]:
    clinic, day = dispensing.patient.clinic, dispensing.prescription.day
    data = tagged_bytes(_content_rows(dispensing)) + END_MARK
    parts = _fragments(data)
    for number, part in enumerate(parts, 1):
        name = dispensing.number if len(parts) == 1 else f"{dispensing.number}-{number}of{len(parts)}"
        told: tuple[tuple[str, object], ...] = (
            (("fragment", number), ("fragments", len(parts))) if len(parts) > 1 else ()
        )
        yield MadeFile(
            f"{clinic.folder}/jahis-rx/{day:%Y-%m}/{name}.txt",
            Format.JAHIS_RX,
            clinic,
            day,
            part,
            (dispensing.number,),
            told,
        )


def _fragments(data: bytes) -> list[bytes]:
    """Pieces of equal length, cut anywhere, even inside a character."""
    count = -(-len(data) // FRAGMENT_MAX_BYTES)
    size = -(-len(data) // count)
    return [data[start : start + size] for start in range(0, len(data), size)]


def _content_rows(dispensing: Dispensing) -> Iterator[str]:
    yield HEADER
    yield from _clinic_rows(dispensing)
    yield from _patient_rows(dispensing)
    yield from _payer_rows(dispensing)
    day = dispensing.prescription.day
    yield _ROWS.row("51", {"issued": f"{day:%Y%m%d}"})
    yield _ROWS.row("52", {"valid_until": f"{day + timedelta(days=VALID_DAYS):%Y%m%d}"})
    for group in dispensing.groups:
        yield from _group_rows(group)


def _clinic_rows(dispensing: Dispensing) -> Iterator[str]:
    clinic, doctor = dispensing.patient.clinic, dispensing.prescriber
    items = {"kind": clinic.fee_table, "code": clinic.code, "prefecture": clinic.prefecture}
    yield _ROWS.row("1", {**items, "name": clinic.name})
    yield _ROWS.row("3", {"phone": clinic.phone})
    department = {"code": doctor.department, "name": DEPARTMENT_NAMES[doctor.department]}
    yield _ROWS.row("4", {"kind": "2", **department})
    yield _ROWS.row("5", {"code": doctor.code, "kana": doctor.name.kana, "name": doctor.name.text})


def _patient_rows(dispensing: Dispensing) -> Iterator[str]:
    patient, person = dispensing.patient, dispensing.patient.person
    yield _ROWS.row(
        "11",
        {
            "patient_code": patient.chart_number,
            "name": person.name.text,
            "kana": half_width(person.name.spaced_kana),
        },
    )
    yield _ROWS.row("12", {"sex": person.sex})
    yield _ROWS.row("13", {"birth_date": f"{person.birth:%Y%m%d}"})


def _payer_rows(dispensing: Dispensing) -> Iterator[str]:
    day, patient = dispensing.prescription.day, dispensing.patient
    terms = payer_terms(patient.person, patient.public_on(day), day)
    yield _ROWS.row("21", {"kind": terms.kind})
    yield _ROWS.row("22", {"insurer_no": terms.payer_number})
    insured = {"symbol": terms.symbol, "number": terms.number, "relation": terms.relation}
    yield _ROWS.row("23", {**insured, "branch": terms.branch})
    rates = {"copay_rate": str(terms.copay_percent), "benefit_rate": str(100 - terms.copay_percent)}
    yield _ROWS.row("24", rates)
    for row_id, payment in zip(PUBLIC_ROWS, terms.public, strict=False):
        numbers = {"payer": payment.programme.payer_number, "recipient": payment.recipient_number}
        yield _ROWS.row(row_id, numbers)


def _group_rows(group: Group) -> Iterator[str]:
    usage, rp = USAGES[group.timing], str(group.number)
    yield _ROWS.row("101", {"rp": rp, "form": group.form.slip, "count": str(group.count)})
    yield _ROWS.row(
        "111",
        {
            "rp": rp,
            "usage_kind": JAMI if usage.jami else NO_CODE,
            "usage_code": usage.jami,
            "usage": words_of(group.timing),
            "times_a_day": usage.times_a_day,
        },
    )
    for order, dose in enumerate(group.doses, 1):
        yield _ROWS.row("201", {"rp": rp, "order": str(order), **drug_items(dose)})


def drug_items(dose: Dose) -> dict[str, str]:
    """A drug by its general name where one is prescribed so (内用薬 with a 一般名コード), else by the product."""
    drug, codes = DRUGS[dose.drug], DRUG_CODES[dose.drug]
    generic = bool(codes.generic) and drug.form is Form.ORAL
    return {
        "kind": "1",
        "code_kind": GENERIC_CODE if generic else RECEIPT_CODE,
        "code": codes.generic if generic else drug.code,
        "name": codes.generic_name if generic else drug.name,
        "amount": dose.amount,
        "strength": "1",
        "unit": drug.unit,
    }
