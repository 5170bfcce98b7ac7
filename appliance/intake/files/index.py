"""The hand-shake of NSIPS: a file in INDEX says that the file of the same name in DATA is whole.

Letter case is the sender's affair; the suffix of an INDEX file as well. Only the folder of the box's own SIPS number is
looked at: another device lives on every other one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from appliance.intake.files.tree import Entry, Mark

_SIPS: Final = re.compile(r"n?sh?ips([0-9]{1,3})", re.IGNORECASE)
"""Folder names of a SIPS number, with the spellings seen: SIPS3, nships3."""
_PARTS: Final = ("data", "index")


class SeveralSipsError(ValueError):
    """There are several SIPS folders, and nothing says which is ours."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """What a look at DATA and INDEX found, by path."""

    whole: Mapping[str, Mark]
    """DATA files that are announced."""
    index_of: Mapping[str, str]
    """The INDEX file of each of them."""
    without_index: Mapping[str, Mark]
    """Still being written, or what an interrupted acknowledgement has left."""
    without_data: Collection[str]


def pair(entries: Iterable[Entry], sips: int = 0) -> Pairs:
    """DATA beside INDEX in the root, or in the SIPS folder of that number (0: the only one there is).

    Raises SeveralSipsError when it is not certain which one is ours.
    """
    data: dict[str, tuple[str, Mark]] = {}
    index: dict[str, str] = {}
    numbers: set[int] = set()
    for path, mark, number, part, name in _placed(entries):
        if number is not None:
            numbers.add(number)
        if sips and number not in (None, sips):
            continue
        stem = f"{number or ''}/{name.rpartition('.')[0].casefold()}"
        if part == "data":
            data[stem] = (path, mark)
        else:
            index[stem] = path
    if not sips and len(numbers) > 1:
        raise SeveralSipsError
    return Pairs(
        whole={path: mark for stem, (path, mark) in data.items() if stem in index},
        index_of={data[stem][0]: path for stem, path in index.items() if stem in data},
        without_index={path: mark for stem, (path, mark) in data.items() if stem not in index},
        without_data=[path for stem, path in index.items() if stem not in data],
    )


def _placed(entries: Iterable[Entry]) -> Iterator[tuple[str, Mark, int | None, str, str]]:
    """Files that lie in a DATA or INDEX folder where one belongs; unknown siblings are none of ours."""
    for entry in entries:
        if entry.trouble is not None:
            continue
        *folders, name = entry.path.split("/")
        if not folders or folders[-1].casefold() not in _PARTS:
            continue
        above = _SIPS.fullmatch(folders[-2]) if len(folders) > 1 else None
        if len(folders) == 1 or above is not None:
            number = int(above[1]) if above is not None else None
            yield entry.path, entry.mark, number, folders[-1].casefold(), name
