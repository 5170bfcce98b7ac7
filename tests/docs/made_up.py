"""Documents in which every record item stands at least once: the practice town's, and rows for what nobody there has."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from appliance.exchange.convert import bundles_of, person_of
from appliance.exchange.fhir.content import Content
from appliance.exchange.ssmix2.chart import Chart, Paper
from appliance.exchange.ssmix2.segments import NULL
from appliance.exchange.ssmix2.storage import entries_of
from appliance.formats.attachment import NamingRule, read_attachment
from appliance.formats.facility import placed
from appliance.formats.parse import parse
from appliance.practice.population import care_months, files_of, populate
from appliance.practice.writers import PLACES, write_formats
from appliance.records.document import Document, Format
from appliance.records.identity import identify
from tests.formats.uke.made_up import IR, act, claim, comment, data_of, insurer, receipt, row

Resources = dict[str, list[dict[str, Any]]]
FACILITY = "1319999012"
RECORDED = "2026-10-01T01:00:00.000Z"
PEOPLE, SEED = 150, 20260601
OF_EACH_FORMAT = 40
"""How many documents of each format are looked at."""
TRANSFUSION = "150224810"
"""保存血液輸血, whose category is that of operations."""
CATEGORIES = {
    "40": "140000610",
    "50": "150097110",
    "54": "150332510",
    "60": "160008010",
    "80": "180027610",
    "97": "197000110",
}
"""One act of each kind by 診療識別."""


def town() -> Iterator[Document]:
    """The practice town's documents, as many of each format as are looked at."""
    population = populate(PEOPLE, SEED, care_months(date(2026, 6, 1), 2))
    made = write_formats(population, tuple(PLACES))
    files = [file.data for file in files_of(population.claims)] + [file.data for file in made.files]
    seen: Counter[Format] = Counter()
    for data in files:
        parsed = parse(data)
        for document in parsed.documents:
            seen[parsed.format] += 1
            if seen[parsed.format] <= OF_EACH_FORMAT and not document.tombstone:
                yield document


def acts() -> Document:
    """A 医科 claim with an act of every kind, a transfusion, meals three times a day, materials, and its words."""
    rows = [
        receipt(benefit_ratio="070", copay_category=1, special_notes="0229", patient_states="001"),
        insurer(),
        row("GR", fee_for_service_reason="04", dpc_code="040040XX9909XX"),
        row(
            "SY",
            disease_code="8833421",
            start_date="20250110",
            outcome=2,
            modifier_codes="40528002",
            main_disease="01",
            supplement_comment="右側",
        ),
        *(act(category=category, procedure_code=code) for category, code in CATEGORIES.items()),
        act(category="50", procedure_code=TRANSFUSION),
        act(category="97", procedure_code="197000210", days={3: 3}),
        act(category="80", procedure_code="180027710", comment1_text="脳梗塞　起算日　令和７年５月１日"),
        act(
            "TO",
            category="50",
            material_code="710010093",
            quantity="2",
            unit_code="016",
            product_name_spec="架空ステント",
            comment1_text="右冠動脈",
        ),
        comment("胸部", category="60"),
        row("SJ", detail_type="01", detail_text="発熱が続く"),
        row("SJ", detail_type="51", detail_text="改善が期待できる"),
    ]
    return _only(data_of(IR, *rows))


def stay() -> Document:
    """A DPC claim with every item of KK, an operation, days away from the ward."""
    table = "dpc"
    rows = [
        receipt(receipt_type="1111"),
        insurer(),
        row("BU", table, dpc_code="040080X099X0XX", admission_date="20250602", dpc_outcome="2"),
        row(
            "KK",
            table,
            ward_transfer=1,
            admission_route=3,
            prev_discharge_date="20250501",
            age_at_admission=0,
            birth_weight_g=2980,
            jcs=300,
            burn_index="12.5",
            severity="架空",
            age_months=11,
        ),
        row("SK", table, section_no="K654", performed_date="20250603", procedure_name="架空の手術"),
        row("GA", table, care_month="202506", adjust_type=2, overnight_flags="0" * 28 + "99"),
    ]
    return _only(data_of(IR, *rows))


