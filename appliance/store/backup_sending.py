"""A backup to the operator's append-only store: HTTPS over the tunnel, objects that are put once and can never be taken back.

The server knows the box by its client certificate and lets it put what is not there yet (`If-None-Match: *`) and list what
is; it lets it neither read, replace nor delete. A large file goes in parts; after a cut only what lacks is sent.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import msgspec
import requests

from appliance.clock import Clock
from appliance.limits import BACKUP_ANSWER_S, BACKUP_CONNECT_S, BACKUP_PART_BYTES, BACKUP_STEP_PAUSE_S
from appliance.store import backup_keys, backup_manifest
from appliance.store.backup import BackupAbsentError, BackupPlaceError
from appliance.store.backup_pool import SNAPSHOT, Generation, Pool


class Listing(msgspec.Struct, frozen=True):
    """What the server holds of this box: the size of each object."""

    objects: dict[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a file that are one object at the server."""

    object: str
    file: Path
    offset: int
    size_bytes: int

    def read(self) -> bytes:
        with self.file.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size_bytes)


@dataclass(frozen=True, slots=True)
class Access:
    """How the operator's store is reached: `url` ends before the device's own name."""

    url: str
    device: str
    ca: Path
    certificate: Path
    key: Path


def send(access: Access, pool: Pool, generation: Generation, key: bytes, clock: Clock) -> int:
    """Bring a generation to the operator; how many objects were sent. Its manifest goes last: then it is whole there.

    Raises BackupAbsentError when the server is away, BackupPlaceError when it refuses.
    """
    manifest = backup_manifest.read(generation.folder, backup_keys.by_box(key)(generation.folder))
    with requests.Session() as session:
        session.cert = (str(access.certificate), str(access.key))
        session.verify = str(access.ca)
        session.trust_env = False
        there = _listed(session, access)
        sent = 0
        for part in _parts(pool, generation, manifest):
            if there.get(part.object) != part.size_bytes:
                _put(session, access, part)
                sent += 1
                clock.sleep(BACKUP_STEP_PAUSE_S)
    return sent


def _parts(pool: Pool, generation: Generation, manifest: backup_manifest.Manifest) -> Iterator[Part]:
    for piece in manifest.pieces:
        yield Part(f"pieces/{piece.name}", pool.pieces / piece.name, 0, piece.size_bytes)
    snapshot = generation.folder / SNAPSHOT
    for number, offset in enumerate(range(0, manifest.store_bytes, BACKUP_PART_BYTES)):
        size = min(BACKUP_PART_BYTES, manifest.store_bytes - offset)
        yield Part(f"{generation.name}/{SNAPSHOT}.{number:06}", snapshot, offset, size)
    for name in (backup_keys.FOR_BOX, backup_keys.FOR_OPERATOR, backup_manifest.FILE):
        file = generation.folder / name
        yield Part(f"{generation.name}/{name}", file, 0, file.stat().st_size)


def _listed(session: requests.Session, access: Access) -> dict[str, int]:
    answer = _asked(session, "GET", _address(access, ""))
    if answer.status_code != HTTPStatus.OK:
        raise _refused(answer.status_code)
    try:
        return msgspec.json.decode(answer.content, type=Listing).objects
    except msgspec.DecodeError as error:
        raise _refused(answer.status_code) from error


def _put(session: requests.Session, access: Access, part: Part) -> None:
    data = part.read()
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    answer = _asked(
        session,
        "PUT",
        _address(access, part.object),
        data=data,
        headers={
            "If-None-Match": "*",
            "Content-Digest": f"sha-256=:{digest}:",
            "Content-Type": "application/octet-stream",
        },
    )
    if answer.status_code not in (
        HTTPStatus.CREATED,
        HTTPStatus.PRECONDITION_FAILED,
    ):  # the latter: it is there already
        raise _refused(answer.status_code)


def _asked(
    session: requests.Session,
    method: str,
    address: str,
    data: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> requests.Response:
    try:
        return session.request(
            method,
            address,
            data=data,
            headers=headers,
            timeout=(BACKUP_CONNECT_S, BACKUP_ANSWER_S),
            allow_redirects=False,
        )
    except (requests.RequestException, OSError) as error:
        raise BackupAbsentError(
            "運用者のバックアップ先につながりません。",
            f"The operator's backup store cannot be reached ({type(error).__name__}).",
            hint_ja="回線とVPNを確かめてください。続きは次の時刻に送ります。",
            hint_en="Check the line and the tunnel. It goes on at the next hour.",
        ) from error


def _address(access: Access, name: str) -> str:
    return f"{access.url.rstrip('/')}/{quote(access.device)}/{quote(name)}"


def _refused(status: int) -> BackupPlaceError:
    return BackupPlaceError(
        f"運用者のバックアップ先に断られました（HTTP {status}）。",
        f"The operator's backup store refused (HTTP {status}).",
        hint_ja="運用者に連絡してください。",
        hint_en="Call the operator.",
    )
