"""What a claim tells in words about itself: comments on the whole claim (CO) and 症状詳記 (SJ)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from appliance.formats.uke.layout import layouts
from appliance.formats.uke.tables import DETAIL_TYPE
from appliance.records.clinical import Observation, ObservationCategory
from appliance.records.coding import CodeSystem, Coding, Concept, Note
from appliance.records.dates import YearMonth

_SJ = layouts("ika")["SJ"]
_TYPE, _TEXT = _SJ["detail_type"], _SJ["detail_text"]


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


def _concept(detail_type: str) -> Concept:
    if not detail_type:
        return Concept()
    display = DETAIL_TYPE.get(detail_type, "")
    return Concept((Coding(CodeSystem.RECEIPT_SYMPTOM_DETAIL, detail_type, display),))
