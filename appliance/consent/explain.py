"""`renkei consent explain`: JSON lines of cases in, one JSON line with the decision out for each (consent.md, section 8).

A malformed line is answered with an error and the run goes on. Blank lines are passed over, as is a byte order mark
at the very beginning; every other line has exactly one answer, in order. Equal ids are answered each for itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from appliance.consent.border import parse_case
from appliance.consent.decide import decide
from appliance.consent.readers import MalformedCaseError, under
from appliance.limits import CONSENT_CASE_MAX_BYTES

_BOM = "\ufeff"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def explain_lines(lines: Iterable[str | bytes]) -> Iterator[tuple[str, bool]]:
    """Answer each line `{"id": …, "case": {…}}` with (answer, whether it is a decision).

    The answer is one JSON line without its end: id, effect, reason, why, why_en; or id and error. The id is given back
    as it came, null where it cannot be read. The exit status is 1 where any answer is no decision. Lines in bytes are
    UTF-8; so one broken character spoils its line only.
    """
    for number, line in enumerate(lines):
        text = _without_bom(line) if number == 0 else line
        if text.strip():
            yield _explained(text)


def _without_bom(line: str | bytes) -> str | bytes:
    return line.removeprefix(_BOM) if isinstance(line, str) else line.removeprefix(_BOM.encode())


def _explained(line: str | bytes) -> tuple[str, bool]:
    if len(line) > CONSENT_CASE_MAX_BYTES:
        return _failed(None, MalformedCaseError("行が長すぎます", "the line is too long", "line"))
    try:
        entry = _decode(line)
    except (ValueError, RecursionError):
        return _failed(_id_in(line), MalformedCaseError("JSONとして読めません", "this is not JSON", "line"))
    identity = entry.get("id") if isinstance(entry, dict) else None
    try:
        decision = decide(under("case", parse_case, _case_in(entry)))
    except MalformedCaseError as wrong:
        return _failed(identity, wrong)
    answer = {
        "id": identity,
        "effect": decision.effect,
        "reason": decision.reason,
        "why": decision.why_ja,
        "why_en": decision.why_en,
    }
    return _encode(answer).decode(), True


def _case_in(entry: Any) -> object:
    if not isinstance(entry, dict):
        raise MalformedCaseError("オブジェクトではありません", "this is not an object", "line")
    for key in ("id", "case"):
        if key not in entry:
            raise MalformedCaseError("必要な項目がありません", "this key is missing", key)
    return entry["case"]


def _failed(identity: object, wrong: MalformedCaseError) -> tuple[str, bool]:
    answer = {"id": identity, "error": f"{wrong.ja} / {wrong.en}"}
    return _encode(answer).decode(), False


def _id_in(line: str | bytes) -> object:
    """The id of a line that is no JSON to the letter (NaN, a number too large), as far as it can be had."""
    try:
        entry = json.loads(_without_bom(line))
        identity = entry.get("id") if isinstance(entry, dict) else None
        return identity if _decode(_encode(identity)) == identity else None
    except (ValueError, RecursionError):
        return None
