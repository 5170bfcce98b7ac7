"""Styles and scripts: the few files of `static/`, read once at start, served by name only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_VERSION_LENGTH = 12


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file with its media type; `version` changes when its content does."""

    body: bytes
    media_type: str
    version: str


def load_static() -> dict[str, StaticFile]:
    """Every file of the folder, by its name."""
    return {path.name: _load(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _KINDS}


def _load(path: Path) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(body, _KINDS[path.suffix], hashlib.sha256(body).hexdigest()[:_VERSION_LENGTH])
