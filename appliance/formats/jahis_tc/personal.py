"""What a notebook holds of the patient beside the dispensings: 患者特記, 一般用医薬品, メモ, かかりつけ薬剤師, and body figures."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.formats.findings import Findings
from appliance.formats.jahis_tc.blocks import Notebook
from appliance.formats.jahis_tc.drugs import author_note
from appliance.formats.jahis_tc.tables import ALLERGY, REMARK_KINDS, SIDE_EFFECT
from appliance.formats.tagged import Row
from appliance.formats.tagged_values import date_at, notes_of, statement
from appliance.records.clinical import (
    AllergyIntolerance,
    MedicationDispense,
    Observation,
    ObservationCategory,
)
from appliance.records.coding import CodeSystem, Coding, Concept
from appliance.records.document import Record

OVER_THE_COUNTER = "一般用医薬品"
"""`category` of a drug that the patient bought."""


def personal_records(book: Notebook, findings: Findings) -> Iterator[Record]:
    """Everything in the notebook that belongs to no dispensing."""
    if book.patient is not None:
        yield from _body(book.patient)
    ingredients = [row for row in book.personal if row.row_id == "31"]
    for row in book.personal:
        if row.row_id == "2" and row["text"]:
            yield _remark(row, findings)
        elif row.row_id == "3" and row["name"]:
            yield _bought(row, ingredients, findings)
        elif row.row_id == "4" and row["text"]:
            entered = date_at(row, "entered", findings)
            yield Observation(
                ObservationCategory.NARRATIVE,
                statement("tc-4", row.layout.title),
                entered,
                row["text"],
                notes=author_note(row),
            )
    if book.pharmacist is not None:
        yield _pharmacist(book.pharmacist, findings)


def _body(patient: Row) -> Iterator[Observation]:
    for name, unit in (("blood_type", ""), ("weight", "kg")):
        if patient[name]:
            concept = statement(f"tc-1-{patient.layout.items[name].position}", patient.ja(name))
            yield Observation(
                ObservationCategory.LABORATORY,
                concept,
                None,
                value=patient[name],
                unit=unit,
                notes=notes_of("お薬手帳の記載"),
            )


def _remark(row: Row, findings: Findings) -> AllergyIntolerance | Observation:
    kind, text = row["kind"], row["text"]
    if kind not in REMARK_KINDS:
        findings.add("JAHISTC-R004", row.line, row.ja("kind"))
    title = REMARK_KINDS.get(kind, row.layout.title)
    if kind == ALLERGY:
        return AllergyIntolerance(Concept(text=text), notes=author_note(row))
    if kind == SIDE_EFFECT:
        return AllergyIntolerance(
            Concept(text=text), category="medication", notes=(*notes_of(title), *author_note(row))
        )
    return Observation(
        ObservationCategory.NARRATIVE, statement(f"tc-2-{kind}", title), None, text, notes=author_note(row)
    )


def _bought(row: Row, ingredients: list[Row], findings: Findings) -> MedicationDispense:
    """A drug bought over the counter: `dispensed` is the day the patient began to take it."""
    codings = (Coding(CodeSystem.JAN, row["jan"]),) if row["jan"] else ()
    end = date_at(row, "end", findings)
    own = [one["name"] for one in ingredients if row["serial"] and one["serial"] == row["serial"]]
    return MedicationDispense(
        Concept(codings, row["name"]),
        date_at(row, "start", findings),
        category=OVER_THE_COUNTER,
        notes=(
            *notes_of(f"服用終了: {end.isoformat()}" if end else "", *(f"成分: {name}" for name in own)),
            *author_note(row),
        ),
    )


def _pharmacist(row: Row, findings: Findings) -> Observation:
    start, end = date_at(row, "start", findings), date_at(row, "end", findings)
    period = f"（{start or ''}～{end or ''}）" if start or end else ""
    text = f"{row['name']} {row['pharmacy']}{period}".strip()
    return Observation(ObservationCategory.NARRATIVE, statement("tc-701", row.layout.title), start, text)
