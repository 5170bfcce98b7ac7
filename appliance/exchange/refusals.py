"""A hub's refusal in plain words: what kind of fault it names, of which part of what was sent, and who can mend it. Pure.

The words are ours, by the issue's code (FHIR R4 value set issue-type) and the element its expression points to; the hub's
own words may hold anything, a patient's name even, and are shown only where somebody asks for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from appliance.exchange.fhir.reading import objects, words


@dataclass(frozen=True, slots=True)
class Words:
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One issue of a refusal. `where`: the element meant, empty when the hub named none; `said`: the hub's own words."""

    severity: str
    code: str
    meaning: Words
    hint: Words
    where: str
    element: Words
    said: str


_OPERATOR: Final = Words(
    "運用者が、この機器の版とコード表を確かめます。", "The operator checks this box's version and masters."
)
_NETWORK: Final = Words(
    "連携先の設定です。運用者が連携先に問い合わせます。",
    "It is the hub's settings: the operator asks its people.",
)
_ACCESS: Final = Words(
    "参加登録と証明書を確かめます。", "Check this facility's participation and its certificate."
)
_SOURCE: Final = Words(
    "元のデータを直して出し直すと、新しい版が送られます。",
    "Correct it at the source: the newer version will be sent.",
)
_AGAIN: Final = Words("再送してください（renkei queue replay）。", "Send it again (renkei queue replay).")
_UNTOLD: Final = Words("", "")

MEANINGS: Final[dict[str, tuple[Words, Words]]] = {
    "invalid": (Words("内容が受け付けられません。", "The content is not accepted."), _OPERATOR),
    "structure": (Words("形が正しくないと言われました。", "The form is said to be wrong."), _OPERATOR),
    "required": (Words("必要な項目がありません。", "A required item is missing."), _SOURCE),
    "value": (Words("項目の値が受け付けられません。", "An item's value is not accepted."), _SOURCE),
    "invariant": (
        Words("項目どうしの決まりに合いません。", "Items contradict a rule between them."),
        _OPERATOR,
    ),
    "code-invalid": (Words("コードが連携先にありません。", "The hub does not know a code."), _OPERATOR),
    "extension": (Words("拡張項目が受け付けられません。", "An extension is not accepted."), _OPERATOR),
    "not-supported": (Words("連携先が扱わない内容です。", "The hub does not support this."), _NETWORK),
    "processing": (Words("連携先が処理できませんでした。", "The hub could not process it."), _NETWORK),
    "business-rule": (Words("連携先の決まりに反しています。", "It breaks a rule of the hub."), _NETWORK),
    "duplicate": (Words("同じものがすでにあります。", "The hub has this already."), _NETWORK),
    "multiple-matches": (
        Words("連携先で一つに決まりません。", "It matches several things at the hub."),
        _NETWORK,
    ),
    "not-found": (
        Words("指している相手が連携先にありません。", "What it refers to is not at the hub."),
        _AGAIN,
    ),
    "deleted": (Words("指している相手は削除されています。", "What it refers to was deleted."), _NETWORK),
    "too-long": (Words("大きすぎます。", "It is too large."), _NETWORK),
    "too-costly": (Words("連携先の負担が大きすぎます。", "It is too much for the hub."), _NETWORK),
    "conflict": (
        Words("連携先で他の更新と重なり続けました。", "It kept colliding with other changes."),
        _AGAIN,
    ),
    "exception": (Words("連携先の内部で失敗し続けました。", "The hub kept failing on it."), _NETWORK),
    "security": (Words("安全上の理由で断られました。", "Refused for security."), _ACCESS),
    "login": (Words("接続の身元が確かめられませんでした。", "The connection was not recognised."), _ACCESS),
    "unknown": (Words("理由は示されていません。", "No reason was given."), _NETWORK),
    "expired": (Words("有効期間が過ぎています。", "The connection's time is over."), _ACCESS),
    "forbidden": (Words("この施設には許されていません。", "This facility is not allowed to."), _ACCESS),
    "suppressed": (Words("連携先が内容を隠しています。", "The hub hides part of it."), _NETWORK),
}
"""Each issue code in words, and what to do."""

