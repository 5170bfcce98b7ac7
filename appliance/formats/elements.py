"""The tree that XML and JSON are read into: elements by local name, with the line they stand on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

CHILD = "_child"
"""What the elements of an ORCA array are called: its name and this."""

_NOT_PLAIN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Every character of the categories Cc and Cs but tab and line feed."""
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Element:
    """One element; namespaces are left out of names. `line` counts from 1, None where the source has no lines (JSON)."""

    name: str
    line: int | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: _NO_ATTRIBUTES)
    children: tuple[Element, ...] = ()
    text: str = ""

    def child(self, *path: str) -> Element | None:
        """The first element down a path of names; None where one is missing."""
        found: Element | None = self
        for name in path:
            if found is None:
                return None
            found = next((one for one in found.children if one.name == name), None)
        return found

    def each(self, *path: str) -> Iterator[Element]:
        """Every element down a path of names, all branches taken, in order."""
        if not path:
            yield self
            return
        for one in self.children:
            if one.name == path[0]:
                yield from one.each(*path[1:])

    def value(self, *path: str) -> str:
        """The text at the end of a path, without spaces around it; empty where there is none."""
        found = self.child(*path)
        return found.text.strip() if found else ""

    def attribute(self, name: str, *path: str) -> str:
        """An attribute of the element at the end of a path; empty where there is none."""
        found = self.child(*path)
        return found.attributes.get(name, "").strip() if found else ""

    def everywhere(self, *names: str, outside: str = "") -> Iterator[Element]:
        """Every element of these names below this one, in the document's order, at whatever depth.

        Elements named `outside` are not entered.
        """
        waiting = list(reversed(self.children))
        while waiting:
            one = waiting.pop()
            if one.name in names:
                yield one
            if one.name != outside:
                waiting.extend(reversed(one.children))

    def records(self, name: str) -> tuple[Element, ...]:
        """The entries of an ORCA array that hold anything, or the one record where the answer has no array."""
        found = self.child(name)
        if found is None:
            return ()
        entries = tuple(one for one in found.children if one.name == name + CHILD)
        if not entries:
            entries = (found,)
        return tuple(one for one in entries if one.children)


def plain(text: str) -> str:
    """Text without what no source may hold and no store can: control characters and halves of surrogate pairs."""
    return text if text.isprintable() else _NOT_PLAIN.sub("", text)
