"""What is said of a fault of ours: its kind and its places, never its words, which may hold personal data (rule 6).

A file's name, a patient's, the bytes that could not be decoded: all of them stand in the words of exceptions.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from types import TracebackType

from appliance.limits import FAULT_PLACES_MAX


def told(error: BaseException) -> str:
    """`KeyError at files/reader.py:120 _take < files/reader.py:61 read`, innermost first; then what it came from."""
    return ", from ".join(map(_one, _chain(error)))


def keep_words_out() -> None:
    """From now on this process says so of whatever ends it or one of its threads, and of what its libraries log."""
    sys.excepthook = _ended
    threading.excepthook = _thread_ended
    sys.unraisablehook = _unraisable
    to_journal = logging.StreamHandler()
    to_journal.setFormatter(_WordlessFormatter())
    logging.getLogger().addHandler(to_journal)


class _WordlessFormatter(logging.Formatter):
    def formatException(  # noqa: N802 - the library's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return told(ei[1]) if ei[1] is not None else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _one(error: BaseException) -> str:
    places = reversed(traceback.extract_tb(error.__traceback__)[-FAULT_PLACES_MAX:])
    named = " < ".join(f"{_short(place.filename)}:{place.lineno} {place.name}" for place in places)
    return f"{type(error).__name__} at {named}" if named else type(error).__name__


def _short(path: str) -> str:
    return "/".join(PurePath(path).parts[-2:])


def _say(how: str, error: BaseException | None) -> None:
    print(f"{how}: {told(error) if error is not None else '?'}", file=sys.stderr, flush=True)


def _ended(_type: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    _say("ended by a fault", error)


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit:
        _say(f"thread {args.thread.name if args.thread else '?'} ended by a fault", args.exc_value)


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    _say("a fault while cleaning up", args.exc_value)
