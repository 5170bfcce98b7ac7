"""The security headers of every answer, whatever it is: a layer around the whole application."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appliance.limits import KIOSK_STATIC_MAX_AGE_S

STATIC: Final = "/static/"

_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
_UNUSED: Final = (
    "camera",
    "display-capture",
    "geolocation",
    "microphone",
    "payment",
    "usb",
    "serial",
)

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in _POLICY.items()),
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NO_STORE: Final = "no-store"


class SecurityHeaders:
    """Adds the headers to every answer; only a static file that exists may be kept by the browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                headers["Cache-Control"] = _cache_control(scope["path"], message["status"])
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _cache_control(path: str, status: int) -> str:
    if path.startswith(STATIC) and status == 200:  # noqa: PLR2004 - 200 OK
        return f"public, max-age={KIOSK_STATIC_MAX_AGE_S}, immutable"
    return NO_STORE
