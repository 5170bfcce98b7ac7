"""A folder of another computer as a tree, by SMB.

A file is opened so that nobody else may write to it as long as it is held: the server itself then says whether somebody
still does (deny-write share mode). Nothing is renamed or locked on the way; a link is never followed.
"""

from __future__ import annotations

import contextlib
import errno
import struct
from collections import deque
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any, Final

from smbprotocol.file_info import (
    FileDispositionInformation,
    FileInformationClass,
    FileRenameInformation,
    InfoType,
)
from smbprotocol.open import (
    CreateDisposition,
    CreateOptions,
    DirectoryAccessMask,
    FileAttributes,
    FilePipePrinterAccessMask,
    ImpersonationLevel,
    Open,
    ShareAccess,
    SMB2QueryDirectoryResponse,
    SMB2QueryInfoRequest,
    SMB2QueryInfoResponse,
    SMB2SetInfoRequest,
)

from appliance.clock import Clock
from appliance.intake.files import listing
from appliance.intake.files.smb import SmbSession, speaking
from appliance.intake.files.tree import Child, Mark, Sort
from appliance.intake.files.troubles import Trouble
from appliance.limits import SHARE_LISTING_BYTES, SHARE_READS_AHEAD
from appliance.sources import ShareSource

_READ: Final = (
    FilePipePrinterAccessMask.FILE_READ_DATA
    | FilePipePrinterAccessMask.FILE_READ_ATTRIBUTES
    | FilePipePrinterAccessMask.SYNCHRONIZE
)
_REMOVE: Final = FilePipePrinterAccessMask.DELETE
_LIST: Final = DirectoryAccessMask.FILE_LIST_DIRECTORY | DirectoryAccessMask.SYNCHRONIZE
_ALL: Final = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE
_FOLDER: Final = CreateOptions.FILE_DIRECTORY_FILE | CreateOptions.FILE_OPEN_REPARSE_POINT
_FILE: Final = CreateOptions.FILE_NON_DIRECTORY_FILE | CreateOptions.FILE_OPEN_REPARSE_POINT
# CreationTime, LastAccessTime, LastWriteTime, ChangeTime, AllocationSize, EndOfFile, FileAttributes, Reserved.
_ABOUT: Final = struct.Struct("<qqqqqqII")


class ShareTree:
    """The folder that a share's source names. It connects when it is first asked; `close` forgets the connection."""

    def __init__(self, source: ShareSource, secret: str, clock: Clock) -> None:
        self._source = source
        self._secret = secret
        self._clock = clock
        self._session: SmbSession | None = None
        _, _, _, _, *folders = source.share.rstrip("/").split("/")
        self._root = "\\".join(folders)

    def session(self) -> SmbSession:
        """The session, made where there is none."""
        if self._session is None:
            self._session = SmbSession(self._source, self._secret, self._clock)
        return self._session

    def children(self, folder: str) -> Iterator[Child]:
        with self._opened(folder, _LIST, _ALL, CreateDisposition.FILE_OPEN, _FOLDER) as place:
            while True:
                query, _ = place.query_directory(
                    "*",
                    FileInformationClass.FILE_ID_FULL_DIRECTORY_INFORMATION,
                    flags=0,
                    max_output=SHARE_LISTING_BYTES,
                    send=False,
                )
                try:
                    answer = self._answer(query, SMB2QueryDirectoryResponse)
                except FileNotFoundError:  # no more of them
                    return
                with speaking():
                    found = list(listing.entries(answer["buffer"].get_value()))
                yield from found

    @contextlib.contextmanager
    def hold(self, path: str, mark: Mark, *, to_remove: bool) -> Iterator[HeldRemotely]:
        access = _READ | _REMOVE if to_remove else _READ
        how = (access, ShareAccess.FILE_SHARE_READ, CreateDisposition.FILE_OPEN, _FILE)
        with self._opened(path, *how) as file:
            held = HeldRemotely(self, file, partial(_create, file, *how))
            if held.size_bytes != mark.size_bytes:
                raise BlockingIOError(errno.EAGAIN, "changed since it was seen")
            yield held

    def remove(self, path: str) -> None:
        with self._opened(path, _REMOVE, _ALL, CreateDisposition.FILE_OPEN, _FILE) as file:
            self.mark_deleted(file)

    def write(self, folder: str, name: str, content: bytes) -> None:
        access = FilePipePrinterAccessMask.FILE_WRITE_DATA | FilePipePrinterAccessMask.SYNCHRONIZE
        self.make_folder(folder)
        with (
            self._opened(
                f"{folder}/{name}",
                access,
                ShareAccess.FILE_SHARE_READ,
                CreateDisposition.FILE_OVERWRITE_IF,
                _FILE,
            ) as file,
            speaking(),
        ):
            file.write(content)

    def warnings(self) -> Collection[Trouble]:
        return () if self.session().encrypted else (Trouble.UNENCRYPTED,)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    # --- for a file that is held ---------------------------------------------------------------------

    def about(self, file: Open) -> tuple[int, ...]:
        """What the server says of an open file (FileNetworkOpenInformation, [MS-FSCC] 2.4.27)."""
        query = SMB2QueryInfoRequest()
        query["info_type"] = InfoType.SMB2_0_INFO_FILE
        query["file_info_class"] = FileInformationClass.FILE_NETWORK_OPEN_INFORMATION
        query["output_buffer_length"] = _ABOUT.size
        query["file_id"] = file.file_id
        answer = self._answer(query, SMB2QueryInfoResponse)
        with speaking():
            return _ABOUT.unpack(answer["buffer"].get_value())

    def mark_deleted(self, file: Open) -> None:
        """It goes when it is closed."""
        information = FileDispositionInformation()
        information["delete_pending"] = True
        self._set(file, information)

    def rename(self, file: Open, folder: str, name: str) -> None:
        self.make_folder(folder)
        information = FileRenameInformation()
        information["replace_if_exists"] = False
        information["file_name"] = self._remote(f"{folder}/{name}")
        self._set(file, information)

    def make_folder(self, folder: str) -> None:
        with self._opened(folder, _LIST, _ALL, CreateDisposition.FILE_OPEN_IF, _FOLDER):
            pass

    def _set(self, file: Open, information: Any) -> None:
        request = SMB2SetInfoRequest()
        request["info_type"] = information.INFO_TYPE
        request["file_info_class"] = information.INFO_CLASS
        request["file_id"] = file.file_id
        request["buffer"] = information
        self.session().ask(request)

    def _answer(self, request: Any, kind: type[Any]) -> Any:
        data = self.session().ask(request)
        with speaking():
            answer = kind()
            answer.unpack(data)
        return answer

    def _remote(self, path: str) -> str:
        inner = path.replace("/", "\\")
        return f"{self._root}\\{inner}" if self._root and inner else self._root + inner

    @contextlib.contextmanager
    def _opened(self, path: str, access: int, share: int, disposition: int, options: int) -> Iterator[Open]:
        file = Open(self.session().tree, self._remote(path))
        _create(file, access, share, disposition, options)
        try:
            yield file
        except BaseException:
            with contextlib.suppress(OSError), speaking():  # what went wrong first is what counts
                file.close()
            raise
        with speaking():
            file.close()


