"""The consent texts: every language and rule gives whole sentences that say what the rules do, and one hash."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import asdict, fields, replace
from datetime import datetime
from importlib import resources

import pytest

from appliance.clock import JST
from appliance.consent.defaults import participants_document, policy_document
from appliance.consent.policy import EmergencyRule, Growth
from appliance.consent.rules import Rules, parse_rules
from appliance.consent.wording import MAX_STEPS, NoTextError, Shown, shown

CLINIC, PHARMACY = "1319999012", "1349999012"
LANGUAGES = ("ja", "en")
LISTED = participants_document(
    "1",
    [(CLINIC, "練習用内科", "clinic"), (PHARMACY, "練習用薬局", "pharmacy")],
    datetime(2025, 4, 1, tzinfo=JST),
)
STEP_MAX_CHARS = {"ja": 190, "en": 400}
"""What fits one screen of a 10-inch tablet at 30 px without scrolling."""


def ruled(**changes: object) -> Rules:
    return parse_rules(policy_document("1", **changes), LISTED)


def text(rules: Rules, language: str = "ja", facility: str = CLINIC, network: str = "練習ネット") -> Shown:
    return shown(rules, language, network=network, contact="電話 000", facility=facility)


def everything(one: Shown) -> list[str]:
    return [
        sentence
        for value in asdict(one).values()
        for sentence in ([value] if isinstance(value, str) else value)
    ]


COMBINATIONS = list(itertools.product(LANGUAGES, (CLINIC, PHARMACY), Growth, EmergencyRule, (None, 365)))


@pytest.mark.parametrize(("language", "facility", "growth", "emergency", "days"), COMBINATIONS)
def test_every_text_is_whole_and_fits_its_screens(
    language: str, facility: str, growth: Growth, emergency: EmergencyRule, days: int | None
):
    one = text(ruled(growth=growth, emergency=emergency, valid_days=days), language, facility)
    for sentence in everything(one):
        assert sentence.strip() == sentence
        assert sentence
        assert "{" not in sentence
        assert "}" not in sentence
    assert 1 <= len(one.steps) <= MAX_STEPS
    assert all(len(step) <= STEP_MAX_CHARS[language] for step in one.steps)
    assert one.language == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_says_with_whom_how_long_and_that_it_can_be_taken_back(language: str):
    one = text(ruled(valid_days=365), language)
    whole = "".join(everything(one))
    for needed in {"ja": ("練習ネット", "365日", "やめ", "理由", "救急", "記録")}.get(
        language, ("練習ネット", "365 days", "stop", "reason", "emergency", "recorded")
    ):
        assert needed in whole


def test_the_line_of_no_disadvantage_fits_the_place():
    rules = ruled()
    assert text(rules).no_disadvantage == "同意しなくても、診療に不利益はありません。"
    assert (
        text(rules, facility=PHARMACY).no_disadvantage
        == "同意しなくても、調剤・お薬の受け取りに不利益はありません。"
    )


def test_the_text_says_what_the_rules_do_about_those_who_join_later():
    steps = {growth: "".join(text(ruled(growth=growth)).steps) for growth in Growth}
    assert "見られません" in steps[Growth.FROZEN]
    assert "お申し出" in steps[Growth.NOTIFY]
    assert "見られるようになります" in steps[Growth.PUBLISH]
    assert len(set(steps.values())) == len(Growth)


def test_a_rule_this_version_does_not_know_is_explained_at_its_widest():
    unknown = text(ruled(growth="lottery", emergency="sometimes"))
    widest = text(ruled(growth="publish", emergency="any"))
    assert unknown.text_hash == widest.text_hash


def test_the_hash_is_over_the_canonical_json_of_the_whole_text():
    one = text(ruled())
    canonical = json.dumps(asdict(one), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert one.text_hash == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize("name", [field.name for field in fields(Shown)])
def test_a_change_anywhere_in_the_text_changes_the_hash(name: str):
    one = text(ruled())
    value = getattr(one, name)
    other = replace(one, **{name: (*value, "x") if isinstance(value, tuple) else value + "x"})
    assert other.text_hash != one.text_hash


def test_the_hash_follows_network_contact_language_and_place():
    rules = ruled()
    hashes = {
        text(rules).text_hash,
        text(rules, "en").text_hash,
        text(rules, facility=PHARMACY).text_hash,
        text(rules, network="別のネット").text_hash,
    }
    assert len(hashes) == 4
    assert text(rules).text_hash == text(ruled()).text_hash


@pytest.mark.parametrize("network", ["{contact}", "{steps}", "}{", "{network}"])
def test_a_name_with_braces_is_put_in_as_it_is(network: str):
    assert f"「{network}」" in text(ruled(), network=network).statement


def test_a_language_without_a_text_is_said_so():
    with pytest.raises(NoTextError):
        text(ruled(), "fr")
    with pytest.raises(NoTextError):
        text(ruled(texts={"ja": "../defaults"}))


def test_every_shipped_text_is_named_as_its_file_and_has_the_same_parts():
    files = list((resources.files("appliance.consent") / "texts").iterdir())
    texts = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert [f"{one['text_id']}.json" for one in texts] == [file.name for file in files]
    assert len({tuple(sorted(one)) for one in texts}) == 1
