"""A record with some fields changed, at half the cost of `dataclasses.replace`: every record of every claim is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

R = TypeVar("R")

_Shape = tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]
"""How to read all fields of a type at once (it has at least two), and where each stands."""

_SHAPES: dict[type[Any], _Shape] = {}


def changed(record: R, **values: object) -> R:
    """A copy of a record (a dataclass whose fields all are its constructor's, in order) with these fields."""
    kind: type[Any] = type(record)
    read, places = _SHAPES.get(kind) or _learn(kind)
    whole = list(read(record))
    for name, value in values.items():
        whole[places[name]] = value
    copy: R = kind(*whole)
    return copy


def _learn(kind: type[Any]) -> _Shape:
    names = [item.name for item in fields(kind)]
    shape = _SHAPES[kind] = (attrgetter(*names), {name: place for place, name in enumerate(names)})
    return shape
