"""Documents of the network on the page: by what they are, without scripts, in pieces, or not at all."""

from __future__ import annotations

import pytest

from appliance.kiosk import asking
from appliance.kiosk.papers import ShownAs, UnshowableError, shown
from appliance.records.messages import DocumentPiece, Failed, HubView, LookUp, ReadDocument, TimelineEntry
from tests.kiosk.client import Browser, Reply
from tests.kiosk.scripted_desk import NETWORK_TIMELINE, SIGNED_AT, ScriptedDesk, entry

PDF = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20) + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + bytes(20) + b"\xff\xd9"
LETTER = """<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>紹介状</title><component><structuredBody>
<component><section><title>既往歴</title><text>&lt;script&gt;alert(1)&lt;/script&gt;<paragraph>高血圧</paragraph></text>
</section></component></structuredBody></component></ClinicalDocument>""".encode()
NAMED = "doc-0001"


def listed() -> TimelineEntry:
    line = entry(5, "letter", "紹介状", own=False)
    return TimelineEntry(
        **{name: getattr(line, name) for name in line.__struct_fields__} | {"document": NAMED}
    )


def network(*, reachable: bool = True) -> HubView:
    return HubView(reachable=reachable, fresh_at=SIGNED_AT, timeline=(*NETWORK_TIMELINE, listed()))


def piece(content: bytes, content_type: str) -> DocumentPiece:
    return DocumentPiece(
        ready=True,
        content_type=content_type,
        title="紹介状",
        source_name="中央病院",
        date="2026-08-03",
        size_bytes=len(content),
        data=content,
    )


def opened(browser: Browser, desk: ScriptedDesk, content: bytes, content_type: str) -> Reply:
    desk.say[LookUp] = network()
    desk.say[ReadDocument] = piece(content, content_type)
    page = browser.get(browser.open_patient("3"))
    (link,) = [one for one in page.links if "/documents/" in one]
    assert NAMED not in link
    return browser.get(link)


@pytest.mark.parametrize(
    ("content", "content_type"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")]
)
def test_a_file_is_shown_as_it_is(
    staff: Browser, desk: ScriptedDesk, content: bytes, content_type: str
) -> None:
    reply = opened(staff, desk, content, content_type)
    assert (reply.status, reply.body) == (200, content)
    assert reply.headers["content-type"] == content_type
    assert reply.headers["content-disposition"] == "inline"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert desk.last(ReadDocument).document == NAMED
    assert desk.last(ReadDocument).patient == 3


def test_a_letter_is_shown_by_its_words_alone(staff: Browser, desk: ScriptedDesk) -> None:
    reply = opened(staff, desk, LETTER, "text/xml")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    for words in ("紹介状", "既往歴", "高血圧", "中央病院", "令和8年8月3日"):
        assert words in reply.text
    assert "<script>alert(1)" not in reply.html
    assert "&lt;script&gt;alert(1)" in reply.html


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (PNG, "application/pdf"),
        (PDF, "image/png"),
        (b"<html><script>alert(1)</script></html>", "text/html"),
        (b"<html><script>alert(1)</script></html>", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (
            PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
            "application/pdf",
        ),
        (PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 2 0 R>>"), "application/pdf"),
        (LETTER, "application/pdf"),
        (b"II*\x00tiff", "image/tiff"),
        (b"", "application/pdf"),
    ],
)
def test_what_is_not_what_it_says_or_does_more_than_show_is_not_opened(
    staff: Browser, desk: ScriptedDesk, content: bytes, content_type: str
) -> None:
    reply = opened(staff, desk, content, content_type)
    assert reply.status == 415
    assert "KIOSK-0415" in reply.text
    assert b"alert(1)" not in reply.body


def test_a_document_of_many_pieces_is_put_together(
    staff: Browser, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece is asked for from where the last one ended; one that is not there yet is asked for again."""
    asked: list[int] = []
    content = PDF[:-6] + bytes(5_000) + b"%%EOF\n"

    def bit(message: ReadDocument) -> DocumentPiece:
        asked.append(message.offset)
        if len(asked) == 1:
            return DocumentPiece(ready=False)
        whole = piece(content, "application/pdf")
        return DocumentPiece(
            ready=True,
            content_type=whole.content_type,
            size_bytes=whole.size_bytes,
            data=content[message.offset : message.offset + 2_000],
        )

    desk.documents = bit
    reply = opened(staff, desk, b"", "")
    assert reply.body == content
    assert asked == [0, 0, 2_000, 4_000]


def test_a_document_that_ends_before_its_end_is_not_shown(staff: Browser, desk: ScriptedDesk) -> None:
    whole = piece(PDF, "application/pdf")
    desk.documents = lambda asked: DocumentPiece(
        ready=True,
        content_type=whole.content_type,
        size_bytes=whole.size_bytes + 1,
        data=PDF[asked.offset :],
    )
    reply = opened(staff, desk, b"", "")
    assert reply.status == 502


def test_a_document_that_does_not_come_is_said_to_be_slow(
    staff: Browser, desk: ScriptedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "KIOSK_DOCUMENT_WAIT_S", 0.5)
    desk.documents = lambda _: DocumentPiece(ready=False)
    reply = opened(staff, desk, b"", "")
    assert reply.status == 504
    assert "KIOSK-0504" in reply.text


def test_a_refusal_is_told_in_its_own_words(staff: Browser, desk: ScriptedDesk) -> None:
    desk.say[LookUp] = network()
    desk.say[ReadDocument] = Failed(code="LOOKUP-0001", ja="表示されない情報", en="not shown")
    page = staff.get(staff.open_patient("3"))
    reply = staff.get(next(one for one in page.links if "/documents/" in one))
    assert reply.status == 409
    assert "表示されない情報" in reply.text


def test_what_was_kept_of_the_network_is_shown_with_its_age_and_nothing_of_it_opens(
    staff: Browser, desk: ScriptedDesk
) -> None:
    desk.say[LookUp] = HubView(
        reachable=False,
        fresh_at="2026-10-01T00:18:00.000Z",
        timeline=network().timeline,
        why_ja="控えを表示しています。",
        why_en="",
    )
    page = staff.get(staff.open_patient("3"))
    for words in (
        "変形性膝関節症",
        "42分前",
        "控えを表示しています。",
        "表示されない情報がある場合があります",
    ):
        assert words in page.text
    assert [one for one in page.links if "/documents/" in one] == []


def test_a_reference_of_another_session_opens_nothing(staff: Browser, desk: ScriptedDesk) -> None:
    reply = staff.get(f"{staff.open_patient('3')}/documents/{NAMED}")
    assert reply.status == 404
    assert desk.count(ReadDocument) == 0


@pytest.mark.parametrize("declared", ["text/xml", "TEXT/XML; charset=utf-8", "application/hl7-cda+xml"])
def test_a_letter_is_known_by_its_media_type_however_it_is_written(declared: str) -> None:
    assert shown(LETTER, declared).how is ShownAs.TEXT


def test_xml_that_is_no_letter_is_not_shown() -> None:
    with pytest.raises(UnshowableError):
        shown(b"<a>secret</a>", "text/xml")
