"""The dentist's claim files, and the manifest's list of what was done."""

from __future__ import annotations

from collections.abc import Collection

from appliance.practice.dental.claim_file import write_courses
from appliance.practice.dental.treatments import dental_courses
from appliance.practice.made import Made
from appliance.practice.population import Population
from appliance.records.document import Format


def write_dental(population: Population, wanted: Collection[Format]) -> Made:
    """The files, when 歯科 is asked for."""
    return write_courses(dental_courses(population)) if Format.UKE_SHIKA in wanted else Made()
