"""Forms as browsers post them: bounded, strictly read, one value a name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request

from appliance.kiosk.problems import FormTooLargeError, FormUnreadableError, KioskError
from appliance.limits import (
    KIOSK_BODY_MAX_BYTES,
    KIOSK_FIELD_MAX_CHARS,
    KIOSK_FIELDS_MAX,
    KIOSK_REQUEST_WITHIN_S,
)
from appliance.records.dates import ERAS

Choice = TypeVar("Choice", bound=StrEnum)

WESTERN = "western"
"""The `era` of a year that is given as a western one."""
FIRST_YEAR = "元"
"""How the first year of an era is written."""


class Form:
    """The fields of one posted form; a field that was not sent is empty."""

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self._fields = fields or {}

    def text(self, name: str) -> str:
        """A field's text without spaces around it. Raises FormTooLargeError beyond the limit of characters."""
        return self.secret(name).strip()

    def secret(self, name: str) -> str:
        """A password as it was typed, spaces included."""
        value = self._fields.get(name, "")
        if len(value) > KIOSK_FIELD_MAX_CHARS:
            raise FormTooLargeError
        return value

    def long_text(self, name: str) -> str:
        """The one field that may be as long as the whole form: the signature."""
        return self._fields.get(name, "")

    def choice(self, name: str, kind: type[Choice]) -> Choice:
        """One of a closed list. Raises FormUnreadableError for anything else."""
        try:
            return kind(self.text(name))
        except ValueError as error:
            raise FormUnreadableError from error

    def number(self, name: str) -> int:
        text = self.text(name)
        if not (text.isascii() and text.isdecimal()):
            raise FormUnreadableError
        return int(text)


async def read_form(request: Request) -> Form:
    """Read a form's body, at most its limit. Raises FormTooLargeError or FormUnreadableError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise FormUnreadableError
    try:
        async with asyncio.timeout(KIOSK_REQUEST_WITHIN_S):
            body = await _body(request)
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=KIOSK_FIELDS_MAX,
        )
    except (ValueError, TimeoutError) as error:
        raise FormUnreadableError from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FormUnreadableError
    return Form(fields)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > KIOSK_BODY_MAX_BYTES:
            raise FormTooLargeError
    return bytes(body)


class BirthDateError(KioskError):
    """The birth date that was typed is no date."""

    code = "KIOSK-0401"

    def __init__(self) -> None:
        super().__init__(
            "生年月日を読み取れません。",
            "The birth date is not a date.",
            hint_ja="元号を選び、年・月・日を数字で入れてください。",
            hint_en="Choose the era and give year, month and day in digits.",
        )


def birth_date(form: Form) -> date | None:
    """The date in the fields era, year, month, day; None when all three are empty. Raises BirthDateError."""
    parts = [form.text(name) for name in ("year", "month", "day")]
    if not any(parts):
        return None
    offset = 0
    era = form.text("era")
    if era != WESTERN:
        known = next((one for one in ERAS if one.digit == era), None)
        if known is None:
            raise BirthDateError
        offset = known.offset
    try:
        year, month, day = (1 if part == FIRST_YEAR else int(part) for part in parts)
        return date(year + offset, month, day)
    except (ValueError, OverflowError) as error:
        raise BirthDateError from error
