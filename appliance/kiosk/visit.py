"""One request on its way through the kiosk: who asks, in which language, with which form, and how to answer."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from appliance.clock import Clock
from appliance.config import SiteConfig
from appliance.errors import RenkeiError
from appliance.kiosk.asking import Asking
from appliance.kiosk.catalogue import Language
from appliance.kiosk.drafts import Draft, Finished
from appliance.kiosk.forms import Form
from appliance.kiosk.pages import Pages
from appliance.kiosk.problems import KioskError, TooManyTriesError, status_of
from appliance.kiosk.references import Subject
from appliance.kiosk.sessions import Session, Sessions
from appliance.kiosk.static_files import StaticFile
from appliance.kiosk.tries import Tries
from appliance.records.messages import DeskRequest, Message

M = TypeVar("M", bound=Message)

_BROWSER_BYTES = 32


@dataclass(frozen=True, slots=True)
class Kiosk:
    """What every request works with."""

    site: SiteConfig
    clock: Clock
    asking: Asking
    sessions: Sessions
    tries: Tries
    pages: Pages
    static: Mapping[str, StaticFile]
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(_BROWSER_BYTES), repr=False)
    """Of this run of the kiosk; form tokens are made with it."""


class NotSignedInError(KioskError):
    """The page needs a session and there is none (any more)."""

    code = "KIOSK-0440"

    def __init__(self) -> None:
        super().__init__("サインインしてください。", "Please sign in.")


def new_browser() -> str:
    """A fresh cookie value: 256 random bits."""
    return secrets.token_urlsafe(_BROWSER_BYTES)


@dataclass(slots=True)
class Visit:
    """One request and the means to answer it."""

    kiosk: Kiosk
    browser: str
    chosen_language: Language
    session: Session | None
    address: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Form = field(default_factory=Form)

    @property
    def staff(self) -> Session:
        """The session. Raises NotSignedInError without one."""
        if self.session is None:
            raise NotSignedInError
        return self.session

    @property
    def language(self) -> Language:
        """The patient's language while they have the screen, else the browser's."""
        match self.session.flow if self.session else None:
            case Draft(text=text):
                return _language(text.language)
            case Finished(language=language):
                return _language(language)
        return self.chosen_language

    @property
    def form_token(self) -> str:
        """What every form of this browser has to bring back."""
        return hmac.new(self.kiosk.secret, self.browser.encode(), hashlib.sha256).hexdigest()

    def subject(self, subject: Subject) -> int:
        """The patient or consent that the address names by a reference of this session."""
        return self.staff.references.number(subject, self.path["reference"])

    def reference(self, subject: Subject, number: int | str) -> str:
        return self.staff.references.name(subject, number)

    async def desk(self, message: DeskRequest, kind: type[M]) -> M:
        return await self.kiosk.asking.desk(message, kind)

    def page(self, template: str, /, **values: object) -> Response:
        """A page of this language."""
        return self._rendered(template, HTTPStatus.OK, values)

    def again(self, template: str, problem: RenkeiError, /, **values: object) -> Response:
        """The same page once more, saying what was wrong."""
        return self._rendered(template, status_of(problem), values | {"problem": problem})

    def error_page(self, problem: RenkeiError) -> Response:
        """A page without any detail: a code, what happened, what to do."""
        response = self._rendered("error.html", status_of(problem), {"problem": problem})
        if isinstance(problem, TooManyTriesError):
            response.headers["Retry-After"] = str(problem.wait_s)
        return response

    def _rendered(self, template: str, status: HTTPStatus, values: dict[str, object]) -> Response:
        known: dict[str, object] = {
            "session": self.session,
            "form_token": self.form_token,
            "notice": self.session.take_notice() if self.session else "",
            "problem": None,
            "here": "",
            "reference": self.reference,
            "Subject": Subject,
        }
        text = self.kiosk.pages.render(template, self.language, known | values)
        return HTMLResponse(text, status)

    def part(self, template: str, language: str, **values: object) -> Markup:
        """A piece of a page in a language of its own."""
        return Markup(self.kiosk.pages.render(template, _language(language), values))  # noqa: S704 - a template's output

    def go(self, address: str) -> Response:
        """On to another page, by GET."""
        return RedirectResponse(address, status_code=303)


def _language(text: str) -> Language:
    return Language(text) if text in set(Language) else Language.JA
