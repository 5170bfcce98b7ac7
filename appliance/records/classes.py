"""Which data class and which date each record has: the one table that consent reads (consent.md, section 2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from appliance.records.administrative import Coverage, Organization, Practitioner
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DeviceUseStatement,
    DocumentReference,
    Encounter,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Procedure,
    Specimen,
)
from appliance.records.data_class import DataClass
from appliance.records.document import Record

_TABLE: dict[type[Any], tuple[DataClass, Callable[[Any], date | None]]] = {
    Coverage: (DataClass.INSURANCE, lambda _: None),
    Organization: (DataClass.BASIC, lambda _: None),
    Practitioner: (DataClass.BASIC, lambda _: None),
    Encounter: (DataClass.VISIT, lambda record: record.start),
    Condition: (DataClass.DIAGNOSIS, lambda record: record.onset),
    Procedure: (DataClass.PROCEDURE, lambda record: record.performed),
    MedicationRequest: (DataClass.MEDICATION, lambda record: record.authored),
    DeviceUseStatement: (DataClass.DEVICE, lambda record: record.used),
    MedicationDispense: (DataClass.MEDICATION, lambda record: record.dispensed or record.prescribed),
    Observation: (DataClass.LAB, lambda record: record.effective),
    Specimen: (DataClass.LAB, lambda record: record.collected.date() if record.collected else None),
    AllergyIntolerance: (DataClass.ALLERGY, lambda record: record.recorded),
    Immunization: (DataClass.PROCEDURE, lambda record: record.given),
    DocumentReference: (DataClass.LETTER, lambda record: record.created),
}

_OBSERVATION_CLASS = {
    ObservationCategory.NARRATIVE: DataClass.DIAGNOSIS,
    ObservationCategory.LABORATORY: DataClass.LAB,
    ObservationCategory.CHECKUP: DataClass.CHECKUP,
}


def data_class_of(record: Record) -> DataClass:
    """The class a patient may hide and a role may see; an Observation's follows from its category."""
    if isinstance(record, Observation):
        return _OBSERVATION_CLASS[record.category]
    return _TABLE[type(record)][0]


def data_date_of(record: Record) -> date | None:
    """The date that `data_from` is compared with; None is denied wherever `data_from` is set."""
    return _TABLE[type(record)][1](record)
