"""What a hub gives for a document is believed only where it fits together; nothing that it gives stops us."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.exchange.fetching import Absent, Broken, Fetched, fetch
from appliance.exchange.hub import Unanswered
from appliance.exchange.mhd.provide import binary_of, known_of
from appliance.exchange.outcomes import Reason
from appliance.records.data_class import DataClass

CONTENT = b"%PDF-1.4\n%%EOF\n"
LABEL = "urn:renkei:data-class"


class Answers:
    """A hub that has these documents and this Binary."""

    def __init__(self, documents: Any, binary: Any) -> None:
        self.documents, self.binary = documents, binary

    def search(self, *_: object) -> Any:
        return self.documents

    def read(self, *_: object) -> Any:
        return self.binary


def document(**attachment: Any) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "id": "d",
        "meta": {"source": "urn:renkei:facility:1319999020"},
        "status": "current",
        "description": "紹介状",
        "content": [{"attachment": {"contentType": "application/pdf", "url": "Binary/b", **attachment}}],
        "context": {"period": {"start": "2026-08-03"}},
    }


def binary(content: bytes = CONTENT, *labels: str, **changes: Any) -> dict[str, Any]:
    tags = [{"system": LABEL, "code": one} for one in labels]
    data = base64.b64encode(content).decode()
    return {"resourceType": "Binary", "id": "b", "meta": {"tag": tags}, "data": data} | changes


def sha1(content: bytes) -> str:
    return base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def asked(documents: Any, found: Any) -> Any:
    return fetch(Answers(documents, found), "s|v", "d")  # type: ignore[arg-type]


def test_a_document_that_fits_is_given_with_what_consent_has_to_know() -> None:
    told = asked([document(size=len(CONTENT), hash=sha1(CONTENT))], binary(CONTENT, "letter", "diagnosis"))
    assert told == Fetched(
        "1319999020",
        (DataClass.DIAGNOSIS, DataClass.LETTER),
        "2026-08-03",
        "2026-08-03",
        "紹介状",
        "application/pdf",
        CONTENT,
    )


@pytest.mark.parametrize(
    ("documents", "found", "answer"),
    [
        ([], binary(), Absent()),
        ([document(), document()], binary(), Absent()),
        ([document(url="https://elsewhere.example/file")], binary(), Absent()),
        ([document(url="Binary/../Patient/1")], binary(), Absent()),
        ([document()], None, Absent()),
        ([document(size=len(CONTENT) + 1)], binary(), Broken()),
        ([document(hash=sha1(b"other"))], binary(), Broken()),
        ([document()], binary(data="not base64!"), Broken()),
        ([document()], binary(data="文書"), Broken()),
        ([document()], Unanswered(Reason.BUSY), Unanswered(Reason.BUSY)),
        (Unanswered(Reason.TIMEOUT), binary(), Unanswered(Reason.TIMEOUT)),
    ],
)
def test_what_does_not_fit_is_not_given(documents: Any, found: Any, answer: Any) -> None:
    assert asked(documents, found) == answer


def test_a_label_nobody_knows_leaves_no_class_and_so_nobody_may_see_it() -> None:
    told = asked([document()], binary(CONTENT, "letter", "gossip"))
    assert isinstance(told, Fetched)
    assert told.data_classes == ()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["content", "meta", "context", "masterIdentifier", "status"]), _json),
    st.dictionaries(st.sampled_from(["data", "meta", "contentType"]), _json),
)
def test_nothing_a_hub_may_send_stops_it(one: dict[str, Any], file: dict[str, Any]) -> None:
    asked([one], file)
    asked([document() | one], binary() | file)
    assert isinstance(binary_of(one), str)
    assert len(known_of([one])) == 1
