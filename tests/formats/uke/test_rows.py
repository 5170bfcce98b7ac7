from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.formats.uke.rows import extent, read_pieces, read_source, serialise
from appliance.records import readable
from tests.formats.uke.made_up import IR, claim, data_of


def lines_of(data: bytes) -> list[str]:
    return [line for piece in read_pieces(data, extent(data)) for line in piece.lines]


def test_a_cp932_file_is_told_from_a_utf8_one():
    assert extent(data_of(IR)).encoding == "cp932"
    assert extent(data_of(IR, encoding="utf-8")).encoding == "utf-8"


def test_both_encodings_give_the_same_text():
    assert lines_of(data_of(IR, *claim())) == lines_of(data_of(IR, *claim(), encoding="utf-8"))


def test_characters_beyond_jis_x_0208_are_read():
    assert lines_of(data_of("RE,髙橋　﨑子①Ⅲ㈱")) == ["RE,髙橋　﨑子①Ⅲ㈱"]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("mark", [b"", b"\x1a", b"\x1a\r\n", b"\x1a\x1a\x00"])
def test_row_ends_and_end_marks_of_every_kind(end: bytes, mark: bytes):
    data = data_of("IR,1", "GO,1", end=end, mark=mark)
    assert lines_of(data) == ["IR,1", "GO,1"]
    assert extent(data).after_end_mark == 0


def test_the_last_row_may_lack_its_end():
    assert lines_of(b"IR,1\r\nGO,1") == ["IR,1", "GO,1"]


def test_what_follows_the_end_mark_is_counted_not_read():
    data = data_of("IR,1") + b"IR,2\r\n"
    assert lines_of(data) == ["IR,1"]
    assert extent(data).after_end_mark == 4


def test_a_byte_order_mark_is_no_part_of_the_first_row():
    data = b"\xef\xbb\xbf" + data_of(IR, encoding="utf-8")
    assert lines_of(data) == [IR]
    assert serialise(read_source(data)) == data


def test_a_utf8_file_cut_inside_a_character_stays_utf8():
    data = data_of(IR, "RE,架空　太郎", encoding="utf-8", mark=b"")[:-3]
    assert extent(data).encoding == "utf-8"
    assert lines_of(data)[0] == IR


def test_undecodable_bytes_are_replaced_and_their_row_named():
    data = data_of("IR,1") + b"SY,\x81\x20,\xff\xfe1\r\n"
    found = list(read_pieces(data.replace(b"\x1a", b""), extent(data.replace(b"\x1a", b""))))
    assert [line for piece in found for line in piece.undecodable] == [2]
    head, damaged = (line for piece in found for line in piece.lines)
    assert head == "IR,1"
    assert damaged.split(",")[0] == "SY"
    assert len(damaged.split(",")) == 3


def test_control_characters_become_spaces():
    (piece,) = read_pieces(b"CO,a\x07b\tc\rd\r\n", extent(b"CO,a\x07b\tc\rd\r\n"))
    assert piece.lines == ["CO,a b c d"]
    assert piece.control == [1]


def test_control_characters_of_unicode_become_spaces_too():
    data = "CO,山\x9b2J\x85\r\n".encode()
    (piece,) = read_pieces(data, extent(data))
    assert piece.lines == ["CO,山 2J "]


def test_a_row_keeps_its_number_values_and_end():
    source = read_source(b"IR,1\r\n\r\nGO,,\n\x1a")
    assert [(row.number, row.values, row.terminator) for row in source.rows] == [
        (1, ("IR", "1"), b"\r\n"),
        (2, ("",), b"\r\n"),
        (3, ("GO", "", ""), b"\n"),
    ]
    assert source.tail == b"\x1a"


@pytest.mark.parametrize("odd", [b"\xee\xf9", b"\x81\xe6", b"\xed\x40", b"\xff", b"\x81"])
def test_rows_whose_bytes_would_not_come_back_keep_them(odd: bytes):
    data = b"CO," + odd + b"\r\nGO,1\r\n\x1a"
    source = read_source(data)
    assert serialise(source) == data
    assert source.rows[1].raw is None


def test_every_sample_file_serialises_to_its_own_bytes(shared: Path):
    files = [path for path in (shared / "samples" / "uke").rglob("*") if path.is_file()]
    assert files
    for path in files:
        data = path.read_bytes()
        assert serialise(read_source(data)) == data, path.name


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_serialise_to_themselves(data: bytes):
    assert serialise(read_source(data)) == data


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b"IR,1", b",", b"\r", b"\n", b"\r\n", b"\x1a", "山".encode("cp932"), "山".encode(), b"\xff"]
        )
    )
)
def test_any_mixture_of_ends_and_encodings_serialises_to_itself(pieces: list[bytes]):
    data = b"".join(pieces)
    assert serialise(read_source(data)) == data


@settings(deadline=None)
@given(st.lists(st.text("abc,山\r\n", max_size=9), max_size=30), st.integers(1, 40))
def test_pieces_of_any_size_hold_the_same_rows(texts: list[str], size: int):
    data = "".join(texts).encode("cp932")
    whole = lines_of(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readable, "ARRIVAL_PIECE_BYTES", size)
        assert lines_of(data) == whole
        assert serialise(read_source(data)) == data
        numbers = [piece.number for piece in read_pieces(data, extent(data))]
    assert numbers == sorted(set(numbers))
