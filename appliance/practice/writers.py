"""Every format of the practice town beside 医科: who writes it, and where its files lie. One table for help, manifest and command."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from appliance.practice.dental.writing import write_dental
from appliance.practice.hospital.writing import write_hospital
from appliance.practice.laboratory.writing import write_laboratory
from appliance.practice.made import Made, together
from appliance.practice.orca.writing import write_orca
from appliance.practice.papers.writing import write_papers
from appliance.practice.pharmacy.writing import write_pharmacy
from appliance.practice.population import Population
from appliance.records.document import Format


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a format lie, and what they are."""

    path: str
    ja: str
    en: str


PLACES: Final[Mapping[Format, Place]] = {
    Format.UKE_IKA: Place(
        "clinic-a|clinic-b/<claim month>/<社保|国保>/RECEIPTC.UKE", "医科レセプト", "claims of the clinics"
    ),
    Format.UKE_CHOZAI: Place(
        "pharmacy/<claim month>/<社保|国保>/RECEIPTY.CYO", "調剤レセプト", "claims of the pharmacy"
    ),
    Format.UKE_SHIKA: Place(
        "dental/<claim month>/<社保|国保>/RECEIPTS.UKE", "歯科レセプト", "claims of the dentist"
    ),
    Format.UKE_DPC: Place(
        "hospital/<claim month>/<社保|国保>/RECEIPTD.UKE", "DPC レセプト", "claims of hospital stays"
    ),
    Format.NSIPS: Place(
        "pharmacy/SIPS1/DATA/<A|U|D><number><revision>.txt, pharmacy/SIPS1/INDEX/ alike",
        "NSIPS",
        "dispensings as the pharmacy's machines get them",
    ),
    Format.JAHIS_TC: Place(
        "pharmacy/jahis-tc/<month>/<number>[-<part>].csv",
        "電子版お薬手帳",
        "dispensings as the patient's notebook",
    ),
    Format.JAHIS_RX: Place(
        "clinic-a|clinic-b/jahis-rx/<month>/<number>[-<n>of<m>].txt",
        "院外処方箋二次元コード",
        "prescriptions as printed codes",
    ),
    Format.HL7_LAB: Place(
        "laboratory/hl7/<month>/<day>.hl7", "検査結果（HL7）", "laboratory results as HL7 v2.5"
    ),
    Format.ASTM: Place("laboratory/astm/<month>/<day>.astm", "検査結果（ASTM）", "the same results as ASTM"),
    Format.CDA: Place(
        "clinic-a|clinic-b|hospital/cda/<number>.xml",
        "診療情報提供書・退院時サマリー",
        "letters of referral and discharge summaries",
    ),
    Format.KENSHIN: Place("clinic-a/kenshin/<number>.xml", "特定健診", "checkup results"),
    Format.ORCA: Place(
        "clinic-a/orca/<number>-<answer>.xml|json",
        "日医標準レセプトソフトの応答",
        "answers of the receipt computer",
    ),
}

_WRITERS: Final[tuple[Callable[[Population, Collection[Format]], Made], ...]] = (
    write_pharmacy,
    write_laboratory,
    write_hospital,
    write_dental,
    write_papers,
    write_orca,
)


def write_formats(population: Population, wanted: Collection[Format]) -> Made:
    """The files of those formats; 医科 is not among them, it has its own way."""
    return together(write(population, wanted) for write in _WRITERS)


def places_text() -> str:
    """The table for the command's help."""
    return "\n".join(
        f"  {known.value:<11}{place.path}\n  {'':<11}{place.ja} / {place.en}"
        for known, place in PLACES.items()
    )