def _create(file: Open, access: int, share: int, disposition: int, options: int) -> None:
    with speaking():
        file.create(
            ImpersonationLevel.Impersonation,
            access,
            FileAttributes.FILE_ATTRIBUTE_NORMAL if options == _FILE else 0,
            share,
            disposition,
            options,
        )


class HeldRemotely:
    """One file of a share, open, and closed to writers."""

    def __init__(self, tree: ShareTree, file: Open, reopen: Callable[[], None]) -> None:
        self._tree = tree
        self._file = file
        self._reopen = reopen
        self.seal: tuple[int, ...] = self._seal()
        self.size_bytes = self.seal[0]

    def read(self, offset: int, length: int) -> bytes:
        session = self._tree.session()
        parts: list[bytes] = []
        while length > 0 and offset < self.size_bytes:
            most = min(session.read_max_bytes, session.granted_bytes())
            wanted = min(length, most, self.size_bytes - offset)
            with speaking():
                part: bytes = self._file.read(offset, wanted)
            if not part:
                break
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return b"".join(parts)

    def pieces(self, length: int) -> Iterator[bytes]:
        """While one is being kept, limits.SHARE_READS_AHEAD more are under way, as far as the server grants them.

        A part that the server leaves out makes the whole shorter than `size_bytes`, never another content.
        """
        session = self._tree.session()
        length = min(length, session.read_max_bytes)
        asked = 0
        under_way: deque[Callable[[], bytes]] = deque()
        try:
            while True:
                while asked < self.size_bytes and len(under_way) <= SHARE_READS_AHEAD:
                    granted, wanted = session.granted_bytes(), min(length, self.size_bytes - asked)
                    if under_way and granted <= wanted:
                        break
                    under_way.append(self._asked(asked, min(wanted, granted)))
                    asked += min(wanted, granted)
                if not under_way:
                    return
                yield under_way.popleft()()
        finally:
            for answer in under_way:  # heard, though nobody wants them now, so that nothing of them stays
                answer()

    def _asked(self, offset: int, length: int) -> Callable[[], bytes]:
        """Ask for a part of the file; what is returned waits for it."""
        message, received = self._file.read(offset, length, send=False)
        request = self._tree.session().send(message)

        def answer() -> bytes:
            with speaking():
                part: bytes = received(request)
            return part

        return answer

    def unchanged(self) -> bool:
        """Close it and open it again in the same way: as long as it is open, Samba tells the times it had at the opening.

        It does so even when a program of the server itself, which no share mode keeps out, has written to it since.
        """
        with speaking():
            self._file.close()
        self._reopen()
        return self._seal() == self.seal

    def delete(self) -> bool:
        self._tree.mark_deleted(self._file)
        return True

    def move(self, folder: str, name: str) -> bool:
        self._tree.rename(self._file, folder, name)
        return True

    def _seal(self) -> tuple[int, ...]:
        _, _, written, changed, _, size, attributes, _ = self._tree.about(self._file)
        if listing.sort(attributes) is not Sort.FILE:
            raise OSError(errno.EINVAL, "not a file")
        return size, written, changed
