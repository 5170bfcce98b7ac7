"""A connection to a network's storage server (paramiko): known by its pinned key alone, with strong methods only.

One connection carries several channels, each with its own requests under way (`sftp.Sftp`).
"""

from __future__ import annotations

import binascii
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import paramiko
from paramiko.pkey import UnknownKeyType
from paramiko.ssh_exception import IncompatiblePeer

from appliance.config import SftpConfig
from appliance.exchange.sftp_errors import cut, host_key, incompatible, key_unreadable, sign_in
from appliance.exchange.sftp_wire import UnreadableAnswerError
from appliance.limits import SFTP_ANSWER_S, SFTP_CONNECT_S, SFTP_HANDSHAKE_S

CIPHERS: Final = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes128-ctr")
DIGESTS: Final = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
EXCHANGES: Final = (
    "mlkem768x25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
)
"""What may be agreed upon: AES, SHA-2, and exchanges of at least 128 bits (CRYPTREC's list; nothing with SHA-1)."""
_OF_RSA: Final = ("rsa-sha2-512", "rsa-sha2-256")


@dataclass(slots=True)
class SftpConnection:
    """One connection, a context manager. Everything raises SftpError; after SftpCutError a new one is needed."""

    server: SftpConfig
    _transport: paramiko.Transport | None = field(init=False, default=None)

    def __enter__(self) -> Self:
        try:
            with told():
                self._connect()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @property
    def stands(self) -> bool:
        return self._transport is not None and self._transport.is_active()

    def channel(self) -> paramiko.Channel:
        """A new channel to the server's SFTP."""
        with told():
            if self._transport is None:
                raise EOFError
            channel = self._transport.open_session(timeout=SFTP_HANDSHAKE_S)
            channel.settimeout(SFTP_ANSWER_S)
            channel.invoke_subsystem("sftp")
            return channel

    def _connect(self) -> None:
        pinned = pinned_key(self.server.host_key)
        own = own_key(self.server.key)
        at = (self.server.host, self.server.port)
        line = socket.create_connection(at, timeout=SFTP_CONNECT_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(line)
        self._transport = transport
        transport.banner_timeout = transport.auth_timeout = SFTP_HANDSHAKE_S
        _restrict(transport, pinned)
        transport.start_client(timeout=SFTP_HANDSHAKE_S)
        if transport.get_remote_server_key().asbytes() != pinned.asbytes():
            raise host_key()
        transport.auth_publickey(self.server.user, own)


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong with the line, as one of the errors of sftp_errors."""
    try:
        yield
    except paramiko.AuthenticationException as error:
        raise sign_in() from error
    except IncompatiblePeer as error:
        raise incompatible() from error
    except (paramiko.SSHException, EOFError, OSError, UnreadableAnswerError) as error:
        raise cut() from error


def _restrict(transport: paramiko.Transport, pinned: paramiko.PKey) -> None:
    options = transport.get_security_options()
    options.ciphers, options.digests, options.kex = CIPHERS, DIGESTS, EXCHANGES
    name = pinned.get_name()
    options.key_types = _OF_RSA if name == "ssh-rsa" else (name,)


def pinned_key(line: str) -> paramiko.PKey:
    """The public key of a line of known_hosts without its names; raises SftpHostKeyError for anything else."""
    kind, _, rest = line.strip().partition(" ")
    try:
        return paramiko.PKey.from_type_string(kind, binascii.a2b_base64(rest.split()[0]))
    except (IndexError, ValueError, paramiko.SSHException, UnknownKeyType) as error:
        raise host_key() from error


def own_key(path: Path) -> paramiko.PKey:
    """The box's own key; raises SftpSignInError where it cannot be read."""
    try:
        return paramiko.PKey.from_path(path)
    except (OSError, ValueError, paramiko.SSHException, UnknownKeyType) as error:
        raise key_unreadable() from error
