"""The checker itself: a sound storage has no fault, and every rule finds what breaks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hl7apy.exceptions import HL7apyException

from tests.exchange.ssmix2 import made
from tests.exchange.ssmix2.checker import faults
from tests.exchange.ssmix2.strict import read_strictly


def only_file(root: Path, kind: str) -> Path:
    (path,) = (one for one in (root / "standard").rglob("*") if one.is_file() and one.parent.name == kind)
    return path


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new)

    return change


BROKEN: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("ADT-00", replaced(b"\r", b"\r\n"), "CR alone"),
    ("ADT-00", replaced(b"\x1b$B", b"\x1b$@"), "escape sequence"),
    ("ADT-00", lambda data: data.decode("iso2022_jp").encode("utf-8"), "not printable ASCII"),
    ("ADT-00", replaced(b"~ISO IR87", b""), "MSH-18"),
    ("ADT-00", replaced(b"ADT^A08", b"ADT^A04"), "MSH-9"),
    ("ADT-00", replaced(b"|19500101|", b"||"), "PID-7 is missing"),
    ("ADT-00", replaced(b"0000000012^^^^PI", b"0000000013^^^^PI"), "not the patient"),
    ("ADT-12", replaced(b"20260803\r", b"20260804\r"), "PV1-44 is"),
    ("ADT-61", replaced(b"IAM|", b"NTE|"), "in the order"),
    ("PPR-01", lambda data: re.sub(rb"PRB\|AD\|\d*", b"PRB|AD|", data), "PRB-2 is missing"),
    ("OMP-01", replaced(b"RXR|", b"RXE|"), "in the order"),
    ("OMP-01", replaced(b"ORC|NW|000000000000077|", b"ORC|NW|000000000000078|"), "not the order"),
    ("OML-11", replaced(b"|||F|||", b"|||||||"), "OBX-11 is missing"),
]


@pytest.mark.parametrize(("kind", "change", "said"), BROKEN)
def test_what_breaks_a_rule_is_found(tmp_path: Path, kind: str, change: Callable[[bytes], bytes], said: str):
    made.bring_to(tmp_path, made.chart(*made.EVERYTHING[1:], made.content(*made.CLAIM_RECORDS)))
    assert faults(tmp_path) == []
    paths = [one for one in (tmp_path / "standard").rglob("*") if one.is_file() and one.parent.name == kind]
    for path in paths:
        try:
            path.write_bytes(change(path.read_bytes()))
        except AssertionError:
            continue
    assert any(said in fault for fault in faults(tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("_01_1", "_01_3", "not a name"),
        ("_01_1", "_1", "not a name"),
        ("_20260803_", "_20260804_", "repeat the name"),
        ("_20261001103000123_", "_20261399103000123_", "no time"),
    ],
)
def test_a_name_that_breaks_a_rule_is_found(tmp_path: Path, old: str, new: str, said: str):
    made.bring_to(tmp_path, made.chart(made.CLAIM))
    path = only_file(tmp_path, "ADT-12")
    path.rename(path.with_name(path.name.replace(old, new)))
    assert any(said in fault for fault in faults(tmp_path))


def test_two_valid_files_of_one_place_are_found(tmp_path: Path):
    made.bring_to(tmp_path, made.chart(made.CLAIM))
    path = only_file(tmp_path, "ADT-12")
    path.with_name(path.name.replace("103000123", "103000124")).write_bytes(path.read_bytes())
    assert any("2 valid files" in fault for fault in faults(tmp_path))


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("PPR-01", b"PRB|AD|202608|", b"PRB|AD|2026-08|"),
        ("PPR-01", b"ZPR||", b"ZPR|^a^b^c^d^e^f^g^h^i^j|"),
        ("OMP-01", b"RXR|PO", b"RXO|PO"),
        ("ADT-12", b"|20260803\r", b"|2026083\r"),
    ],
)
def test_the_strict_reader_refuses_what_is_not_v2_5(tmp_path: Path, kind: str, old: bytes, new: bytes):
    made.bring_to(tmp_path, made.chart(made.CLAIM))
    data = only_file(tmp_path, kind).read_bytes()
    read_strictly(data)
    assert old in data
    with pytest.raises((ValueError, HL7apyException)):
        read_strictly(data.replace(old, new))
