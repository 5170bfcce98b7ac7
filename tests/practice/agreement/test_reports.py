"""Laboratory reports of the practice town, field by field against their own text: ORU and OUL, each MSH-18, ASTM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from appliance.formats.parse import parse
from appliance.practice.made import MadeFile
from appliance.records.clinical import Observation, ObservationCategory, Specimen
from appliance.records.document import Document, Format

Files = dict[Format, list[MadeFile]]
Segments = list[list[str]]
SEXES = {"M": "male", "F": "female"}
ORU, OUL = "ORU^R01^ORU_R01", "OUL^R22^OUL_R22"
CHARACTER_SETS = [
    ("~ISO IR87", "iso2022_jp"),
    ("ISO IR87", "iso2022_jp"),
    ("~ISO IR87~ISO IR159", "iso2022_jp"),
    ("~ISO IR13~ISO IR87", "iso2022_jp"),
    ("UNICODE UTF-8", "utf-8"),
    ("UNICODE", "utf-8"),
    ("SJIS", "cp932"),
    ("", "cp932"),
    ("", "utf-8"),
    ("", "iso2022_jp"),
]
"""What MSH-18 says and what the rows are encoded with."""
BORDERS = {"\\F\\": "|", "\\S\\": "^", "\\T\\": "&", "\\R\\": "~", "\\E\\": "\\"}


def messages_of(data: bytes) -> list[Segments]:
    """The segments of each message of a file, split at bars; the header has no field 1, which is the bar itself."""
    encoding = "utf-8" if b"UTF-8" in data else "iso2022_jp"
    found: list[Segments] = []
    for row in filter(None, data.split(b"\r")):
        fields = row.decode(encoding).split("|")
        if fields[0] == "MSH":
            found.append([])
            fields.insert(1, "|")
        found[-1].append(fields)
    return found


def written(message: Segments, kind: str, charset: str, encoding: str) -> bytes:
    """The message again, of this type and in this character set."""
    header, *rest = message
    header = [*header[:9], kind, *header[10:18], charset]
    rows = [["MSH", *header[2:]], *rest]
    return b"".join("|".join(row).encode(encoding) + b"\r" for row in rows)


def as_oul(message: Segments) -> Segments:
    """Each specimen before its request and the request before its order, as OUL has them."""
    header, patient, *rest = message
    groups: list[Segments] = []
    for row in rest:
        if row[0] == "ORC":
            groups.append([])
        groups[-1].append(row)
    ordered: Segments = []
    for order, request, *results, specimen in groups:
        ordered += [specimen, request, order, *results]
    return [header, patient, *ordered]


def each_at_its_minute(message: Segments) -> Segments:
    """The results at times of their own, not that of their specimen."""
    timed = []
    for place, row in enumerate(message):
        own = f"202606301{place // 60}{place % 60:02d}00"
        timed.append([*row[:14], own, *row[15:]] if row[0] == "OBX" else row)
    return timed


def plain(text: str) -> str:
    for mark, letter in BORDERS.items():
        text = text.replace(mark, letter)
    return text


def moment(text: str) -> datetime | None:
    return datetime.strptime(text, "%Y%m%d%H%M%S") if text else None


def told_by(message: Segments) -> Iterator[tuple[Any, ...]]:
    """The results of a message, each with its specimen; those of a group belong to the specimen in it."""
    number = ""
    waiting: list[list[str]] = []
    for row in message:
        if row[0] == "OBX":
            waiting.append(row)
        elif row[0] == "SPM":
            number = row[2].split("^")[-1]
            yield from (told_in(one, number) for one in waiting)
            waiting = []
    assert not waiting


def told_in(row: list[str], specimen: str) -> tuple[Any, ...]:
    code, name, _ = row[3].split("^")
    unit, flag, status = row[6], row[8], {"F": "final", "C": "corrected"}[row[11]]
    return (
        code,
        plain(name),
        plain(row[5]),
        plain(unit),
        plain(row[7]),
        flag,
        status,
        moment(row[14]),
        specimen,
    )


def told(one: Observation) -> tuple[Any, ...]:
    low, high = one.range_low, one.range_high
    span = one.range_text or f"{low}-{high}" if low or high or one.range_text else ""
    coding = one.concept.codings[0]
    value = f"{one.comparator}{one.value}"
    return (
        coding.code,
        one.concept.text,
        value,
        one.unit,
        span,
        one.interpretation,
        one.status,
        one.at,
        one.specimen,
    )


def agree(documents: Sequence[Document], message: Segments) -> None:
    """Every document of one message: its person, its specimens, all its results."""
    pid = message[1]
    family, given = pid[5].split("~")[0].split("^")[:2]
    for document in documents:
        patient = document.patient
        assert patient.local_id == pid[3].split("^")[0]
        assert patient.name.text == f"{plain(family)}　{plain(given)}".rstrip("　")
        assert patient.name.kana == "　".join(map(plain, filter(None, pid[5].split("~")[1].split("^")[:2])))
        assert (f"{patient.birth_date:%Y%m%d}", patient.sex.value) == (pid[7], SEXES[pid[8]])
    records = [record for document in documents for record in document.records]
    specimens = [
        (one.number, one.material.codings[0].code, one.material.text, one.collected)
        for one in records
        if isinstance(one, Specimen)
    ]
    assert specimens == [
        (row[2].split("^")[-1], row[4].split("^")[0], plain(row[4].split("^")[1]), moment(row[17]))
        for row in message
        if row[0] == "SPM"
    ]
    results = [one for one in records if isinstance(one, Observation)]
    assert {one.category for one in results} == {ObservationCategory.LABORATORY}
    assert sorted(map(told, results), key=str) == sorted(told_by(message), key=str)


@pytest.mark.parametrize(("charset", "encoding"), CHARACTER_SETS)
@pytest.mark.parametrize("kind", [ORU, OUL])
def test_a_report_agrees_with_its_text_in_every_character_set(
    kind: str, charset: str, encoding: str, files_by_format: Files
) -> None:
    seen = 0
    for file in files_by_format[Format.HL7_LAB][:3]:
        for message in map(each_at_its_minute, messages_of(file.data)):
            sent = message if kind == ORU else as_oul(message)
            found = parse(written(sent, kind, charset, encoding))
            assert (found.format, found.all_findings) == (Format.HL7_LAB, ())
            agree(found.documents, message)
            seen += len(found.documents)
    assert seen > 5


def test_every_report_of_the_town_agrees_with_its_text(files_by_format: Files) -> None:
    for file in files_by_format[Format.HL7_LAB]:
        documents = iter(parse(file.data).documents)
        for message in messages_of(file.data):
            requests = sum(row[0] == "OBR" for row in message)
            taken: list[Document] = []
            while sum(isinstance(r, Specimen) for d in taken for r in d.records) < requests:
                taken.append(next(documents))
            agree(taken, message)
        assert next(documents, None) is None


def test_every_record_of_an_analyser_agrees_with_its_text(files_by_format: Files) -> None:
    for file in files_by_format[Format.ASTM]:
        rows = [row.split("|") for row in file.data.decode("cp932").split("\r")[:-1]]
        documents = parse(file.data).documents
        assert len(documents) == sum(row[0] == "O" for row in rows)
        pid: list[str] = []
        place = -1
        for row in rows:
            if row[0] == "P":
                pid = row
            elif row[0] == "O":
                place += 1
                agree_on_order(documents[place], pid, row)
        results = [one for document in documents for one in document.records if isinstance(one, Observation)]
        assert [
            (one.concept.codings[0].code, one.concept.text, f"{one.comparator}{one.value}", one.unit, one.at)
            for one in results
        ] == [(*row[2].split("^")[:2], row[3], row[4], moment(row[12])) for row in rows if row[0] == "R"]
        assert [one.interpretation for one in results] == [row[6] for row in rows if row[0] == "R"]


def agree_on_order(document: Document, pid: list[str], order: list[str]) -> None:
    patient = document.patient
    assert (patient.local_id, patient.name.text) == (pid[2], "　".join(filter(None, pid[5].split("^"))))
    assert (f"{patient.birth_date:%Y%m%d}", patient.sex.value) == (pid[7], SEXES[pid[8]])
    (specimen,) = [one for one in document.records if isinstance(one, Specimen)]
    assert (specimen.number, specimen.material.text, specimen.collected) == (
        order[2],
        order[15],
        moment(order[7]),
    )
