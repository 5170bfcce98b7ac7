"""Findings: what a parser or check wants a person to know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: `error` means something was not understood."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, with its place in the source (`line` counts from 1; None: the whole file).

    `field` is the specification's item name; `text` is Japanese, `text_en` English; `hint` says what to do (Japanese).
    No personal data: values of the source are not quoted.
    """

    code: str
    severity: Severity
    text: str
    text_en: str
    hint: str = ""
    line: int | None = None
    field: str = ""
