"""Names that only one session understands, so that no page address tells whom it is about."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from enum import StrEnum

from appliance.kiosk.problems import PageUnknownError
from appliance.limits import KIOSK_REFERENCES_MAX

_REFERENCE_BYTES = 16


class Subject(StrEnum):
    """What a reference may stand for."""

    PATIENT = "patient"
    CONSENT = "consent"
    DOCUMENT = "document"


class References:
    """Random references and what they stand for, both ways; the oldest are forgotten beyond the limit."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[str, tuple[Subject, int | str]] = OrderedDict()
        self._names: dict[tuple[Subject, int | str], str] = {}

    def name(self, subject: Subject, number: int | str) -> str:
        """The reference of something, made at first use."""
        known = self._names.get((subject, number))
        if known is not None:
            self._numbers.move_to_end(known)
            return known
        fresh = secrets.token_urlsafe(_REFERENCE_BYTES)
        self._numbers[fresh] = (subject, number)
        self._names[subject, number] = fresh
        if len(self._numbers) > KIOSK_REFERENCES_MAX:
            _, oldest = self._numbers.popitem(last=False)
            del self._names[oldest]
        return fresh

    def number(self, subject: Subject, reference: str) -> int:
        """What a reference of this session stands for. Raises PageUnknownError for any other."""
        found = self._known(subject, reference)
        if not isinstance(found, int):
            raise PageUnknownError
        return found

    def document(self, reference: str) -> str:
        """The same for a document of the network, which is known by text."""
        return str(self._known(Subject.DOCUMENT, reference))

    def _known(self, subject: Subject, reference: str) -> int | str:
        known = self._numbers.get(reference)
        if known is None or known[0] is not subject:
            raise PageUnknownError
        return known[1]