ELEMENTS: Final[dict[str, Words]] = {
    "Patient": Words("患者の基本情報", "the patient's identity"),
    "Patient.identifier": Words("患者番号", "the chart number"),
    "Patient.name": Words("患者氏名", "the patient's name"),
    "Patient.birthDate": Words("生年月日", "the birth date"),
    "Patient.gender": Words("性別", "the sex"),
    "Organization": Words("医療機関", "the institution"),
    "Organization.identifier": Words("医療機関番号", "the institution's number"),
    "Coverage": Words("保険", "the insurance"),
    "Coverage.payor": Words("保険者", "the insurer"),
    "Coverage.subscriberId": Words("記号・番号", "the insured person's number"),
    "Encounter": Words("受診", "the visit"),
    "Encounter.period": Words("受診日", "the day of the visit"),
    "Encounter.class": Words("入院・外来の別", "inpatient or outpatient"),
    "Condition": Words("病名", "a diagnosis"),
    "Condition.code": Words("病名コード", "a diagnosis's code"),
    "Condition.onsetDateTime": Words("診療開始日", "the day a diagnosis began"),
    "Condition.clinicalStatus": Words("転帰", "how a diagnosis stands"),
    "Procedure": Words("診療行為", "an act"),
    "Procedure.code": Words("診療行為コード", "an act's code"),
    "Procedure.performedDateTime": Words("実施日", "the day of an act"),
    "MedicationRequest": Words("処方", "a prescription"),
    "MedicationRequest.medicationCodeableConcept": Words("処方薬のコード", "a prescribed drug's code"),
    "MedicationRequest.dosageInstruction": Words("用法・用量", "a prescription's dosage"),
    "MedicationDispense": Words("調剤", "a dispensing"),
    "MedicationDispense.medicationCodeableConcept": Words("調剤薬のコード", "a dispensed drug's code"),
    "MedicationDispense.whenHandedOver": Words("調剤日", "the day of dispensing"),
    "Observation": Words("検査結果", "a test result"),
    "Observation.code": Words("検査項目コード", "a test's code"),
    "Observation.value": Words("検査値", "a result's value"),
    "Specimen": Words("検体", "a specimen"),
    "AllergyIntolerance": Words("アレルギー", "an allergy"),
    "AllergyIntolerance.code": Words("アレルギーの原因", "what an allergy is to"),
    "Immunization": Words("予防接種", "an immunization"),
    "DeviceUseStatement": Words("特定器材", "a device or material"),
    "DocumentReference": Words("文書", "a document"),
    "DocumentReference.content": Words("文書の中身", "a document's content"),
    "Binary": Words("文書のファイル", "a document's file"),
    "Practitioner": Words("医療従事者", "a practitioner"),
    "Consent": Words("同意", "the consent"),
    "Consent.provision": Words("同意の範囲", "what the consent allows"),
    "Provenance": Words("出所の記録", "the record of where it came from"),
}
"""What a resource or element is, as a clinic calls it; the longest name that fits counts."""

_ENTRY = re.compile(r"Bundle\.entry\[(\d+)\](?:\.resource)?(?:\.ofType\((\w+)\))?")
_INDEX = re.compile(r"\[\d+\]|\.ofType\(\w+\)|\.where\([^)]*\)")


def faults(outcome: str, entries: Sequence[str] = ()) -> list[Fault]:
    """The issues of a kept OperationOutcome; `entries` are the addresses (`Condition/…`) sent, in order."""
    return [_fault(issue, entries) for issue in _issues(outcome)]


def codes(outcome: str) -> set[str]:
    """The issue codes of a kept OperationOutcome."""
    return {words(issue, "code") for issue in _issues(outcome)}


def _issues(outcome: str) -> Iterator[dict[str, Any]]:
    """What was cut when it was kept is no JSON any more: then nothing is known."""
    try:
        read = json.loads(outcome)
    except ValueError:
        read = None
    found = objects(read.get("issue")) if isinstance(read, dict) else []
    yield from found or [{"severity": "error", "code": "unknown"}]


def _fault(issue: dict[str, Any], entries: Sequence[str]) -> Fault:
    code = words(issue, "code")
    meaning, hint = MEANINGS.get(code, MEANINGS["unknown"])
    where = _where(issue, entries)
    details = issue.get("details")
    said = [words(details, "text") if isinstance(details, dict) else "", words(issue, "diagnostics")]
    return Fault(
        severity=words(issue, "severity"),
        code=code or "unknown",
        meaning=meaning,
        hint=hint,
        where=where,
        element=_element(where),
        said=" / ".join(one for one in said if one),
    )


def _where(issue: dict[str, Any], entries: Sequence[str]) -> str:
    """`Condition.code`, from an expression that may count entries or name the type itself."""
    for name in ("expression", "location"):
        given = issue.get(name)
        if isinstance(given, list) and given and isinstance(given[0], str):
            return _plain(given[0], entries)
    return ""


def _plain(expression: str, entries: Sequence[str]) -> str:
    match = _ENTRY.match(expression)
    if match is None:
        return _INDEX.sub("", expression)
    number, kind = int(match[1]), match[2]
    if kind is None and number < len(entries):
        kind = entries[number].partition("/")[0]
    rest = _INDEX.sub("", expression[match.end() :])
    if kind is not None and rest.removeprefix(".").partition(".")[0] == kind:
        rest = rest.removeprefix(f".{kind}")
    return f"{kind or 'Bundle.entry'}{rest}"


def _element(where: str) -> Words:
    name = where
    while name:
        if name in ELEMENTS:
            return ELEMENTS[name]
        name = name.rpartition(".")[0]
    return _UNTOLD
