"""The published masters at hand, and how much of the samples they map (decision 0004 keeps the table).

Shares are by occurrence of rows in the sample file, counted straight from its bytes; which code is mapped is what
`map_document` says of the parsed documents.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from appliance.codes.command import BuildSummary
from appliance.codes.counts import Kind, MappingCounts, Reason
from appliance.codes.entries import Comment, Disease, Drug, Material, Modifier, Standing
from appliance.codes.lookup import Lookup
from appliance.codes.mapping import map_document
from appliance.formats.parse import parse
from appliance.records.clinical import MedicationRequest
from appliance.records.coding import CodeSystem
from tests.practice.masters import read_master

DECISION = Path(__file__).parents[2] / "appliance" / "docs" / "decisions" / "0004-code-mapping.md"
IKA, DPC = "ssk_ika_202004_RECEIPTC.UKE", "ssk_dpc_wareki_RECEIPTD.UKE"
SAMPLES = {IKA: "医科", DPC: "DPC"}

PLACES = {
    "SY": ("diagnosis", 1),
    "SB": ("diagnosis", 1),
    "SI": ("act", 3),
    "IY": ("drug", 3),
    "TO": ("material", 3),
    "CO": ("comment", 3),
}
"""Where each row of a claim has its code; CD rows (one a drug, act or material) are told apart by its first digit."""
CODED_ROW_PLACE = 5
COUNTED = {"1": "act", "6": "drug", "7": "material"}


def occurrences(data: bytes) -> Iterator[tuple[str, str]]:
    """Row identifier with kind (`IY drug`) and code, of every coded row."""
    for line in data.decode("cp932").splitlines():
        row_id, *_ = cells = line.split(",")
        if row_id in PLACES:
            kind, place = PLACES[row_id]
            yield f"{row_id} {kind}", cells[place]
        elif row_id == "CD" and cells[CODED_ROW_PLACE][:1] in COUNTED:
            yield f"CD {COUNTED[cells[CODED_ROW_PLACE][0]]}", cells[CODED_ROW_PLACE]


def mapped(path: Path, lookup: Lookup) -> MappingCounts:
    counts = MappingCounts()
    for document in parse(path.read_bytes()).documents:
        counts.add(map_document(document, lookup)[1])
    return counts


def table(path: Path, lookup: Lookup) -> dict[str, tuple[int, int, dict[str, int]]]:
    """Per row and kind: how many, how many mapped, and each unmapped code with its count."""
    missing = {miss.code for miss in mapped(path, lookup).unmapped}
    total: Counter[str] = Counter()
    misses: dict[str, Counter[str]] = {}
    for kind, code in occurrences(path.read_bytes()):
        total[kind] += 1
        misses.setdefault(kind, Counter())
        if code in missing or not code:
            misses[kind][code or "(none)"] += 1
    return {kind: (count, count - misses[kind].total(), dict(misses[kind])) for kind, count in total.items()}


def line(name: str, kind: str, count: int, good: int) -> str:
    """A line of the decision record's table."""
    return f"| {SAMPLES[name]} | {kind} | {count} | {good} | {good / count:.1%} |"


