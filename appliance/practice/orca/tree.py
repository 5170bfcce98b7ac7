"""An ORCA answer as a tree of plain values, written as XML or as JSON: the same members in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.practice.made import json_bytes
from appliance.practice.xml_text import DECLARATION, element, text_element

Tree = Mapping[str, "str | Tree | Sequence[Tree]"]
"""A record: its members are words, records, or arrays of records. Empty words are left out."""


def xml_answer(name: str, body: Tree) -> bytes:
    """`xmlio2` around the answer, every element with its type."""
    return f"{DECLARATION}{element('xmlio2', _record(name, body))}".encode()


def json_answer(name: str, body: Tree) -> bytes:
    """One member, named after the answer."""
    return json_bytes({name: _plain(body)})


def _record(name: str, body: Tree) -> str:
    return element(name, *(_member(key, value) for key, value in body.items() if value), type="record")


def _member(name: str, value: str | Tree | Sequence[Tree]) -> str:
    if isinstance(value, str):
        return text_element(name, value, type="string")
    if isinstance(value, Mapping):
        return _record(name, value)
    return element(name, *(_record(f"{name}_child", one) for one in value), type="array")


def _plain(value: str | Tree | Sequence[Tree]) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items() if one}
    return [_plain(one) for one in value]
