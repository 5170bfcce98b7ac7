"""`appliance/docs/record-items.md` says what is so: its layout items, fields, FHIR paths and tests exist; no item is missing."""

from __future__ import annotations

import ast
import dataclasses
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from appliance.formats import jahis_rx, jahis_tc, nsips
from appliance.formats.astm.layout import READ as ASTM
from appliance.formats.attachment import NamingRule, check_rule
from appliance.formats.hl7_lab.layout import READ as HL7
from appliance.formats.kenshin.items import ITEMS
from appliance.formats.tagged import layouts as tagged_layouts
from appliance.formats.uke.layout import layouts
from appliance.records import administrative, clinical, document
from tests.docs.made_up import CATEGORIES, Resources, acts, everything, resources_of, written_by

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "appliance" / "docs" / "record-items.md"
FORMATS = ROOT / "appliance" / "formats"
COLUMNS = ("item", "source", "record", "fhir", "ssmix2", "test")
CLAIMS = ("ika", "dpc", "shika", "chozai")
TAGGED = {"nsips": nsips, "tc": jahis_tc, "rx": jahis_rx}
CELL = re.compile(r"`([^`]+)`")
PLACE_IN_STORAGE = re.compile(r"(?:ADT|PPR|OMP|OML)-[0-9]{2} [A-Z][A-Z0-9]{2}-[0-9]{1,2}|拡張 \S+")
STEP = re.compile(r"(?P<name>\w+)(?:\((?P<mark>[^)]+)\))?")
LEADING = "保健医療記録として共有するデータ項目のイメージ"
TRAILING = "※ 医療機関、薬局のレセコン"


class Row(NamedTuple):
    """One row of a table: the words of its item, and what stands in backquotes in each other cell."""

    item: str
    source: tuple[str, ...]
    record: tuple[str, ...]
    fhir: tuple[str, ...]
    ssmix2: tuple[str, ...]
    test: tuple[str, ...]


@cache
def rows() -> tuple[Row, ...]:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split(" | ") for line in lines if line.startswith("| ")]
    whole = [one for one in cells if len(one) == len(COLUMNS) and "出どころ" not in one[1]]
    return tuple(Row(one[0], *(tuple(CELL.findall(cell)) for cell in one[1:])) for one in whole)


def named(column: str) -> list[str]:
    """Everything that a column names, each once."""
    return list(dict.fromkeys(one for row in rows() for one in getattr(row, column)))


@pytest.fixture(scope="module")
def resources() -> Resources:
    return resources_of(everything())


def test_every_row_says_where_it_lives_and_what_proves_it():
    assert len(rows()) > 50
    for row in rows():
        assert row.record, row.item
        assert row.fhir, row.item
        assert row.test, row.item


# --- sources


def layouts_of(known: str) -> list[dict[str, Any]]:
    if known == "uke":
        return [layouts(table) for table in CLAIMS]
    if known in CLAIMS:
        return [layouts(known)]
    return [tagged_layouts(TAGGED[known].__name__)]


def items_of(layout: Any) -> set[str]:
    return set(layout.items) if isinstance(layout.items, dict) else {item.name for item in layout.items}


def written_in(folder: str, element: str) -> bool:
    """Whether a reader of XML or JSON answers names an element."""
    texts = (path.read_text(encoding="utf-8") for path in (FORMATS / folder).glob("*.py"))
    return any(f'"{element}"' in text for text in texts)


@pytest.mark.parametrize("source", named("source"))
def test_each_named_item_is_in_its_layout(source: str):
    known, _, place = source.partition(":")
    match known:
        case "hl7":
            segment, _, number = place.partition("-")
            assert int(number) in {field.number for field in HL7[segment].fields.values()}
        case "astm":
            record, _, name = place.partition(".")
            assert name in ASTM[record].fields
        case "kenshin":
            assert place in ITEMS
        case "cda" | "orca":
            assert written_in(known, place)
        case "file":
            check_rule(NamingRule("{patient}" if place == "patient" else "{patient}_{" + place + "}"))
        case _:
            row_id, _, name = place.partition(".")
            assert all(name in items_of(one[row_id]) for one in layouts_of(known))


# --- records


@pytest.mark.parametrize("field", named("record"))
def test_each_named_field_is_one_of_its_record(field: str):
    record, _, name = field.partition(".")
    kind = next(
        getattr(module, record) for module in (administrative, clinical, document) if hasattr(module, record)
    )
    assert name in {one.name for one in dataclasses.fields(kind)}


# --- FHIR


def ending(url: str) -> str:
    return re.split("[/:]", url)[-1]


def marked(part: Any, mark: str | None) -> bool:
    """Whether a part of a resource is the one meant: by its code, or by the end of its system or extension URL."""
    if mark is None:
        return True
    if not isinstance(part, dict):
        return False
    concepts = [part.get(name) for name in ("code", "type", "category")]
    codings = [coding for one in concepts if isinstance(one, dict) for coding in one.get("coding", [])]
    names = [ending(part.get("url", "")), *(ending(coding.get("system", "")) for coding in codings)]
    whole_system = str(part.get("system", ""))
    codes = [coding.get("code") for coding in codings]
    return mark in names or mark in codes or mark in re.split("[/:]", whole_system)


