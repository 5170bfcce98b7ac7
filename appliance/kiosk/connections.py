"""Connections that may not be held open for nothing: a browser, or something on the LAN, must ask or go."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from appliance.limits import KIOSK_GOODBYE_S, KIOSK_REQUEST_WITHIN_S


class BoundedConnection(H11Protocol):
    """Closed when within KIOSK_REQUEST_WITHIN_S no request began and none is being answered.

    The server itself bounds the wait between two requests only, not the one for a first or a half-sent request.
    """

    _seen: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look_later()

    def shutdown(self) -> None:
        """Say goodbye, but do not wait long for a browser to say it too: a stop is due in STOP_WITHIN_S."""
        super().shutdown()
        if self.transport.is_closing():
            self.loop.call_later(KIOSK_GOODBYE_S, self.transport.abort)

    def _look_later(self) -> None:
        self.loop.call_later(KIOSK_REQUEST_WITHIN_S, self._look)

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        cycle: Any = self.cycle
        if cycle is self._seen and (cycle is None or cycle.response_complete):
            self.transport.close()
            return
        self._seen = cycle
        self._look_later()
