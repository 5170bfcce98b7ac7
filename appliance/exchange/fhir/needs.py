"""What a profile needs of a resource, as rows of a table: an element's name there, and whether the resource has it. Pure.

A path is elements joined by dots; lists on the way are looked through, and what is not there gives no value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.exchange.fhir.datatypes import Resource


@dataclass(frozen=True, slots=True)
class Need:
    """One row: the element as the profile names it, and whether a resource meets it."""

    element: str
    met: Callable[[Resource], bool]


def values(one: Any, path: str) -> list[Any]:
    """Every value at a path."""
    found = [one]
    for step in path.split("."):
        found = [part for held in found for part in _each(held.get(step) if isinstance(held, dict) else None)]
    return found


def _each(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def there(path: str, element: str = "") -> Need:
    """At least one value."""
    return Need(element or path, lambda one: bool(values(one, path)))


def at_most_one(path: str) -> Need:
    return Need(f"{path} 0..1", lambda one: len(values(one, path)) <= 1)


def exactly(path: str, wanted: str) -> Need:
    """One value, this one."""
    return Need(f"{path} = {wanted}", lambda one: values(one, path) == [wanted])


def in_each(path: str, *names: str) -> Need:
    """Whatever stands at the path has all of these; nothing there is no fault."""
    shown = f"{path}.{names[0]}" if len(names) == 1 else f"{path}.({', '.join(names)})"
    return Need(shown, lambda one: all(values(part, name) for part in values(one, path) for name in names))


def of_system(path: str, *systems: str, element: str) -> Need:
    """At least one coding or identifier of one of the systems."""
    return Need(element, lambda one: any(part.get("system") in systems for part in values(one, path)))


def only_of_systems(path: str, *systems: str, element: str) -> Need:
    """At least one, and none of another system."""
    return Need(
        element,
        lambda one: bool(found := values(one, path)) and all(part.get("system") in systems for part in found),
    )


def written(path: str, pattern: re.Pattern[str], element: str, *, system: str) -> Need:
    """Exactly one identifier of the system, written like that."""
    return Need(
        element,
        lambda one: (
            [bool(pattern.fullmatch(part["value"])) for part in values(one, path) if part["system"] == system]
            == [True]
        ),
    )
