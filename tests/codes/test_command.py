"""`renkei masters build` and `lookup`: whole folders, refusals that leave the old file, reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.codes import command, storing
from appliance.codes.command import build_masters, lookup_codes
from appliance.codes.errors import MasterRefusedError, MastersFolderError
from appliance.codes.lookup import Lookup
from tests.codes.made import DAY, DISEASE, csv_bytes, folder_of, masters, row, zipped


def test_a_folder_of_every_master_is_built_and_told(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", masters() | {"notes.pdf": b"%PDF", "readme.txt": b"hello\n"})
    summary = build_masters(folder, tmp_path / "masters.db")
    assert len(summary.editions) == len(masters())
    assert summary.entries == {
        "disease": 7,
        "modifier": 3,
        "act": 1,
        "drug": 6,
        "material": 1,
        "comment": 3,
        "package": 7,
        "usage": 1,
        "examination": 3,
        "link": 3,
    }
    assert summary.passed_over == ("notes.pdf", "readme.txt")
    assert "医薬品マスター（全件）" in summary.text()
    assert summary.version in summary.text()
    assert not (tmp_path / "masters.db.new").exists()


def test_the_same_masters_give_the_same_bytes(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", masters())
    first = build_masters(folder, tmp_path / "one.db")
    second = build_masters(folder, tmp_path / "two.db")
    assert first.out.read_bytes() == second.out.read_bytes()
    assert first.version == second.version


def test_masters_in_zips_are_built_as_well(tmp_path: Path) -> None:
    plain = build_masters(folder_of(tmp_path / "in", masters()), tmp_path / "one.db")
    packed = folder_of(tmp_path / "zips", {"all.zip": zipped(masters())})
    assert build_masters(packed, tmp_path / "two.db").entries == plain.entries


@pytest.mark.parametrize(
    "bad",
    [
        csv_bytes(row(DISEASE, "1000001", "架空病"), row(DISEASE, "1000002", "架空病")[:40]),
        csv_bytes(row(DISEASE, "1000001", "架空病"), row(DISEASE, "1000002", "架空病", change="8")),
        csv_bytes(row(DISEASE, "1000001", "甲"), row(DISEASE, "1000001", "乙")),
        csv_bytes(row(DISEASE, "1000001", "甲"), row(DISEASE, "1000002", "乙"))[:-9],
        b"\x00\x01\x02\r\n",
    ],
    ids=["columns", "変更区分", "twice", "cut", "rubbish"],
)
def test_a_bad_master_is_refused_with_file_and_line_and_the_old_file_stays(
    tmp_path: Path, bad: bytes
) -> None:
    folder = folder_of(tmp_path / "in", masters())
    out = build_masters(folder, tmp_path / "masters.db").out
    before = out.read_bytes()
    folder_of(folder, {"b_20250601.txt": bad})
    with pytest.raises(MasterRefusedError) as refused:
        build_masters(folder, out)
    assert refused.value.name == "b_20250601.txt"
    assert refused.value.line in (1, 2)
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "masters.db"]


def test_an_open_lookup_keeps_its_masters_while_the_file_is_replaced(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", masters())
    out = build_masters(folder, tmp_path / "masters.db").out
    with Lookup(out) as old:
        folder_of(
            folder,
            {
                "b_20250601.txt": csv_bytes(
                    *(row(DISEASE, f"100000{n}", "改名") for n in range(1, 6)), row(DISEASE, "0000999", "未")
                )
            },
        )
        build_masters(folder, out)
        with Lookup(out) as new:
            seen = [found.name for lookup in (old, new) if (found := lookup.disease("1000001", DAY))]
            assert seen == ["架空高血圧症", "改名"]
            assert old.version != new.version


def test_a_crash_before_the_rename_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path / "in", masters())
    out = build_masters(folder, tmp_path / "masters.db").out
    before = out.read_bytes()

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storing.os, "fsync", full_disk)
    with pytest.raises(MastersFolderError):
        build_masters(folder, out)
    assert out.read_bytes() == before
    assert not out.with_name("masters.db.new").exists()


def test_what_an_earlier_crash_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "masters.db.new").write_bytes(b"half")
    summary = build_masters(folder_of(tmp_path / "in", masters()), tmp_path / "masters.db")
    with Lookup(summary.out) as lookup:
        assert lookup.version == summary.version


def test_an_empty_folder_a_missing_one_and_a_place_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(MastersFolderError):
            build_masters(folder, tmp_path / "masters.db")
    with pytest.raises(MastersFolderError, match="書き込めません"):
        build_masters(folder_of(tmp_path / "in", masters()), tmp_path / "nowhere" / "masters.db")


def test_bounds_of_a_folder_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path / "in", masters())
    packed = folder_of(tmp_path / "zips", {"all.zip": zipped(masters())})
    for name, bound, hostile in (
        ("MASTER_FOLDER_MAX_CHARS", 1_000, packed),
        ("MASTER_FOLDER_MAX_FILES", 3, folder),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(command, name, bound)
            with pytest.raises(MastersFolderError, match="多すぎる"):
                build_masters(hostile, tmp_path / "masters.db")
    monkeypatch.setattr(command, "MASTER_FILE_MAX_BYTES", 100)
    with pytest.raises(MasterRefusedError, match="大きすぎます"):
        build_masters(folder, tmp_path / "masters.db")


def test_hidden_files_and_folders_inside_are_not_looked_at(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "in", {"b_20240601.txt": masters()["b_20240601.txt"], ".b_20240601.txt": b"x\n"}
    )
    (folder / "old").mkdir()
    (folder / "link").symlink_to(folder / "old")
    assert build_masters(folder, tmp_path / "masters.db").passed_over == ()


def test_codes_are_reported_by_any_of_their_keys(tmp_path: Path) -> None:
    out = build_masters(folder_of(tmp_path / "in", masters()), tmp_path / "masters.db").out
    by_code, by_number, by_jan, by_yakka, unknown = lookup_codes(
        out, ["1000004", "20000900", "4987000000019", "2222002F1019", "nothing"]
    )
    assert by_code.text() == (
        "1000004  傷病名  昔の架空病  [… – 2024-12-31]  management_no=20000004  icd10=Z002"
    )
    assert "請求できない架空病" in by_number.text()
    assert by_jan.text().startswith("1000001010101  HOTコード  架空錠５ｍｇ（甲社）")
    assert [entry.code for entry in by_yakka.entries] == ["620000002", "620000003", "200000101", "200000201"]
    assert unknown.text() == "nothing  マスターにありません / not in the masters"
