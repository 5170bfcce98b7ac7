"""A network's storage by SFTP (paramiko): operations are carried out whole, once, and go on after a cut.

The server is known by its pinned key alone, the box by a key of its own. Bytes go to a part, are made durable
(fsync@openssh.com) and get their name at once (posix-rename@openssh.com). What a cut left is read back before more is
added to it: a part counts only as far as it is what is being sent.
"""

from __future__ import annotations

import binascii
import errno
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR
from typing import Final, Self

import paramiko
from paramiko.pkey import UnknownKeyType
from paramiko.sftp import CMD_EXTENDED
from paramiko.ssh_exception import IncompatiblePeer

from appliance.exchange.sftp_errors import (
    conflict,
    cut,
    host_key,
    incompatible,
    key_unreadable,
    refusal,
    sign_in,
)
from appliance.exchange.ssmix2.storage import Operation, Rename, Write
from appliance.limits import (
    SFTP_ANSWER_S,
    SFTP_CONNECT_S,
    SFTP_HANDSHAKE_S,
    SFTP_PIECE_BYTES,
    SFTP_UNANSWERED_BYTES,
)

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


@dataclass(frozen=True, slots=True)
class SftpServer:
    """Where the storage is: `host_key` as a line of known_hosts has it (`ssh-ed25519 AAAA…`), `root` a folder there."""

    host: str
    port: int
    user: str
    host_key: str
    key_file: Path
    root: str = "."


