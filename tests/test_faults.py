"""What a process says of a fault of its own: where it was, and no word of what it was about."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from appliance.faults import told
from appliance.intake import wire

NAME = "YAMADA-0012.pdf"

TASK = """
import asyncio
async def open_it(): open(NAME)
async def start(): asyncio.create_task(open_it()); await asyncio.sleep(0.01)
asyncio.run(start())
"""


def ended(code: str, *, status: int = 1) -> str:
    """What a process says that runs this code after it was told to keep the words out."""
    code = f"from appliance.faults import keep_words_out\nkeep_words_out()\nNAME = {NAME!r}\n{code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stdout == ""
    return done.stderr


def test_a_fault_is_told_by_kind_and_places_with_what_it_came_from() -> None:
    def inner() -> None:
        open(NAME)  # noqa: PTH123, SIM115

    try:
        try:
            inner()
        except OSError as error:
            raise KeyError(NAME) from error
    except KeyError as error:
        said = told(error)
    assert said.startswith("KeyError at tests/test_faults.py:")
    assert ", from FileNotFoundError at tests/test_faults.py:" in said
    assert " inner < tests/test_faults.py:" in said
    assert NAME not in said


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("raise ValueError(NAME)", 1, "ValueError"),
        ("raise ExceptionGroup(NAME, [ValueError(NAME)])", 1, "ExceptionGroup"),
        ("import threading\nthreading.Thread(target=open, args=(NAME,), name='t').start()", 0, "FileNotFoundError"),
        ("class A:\n    def __del__(self): raise ValueError(NAME)\nA()", 0, "ValueError"),
        ("import logging\ntry: open(NAME)\nexcept OSError: logging.exception('lost')", 0, "FileNotFoundError"),
        (TASK, 0, "FileNotFoundError"),
    ],
    ids=["main", "group", "thread", "finaliser", "log", "task"],
)  # fmt: skip
def test_whatever_ends_by_a_fault_says_its_kind_and_not_its_words(code: str, status: int, kind: str) -> None:
    said = ended(code, status=status)
    assert kind in said
    assert "YAMADA" not in said


def test_the_command_itself_keeps_words_out() -> None:
    code = f"import appliance.cli as cli\ndef parser(): raise ValueError({NAME!r})\ncli.parser = parser\ncli.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ValueError at" in done.stderr
    assert "YAMADA" not in done.stderr


def test_a_source_s_process_keeps_words_out() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "appliance.intake.child", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        wire.say(ours, wire.Start(b'{"kind": "YAMADA"}', "secret"))
        _, said = process.communicate()
    assert process.returncode == 1
    assert b"ValueError at" in said
    assert b"intake/child.py:" in said
    assert b"YAMADA" not in said
