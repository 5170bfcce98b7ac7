"""Answers about signing in and out."""

from __future__ import annotations

from appliance.desk.desk import Desk
from appliance.records.messages import (
    Done,
    FacilityItem,
    FacilityList,
    ListFacilities,
    SignedIn,
    SignIn,
    SignOut,
    WhoAmI,
)
from appliance.store import staff
from appliance.store.staff import StaffSession


def sign_in(desk: Desk, asked: SignIn) -> SignedIn:
    token, session = staff.sign_in(desk.store, asked.facility, asked.login, asked.password)
    return _signed_in(desk, token, session)


def sign_out(desk: Desk, asked: SignOut) -> Done:
    staff.sign_out(desk.store, asked.token)
    return Done()


def who_am_i(desk: Desk, asked: WhoAmI) -> SignedIn:
    return _signed_in(desk, asked.token, desk.session(asked.token, touch=asked.touch))


def list_facilities(desk: Desk, _: ListFacilities) -> FacilityList:
    return FacilityList(
        facilities=tuple(FacilityItem(number=one.number, name=one.name) for one in desk.site.facilities)
    )


def _signed_in(desk: Desk, token: str, session: StaffSession) -> SignedIn:
    return SignedIn(
        token=token,
        staff_name=session.name,
        role=session.role,
        facility=session.facility,
        facility_name=desk.site.facility_name(session.facility),
    )
