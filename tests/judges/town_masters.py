"""Made-up masters in the published layouts, of everything that the practice town uses.

Codes and names of the town are those of the practice tables; numbers of MEDIS, exchange codes, HOT and YJ numbers are
invented. So conversions reach what national codes are needed for on a machine without the published masters, and the HOT
master, which is nowhere published freely, is there at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from appliance.practice.acts import ACTS
from appliance.practice.comments import COMMENTS
from appliance.practice.dental.treatments import DISEASES as DENTAL_DISEASES
from appliance.practice.diseases import DISEASES, MODIFIERS
from appliance.practice.drug_codes import DRUG_CODES
from appliance.practice.drugs import DRUGS
from appliance.practice.treating import DRESSING
from tests.codes.made import (
    ACT,
    COMMENT,
    DISEASE,
    DRUG,
    HOT_HEADINGS,
    MATERIAL,
    MODIFIER,
    csv_bytes,
    package,
    row,
)

HOT_NAME = "MEDIS20260601_HOT9.TXT"


def hot_master() -> dict[str, bytes]:
    """One company's product for each drug of the town, all with a YJ code."""
    return {HOT_NAME: csv_bytes(HOT_HEADINGS, *_packages())}


def masters() -> dict[str, bytes]:
    """Every master that the town's files need, the HOT master among them."""
    diseases = (
        row(
            DISEASE,
            one.code,
            one.name,
            management_no=f"2{one.code}",
            exchange_code=f"A{place:03d}",
            icd10=one.icd10,
        )
        for place, one in enumerate((*DISEASES.values(), *DENTAL_DISEASES))
    )
    modifiers = (
        row(
            MODIFIER,
            code,
            name,
            management_no=f"2700{code}",
            exchange_code=code,
            category=f"A{code[0]}000000",
        )
        for code, name in MODIFIERS.items()
    )
    comments = (row(COMMENT, one.code, one.words, pattern=one.code[1:3]) for one in COMMENTS.values())
    return {
        "b_20260601.txt": csv_bytes(*diseases),
        "z_20260601.txt": csv_bytes(*modifiers),
        "s_ALL20260601.csv": csv_bytes(*(row(ACT, one.code, one.name) for one in ACTS.values())),
        "y_ALL20260601.csv": csv_bytes(*_drugs()),
        "t_ALL20260601.csv": csv_bytes(row(MATERIAL, DRESSING.code, "架空の被覆材", unit="ｃｍ２")),
        "c_ALL20260601.csv": csv_bytes(*comments),
        **hot_master(),
    }


def _drugs() -> Iterator[list[str]]:
    for short, drug in DRUGS.items():
        codes = DRUG_CODES.get(short)
        more = (
            {
                "yakka_code": codes.price_list,
                "generic_code": codes.generic,
                "generic_name": codes.generic_name,
            }
            if codes
            else {}
        )
        yield row(DRUG, drug.code, drug.name, unit=drug.unit, width=42, **more)


def _packages() -> Iterator[list[str]]:
    for place, (short, codes) in enumerate(DRUG_CODES.items(), 1):
        drug = DRUGS[short]
        own = codes.yj or f"{codes.price_list[:-1]}{(int(codes.price_list[-1]) + 5) % 10}"
        yield package(
            f"{place:07d}01",
            drug.name,
            yakka_code=codes.price_list,
            yj_code=own,
            receipt_code=drug.code,
        )
