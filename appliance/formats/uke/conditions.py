"""SY rows: diagnoses with their modifiers, outcome and supplement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from appliance.formats.findings import Findings
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.tables import OUTCOME
from appliance.formats.uke.values import date_of
from appliance.records.clinical import Condition
from appliance.records.coding import CodeSystem, Coding, Concept, Note

_SY = layouts("ika")["SY"]
_CODE, _START, _OUTCOME, _MODIFIERS = (
    _SY["disease_code"],
    _SY["start_date"],
    _SY["outcome"],
    _SY["modifier_codes"],
)
_NAME, _MAIN, _SUPPLEMENT = _SY["disease_name"], _SY["main_disease"], _SY["supplement_comment"]

SUSPECTED = "8002"
"""修飾語コード of の疑い: such a diagnosis is never to be shown as confirmed."""
MAIN = "01"
_MODIFIER_LENGTH = 4


def read_condition(values: Sequence[str], line: int, findings: Findings) -> Condition:
    """One diagnosis; the words stay where the row has them (0000999 未コード化傷病名 always should)."""
    code = values[_CODE].strip()
    if not code:
        findings.add("UKE-R010", line, _SY.items[_CODE].ja)
    written = values[_MODIFIERS].strip()
    if len(written) % _MODIFIER_LENGTH:
        findings.add("UKE-R009", line, _SY.items[_MODIFIERS].ja)
    modifiers = _modifiers(written)
    outcome = values[_OUTCOME].strip()
    if outcome and outcome not in OUTCOME:
        findings.add("UKE-R013", line, _SY.items[_OUTCOME].ja)
    return Condition(
        concept=_concept(code, values[_NAME].strip()),
        onset=date_of(values[_START], findings, line, _SY.items[_START].ja),
        modifiers=modifiers,
        suspected=any(modifier.code == SUSPECTED for modifier in modifiers),
        outcome=OUTCOME.get(outcome),
        main=values[_MAIN].strip() == MAIN,
        notes=(Note(values[_SUPPLEMENT]),) if values[_SUPPLEMENT] else (),
    )


@lru_cache(maxsize=4096)
def _concept(code: str, name: str) -> Concept:
    return Concept((Coding(CodeSystem.RECEIPT_DISEASE, code),) if code else (), name)


@lru_cache(maxsize=1024)
def _modifiers(written: str) -> tuple[Coding, ...]:
    whole = len(written) - len(written) % _MODIFIER_LENGTH
    codes = (written[at : at + _MODIFIER_LENGTH] for at in range(0, whole, _MODIFIER_LENGTH))
    return tuple(Coding(CodeSystem.RECEIPT_MODIFIER, code) for code in codes)