@pytest.fixture(scope="module")
def samples(shared: Path) -> Path:
    return shared / "samples" / "uke"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_share_mapped_of_each_sample_is_what_the_decision_record_says(
    samples: Path, published: Lookup, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = DECISION.read_text(encoding="utf-8")
    with capsys.disabled():
        print(f"\n{name}, masters {published.version}")
        for kind, (count, good, misses) in table(samples / name, published).items():
            print(line(name, kind, count, good), misses)
    for kind, (count, good, misses) in table(samples / name, published).items():
        assert line(name, kind, count, good) in record, kind
        assert [code for code in misses if code not in record] == [], kind


def test_diagnoses_reach_icd10_and_drugs_the_price_list_as_often_as_expected(
    samples: Path, published: Lookup
) -> None:
    for name, expected in ((IKA, 0.949), (DPC, 0.891)):
        shares = table(samples / name, published)
        count, good, _ = shares["IY drug"]
        assert good / count == pytest.approx(expected, abs=0.0005)
        diagnoses = [shares[kind] for kind in ("SY diagnosis", "SB diagnosis") if kind in shares]
        assert sum(good for _, good, _ in diagnoses) / sum(count for count, _, _ in diagnoses) >= 0.97
        assert mapped(samples / name, published).share(Kind.DIAGNOSIS, CodeSystem.ICD10) >= 0.97


def test_every_code_that_reaches_nothing_is_one_that_no_edition_at_hand_holds(
    samples: Path, published: Lookup
) -> None:
    unmapped = mapped(samples / IKA, published).unmapped
    assert {miss.reason for miss in unmapped} == {Reason.UNKNOWN}


def test_all_editions_at_hand_are_built(built: BuildSummary) -> None:
    assert [
        (edition.layout.letter, edition.full, edition.width, len(edition.rows)) for edition in built.editions
    ] == [
        ("C", True, 30, 3065),
        ("T", True, 38, 1334),
        ("Y", True, 40, 19686),
        ("S", True, 150, 10133),
        ("B", True, 46, 27437),
        ("Z", True, 19, 2359),
        ("T", True, 38, 1344),
        ("C", True, 30, 3857),
        ("S", False, 150, 53),
        ("Z", True, 19, 2375),
        ("Y", False, 42, 87),
    ]
    assert built.passed_over == ("y_header.csv",)
    assert built.orphans == {"y_20250813.csv": 16}


def test_a_disease_is_found_with_all_its_codes(published: Lookup) -> None:
    found = published.disease("8833421", date(2020, 4, 1))
    assert found == Disease(
        code="8833421",
        valid_from=date(2002, 6, 1),
        valid_to=None,
        name="高血圧症",
        kana="コウケツアツショウ",
        management_no="20061593",
        exchange_code="UHGQ",
        icd10="I10",
        successor="8833421",
    )


def test_a_drug_changed_in_2025_is_valid_in_2020_and_says_what_it_said_then(published: Lookup) -> None:
    before, after = (published.drug("620009049", day) for day in (date(2020, 4, 1), date(2025, 8, 14)))
    assert before is not None
    assert after is not None
    assert before.standing(date(2020, 4, 1)) is Standing.VALID
    assert (before.generic_code, after.generic_code) == ("3339950Q1ZZZ", "3339950QAZZZ")
    assert (before.yakka_code, before.name) == (after.yakka_code, after.name)


def test_a_drug_abolished_by_a_difference_file_ends_that_day(published: Lookup) -> None:
    gone = published.drug("622207101", date(2025, 8, 13))
    assert gone is not None
    assert (gone.standing(date(2025, 8, 13)), gone.standing(date(2025, 8, 14))) == (
        Standing.VALID,
        Standing.ABOLISHED,
    )


def test_comments_abolished_in_march_2025_end_then(published: Lookup) -> None:
    comment = published.comment("820100380", date(2025, 4, 1))
    assert isinstance(comment, Comment)
    assert comment.valid_to == date(2025, 3, 31)


def test_a_material_that_a_later_full_edition_lacks_ended_before_it(published: Lookup) -> None:
    material = published.material("729920008", date(2025, 6, 1))
    assert isinstance(material, Material)
    assert (material.standing(date(2024, 6, 1)), material.valid_to) == (Standing.VALID, date(2025, 2, 27))


def test_prefixes_and_postfixes_are_told_by_their_category_as_by_their_code(published: Lookup) -> None:
    for code, postfix in (("8002", True), ("2056", False), ("8282", True), ("1450", False)):
        found = published.modifier(code, date(2025, 7, 1))
        assert isinstance(found, Modifier)
        assert found.postfix is postfix


def test_the_price_list_code_of_a_brand_is_found_back(published: Lookup) -> None:
    found = published.entries(Drug, "2190406G1112", "yakka_code")
    assert [entry.code for entry in found] == ["621620702"]


PRICE = 11
"""Column of 新又は現金額 in the drug master: yen for one of its unit (column 9)."""


def test_a_claim_counts_drugs_in_the_unit_that_the_tariff_prices(shared: Path) -> None:
    """Amount times price is the points charged, but for four years of price cuts: another unit would be far off."""
    master = read_master(shared / "masters" / "y_ALL20240321.zip", 2)
    prices = {code: Decimal(row[PRICE]) for code, row in master.items()}
    units: dict[tuple[str, int], list[MedicationRequest]] = defaultdict(list)
    for document in parse((shared / "samples" / "uke" / IKA).read_bytes()).documents:
        for one in document.records:
            if isinstance(one, MedicationRequest):
                units[document.key, one.rp_number].append(one)
    ratios = []
    for drugs in units.values():
        points = {one.points for one in drugs} - {None}
        kinds = {(one.concept.code, one.quantity) for one in drugs}
        if len(points) == 1 and all(code in prices and amount for code, amount in kinds):
            yen = sum(Decimal(amount) * prices[code] for code, amount in kinds)
            ratios.append(float(points.pop() or 0) / max(1.0, float(yen) / 10))
    assert len(ratios) == 69
    assert sum(0.75 <= ratio <= 2 for ratio in ratios) >= 65
    assert all(0.5 <= ratio <= 3 for ratio in ratios)
