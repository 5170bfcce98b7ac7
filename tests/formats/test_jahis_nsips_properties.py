"""Whatever the bytes, the pharmacy formats are read to an end, raise nothing, give back their rows and keep in bounds."""

import json
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.formats import jahis_rx, jahis_tc, nsips
from appliance.formats.findings import Kind
from appliance.formats.garbled import is_garbled
from appliance.formats.jahis_join import JOIN_KINDS
from appliance.formats.jahis_rx.findings import KINDS as PRESCRIPTION_KINDS
from appliance.formats.jahis_rx.reader import read_prescription
from appliance.formats.jahis_tc.findings import KINDS as NOTEBOOK_KINDS
from appliance.formats.jahis_tc.reader import read_notebook
from appliance.formats.nsips.findings import KINDS as NSIPS_KINDS
from appliance.formats.nsips.reader import read_nsips
from appliance.formats.parse import parse
from appliance.formats.tagged import layouts
from appliance.formats.uke.rows import read_source, serialise
from appliance.limits import PHARMACY_FILE_MAX_BYTES, PHARMACY_ROWS_MAX
from appliance.practice.command import make_patients
from appliance.records.clinical import DeviceUseStatement, MedicationDispense, MedicationRequest
from appliance.records.codec import decode_records, encode
from appliance.records.document import Format, Parsed
from appliance.records.finding import Severity
from appliance.records.identity import identify

Reader = Callable[[bytes], Parsed]
FORMATS: dict[str, tuple[Reader, str, str]] = {
    "nsips": (read_nsips, nsips.__name__, "VER010603,20250722153322,P,PC,14,4,0842302,薬局"),
    "tc": (read_notebook, jahis_tc.__name__, "JAHISTC08,1"),
    "rx": (read_prescription, jahis_rx.__name__, "JAHIS11"),
}
VALUES = st.one_of(
    st.sampled_from(["", "", "1", "2", "3", "01", "20260310", "S500101", "620004992", "2171022F1029", "13", "4", "1234567", "A", "D"]),
    st.text("0123456789.,- 架空ｶｸ①髙\u3000\x07\ufffd…", max_size=12),
)  # fmt: skip


def rows_of(package: str) -> st.SearchStrategy[str]:
    numbers = [*layouts(package), "999", "", "架空", "9999"]
    return st.builds(
        lambda row_id, values: ",".join([row_id, *values]),
        st.sampled_from(numbers),
        st.lists(VALUES, max_size=12),
    )


def files_of(name: str) -> st.SearchStrategy[bytes]:
    """Files of any rows of a format, in either encoding and with any line ends."""
    _, package, head = FORMATS[name]
    return st.builds(
        lambda rows, end, encoding, mark: end.join([head, *rows, ""]).encode(encoding, "replace") + mark,
        st.lists(rows_of(package), max_size=25),
        st.sampled_from(["\r\n", "\n", "\r"]),
        st.sampled_from(["cp932", "utf-8"]),
        st.sampled_from([b"", b"\x1a", b"\x1a\x1a\r\n", b"x"]),
    )


def keeps_its_promises(found: Parsed) -> None:
    lines = [document.first_line for document in found.documents]
    assert len(lines) == len(set(lines))
    for document in found.documents:
        assert document.key
        assert 1 <= document.first_line <= document.last_line <= max(found.lines, 1)
        assert not (document.tombstone and document.records)
        identified = identify(document, "patient")
        own = [record.resource_id for record in identified if not record.shared]
        assert len(own) == len(set(own))
        for record in document.records:
            assert decode_records(type(record).__name__, b"[" + encode(record) + b"]") == [record]
    for finding in found.all_findings:
        assert finding.line is None or 1 <= finding.line <= max(found.lines, 1)
        assert "{" not in finding.text


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read(name: str, data: bytes):
    keeps_its_promises(FORMATS[name][0](data))


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_rows_are_read_and_serialise_to_their_bytes(name: str, data: st.DataObject):
    content = data.draw(files_of(name))
    keeps_its_promises(FORMATS[name][0](content))
    assert serialise(read_source(content)) == content


def samples(shared: Path) -> list[tuple[Reader, bytes]]:
    folder = shared / "samples"
    found: list[tuple[Reader, bytes]] = [
        (read_nsips, path.read_bytes()) for path in sorted((folder / "nsips").iterdir())
    ]
    found += [(read_prescription, path.read_bytes()) for path in sorted((folder / "jahis" / "rx").iterdir())]
    tc = (path for path in sorted((folder / "jahis" / "tc").iterdir()) if path.suffix != ".json")
    return found + [(read_notebook, path.read_bytes()) for path in tc]


def test_every_sample_serialises_to_its_bytes(shared: Path):
    for _, data in samples(shared):
        assert serialise(read_source(data)) == data


def test_every_sample_cut_at_every_byte_is_read(shared: Path):
    for reader, data in samples(shared):
        for length in range(len(data)):
            keeps_its_promises(reader(data[:length]))


@pytest.mark.parametrize(
    "name",
    [
        "jahis/tc/appendix_4.cp932.csv",
        "jahis/rx/01_basic_1rp_1drug.cp932.txt",
        "nsips/sample_010603.cp932.crlf.txt",
    ],
)
def test_a_file_cut_anywhere_never_shows_a_drug_that_is_not_in_it(name: str, shared: Path):
    data = (shared / "samples" / name).read_bytes()
    reader = next(FORMATS[key][0] for key in FORMATS if key in name)

    def drugs(content: bytes) -> list[object]:
        return [
            (record.concept, record.quantity)
            for document in reader(content).documents
            for record in document.records
            if isinstance(record, MedicationDispense | MedicationRequest | DeviceUseStatement)
        ]

    whole = drugs(data)
    for length in range(len(data)):
        cut = drugs(data[:length])
        assert cut == whole[: len(cut)]


