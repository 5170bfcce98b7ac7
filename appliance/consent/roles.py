"""The professions (職種) that staff have, in the words that the policy's role table uses."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is at their facility; a role that the policy does not name may see nothing."""

    DOCTOR = "doctor"
    DENTIST = "dentist"
    PHARMACIST = "pharmacist"
    NURSE = "nurse"
    TECHNOLOGIST = "technologist"
    CLERK = "clerk"


TITLES: Final[Mapping[str, str]] = {
    Role.DOCTOR: "医師",
    Role.DENTIST: "歯科医師",
    Role.PHARMACIST: "薬剤師",
    Role.NURSE: "看護師",
    Role.TECHNOLOGIST: "検査技師など",
    Role.CLERK: "事務職",
}
"""Japanese titles for screens and paper; a role that is not listed is shown as it is."""
