"""The questions: every one reads, every value is escaped, every item is where ORCA expects it."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import pytest

from appliance.formats.orca.answers import ANSWERS
from appliance.formats.orca.visits import Visit
from appliance.intake.orca import requests
from appliance.intake.orca.requests import ENDPOINTS, Question

DAY = date(2026, 10, 1)
VISIT = Visit("00012", DAY, "01", "2")
ALL = (
    requests.visits_on(DAY),
    requests.history_of("00012", DAY),
    requests.acts_of(VISIT),
    requests.patient_page("00012"),
    requests.diseases_of("00012", DAY),
    requests.patients_changed_on(DAY),
)


def items(question: Question) -> dict[str, str]:
    return {one.tag: one.text or "" for one in ET.fromstring(question.body).iter() if one.text}


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.ask)
def test_every_question_goes_to_a_reading_api_whose_answer_is_known(question: Question) -> None:
    assert question.address.startswith("api01rv2/")
    assert question.api in {answer.api for answer in ANSWERS.values()}
    assert question.method == ("POST" if question.body else "GET")


def test_there_is_one_question_for_every_endpoint() -> None:
    assert {question.ask for question in ALL} == set(ENDPOINTS)


def test_the_items_are_those_of_the_specification() -> None:
    assert items(requests.visits_on(DAY)) == {"Request_Number": "01", "Visit_Date": "2026-10-01"}
    assert items(requests.acts_of(VISIT)) == {
        "Patient_ID": "00012",
        "Perform_Date": "2026-10-01",
        "Department_Code": "01",
        "Sequential_Number": "2",
    }
    assert items(requests.diseases_of("1", DAY)) == {
        "Patient_ID": "1",
        "Base_Date": "2026-10",
        "Select_Mode": "All",
    }
    assert requests.acts_of(VISIT).address == "api01rv2/medicalgetv2?class=02"
    assert requests.patient_page("0 1&2").address == "api01rv2/patientgetv2?id=0+1%262"


def test_values_cannot_leave_their_element() -> None:
    body = requests.history_of("1</Patient_ID><x>", DAY).body
    assert items(Question(requests.Ask.HISTORY, "POST", "", body))["Patient_ID"] == "1</Patient_ID><x>"
