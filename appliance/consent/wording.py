"""The consent texts: what a patient reads before deciding, filled in as the operator's rules have it, and its hash.

A text says what the rules do: how long the consent holds, who may join later, what happens in an emergency. Texts are
JSON files beside this module; a changed sentence is a new text with a new id.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from appliance.consent.policy import EmergencyRule, Growth
from appliance.consent.rules import Rules
from appliance.errors import Audience, RenkeiError

MAX_STEPS: Final = 4


class NoTextError(RenkeiError):
    """The rules offer no consent text in this language, or one that this version does not have."""

    code = "CONSENT-0011"
    audience = Audience.OPERATOR


@dataclass(frozen=True, slots=True)
class Shown:
    """A consent text as it is shown and signed: every field is part of the hash."""

    text_id: str
    language: str
    title: str
    steps: tuple[str, ...]
    statement: str
    no_disadvantage: str
    how_to_withdraw: str
    withdraw_statement: str
    scope: str
    contact: str

    @property
    def text_hash(self) -> str:
        """SHA-256 (hexadecimal) over the canonical JSON of the whole text as shown."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def shown(rules: Rules, language: str, *, network: str, contact: str, facility: str) -> Shown:
    """The text of a language as `facility` (10-digit number) shows it. Raises NoTextError."""
    text = _text(_text_id(rules, language))
    words = text["words"].get(rules.facility_types.get(facility, ""), text["words"]["default"])
    fill = {
        "network": network,
        "contact": contact,
        "growth": text["growth"][rules.policy.growth or Growth.PUBLISH],
        "period": _period(text, rules.valid_days),
        "emergency": text["emergency"][rules.policy.emergency or EmergencyRule.ANY],
        **words,
    }
    filled = {key: _filled(value, fill) for key, value in text.items() if key in _SENTENCES}
    steps = tuple(_filled(step, fill) for step in text["steps"])
    return Shown(text_id=text["text_id"], language=text["language"], steps=steps, **filled)


_SENTENCES: Final = frozenset(
    {
        "title",
        "statement",
        "no_disadvantage",
        "how_to_withdraw",
        "withdraw_statement",
        "scope",
        "contact",
    }
)


def _text_id(rules: Rules, language: str) -> str:
    text_id = rules.texts.get(language)
    if text_id is None:
        raise NoTextError(
            "この言語の説明文はありません。",
            "There is no consent text in this language.",
            hint_ja="ほかの言語を選んでください。",
            hint_en="Choose another language.",
        )
    return text_id


@cache
def _text(text_id: str) -> Any:
    folder = resources.files("appliance.consent") / "texts"
    found = [entry for entry in folder.iterdir() if entry.name == f"{text_id}.json"]
    if not found:
        raise NoTextError(
            "運用者の規則が指す説明文が、この版にはありません。",
            "This version does not have the consent text that the rules name.",
            hint_ja="機器のソフトウェアを更新するか、運用者に連絡してください。",
            hint_en="Update the appliance, or call the operator.",
        )
    return json.loads(found[0].read_text(encoding="utf-8"))


def _period(text: Any, valid_days: int | None) -> str:
    if valid_days is None:
        return str(text["period"]["unlimited"])
    return str(text["period"]["days"]).replace("{days}", str(valid_days))


def _filled(sentence: str, fill: dict[str, str]) -> str:
    """The sentence with its names put in; what is put in is not read again, whatever it holds."""
    parts = sentence.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        filled += [fill[name], rest]
    return "".join(filled)
