"""Signing in and out, and proving oneself again when the screen comes back from a patient."""

from __future__ import annotations

import contextlib

from starlette.responses import Response

from appliance.errors import RenkeiError
from appliance.kiosk.guard import HOME, SIGN_IN
from appliance.kiosk.problems import KioskError, RefusedError
from appliance.kiosk.visit import Visit, new_browser
from appliance.records.messages import Done, FacilityList, ListFacilities, SignedIn, SignIn, SignOut


class NothingTypedError(KioskError):
    """Name or password is empty."""

    code = "KIOSK-0402"

    def __init__(self) -> None:
        super().__init__(
            "名前とパスワードを入れてください。",
            "Give your name and your password.",
        )


async def show(visit: Visit) -> Response:
    if visit.session is not None:
        return visit.go(HOME)
    return visit.page("sign_in.html", **await _choices(visit))


async def sign_in(visit: Visit) -> Response:
    facility, login = visit.form.text("facility"), visit.form.text("login")
    try:
        who = await proven(visit, facility, login)
    except KioskError as problem:
        return visit.again("sign_in.html", problem, **await _choices(visit, facility, login))
    if visit.session is not None:
        await _end_at_desk(visit)
    visit.browser = new_browser()
    visit.session = visit.kiosk.sessions.start(visit.browser, login, who)
    return visit.go(HOME)


async def sign_out(visit: Visit) -> Response:
    """End the session here and at the desk; what a patient had begun is wiped with it."""
    if visit.session is not None:
        await _end_at_desk(visit)
        visit.session = None
    visit.browser = new_browser()
    reason = visit.form.text("reason")
    return visit.go(f"{SIGN_IN}?locked=1" if reason == "idle" else SIGN_IN)


async def proven(visit: Visit, facility: str, login: str) -> SignedIn:
    """Ask the desk whether the form's password is this person's. Raises RefusedError, or TooManyTriesError."""
    password = visit.form.secret("password")
    if not (facility and login and password):
        raise NothingTypedError
    name = (facility, login.casefold())
    visit.kiosk.tries.check((visit.address, name))
    try:
        who = await visit.desk(SignIn(facility=facility, login=login, password=password), SignedIn)
    except RefusedError:
        visit.kiosk.tries.failed((visit.address, name))
        raise
    visit.kiosk.tries.succeeded(name)
    return who


async def prove_again(visit: Visit) -> None:
    """The same person once more, under a new token and a new cookie; the old ones end. Raises like `proven`."""
    session = visit.staff
    who = await proven(visit, session.who.facility, session.login)
    old_token, fresh = session.token, new_browser()
    visit.kiosk.sessions.rename(visit.browser, fresh, who)
    visit.browser = fresh
    await _end_token(visit, old_token)


async def _end_at_desk(visit: Visit) -> None:
    session = visit.kiosk.sessions.end(visit.browser)
    if session is not None:
        await _end_token(visit, session.token)


async def _end_token(visit: Visit, token: str) -> None:
    """End a token at the desk; one that does not answer ends it by itself when it lies idle."""
    with contextlib.suppress(RenkeiError):
        await visit.desk(SignOut(token=token), Done)


async def _choices(visit: Visit, facility: str = "", login: str = "") -> dict[str, object]:
    known = await visit.desk(ListFacilities(), FacilityList)
    return {
        "facilities": known.facilities,
        "facility": facility,
        "login": login,
        "locked": visit.query.get("locked") == "1",
    }
