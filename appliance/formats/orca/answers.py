"""The answers that are known, by the name of their root element, and what their result codes mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.formats.elements import Element


class Content(StrEnum):
    """What an answer holds, as far as records of care are made of it."""

    PATIENT = "patient"
    VISITS = "visits"
    HISTORY = "history"
    ACTS = "acts"
    DISEASES = "diseases"
    DIRECTORY = "directory"
    FORM = "form"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Answer:
    """One kind of answer: the API it comes from, its title, its content, and the arrays that are counted."""

    api: str
    title: str
    content: Content
    arrays: tuple[str, ...] = ()


ANSWERS: Final[Mapping[str, Answer]] = {
    "patientinfores": Answer(
        "patientgetv2", "患者基本情報", Content.PATIENT, ("HealthInsurance_Information",)
    ),
    "visitptlst01res": Answer("visitptlstv2", "来院患者一覧", Content.VISITS, ("Visit_List_Information",)),
    "visitptlst02res": Answer("visitptlstv2", "来院日一覧", Content.NONE, ("Visit_List_Information",)),
    "medicalget01res": Answer("medicalgetv2", "受診履歴", Content.HISTORY, ("Medical_List_Information",)),
    "medicalget02res": Answer("medicalgetv2", "診療行為", Content.ACTS, ("Medical_List_Information",)),
    "medicalget03res": Answer("medicalgetv2", "診療月別一覧", Content.NONE, ("Medical_Information",)),
    "medicalget04res": Answer("medicalgetv2", "点数一覧", Content.NONE, ("Medical_Information",)),
    "disease_infores": Answer("diseasegetv2", "病名一覧", Content.DISEASES, ("Disease_Information",)),
    "departmentres": Answer("system01lstv2", "診療科一覧", Content.DIRECTORY, ("Department_Information",)),
    "physicianres": Answer(
        "system01lstv2", "ドクター・職員一覧", Content.DIRECTORY, ("Physician_Information",)
    ),
    "system1001res": Answer("system01lstv2", "医療機関基本情報", Content.DIRECTORY),
    "acceptlstres": Answer("acceptlstv2", "受付一覧", Content.NONE, ("Acceptlst_Information",)),
    "patientlst1res": Answer("patientlst1v2", "患者番号一覧", Content.NONE, ("Patient_Information",)),
    "patientlst2res": Answer("patientlst2v2", "患者情報一覧", Content.NONE, ("Patient_Information",)),
    "insuranceinfres": Answer("insuranceinf1v2", "保険者一覧", Content.NONE),
    "contraindication_checkres": Answer(
        "contraindicationcheckv2", "併用禁忌", Content.NONE, ("Medical_Information",)
    ),
    "shohosen": Answer("prescriptionv2", "処方箋の帳票", Content.FORM, ("Forms",)),
    "okusuri_techo": Answer("medicinenotebookv2", "お薬手帳の帳票", Content.FORM, ("Forms",)),
}
"""By root element; a printed form by its Form_ID. A form repeats the drugs of 診療行為 and is not taken a second time."""

UNKNOWN_ANSWER: Final = Answer("?", "不明な応答", Content.NONE)
FORM: Final = Answer("formdatagetv2", "帳票データ", Content.NONE)
"""A printed form that could not be made: its answer says no more than why."""
PUSH_EVENT: Final = Answer("push", "PUSH 通知", Content.NONE)


class Result(StrEnum):
    """What an Api_Result says."""

    DONE = "done"
    PARTIAL = "partial"
    """The first part only: there is more than one answer holds."""
    NOTHING = "nothing"
    NO_PATIENT = "no-patient"
    WARNING = "warning"
    BUSY = "busy"
    ERROR = "error"


BUSY: Final = frozenset({"90", "E90"})
"""他端末使用中: another terminal holds the patient; ask again later."""
_NOTHING_FOUND: Final[Mapping[str, frozenset[str]]] = {
    "acceptlstv2": frozenset({"21"}),
    "visitptlstv2": frozenset({"13", "21"}),
    "medicalgetv2": frozenset({"15"}),
    "diseasegetv2": frozenset({"21"}),
    "system01lstv2": frozenset({"11"}),
    "patientlst1v2": frozenset({"20"}),
    "formdatagetv2": frozenset({"0001", "0105"}),
}
"""Result codes by API that only say that there is nothing to answer."""
_CUT_SHORT: Final[Mapping[str, frozenset[str]]] = {
    "visitptlstv2": frozenset({"12"}),
    "medicalgetv2": frozenset({"14", "21"}),
    "diseasegetv2": frozenset({"20"}),
    "patientlst1v2": frozenset({"10"}),
}
"""Result codes by API that say that there are more entries than are answered (…件以上存在します)."""
_NO_PATIENT: Final[Mapping[str, frozenset[str]]] = {
    "patientgetv2": frozenset({"10", "E10"}),
    "medicalgetv2": frozenset({"10"}),
    "diseasegetv2": frozenset({"10"}),
}
"""Result codes by API for 患者番号に該当する患者が存在しません."""
_NOTHING_WORDS = re.compile(r"^対象.{0,20}(?:ありません|存在しません)")
"""The same in words, for APIs whose codes differ between versions."""


def answer_of(root: Element) -> tuple[Answer, Element | None]:
    """Which answer a document is, and the element that holds it: below `xmlio2`, `data` or the one member of JSON."""
    if root.name in ANSWERS:
        return ANSWERS[root.name], root
    for one in root.children:
        if one.name in ANSWERS:
            return ANSWERS[one.name], one
    form = ANSWERS.get(root.value("Form_ID"))
    if form is not None:
        return form, root
    if root.value("uuid") and root.value("event"):
        return PUSH_EVENT, root
    if root.child("Api_Result"):
        return FORM, root
    return UNKNOWN_ANSWER, next((one for one in root.children if one.child("Api_Result")), None)


_OVERFLOWS = ("Information_Overflow", "Visit_List_Information_Overflow", "Medical_List_Information_Overflow")


def overflows(body: Element) -> bool:
    """Whether an answer that is otherwise done says that there was more."""
    return any(body.value(item).lower() == "true" for item in _OVERFLOWS)


def result_of(answer: Answer, body: Element) -> Result:
    """Only zeros are done; the rest depends on the API (reference: ORCA, section 1)."""
    code = body.value("Api_Result")
    if not code.strip("0"):
        return Result.DONE
    if code.startswith(("K", "W")):
        return Result.WARNING
    if code in BUSY:
        return Result.BUSY
    if code in _CUT_SHORT.get(answer.api, ()):
        return Result.PARTIAL
    if code in _NO_PATIENT.get(answer.api, ()):
        return Result.NO_PATIENT
    if code in _NOTHING_FOUND.get(answer.api, ()) or _NOTHING_WORDS.match(body.value("Api_Result_Message")):
        return Result.NOTHING
    return Result.ERROR
