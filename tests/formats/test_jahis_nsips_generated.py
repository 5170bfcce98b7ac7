"""Generated prescriptions, dispensings and notebooks, each item compared with what the test itself wrote where."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.formats.parse import parse
from appliance.formats.sniff import sniff
from appliance.formats.uke.rows import read_source, serialise
from appliance.records.administrative import Sex
from appliance.records.clinical import DeviceUseStatement, MedicationDispense, MedicationRequest
from appliance.records.document import Document, Format

WORDS = st.text("架空薬品錠散軟膏ＡＢ５ｍｇ髙①ｱｲｳ", min_size=1, max_size=12)
DAYS = st.dates(date(1900, 1, 1), date(2026, 12, 31))
AMOUNTS = st.sampled_from(["1", "2", "0.5", "1.25", "60", "123456.12345"])
YJ = st.from_regex(r"[0-9]{7}[A-Z][0-9]{4}", fullmatch=True)


@dataclass(frozen=True)
class Drug:
    """One drug as the test invents it."""

    name: str
    code: str
    amount: str
    unit: str


@dataclass(frozen=True)
class Rp:
    """One RP as the test invents it."""

    usage: str
    count: int
    drugs: list[Drug]


@dataclass(frozen=True)
class Case:
    """What one generated file says."""

    name: str
    male: bool
    birth: date
    day: date
    facility: tuple[str, str]
    doctor: str
    rps: list[Rp]
    encoding: str
    end: str

    def write(self, *rows: str, mark: bytes = b"") -> bytes:
        return "".join(row + self.end for row in rows).encode(self.encoding) + mark


drugs = st.builds(Drug, WORDS, YJ, AMOUNTS, st.sampled_from(["錠", "Ｃ", "ｇ", "mL"]))
cases = st.builds(
    Case,
    name=WORDS,
    male=st.booleans(),
    birth=DAYS,
    day=DAYS,
    facility=st.tuples(st.integers(1, 47).map("{:02d}".format), st.from_regex(r"[0-9]{7}", fullmatch=True)),
    doctor=WORDS,
    rps=st.lists(
        st.builds(Rp, WORDS, st.integers(1, 999), st.lists(drugs, min_size=1, max_size=3)),
        min_size=1,
        max_size=4,
    ),
    encoding=st.sampled_from(["cp932", "utf-8"]),
    end=st.sampled_from(["\r\n", "\n"]),
)


def as_nsips(case: Case) -> bytes:
    prefecture, code = case.facility
    rows = [
        f"VER010603,20250722153322,P,PC,{prefecture},4,{code},薬局,,,,",
        f"1,C1,,{case.name},{1 if case.male else 2},{case.birth:%Y%m%d}",
        f"2,123456789012345,1,A,{case.day:%Y%m%d},,{case.day:%Y%m%d},{case.day:%Y%m%d}"
        + "," * 17
        + case.doctor,
    ]
    for number, rp in enumerate(case.rps, 1):
        rows.append(f"3,{number},,{rp.usage},,,,,2,1,{rp.count},,,{len(rp.drugs)}")
        for place, drug in enumerate(rp.drugs, 1):
            rows.append(f"4,{place},{number},1,{drug.code},,,,{drug.name},,,,,,,,{drug.amount},1,{drug.unit}")
    return case.write(*rows)


def as_notebook(case: Case) -> bytes:
    prefecture, code = case.facility
    rows = [
        "JAHISTC08,1",
        f"1,{case.name},{1 if case.male else 2},{case.birth:%Y%m%d}",
        f"5,{case.day:%Y%m%d},1",
        f"11,薬局,{prefecture},4,{code},,,,1",
        "51,医院,13,1,1234567,1",
        f"55,{case.doctor},,1",
    ]
    for number, rp in enumerate(case.rps, 1):
        rows += [f"201,{number},{d.name},{d.amount},{d.unit},4,{d.code},1" for d in rp.drugs]
        rows.append(f"301,{number},{rp.usage},{rp.count},日分,1,1,,1")
    return case.write(*rows)


def as_prescription(case: Case) -> bytes:
    prefecture, code = case.facility
    rows = [
        "JAHIS11",
        f"1,1,{code},{prefecture},医院",
        f"5,,,{case.doctor}",
        f"11,C1,{case.name},",
        f"12,{1 if case.male else 2}",
        f"13,{case.birth:%Y%m%d}",
        "22,",
        "23,,,1,",
        f"51,{case.day:%Y%m%d}",
    ]
    for number, rp in enumerate(case.rps, 1):
        rows += [f"101,{number},1,,{rp.count}", f"111,{number},1,,{rp.usage}"]
        for place, d in enumerate(rp.drugs, 1):
            rows.append(f"201,{number},{place},1,4,{d.code},{d.name},{d.amount},1,{d.unit}")
    return case.write(*rows, mark=b"\x1a")


WRITERS = {
    Format.NSIPS: (as_nsips, "4"),
    Format.JAHIS_TC: (as_notebook, "4"),
    Format.JAHIS_RX: (as_prescription, "1"),
}


def says_the_same(document: Document, case: Case, fee_table: str) -> None:
    prefecture, code = case.facility
    assert document.facility == f"{prefecture}{fee_table}{code}"
    assert document.patient.name.text == case.name
    assert document.patient.sex is (Sex.MALE if case.male else Sex.FEMALE)
    assert (document.patient.birth_date, document.period) == (case.birth, case.day.isoformat())
    records = [r for r in document.records if isinstance(r, MedicationDispense | MedicationRequest)]
    wanted = [(rp, number, drug) for number, rp in enumerate(case.rps, 1) for drug in rp.drugs]
    for record, (rp, number, drug) in zip(records, wanted, strict=True):
        assert (record.concept.text, record.concept.codings[0].code) == (drug.name, drug.code)
        assert (record.quantity, record.unit) == (drug.amount, drug.unit)
        assert (record.rp_number, record.days_supplied, record.category) == (number, rp.count, "内服")
        assert record.dosage is not None
        assert record.dosage.text == rp.usage
        if isinstance(record, MedicationDispense):
            assert (record.prescriber, record.dispensed) == (case.doctor, case.day)
    assert not any(isinstance(record, DeviceUseStatement) for record in document.records)


@pytest.mark.parametrize("known", WRITERS)
@settings(max_examples=200, deadline=None)
@given(case=cases)
def test_a_generated_file_says_what_was_written_and_gives_its_bytes_back(known: Format, case: Case):
    writer, fee_table = WRITERS[known]
    data = writer(case)
    assert sniff(data) is known
    assert serialise(read_source(data)) == data
    found = parse(data)
    (document,) = found.documents
    says_the_same(document, case, fee_table)
    assert not found.has_errors


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (b"JAHISTC1,1\r\n", Format.JAHIS_TC),
        (b"JAHIS5", Format.JAHIS_RX),
        (b"JAHIS11,\r\n1,", Format.JAHIS_RX),
        (b"1,P1,,,1,19500101\r\n2,123456789012345,1,U,20250722\r\n", Format.NSIPS),
        (b" 2,123456789012345,1,D\r\n2,123456789012345,1,D,\r\n", Format.NSIPS),
        (b"SJ1\r\n", Format.UNKNOWN),
        (b"1,2,0,IR,1,13,1,1234567\r\n", Format.UKE_IKA),
        (b"2,3,0,RE,1,1112\r\n" * 3, Format.UKE_IKA),
        (b"1,x\r\n2,hello,world,A,b\r\n", Format.UNKNOWN),
    ],
)
def test_beginnings_are_told_apart(data: bytes, known: Format):
    assert sniff(data) is known


def test_a_long_line_of_blanks_does_not_slow_the_sniffer():
    assert sniff(b"1, " * 100_000) is Format.UNKNOWN
    assert sniff(b"1,\n" * 100_000) is Format.UNKNOWN
