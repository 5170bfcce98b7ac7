"""Templates to HTML: one environment a language, everything escaped, an unknown name an error."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from appliance.kiosk import catalogue, showing, words
from appliance.kiosk.catalogue import Language
from appliance.kiosk.signature import svg_path
from appliance.kiosk.static_files import StaticFile

_TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """The templates, ready in each language."""

    def __init__(self, static: Mapping[str, StaticFile], constants: Mapping[str, object]) -> None:
        """`constants` are names that every template may use (the site's practice mark, limits)."""
        self._environments = {language: _environment(language, static, constants) for language in Language}

    def render(self, template: str, language: Language, values: Mapping[str, object]) -> str:
        return self._environments[language].get_template(template).render(values)


def _environment(
    language: Language, static: Mapping[str, StaticFile], constants: Mapping[str, object]
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    messages = catalogue.load(language)
    i18n: Any = environment
    i18n.install_gettext_callables(
        gettext=lambda text: messages.get(text, text),
        ngettext=lambda one, many, count: messages.get(one, one if count == 1 else many),
        newstyle=True,
    )
    environment.filters |= {
        "day": partial(_by_language, showing.show_iso, language),
        "moment": partial(_by_language, showing.show_moment, language),
        "svg_path": svg_path,
    }
    environment.globals |= {
        "language": language.value,
        "static": lambda name: f"/static/{name}?v={static[name].version}",
        "words": words,
        **constants,
    }
    return environment


def _by_language(show: Any, language: Language, text: str) -> str:
    return str(show(text, language))
