"""A few threads that carry requests to the hub. They hold nothing: when the service stops, they are left behind.

(`concurrent.futures`' own pool would keep the process alive until the slowest request has timed out.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class RequestThreads:
    """`count` daemon threads; `submit` gives the future of a request's result."""

    def __init__(self, count: int, name: str) -> None:
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._count = count
        for number in range(count):
            threading.Thread(target=self._carry, name=f"{name}-{number}", daemon=True).start()

    def submit(self, request: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        self._queue.put((future, request))
        return future

    def stop(self) -> None:
        """Each thread ends after what it is at."""
        for _ in range(self._count):
            self._queue.put(None)

    def _carry(self) -> None:
        while (errand := self._queue.get()) is not None:
            future, request = errand
            try:
                future.set_result(request())
            except BaseException as error:  # noqa: BLE001 - the thread's edge: whoever waits for the result raises it
                future.set_exception(error)
