"""The closed list of data classes that consent speaks of (consent.md, section 2)."""

from __future__ import annotations

from enum import StrEnum


class DataClass(StrEnum):
    """A kind of data that a patient may hide and a role may or may not see."""

    BASIC = "basic"
    INSURANCE = "insurance"
    VISIT = "visit"
    DIAGNOSIS = "diagnosis"
    MEDICATION = "medication"
    ALLERGY = "allergy"
    LAB = "lab"
    PROCEDURE = "procedure"
    DEVICE = "device"
    LETTER = "letter"
    CHECKUP = "checkup"
    IMAGING = "imaging"
