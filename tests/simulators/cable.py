"""A network cable between two programs of a test: it forwards TCP connections, and can be pulled.

with Cable(to_port) as cable:
connect_to("127.0.0.1", cable.port)
cable.pull()    # nothing goes through any more, and nobody is told: a pulled plug, a PC asleep
cable.plug()    # what had been under way goes on
cable.cut()     # every connection is closed
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from typing import Self


class Cable:
    """Forwards connections from `port` to another port of the loopback, in a thread."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._other: dict[socket.socket, socket.socket] = {}
        self._plugged = threading.Event()
        self._plugged.set()
        self._cut = False
        self._stop = False
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._run)

    def pull(self) -> None:
        self._plugged.clear()

    def plug(self) -> None:
        self._plugged.set()

    def cut(self) -> None:
        self._cut = True
        self._waker.send(b"\0")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop = True
        self.plug()
        self._waker.send(b"\0")
        self._thread.join()
        for one in (self._listener, self._wake, self._waker):
            one.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for one in (self._listener, self._wake):
                selector.register(one, selectors.EVENT_READ)
            while not self._stop:
                for key, _ in selector.select():
                    self._plugged.wait()
                    self._step(selector, key.fileobj)  # type: ignore[arg-type]
                if self._cut or self._stop:
                    self._cut = False
                    for one in list(self._other):
                        self._close(selector, one)

    def _step(self, selector: selectors.BaseSelector, one: socket.socket) -> None:
        if one is self._wake:
            one.recv(4096)
        elif one is self._listener:
            self._join(selector)
        elif one in self._other:
            try:
                data = one.recv(1 << 16)
                if data:
                    self._other[one].sendall(data)
                    return
            except OSError:
                pass
            self._close(selector, one)

    def _join(self, selector: selectors.BaseSelector) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._to_port), 5)
        except OSError:
            near.close()
            return
        for one, other in ((near, far), (far, near)):
            self._other[one] = other
            selector.register(one, selectors.EVENT_READ)

    def _close(self, selector: selectors.BaseSelector, one: socket.socket) -> None:
        for end in (one, self._other.get(one)):
            if end is not None and self._other.pop(end, None) is not None:
                selector.unregister(end)
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
