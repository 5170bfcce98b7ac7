"""Signing in and out at the desk."""

from __future__ import annotations

import pytest

from appliance.desk.setup import add_staff
from appliance.limits import SESSION_IDLE_S
from appliance.records import messages
from appliance.store.staff import StaffError
from tests.desk.counter import OTHER_FACILITY, Counter
from tests.store.consented import PASSWORD
from tests.store.made import FACILITY


def test_the_facilities_are_listed_before_anybody_signs_in(counter: Counter):
    found = counter.ask(messages.ListFacilities(), messages.FacilityList)
    assert [(one.number, one.name) for one in found.facilities] == [
        (FACILITY, "練習用内科"),
        (OTHER_FACILITY, "練習用薬局"),
    ]


def test_who_signs_in_is_told_who_and_where_they_are(counter: Counter):
    asked = messages.SignIn(facility=FACILITY, login="sensei", password=PASSWORD)
    found = counter.ask(asked, messages.SignedIn)
    assert (found.staff_name, found.role) == ("練習　花子", "doctor")
    assert (found.facility, found.facility_name) == (FACILITY, "練習用内科")
    again = counter.ask(messages.WhoAmI(token=found.token), messages.SignedIn)
    assert again == found


@pytest.mark.parametrize(
    ("facility", "login", "password"),
    [
        (FACILITY, "sensei", "wrong horse battery"),
        (FACILITY, "nobody", PASSWORD),
        (OTHER_FACILITY, "sensei", PASSWORD),
        ("", "", ""),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(counter: Counter, facility: str, login: str, password: str):
    asked = messages.SignIn(facility=facility, login=login, password=password)
    assert counter.refused(asked) == "STAFF-0002"


def test_who_signs_out_is_out_and_signing_out_twice_is_no_fault(counter: Counter):
    counter.ask(messages.SignOut(token=counter.token), messages.Done)
    counter.ask(messages.SignOut(token=counter.token), messages.Done)
    assert counter.refused(messages.WhoAmI(token=counter.token)) == "STAFF-0003"


def test_a_page_that_only_watches_does_not_keep_the_session_open(counter: Counter):
    for _ in range(4):
        counter.clock.advance(SESSION_IDLE_S / 4)
        if _ < 3:
            counter.ask(messages.WhoAmI(token=counter.token, touch=False), messages.SignedIn)
    assert counter.refused(messages.WhoAmI(token=counter.token)) == "STAFF-0003"


def test_asking_who_one_is_keeps_it_open(counter: Counter):
    for _ in range(8):
        counter.clock.advance(SESSION_IDLE_S / 2)
        counter.ask(messages.WhoAmI(token=counter.token), messages.SignedIn)


def test_an_unknown_role_makes_no_account(counter: Counter):
    with pytest.raises(StaffError):
        add_staff(counter.store, FACILITY, "x", "練習", "wizard", PASSWORD)


def test_an_administrator_can_be_set_up(counter: Counter):
    add_staff(counter.store, FACILITY, "kanri", "練習　管理", "clerk", PASSWORD, administrator=True)
    assert counter.store.value("SELECT administrator FROM staff WHERE login = 'kanri'") == 1
