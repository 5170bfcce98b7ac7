"""The one door to subprocesses (architecture.md, rule 8): lists only, no shell, a time limit, nothing inherited."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import RenkeiError
from appliance.limits import SUBPROCESS_TIMEOUT_S

_KEPT = ("PATH", "LANG", "HOME", "TMPDIR", "VIRTUAL_ENV")


class CommandError(RenkeiError):
    """A program could not be started, ran too long, or said no."""

    code = "RUN-0001"


@dataclass(frozen=True, slots=True)
class Completed:
    """What a finished program left behind."""

    status: int
    out: bytes
    err: bytes


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A small environment: what programs need, and nothing secret of ours."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **(extra or {})}


def run(
    command: Sequence[str | Path],
    *,
    stdin: bytes = b"",
    timeout_s: float = SUBPROCESS_TIMEOUT_S,
    extra_environment: Mapping[str, str] | None = None,
    check: bool = True,
) -> Completed:
    """Run a program to its end. Raises CommandError (naming the program only) when it fails and `check` is set."""
    program = Path(command[0]).name
    try:
        done = subprocess.run(
            [str(part) for part in command],
            input=stdin,
            capture_output=True,
            timeout=timeout_s,
            env=environment(extra_environment),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(
            f"{program} を実行できませんでした。", f"{program} could not be run ({type(error).__name__})."
        ) from error
    if check and done.returncode != 0:
        raise CommandError(
            f"{program} が状態 {done.returncode} で終わりました。",
            f"{program} ended with status {done.returncode}.",
        )
    return Completed(done.returncode, done.stdout, done.stderr)


def start(
    command: Sequence[str | Path],
    *,
    extra_environment: Mapping[str, str] | None = None,
    capture_out: bool = False,
    pass_fds: Collection[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a long-running program in a session of its own; the caller ends it. Its errors go to our own stderr.

    Of our open files it gets only `pass_fds`.
    """
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture_out else None,
        env=environment(extra_environment),
        start_new_session=True,
        pass_fds=tuple(pass_fds),
    )
