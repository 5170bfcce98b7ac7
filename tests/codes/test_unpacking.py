"""Files as fetched: zips within bounds, encodings, cut ends."""

from __future__ import annotations

import io
import zipfile

import pytest

from appliance.codes import unpacking
from appliance.codes.errors import MasterRefusedError
from appliance.codes.unpacking import MasterText, unpack
from tests.codes.made import zipped

LINE = '"0","B","架空"\r\n'


def texts(name: str, data: bytes) -> list[MasterText]:
    return list(unpack(name, data))


def test_a_plain_file_is_read_as_cp932_or_as_utf8() -> None:
    assert texts("b.txt", LINE.encode("cp932")) == [MasterText("b.txt", LINE, "cp932")]
    assert texts("b.txt", LINE.encode("utf-8")) == [MasterText("b.txt", LINE, "utf-8")]
    assert texts("b.txt", LINE.encode("utf-8-sig")) == [MasterText("b.txt", LINE, "utf-8")]


def test_every_text_of_a_zip_is_read_and_other_members_are_passed_over() -> None:
    data = zipped({"b_20240601.txt": LINE.encode("cp932"), "README.pdf": b"%PDF", "deep/z.CSV": b"x\n"})
    assert [text.name for text in texts("b.zip", data)] == ["b.zip/b_20240601.txt", "b.zip/z.CSV"]


def test_a_path_inside_a_zip_is_never_followed() -> None:
    data = zipped({"../../etc/passwd.txt": b"x\n", "..\\..\\y.csv": b"y\n"})
    assert [text.name for text in texts("evil.zip", data)] == ["evil.zip/passwd.txt", "evil.zip/y.csv"]


def test_a_final_mark_of_old_systems_is_tolerated() -> None:
    assert texts("b.txt", LINE.encode("cp932") + b"\x1a")[0].text == LINE


def test_a_file_whose_last_line_has_no_end_is_refused_with_that_line() -> None:
    with pytest.raises(MasterRefusedError) as refused:
        texts("b.txt", (LINE * 3).encode("cp932")[:-2])
    assert (refused.value.name, refused.value.line) == ("b.txt", 3)


def test_bytes_of_no_known_encoding_are_refused_with_their_line() -> None:
    with pytest.raises(MasterRefusedError) as refused:
        texts("b.txt", LINE.encode("cp932") + b'"0","\x81\x39"\r\n')
    assert refused.value.line == 2


def test_a_zip_that_unpacks_to_more_than_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MASTER_FILE_MAX_BYTES", 1 << 20)
    bomb = zipped({"b.txt": b"0" * ((1 << 20) + 1) + b"\n"})
    assert len(bomb) < 10_000
    with pytest.raises(MasterRefusedError, match="大きすぎます"):
        texts("bomb.zip", bomb)


def test_a_zip_whose_header_lies_about_the_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MASTER_FILE_MAX_BYTES", 1 << 20)
    bomb = bytearray(zipped({"b.txt": b"0" * (1 << 21) + b"\n"}))
    directory = bomb.rindex(b"PK\x01\x02")
    bomb[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    with pytest.raises(MasterRefusedError):
        texts("bomb.zip", bytes(bomb))


def test_a_zip_of_too_many_members_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MASTER_ZIP_MAX_MEMBERS", 3)
    with pytest.raises(MasterRefusedError, match="多すぎます"):
        texts("many.zip", zipped({f"m{n}.txt": b"x\n" for n in range(4)}))


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_cut_zip_is_refused(keep: float) -> None:
    whole = zipped({"b.txt": LINE.encode("cp932") * 100})
    with pytest.raises(MasterRefusedError):
        texts("b.zip", whole[: int(len(whole) * keep)])


def test_a_zip_damaged_inside_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("b.txt", LINE.encode("cp932"))
    damaged = target.getvalue().replace(LINE.encode("cp932"), b"?" * len(LINE.encode("cp932")), 1)
    with pytest.raises(MasterRefusedError, match="展開できません"):
        texts("b.zip", damaged)


def test_what_is_no_zip_at_all_is_refused() -> None:
    with pytest.raises(MasterRefusedError):
        texts("b.zip", b"not a zip")
