"""A master's file as it was fetched, to its text: out of a zip where it is in one, within bounds, decoded whole."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from appliance.codes.errors import MasterRefusedError
from appliance.limits import MASTER_FILE_MAX_BYTES, MASTER_ZIP_MAX_MEMBERS

TEXT_SUFFIXES: Final = (".csv", ".txt")
ZIP_SUFFIX: Final = ".zip"
_MARK = b"\xef\xbb\xbf"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class MasterText:
    """One master's text; `name` is `archive.zip/member.csv` for one that came in a zip."""

    name: str
    text: str
    encoding: str


def unpack(name: str, data: bytes) -> Iterator[MasterText]:
    """The texts in a file; members of a zip that are neither csv nor txt are passed over.

    Raises MasterRefusedError when the zip is damaged, too large or encrypted, or a text is cut or in no known encoding.
    """
    if not name.lower().endswith(ZIP_SUFFIX):
        yield decode(name, data)
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MASTER_ZIP_MAX_MEMBERS:
                raise MasterRefusedError(
                    name, None, "zip の中のファイルが多すぎます。", "too many files in the zip."
                )
            for member in members:
                if member.filename.lower().endswith(TEXT_SUFFIXES):
                    # The path inside an archive is foreign: only its last part is shown, and nothing is written by it.
                    inner = f"{name}/{PurePosixPath(member.filename.replace(chr(92), '/')).name}"
                    yield decode(inner, _read_member(archive, member, inner))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        raise MasterRefusedError(
            name,
            None,
            "zip を展開できません（壊れているか、暗号化されています）。",
            "the zip is damaged or encrypted.",
        ) from error


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """The member's bytes; what its header says of its size is not believed."""
    pieces: list[bytes] = []
    left = MASTER_FILE_MAX_BYTES
    with archive.open(member) as stream:
        while piece := stream.read(_CHUNK_BYTES):
            left -= len(piece)
            if left < 0:
                raise MasterRefusedError(name, None, "展開すると大きすぎます。", "too large when unpacked.")
            pieces.append(piece)
    return b"".join(pieces)


def decode(name: str, data: bytes) -> MasterText:
    """cp932 (all SSK and MEDIS masters) or UTF-8 (JLAC); the last line has to be whole."""
    plain = data.rstrip(b"\x1a")
    if plain and not plain.endswith((b"\n", b"\r")):
        last_line = plain.count(b"\n") + 1
        raise MasterRefusedError(
            name,
            last_line,
            "最後の行が途中で切れています（改行がありません）。",
            "the last line is cut (no line end).",
        )
    if plain.startswith(_MARK):
        return _decoded(name, plain[len(_MARK) :], "utf-8")
    try:
        # Japanese text in cp932 is never valid UTF-8 as a whole, while the reverse happens.
        return MasterText(name, plain.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _decoded(name, plain, "cp932")


def _decoded(name: str, data: bytes, encoding: str) -> MasterText:
    try:
        return MasterText(name, data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MasterRefusedError(
            name, line, f"{encoding} として読めない文字があります。", f"holds bytes that are not {encoding}."
        ) from error