@dataclass(slots=True)
class Sftp:
    """One connection, a context manager. Every call raises SftpError; after SftpCutError a new one is needed."""

    server: SftpServer
    _transport: paramiko.Transport | None = field(init=False, default=None)
    _client: paramiko.SFTPClient | None = field(init=False, default=None)
    _folders: set[str] = field(init=False, default_factory=set)
    """Folders that are known to be there."""
    _written: set[str] = field(init=False, default_factory=set)
    """Parts of this connection that are whole, and whose name was seen to be free."""
    _durable: bool = field(init=False, default=True)
    """Whether the server knows how to make a file durable; without it closing a file is all there is."""

    def __enter__(self) -> Self:
        try:
            with self._told():
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

    # --- connecting -----------------------------------------------------------------------------------

    def _connect(self) -> None:
        pinned = pinned_key(self.server.host_key)
        own = _own_key(self.server.key_file)
        at = (self.server.host, self.server.port)
        transport = paramiko.Transport(socket.create_connection(at, timeout=SFTP_CONNECT_S))
        self._transport = transport
        transport.banner_timeout = transport.auth_timeout = SFTP_HANDSHAKE_S
        _restrict(transport, pinned)
        transport.start_client(timeout=SFTP_HANDSHAKE_S)
        if transport.get_remote_server_key().asbytes() != pinned.asbytes():
            raise host_key()
        transport.auth_publickey(self.server.user, own)
        client = paramiko.SFTPClient.from_transport(transport)
        channel = client.get_channel() if client else None
        if client is None or channel is None:
            raise EOFError
        channel.settimeout(SFTP_ANSWER_S)
        self._client = client

    @property
    def _sftp(self) -> paramiko.SFTPClient:
        if self._client is None:
            raise cut()
        return self._client

    # --- operations -----------------------------------------------------------------------------------

    def carry_out(self, operations: Iterable[Operation]) -> None:
        """Carry those of one change out in their order; what an earlier connection did of them is not done again."""
        with self._told():
            for one in operations:
                if isinstance(one, Write):
                    self._write(one)
                else:
                    self._rename(one)

    def _write(self, one: Write) -> None:
        """Bring the part to hold all the bytes, unless they lie under their name already."""
        if (size := self._size(one.path)) is not None:
            if size != len(one.data) or self._agreeing(one.path, one.data) != size:
                raise conflict()
            return
        there = self._size(one.part)
        if there is None:
            self._make_folder(one.part.rpartition("/")[0])
        good = self._agreeing(one.part, one.data) if there else 0
        with self._open_part(one.part, new=there is None) as file:
            if there and there > good:
                file.truncate(good)
            self._send(file, one.data, good)
            self._make_durable(file)
        self._written.add(one.part)

    def _open_part(self, part: str, *, new: bool) -> paramiko.SFTPFile:
        """Never emptied in opening: what an earlier connection has under way may still come after this one's."""
        if new:
            try:
                return self._sftp.open(self._path(part), "x+b")
            except OSError as error:
                if error.errno is not None:
                    raise
        return self._sftp.open(self._path(part), "r+b")

    def _send(self, file: paramiko.SFTPFile, data: bytes, start: int) -> None:
        """From `start` on, in pieces; the last of every group waits for the answers to the whole group."""
        file.seek(start)
        for begin in range(start, len(data), SFTP_UNANSWERED_BYTES):
            group = data[begin : begin + SFTP_UNANSWERED_BYTES]
            last = (len(group) - 1) // SFTP_PIECE_BYTES * SFTP_PIECE_BYTES
            file.set_pipelined(True)
            for place in range(0, last, SFTP_PIECE_BYTES):
                file.write(group[place : place + SFTP_PIECE_BYTES])
            file.set_pipelined(False)
            file.write(group[last:])

    def _make_durable(self, file: paramiko.SFTPFile) -> None:
        if not self._durable:
            return
        try:
            request = self._sftp._request  # type: ignore[attr-defined] # noqa: SLF001 - paramiko has no call for it
            request(CMD_EXTENDED, "fsync@openssh.com", file.handle)
        except OSError as error:
            if error.errno != errno.EACCES and "unsupported" not in str(error).lower():
                raise
            self._durable = False

    def _agreeing(self, path: str, data: bytes) -> int:
        """How many bytes of a file are the beginning of `data`: as many whole pieces, and a last one, as agree."""
        good = 0
        with self._sftp.open(self._path(path), "rb") as file:
            while good < len(data):
                piece = file.read(min(SFTP_PIECE_BYTES, len(data) - good))
                if not piece or piece != data[good : good + len(piece)]:
                    break
                good += len(piece)
        return good

    def _rename(self, one: Rename) -> None:
        if one.source not in self._written and self._is_renamed(one):
            return
        try:
            self._move(self._path(one.source), self._path(one.target))
        except OSError:
            if not self._is_renamed(one):
                raise

    def _is_renamed(self, one: Rename) -> bool:
        """Whether only the new name is there; raises SftpConflictError for both or none."""
        source_there = self._size(one.source) is not None
        target_there = self._size(one.target) is not None
        if source_there == target_there:
            raise conflict()
        return target_there

    def _move(self, source: str, target: str) -> None:
        """By the plain request at a server that does not know, or allow, the better one."""
        try:
            self._sftp.posix_rename(source, target)
        except OSError as error:
            if error.errno == errno.ENOENT:
                raise
            self._sftp.rename(source, target)

    # --- names ----------------------------------------------------------------------------------------

    def _path(self, path: str) -> str:
        return f"{self.server.root}/{path}"

    def _size(self, path: str) -> int | None:
        """Of a file, 0 of a folder; None where there is neither."""
        try:
            found = self._sftp.stat(self._path(path))
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            raise
        return 0 if S_ISDIR(found.st_mode or 0) else found.st_size or 0

    def _make_folder(self, folder: str) -> None:
        if not folder or folder in self._folders:
            return
        if self._size(folder) is None:
            self._make_folder(folder.rpartition("/")[0])
            self._sftp.mkdir(self._path(folder))
        self._folders.add(folder)

    # --- errors ---------------------------------------------------------------------------------------

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What went wrong, as one of the errors of this module."""
        try:
            yield
        except paramiko.AuthenticationException as error:
            raise sign_in() from error
        except IncompatiblePeer as error:
            raise incompatible() from error
        except (paramiko.SSHException, EOFError, ConnectionError, TimeoutError) as error:
            raise cut() from error
        except OSError as error:
            raise (cut() if self._is_cut() else refusal(error)) from error

    def _is_cut(self) -> bool:
        """Whether an error is of the line: before anything can be asked of the server every one is."""
        channel = self._client.get_channel() if self._client else None
        alive = self._transport is not None and self._transport.is_active()
        return channel is None or channel.closed or not alive


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


def _own_key(path: Path) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_path(path)
    except (OSError, ValueError, paramiko.SSHException, UnknownKeyType) as error:
        raise key_unreadable() from error
