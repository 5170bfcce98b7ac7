"""A network's storage by SFTP: the operations of a change are carried out whole, once, and go on after a cut.

Bytes go to a part, are made durable (fsync@openssh.com) and get their name at once (posix-rename@openssh.com). What a
cut left is read back before more is added to it: a part counts only as far as it is what is being sent. The files of a
change are worked on together; what concerns one place of the storage keeps its order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from appliance.exchange import sftp_wire as wire
from appliance.exchange.sftp_connection import told
from appliance.exchange.sftp_errors import conflict, refusal
from appliance.exchange.sftp_flights import Chain, Flights, Line, Steps
from appliance.exchange.sftp_wire import Attributes, Code, Data, Handle, Open, Request, Room, Status
from appliance.exchange.ssmix2.storage import Operation, Rename, Write
from appliance.limits import SFTP_FOLDERS_KNOWN, SFTP_PIECE_BYTES, SFTP_UNANSWERED_BYTES

_TRIAL: Final = ".renkei-doctor"
"""A file that is written to see whether it can be; no reader of a storage looks at it."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What has to happen in order at one place: a file's writing, and the renames up to the one that makes it count."""

    write: Write | None
    renames: tuple[Rename, ...]


@dataclass(slots=True)
class Sftp:
    """One channel; `root` is the folder at the server that holds the storages. Every call raises SftpError.

    After SftpCutError a new channel is needed; after any other nothing is under way any more.
    """

    line: Line
    root: str
    _flights: Flights = field(init=False)
    _folders: set[str] = field(init=False, default_factory=set)
    """Folders that are known to be there."""

    def __post_init__(self) -> None:
        with told():
            self._flights = Flights(self.line)

    def close(self) -> None:
        self.line.close()

    # --- a change -------------------------------------------------------------------------------------

    def carry_out(self, operations: Iterable[Operation]) -> None:
        """Carry those of one change out; what an earlier channel did of them is not done again."""
        work = list(_by_place(operations))
        writes = [one.write for one in work if one.write]
        paths = self.sizes_bytes([path for write in writes for path in (write.path, write.part)])
        sizes = {write.part: (paths[write.path], paths[write.part]) for write in writes}
        self._make_folders(
            {write.part.rpartition("/")[0] for write in writes if sizes[write.part] == (None, None)}
        )
        with told():
            self._flights.run(self._work(one, sizes) for one in work)

    def _work(self, work: _Work, sizes: dict[str, tuple[int | None, int | None]]) -> Chain:
        fresh = ""
        if work.write:
            written, part = sizes[work.write.part]
            if written is None:
                yield from self._write(work.write, part)
                fresh = work.write.part
            elif (yield from self._agreeing_at(work.write.path, work.write.data)) != written:
                raise conflict()
        for one in work.renames:
            yield from self._rename(one, fresh=fresh != "" and _is_of(fresh, one.source))

    def _write(self, one: Write, there: int | None) -> Steps[None]:
        """Bring the part to hold all the bytes; `there` is how many it has, None where it is not."""
        handle = yield from self._open_part(one.part, new=there is None)
        good = (yield from self._agreeing(handle, one.data)) if there else 0
        answers = yield self._rest(handle, one.data, good, cut_off=(there or 0) > good)
        for answer in answers:
            if not _is_ok(answer):
                raise refusal(_code(answer), (yield from self._free_bytes()))

    def _rest(self, handle: bytes, data: bytes, good: int, *, cut_off: bool) -> Iterator[Request]:
        """From `good` on, durable, and the file closed: what concerns one handle is done in the order it is sent."""
        if cut_off:
            yield wire.truncate(handle, good)
        for place in range(good, len(data), SFTP_PIECE_BYTES):
            yield wire.write(handle, place, data[place : place + SFTP_PIECE_BYTES])
        if wire.FSYNC in self._flights.extensions:
            yield wire.fsync(handle)
        yield wire.close(handle)

    def _open_part(self, part: str, *, new: bool) -> Steps[bytes]:
        """Never emptied in opening: what an earlier connection has under way may still come after this one's."""
        how = Open.READ | Open.WRITE
        if new:
            (answer,) = yield (wire.open_file(self._path(part), how | Open.CREATE | Open.EXCLUSIVE),)
            if isinstance(answer, Handle):
                return answer.handle
        (again,) = yield (wire.open_file(self._path(part), how),)
        if isinstance(again, Handle):
            return again.handle
        code = _code(answer) if new else _code(again)
        raise refusal(code, (yield from self._free_bytes()))

    def _agreeing_at(self, path: str, data: bytes) -> Steps[int]:
        (answer,) = yield (wire.open_file(self._path(path), Open.READ),)
        if not isinstance(answer, Handle):
            raise refusal(_code(answer))
        good = yield from self._agreeing(answer.handle, data)
        yield (wire.close(answer.handle),)
        return good

    def _agreeing(self, handle: bytes, data: bytes) -> Steps[int]:
        """How many bytes of a file are the beginning of `data`: as many whole pieces, and a last one, as agree."""
        for begin in range(0, len(data), SFTP_UNANSWERED_BYTES):
            places = range(begin, min(begin + SFTP_UNANSWERED_BYTES, len(data)), SFTP_PIECE_BYTES)
            answers = yield (wire.read(handle, place, SFTP_PIECE_BYTES) for place in places)
            for place, answer in zip(places, answers, strict=True):
                found = answer.data if isinstance(answer, Data) else b""
                piece = data[place : place + SFTP_PIECE_BYTES]
                if found != piece:
                    return place + len(found) if found and piece.startswith(found) else place
        return len(data)

    # --- names ----------------------------------------------------------------------------------------

    def _rename(self, one: Rename, *, fresh: bool) -> Steps[None]:
        """`fresh`: what is renamed was written just now, and its name was seen to be free."""
        if not fresh and (yield from self._is_renamed(one)):
            return
        source, target = self._path(one.source), self._path(one.target)
        answer: wire.Answer = Status(Code.OP_UNSUPPORTED)
        if wire.POSIX_RENAME in self._flights.extensions:
            (answer,) = yield (wire.posix_rename(source, target),)
        if not _is_ok(answer) and _code(answer) != Code.NO_SUCH_FILE:
            (answer,) = yield (wire.rename(source, target),)
        if not _is_ok(answer) and not (yield from self._is_renamed(one)):
            raise refusal(_code(answer), (yield from self._free_bytes()))

    def _is_renamed(self, one: Rename) -> Steps[bool]:
        """Whether only the new name is there; raises SftpConflictError for both or none."""
        found = yield (wire.stat(self._path(one.source)), wire.stat(self._path(one.target)))
        source_there, target_there = (_size(answer) is not None for answer in found)
        if source_there == target_there:
            raise conflict()
        return target_there

    def sizes_bytes(self, paths: Sequence[str]) -> dict[str, int | None]:
        """Of files; 0 of a folder; None where there is neither."""
        found: dict[str, int | None] = {}

        def look() -> Chain:
            answers = yield (wire.stat(self._path(path)) for path in paths)
            found.update((path, _size(answer)) for path, answer in zip(paths, answers, strict=True))

        with told():
            self._flights.run([look()])
        return found

    def remove(self, files: Collection[str], folders: Collection[str] = ()) -> None:
        """Take files, then folders away; those that are not there count as taken."""

        def away() -> Chain:
            for requests in (
                [wire.remove(self._path(path)) for path in files],
                [wire.remove_folder(self._path(path)) for path in folders],
            ):
                for answer in (yield requests):
                    if not _is_ok(answer) and _code(answer) != Code.NO_SUCH_FILE:
                        raise refusal(_code(answer))

        with told():
            self._flights.run([away()])

    def try_writing(self) -> None:
        """Write a few bytes into the root, make them durable and take them away."""
        one = Write(_TRIAL, _TRIAL, _TRIAL.encode())
        with told():
            self._flights.run([self._write(one, None)])
        self.remove([_TRIAL])

    def free_bytes(self) -> int | None:
        """What may still be written at the server, where it says so."""
        found: list[int | None] = []

        def ask() -> Chain:
            found.append((yield from self._free_bytes()))

        with told():
            self._flights.run([ask()])
        return found[0]

    # --- folders --------------------------------------------------------------------------------------

    def _make_folders(self, folders: Collection[str]) -> None:
        """Make folders with all above them, a level at a time."""
        if len(self._folders) > SFTP_FOLDERS_KNOWN:
            self._folders.clear()
        missing = sorted(folder for folder in folders if folder and folder not in self._folders)
        if not missing:
            return
        self._folders |= {path for path, size in self.sizes_bytes(missing).items() if size is not None}
        above = {
            folder[:end]
            for folder in missing
            if folder not in self._folders
            for end in (*(place for place, letter in enumerate(folder) if letter == "/"), len(folder))
        }
        needed = above - self._folders
        levels = sorted({path.count("/") for path in needed})
        with told():
            self._flights.run([self._make_levels([[p for p in needed if p.count("/") == n] for n in levels])])

    def _make_levels(self, levels: Sequence[Sequence[str]]) -> Chain:
        for level in levels:
            made = yield [wire.make_folder(self._path(path)) for path in level]
            refused = [
                (path, _code(answer)) for path, answer in zip(level, made, strict=True) if not _is_ok(answer)
            ]
            found = yield [wire.stat(self._path(path)) for path, _ in refused]
            for (_, code), answer in zip(refused, found, strict=True):
                if not isinstance(answer, Attributes):
                    raise refusal(code, (yield from self._free_bytes()))
                if not answer.is_folder:
                    raise conflict()
            self._folders.update(level)

    def _free_bytes(self) -> Steps[int | None]:
        if wire.STATVFS not in self._flights.extensions:
            return None
        (answer,) = yield (wire.room(self.root),)
        return answer.free_bytes if isinstance(answer, Room) else None

    def _path(self, path: str) -> str:
        return f"{self.root}/{path}"


def _by_place(operations: Iterable[Operation]) -> Iterator[_Work]:
    """A writing with what follows up to the rename of its part; every other rename by itself."""
    write: Write | None = None
    renames: list[Rename] = []
    for one in operations:
        if isinstance(one, Write):
            write, renames = one, []
            continue
        renames.append(one)
        if write is None or _is_of(write.part, one.source):
            yield _Work(write, tuple(renames))
            write, renames = None, []
    if write is not None:
        yield _Work(write, tuple(renames))


def _is_of(part: str, renamed: str) -> bool:
    """Whether a rename is of the part, or of the folder that it lies in."""
    return part == renamed or part.startswith(f"{renamed}/")


def _size(answer: wire.Answer) -> int | None:
    if isinstance(answer, Attributes):
        return 0 if answer.is_folder else answer.size_bytes
    if _code(answer) == Code.NO_SUCH_FILE:
        return None
    raise refusal(_code(answer))


def _is_ok(answer: wire.Answer) -> bool:
    return isinstance(answer, Status) and answer.ok


def _code(answer: wire.Answer) -> int:
    return answer.code if isinstance(answer, Status) else Code.BAD_MESSAGE
