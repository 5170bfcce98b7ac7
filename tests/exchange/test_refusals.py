"""What a hub's OperationOutcome is in plain words, and that none of its own words is shown unasked."""

from __future__ import annotations

import json

import pytest

from appliance.exchange.refusals import ELEMENTS, MEANINGS, codes, faults

SENT = ("Condition/c-1", "Encounter/e-1", "Provenance/p-1")


def outcome(**issue: object) -> str:
    return json.dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "error", **issue}]})


@pytest.mark.parametrize(
    ("expression", "where", "ja"),
    [
        ("Bundle.entry[0].resource.code.coding[0].code", "Condition.code.coding.code", "病名コード"),
        ("Bundle.entry[1].resource.ofType(Encounter).period", "Encounter.period", "受診日"),
        ("Bundle.entry[1].resource.Encounter.period", "Encounter.period", "受診日"),
        ("Condition.onsetDateTime", "Condition.onsetDateTime", "診療開始日"),
        ("Patient.name[0].where(use='official').family", "Patient.name.family", "患者氏名"),
        ("Condition.stage", "Condition.stage", "病名"),
        ("Bundle.entry[9].resource.status", "Bundle.entry.status", ""),
        ("Observation.value.ofType(Quantity)", "Observation.value", "検査値"),
    ],
)
def test_the_element_is_named_as_a_clinic_calls_it(expression: str, where: str, ja: str) -> None:
    (fault,) = faults(outcome(code="code-invalid", expression=[expression]), SENT)
    assert (fault.where, fault.element.ja) == (where, ja)
    assert fault.meaning == MEANINGS["code-invalid"][0]


def test_an_older_hub_says_location_and_one_that_says_nothing_is_not_guessed_at() -> None:
    assert faults(outcome(code="value", location=["Condition.code"]))[0].where == "Condition.code"
    assert faults(outcome(code="value"))[0].where == ""
    assert faults(outcome(code="value", expression=[7]))[0].where == ""


def test_a_code_nobody_knows_is_still_shown_with_what_to_do() -> None:
    (fault,) = faults(outcome(code="teapot"))
    assert fault.code == "teapot"
    assert fault.meaning == MEANINGS["unknown"][0]
    assert fault.hint.ja


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", "7", '{"issue": 3}', '{"resourceType": "OperationOutcome", "iss']
)
def test_what_was_cut_or_is_no_outcome_is_one_unknown_fault(kept: str) -> None:
    assert [fault.code for fault in faults(kept)] == ["unknown"]
    assert codes(kept) == {"unknown"}


def test_every_issue_is_told_and_the_hubs_own_words_stand_apart() -> None:
    issues = [
        {"severity": "error", "code": "required", "details": {"text": "練習　太郎"}, "diagnostics": "x"},
        {"severity": "warning", "code": "value"},
    ]
    first, second = faults(json.dumps({"resourceType": "OperationOutcome", "issue": issues}))
    assert first.said == "練習　太郎 / x"
    assert "練習" not in f"{first.meaning}{first.hint}{first.element}{first.where}"
    assert (second.severity, second.said) == ("warning", "")


def test_all_words_are_in_both_languages() -> None:
    for meaning, hint in MEANINGS.values():
        assert all((meaning.ja, meaning.en, hint.ja, hint.en))
    assert all(word.ja and word.en for word in ELEMENTS.values())
