"""What stands before every page: cookies, sessions, form tokens, and who may see what the routes table says."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from appliance.errors import RenkeiError
from appliance.kiosk.catalogue import Language
from appliance.kiosk.forms import read_form
from appliance.kiosk.problems import InternalProblemError, RefusedError, StaleFormError
from appliance.kiosk.visit import Kiosk, NotSignedInError, Visit, new_browser
from appliance.records.messages import SignedIn, WhoAmI

SESSION_COOKIE: Final = "__Host-renkei"
LANGUAGE_COOKIE: Final = "__Host-renkei-language"
FORM_FIELD: Final = "form_token"
NO_SESSION: Final = "STAFF-0003"
"""What the desk answers for a session that has ended."""
SIGN_IN: Final = "/sign-in"
HOME: Final = "/home"
FLOW: Final = "/flow"

_log = logging.getLogger(__name__)

Answer = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Access(StrEnum):
    """Who may use a page."""

    EVERYONE = "everyone"
    STAFF = "staff"
    """A signed-in member of staff, while no patient has the screen."""
    PATIENT = "patient"
    """A signed-in session whose screen a patient has; it reaches these pages and no other."""


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the routes table."""

    method: str
    path: str
    access: Access
    answer: Answer


class _ElsewhereError(Exception):
    """The session's state belongs to another page."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def guarded(kiosk: Kiosk, page: Page) -> Endpoint:
    """The page behind its guard, as the web framework calls it."""

    async def endpoint(request: Request) -> Response:
        visit = visit_of(kiosk, request)
        response = await _answered(visit, page, request)
        remember(visit, request, response)
        return response

    return endpoint


def visit_of(kiosk: Kiosk, request: Request) -> Visit:
    browser = request.cookies.get(SESSION_COOKIE, "")
    language = request.cookies.get(LANGUAGE_COOKIE, "")
    return Visit(
        kiosk=kiosk,
        browser=browser or new_browser(),
        chosen_language=Language(language) if language in set(Language) else Language.JA,
        session=kiosk.sessions.find(browser) if browser else None,
        address=request.client.host if request.client else "",
        path=dict(request.path_params),
        query=dict(request.query_params),
    )


async def _answered(visit: Visit, page: Page, request: Request) -> Response:
    try:
        if page.method == "POST":
            visit.form = await read_form(request)
            _check_token(visit, request)
        await _admit(visit, page.access)
        return await page.answer(visit)
    except _ElsewhereError as elsewhere:
        return visit.go(elsewhere.address)
    except NotSignedInError:
        return visit.go(SIGN_IN)
    except RenkeiError as problem:
        return visit.error_page(problem)
    except Exception as error:  # noqa: BLE001 - the request's edge: the page must answer, and say nothing of the cause
        _log.error("%s: %s in %s", InternalProblemError.code, type(error).__name__, _place(error))
        return visit.error_page(InternalProblemError())


def _check_token(visit: Visit, request: Request) -> None:
    """Raises StaleFormError unless the form bears this browser's token and comes from this page."""
    token = visit.form.secret(FORM_FIELD)
    same_site = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    if not same_site or not hmac.compare_digest(token.encode(), visit.form_token.encode()):
        raise StaleFormError


async def _admit(visit: Visit, access: Access) -> None:
    if access is Access.EVERYONE:
        return
    await _confirm_session(visit)
    has_patient = visit.staff.flow is not None
    if access is Access.STAFF and has_patient:
        raise _ElsewhereError(FLOW)
    if access is Access.PATIENT and not has_patient:
        raise _ElsewhereError(HOME)


async def _confirm_session(visit: Visit) -> None:
    """Ask the desk whether the session still has its rights; one that it does not know ends here too."""
    session = visit.staff
    try:
        session.who = await visit.desk(WhoAmI(token=session.token), SignedIn)
    except RefusedError as refused:
        if refused.code != NO_SESSION:
            raise
        visit.kiosk.sessions.end(visit.browser)
        visit.session = None
        raise NotSignedInError from None
    visit.kiosk.sessions.touch(session)


def remember(visit: Visit, request: Request, response: Response) -> None:
    """Set the cookies that the browser does not have yet."""
    if request.cookies.get(SESSION_COOKIE) != visit.browser:
        _set_cookie(response, SESSION_COOKIE, visit.browser)
    if request.cookies.get(LANGUAGE_COOKIE, Language.JA) != visit.chosen_language:
        _set_cookie(response, LANGUAGE_COOKIE, visit.chosen_language)


def _set_cookie(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, path="/", secure=True, httponly=True, samesite="strict")


def _place(error: Exception) -> str:
    """File and line where it happened; never the message, which may hold personal data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
