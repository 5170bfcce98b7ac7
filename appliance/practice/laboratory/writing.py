"""The laboratory's reports in the formats that are asked for, and the manifest's list of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from appliance.practice.laboratory.astm_file import astm_files
from appliance.practice.laboratory.hl7_file import hl7_files
from appliance.practice.laboratory.items import GradedItem
from appliance.practice.laboratory.reports import Report, reports_of
from appliance.practice.made import Json, Made
from appliance.practice.population import Population
from appliance.records.document import Format

FORMATS: Final = frozenset({Format.HL7_LAB, Format.ASTM})


def write_laboratory(population: Population, wanted: Collection[Format]) -> Made:
    """The files of those formats: the same reports in each."""
    if FORMATS.isdisjoint(wanted):
        return Made()
    reports = reports_of(population)
    hl7 = tuple(hl7_files(reports)) if Format.HL7_LAB in wanted else ()
    astm = tuple(astm_files(reports)) if Format.ASTM in wanted else ()
    standing = tuple(_truth(report) for report in reports if report.standing)
    return Made((*hl7, *astm), (("laboratory_reports", standing),))


def _truth(report: Report) -> Json:
    return {
        "id": report.number,
        "person_id": report.patient.person.person_id,
        "facility": report.patient.clinic.number,
        "chart": report.patient.chart_number,
        "collected": report.collected.isoformat(),
        "reported": report.reported.isoformat(),
        "corrected": report.version > 0,
        "specimens": [report.specimen(material) for material in report.materials],
        "results": [
            {
                "code": result.item.code,
                "name": result.item.name,
                "value": result.value,
                "unit": "" if isinstance(result.item, GradedItem) else result.item.unit,
                "flag": result.flag,
                "specimen": report.specimen(result.item.material),
            }
            for result in report.results
        ],
    }
