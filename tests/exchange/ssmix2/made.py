"""Charts of people who do not exist, as typed values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from appliance.exchange.fhir.content import Content
from appliance.exchange.ssmix2.chart import Chart
from appliance.exchange.ssmix2.folder import carry_out
from appliance.exchange.ssmix2.storage import Changes, Held, changes, entries_of
from appliance.formats.tagged_values import DosageForm
from appliance.records.clinical import (
    AllergyIntolerance,
    Dosage,
    Encounter,
    EncounterClass,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Specimen,
)
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.document import DocumentKind, Record
from appliance.records.identity import identify_records
from tests.exchange.fhir import made

AT = datetime(2026, 10, 1, 1, 30, 0, 123_000, tzinfo=UTC)
"""2026-10-01 10:30:00.123 by the clocks of Japan."""
FACILITY = made.FACILITY
PID = "0000000012"

DISCHARGED = Encounter(
    EncounterClass.INPATIENT, date(2026, 7, 28), date(2026, 8, 12), admission=date(2026, 7, 28)
)
PRESCRIBED = MedicationRequest(
    Concept(
        (
            Coding(CodeSystem.PRICE_LIST_DRUG, "2149001F1010"),
            Coding(CodeSystem.HOT9, "103831601", "架空錠２．５ｍｇ"),
            Coding(CodeSystem.YJ, "2149001F1010"),
        ),
        "架空錠２．５ｍｇ",
    ),
    date(2026, 8, 3),
    category=DosageForm.INTERNAL,
    rp_number=1,
    order_in_rp=1,
    quantity="3",
    days_supplied=7,
    unit="錠",
    dosage=Dosage(
        "１日３回毎食後",
        Concept((Coding(CodeSystem.JAMI_USAGE, "1013044400000000", "内服・経口・１日３回朝昼夕食後"),)),
        times_a_day=3,
    ),
    prescription_no="77",
)
EXTERNAL = MedicationRequest(
    Concept((), "架空軟膏"),
    date(2026, 8, 3),
    category=DosageForm.EXTERNAL,
    rp_number=2,
    order_in_rp=1,
    quantity="10",
    unit="ｇ",
    prescription_no="77",
)
SPECIMEN = Specimen(
    "S-1",
    Concept((Coding(CodeSystem.LABORATORY_MATERIAL, "023", "血清"),), "血清"),
    datetime(2026, 8, 3, 9, 15),
)
RESULT = Observation(
    ObservationCategory.LABORATORY,
    Concept(
        (Coding(CodeSystem.JLAC10, "3A010000002327101", "総蛋白"), Coding(CodeSystem.LABORATORY_TEST, "TP")),
        "総蛋白",
    ),
    date(2026, 8, 3),
    value="7.2",
    unit="g/dL",
    interpretation="N",
    range_low="6.7",
    range_high="8.3",
    specimen="S-1",
    at=datetime(2026, 8, 3, 9, 15),
)
BELOW = replace(
    RESULT,
    concept=Concept((), "架空抗体"),
    value="0.5",
    comparator="<",
    unit="×10²/μL",
    range_low="",
    range_high="",
)
ALLERGY = AllergyIntolerance(Concept((), "ペニシリン"), "medication", date(2026, 5, 1), "発疹")


def content(
    *records: Record, key: str = made.KEY, kind: DocumentKind = DocumentKind.CLAIM, period: str = "2026-08"
) -> Content:
    about = made.person()
    identified = identify_records(FACILITY, key, records, about.resource_id)
    return Content(key, kind, about, period, identified, made.SHA256, made.RECORDED)


CLAIM_RECORDS = made.RECORDS
CLAIM = content(*CLAIM_RECORDS)
PRESCRIPTION = content(
    PRESCRIBED, EXTERNAL, key="prescription:x:77", kind=DocumentKind.PRESCRIPTION, period="2026-08-03"
)
REPORT = content(
    SPECIMEN, RESULT, BELOW, key="laboratory:x:1", kind=DocumentKind.LABORATORY, period="2026-08-03"
)
LETTER = content(ALLERGY, DISCHARGED, key="letter:x:1", kind=DocumentKind.LETTER, period="2026-08-12")
EVERYTHING = (CLAIM, PRESCRIPTION, REPORT, LETTER)


def chart(*contents: Content) -> Chart:
    return Chart(made.person(), PID, contents)


def bring_to(root: Path, about: Chart, held: tuple[Held, ...] = (), at: datetime = AT) -> Changes:
    """Make the storages below `root` hold this chart."""
    found = changes(about, entries_of(about), held, at)
    carry_out(root, found.operations)
    return found


def message(root: Path, kind: str, flag: str = "1") -> list[list[str]]:
    """The segments of the only file of a kind with a flag; fields by their number (MSH's by one more)."""
    (path,) = (one for one in root.rglob(f"*_{flag}") if one.is_file() and one.parent.name == kind)
    return [line.split("|") for line in path.read_bytes().decode("iso2022_jp").rstrip("\r").split("\r")]


def only(segments: list[list[str]], name: str) -> list[str]:
    (found,) = (one for one in segments if one[0] == name)
    return found


def every(segments: list[list[str]], name: str) -> list[list[str]]:
    return [one for one in segments if one[0] == name]
