"""The words of a letter, in the order in which they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.formats.cda import narrative as room
from appliance.formats.cda.narrative import Passage, narrative

LETTER = """<?xml version="1.0" encoding="{encoding}"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:x="urn:x">
 <title>診療情報提供書</title>
 <recordTarget><patientRole><patient><name>練習 太郎</name></patient></patientRole></recordTarget>
 <component><structuredBody>
  <component><section><title>既往歴</title>
   <text>アレルギーは<content styleCode="Bold">ない</content>ことを確認。<br/>次回 <x:sup>３</x:sup>月
    <list><item>高血圧</item><item>糖尿病 <content>（疑い）</content></item></list>
    <table><tr><th>項目</th><th>値</th></tr><tr><td>HbA1c</td><td>6.5</td></tr></table>
   </text>
   <entry><observation><text>entry</text><value>entry</value></observation></entry>
  </section></component>
  <component><section><text>見出しのない文章。</text></section></component>
 </structuredBody></component>
</ClinicalDocument>"""


def letter(encoding: str = "UTF-8", codec: str = "utf-8") -> bytes:
    return LETTER.format(encoding=encoding).encode(codec)


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("UTF-8", "utf-8"), ("UTF-8", "utf-8-sig"), ("Shift_JIS", "cp932"), ("UTF-16", "utf-16")],
)
def test_the_words_come_in_their_order(encoding: str, codec: str) -> None:
    found = narrative(letter(encoding, codec))
    assert found == (
        Passage("診療情報提供書", ()),
        Passage(
            "既往歴",
            (
                "アレルギーはないことを確認。",
                "次回 ３月",
                "高血圧",
                "糖尿病 （疑い）",
                "項目 ｜ 値",
                "HbA1c ｜ 6.5",
            ),
        ),
        Passage("", ("見出しのない文章。",)),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.4",
        b"<html><title>x</title></html>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><ClinicalDocument>&e;</ClinicalDocument>',
        b"<ClinicalDocument><title>",
    ],
)
def test_what_is_no_letter_says_nothing(data: bytes) -> None:
    assert narrative(data) == ()


def test_a_letter_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "NARRATIVE_MAX_LINES", 3)
    assert sum(len(one.lines) + bool(one.heading) for one in narrative(letter())) == 3


@given(st.binary(max_size=400))
def test_nothing_stops_it(noise: bytes) -> None:
    narrative(noise)
    narrative(b"<ClinicalDocument><title>" + noise + b"</title></ClinicalDocument>")
