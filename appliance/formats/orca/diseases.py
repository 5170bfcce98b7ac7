"""diseasegetv2: the diagnoses of one patient."""

from __future__ import annotations

from appliance.formats.elements import Element
from appliance.formats.findings import Findings
from appliance.formats.orca.people import day_of
from appliance.records.clinical import Condition, Outcome
from appliance.records.coding import CodeSystem, Coding, Concept, Note

OUTCOMES = {"F": Outcome.CURED, "D": Outcome.DIED, "C": Outcome.STOPPED, "P": Outcome.STOPPED}
"""Disease_OutCome: F 治癒, D 死亡, C and P 中止 (their meaning differs by version; both end the treatment)."""
DELETED = "O"
_MODIFIER = "ZZZ"
"""What the code of a 修飾語 begins with; its four digits follow."""
SUSPECTED_FLAG, SUSPECTED = "S", "8002"
_MAIN = "PD"


def conditions_of(body: Element, findings: Findings) -> tuple[Condition, ...]:
    """Every diagnosis of the answer but deleted ones."""
    entries = body.records("Disease_Information")
    kept = [entry for entry in entries if entry.value("Disease_OutCome") != DELETED]
    if len(kept) < len(entries):
        findings.add("ORCA-R004", count=len(entries) - len(kept))
    return tuple(_condition(entry, findings) for entry in kept)


def _condition(entry: Element, findings: Findings) -> Condition:
    singles = [
        (one.value("Disease_Single_Code"), one.value("Disease_Single_Name"))
        for one in entry.records("Disease_Single")
    ]
    modifiers = tuple(
        Concept((Coding(CodeSystem.RECEIPT_MODIFIER, code.removeprefix(_MODIFIER), name),))
        for code, name in singles
        if code.startswith(_MODIFIER)
    )
    flagged = entry.value("Disease_SuspectedFlag") == SUSPECTED_FLAG
    start = entry.value("Disease_StartDate")
    onset = day_of(start)
    if start and onset is None:
        findings.add("ORCA-R002", entry.line, "Disease_StartDate")
    concept, notes = _concept(entry, singles, findings)
    outcome = entry.value("Disease_OutCome")
    if outcome and outcome not in OUTCOMES:
        findings.add("ORCA-R005", entry.line, "Disease_OutCome")
        notes = (*notes, Note(f"転帰 {outcome}"))
    return Condition(
        concept,
        onset,
        modifiers,
        suspected=flagged or any(modifier.code == SUSPECTED for modifier in modifiers),
        outcome=OUTCOMES.get(outcome),
        main=entry.value("Disease_Category") == _MAIN,
        notes=(*notes, *_end_note(entry)),
    )


def _concept(
    entry: Element, singles: list[tuple[str, str]], findings: Findings
) -> tuple[Concept, tuple[Note, ...]]:
    """The one base code with the whole name; several base codes are no code of the whole and become notes."""
    base = [(code, name) for code, name in singles if code and not code.startswith(_MODIFIER)]
    supplement = entry.value("Disease_Supplement_Name")
    notes = (Note(supplement),) if supplement else ()
    name = entry.value("Disease_Name")
    if len(base) == 1:
        code, display = base[0]
        return Concept((Coding(CodeSystem.RECEIPT_DISEASE, code, display),), name), notes
    if base:
        findings.add("ORCA-R006", entry.line, "Disease_Single_Code")
        return Concept(text=name), (*notes, *(Note(display, code) for code, display in base))
    findings.add("ORCA-R007", entry.line, "Disease_Single_Code")
    return Concept(text=name), notes


def _end_note(entry: Element) -> tuple[Note, ...]:
    end = day_of(entry.value("Disease_EndDate"))
    return (Note(f"転帰日 {end.isoformat()}"),) if end else ()
