"""Everything about the pharmacy in one go: what was dispensed, and the files of the formats that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from appliance.practice.drugs import DRUGS
from appliance.practice.facilities import PHARMACY
from appliance.practice.made import Json, Made, together
from appliance.practice.pharmacy.claim_file import pharmacy_claims, write_claims
from appliance.practice.pharmacy.dispensing import dispensings
from appliance.practice.pharmacy.fees import ChargedDispensing, charge
from appliance.practice.pharmacy.notebook_file import write_notebooks
from appliance.practice.pharmacy.nsips_file import write_nsips
from appliance.practice.pharmacy.slip_file import drug_items, write_slips
from appliance.practice.pharmacy.usage import words_of
from appliance.practice.population import Population
from appliance.records.document import Format

FORMATS: Final = frozenset({Format.UKE_CHOZAI, Format.NSIPS, Format.JAHIS_TC, Format.JAHIS_RX})


def write_pharmacy(population: Population, wanted: Collection[Format]) -> Made:
    """The files of those formats, and the manifest's list of dispensings."""
    if FORMATS.isdisjoint(wanted):
        return Made()
    charged = tuple(charge(dispensings(population)))
    return together(_parts(population.seed, charged, wanted))


def _parts(seed: int, charged: tuple[ChargedDispensing, ...], wanted: Collection[Format]) -> Iterator[Made]:
    found = [one.dispensing for one in charged]
    yield Made(entries=(("dispensings", tuple(_truth(one) for one in charged)),))
    if Format.UKE_CHOZAI in wanted:
        yield write_claims(pharmacy_claims(charged))
    if Format.NSIPS in wanted:
        yield write_nsips(seed, charged)
    if Format.JAHIS_TC in wanted:
        yield write_notebooks(seed, found)
    if Format.JAHIS_RX in wanted:
        yield write_slips(found)


def _truth(charged: ChargedDispensing) -> Json:
    one = charged.dispensing
    return {
        "id": one.number,
        "person_id": one.patient.person.person_id,
        "pharmacy": PHARMACY.number,
        "chart": one.chart,
        "prescribed_at": one.patient.clinic.number,
        "prescriber": one.prescriber.name.text,
        "prescribed": one.prescription.day.isoformat(),
        "dispensed": one.day.isoformat(),
        "points": charged.points,
        "groups": [
            {
                "rp": group.number,
                "usage": words_of(group.timing),
                "count": group.count,
                "unit": group.form.unit,
                "drugs": [
                    {
                        "code": DRUGS[dose.drug].code,
                        "name": DRUGS[dose.drug].name,
                        "amount": dose.amount,
                        "unit": DRUGS[dose.drug].unit,
                        "prescribed_code": drug_items(dose)["code"],
                    }
                    for dose in group.doses
                ],
            }
            for group in one.groups
        ],
    }
