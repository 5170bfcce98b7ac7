"""The quick look for garbled text says what the long one does (its meaning: test_jahis_nsips_properties.py)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.formats import garbled
from appliance.formats.garbled import is_garbled


@settings(deadline=None)
@given(
    st.text(st.sampled_from("aA1 ,|山田太郎アイヴ縺ゅ＞繧ﾂﾀﾞ｡×Ãã‚€ƒ\x83\x8d\ue000①"), max_size=12),
    st.sampled_from(["cp932", "utf-8"]),
)
def test_the_quick_look_for_garbled_text_never_misses_any(text: str, wrong: str):
    spoiled = text.encode("cp932" if wrong == "utf-8" else "utf-8", "ignore").decode(wrong, "ignore")
    for one in (text, spoiled):
        assert is_garbled(one) == is_garbled_at_length(one)


def test_no_character_that_garbled_text_begins_with_escapes_the_quick_look():
    for code in range(0x80, 0xFFFF):
        letter = chr(code)
        try:
            first = letter.encode("cp932")[0]
        except UnicodeEncodeError:
            continue
        assert bool(garbled._begins_garbled().match("a" + letter)) == (0xC2 <= first <= 0xF4), letter


def is_garbled_at_length(text: str) -> bool:
    """The definition without any short cut: the text's bytes in one encoding are Japanese in the other."""
    western = all(letter.isascii() or letter in garbled._LEFT_OF_GARBLED for letter in text)
    raw = b"".join(garbled._LEFT_OF_GARBLED.get(letter) or letter.encode() for letter in text)
    recovers = western and not text.isascii() and any(map(garbled._recovers, (raw, raw), ("cp932", "utf-8")))
    try:
        recovered = text.encode("cp932").decode("utf-8")
    except UnicodeError:
        recovered = ""
    high = any("\x80" <= letter <= "\x9f" for letter in text)
    return high or recovers or (not text.isascii() and sum(one >= "\u3000" for one in recovered) > 1)
