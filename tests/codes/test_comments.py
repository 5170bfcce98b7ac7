"""Comments in words, pattern by pattern (別紙6-1)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.codes.comments import words_of
from appliance.codes.entries import Comment

NAMES = {"112000001": "架空再診料", "2056": "右", "8002": "の疑い"}


def names(code: str) -> str:
    return NAMES.get(code, "")


def comment(pattern: str, name: str, **gaps: str) -> Comment:
    return Comment("8", None, None, name, pattern=pattern, **gaps)


GAPS = comment("40", "導入期　令和　　年　　月", at1="7", len1="2", at2="10", len2="2")


@pytest.mark.parametrize(
    ("given_comment", "text", "words"),
    [
        (comment("10", ""), "自由な文", "自由な文"),
        (comment("20", "外来にて請求済み"), "", "外来にて請求済み"),
        (comment("30", "具体的な臓器；"), "肝臓", "具体的な臓器；肝臓"),
        (comment("31", "併施した手術"), "１１２０００００１", "併施した手術；架空再診料"),
        (GAPS, "０７１２", "導入期　令和　７年１２月"),
        (GAPS, "００１２", "導入期　令和　０年１２月"),
        (comment("42", "回数；"), "１２", "回数；１２"),
        (comment("50", "初診年月日；"), "５０２０９１１", "初診年月日；令和2年9月11日"),
        (comment("51", "時刻"), "０５４５", "時刻；5時45分"),
        (comment("52", "時間"), "０００７５", "時間；75分"),
        (comment("53", "日時"), "０１１１１１", "日時；1日11時11分"),
        (comment("80", "検査値"), "５０２０９１１０００１２．３４", "検査値；令和2年9月11日　検査値：12.34"),
        (comment("80", "検査値"), "５０２０９１１００００．５００", "検査値；令和2年9月11日　検査値：0.500"),
        (comment("90", ""), "２０５６８００２", "右の疑い"),
    ],
)
def test_a_pattern_is_put_into_words(given_comment: Comment, text: str, words: str) -> None:
    assert words_of(given_comment, text, names) == words


@pytest.mark.parametrize(
    ("given_comment", "text", "words"),
    [
        (GAPS, "７", "導入期　令和　　年　　月；７"),
        (comment("31", "併施した手術"), "９９９９９９９９９", "併施した手術；９９９９９９９９９"),
        (comment("50", "初診年月日"), "５０２１３４５", "初診年月日；５０２１３４５"),
        (comment("51", "時刻"), "朝", "時刻；朝"),
        (comment("80", "検査値"), "５０２０９１１１２", "検査値；５０２０９１１１２"),
        (comment("90", ""), "２０５６９９９９", "２０５６９９９９"),
        (comment("99", "知らない型"), "文", "知らない型；文"),
    ],
)
def test_what_has_not_the_form_of_its_pattern_stays_as_written(
    given_comment: Comment, text: str, words: str
) -> None:
    assert words_of(given_comment, text, names) == words


@settings(deadline=None)
@given(
    st.sampled_from(["10", "20", "30", "31", "40", "42", "50", "51", "52", "53", "80", "90"]),
    st.text(alphabet="０１２５８９．12朝；　", max_size=16),
)
def test_words_of_words_are_the_same_words(pattern: str, text: str) -> None:
    one = comment(pattern, GAPS.name, at1="7", len1="2", at2="10", len2="2")
    words = words_of(one, text, names)
    assert words_of(one, words, names) == words
