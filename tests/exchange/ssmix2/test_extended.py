"""拡張ストレージ: letters as they came, and of everything else what may leave of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from appliance.exchange.fhir.content import Content
from appliance.exchange.ssmix2.folder import carry_out
from appliance.exchange.ssmix2.storage import changes, entries_of
from appliance.records.clinical import DocumentReference
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.document import DocumentKind
from tests.exchange.fhir import made as fhir_made
from tests.exchange.ssmix2 import made
from tests.exchange.ssmix2.checker import faults

XML = b"<ClinicalDocument/>"
PDF = b"%PDF-1.4 made up %%EOF"


def letter(loinc: str, content_type: str = "application/pdf") -> DocumentReference:
    kind = Concept((Coding(CodeSystem.LOINC, loinc, "紹介状"),), "診療情報提供書")
    return DocumentReference(kind, date(2026, 8, 12), "架空の題", content_type, "ab" * 32, len(PDF))


def whole(
    reference: DocumentReference, key: str, data: bytes, kind: DocumentKind = DocumentKind.LETTER
) -> Content:
    """A document that is its file, as it may leave."""
    return replace(made.content(reference, key=key, kind=kind, period="2026-08-12"), file=data)


def papers(root: Path) -> dict[tuple[str, str, str], bytes]:
    found = (one for one in (root / "extended").rglob("*") if one.is_file())
    return {(one.parts[-4], one.parts[-3], one.name): one.read_bytes() for one in found}


def test_a_letter_is_its_own_bytes_under_the_standard_kind(tmp_path: Path):
    referral = whole(letter("57133-1"), "letter:x:1", PDF)
    summary = whole(letter("18842-5", "application/xml"), "letter:x:2", XML)
    chart = made.chart(referral, summary)
    carry_out(tmp_path, changes(chart, entries_of(chart), (), made.AT).operations)
    assert papers(tmp_path) == {
        ("20260812", "^紹介状^^57133-1^紹介状^LN", "main_document.pdf"): PDF,
        (
            "20260812",
            "^退院時サマリー^^18842-5^退院時サマリー^LN",
            "main_document.xml",
        ): XML,
    }
    assert faults(tmp_path) == []


def test_of_a_claim_goes_what_may_leave_and_neither_points_nor_yen(tmp_path: Path):
    made.bring_to(tmp_path, made.chart(made.CLAIM))
    ((day, kind, name), data) = next(iter(papers(tmp_path).items()))
    assert (day, kind, name) == ("-", "RECEIPT^レセプトの記録^99RKG", "main_document.json")
    bundle = json.loads(data)
    types = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert types >= {"Condition", "Procedure", "DeviceUseStatement", "Observation", "Encounter"}
    assert "発熱が続く" in data.decode()
    assert b"1500" not in data


def test_a_letter_of_which_something_is_left_out_is_not_sent_as_bytes(tmp_path: Path):
    chart = made.chart(replace(whole(letter("57133-1"), "letter:x:1", PDF), file=b""))
    carry_out(tmp_path, changes(chart, entries_of(chart), (), made.AT).operations)
    assert [name for _, _, name in papers(tmp_path)] == ["main_document.json"]


def test_what_consent_left_out_is_in_no_storage(tmp_path: Path):
    made.bring_to(tmp_path, made.chart(made.content(fhir_made.VISIT)))
    assert b"Condition" not in next(iter(papers(tmp_path).values()))
    made.bring_to(tmp_path / "none", made.chart(made.content()))
    assert papers(tmp_path / "none") == {}


def test_a_sources_words_never_enter_a_path(tmp_path: Path):
    odd = DocumentReference(Concept((), "../../etc/架空"), date(2026, 8, 3), "../x", "text/odd", "ab" * 32, 3)
    chart = made.chart(whole(odd, "attachment:../x", b"odd", DocumentKind.ATTACHMENT))
    operations = changes(chart, entries_of(chart), (), made.AT).operations
    assert not any(".." in str(getattr(one, "path", "")) for one in operations)
    carry_out(tmp_path, operations)
    assert [kind for _, kind, _ in papers(tmp_path)] == ["ATTACHMENT^添付文書^99RKG"]
