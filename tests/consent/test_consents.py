"""Which changes of a consent only take away (they bind at signature) and which may add (they bind at approval)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from appliance.clock import JST
from appliance.consent.consents import Consent, Edge, Mode, NamedPerson, narrows
from appliance.consent.states import State
from appliance.records.data_class import DataClass

SIGNED = datetime(2026, 5, 1, 9, 0, tzinfo=JST)
WIDE = Consent(
    State.ACTIVE,
    Mode.LIST,
    SIGNED,
    "clinic-a",
    expires=SIGNED + timedelta(days=365),
    viewers=frozenset({"hosp-b", "hosp-c"}),
    edges=frozenset({Edge("clinic-a", "hosp-b"), Edge("clinic-a", "hosp-c")}),
    persons=frozenset({NamedPerson("dr-1", "hosp-c")}),
)
NARROWER: list[dict[str, Any]] = [
    {"viewers": frozenset({"hosp-b"})},
    {"edges": frozenset({Edge("clinic-a", "hosp-b")})},
    {"persons": frozenset()},
    {"excluded_viewers": frozenset({"hosp-b"})},
    {"excluded_sources": frozenset({"clinic-a"})},
    {"objections": frozenset({"hosp-b"})},
    {"hidden_classes": frozenset({DataClass.LAB})},
    {"data_from": date(2026, 1, 1)},
    {"emergency": False},
    {"expires": SIGNED + timedelta(days=1)},
    {"effective": SIGNED + timedelta(days=1)},
]


@pytest.mark.parametrize("change", NARROWER, ids=[next(iter(change)) for change in NARROWER])
def test_taking_away_narrows_and_giving_back_does_not(change: dict[str, Any]):
    assert narrows(replace(WIDE, **change), WIDE)
    assert not narrows(WIDE, replace(WIDE, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"mode": Mode.FACILITY},
        {"captured_at": "hosp-c"},
        {"expires": None},
        {"viewers": frozenset({"hosp-d"})},
    ],
)
def test_what_may_add_does_not_narrow(change: dict[str, Any]):
    assert not narrows(replace(WIDE, **change), WIDE)


def test_a_blanket_signed_later_takes_in_who_joined_meanwhile():
    blanket = replace(WIDE, mode=Mode.BLANKET)
    assert not narrows(replace(blanket, effective=SIGNED + timedelta(days=1)), blanket)
    assert narrows(replace(blanket, excluded_viewers=frozenset({"hosp-b"})), blanket)
