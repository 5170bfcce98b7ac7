"""What every page needs: the front door, styles and scripts, the language, and the sign of life."""

from __future__ import annotations

from starlette.responses import Response

from appliance.kiosk.catalogue import Language
from appliance.kiosk.guard import FLOW, HOME, SIGN_IN
from appliance.kiosk.problems import PageUnknownError
from appliance.kiosk.visit import Visit


async def front(visit: Visit) -> Response:
    return visit.go(HOME if visit.session else SIGN_IN)


async def alive(_visit: Visit) -> Response:
    """Says only that the page answers; for the watchdog and the installer."""
    return Response(status_code=204)


async def stay(_visit: Visit) -> Response:
    """The person before the screen is still there: the guard has already counted it."""
    return Response(status_code=204)


async def static_file(visit: Visit) -> Response:
    known = visit.kiosk.static.get(visit.path["name"])
    if known is None:
        raise PageUnknownError
    return Response(known.body, media_type=known.media_type)


async def choose_language(visit: Visit) -> Response:
    """Change the language of the staff's pages; a patient's is chosen before they get the screen."""
    visit.chosen_language = visit.form.choice("language", Language)
    if visit.session is None:
        return visit.go(SIGN_IN)
    return visit.go(FLOW if visit.session.flow else HOME)
