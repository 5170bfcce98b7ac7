"""A browser for tests, over real TLS: keeps cookies, knows the last page's forms and text, follows nothing by itself."""

from __future__ import annotations

import http.client
import re
import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

from tests.kiosk.running import RunningKiosk
from tests.kiosk.scripted_desk import FACILITY, PASSWORD

_VOID = frozenset({"input", "meta", "link", "br", "path"})


@dataclass
class Reply:
    """One answer; headers' names are lower case."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @property
    def text(self) -> str:
        """What a person reads, spaces folded."""
        reader = _Reader()
        reader.feed(self.html)
        return re.sub(r"\s+", " ", " ".join(reader.words)).strip()

    @property
    def links(self) -> list[str]:
        return re.findall(r'href="([^"]+)"', self.html)

    def link(self, ending: str) -> str:
        """The first link that ends so."""
        return next(one for one in self.links if one.endswith(ending))

    @property
    def form_token(self) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.html)
        return found[1] if found else ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._inside):
            self.words.append(data)


@dataclass
class Browser:
    """One browser at one kiosk."""

    port: int
    certificate: Path
    cookies: dict[str, str] = field(default_factory=dict)
    form_token: str = ""

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def post(self, path: str, **fields: str) -> Reply:
        """Post a form with the token of the last page that had one."""
        body = urlencode({"form_token": self.form_token, **fields}).encode()
        return self.send("POST", path, body)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        context = ssl.create_default_context(cafile=str(self.certificate))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=20)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, sent | (headers or {}))
            response = connection.getresponse()
            reply = Reply(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.headers.get_all("Set-Cookie") or [],
                response.read(),
            )
        finally:
            connection.close()
        for cookie in reply.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.form_token = reply.form_token or self.form_token
        return reply

    def follow(self, reply: Reply) -> Reply:
        """Go where a redirect points, as often as it takes."""
        while reply.status == 303:
            reply = self.get(reply.location)
        return reply

    def sign_in(self) -> Reply:
        self.get("/sign-in")
        return self.follow(self.post("/sign-in", facility=FACILITY, login="suzuki", password=PASSWORD))

    def open_patient(self, number: str = "1") -> str:
        """Search by chart number and open the patient; the address of the page."""
        self.get("/home")
        found = self.follow(self.post("/home", number=number))
        return next(link for link in found.links if link.startswith("/patients/"))

    def begin(self, purpose: str = "consent", number: str = "1", language: str = "ja") -> Reply:
        """Hand the screen to a patient."""
        patient = self.open_patient(number)
        return self.follow(self.post(f"{patient}/{purpose}", identity="checked", language=language))

    def press(self, action: str, position: int, strokes: str = "") -> Reply:
        """A button of the patient's screens."""
        return self.follow(self.post("/flow", action=action, position=str(position), strokes=strokes))


def browser_at(kiosk: RunningKiosk) -> Browser:
    return Browser(kiosk.port, kiosk.certificate)


STROKES = "[[" + ",".join(f"[{100 + 10 * n},{50 + n},{n * 16}]" for n in range(40)) + "]]"
"""A signature that passes."""