def narcotic() -> Document:
    """A 調剤 claim with the licence of its only doctor."""
    table = "chozai"
    rows = [
        row(
            "RE",
            table,
            receipt_no=1,
            receipt_type="4112",
            care_month="202506",
            patient_name="架空　太郎",
            sex=1,
            birth_date="19500101",
            prescriber_prefecture="13",
            prescriber_fee_table="1",
            prescriber_facility_code="7654321",
            prescriber_facility_name="架空内科",
            doctor_1="架空　医一",
            narcotic_license="１３－００１",
            dispensing_record_no="D-77",
        ),
        row("HO", table, insurer_no="06132013", insured_symbol="１", insured_number="２", total_points=9),
        row("SH", table, rp_no="01", dosage_form=1, usage_code="003"),
        row(
            "CZ",
            table,
            doctor_no=1,
            prescribed_date="20250604",
            dispensed_date="20250605",
            dispensed_quantity=7,
        ),
        row("IY", table, drug_code="620008565", quantity="3"),
    ]
    return _only(data_of("YK,1,13,4,1234567,架空薬局,202507,00,03-0000-0000", *rows))


def slip() -> Document:
    """A prescription that no generic may replace and that has a number, as 院外処方箋 says it."""
    rows = (
        "JAHIS11",
        "1,1,1234567,13,架空医院",
        "5,D01,ｶｸｳ ｲｼ,架空 医師",
        "11,00042,架空　太郎,ｶｸｳ ﾀﾛｳ",
        "12,1",
        "13,3500101",
        "22,06132013",
        "23,１２,３４５,1,02",
        "51,20260513",
        "61,１３－００１,架空市,03-0000-0000",
        "82,,0042",
        "101,1,1,,14",
        "111,1,1,,毎食後,3",
        "201,1,1,1,2,612170709,架空錠,3,1,錠",
        "281,1,1,1,3,,",
    )
    return _only("".join(f"{one}\r\n" for one in rows).encode("cp932"))


def picture() -> Document:
    rule = NamingRule("{patient}_{date}_{kind}.pdf", {"SHOKAI": "診療情報提供書"})
    (document,) = read_attachment(
        b"%PDF-1.4\n%%EOF\n", Format.PDF, "00042_20250610_SHOKAI.pdf", rule, FACILITY
    ).documents
    return document


def _only(data: bytes) -> Document:
    (document,) = parse(data).documents
    return document


def resources_of(documents: Iterator[Document]) -> Resources:
    """What every document sends, by resource type."""
    found: Resources = defaultdict(list)
    for document in documents:
        own = placed(document, FACILITY)
        if not bundles_of(own):
            own = replace(own, patient=replace(own.patient, local_id="0012"))
        for _, body in bundles_of(own, own.key.encode(), RECORDED):
            for entry in json.loads(body)["entry"]:
                resource = entry["resource"]
                found[resource["resourceType"]].append(resource)
    return found


def written_by(documents: Iterator[Document]) -> Iterator[str]:
    """Every place of a storage that the documents fill: `OMP-01 RXE-2`, or `拡張` and the codes of a kind."""
    for document in documents:
        chart = _chart_of(placed(document, FACILITY))
        for entry in entries_of(chart):
            if isinstance(entry.what, Paper):
                yield from (f"拡張 {code}" for code in entry.place.kind.split("^") if code)
                continue
            for segment in entry.what.segments:
                filled = enumerate(segment.fields, 1)
                yield from (
                    f"{entry.place.kind} {segment.name}-{n}" for n, told in filled if told not in ("", NULL)
                )


def _chart_of(document: Document) -> Chart:
    person = person_of(document) or person_of(
        replace(document, patient=replace(document.patient, local_id="12"))
    )
    assert person
    records = identify(document, person.resource_id)
    content = Content(document.key, document.kind, person, document.period, records, "", RECORDED)
    return Chart(person, "0000000012", (content,))


def everything() -> Iterator[Document]:
    yield from town()
    yield from (acts(), stay(), narcotic(), slip(), picture(), _only(data_of(IR, *claim())))
