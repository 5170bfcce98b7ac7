"""Strict readers of decoded JSON: each takes one value and returns it typed, or says what is wrong and where.

Nothing is guessed: a number in quotes, a time without its zone or a null where a list belongs is malformed. A layout
is the table of an object's keys; keys that it does not name are passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

from appliance.errors import RenkeiError

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)
Reader = Callable[[Any], T]


class MalformedCaseError(RenkeiError):
    """A case, policy, participant list or consent in JSON is not of the agreed form; `where` is the path to the fault."""

    code = "CONSENT-0001"

    def __init__(self, ja: str, en: str, where: str = "") -> None:
        super().__init__(
            f"{where}: {ja}" if where else ja,
            f"{where}: {en}" if where else en,
            hint_ja="書き方は同意の仕様書（第8節）にあります。",
            hint_en="The form is in section 8 of the consent specification.",
        )
        self.where = where
        self.what = (ja, en)

    def inside(self, name: str) -> MalformedCaseError:
        """The same fault, its path one step further out."""
        joint = "." if self.where and not self.where.startswith("[") else ""
        return MalformedCaseError(*self.what, where=f"{name}{joint}{self.where}")


# --- single values --------------------------------------------------------------------------------

_KINDS: Final = {
    type(None): ("null", "null"),
    bool: ("真偽値", "true or false"),
    int: ("数値", "a number"),
    float: ("数値", "a number"),
    str: ("文字列", "a text"),
    list: ("配列", "a list"),
    dict: ("オブジェクト", "an object"),
}


def _expected(wanted: type, value: object) -> MalformedCaseError:
    ja, en = _KINDS[wanted]
    got_ja, got_en = _KINDS.get(type(value), ("別のもの", "something else"))
    return MalformedCaseError(f"{ja}が必要ですが、{got_ja}です", f"{en} is needed, but this is {got_en}")


def text(value: object) -> str:
    if not isinstance(value, str):
        raise _expected(str, value)
    return value


def truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise _expected(bool, value)
    return value


def number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _expected(int, value)
    return value


def time(value: object) -> datetime:
    """A time in ISO 8601 with its zone."""
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        raise MalformedCaseError("日時として読めません", "this is not a time in ISO 8601") from None
    if moment.tzinfo is None:
        raise MalformedCaseError("日時に時差（+09:00 など）がありません", "the time has no zone")
    return moment


def day(value: object) -> date:
    """A whole date in ISO 8601."""
    try:
        return date.fromisoformat(text(value))
    except ValueError:
        raise MalformedCaseError("日付として読めません", "this is not a date in ISO 8601") from None


def word(words: type[Word]) -> Reader[Word | None]:
    """One of `words`; None for a text that is none of them."""
    known = {member.value: member for member in words}
    return lambda value: known.get(text(value))


def known_word(words: type[Word]) -> Reader[Word]:
    """One of `words`; any other text is malformed."""
    known = {member.value: member for member in words}
    choice = ", ".join(known)

    def read(value: object) -> Word:
        found = known.get(text(value))
        if found is None:
            raise MalformedCaseError(
                f"知らない語です（{choice} のどれか）", f"unknown word (one of {choice})"
            )
        return found

    return read


def or_null(read: Reader[T]) -> Reader[T | None]:
    return lambda value: None if value is None else read(value)


# --- lists and objects ----------------------------------------------------------------------------


def under(name: str, read: Reader[T], value: object) -> T:
    """What `read` makes of `value`; a fault is placed inside `name`."""
    try:
        return read(value)
    except MalformedCaseError as wrong:
        raise wrong.inside(name) from None


def json_list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise _expected(list, value)
    return value


def json_object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _expected(dict, value)
    return value


def texts(value: object) -> frozenset[str]:
    """A list of texts, as a set."""
    items = json_list(value)
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise _expected(str, item).inside(f"[{index}]")
    return frozenset(items)


def list_of(read: Reader[T]) -> Reader[tuple[T, ...]]:
    def read_list(value: object) -> tuple[T, ...]:
        items = json_list(value)
        found: list[T] = []
        try:
            for item in items:
                found.append(read(item))  # noqa: PERF401 - its length is the place of a fault
        except MalformedCaseError as wrong:
            raise wrong.inside(f"[{len(found)}]") from None
        return tuple(found)

    return read_list


def set_of(read: Reader[T]) -> Reader[frozenset[T]]:
    read_list = list_of(read)
    return lambda value: frozenset(read_list(value))


def by_text(read: Reader[T]) -> Reader[dict[str, T]]:
    """An object whose keys are data, such as facilities or roles; a fault does not quote them."""

    def read_object(value: object) -> dict[str, T]:
        given = json_object(value)
        try:
            return {key: read(item) for key, item in given.items()}
        except MalformedCaseError as wrong:
            raise wrong.inside("[…]") from None

    return read_object


class Key(NamedTuple):
    """One line of a layout: the key's name in JSON, the field's name here, its reader, and whether it must stand."""

    name: str
    field: str
    read: Reader[Any]
    must: bool = False


class Layout:
    """The keys of one kind of object."""

    __slots__ = ("_keys", "_must")

    def __init__(self, *keys: Key) -> None:
        self._keys = {key.name: (key.field, key.read) for key in keys}
        self._must = tuple(key.name for key in keys if key.must)

    def fields(self, value: object) -> dict[str, Any]:
        """The fields of an object that are there, by their names here; keys that are not in the layout are passed over."""
        given = json_object(value)
        found: dict[str, Any] = {}
        name = ""
        try:
            for name, item in given.items():
                if name in self._keys:
                    field, read = self._keys[name]
                    found[field] = read(item)
        except MalformedCaseError as wrong:
            raise wrong.inside(name) from None
        for name in self._must:
            if name not in given:
                raise MalformedCaseError("必要な項目がありません", "this key is missing", name)
        return found


def made(kind: Callable[..., T], *keys: Key) -> Reader[T]:
    """A reader of objects with these keys that makes a `kind`; what is absent keeps the default of `kind`."""
    fields = Layout(*keys).fields
    return lambda value: kind(**fields(value))
