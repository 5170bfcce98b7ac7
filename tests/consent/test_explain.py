"""`renkei consent explain` (consent.md, section 8): one answer a line, in order, whatever the line holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.consent import explain
from appliance.consent.decide import PROVIDE_ORDER, VIEW_ORDER
from appliance.consent.explain import explain_lines
from tests.consent.cases import EMERGENCY, GONE, PROVIDE, Changes, case


def line(identity: object = "x", *changes: Changes) -> str:
    return json.dumps({"id": identity, "case": case(*changes)}, ensure_ascii=False)


def answers(*lines: str | bytes) -> list[tuple[dict[str, Any], bool]]:
    return [(json.loads(text), well) for text, well in explain_lines(lines)]


def only(text: str | bytes) -> dict[str, Any]:
    [(found, well)] = answers(text)
    assert well is ("effect" in found)
    return found


def test_an_answer_has_the_keys_of_the_specification_in_their_order():
    found = only(line("case-1"))
    assert list(found) == ["id", "effect", "reason", "why", "why_en"]
    assert (found["id"], found["effect"], found["reason"]) == ("case-1", "permit", "consent")
    assert only(line(1, EMERGENCY))["effect"] == "permit-limited"
    assert only(line(1, PROVIDE, {"consent": None}))["reason"] == "no-consent"


def test_each_answer_is_one_line_and_japanese_stays_readable():
    [(text, _)] = explain_lines([line()])
    assert "\n" not in text
    assert "同意" in text


def test_order_is_kept_and_a_malformed_line_does_not_stop_the_run():
    found = answers(line(3), "{", line(1, {"now": GONE}), line(2, {"consent": None}), line(3))
    assert [(one["id"], well) for one, well in found] == [
        (3, True),
        (None, False),
        (1, False),
        (2, True),
        (3, True),
    ]


def test_a_malformed_case_says_what_is_wrong_and_where():
    found = only(line(7, {"request.viewer": 5}))
    assert list(found) == ["id", "error"]
    assert found["id"] == 7
    assert "case.request.viewer" in found["error"]
    assert "a text is needed, but this is a number" in found["error"]
    assert "文字列が必要" in found["error"]


@pytest.mark.parametrize(
    "identity", ["a", "", "日本語 \u2028 \"'\\", 0, -1, 10**30, 1.5, True, None, ["x"], {"a": [1]}]
)
def test_an_id_comes_back_as_it_was(identity: object):
    assert only(line(identity))["id"] == identity
    assert only(line(identity, {"now": 1}))["id"] == identity


def test_equal_ids_are_answered_each_for_itself():
    found = answers(line("x"), line("x", {"consent": None}))
    assert [one["reason"] for one, _ in found] == ["consent", "no-consent"]


def test_blank_lines_have_no_answer():
    assert [one["id"] for one, _ in answers("\n", line(1), "", " \t\r\n", line(2) + "\r\n", b"\n")] == [1, 2]


def test_nothing_in_is_nothing_out():
    assert answers() == []


@pytest.mark.parametrize("first", ["\ufeff" + line(1), ("\ufeff" + line(1)).encode()])
def test_a_byte_order_mark_is_passed_over_at_the_very_beginning_only(first: str | bytes):
    found = answers(first, first)
    assert [(one["id"], well) for one, well in found] == [(1, True), (1, False)]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[]", "line"),
        ("null", "line"),
        ('"case"', "line"),
        ("{}", "id"),
        ('{"case": {}}', "id"),
        ('{"id": 4}', "case"),
        ('{"id": 4, "case": null}', "case"),
        ('{"id": 4, "case": []}', "case"),
        ('{"id": 4, "case": {}}', "case.now"),
        (line(4) + line(4), "line"),
        (line(4)[:-1], "line"),
        ("日本語", "line"),
        ('{"id": 4, "case": "\x00"}', "line"),
        ("[" * 100_000, "line"),
        ('{"id":' + "9" * 5000 + "}", "line"),
    ],
    ids=range(15),
)
def test_a_line_that_holds_no_case_is_answered_with_an_error(text: str | bytes, where: str):
    found = only(text)
    assert found["error"].startswith(f"{where}: ")
    assert found["id"] in {None, 4}


def test_a_key_is_missing_or_of_the_wrong_kind_but_the_id_is_known():
    assert only('{"id": 4, "case": []}')["id"] == 4
    assert only('{"id": 4}')["id"] == 4


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_no_json_but_the_id_is_still_read(value: str):
    found = only(line(9, {"policy.max_snapshot_age_s": "@"}).replace('"@"', value))
    assert found["id"] == 9
    assert "this is not JSON" in found["error"]


@pytest.mark.parametrize(
    "text", ['{"id": NaN, "case": {}}', '{"id": "\\ud800", "case": {}}', '{"id": 1e999}']
)
def test_an_id_that_cannot_be_given_back_is_null(text: str | bytes):
    assert only(text)["id"] is None


def test_broken_utf_8_spoils_its_line_only():
    found = answers(line(1).encode().replace(b"dr-1", b"dr-\xff"), line(2).encode())
    assert [(one["id"], well) for one, well in found] == [(None, False), (2, True)]


def test_a_lone_surrogate_in_a_text_line_is_an_error():
    assert "error" in only(line(1).replace("dr-1", "dr-\udc80"))


def test_a_line_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(explain, "CONSENT_CASE_MAX_BYTES", len(line(1)))
    assert only(line(1))["effect"] == "permit"
    assert only(line(10))["error"].startswith("line: 行が長すぎます")


def test_lines_are_answered_as_they_come():
    def endless():
        while True:
            yield line(1)

    assert next(explain_lines(endless()))[1]


def test_the_answer_is_the_decision_of_the_one_table():
    told = {rule.decision.why_ja for rule in (*VIEW_ORDER, *PROVIDE_ORDER)}
    assert only(line(1))["why"] in told
    assert only(line(1, PROVIDE))["why"] in told


@given(st.text() | st.binary())
def test_any_line_has_at_most_one_answer_which_is_json(text: str | bytes):
    found = answers(text)
    assert len(found) == (
        1 if text.removeprefix("\ufeff" if isinstance(text, str) else b"\xef\xbb\xbf").strip() else 0
    )
    assert not any(well for _, well in found)
