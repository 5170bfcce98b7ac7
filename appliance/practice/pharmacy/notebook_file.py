"""お薬手帳: each dispensing as JAHISTC08; some in two parts, joined by 分割制御 (911), as their symbols would be printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from appliance.practice.allergies import allergies_of
from appliance.practice.drug_codes import DRUG_CODES
from appliance.practice.drugs import DRUGS
from appliance.practice.facilities import PHARMACY, Facility
from appliance.practice.made import Made, MadeFile
from appliance.practice.pharmacy.dispensing import Dispensing, Group
from appliance.practice.pharmacy.usage import USAGES, words_of
from appliance.practice.staff import DEPARTMENT_NAMES, STAFF
from appliance.practice.tagged_rows import TaggedRows, tagged_bytes
from appliance.records.document import Format

HEADER: Final = "JAHISTC08,1"
AUTHOR: Final = "1"
RECEIPT_CODE: Final = "2"
GENERIC_CODE: Final = "2"
JAMI, NO_CODE = "2", "1"
PART_MAX_BYTES: Final = 780
"""Longer notebooks are printed as two symbols."""
ADVICE: Final = "正しい飲み方は薬袋等をご覧下さい。"

_ROWS: Final = TaggedRows("jahis_tc")


def write_notebooks(seed: int, found: Sequence[Dispensing]) -> Made:
    """One file a dispensing, two where it is split."""
    return Made(tuple(file for one in found for file in _files(seed, one)))


def _files(seed: int, dispensing: Dispensing) -> Iterator[MadeFile]:
    rows = list(_content_rows(seed, dispensing))
    whole = tagged_bytes([HEADER, *rows])
    parts = [rows] if len(whole) <= PART_MAX_BYTES else [rows[: len(rows) // 2], rows[len(rows) // 2 :]]
    for number, part in enumerate(parts, 1):
        split = len(parts) > 1
        name = f"{dispensing.number}-{number}.csv" if split else f"{dispensing.number}.csv"
        end = [_split_row(dispensing, len(parts), number)] if split else []
        told: tuple[tuple[str, object], ...] = (("part", number), ("parts", len(parts))) if split else ()
        yield MadeFile(
            f"{PHARMACY.folder}/jahis-tc/{dispensing.day:%Y-%m}/{name}",
            Format.JAHIS_TC,
            PHARMACY,
            dispensing.day,
            tagged_bytes([HEADER, *part, *end]),
            (dispensing.number,),
            told,
        )


def _split_row(dispensing: Dispensing, total: int, part: int) -> str:
    return _ROWS.row("911", {"data_id": dispensing.number[-14:], "total": str(total), "part": str(part)})


def _content_rows(seed: int, dispensing: Dispensing) -> Iterator[str]:
    person, clinic = dispensing.patient.person, dispensing.patient.clinic
    doctor = dispensing.prescriber
    yield _ROWS.row(
        "1",
        {
            "name": person.name.text,
            "sex": person.sex,
            "birth_date": f"{person.birth:%Y%m%d}",
            "postal_code": person.home.postal_code,
            "address": person.home.address,
            "phone": person.home.phone,
            "kana": person.name.spaced_kana,
        },
    )
    for allergy in allergies_of(seed, person.number):
        yield _authored("2", {"kind": allergy.kind.value, "text": allergy.text})
    yield _authored("5", {"dispensed": f"{dispensing.day:%Y%m%d}"})
    yield _authored("11", {**_institution(PHARMACY), "phone": PHARMACY.phone})
    yield _authored("15", {"name": STAFF[PHARMACY.folder][0].name.text})
    yield _authored("51", _institution(clinic))
    yield _authored("55", {"name": doctor.name.text, "department": DEPARTMENT_NAMES[doctor.department]})
    for group in dispensing.groups:
        yield from _group_rows(group)
    yield _authored("501", {"text": ADVICE})


def _institution(facility: Facility) -> dict[str, str]:
    return {
        "name": facility.name,
        "prefecture": facility.prefecture,
        "fee_table": facility.fee_table,
        "code": facility.code,
    }


def _group_rows(group: Group) -> Iterator[str]:
    for dose in group.doses:
        drug, codes = DRUGS[dose.drug], DRUG_CODES[dose.drug]
        items = {
            "rp": str(group.number),
            "name": drug.name,
            "amount": dose.amount,
            "unit": drug.unit,
            "code_kind": RECEIPT_CODE,
            "code": drug.code,
        }
        if codes.generic:
            items |= {"generic_name": codes.generic_name, "generic_kind": GENERIC_CODE}
            items["generic_code"] = codes.generic
        yield _authored("201", items)
    usage = USAGES[group.timing]
    yield _authored(
        "301",
        {
            "rp": str(group.number),
            "usage": words_of(group.timing),
            "count": str(group.count),
            "count_unit": group.form.unit,
            "form": group.form.notebook,
            "usage_kind": JAMI if usage.jami else NO_CODE,
            "usage_code": usage.jami,
        },
    )


def _authored(row_id: str, items: dict[str, str]) -> str:
    """A row that a professional wrote (レコード作成者)."""
    return _ROWS.row(row_id, {**items, "author": AUTHOR})
