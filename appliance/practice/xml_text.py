"""XML as text, element by element: enough for the documents written here, and nothing that needs a library to trust."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(name: str, *content: str, **attributes: str) -> str:
    """An element around its content, which is XML already; `xsi_type` becomes `xsi:type`, `class_` `class`."""
    named = {key.rstrip("_").replace("xsi_", "xsi:"): value for key, value in attributes.items()}
    words = "".join(f" {key}={quoteattr(value)}" for key, value in named.items())
    inside = "".join(content)
    return f"<{name}{words}>{inside}</{name}>" if inside else f"<{name}{words}/>"


def text_element(name: str, text: str, **attributes: str) -> str:
    """An element that holds plain text."""
    return element(name, escape(text), **attributes)


def listing(items: Iterable[str]) -> str:
    """Words as a list of a CDA narrative block."""
    return element("list", *(text_element("item", item) for item in items))
