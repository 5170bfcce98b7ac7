"""What files other than 医科 claims state: prescriptions, dispensings, laboratory reports, letters. Nobody in it exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from appliance.exchange.fhir.content import Content
from appliance.records.clinical import (
    AllergyIntolerance,
    Condition,
    DocumentReference,
    Dosage,
    Immunization,
    MedicationDispense,
    MedicationRequest,
    Observation,
    ObservationCategory,
    Specimen,
    StrengthType,
)
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.document import DocumentKind, Record
from appliance.records.identity import identify_records
from tests.exchange.fhir import made

DAY = date(2026, 8, 3)
DRUG = Concept(
    (
        Coding(CodeSystem.RECEIPT_DRUG, "620008565", "練習錠１０ｍｇ"),
        Coding(CodeSystem.YJ, "1234567F1010", "練習錠１０ｍｇ"),
        Coding(CodeSystem.HOT9, "123456701", "練習錠１０ｍｇ"),
    ),
    "練習錠１０ｍｇ",
)
AFTER_MEALS = Concept(
    (Coding(CodeSystem.JAMI_USAGE, "1013044400000000", "内服・経口・１日３回朝昼夕食後"),), "１日３回毎食後"
)
DOSAGE = Dosage("１日３回毎食後", AFTER_MEALS, "1", "錠", 3)
PRESCRIBED = MedicationRequest(
    DRUG,
    DAY,
    category="内服",
    rp_number=1,
    order_in_rp=2,
    quantity="3",
    days_supplied=14,
    unit="錠",
    dosage=DOSAGE,
    prescription_no="0042",
    generic_allowed=False,
    notes=(Note("一包化"), Note("粉砕不可")),
    strength_type=StrengthType.PRODUCT,
)
IN_WORDS = replace(PRESCRIBED, order_in_rp=1, quantity="", unit="", dosage=Dosage("１日３回毎食後"), notes=())
"""A prescription whose amounts stand in its words only."""
OINTMENT = MedicationRequest(
    Concept((), "練習軟膏"),
    DAY,
    category="外用",
    rp_number=2,
    order_in_rp=1,
    quantity="25.50",
    unit="ｇ",
    dosage=Dosage("１日２回患部に塗布"),
)
DISPENSED = MedicationDispense(
    DRUG,
    DAY,
    prescribed=date(2026, 8, 1),
    category="内服",
    rp_number=1,
    order_in_rp=1,
    quantity="3",
    unit="錠",
    days_supplied=14,
    dosage=DOSAGE,
    prescription_no="0042",
    prescriber="練習　花子",
    prescribing_facility="1319999013",
    generic_substituted=True,
    notes=(Note("一包化"),),
    supply_unit="日分",
)
DISPENSED_AS_NEEDED = MedicationDispense(
    Concept((), "練習頓服薬"),
    DAY,
    category="頓服",
    rp_number=2,
    order_in_rp=1,
    quantity="1",
    unit="包",
    days_supplied=5,
    dosage=Dosage("痛いとき"),
    supply_unit="回分",
)
DISPENSED_WHOLE = MedicationDispense(
    Concept((Coding(CodeSystem.RECEIPT_DRUG, "661210120"),)),
    DAY,
    category="外用",
    rp_number=3,
    order_in_rp=1,
    quantity="25.5",
    days_supplied=1,
    total="25.5",
    supply_unit="調剤",
)
OVER_THE_COUNTER = MedicationDispense(
    Concept((), "市販の薬"), date(2026, 7, 1), category="一般用医薬品", notes=(Note("頭痛のため"),)
)

SERUM = Specimen(
    "S-1",
    Concept((Coding(CodeSystem.LABORATORY_MATERIAL, "023", "血清"),), "血清"),
    datetime(2026, 8, 3, 9, 30),  # as readers give it: by the clocks of Japan
)
POTASSIUM = Observation(
    ObservationCategory.LABORATORY,
    Concept(
        (
            Coding(CodeSystem.LABORATORY_TEST, "0018_K", "カリウム"),
            Coding(CodeSystem.JLAC10, "3H015000002326101", "カリウム"),
        ),
        "カリウム",
    ),
    DAY,
    value="3.50",
    unit="mEq/L",
    interpretation="L",
    range_low="3.6",
    range_high="5.0",
    method="電位差測定",
    specimen="S-1",
    at=datetime(2026, 8, 3, 9, 30),  # as above
)
LOCAL_TEST = Observation(
    ObservationCategory.LABORATORY,
    Concept((Coding(CodeSystem.LABORATORY_TEST, "0999"),), "院内検査"),
    DAY,
    value="0.05",
    comparator="<",
    unit="ng/mL",
    interpretation="低め",
    range_text="陰性（0.05未満）",
    specimen="S-1",
    notes=(Note("再検済み"),),
)
ANSWERED = Observation(
    ObservationCategory.LABORATORY,
    Concept((Coding(CodeSystem.LABORATORY_TEST, "0777", "尿蛋白"),), "尿蛋白"),
    DAY,
    value="(±)",
    notes=(Note("(±)", "2"),),
)
WAIST = Observation(
    ObservationCategory.CHECKUP,
    Concept((Coding(CodeSystem.CHECKUP_ITEM, "9N016160100000001", "腹囲（実測）"),), "腹囲（実測）"),
    DAY,
    value="84.0",
    unit="cm",
)
ALLERGY = AllergyIntolerance(
    Concept((), "小麦"), "food", DAY, reaction="じんましん", notes=(Note("本人より"),)
)
VACCINE = Immunization(Concept((), "インフルエンザワクチン"), DAY, "LOT-1", (Note("左上腕"),))
LETTER = DocumentReference(
    Concept((Coding(CodeSystem.ATTACHMENT_KIND, "letter", "診療情報提供書"),), "診療情報提供書"),
    DAY,
    "診療情報提供書",
    "application/pdf",
    made.SHA256,
    12_345,
    "練習　次郎",
)
MAPPED = Condition(
    Concept(
        (
            Coding(CodeSystem.RECEIPT_DISEASE, "2500015", "２型糖尿病"),
            Coding(CodeSystem.MEDIS_DISEASE_KEY, "20050020", "２型糖尿病"),
            Coding(CodeSystem.MEDIS_DISEASE_EXCHANGE, "U23V", "２型糖尿病"),
            Coding(CodeSystem.ICD10, "E11", "２型糖尿病"),
        )
    ),
    date(2020, 4, 1),
)
"""A diagnosis of a claim with the codes of the masters."""

PRESCRIPTION: tuple[Record, ...] = (PRESCRIBED, IN_WORDS, OINTMENT)
DISPENSING: tuple[Record, ...] = (
    DISPENSED,
    DISPENSED_AS_NEEDED,
    DISPENSED_WHOLE,
    OVER_THE_COUNTER,
    ALLERGY,
)
REPORT: tuple[Record, ...] = (SERUM, POTASSIUM, LOCAL_TEST, ANSWERED)
SUMMARY: tuple[Record, ...] = (LETTER, WAIST, VACCINE, MAPPED)


def content(
    kind: DocumentKind, *records: Record, recorded: str = made.RECORDED, file: bytes = b""
) -> Content:
    """A document of these records about the made-up patient."""
    about = made.person()
    key = f"{kind.value}:{made.FACILITY}:made-up"
    identified = identify_records(made.FACILITY, key, records, about.resource_id)
    return Content(key, kind, about, "2026-08-03", identified, made.SHA256, recorded, file)
