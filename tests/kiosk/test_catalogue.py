"""The catalogues: every text of the pages is in Japanese, nothing in them is stale, and both languages fit together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po as babel_read_po

from appliance.kiosk import catalogue
from appliance.kiosk.catalogue import Language, load, read_po

KIOSK = Path(catalogue.__file__).parent


def texts_of_the_pages() -> set[str]:
    """Every text that a template or a table marks."""
    found = extract_from_dir(
        KIOSK,
        method_map=[("templates/**.html", "jinja2"), ("**.py", "python")],
        options_map={"templates/**.html": {"extensions": "jinja2.ext.i18n"}},
        keywords={"_": None, "mark": None},
    )
    return {str(message) for _file, _line, message, _comments, _context in found}


def po(language: Language) -> Path:
    return KIOSK / "locale" / language / "LC_MESSAGES" / "kiosk.po"


def test_every_text_is_in_japanese_and_no_other_text_is_kept() -> None:
    assert set(load(Language.JA)) == texts_of_the_pages()


def test_the_english_catalogue_lists_the_same_texts() -> None:
    with po(Language.EN).open("rb") as file:
        listed = {str(message.id) for message in babel_read_po(file) if message.id}
    assert listed == texts_of_the_pages()


def test_a_translation_has_the_same_places_to_fill_in() -> None:
    for text, translated in load(Language.JA).items():
        assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", translated))


def test_no_text_can_break_out_of_an_attribute() -> None:
    for text, translated in load(Language.JA).items():
        assert not re.search(r'["<>&]', text + translated)


def test_japanese_texts_are_in_japanese() -> None:
    strange = {text for text, translated in load(Language.JA).items() if translated.isascii()}
    assert strange == set()


@pytest.mark.parametrize("language", Language)
def test_the_small_reader_reads_what_the_full_one_does(language: Language) -> None:
    with po(language).open("rb") as file:
        full = {str(one.id): str(one.string) for one in babel_read_po(file) if one.id and one.string}
    assert load(language) == full


def test_long_texts_over_several_lines_and_escapes_are_read() -> None:
    text = '# note\nmsgid ""\nmsgstr ""\n"Language: ja\\n"\n\nmsgid ""\n"one "\n"two\\n"\nmsgstr "\\"三\\""\n'
    assert read_po(text) == {"one two\n": '"三"'}
