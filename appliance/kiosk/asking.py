"""Questions to the desk and the exchange, typed, without ever blocking the page's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from appliance.kiosk.problems import RefusedError, TooSlowError, UnexpectedAnswerError
from appliance.limits import (
    KIOSK_ASKING_MAX,
    KIOSK_DOCUMENT_PAUSE_S,
    KIOSK_DOCUMENT_WAIT_S,
    KIOSK_LOOK_UP_TIMEOUT_S,
    MHD_DOCUMENT_MAX_BYTES,
    SOCKET_TIMEOUT_S,
)
from appliance.records.messages import (
    DeskRequest,
    DocumentPiece,
    Failed,
    FindInNetwork,
    HubView,
    LookUp,
    Message,
    NetworkCandidates,
    ReadDocument,
    answer,
    to_bytes,
)
from appliance.sockets import ask

T = TypeVar("T")
M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the network, whole."""

    title: str
    source_name: str
    date: str
    content_type: str
    content: bytes


class Asking:
    """The kiosk's two partners, by their sockets."""

    def __init__(self, desk: Path, exchange: Path) -> None:
        self._desk = desk
        self._exchange = exchange
        self._turns = asyncio.Semaphore(KIOSK_ASKING_MAX)

    async def desk(self, message: DeskRequest, kind: type[M]) -> M:
        """The desk's answer. Raises RefusedError when it says no, PeerError when it says nothing."""
        return await self._typed(self._desk, message, kind, SOCKET_TIMEOUT_S)

    async def network(self, message: LookUp) -> HubView:
        """What the network holds, as the exchange decided it; raises like `desk`."""
        return await self._typed(self._exchange, message, HubView, KIOSK_LOOK_UP_TIMEOUT_S)

    async def candidates(self, message: FindInNetwork) -> NetworkCandidates:
        """Who a patient may be elsewhere; raises like `desk`."""
        return await self._typed(self._exchange, message, NetworkCandidates, KIOSK_LOOK_UP_TIMEOUT_S)

    async def document(self, token: str, patient: int, document: str) -> Document:
        """A document of the network, whole; raises like `desk`, and TooSlowError."""
        content = bytearray()
        try:
            async with asyncio.timeout(KIOSK_DOCUMENT_WAIT_S):
                while True:
                    asked = ReadDocument(token=token, patient=patient, document=document, offset=len(content))
                    piece = await self._piece(asked)
                    content += piece.data
                    if len(content) >= piece.size_bytes or not piece.data:
                        break
        except TimeoutError:
            raise TooSlowError from None
        if len(content) != piece.size_bytes or len(content) > MHD_DOCUMENT_MAX_BYTES:
            raise UnexpectedAnswerError
        return Document(piece.title, piece.source_name, piece.date, piece.content_type, bytes(content))

    async def _piece(self, asked: ReadDocument) -> DocumentPiece:
        """The next piece, once the hub has brought the document."""
        while True:
            piece = await self._typed(self._exchange, asked, DocumentPiece, KIOSK_LOOK_UP_TIMEOUT_S)
            if piece.ready:
                return piece
            await asyncio.sleep(KIOSK_DOCUMENT_PAUSE_S)

    async def _typed(self, socket: Path, message: Message, kind: type[M], timeout_s: float) -> M:
        request = to_bytes(message)
        async with self._turns:
            data = await in_thread(lambda: ask(socket, request, timeout_s=timeout_s))
        try:
            reply = answer(data)
        except msgspec.DecodeError as error:
            raise UnexpectedAnswerError from error
        if isinstance(reply, Failed):
            raise RefusedError(reply)
        if not isinstance(reply, kind):
            raise UnexpectedAnswerError
        return reply


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work beside the event loop.

    The thread is a daemon: a service that does not answer must not keep a stopping kiosk alive, as the standard
    executors would, which wait for their threads at exit.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - handed to whoever awaits, as it is
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has gone: the kiosk is stopping
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="kiosk-asking", daemon=True).start()
    return await future
