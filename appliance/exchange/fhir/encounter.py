"""Encounter after JP_Encounter: a visit on one day, or the part of a stay that falls in a month."""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import Resource, coding, extension, filled
from appliance.records.clinical import Encounter, EncounterClass

_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_DISPLAY = {EncounterClass.AMBULATORY: "ambulatory", EncounterClass.INPATIENT: "inpatient encounter"}
_DEPARTMENT = "http://jpfhir.jp/fhir/eCS/Extension/StructureDefinition/JP_eCS_Department"
ADMISSION_EXTENSION = "urn:x-renkei:StructureDefinition:admission-date"
"""入院年月日 of the stay, where the period begins later: it holds the month's part only."""


def encounter(resource_id: str, record: Encounter, context: Context) -> Resource:
    stays_on = record.encounter_class is EncounterClass.INPATIENT and record.end is None
    return {
        **context.head(record, resource_id, None),
        **filled(
            extension=_extensions(record),
            status="in-progress" if stays_on else "finished",
            class_={
                "system": _ACT_CODE,
                "code": record.encounter_class.value,
                "display": _DISPLAY[record.encounter_class],
            },
            subject=context.subject(),
            period=filled(start=record.start.isoformat(), end=record.end.isoformat() if record.end else None),
            serviceProvider=context.institution(),
        ),
    }


def _extensions(record: Encounter) -> list[Resource]:
    return [
        *(
            [extension(ADMISSION_EXTENSION, valueDate=record.admission.isoformat())]
            if record.admission
            else []
        ),
        *(
            extension(_DEPARTMENT, valueCodeableConcept={"coding": [coding(department)]})
            for department in record.departments
        ),
    ]
