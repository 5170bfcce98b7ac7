"""Opening a document of the network: in pieces, decided for each piece, audited once, only whole and only as registered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from appliance.clock import ManualClock
from appliance.consent.roles import Role
from appliance.exchange.fhir.bundle import document_payload, identity_payload
from appliance.exchange.fhir.content import Identity, Person
from appliance.exchange.hub import Hub
from appliance.exchange.lookup import LookUps
from appliance.exchange.mhd.provide import encoded, provide
from appliance.exchange.mhd.whole import Whole, whole_of
from appliance.exchange.opening import Opening
from appliance.exchange.outcomes import Delivered
from appliance.limits import DOCUMENT_OPEN_S, DOCUMENT_PIECE_BYTES, DOCUMENTS_OPEN_MAX
from appliance.records.administrative import Organization, PersonName
from appliance.records.document import DocumentKind, Format, Record
from appliance.records.identity import patient_id
from appliance.records.messages import DocumentPiece, Failed, HubView, LookUp, Message, ReadDocument
from appliance.store import staff
from provisioning.lab.hub import Fault, PracticeHub
from provisioning.lab.pki import LabPki
from tests.exchange.box import FACILITY, OTHER, Box, born
from tests.exchange.conftest import config_of
from tests.exchange.fhir import made, stated
from tests.exchange.mhd import made as mhd
from tests.store.consented import PASSWORD, doctor

pytestmark = pytest.mark.hub

LARGE = b"%PDF-" + bytes(range(256)) * (2 * DOCUMENT_PIECE_BYTES // 256) + b"%%EOF"


@pytest.fixture
def opening(box: Box) -> Iterator[Opening]:
    found = Opening(box.store, box.hub, box.worker.rules, lambda: box.worker.breaker.is_open)
    yield found
    found.stop()


@pytest.fixture
def elsewhere(practice_hub: PracticeHub, pki: LabPki) -> Hub:
    return Hub(config_of(practice_hub, pki, OTHER), ManualClock().monotonic_s)


def written_elsewhere(
    elsewhere: Hub, chart: str, file: bytes = mhd.PDF, *records: Record, spoilt: bool = False
) -> Whole:
    """A letter about the same person at the other clinic, provided by MHD."""
    name = PersonName("練習　太郎", "レンシュウタロウ", "練習", "太郎")
    who = replace(made.PATIENT, facility=OTHER, local_id=f"b-{chart}", birth_date=born(chart), name=name)
    person = Person(patient_id(OTHER, ("chart", who.local_id)), who)
    identity = identity_payload(Identity(person, Organization(OTHER, "練習用外科"), made.RECORDED))
    assert elsewhere.send(identity.body, identity.entries) == Delivered()
    content = mhd.content(
        file, DocumentKind.LETTER, mhd.letter(file), *records, key=f"letter:{OTHER}:{chart}", person=person
    )
    whole = whole_of(content, Format.PDF)
    assert whole is not None
    bundle = provide(whole)
    if spoilt:
        bundle["entry"][2]["resource"]["data"] = "c3BvaWx0"
    assert elsewhere.send(encoded(bundle), len(bundle["entry"])) == Delivered()
    return whole


def token(box: Box, login: str = "sensei") -> str:
    return staff.sign_in(box.store, FACILITY, login, PASSWORD)[0]


def listed(box: Box, who: int, login: str = "sensei") -> list[str]:
    """The documents that a look-up names."""
    look_ups = LookUps(box.store, box.hub, box.worker.rules, lambda: False)
    view = look_ups.answer(LookUp(token=token(box, login), patient=who))
    look_ups.stop()
    assert isinstance(view, HubView)
    return [entry.document for entry in view.timeline if entry.document]


def ask(opening: Opening, request: ReadDocument) -> Message:
    """The answer, once the hub has brought it."""
    for _ in range(30):
        answer = opening.answer(request)
        if not isinstance(answer, DocumentPiece) or answer.ready:
            return answer
    raise AssertionError("the document never came")


def audited(box: Box) -> list[dict[str, object]]:
    rows = box.store.rows("SELECT body FROM audit WHERE event = 'document-opened' ORDER BY seq")
    return [json.loads(row[0]) for row in rows]


def test_a_letter_of_another_clinic_is_opened_as_it_was_written(
    box: Box, chart: str, opening: Opening, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart)
    (document,) = listed(box, who)
    piece = ask(opening, ReadDocument(token=token(box), patient=who, document=document))
    assert isinstance(piece, DocumentPiece)
    assert (piece.data, piece.size_bytes, piece.content_type) == (
        mhd.PDF,
        len(mhd.PDF),
        "application/pdf",
    )
    assert (piece.title, piece.source_name, piece.date) == ("紹介状", "練習用外科", "2026-08-03")


def test_a_large_one_comes_in_pieces_and_is_audited_once(
    box: Box, chart: str, opening: Opening, elsewhere: Hub, practice_hub: PracticeHub
) -> None:
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart, LARGE)
    (document,) = listed(box, who)
    content, session = b"", token(box)
    while len(content) < len(LARGE):
        piece = ask(opening, ReadDocument(token=session, patient=who, document=document, offset=len(content)))
        assert isinstance(piece, DocumentPiece)
        assert 0 < len(piece.data) <= DOCUMENT_PIECE_BYTES
        content += piece.data
        practice_hub.add_faults(Fault("status", status=500, count=10))  # it is held, not fetched again
    assert content == LARGE
    (row,) = audited(box)
    assert row["decisions"] == [
        {"provider": OTHER, "class": kind, "effect": "permit", "reason": "consent", "count": 1}
        for kind in ("basic", "letter")
    ]


def test_a_document_needs_every_class_that_it_holds(
    box: Box, chart: str, opening: Opening, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart, mhd.PDF, stated.MAPPED)
    (document,) = listed(box, who)
    doctor(box.store, "jimu", Role.CLERK)
    answer = ask(opening, ReadDocument(token=token(box, "jimu"), patient=who, document=document))
    assert isinstance(answer, Failed)
    assert answer.code == "LOOKUP-0001"
    (row,) = audited(box)
    denied = {(one["class"], one["effect"]) for one in row["decisions"]}  # type: ignore[attr-defined]
    assert ("diagnosis", "deny") in denied
    assert {effect for _, effect in denied} == {"deny"}, "the patient would read that the rest was seen"


def test_a_role_is_asked_for_every_piece(box: Box, chart: str, opening: Opening, elsewhere: Hub) -> None:
    """A document that one has opened is not open to the next who asks for the rest of it."""
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart, LARGE)
    (document,) = listed(box, who)
    ask(opening, ReadDocument(token=token(box), patient=who, document=document))
    doctor(box.store, "jimu", Role.CLERK)
    rest = ReadDocument(token=token(box, "jimu"), patient=who, document=document, offset=DOCUMENT_PIECE_BYTES)
    assert isinstance(ask(opening, rest), Failed)
    assert len(audited(box)) == 2


def test_after_a_withdrawal_the_rest_stays_closed(
    box: Box, chart: str, opening: Opening, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart, LARGE)
    (document,) = listed(box, who)
    session = token(box)
    ask(opening, ReadDocument(token=session, patient=who, document=document))
    box.withdraw(who)
    rest = ask(
        opening,
        ReadDocument(token=session, patient=who, document=document, offset=DOCUMENT_PIECE_BYTES),
    )
    assert isinstance(rest, Failed)
    assert rest.code == "LOOKUP-0001"


def test_a_document_of_another_patient_is_not_opened(
    box: Box, chart: str, opening: Opening, elsewhere: Hub
) -> None:
    who, stranger = box.agreed(chart), box.agreed(f"x{chart}")
    box.settle()
    written_elsewhere(elsewhere, chart)
    (document,) = listed(box, who)
    answer = ask(opening, ReadDocument(token=token(box), patient=stranger, document=document))
    assert isinstance(answer, Failed)
    assert answer.code == "LOOKUP-0001"


@pytest.mark.parametrize("document", ["", "none", "../Patient/1", "a" * 65, "x?_id=1"])
def test_what_is_no_document_is_answered_like_one_that_is_hidden(
    box: Box, chart: str, opening: Opening, document: str
) -> None:
    who = box.agreed(chart)
    box.settle()
    answer = ask(opening, ReadDocument(token=token(box), patient=who, document=document))
    assert isinstance(answer, Failed)
    assert answer.code == "LOOKUP-0001"


def test_bytes_that_are_not_those_registered_are_not_shown(
    box: Box, chart: str, opening: Opening, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart, spoilt=True)
    (document,) = listed(box, who)
    answer = ask(opening, ReadDocument(token=token(box), patient=who, document=document))
    assert isinstance(answer, Failed)
    assert answer.code == "LOOKUP-0002"


def test_a_hub_that_is_away_is_said_to_be_and_asked_again_the_next_time(
    box: Box, chart: str, opening: Opening, elsewhere: Hub, practice_hub: PracticeHub
) -> None:
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart)
    (document,) = listed(box, who)
    request = ReadDocument(token=token(box), patient=who, document=document)
    practice_hub.add_faults(Fault("drop-before", type="Binary"))
    first = ask(opening, request)
    assert isinstance(first, Failed)
    assert first.code == "LOOKUP-0003"
    assert isinstance(ask(opening, request), DocumentPiece)


def test_a_slow_hub_is_waited_for_in_turns(
    box: Box, chart: str, opening: Opening, elsewhere: Hub, practice_hub: PracticeHub
) -> None:
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart)
    (document,) = listed(box, who)
    practice_hub.add_faults(Fault("slow", type="Binary", delay_ms=2_500))
    request = ReadDocument(token=token(box), patient=who, document=document)
    assert opening.answer(request) == DocumentPiece(ready=False)
    assert isinstance(ask(opening, request), DocumentPiece)


def test_documents_are_let_go_by_number_and_by_time(
    box: Box, chart: str, opening: Opening, elsewhere: Hub
) -> None:
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart)
    (document,) = listed(box, who)
    session = token(box)
    for number in range(DOCUMENTS_OPEN_MAX + 2):
        opening.answer(ReadDocument(token=session, patient=who, document=f"none-{number}"))
        assert len(opening._open) <= DOCUMENTS_OPEN_MAX
    ask(opening, ReadDocument(token=session, patient=who, document=document))
    box.clock.advance(DOCUMENT_OPEN_S - 1)
    opening.forget()
    assert opening._open
    box.clock.advance(1)
    opening.forget()
    assert not opening._open


def test_without_a_session_nothing_is_answered(box: Box, opening: Opening) -> None:
    answer = opening.answer(ReadDocument(token="nobody", patient=1, document="d"))
    assert isinstance(answer, Failed)
    assert answer.code == "STAFF-0003"


def test_a_letter_that_came_beside_its_records_is_opened_as_well(
    box: Box, chart: str, opening: Opening, elsewhere: Hub
) -> None:
    """Networks without MHD: the Binary of the records' bundle, with the label of every class it holds."""
    who = box.agreed(chart)
    box.settle()
    name = PersonName("練習　太郎", "レンシュウタロウ", "練習", "太郎")
    there = replace(made.PATIENT, facility=OTHER, local_id=f"b-{chart}", birth_date=born(chart), name=name)
    person = Person(patient_id(OTHER, ("chart", there.local_id)), there)
    identity = identity_payload(Identity(person, Organization(OTHER, "練習用外科"), made.RECORDED))
    content = mhd.content(
        mhd.PDF,
        DocumentKind.LETTER,
        mhd.letter(),
        stated.MAPPED,
        key=f"letter:{OTHER}:{chart}",
        person=person,
    )
    for payload in (identity, document_payload(content)):
        assert elsewhere.send(payload.body, payload.entries) == Delivered()
    (document,) = listed(box, who)
    piece = ask(opening, ReadDocument(token=token(box), patient=who, document=document))
    assert isinstance(piece, DocumentPiece)
    assert piece.data == mhd.PDF
    assert [one["class"] for one in audited(box)[0]["decisions"]] == ["basic", "diagnosis", "letter"]  # type: ignore[attr-defined]


def test_the_line_of_a_document_is_seen_only_by_who_may_see_all_of_it(
    box: Box, chart: str, elsewhere: Hub
) -> None:
    """A letter with a diagnosis in it does not exist for the reception, which may see who somebody is."""
    who = box.agreed(chart)
    box.settle()
    written_elsewhere(elsewhere, chart, mhd.PDF, stated.MAPPED)
    doctor(box.store, "jimu", Role.CLERK)
    assert len(listed(box, who)) == 1
    assert listed(box, who, "jimu") == []
    row = box.store.value("SELECT body FROM audit WHERE event = 'network-viewed' ORDER BY seq DESC LIMIT 1")
    assert {one["effect"] for one in json.loads(row)["decisions"]} == {"deny"}
