"""Documents of the network as a browser may be shown them: by what they are, not by what they are said to be. Pure.

| content | shown |
|---|---|
| PDF | by the browser's own viewer; none that names scripts, actions or files inside |
| JPEG, PNG | as it is |
| CDA (letters, summaries, check-ups) | its text alone, on a page of ours |
| anything else | not at all |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from appliance.formats.attachment import content_type_of
from appliance.formats.cda.narrative import Passage, narrative
from appliance.kiosk.problems import KioskError

_XML = frozenset({"text/xml", "application/xml", "application/hl7-cda+xml", "application/cda+xml"})
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)\b")
"""Names by which a PDF does more than show pages. Inside packed objects they are not seen: the viewer's own walls stand."""


class ShownAs(StrEnum):
    """What the browser gets."""

    FILE = "file"
    TEXT = "text"


class UnshowableError(KioskError):
    """A document that this page does not open."""

    code = "KIOSK-0415"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE

    def __init__(self) -> None:
        super().__init__(
            "この文書はここでは開けません（対応していない形式か、安全に表示できない内容です）。",
            "This document cannot be opened here: its format is not known, or it cannot be shown safely.",
            hint_ja="文書の作成元に、紙などでの提供を依頼してください。",
            hint_en="Ask the institution that wrote it for a copy.",
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A document for the browser: a file of this media type, or the passages of a text."""

    how: ShownAs
    media_type: str = ""
    passages: tuple[Passage, ...] = ()


def shown(content: bytes, declared: str) -> Shown:
    """How a document is shown. Raises UnshowableError."""
    said = declared.partition(";")[0].strip().lower()
    found = content_type_of(content)
    if found in ("application/pdf", "image/jpeg", "image/png"):
        if said != found or (found == "application/pdf" and _ACTIVE.search(content)):
            raise UnshowableError
        return Shown(ShownAs.FILE, found)
    passages = narrative(content) if said in _XML else ()
    if not passages:
        raise UnshowableError
    return Shown(ShownAs.TEXT, passages=passages)