def values(parts: list[Any], steps: list[str]) -> Iterator[Any]:
    """What stands at a path below the parts, lists looked through."""
    if not steps:
        yield from parts
        return
    found = STEP.fullmatch(steps[0])
    assert found, steps[0]
    below: list[Any] = []
    for part in parts:
        value = part.get(found["name"]) if isinstance(part, dict) else None
        each = value if isinstance(value, list) else [value]
        below += [one for one in each if one is not None and marked(one, found["mark"])]
    yield from values(below, steps[1:])


@pytest.mark.parametrize("path", named("fhir"))
def test_each_named_path_is_sent(path: str, resources: Resources):
    first, *steps = re.split(r"\.(?![^(]*\))", path)
    found = STEP.fullmatch(first)
    assert found
    mark = found["mark"]
    meant = [one for one in resources[found["name"]] if marked(one, mark)]
    assert meant
    assert any(one not in (None, "") for one in values(meant, steps))


def test_each_kind_of_act_is_told_by_its_category():
    document = acts()
    told = {
        (one.category, one.concept.codings[0].code)
        for one in document.records
        if isinstance(one, clinical.Procedure)
    }
    assert told >= set(CATEGORIES.items())
    sent = resources_of(iter([document]))["Procedure"]
    assert {(one["category"]["coding"][0]["code"], one["code"]["coding"][0]["code"]) for one in sent} >= set(
        CATEGORIES.items()
    )
    meals = [one for one in sent if one["code"]["coding"][0]["code"] == "197000210"]
    assert [part["valuePositiveInt"] for one in meals for part in one["extension"]] == [3]


# --- SS-MIX2 and tests


@pytest.fixture(scope="module")
def written() -> frozenset[str]:
    return frozenset(written_by(everything()))


@pytest.mark.parametrize("place", named("ssmix2"))
def test_each_named_place_of_a_storage_is_written(place: str, written: frozenset[str]):
    assert PLACE_IN_STORAGE.fullmatch(place)
    assert place in written


@cache
def functions_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("test", named("test"))
def test_each_named_test_exists(test: str):
    path, _, name = test.partition("::")
    assert name in functions_in(path)


# --- the proposals


def items_of_the_seed(text: str) -> set[str]:
    """The words of the page that lists the items: split at the marks between them, headings and footnotes left out."""
    page = text[text.index(unicodedata.normalize("NFKC", LEADING)) :]
    page = page[: page.index(unicodedata.normalize("NFKC", TRAILING))]
    body = page.partition("救急時に共有する医療情報(案)")[2]
    parts = re.split(r"[・、,()\s]|など", body)
    return {part.strip() for part in parts if len(part.strip()) > 1}


RECORD_ITEMS = (
    *("氏名", "性別", "生年月日", "審査支払機関情報", "保険者情報", "被保険者情報"),
    *("区分", "公費", "負担割合", "課税所得区分"),
    *("カルテ番号", "調剤録番号", "診療・調剤年月", "保険医氏名", "麻薬免許番号"),
    *("ＤＰＣデータ", "退院時サマリ（検査結果を含む）", "診療情報提供書（検査結果を含む）"),
    *("※画像を添付できる場合あり", "特定健診情報"),
    *("診療行為に対応する傷病名情報", "診療実施年月日", "診療内容", "検査", "処置", "処方・調剤"),
    *(
        "手術",
        "麻酔",
        "輸血",
        "移植",
        "入退院（入院日、退院日）",
        "食事",
        "使用された特定機材",
        "リハビリ情報",
    ),
    *("入院情報（病棟移動、予定・緊急入院）", "前回退院年月", "入院時年齢", "出生時体重"),
    *("JCS（意識障害）", "Burn Index", "重症度", "症状に関する情報"),
)
"""保健医療記録（案）, item by item, as the page has them."""
EMERGENCY_ITEMS = (
    "氏名、性別、生年月日",
    "審査支払機関情報、保険者情報、被保険者情報",
    "区分・公費・負担割合・課税所得区分など",
    "受診医療機関・薬局情報（年月別）",
    "最終受診医療機関・薬局情報（場合により複数）",
    "カルテ番号、調剤録番号",
    "特定健診情報",
    "主傷病名と受診医療機関リスト（受診年月）",
    "手術関連情報、麻酔歴、輸血歴",
    "検査関連情報",
    "服薬中薬剤情報（必要なら過去の利用履歴）",
    "材料関連情報・特定材料使用歴",
    "処方せん内容",
    "関連する疾患、材料に対応",
)
"""救急時に共有する医療情報（案）."""


def folded(text: str) -> str:
    """One form for the page's radicals, widths and breaks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.fixture
def seed(shared: Path) -> str:
    (path,) = (shared / "seeds").glob("001_*.txt")
    return unicodedata.normalize("NFKC", path.read_text(encoding="utf-8"))


def test_every_word_of_the_page_is_in_the_document(seed: str):
    told = folded(DOCUMENT.read_text(encoding="utf-8"))
    wanted = items_of_the_seed(seed)
    assert {"Burn", "JCS", "麻薬免許番号", "審査支払機関情報", "出生時体重", "最終受診医療機関"} <= wanted
    assert {one for one in wanted if one not in told} == set()


def test_each_item_of_the_two_proposals_has_a_row(seed: str):
    page = folded(seed)
    assert {one for one in (*RECORD_ITEMS, *EMERGENCY_ITEMS) if folded(one) not in page} == set()
    named_in_rows = [name for row in rows() for name in re.findall(r"\*\*([^*]+)\*\*", row.item)]
    assert named_in_rows == [*RECORD_ITEMS, *EMERGENCY_ITEMS]
