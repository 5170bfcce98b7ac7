"""A connection to the operator's syslog receiver: mutual TLS, and what can be known of what arrived.

RFC 5425 has no acknowledgement. What stands for one here, all of it together: the receiver's kernel has every byte, the
receiver lived on for `AUDIT_GRACE_S` after that, and it then answered our close_notify by closing in order. A process
that dies with bytes unread makes its kernel reset the connection instead; one that hangs does not close.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import ssl
import struct
import termios
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from appliance.config import AuditConfig, HubConfig
from appliance.errors import Audience, RenkeiError
from appliance.limits import AUDIT_CLOSE_S, AUDIT_CONNECT_S, AUDIT_LIFE_S, AUDIT_SEND_S

_PIECE_BYTES: Final = 65_536
_LAST_ACK_AT: Final = 56
"""Where `tcpi_last_ack_recv` (ms) stands in Linux' struct tcp_info."""
_PROBES: Final = 3


class ReceiverCertificateError(RenkeiError):
    """The certificates named in `[audit]` cannot be used."""

    code = "AUDIT-0003"
    audience = Audience.INSTALLER


class ReceiverLostError(Exception):
    """The connection broke, or was never made: what was sent on it counts as not sent. `reason` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the connection waits for what (seconds)."""

    connect_s: float = AUDIT_CONNECT_S
    send_s: float = AUDIT_SEND_S
    close_s: float = AUDIT_CLOSE_S
    life_s: float = AUDIT_LIFE_S


def tls_context(audit: AuditConfig, hub: HubConfig) -> ssl.SSLContext:
    """Mutual TLS 1.2 or newer with GCM suites and a pinned CA; what `[audit]` does not name is the hub's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM")
    try:
        context.load_verify_locations(audit.ca or hub.ca)
        context.load_cert_chain(audit.certificate or hub.certificate, audit.key or hub.key)
    except OSError as error:
        raise ReceiverCertificateError(
            "監査の受信サーバーに接続するための証明書を読めません。",
            "The certificates for the audit receiver cannot be read.",
            hint_ja="site.toml の audit.ca、audit.certificate、audit.key を確かめてください。",
            hint_en="Check audit.ca, audit.certificate and audit.key in site.toml.",
        ) from error
    return context


class Receiver:
    """One connection. Every method raises ReceiverLostError when it turns out to be broken."""

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        monotonic_s: Callable[[], float],
        waits: Waits | None = None,
    ) -> None:
        self._monotonic_s = monotonic_s
        self._waits = waits or Waits()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=address[0])
        try:
            self._socket = socket.create_connection(address, self._waits.connect_s)
        except OSError as error:
            raise ReceiverLostError("unreachable") from error
        try:
            self._watch_life()
            self._handshake()
        except ReceiverLostError:
            self.abandon()
            raise

    def send(self, frames: bytes) -> None:
        """Hand bytes to the kernel; whatever the receiver said meanwhile is heard first."""
        self.listen()
        self._tls.write(frames)
        self._flush()

    def listen(self) -> None:
        """Hear whether the receiver has refused us, or gone: a TLS 1.3 receiver judges a certificate after the handshake."""
        while (piece := self._received(0.0)) is not None:
            if not piece:
                raise ReceiverLostError("closed")
            self._incoming.write(piece)
            self._heard()

    def unacknowledged_bytes(self) -> int:
        """What the receiver's kernel has not acknowledged yet (SIOCOUTQ)."""
        try:
            answer = fcntl.ioctl(self._socket, termios.TIOCOUTQ, struct.pack("i", 0))
        except OSError as error:
            raise ReceiverLostError("dropped") from error
        return int(struct.unpack("i", answer)[0])

    def silent_s(self) -> float:
        """How long ago the receiver's kernel last acknowledged anything, questions about its life included."""
        info = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST_ACK_AT + 4)
        return float(struct.unpack_from("I", info, _LAST_ACK_AT)[0]) / 1000

    def close_in_order(self) -> None:
        """Say that no more comes, and wait until the receiver, having read everything, closes too."""
        try:
            with contextlib.suppress(ssl.SSLWantReadError):
                self._tls.unwrap()
            self._flush()
            self._socket.shutdown(socket.SHUT_WR)
        except ssl.SSLError as error:
            raise ReceiverLostError("tls") from error
        except OSError as error:
            raise ReceiverLostError("dropped") from error
        end_s = self._monotonic_s() + self._waits.close_s
        while piece := self._received(max(end_s - self._monotonic_s(), 0.001)):
            self._incoming.write(piece)
            with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
                self._heard()
        if piece is None:
            raise ReceiverLostError("timeout")
        self._socket.close()

    def abandon(self) -> None:
        """Let go of a connection that is of no use any more."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _watch_life(self) -> None:
        """Have the kernel ask a silent receiver whether it lives, and give up on one that takes nothing."""
        life_s, send_ms = max(round(self._waits.life_s), 1), round(self._waits.send_s * 1000)
        tcp = socket.IPPROTO_TCP
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket.setsockopt(tcp, socket.TCP_KEEPIDLE, life_s)
        self._socket.setsockopt(tcp, socket.TCP_KEEPINTVL, life_s)
        self._socket.setsockopt(tcp, socket.TCP_KEEPCNT, _PROBES)
        self._socket.setsockopt(tcp, socket.TCP_USER_TIMEOUT, send_ms)

    def _handshake(self) -> None:
        end_s = self._monotonic_s() + self._waits.connect_s
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
            except ssl.SSLError as error:
                with contextlib.suppress(ReceiverLostError):
                    self._flush()  # the alert that tells the receiver why
                raise ReceiverLostError("tls") from error
            else:
                self._flush()
                return
            piece = self._received(max(end_s - self._monotonic_s(), 0.001))
            if not piece:
                raise ReceiverLostError("timeout" if piece is None else "closed")
            self._incoming.write(piece)

    def _heard(self) -> None:
        try:
            while self._tls.read(_PIECE_BYTES):
                pass
        except ssl.SSLWantReadError:
            return
        except ssl.SSLZeroReturnError as error:
            raise ReceiverLostError("closed") from error
        except ssl.SSLError as error:
            raise ReceiverLostError("tls") from error
        raise ReceiverLostError("closed")

    def _received(self, within_s: float) -> bytes | None:
        """What has come; empty: the receiver has closed; None: nothing came in time."""
        self._socket.settimeout(within_s)
        try:
            return self._socket.recv(_PIECE_BYTES)
        except (BlockingIOError, TimeoutError):
            return None
        except OSError as error:
            raise ReceiverLostError("dropped") from error

    def _flush(self) -> None:
        self._socket.settimeout(self._waits.send_s)
        try:
            self._socket.sendall(self._outgoing.read())
        except TimeoutError as error:
            raise ReceiverLostError("timeout") from error
        except OSError as error:
            raise ReceiverLostError("dropped") from error
