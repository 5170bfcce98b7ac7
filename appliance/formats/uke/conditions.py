"""SY rows: diagnoses with their modifiers, outcome and supplement; and the parts that HS and SB rows share with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from appliance.formats.findings import Findings
from appliance.formats.uke.layout import layouts
from appliance.formats.uke.tables import OUTCOME
from appliance.formats.uke.values import date_of
from appliance.records.clinical import Condition, Outcome
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
    modifiers = read_modifiers(values[_MODIFIERS], line, findings)
    return Condition(
        concept=read_disease(values[_CODE], values[_NAME], line, findings),
        onset=date_of(values[_START], findings, line, _SY.items[_START].ja),
        modifiers=modifiers,
        suspected=is_suspected(modifiers),
        outcome=read_outcome(values[_OUTCOME], line, findings),
        main=values[_MAIN].strip() == MAIN,
        notes=(Note(values[_SUPPLEMENT]),) if values[_SUPPLEMENT] else (),
    )


def read_disease(code: str, name: str, line: int, findings: Findings) -> Concept:
    """傷病名コード with the words that stand beside it."""
    plain = code.strip()
    if not plain:
        findings.add("UKE-R010", line, _SY.items[_CODE].ja)
    return _concept(plain, name.strip())


def read_modifiers(written: str, line: int, findings: Findings) -> tuple[Concept, ...]:
    """修飾語コード, four digits each, in their order."""
    plain = written.strip()
    if len(plain) % _MODIFIER_LENGTH:
        findings.add("UKE-R009", line, _SY.items[_MODIFIERS].ja)
    return _modifiers(plain)


def is_suspected(modifiers: tuple[Concept, ...]) -> bool:
    return any(modifier.code == SUSPECTED for modifier in modifiers)


def read_outcome(written: str, line: int, findings: Findings) -> Outcome | None:
    """転帰区分; None when it is empty or not in the table."""
    plain = written.strip()
    if plain and plain not in OUTCOME:
        findings.add("UKE-R013", line, _SY.items[_OUTCOME].ja)
    return OUTCOME.get(plain)


@lru_cache(maxsize=4096)
def _concept(code: str, name: str) -> Concept:
    return Concept((Coding(CodeSystem.RECEIPT_DISEASE, code),) if code else (), name)


@lru_cache(maxsize=1024)
def _modifiers(written: str) -> tuple[Concept, ...]:
    whole = len(written) - len(written) % _MODIFIER_LENGTH
    codes = (written[at : at + _MODIFIER_LENGTH] for at in range(0, whole, _MODIFIER_LENGTH))
    return tuple(Concept((Coding(CodeSystem.RECEIPT_MODIFIER, code),)) for code in codes)
