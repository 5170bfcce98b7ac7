"""The web application: the routes table behind its guard, errors as pages, security headers around all of it."""

from __future__ import annotations

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.kiosk.asking import Asking
from appliance.kiosk.guard import guarded, remember, visit_of
from appliance.kiosk.headers import SecurityHeaders
from appliance.kiosk.pages import Pages
from appliance.kiosk.problems import KioskError, MethodUnknownError, PageUnknownError
from appliance.kiosk.routes.table import ROUTES
from appliance.kiosk.sessions import SESSION_LASTS_S, Sessions
from appliance.kiosk.static_files import load_static
from appliance.kiosk.tries import Tries
from appliance.kiosk.visit import Kiosk
from appliance.limits import (
    KIOSK_DRAFT_IDLE_S,
    KIOSK_DRAFT_QUESTION_S,
    KIOSK_SESSION_WARNING_S,
    KIOSK_SIGNATURE_MAX_POINTS,
    SIGNATURE_HEIGHT,
    SIGNATURE_MIN_POINTS,
    SIGNATURE_WIDTH,
)


def make_kiosk(site: SiteConfig, clock: Clock) -> Kiosk:
    """Everything the pages work with, for one site."""
    static = load_static()
    constants: dict[str, object] = {
        "practice": site.kiosk.practice,
        "network_name": site.network.name,
        "staff_idle_s": int(SESSION_LASTS_S - KIOSK_SESSION_WARNING_S),
        "staff_question_s": int(KIOSK_SESSION_WARNING_S),
        "patient_idle_s": int(KIOSK_DRAFT_IDLE_S),
        "patient_question_s": int(KIOSK_DRAFT_QUESTION_S),
        "signature_width": SIGNATURE_WIDTH,
        "signature_height": SIGNATURE_HEIGHT,
        "signature_min_points": SIGNATURE_MIN_POINTS,
        "signature_max_points": KIOSK_SIGNATURE_MAX_POINTS,
    }
    return Kiosk(
        site=site,
        clock=clock,
        asking=Asking(site.socket("desk"), site.socket("exchange")),
        sessions=Sessions(clock),
        tries=Tries(clock),
        pages=Pages(static, constants),
        static=static,
    )


def make_application(kiosk: Kiosk) -> Starlette:
    """The ASGI application of a kiosk."""

    async def unrouted(request: Request, error: Exception) -> Response:
        """An address or method that the routes table does not have."""
        visit = visit_of(kiosk, request)
        problem: KioskError = PageUnknownError()
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            problem = MethodUnknownError()
        response = visit.error_page(problem)
        remember(visit, request, response)
        return response

    application = Starlette(
        routes=[Route(page.path, guarded(kiosk, page), methods=[page.method]) for page in ROUTES],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={HTTPException: unrouted},
    )
    application.router.redirect_slashes = False
    return application
