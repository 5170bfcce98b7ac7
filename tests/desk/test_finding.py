"""Finding patients: any kana form, numbers with or without zeros, birth dates; own facility only; audited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from appliance.limits import FIND_PATIENTS_MAX
from appliance.records import messages
from appliance.records.administrative import PersonName, Sex
from appliance.store import audit
from tests.desk.counter import OTHER_FACILITY, Counter, open_counter
from tests.store.made import claim, patient

PEOPLE = (
    ("00123", "髙橋　一郎", "タカハシイチロウ", date(1950, 1, 2)),
    ("0123", "高橋　花子", "タカハシハナコ", date(1951, 3, 4)),
    ("77", "ジョン・スミス", "ジョンスミス", date(1980, 5, 6)),
    ("A-9", "大野　キャロル", "オオノキャロル", date(1951, 3, 4)),
)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder: Path = tmp_path_factory.mktemp("finding")
    counter = open_counter(folder)
    claims = [
        claim(replace(patient(chart, birth, Sex.FEMALE), name=PersonName(name, kana)), line=number * 10)
        for number, (chart, name, kana, birth) in enumerate(PEOPLE, 1)
    ]
    counter.put(*claims)
    with counter.store:
        yield counter


def found(counter: Counter, **what: str) -> list[str]:
    asked = messages.FindPatients(token=counter.token, **what)
    return [one.local_id for one in counter.ask(asked, messages.PatientList).patients]


@pytest.mark.parametrize("kana", ["タカハシ", "たかはし", "ﾀｶﾊｼ", "タカ", "た", "タカハシ　", "タカ ハシ"])
def test_the_beginning_of_the_kana_in_any_form_is_enough(people: Counter, kana: str):
    assert found(people, kana=kana) == ["00123", "0123"]


@pytest.mark.parametrize("kana", ["じょん", "ジヨン", "ｼﾞｮﾝ･ｽﾐｽ"])
def test_small_letters_and_dots_make_no_difference(people: Counter, kana: str):
    assert found(people, kana=kana) == ["77"]


@pytest.mark.parametrize("kana", ["ハシ", "%", "_", "ア", "タカハシイチロウx"])
def test_what_does_not_begin_so_is_not_found(people: Counter, kana: str):
    assert found(people, kana=kana) == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("00123", ["00123", "0123"]),
        ("123", ["00123", "0123"]),
        ("１２３", ["00123", "0123"]),
        ("0077", ["77"]),
        (" 77 ", ["77"]),
        ("A-9", ["A-9"]),
        ("12", []),
        ("1230", []),
    ],
)
def test_a_number_is_found_whole_with_its_zeros_or_without(people: Counter, number: str, expected: list[str]):
    assert found(people, number=number) == expected


@pytest.mark.parametrize("number", ["0", "000"])
def test_zeros_alone_do_not_find_those_without_a_number(counter: Counter, number: str):
    counter.put(claim(replace(patient(), local_id="")))
    assert counter.store.value("SELECT count(*) FROM patients") == 1
    assert found(counter, number=number) == []


def test_a_birth_date_finds_everybody_born_that_day(people: Counter):
    assert found(people, birth_date="1951-03-04") == ["A-9", "0123"]


def test_everything_that_is_given_has_to_fit(people: Counter):
    assert found(people, kana="たかはし", birth_date="1951-03-04") == ["0123"]
    assert found(people, kana="たかはし", number="77") == []


@pytest.mark.parametrize("what", [{}, {"kana": "・　"}, {"number": " "}])
def test_a_search_for_nothing_is_refused(people: Counter, what: dict[str, str]):
    assert people.refused(messages.FindPatients(token=people.token, **what)) == "DESK-0003"


@pytest.mark.parametrize("birth_date", ["1951-02-29", "昭和26年", "1951/03/04"])
def test_a_birth_date_has_to_be_a_date(people: Counter, birth_date: str):
    asked = messages.FindPatients(token=people.token, birth_date=birth_date)
    assert people.refused(asked) == "DESK-0001"


def test_a_list_shows_who_it_is_and_where_the_consent_stands(people: Counter):
    asked = messages.FindPatients(token=people.token, number="77")
    (one,) = people.ask(asked, messages.PatientList).patients
    assert (one.name, one.kana, one.birth_date) == ("ジョン・スミス", "ジョンスミス", "1980-05-06")
    assert (one.sex, one.consent_state) == ("female", "none")


def test_people_of_another_facility_are_not_found(people: Counter):
    token = people.sign_in("yakuzai", OTHER_FACILITY)
    asked = messages.FindPatients(token=token, kana="タカ")
    assert people.ask(asked, messages.PatientList).patients == ()


def test_a_search_is_audited_by_what_was_searched_and_whom_it_showed(people: Counter):
    found(people, kana="たかはし", birth_date="1951-03-04")
    last = list(audit.entries(people.store))[-1]
    assert last.event == "patients-searched"
    assert last.body["by"] == ["kana", "birth_date"]
    assert len(last.body["patients"]) == 1
    assert "1951" not in str(last.body)


def test_a_long_list_is_cut_and_says_so(counter: Counter):
    claims = [claim(patient(f"{number:04d}"), line=number * 10) for number in range(FIND_PATIENTS_MAX + 1)]
    counter.put(*claims)
    asked = messages.FindPatients(token=counter.token, kana="レン")
    answer = counter.ask(asked, messages.PatientList)
    assert (len(answer.patients), answer.more) == (FIND_PATIENTS_MAX, True)
    first = counter.ask(messages.FindPatients(token=counter.token, number="3"), messages.PatientList)
    assert (len(first.patients), first.more) == (1, False)


def test_nobody_finds_anybody_without_a_session(counter: Counter):
    assert counter.refused(messages.FindPatients(token="", kana="タ")) == "STAFF-0003"
    assert "patients-searched" not in counter.events()
