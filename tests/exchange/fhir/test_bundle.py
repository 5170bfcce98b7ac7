"""Bundles: golden bytes, identity that does not depend on order, and what is put, kept and taken away."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.exchange.fhir.bundle import (
    consent_payload,
    document_payload,
    identity_payload,
    removal_payload,
    resources,
)
from appliance.exchange.fhir.provenance import digest_of, held_by, provenance_id
from appliance.records.administrative import Organization
from appliance.records.document import DocumentKind, Record
from appliance.records.identity import organization_id
from tests.exchange.fhir import made, stated
from tests.exchange.fhir.golden import BUNDLES, FOLDER, readable

GONE = ("Condition", "00000000-0000-5000-8000-00000000000a")


def entries(payload_body: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(payload_body)["entry"]
    return found


def requests(payload_body: bytes) -> list[tuple[str, str]]:
    return [(one["request"]["method"], one["request"]["url"]) for one in entries(payload_body)]


def marker(payload_body: bytes) -> dict[str, Any]:
    found = [one["resource"] for one in entries(payload_body) if "resource" in one]
    return next(one for one in found if one["resourceType"] == "Provenance")


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_a_bundle_is_what_its_golden_file_says(name: str) -> None:
    assert readable(BUNDLES[name]()) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_the_same_content_gives_the_same_bytes(name: str) -> None:
    assert BUNDLES[name]().body == BUNDLES[name]().body


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_a_payload_knows_how_many_entries_it_has(name: str) -> None:
    payload = BUNDLES[name]()
    assert payload.entries == len(entries(payload.body))


@given(st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_shuffling_the_rows_of_a_claim_changes_neither_ids_nor_bytes(chance: random.Random) -> None:
    shuffled = list(made.RECORDS)
    chance.shuffle(shuffled)
    assert document_payload(made.content(*shuffled)).body == document_payload(made.content()).body


@given(st.integers(min_value=0, max_value=len(made.RECORDS) - 1))
@settings(deadline=None)
def test_adding_a_record_changes_no_other_resource(at: int) -> None:
    fewer = [record for place, record in enumerate(made.RECORDS) if place != at and record is not made.VISIT]
    before = resources(made.content(*fewer))
    after = resources(made.content(*[record for record in made.RECORDS if record is not made.VISIT]))
    assert before.items() <= after.items()


def test_two_equal_acts_of_a_day_are_two_resources() -> None:
    twice = resources(made.content(made.ACT, made.ACT))
    assert len([held for held in twice if held[0] == "Procedure"]) == 2


def test_the_same_insurer_twice_is_one_resource() -> None:
    assert len(resources(made.content(made.INSURANCE, made.INSURANCE))) == 1


def test_every_resource_says_whose_it_is_what_it_is_and_of_which_class() -> None:
    for (kind, resource_id), one in resources(made.content()).items():
        assert (one["resourceType"], one["id"]) == (kind, resource_id)
        assert one["meta"]["source"] == f"urn:renkei:facility:{made.FACILITY}"
        systems = [tag["system"] for tag in one["meta"]["tag"]]
        assert systems == ["urn:x-renkei:CodeSystem:origin", "urn:renkei:data-class"]
        assert {"system": made_identifier(), "value": resource_id} in one["identifier"]


def made_identifier() -> str:
    return "http://jpfhir.jp/fhir/core/IdSystem/resourceInstance-identifier"


def test_a_narrative_is_of_the_class_diagnosis_though_it_is_an_observation() -> None:
    (narrative,) = resources(made.content(made.NARRATIVE)).values()
    assert narrative["meta"]["tag"][-1]["code"] == "diagnosis"


def test_the_patient_is_referred_to_by_the_chart_number_and_nothing_else() -> None:
    expected = f"Patient?identifier=urn:oid:1.2.392.100495.20.3.51.1{made.FACILITY}|0012"
    references = set()
    for kind, one in ((key[0], one) for key, one in resources(made.content()).items()):
        if kind != "Practitioner":
            references.add((one.get("subject") or one.get("beneficiary"))["reference"])
    assert references == {expected}


def test_what_the_hub_holds_and_the_document_does_not_is_deleted() -> None:
    kept = document_payload(made.content(made.DISEASE)).holds
    payload = document_payload(made.content(made.DISEASE), {GONE, *kept})
    deletions = [url for method, url in requests(payload.body) if method == "DELETE"]
    assert deletions == ["/".join(GONE)]


def test_what_documents_share_is_put_but_never_among_what_a_document_holds() -> None:
    payload = document_payload(made.content(made.INSURANCE, made.SURGEON, made.DISEASE))
    assert {kind for kind, _ in payload.holds} == {"Condition"}
    put = {url.partition("/")[0] for method, url in requests(payload.body) if method == "PUT"}
    assert put == {"Coverage", "Practitioner", "Condition", "Provenance"}


def test_no_other_institution_is_written() -> None:
    payload = document_payload(made.content(Organization("1399999999", "よその病院"), made.DISEASE))
    assert not [url for _, url in requests(payload.body) if url.startswith("Organization/")]


def test_a_removal_takes_the_marker_with_it() -> None:
    payload = removal_payload(made.KEY, {GONE})
    assert requests(payload.body) == [
        ("DELETE", "/".join(GONE)),
        ("DELETE", f"Provenance/{provenance_id(made.KEY)}"),
    ]
    assert payload.holds == frozenset()


def test_the_marker_carries_the_digest_and_names_what_was_made() -> None:
    payload = document_payload(made.content())
    one = marker(payload.body)
    assert one["id"] == provenance_id(made.KEY)
    assert digest_of(one) == payload.digest
    assert held_by(one) == payload.holds


def test_the_digest_changes_with_every_part_of_the_payload() -> None:
    first = document_payload(made.content())
    changed = made.content(*made.RECORDS[:-1])
    assert document_payload(changed).digest != first.digest
    assert document_payload(made.content(), {GONE}).digest != first.digest
    again = replace(made.content(), recorded="2026-10-01T01:00:00.001Z")
    assert document_payload(again).digest != first.digest


def test_a_document_of_which_nothing_may_be_made_still_has_its_marker() -> None:
    payload = document_payload(made.content(Organization("1399999999")))
    one = marker(payload.body)
    assert one["target"] == [{"reference": f"Organization/{organization_id(made.FACILITY)}"}]
    assert held_by(one) == frozenset()


@pytest.mark.parametrize(
    "target",
    [None, [], [{}], [{"reference": "Patient/1"}], [{"reference": "Coverage/1"}], [{"reference": "odd"}]],
)
def test_a_marker_that_names_nothing_of_a_document_holds_nothing(target: object) -> None:
    assert held_by({"target": target} if target is not None else {}) == frozenset()


def test_a_resource_without_digest_is_nobodys_marker() -> None:
    assert digest_of({}) == ""
    assert digest_of({"entity": [{"what": {}}]}) == ""


_json = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda more: (
        st.lists(more, max_size=3)
        | st.dictionaries(st.sampled_from(["what", "identifier", "system", "reference"]), more, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["target", "entity"]), _json))
def test_whatever_a_hub_gives_for_a_marker_can_be_read(found: dict[str, Any]) -> None:
    assert isinstance(digest_of(found), str)
    assert isinstance(held_by(found), frozenset)


def test_an_active_consent_introduces_the_patient_and_refers_to_them_inside_the_bundle() -> None:
    payload = consent_payload(made.signed(), made.identity(), introduce=True)
    kinds = [url.partition("/")[0] for _, url in requests(payload.body)]
    assert kinds == ["Organization", "Patient", "Consent", "Provenance"]
    consent = entries(payload.body)[2]["resource"]
    assert consent["patient"] == {"reference": f"Patient/{made.person().resource_id}"}


def test_an_index_is_told_by_what_identifies_the_patient_and_nothing_leads_to_an_id_of_ours() -> None:
    """ITI-104 (PIXm): the chart number stands in the bundle, never in an address."""
    number = "Patient?identifier=urn:oid:1.2.392.100495.20.3.51.11319999012|"
    for payload in (
        identity_payload(made.identity(), pixm=True),
        consent_payload(made.signed(), made.identity(), introduce=True, pixm=True),
    ):
        fed = entries(payload.body)[1]
        assert "id" not in fed["resource"]
        assert fed["request"]["method"] == "PUT"
        assert fed["request"]["url"].startswith(number)
        assert fed["fullUrl"] == f"urn:uuid:{made.person().resource_id}"
        assert f'"Patient/{made.person().resource_id}"' not in payload.body.decode()


def test_the_patient_in_the_consents_bundle_is_the_one_of_the_identity() -> None:
    with_consent = entries(consent_payload(made.signed(), made.identity(), introduce=True).body)
    assert with_consent[:2] == entries(identity_payload(made.identity()).body)[:2]


FILE = b"%PDF-1.4\n%%EOF\n"


def whole_letter(*records: Record, file: bytes = FILE) -> dict[str, dict[str, Any]]:
    """The resources of a letter by their type; `file` is what it was read from."""
    made_of = resources(stated.content(DocumentKind.LETTER, *records, file=file))
    return {kind: one for (kind, _), one in made_of.items()}


def test_the_bytes_of_a_letter_go_beside_it_under_every_class_that_they_hold() -> None:
    found = whole_letter(stated.LETTER, stated.MAPPED, stated.ALLERGY)
    letter, file = found["DocumentReference"], found["Binary"]
    assert base64.b64decode(file["data"]) == FILE
    assert file["contentType"] == "application/pdf"
    assert letter["content"][0]["attachment"]["url"] == f"Binary/{file['id']}"
    assert file["securityContext"] == {"reference": f"DocumentReference/{letter['id']}"}
    assert file["meta"]["source"] == f"urn:renkei:facility:{made.FACILITY}"
    assert [one["code"] for one in file["meta"]["tag"]] == ["allergy", "basic", "diagnosis", "letter"]
    assert file["id"] == whole_letter(stated.LETTER)["Binary"]["id"]


def test_bytes_that_stay_here_leave_the_letter_without_an_address() -> None:
    found = whole_letter(stated.LETTER, file=b"")
    assert "Binary" not in found
    assert "url" not in found["DocumentReference"]["content"][0]["attachment"]


def test_a_document_inside_another_file_is_not_that_file() -> None:
    found = whole_letter(replace(stated.LETTER, sha256="ef" * 32))
    assert "Binary" not in found


def test_the_bytes_are_held_by_the_hub_with_the_document_and_go_with_it() -> None:
    payload = document_payload(stated.content(DocumentKind.LETTER, stated.LETTER, file=FILE))
    assert {kind for kind, _ in payload.holds} == {"Binary", "DocumentReference"}
    assert held_by(marker(payload.body)) == payload.holds
    without = document_payload(stated.content(DocumentKind.LETTER, stated.LETTER), payload.holds)
    gone = [url.partition("/")[0] for method, url in requests(without.body) if method == "DELETE"]
    assert gone == ["Binary"]
