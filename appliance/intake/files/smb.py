"""A session with another computer by SMB 3, signed and encrypted; every call bounded in time.

The library waits for ever by itself. Here a call that is not answered within limits.SHARE_CALL_S is a TimeoutError, and
every failure one of the built-in errors that `tree` speaks of.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import struct
import uuid
from collections.abc import Iterator
from typing import Any, Final

from smbprotocol import Dialects
from smbprotocol.connection import Connection, SigningAlgorithms
from smbprotocol.exceptions import (
    SMBAuthenticationError,
    SMBException,
    SMBOSError,
    SMBResponseException,
    SMBUnsupportedFeature,
)
from smbprotocol.header import NtStatus
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

from appliance.clock import Clock
from appliance.intake.files.troubles import UnsafeError
from appliance.limits import KIB, SHARE_CALL_S, SHARE_CONNECT_S
from appliance.sources import ShareSource

_BUSY: Final = frozenset(
    {
        NtStatus.STATUS_SHARING_VIOLATION,
        NtStatus.STATUS_DELETE_PENDING,
        NtStatus.STATUS_END_OF_FILE,  # it is shorter than it was when it was opened
        0xC0000054,  # STATUS_FILE_LOCK_CONFLICT
        0xC0000055,  # STATUS_LOCK_NOT_GRANTED
    }
)
_GONE: Final = frozenset(
    {
        NtStatus.STATUS_OBJECT_NAME_NOT_FOUND,
        NtStatus.STATUS_OBJECT_PATH_NOT_FOUND,
        NtStatus.STATUS_NO_SUCH_FILE,
        NtStatus.STATUS_NOT_FOUND,
        NtStatus.STATUS_BAD_NETWORK_NAME,
        NtStatus.STATUS_NO_MORE_FILES,
    }
)
_DENIED: Final = frozenset(
    {
        NtStatus.STATUS_ACCESS_DENIED,
        NtStatus.STATUS_PRIVILEGE_NOT_HELD,
        NtStatus.STATUS_CANNOT_DELETE,
        NtStatus.STATUS_LOGON_FAILURE,
        NtStatus.STATUS_WRONG_PASSWORD,
        NtStatus.STATUS_PASSWORD_EXPIRED,
        0xC00000A2,  # STATUS_MEDIA_WRITE_PROTECTED
        0xC000006E,  # STATUS_ACCOUNT_RESTRICTION
        0xC0000072,  # STATUS_ACCOUNT_DISABLED
        0xC0000193,  # STATUS_ACCOUNT_EXPIRED
        0xC0000224,  # STATUS_PASSWORD_MUST_CHANGE
        0xC0000234,  # STATUS_ACCOUNT_LOCKED_OUT
    }
)
_THIS_FILE: Final = frozenset(
    {
        NtStatus.STATUS_STOPPED_ON_SYMLINK,
        NtStatus.STATUS_OBJECT_NAME_INVALID,
        NtStatus.STATUS_OBJECT_NAME_COLLISION,
        NtStatus.STATUS_FILE_IS_A_DIRECTORY,
        NtStatus.STATUS_NOT_A_DIRECTORY,
        NtStatus.STATUS_INVALID_PARAMETER,
        NtStatus.STATUS_NOT_SUPPORTED,
        0xC0000279,  # STATUS_IO_REPARSE_TAG_NOT_HANDLED
    }
)
_CREDIT_BYTES: Final = 64 * KIB
_DIALECT_REFUSED: Final = frozenset({NtStatus.STATUS_NOT_SUPPORTED, NtStatus.STATUS_INVALID_PARAMETER})

for _name in ("smbprotocol", "spnego"):  # they log names of files and users
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class _BoundedConnection(Connection):  # type: ignore[misc]
    """A connection whose every answer must come in time; links are never followed for the server."""

    def __init__(self, source: ShareSource, clock: Clock) -> None:
        server = source.share.split("/")[2]
        super().__init__(uuid.uuid4(), server, source.port, require_signing=True)
        self._clock = clock
        self.until_s = clock.monotonic_s() + SHARE_CONNECT_S

    def receive(
        self,
        request: Any,
        wait: bool = True,
        timeout: float | None = None,
        resolve_symlinks: bool = False,
    ) -> Any:
        del timeout, resolve_symlinks
        left_s = min(SHARE_CALL_S, self.until_s - self._clock.monotonic_s())
        return super().receive(request, wait, timeout=max(left_s, 1.0), resolve_symlinks=False)


class SmbSession:
    """One connection, one session, one share. Made anew after any ConnectionError or TimeoutError."""

    def __init__(self, source: ShareSource, secret: str, clock: Clock) -> None:
        """Connect. Raises UnsafeError, PermissionError, FileNotFoundError, ConnectionError or TimeoutError."""
        self._connection = _BoundedConnection(source, clock)
        try:
            self._negotiate(source)
            session = self._sign_in(source, secret)
            self.tree = self._share(source, session)
        except OSError:
            self.close()
            raise
        self.encrypted = bool(session.encrypt_data)
        self.read_max_bytes: int = self._connection.max_read_size
        self._connection.until_s = float("inf")

    def ask(self, message: Any) -> Any:
        """One request of the share and its answer's bytes."""
        request = self.send(message)
        with speaking():
            return self._connection.receive(request)["data"].get_value()

    def send(self, message: Any) -> Any:
        """One request of the share, not waited for."""
        with speaking():
            return self._connection.send(message, self.tree.session.session_id, self.tree.tree_connect_id)

    def granted_bytes(self) -> int:
        """How many bytes more the server lets us ask for now (credits, [MS-SMB2] 3.2.4.1.2)."""
        window = self._connection.sequence_window
        return int(window["high"] - window["low"]) * _CREDIT_BYTES

    def close(self) -> None:
        """End the connection without waiting for the other side."""
        with contextlib.suppress(OSError, SMBException, AttributeError):
            self._connection.disconnect(close=False)

    def _negotiate(self, source: ShareSource) -> None:
        only_smb3 = [SigningAlgorithms.AES_GMAC, SigningAlgorithms.AES_CMAC]
        try:
            with speaking():
                self._connection.connect(
                    timeout=SHARE_CALL_S, preferred_signing_algos=None if source.smb2 else only_smb3
                )
        except OSError as error:
            if (
                isinstance(error.__cause__, SMBResponseException)
                and error.__cause__.status in _DIALECT_REFUSED
            ):
                raise UnsafeError(errno.EPROTONOSUPPORT, "no common dialect") from error
            raise
        if not source.smb2 and self._connection.dialect < Dialects.SMB_3_0_0:
            raise UnsafeError(errno.EPROTONOSUPPORT, "an older dialect")

    def _sign_in(self, source: ShareSource, secret: str) -> Session:
        encrypt = bool(self._connection.supports_encryption)
        if not (encrypt or source.smb2):
            raise UnsafeError(errno.EPROTONOSUPPORT, "no encryption")
        user = f"{source.domain}\\{source.user}" if source.domain else source.user
        session = Session(self._connection, user, secret, require_encryption=encrypt)
        with speaking():
            session.connect()
        return session

    def _share(self, source: ShareSource, session: Session) -> TreeConnect:
        _, _, server, share, *_ = source.share.split("/")
        tree = TreeConnect(session, rf"\\{server}\{share}")
        with speaking():
            tree.connect(require_secure_negotiate=self._connection.dialect >= Dialects.SMB_3_0_0)
        return tree


