"""歯科 claims: diagnoses with their teeth (HS), whose start and outcome stand in the RE row for outpatients; SS rows as acts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from appliance.formats.findings import Findings
from appliance.formats.uke.acts import ActRecord
from appliance.formats.uke.care import Care, read_performed
from appliance.formats.uke.claim_rows import ClaimRows, SortedRows
from appliance.formats.uke.claim_types import RECEIPT, SHIKA
from appliance.formats.uke.conditions import (
    MAIN,
    is_suspected,
    read_disease,
    read_modifiers,
    read_outcome,
)
from appliance.formats.uke.encounters import encounters
from appliance.formats.uke.receipts import Receipt
from appliance.formats.uke.tables import TRANSITION
from appliance.formats.uke.teeth import CODE_LENGTH, in_words, read_teeth
from appliance.formats.uke.units import Row
from appliance.formats.uke.values import date_of, number
from appliance.limits import TEETH_PER_ROW_MAX
from appliance.records.clinical import Condition
from appliance.records.coding import Note

OUTPATIENT = "S"
"""Stands before 診療識別 of outpatients (`tables.CARE_CATEGORY`)."""

_RE, _HS = SHIKA.layouts[RECEIPT], SHIKA.layouts["HS"]
_BEGUN, _ENDED = _RE.item("start_date"), _RE.item("outcome")
_START, _OUTCOME, _TEETH = _HS.item("start_date"), _HS.item("outcome"), _HS.item("tooth_codes")
_CONCURRENT, _TRANSITION = _HS["concurrent_count"], _HS["transition"]
_COMMENT, _SUPPLEMENT = _HS["comment_code"], _HS["supplement_comment"]
_COMMENT_TEETH = _HS["comment_tooth_codes"]


def read_shika(claim: ClaimRows, receipt: Receipt, rows: SortedRows, findings: Findings) -> Care:
    """Visits or a stay, diagnoses with teeth, acts and words of a 歯科 claim."""
    conditions = tuple(_conditions(claim, rows.diagnoses, findings))
    done = read_performed(claim, receipt, rows, findings)
    stays = encounters(claim, receipt, done.days, findings)
    acts = done.records if receipt.inpatient else map(_as_outpatient, done.records)
    return Care((*stays, *conditions, *acts, *done.narratives), receipt.receipt_type, done.units)


def _as_outpatient(record: ActRecord) -> ActRecord:
    """診療識別 of 歯科 outpatients has a table of its own: marked, so that nobody reads it by that of 医科."""
    return replace(record, category=f"{OUTPATIENT}{record.category}") if record.category else record


def _conditions(claim: ClaimRows, rows: Sequence[Row], findings: Findings) -> Iterator[Condition]:
    """One a row; the rows that 併存傷病名数 counts share the teeth of the row that says so."""
    begun = date_of(claim.receipt[_BEGUN.position], findings, claim.line, _BEGUN.ja)
    ended = claim.receipt[_ENDED.position]
    shared, sharing = "", 0
    for line, values in rows:
        teeth = values[_TEETH.position].strip()
        if not teeth and sharing:
            teeth, sharing = shared, sharing - 1
        else:
            shared, sharing = teeth, number(values[_CONCURRENT]) or 0
        yield _condition(values, line, teeth, begun, ended, findings)


def _condition(
    values: Sequence[str], line: int, teeth: str, begun: date | None, ended: str, findings: Findings
) -> Condition:
    if len(teeth) % CODE_LENGTH or len(teeth) > CODE_LENGTH * TEETH_PER_ROW_MAX:
        findings.add("UKE-R016", line, _TEETH.ja)
    modifiers = read_modifiers(values[_HS["modifier_codes"]], line, findings)
    return Condition(
        concept=read_disease(values[_HS["disease_code"]], values[_HS["disease_name"]], line, findings),
        onset=date_of(values[_START.position], findings, line, _START.ja) or begun,
        modifiers=modifiers,
        suspected=is_suspected(modifiers),
        outcome=read_outcome(values[_OUTCOME.position] or ended, line, findings),
        main=values[_HS["main_disease"]].strip() == MAIN,
        notes=tuple(_notes(values)),
        body_sites=read_teeth(teeth),
    )


def _notes(values: Sequence[str]) -> Iterator[Note]:
    """病態移行 in words, then the supplement with the teeth that it is about."""
    if values[_TRANSITION].strip() in TRANSITION:
        yield Note(TRANSITION[values[_TRANSITION].strip()])
    text, teeth = values[_SUPPLEMENT], values[_COMMENT_TEETH].strip()
    if text or teeth or values[_COMMENT]:
        yield Note(f"{text}（{in_words(teeth)}）" if teeth else text, values[_COMMENT].strip())
