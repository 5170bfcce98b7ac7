"""Reading JSON that came over the wire: nothing in it need be what it should be, and nothing of that may stop us."""

from __future__ import annotations

from typing import Any

from appliance.exchange.fhir.datatypes import Resource


def inside(one: Any, name: str) -> Resource:
    """The object that `one` has under a name; empty where there is none."""
    found = one.get(name) if isinstance(one, dict) else None
    return found if isinstance(found, dict) else {}


def objects(found: Any) -> list[Resource]:
    """The objects of a list; anything else in it is passed over."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def first(found: Any) -> Resource:
    """The first object of a list; empty where there is none."""
    return next(iter(objects(found)), {})


def words(one: Any, name: str) -> str:
    """The text that `one` has under a name; empty where it has none."""
    found = one.get(name) if isinstance(one, dict) else None
    return found if isinstance(found, str) else ""
