"""Looking codes up in the compiled file."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from appliance.codes.entries import Disease, Drug, Examination, Standing
from appliance.codes.errors import MastersFileError
from appliance.codes.lookup import Lookup
from tests.codes.made import DAY


def test_each_kind_of_code_is_found_with_what_its_master_says(made: Lookup) -> None:
    disease = made.disease("1000002", DAY)
    assert disease is not None
    assert (disease.name, disease.management_no, disease.exchange_code) == (
        "架空糖尿病性網膜症",
        "20000002",
        "AA02",
    )
    assert (disease.icd10, disease.icd10_second, disease.valid_from) == ("E143", "H360", date(2008, 4, 1))
    suspected, right = made.modifier("8002", DAY), made.modifier("2056", DAY)
    assert suspected is not None
    assert right is not None
    assert (suspected.name, suspected.postfix, right.postfix) == ("の疑い", True, False)
    drug = made.drug("620000001", DAY)
    assert drug is not None
    assert (drug.name, drug.unit, drug.yakka_code) == ("架空錠５ｍｇ", "錠", "1111001F1011")
    names = [
        found.name
        for found in (
            made.act("112000001", DAY),
            made.material("710000001", DAY),
            made.comment("820000001", DAY),
            made.usage("1013044400000000", DAY),
            made.test("3B035000002327201", DAY),
        )
        if found
    ]
    assert names == [
        "架空再診料",
        "架空カテーテル",
        "外来にて請求済み",
        "内服・経口・１日３回朝昼夕食後",
        "ＡＳＴ",
    ]


def test_a_code_that_no_master_knows_is_none(made: Lookup) -> None:
    for code in ("9999999", "", "' OR 1=1 --"):
        assert made.disease(code, DAY) is None


def test_a_code_listed_later_and_one_abolished_are_found_and_say_so(made: Lookup) -> None:
    later, abolished = made.disease("1000003", DAY), made.disease("1000004", DAY)
    assert later is not None
    assert abolished is not None
    assert (later.standing(DAY), abolished.standing(DAY)) == (Standing.LATER, Standing.ABOLISHED)
    assert abolished.standing(date(2024, 12, 31)) is Standing.VALID


def test_packages_are_found_by_every_code_they_bear(made: Lookup) -> None:
    assert len(made.packages("1111001F1011", "yakka_code")) == 3
    assert [row.code for row in made.packages("4987000000026", "jan")] == ["1000001010102"]
    assert {row.hot9 for row in made.packages("100000101", "hot9")} == {"100000101"}
    (second,) = made.packages("2222002F1035", "yj_code")
    assert second.receipt_codes == ("620000003",)


def test_diseases_that_only_medis_has_are_found_by_their_number(made: Lookup) -> None:
    (found,) = made.entries(Disease, "20000900", "management_no")
    assert (found.code, found.icd10) == ("", "Z900")


def test_links_are_of_their_own_system(made: Lookup) -> None:
    assert len(made.links("urn:x-test:lab", "GOT")) == 1
    assert made.links("urn:x-test:usage", "GOT") == ()


def test_the_file_tells_what_it_was_made_of(made: Lookup) -> None:
    sources = {source.name: source for source in made.sources()}
    drugs = sources["y_ALL20240321.csv"]
    assert (drugs.title, drugs.edition, drugs.whole, drugs.rows, drugs.columns) == (
        "医薬品マスター",
        "2024-03-21",
        True,
        6,
        42,
    )
    assert len(drugs.sha256) == 64
    assert made.version.startswith("20250630-")
    assert made.holds(Examination)
    assert made.count(Drug) == 6


def test_a_file_that_is_not_there_or_not_ours_is_told_so(tmp_path: Path) -> None:
    text, foreign, empty = tmp_path / "text.db", tmp_path / "foreign.db", tmp_path / "empty.db"
    text.write_bytes(b"no database " * 100)
    empty.write_bytes(b"")
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    connection.close()
    for path in (tmp_path / "missing.db", text, foreign, empty):
        with pytest.raises(MastersFileError):
            Lookup(path)


def test_the_file_is_never_written(made: Lookup) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        made._connection.execute("DELETE FROM drug")
