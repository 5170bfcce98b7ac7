"""Channels to one storage server for several threads: one connection, made when it is needed, left when it is idle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from appliance.config import SftpConfig
from appliance.exchange.sftp import Sftp
from appliance.exchange.sftp_connection import SftpConnection
from appliance.exchange.sftp_errors import SftpCutError
from appliance.limits import SFTP_IDLE_S


@contextmanager
def sftp_at(server: SftpConfig) -> Iterator[Sftp]:
    """One channel on a connection of its own."""
    with SftpConnection(server) as connection:
        yield Sftp(connection.channel(), server.root)


@dataclass(slots=True)
class SftpChannels:
    """`channel` lends one to a thread. After a cut everything is made anew; the others' work is cut with it."""

    server: SftpConfig
    now_s: Callable[[], float]
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _connection: SftpConnection | None = field(init=False, default=None)
    _idle: list[Sftp] = field(init=False, default_factory=list)
    _lent: int = field(init=False, default=0)
    _used_at_s: float = field(init=False, default=0.0)

    @contextmanager
    def channel(self) -> Iterator[Sftp]:
        """Raises SftpError."""
        connection, sftp = self._lend()
        whole = False
        try:
            yield sftp
            whole = True
        except SftpCutError:
            self._drop(connection)
            raise
        finally:
            self._give_back(connection, sftp if whole else None)
            if not whole:
                sftp.close()

    def close(self) -> None:
        """Waits for nobody: a thread that is connecting just now is left behind."""
        if self._lock.acquire(blocking=False):
            self._leave()
            self._lock.release()

    def _lend(self) -> tuple[SftpConnection, Sftp]:
        with self._lock:
            connection = self._standing()
            self._lent += 1
            if self._idle:
                return connection, self._idle.pop()
        try:
            return connection, Sftp(connection.channel(), self.server.root)
        except SftpCutError:
            self._drop(connection)
            self._give_back(connection, None)
            raise

    def _standing(self) -> SftpConnection:
        idle = not self._lent and self.now_s() - self._used_at_s > SFTP_IDLE_S
        if self._connection is not None and (idle or not self._connection.stands):
            self._leave()
        if self._connection is None:
            self._connection = SftpConnection(self.server).__enter__()
        return self._connection

    def _give_back(self, connection: SftpConnection, sftp: Sftp | None) -> None:
        with self._lock:
            self._lent -= 1
            self._used_at_s = self.now_s()
            if sftp is not None and connection is self._connection:
                self._idle.append(sftp)

    def _drop(self, connection: SftpConnection) -> None:
        with self._lock:
            if connection is self._connection:
                self._leave()

    def _leave(self) -> None:
        self._idle.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
