"""The decision order of consent.md, section 3: each row alone, and every row before every later one."""

from __future__ import annotations

from itertools import combinations

import pytest

from appliance.consent.border import parse_case
from appliance.consent.decide import PROVIDE_ORDER, VIEW_ORDER, decide
from appliance.consent.decision import Obligation
from tests.consent.cases import (
    CLINIC_A,
    DISASTER,
    EMERGENCY,
    HOSP_C,
    OWN,
    PROVIDE,
    TREAT,
    Changes,
    answer,
    case,
)

Row = tuple[str, Changes, str]
"""Number of the row, what makes it hit, its answer."""

WHO_ASKS: list[Row] = [
    ("1", {"request.authenticated": False}, "deny not-authenticated"),
    ("3", {"participants": [CLINIC_A]}, "deny not-participant"),
    ("4", {"participants": [HOSP_C]}, "deny source-left"),
    ("5", {"request.role": "clerk"}, "deny role"),
]
NEED: list[Row] = [
    ("7", {"request.two_factor": False}, "deny no-grant"),
    ("8", {"consent.state": "refused"}, "deny refused"),
    ("9", {"consent.emergency": "no"}, "deny emergency-opt-out"),
]
WILL: list[Row] = [
    ("11", {"patient.can_express": True}, "deny ask-the-patient"),
    ("12", {"request.data_class": "lab"}, "deny emergency-subset"),
]
EMERGENCY_ROWS: list[Row] = [
    *WHO_ASKS,
    ("6'", {"policy.emergency_types": ["hospital"]}, "deny facility-type"),
    *NEED,
    ("10 policy", {"policy.emergency": "never"}, "deny policy"),
    ("10 record", {"consent.state": "withdrawn"}, "deny no-consent"),
    *WILL,
    ("13", {}, "permit-limited emergency"),
]
DISASTER_ROWS: list[Row] = [
    *WHO_ASKS,
    ("6", {"policy.disasters": []}, "deny no-disaster"),
    *NEED,
    *WILL,
    ("13", {}, "permit-limited disaster"),
]
OTHER_STATES = (
    "draft",
    "pending",
    "rejected",
    "suspended",
    "superseded",
    "withdrawn",
    "expired",
    "refused",
    "entered-in-error",
)
STATE_ROWS: list[Row] = [(f"15 {name}", {"consent.state": name}, f"deny {name}") for name in OTHER_STATES]
DATE_ROWS: list[Row] = [
    ("15 not yet", {"consent.effective": "2026-10-01T10:00:01+09:00"}, "deny not-yet"),
    ("15 expired", {"consent.expires": "2026-10-01T09:59:59+09:00"}, "deny expired"),
    ("16", {"snapshot_at": "2026-09-29T10:00:00+09:00"}, "deny stale"),
]
ITEM_ROWS: list[Row] = [
    ("20 hidden", {"consent.hidden_classes": ["medication"]}, "deny hidden"),
    ("20 period", {"consent.data_from": "2026-04-11"}, "deny data-period"),
]
TREAT_ROWS: list[Row] = [
    *WHO_ASKS,
    ("15 none", {"consent": None}, "deny no-consent"),
    *STATE_ROWS,
    *DATE_ROWS,
    ("17 viewer", {"consent.excluded_viewers": ["hosp-c"]}, "deny excluded"),
    ("17 source", {"consent.excluded_sources": ["clinic-a"]}, "deny excluded"),
    ("18", {"consent.mode": "list"}, "deny out-of-scope"),
    ("19", {"policy.topology": "star", "consent.captured_at": "clinic-b"}, "deny topology"),
    *ITEM_ROWS,
    ("21", {}, "permit consent"),
]
PROVIDE_ROWS: list[Row] = [
    ("1", {"request.authenticated": False}, "deny not-authenticated"),
    ("own facility", {"participants": [HOSP_C]}, "deny not-participant"),
    ("no record", {"consent": None}, "deny no-consent"),
    *STATE_ROWS,
    *DATE_ROWS,
    ("excluded", {"consent.excluded_sources": ["clinic-a"]}, "deny excluded"),
    *ITEM_ROWS,
    ("else", {}, "permit consent"),
]
ORDERS = [
    ("treat", TREAT, TREAT_ROWS),
    ("emergency", EMERGENCY, EMERGENCY_ROWS),
    ("disaster", DISASTER, DISASTER_ROWS),
    ("provide", PROVIDE, PROVIDE_ROWS),
]


