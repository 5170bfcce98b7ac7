"""PUSH: a WebSocket on which the server says that something changed. A hint to ask sooner, and nothing more.

Notifications are neither acknowledged nor repeated by the server. Losing them, or the connection, costs nothing but time.
"""

from __future__ import annotations

import contextlib
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from appliance.clock import Clock
from appliance.intake.orca.hints import Hint, hint_of, table
from appliance.intake.orca.troubles import OrcaError
from appliance.limits import (
    ORCA_PUSH_AT_ONCE,
    ORCA_PUSH_CONNECT_S,
    ORCA_PUSH_MESSAGE_MAX_BYTES,
    ORCA_PUSH_RETRY_S,
)

_TENANT: Final = {"X-GINBEE-TENANT-ID": "1"}
_SUBSCRIBE: Final = b'{"command":"subscribe","req.id":"renkei","event":"*"}'


class Push:
    """One subscription to everything. `context` makes the API's own where the address is wss."""

    def __init__(self, address: str, context: Callable[[], ssl.SSLContext], clock: Clock) -> None:
        self._address = address
        self._context = context
        self._clock = clock
        self._connection: ClientConnection | None = None
        self._open = contextlib.ExitStack()
        self._try_at_s = clock.monotonic_s()
        self._known: deque[str] = deque(maxlen=ORCA_PUSH_AT_ONCE)

    @property
    def away(self) -> bool:
        return self._connection is None

    def listen(self) -> Hint:
        """What has come since the last time, without waiting for more; a new connection is a hint by itself."""
        if self._connection is None:
            return self._connect()
        hint = Hint()
        try:
            for message in self._messages(self._connection):
                hint = hint.and_also(self._hint(message))
        except (OSError, WebSocketException):
            self.close()
        return hint

    def close(self) -> None:
        with contextlib.suppress(OSError, WebSocketException):
            self._open.close()
        self._connection = None
        self._try_at_s = self._clock.monotonic_s() + ORCA_PUSH_RETRY_S

    def _connect(self) -> Hint:
        if self._clock.monotonic_s() < self._try_at_s:
            return Hint()
        try:
            opened = connect(
                self._address,
                ssl=self._context() if self._address.startswith("wss:") else None,
                additional_headers=_TENANT,
                open_timeout=ORCA_PUSH_CONNECT_S,
                close_timeout=ORCA_PUSH_CONNECT_S,
                max_size=ORCA_PUSH_MESSAGE_MAX_BYTES,
                proxy=None,
            )
            self._connection = self._open.enter_context(opened)
            self._connection.send(_SUBSCRIBE, text=True)
        except (OSError, WebSocketException, OrcaError):
            self.close()
            return Hint()
        return Hint(something=True)

    def _messages(self, connection: ClientConnection) -> Iterator[str | bytes]:
        for _ in range(ORCA_PUSH_AT_ONCE):
            try:
                yield connection.recv(timeout=0)
            except TimeoutError:
                return

    def _hint(self, message: str | bytes) -> Hint:
        """Of one message; whatever is no notification, or came before, says nothing."""
        try:
            told = msgspec.json.decode(message)
        except msgspec.DecodeError:
            return Hint()
        event = table(table(told).get("data"))
        uuid = event.get("uuid")
        if table(told).get("command") != "event" or uuid in self._known:
            return Hint()
        if isinstance(uuid, str):
            self._known.append(uuid)
        return hint_of(event)
