"""What a message may hold, and what becomes of everything else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.exchange.ssmix2.characters import UNWRITABLE, encoded, escaped, writable


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("ｶﾝｼﾞｬ ﾀﾛｳ", "カンジャ タロウ"),
        ("ﾊﾞﾝﾊﾟﾁ", "バンパチ"),
        ("①⑳", "(1)(20)"),
        ("ⅢⅳⅩ", "IIIivX"),
        ("㎏㎎㏄", "kgmgcc"),
        ("№１℡", "No.１Tel"),
        ("㈱架空", "(株)架空"),
        ("㍉㌢㍍", "ミリセンチメートル"),
        ("㊤㊦", "(上)(下)"),
        ("㎡", "m*2"),
        ("－～∥￠￡￢—", "−〜‖¢£¬―"),
        ("¥1,000", "￥1,000"),
        ("髙橋﨑", "高橋崎"),
        ("か\u3099", "が"),
        ("葛\U000e0100城", "葛城"),
        ("\ue000𡈽☃", UNWRITABLE * 3),
        ("一行\r\n二行\t三", "一行 二行 三"),
        ("a\x00\x1bb", "ab"),
    ],
)
def test_what_cannot_be_sent_is_spelt_as_the_table_says(written: str, sent: str):
    assert writable(written) == sent


def test_text_of_cp932_goes_through_whatever_its_code_points():
    every = "".join(
        bytes((high, low)).decode("cp932", "ignore")
        for high in (*range(0x81, 0xA0), *range(0xE0, 0xFD))
        for low in range(0x40, 0xFD)
    )
    sent = writable(every)
    assert sent.encode("iso2022_jp").decode("iso2022_jp") == sent
    assert len(re.sub(UNWRITABLE, "", sent)) > 6_879


def test_delimiters_of_hl7_are_escaped_and_those_inside_two_byte_characters_are_not_delimiters():
    assert escaped(r"a|b^c&d~e\f") == r"a\F\b\S\c\T\d\R\e\E\f"
    double = escaped("ソ表能｜＾＆～")
    assert not set(double) & set("|^&~\\")
    assert encoded(f"PID|{double}|x").split(b"|", 1)[0] == b"PID"


@given(st.text())
def test_any_text_can_be_sent_and_returns_to_ascii_before_the_next_field(text: str):
    data = encoded(f"NTE|{escaped(text)}|end\r")
    assert data.endswith(b"|end\r")
    assert set(re.findall(rb"\x1b..", data)) <= {b"\x1b$B", b"\x1b(B"}
    assert b"\n" not in data
    fields = data.decode("iso2022_jp").rstrip("\r").split("|")
    assert len(fields) == 3
