"""The bytes of a claim file, held against rows written out by hand: the layout table does not judge itself here."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from appliance.practice.care import Diagnosis, care_for
from appliance.practice.charges import Line, LineKind, Unit, acts_unit, drugs_unit
from appliance.practice.claims import ChargedUnit, Claim, claims_of
from appliance.practice.facilities import CLINIC_A, CLINIC_B
from appliance.practice.insurers import DISABILITY, KOKUHOREN, SHAHO, InsurerKind, PublicPayment
from appliance.practice.naming import FullName
from appliance.practice.uke_writer import ClaimFile, claim_rows, write_file
from appliance.practice.visits import Visit
from tests.practice.people_made import MONTH, ailment, insurance, patient, person

MODES = {
    "N": re.compile(r"[0-9.]*"),
    "A": re.compile(r"[\x20-\x7e]*"),
    "K": re.compile(r"[^\x00-\x7f\uff61-\uff9f]*"),
    "AK": re.compile(r"[\x20-\x7e]*|[^\x00-\x7f\uff61-\uff9f]*"),
}
"""Which characters each モード allows."""

CHARGED = (
    ChargedUnit(acts_unit("12", "revisit", "itemised_receipt"), ((3, 1), (17, 1)), "2"),
    ChargedUnit(drugs_unit("21", (("amlodipine", "1"), ("olmesartan", "0.5"))), ((3, 28),), "1"),
    ChargedUnit(
        Unit("40", 30, (Line(LineKind.MATERIAL, "736730000", "50", unit="041", price_yen="6"),)),
        ((17, 1),),
        "1",
    ),
    ChargedUnit(
        Unit(
            "60",
            140,
            (Line(LineKind.ACT, "160147310", comment=("850190033", "５０８０１０５")),),
            notes=(("810000001", "左"),),
        ),
        ((17, 1),),
        "1",
    ),
)
CLAIM = Claim(
    patient=patient(person(family=insurance(InsurerKind.KOKUHO))),
    care_month=MONTH,
    insurance=insurance(InsurerKind.KOKUHO),
    public=(PublicPayment(DISABILITY, "1234566"),),
    days=(3, 17),
    diagnoses=(
        Diagnosis("8833421", (), date(2020, 4, 1), main=True),
        Diagnosis("7153018", ("2056", "8002"), date(2026, 7, 3), "4"),
        Diagnosis("0000999", (), date(2026, 7, 3), text="下肢の冷感"),
    ),
    units=CHARGED,
    narratives=(("03", "経過を見る。"),),
)


def _days(marks: dict[int, str]) -> str:
    return ",".join(marks.get(day, "") for day in range(1, 32))


def test_the_rows_of_a_claim_are_these() -> None:
    assert list(claim_rows(CLAIM, 7)) == [
        "RE,7,1122,202607,練習　太郎,1,19700101,70,,,,,,000123,,,,,,,練習用（架空の患者）,01,,,,,,,,,,,,,,,レンシュウタロウ,",
        "HO,  139949,１２３４５６７８,１２,2,378,,,,,,,,,",
        "KO,80139934,1234566,,2,152,,,,,,",
        "SN,1,01,,,,01,,",
        "JD,1," + _days({3: "1", 17: "1"}),
        "JD,2," + _days({3: "1", 17: "1"}),
        "MF,00" + "," * 31,
        "SY,8833421,20200401,1,,,01,",
        "SY,7153018,20260703,4,20568002,,,",
        "SY,0000999,20260703,1,,下肢の冷感,,",
        "SI,12,2,112007410,,,2,,,,,,," + _days({3: "1", 17: "1"}),
        "SI,,2,112015770,,76,2,,,,,,," + _days({3: "1", 17: "1"}),
        "IY,21,1,620007818,1,,28,,,,,,," + _days({3: "28"}),
        "IY,,1,622580101,0.5,2,28,,,,,,," + _days({3: "28"}),
        "TO,40,1,736730000,50,30,1,041,6,,,,,,,,," + _days({17: "1"}),
        "SI,60,1,160147310,,140,1,850190033,５０８０１０５,,,,," + _days({17: "1"}),
        "CO,,1,810000001,左",
        "SJ,03,経過を見る。",
    ]


def test_head_and_trailer_count_payers_and_points() -> None:
    file = write_file(CLINIC_B, KOKUHOREN, date(2026, 8, 1), [CLAIM, CLAIM])
    rows = _rows(file)
    assert rows[0] == "IR,2,13,1,9999020,,練習用けやき整形外科小児科,202608,00,00-0000-0002"
    assert rows[-1] == "GO,4,756,99"
    assert [row.split(",")[1] for row in rows if row.startswith("RE,")] == ["1", "2"]


def test_a_late_claim_says_so_before_its_units() -> None:
    late = replace(CLAIM, late_months=1)
    assert late.claim_month == date(2026, 9, 1)
    rows = list(claim_rows(late, 1))
    assert rows[10] == "CO,01,2,810000001,月遅れ請求"


def test_the_file_is_cp932_with_crlf_and_one_end_mark() -> None:
    data = write_file(CLINIC_A, SHAHO, date(2026, 8, 1), [CLAIM]).data
    assert data.endswith(b"\r\n\x1a")
    assert data.count(b"\x1a") == 1
    assert data.count(b"\n") == data.count(b"\r\n") == len(data.decode("cp932").split("\r\n")) - 1


def test_what_cp932_lacks_never_stops_the_writer() -> None:
    name = FullName("𠮷田　清", "ヨシダキヨシ")
    for clinic, written in ((CLINIC_A, "ヨシダキヨシ"), (CLINIC_B, "？田　清")):
        who = patient(person(name=name), ailment("insomnia"), clinic=clinic)
        visits = [Visit(MONTH.replace(day=9), regular=True, treated=True)]
        claims = list(claims_of(who, MONTH, care_for(who, visits)))
        row = _rows(write_file(clinic, SHAHO, date(2026, 8, 1), claims))[1]
        assert row.split(",")[4] == written


def test_symbol_and_number_are_full_width_at_one_clinic_and_half_width_at_the_other() -> None:
    for clinic, written in ((CLINIC_A, "１２３４５６７８"), (CLINIC_B, "12345678")):
        who = patient(person(), ailment("insomnia"), clinic=clinic)
        visits = [Visit(MONTH.replace(day=9), regular=True, treated=True)]
        (claim,) = claims_of(who, MONTH, care_for(who, visits))
        (row,) = [row for row in claim_rows(claim, 1) if row.startswith("HO,")]
        assert row.split(",")[2] == written


def test_every_item_keeps_length_and_mode_of_the_reference(
    shared: Path, files: tuple[ClaimFile, ...]
) -> None:
    layout = json.loads((shared / "reference" / "uke" / "layout.json").read_text(encoding="utf-8"))["ika"]
    for row in (row for file in files for row in _rows(file)):
        items = row.split(",")
        columns = layout[items[0]]
        assert len(items) == len(columns)
        for value, column in zip(items, columns, strict=True):
            size = len(value.encode("cp932"))
            assert size <= column["bytes"], (items[0], column["en"])
            assert not value or not column["fixed"] or size == column["bytes"], (items[0], column["en"])
            assert value or column["req"] != "M", (items[0], column["en"])
            assert MODES[column["mode"]].fullmatch(value), (items[0], column["en"])


def _rows(file: ClaimFile) -> list[str]:
    return file.data.rstrip(b"\x1a").decode("cp932").split("\r\n")[:-1]