@contextlib.contextmanager
def speaking() -> Iterator[None]:
    """Everything the library raises becomes a built-in error, the original its cause."""
    try:
        yield
    except SMBOSError as error:
        raise _of_status(error.ntstatus) from error
    except SMBResponseException as error:
        raise _of_status(error.status) from error
    except SMBAuthenticationError as error:
        raise PermissionError(errno.EACCES, "sign-in failed") from error
    except SMBUnsupportedFeature as error:
        raise UnsafeError(errno.EPROTONOSUPPORT, "unsupported") from error
    except SMBException as error:
        if "required" in str(error) and "guest" in str(error):
            raise UnsafeError(errno.EPROTONOSUPPORT, "a guest session") from error
        raise ConnectionError(errno.ECONNABORTED, "the connection is lost") from error
    except (ValueError, KeyError, IndexError, TypeError, OverflowError, struct.error) as error:
        # The library's way of saying that it could not connect, or that an answer makes no sense.
        raise ConnectionError(errno.ECONNABORTED, "no sensible answer") from error


def _of_status(status: int) -> OSError:
    if status in _BUSY:
        return BlockingIOError(errno.EAGAIN, "in use")
    if status in _GONE:
        return FileNotFoundError(errno.ENOENT, "not there")
    if status in _DENIED:
        return PermissionError(errno.EACCES, "denied")
    if status in _THIS_FILE:
        return OSError(errno.EINVAL, f"status {status:#x}")
    return ConnectionError(errno.ECONNABORTED, f"status {status:#x}")
