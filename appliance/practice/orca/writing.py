"""One set of answers for each of a few patients of clinic A, XML and JSON by turns, and the manifest's list of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from appliance.practice.claims import add_months
from appliance.practice.facilities import CLINIC_A
from appliance.practice.made import Json, Made, MadeFile
from appliance.practice.orca.answers import (
    Chart,
    acts_answer,
    diseases_answer,
    history_answer,
    patient_answer,
)
from appliance.practice.orca.tree import json_answer, xml_answer
from appliance.practice.population import Population
from appliance.records.document import Format

PATIENTS_MAX: Final = 12
ANSWERS: Final = (
    ("patientgetv2", "patientinfores", patient_answer),
    ("medicalgetv2-01", "medicalget01res", history_answer),
    ("medicalgetv2-02", "medicalget02res", acts_answer),
    ("diseasegetv2", "disease_infores", diseases_answer),
)
"""API, name of the answer, how it is made."""


def write_orca(population: Population, wanted: Collection[Format]) -> Made:
    """The answers, when they are asked for."""
    if Format.ORCA not in wanted:
        return Made()
    charts = list(_charts(population))
    files = tuple(file for place, chart in enumerate(charts) for file in _files(place, chart))
    return Made(
        files, (("orca_patients", tuple(_truth(place, chart) for place, chart in enumerate(charts))),)
    )


def _charts(population: Population) -> Iterator[Chart]:
    """The first patients of clinic A, asked about on the first day after the months."""
    asked = add_months(population.months[-1], 1)
    own = [course for course in population.courses if course.patient.clinic is CLINIC_A and course.claims]
    for course in own[:PATIENTS_MAX]:
        yield Chart(population.seed, course, course.claims[-1], asked)


def _files(place: int, chart: Chart) -> Iterator[MadeFile]:
    as_json = place % 2 == 1
    for api, name, make in ANSWERS:
        ending, data = (
            ("json", json_answer(name, make(chart))) if as_json else ("xml", xml_answer(name, make(chart)))
        )
        path = f"{CLINIC_A.folder}/orca/{_id(place)}-{api}.{ending}"
        yield MadeFile(path, Format.ORCA, CLINIC_A, chart.asked, data, (_id(place),), (("api", api),))


def _id(place: int) -> str:
    return f"O{place + 1:03d}"


def _truth(place: int, chart: Chart) -> Json:
    claim = chart.claim
    return {
        "id": _id(place),
        "person_id": chart.person.person_id,
        "facility": CLINIC_A.number,
        "chart": chart.course.patient.chart_number,
        "care_month": f"{claim.care_month:%Y-%m}",
        "days": [claim.care_month.replace(day=day).isoformat() for day in claim.days],
        "acts_on": chart.last_day.isoformat(),
        "conditions": [one.code for one in claim.diagnoses],
    }