@pytest.mark.parametrize("name", FORMATS)
def test_damage_anywhere_is_survived(name: str, shared: Path):
    file = {
        "nsips": "nsips/sample_010603.cp932.crlf.txt",
        "tc": "jahis/tc/appendix_3.cp932.csv",
        "rx": "jahis/rx/04_split_dispensing_1of3.cp932.txt",
    }
    data = (shared / "samples" / file[name]).read_bytes()
    for place in range(len(data)):
        for noise in (b"\xff", b",", b"\r\n", b"\x00"):
            keeps_its_promises(FORMATS[name][0](data[:place] + noise + data[place + 1 :]))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "filler",
    [b"201,1,1,1,1,,a,1,1,a\r\n", b"4,1,1,1,,,,,a\r\n", b"5,20260101\r\n", b",", b"\r\n", b"2,", b"\x81\x40"],
)
def test_memory_keeps_in_bounds(name: str, filler: bytes):
    head = FORMATS[name][2].encode("cp932") + b"\r\n"
    if name == "tc":
        head += b"1,a,1,19500101\r\n5,20260101\r\n"
    data = head + filler * ((PHARMACY_FILE_MAX_BYTES - len(head)) // len(filler))
    tracemalloc.start()
    FORMATS[name][0](data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * len(data) + 50 * 1024 * 1024


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "filler", [b"x" * (PHARMACY_FILE_MAX_BYTES + 1), b"1,\r\n" * (PHARMACY_ROWS_MAX + 1)]
)
def test_what_is_too_large_is_refused(name: str, filler: bytes):
    found = FORMATS[name][0](FORMATS[name][2].encode("cp932") + b"\r\n" + filler)
    assert found.documents == ()
    assert "TEXT-007" in {finding.code for finding in found.findings}


# --- characters


@pytest.mark.parametrize(
    ("wrong", "right", "text"),
    [
        ("cp1252", "cp932", "１日２回塗布"),
        ("latin-1", "cp932", "架空の薬剤"),
        ("latin-1", "cp932", "あいうえおかき"),
        ("latin-1", "utf-8", "１日２回塗布"),
        ("latin-1", "utf-8", "架空の薬剤"),
        ("cp932", "utf-8", "架空の薬剤"),
    ],
)
def test_japanese_read_in_a_wrong_encoding_is_garbled(wrong: str, right: str, text: str):
    assert is_garbled(text.encode(right).decode(wrong))


@given(st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x9FCF), min_size=1, max_size=20))
def test_japanese_is_not_garbled(text: str):
    try:
        text.encode("cp932").decode("utf-8")
    except UnicodeError:
        assert not is_garbled(text)


@pytest.mark.parametrize("text", ["", "abc", "37.5°", "±5", "×", "Ångström", "µg", "ｶﾅ", "①㈱髙﨑"])
def test_signs_and_names_are_not_garbled(text: str):
    assert not is_garbled(text)


def test_undecodable_and_control_characters_are_told_and_the_rest_is_read():
    rows = b"JAHISTC08,1\r\n1,\x8f\xfc\xff\x95,1,19500101\r\n5,20260310\r\n201,1,a\x07b,1,g,1,,1\r\n301,1,x,1,y,1,1,,1\r\n"
    found = read_notebook(rows)
    assert len(found.documents) == 1
    assert {"TEXT-001", "TEXT-002"} <= {finding.code for finding in found.findings}


def test_what_follows_the_end_mark_is_told_and_not_read():
    found = read_notebook(b"JAHISTC08,1\r\n1,a,1,19500101\r\n\x1a5,20260310\r\n")
    assert found.documents == ()
    assert "TEXT-004" in {finding.code for finding in found.findings}


@pytest.mark.parametrize("kinds", [JOIN_KINDS, NSIPS_KINDS, NOTEBOOK_KINDS, PRESCRIPTION_KINDS])
def test_every_finding_speaks_both_languages_and_errors_say_what_to_do(kinds: Mapping[str, Kind]):
    for code, kind in kinds.items():
        assert kind.ja.endswith("。"), code
        assert kind.en.endswith("."), code
        assert kind.hint or kind.severity is not Severity.ERROR, code


@pytest.mark.parametrize("name", FORMATS)
def test_layouts_number_their_items_without_gaps(name: str):
    for layout in layouts(FORMATS[name][1]).values():
        positions = sorted(item.position for item in layout.items.values())
        assert positions == list(range(positions[0], positions[0] + len(positions)))
        assert layout.width == positions[-1] + 1


def test_a_file_read_as_latin_1_and_saved_again_is_refused(tmp_path: Path) -> None:
    made = make_patients(60, 9, tmp_path, months=1, formats=(Format.NSIPS, Format.JAHIS_TC, Format.JAHIS_RX))
    truth = json.loads(made.manifest.read_text(encoding="utf-8"))
    seen = set()
    for file in truth["other_files"]:
        data = (tmp_path / file["path"]).read_bytes()
        if {"part", "fragment"} & file.keys() or file["format"] in seen or data.isascii():
            continue
        seen.add(file["format"])
        parsed = parse(data.decode("latin-1").encode())
        assert parsed.documents == (), file["path"]
        assert parsed.has_errors
    assert seen == {"nsips", "jahis-tc", "jahis-rx"}