@pytest.mark.parametrize(
    ("purpose", "trigger", "expected"),
    [
        pytest.param(purpose, trigger, expected, id=f"{name} row {row}")
        for name, purpose, rows in ORDERS
        for row, trigger, expected in rows
    ],
)
def test_a_row_alone_gives_its_answer(purpose: Changes, trigger: Changes, expected: str):
    assert answer(purpose, trigger) == expected


@pytest.mark.parametrize(
    ("purpose", "earlier", "later", "expected"),
    [
        pytest.param(purpose, earlier[1], later[1], earlier[2], id=f"{name}: {earlier[0]} before {later[0]}")
        for name, purpose, rows in ORDERS
        for earlier, later in combinations(rows, 2)
    ],
)
def test_the_earlier_of_two_rows_wins(purpose: Changes, earlier: Changes, later: Changes, expected: str):
    if earlier.keys() & later.keys() == {"participants"}:
        earlier = later = {"participants": []}  # both facilities are gone
    assert answer(purpose, later, earlier) == expected


OWN_RECORD = "permit own-record"


@pytest.mark.parametrize(("row", "trigger", "expected"), TREAT_ROWS, ids=[row for row, _, _ in TREAT_ROWS])
def test_ones_own_record_is_seen_whatever_the_network_says(row: str, trigger: Changes, expected: str):
    if row in {"1", "5"}:
        assert answer(OWN, trigger) == expected  # not signed in; a role that is not the facility's own
    else:
        assert answer(OWN, trigger) == OWN_RECORD


def test_an_own_role_needs_no_line_in_the_role_table_for_its_own_record():
    assert answer(OWN, {"request.role": "nurse"}) == OWN_RECORD
    assert answer({"request.role": "nurse"}) == "deny role"


def test_a_role_that_is_not_an_own_role_goes_on_down_the_table_in_its_own_facility():
    assert answer(OWN, {"policy.own_roles": []}) == "permit consent"
    assert answer(OWN, {"policy.own_roles": [], "consent": None}) == "deny no-consent"


def test_an_own_record_is_for_treatment_only():
    assert answer(OWN, EMERGENCY) == "deny facility-type"
    assert answer(OWN, {"request.purpose": "research"}) == "deny purpose"


def test_a_facility_without_a_name_owns_nothing():
    nobody = {"request.viewer_facility": "", "request.source_facility": ""}
    assert answer(nobody) == "deny not-participant"


@pytest.mark.parametrize(("row", "trigger", "expected"), WHO_ASKS, ids=[row for row, _, _ in WHO_ASKS])
def test_an_unknown_purpose_is_denied_after_rows_1_to_5(row: str, trigger: Changes, expected: str):
    assert answer({"request.purpose": "research"}, trigger) == expected


@pytest.mark.parametrize("consent", [{}, {"consent": None}, {"consent.state": "refused"}])
def test_an_unknown_purpose_is_denied_before_the_record_is_looked_at(consent: Changes):
    assert answer({"request.purpose": "research"}, consent) == "deny purpose"


def test_a_limited_permission_carries_every_obligation():
    for purpose in (EMERGENCY, DISASTER):
        obligations = decide(parse_case(case(purpose))).obligations
        assert obligations == tuple(Obligation) == ("banner", "watermark", "no-print", "notify", "review-24h")


def test_no_other_answer_carries_an_obligation():
    rules = [*VIEW_ORDER, *PROVIDE_ORDER]
    assert {rule.row for rule in rules if rule.decision.obligations} == {"13"}


def test_the_table_has_the_rows_of_the_specification_in_order():
    rows = list(dict.fromkeys(rule.row for rule in VIEW_ORDER))
    assert rows == ["1", "2", "3", "4", "5", "6", "6'", *(str(number) for number in range(7, 22))]


def test_provide_does_not_ask_for_role_grant_viewer_or_scope():
    nothing_of_a_viewer = {
        "request.role": "nobody",
        "request.grant": None,
        "request.two_factor": False,
        "request.viewer": "",
        "request.viewer_facility": "",
        "consent.mode": "list",
        "consent.excluded_viewers": ["", "hosp-c"],
        "policy.topology": "star",
        "consent.captured_at": "clinic-b",
        "patient.can_express": True,
    }
    assert answer(PROVIDE, nothing_of_a_viewer) == "permit consent"


def test_provide_keeps_data_of_a_class_nobody_knows():
    assert answer(PROVIDE, {"request.data_class": "genome"}) == "deny role"
    assert answer(PROVIDE, {"request.data_class": "genome", "consent": None}) == "deny no-consent"
