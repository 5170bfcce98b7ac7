"""What a claim tells about itself: comments (CO), 症状詳記 (SJ), 患者の状態 (RE), why a stay is no bundled one (GR)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from appliance.formats.uke.claim_types import RECEIPT
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.tables import DETAIL_TYPE, EXCLUSION, PATIENT_STATE
from appliance.formats.uke.values import codes_in
from appliance.limits import PATIENT_STATES_MAX
from appliance.records.clinical import Observation, ObservationCategory
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.dates import YearMonth

_SJ = layouts("ika")["SJ"]
_TYPE, _TEXT = _SJ["detail_type"], _SJ["detail_text"]
_GR = layouts("ika")["GR"]
_REASON, _GROUP = _GR.item("fee_for_service_reason"), _GR.item("dpc_code")
_STATE_LENGTH = 3
"""患者の状態 are codes of three digits, one behind the other."""


def claim_notes(notes: Iterable[Note], month: YearMonth) -> tuple[Observation, ...]:
    """One narrative a comment, dated on the first day of the care month: the row gives no other date."""
    return tuple(
        Observation(
            ObservationCategory.NARRATIVE,
            Concept((Coding(CodeSystem.RECEIPT_COMMENT, note.code),) if note.code else ()),
            month.first_day,
            note.text,
        )
        for note in notes
    )


def symptom_details(rows: Iterable[tuple[int, Sequence[str]]], month: YearMonth) -> tuple[Observation, ...]:
    """One narrative a 症状詳記区分; rows without one continue the text before them."""
    details: list[tuple[str, list[str]]] = []
    for _, values in rows:
        detail_type = values[_TYPE].strip()
        if detail_type or not details:
            details.append((detail_type, []))
        details[-1][1].append(values[_TEXT])
    return tuple(
        Observation(ObservationCategory.NARRATIVE, _concept(detail_type), month.first_day, "".join(texts))
        for detail_type, texts in details
    )


def exclusions(rows: Iterable[tuple[int, Sequence[str]]], month: YearMonth) -> Iterator[Observation]:
    """包括評価対象外理由 of a DPC hospital's claim by the fee table, and the diagnosis group it would have had."""
    for _, values in rows:
        reason, group = values[_REASON.position].strip(), values[_GROUP.position].strip()
        for item, words in ((_REASON, EXCLUSION.get(reason, reason)), (_GROUP, group)):
            if words:
                told = Coding(CodeSystem.RECEIPT_DPC_ITEM, f"GR.{item.name}", item.ja)
                yield Observation(
                    ObservationCategory.NARRATIVE, Concept((told,)), month.first_day, f"{item.ja}: {words}"
                )


@lru_cache(maxsize=8)
def _state_place(table: str) -> int:
    """Where the RE row of a claim type has 患者の状態; 0 where it has none."""
    item = layouts(table)[RECEIPT].find("patient_states")
    return item.position if item else 0


def patient_states(receipt: Sequence[str], table: str, month: YearMonth) -> Iterator[Observation]:
    """患者の状態 of the RE row (妊婦), where the claim type has it."""
    place = _state_place(table)
    written = receipt[place].strip() if place else ""
    for code in codes_in(written, _STATE_LENGTH, PATIENT_STATES_MAX):
        words = PATIENT_STATE.get(code, code)
        told = Coding(CodeSystem.RECEIPT_PATIENT_STATE, code, PATIENT_STATE.get(code, ""))
        yield Observation(ObservationCategory.NARRATIVE, Concept((told,)), month.first_day, words)


def _concept(detail_type: str) -> Concept:
    if not detail_type:
        return Concept()
    display = DETAIL_TYPE.get(detail_type, "")
    return Concept((Coding(CodeSystem.RECEIPT_SYMPTOM_DETAIL, detail_type, display),))
