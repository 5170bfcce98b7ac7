"""Which profile a resource may claim: the strictest whose every required element it has (decision 0005). Pure.

The tables hold what JP-CLINS 1.5.2 and JP Core 1.1.2 require and a source may lack; what the mappers always write is
not repeated. The four eCS profiles whose `meta.tag` is closed get our labels as `meta.security` instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from appliance.exchange.fhir.datatypes import INSTITUTION_EXTENSION, Profile, Resource
from appliance.exchange.fhir.identifiers import IdSystem
from appliance.exchange.fhir.needs import (
    Need,
    at_most_one,
    exactly,
    in_each,
    of_system,
    only_of_systems,
    there,
    values,
    written,
)
from appliance.records.coding import CodeSystem

LABORATORY_CATEGORIES = "http://jpfhir.jp/fhir/core/CodeSystem/JP_SimpleObservationCategory_CS"
UNCODED_TEST_SYSTEM = "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_Uncoded_CS"
UNCODED_USAGE_SYSTEM = "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_MedicationUsage_Uncoded_CS"
NO_STANDARD_DRUG_SYSTEM = "http://jpfhir.jp/fhir/eCS/CodeSystem/MedicationCodeNocoded_CS"
_J_FAGY: Final = tuple(
    f"http://jpfhir.jp/fhir/core/CodeSystem/{name}"
    for name in (
        "JP_JfagyFoodAllergen_CS",
        "GCM/JP_JfagyMedicationAllergen_CS",
        "YCM/JP_JfagyMedicationAllergen_CS",
        "JP_JfagyNonFoodNonMedicationAllergen_CS",
    )
)
_CHART_SYSTEM: Final = "urn:oid:1.2.392.100495.20.3.51."
_CHART = re.compile(re.escape(_CHART_SYSTEM) + r"1[0-4][0-9][1-3][0-9]{7}", re.ASCII)
_MEMBER = re.compile(r"[0-9]{8}:[^:^\s]*:[^:^\s]*:([0-9]{2})?")
_WIDE_SPACE = "\u3000"
_DRUG = "medicationCodeableConcept"
_DRUG_SYSTEMS: Final = (CodeSystem.YJ, CodeSystem.GENERIC_NAME, NO_STANDARD_DRUG_SYSTEM)

_UPDATED = there("meta.lastUpdated")
_RP = of_system("identifier", IdSystem.RP_NUMBER_OID, element="identifier:rpNumber")
_ORDER = of_system("identifier", IdSystem.ORDER_IN_RP_OID, element="identifier:orderInRp")


def _facility_has_a_known_kind(one: Resource) -> bool:
    """R1010: the chart number's system names a 医科, 歯科 or such institution; a pharmacy's (4) it does not allow."""
    systems = [key["system"] for key in values(one, "identifier") if key["system"].startswith(_CHART_SYSTEM)]
    return not systems or (len(systems) == 1 and bool(_CHART.fullmatch(systems[0])))


def _names_have_no_wide_space(one: Resource) -> bool:
    return all(_WIDE_SPACE not in words for words in values(one, "name.text"))


def _one_standard_drug_code(one: Resource) -> bool:
    """R3010: one coding of a system, of at least one of the three."""
    systems = [coding.get("system") for coding in values(one, f"{_DRUG}.coding")]
    return any(systems.count(wanted) == 1 for wanted in _DRUG_SYSTEMS)


def _is_prescribed(one: Resource) -> bool:
    """The RP number of a claim is only the ordinal of its calculation unit: no prescription has it."""
    return one.get("reportedBoolean") is not True and _RP.met(one)


def _modifiers_have_their_key(one: Resource) -> bool:
    """Both modifier extensions demand 修飾語管理番号 with its name."""
    return all(
        any(
            coding.get("system") == CodeSystem.MEDIS_MODIFIER_KEY and coding.get("display")
            for coding in values(extension, "valueCodeableConcept.coding")
        )
        for extension in values(one, "code.extension")
    )


_LAB_RESULT: Final = (there("code.coding"), there("code.text"), there("effectiveDateTime"), there("specimen"))

_LADDERS: Final[Mapping[str, tuple[tuple[Profile, tuple[Need, ...]], ...]]] = {
    "Patient": (
        (
            Profile.PATIENT_ECS,
            (
                _UPDATED,
                Need("identifier:施設患者ID (R1010)", _facility_has_a_known_kind),
                written(
                    "identifier", _MEMBER, "identifier:被保険者識別子 (R1012, R1013)", system=IdSystem.MEMBER
                ),
                Need("name.text (R1113)", _names_have_no_wide_space),
                there("name"),
                in_each("name", "text", "family", "given"),
                there("gender"),
                there("birthDate"),
                there("address.text"),
            ),
        ),
        (Profile.PATIENT, ()),
    ),
    "Encounter": (
        (
            Profile.ENCOUNTER_ECS,
            (exactly("status", "finished"), at_most_one("identifier"), there("period.start")),
        ),
        (Profile.ENCOUNTER, ()),
    ),
    "Condition": (
        (
            Profile.CONDITION_ECS,
            (
                _UPDATED,
                of_system("code.coding", CodeSystem.MEDIS_DISEASE_KEY, element="code.coding:medisRecordNo"),
                in_each("code.coding", "system", "display"),
                there("code.text"),
                Need("code.extension:modifier.coding:medisRecordNo", _modifiers_have_their_key),
            ),
        ),
        (Profile.CONDITION, ()),
    ),
    "MedicationRequest": (
        (
            Profile.MEDICATION_REQUEST_ECS,
            (
                _UPDATED,
                Need("identifier:rpNumber", _is_prescribed),
                _ORDER,
                Need("medication.coding:YJ, 一般名 or NOCODED (R3010)", _one_standard_drug_code),
                Need(
                    "medication.coding:YJ, 一般名.display",
                    lambda one: all(
                        coding.get("display")
                        for coding in values(one, f"{_DRUG}.coding")
                        if coding.get("system") in _DRUG_SYSTEMS
                    ),
                ),
                there(f"{_DRUG}.text", "medication.text"),
                there("authoredOn"),
                at_most_one("note"),
                there("dosageInstruction"),
                in_each("dosageInstruction", "text"),
                in_each("dosageInstruction", "extension.valuePeriod.start"),
                in_each("dosageInstruction", "timing.code.coding"),
                in_each("dosageInstruction", "timing.code.text"),
                in_each("dosageInstruction.timing.code.coding", "display"),
                in_each("dosageInstruction.doseAndRate", "type"),
            ),
        ),
        (Profile.MEDICATION_REQUEST, (_RP, _ORDER, there("authoredOn"))),
    ),
    "MedicationDispense": (
        (Profile.MEDICATION_DISPENSE, (_RP, _ORDER, there("quantity"), there("whenHandedOver"))),
    ),
    "Observation": (
        (
            Profile.LAB_RESULT_ECS,
            (
                _UPDATED,
                Need(
                    "extension:eCS_InstitutionNumber (R901101)",
                    lambda one: INSTITUTION_EXTENSION in values(one, "extension.url"),
                ),
                of_system(
                    "code.coding",
                    CodeSystem.JLAC10,
                    UNCODED_TEST_SYSTEM,
                    element="code.coding:jlac10LaboCode or unCoded",
                ),
                in_each("code.coding", "system", "code", "display"),
                *_LAB_RESULT,
            ),
        ),
        (Profile.LAB_RESULT, _LAB_RESULT),
        (Profile.OBSERVATION, ()),
    ),
    "AllergyIntolerance": (
        (
            Profile.ALLERGY_INTOLERANCE_ECS,
            (
                _UPDATED,
                only_of_systems("code.coding", *_J_FAGY, element="code.coding (J-FAGY)"),
                in_each("code.coding", "code", "display"),
                there("code.text"),
            ),
        ),
        (Profile.ALLERGY_INTOLERANCE, ()),
    ),
}
"""For each type its profiles, the strictest first, with what each requires."""

_TAGS_CLOSED: Final = frozenset(
    {
        Profile.CONDITION_ECS,
        Profile.MEDICATION_REQUEST_ECS,
        Profile.LAB_RESULT_ECS,
        Profile.ALLERGY_INTOLERANCE_ECS,
    }
)
"""Profiles that allow no tag but the flags of the national service."""


def profile_of(resource: Resource) -> tuple[str, tuple[str, ...]]:
    """The canonical URL that a resource may claim, and what it lacks of the strictest one of its type.

    Empty where no profile of the table fits; types that are not in the table keep what their mapper gave them.
    """
    ladder = _ladder(resource)
    if not ladder:
        return next(iter(values(resource, "meta.profile")), ""), ()
    lacks = [tuple(need.element for need in needs if not need.met(resource)) for _, needs in ladder]
    claimed = next((profile.value for (profile, _), lack in zip(ladder, lacks, strict=True) if not lack), "")
    return claimed, lacks[0]


def claiming(resource: Resource, recorded: str) -> Resource:
    """The resource with `meta` as the profile wants it that it claims; `recorded` is when the box stored its statement."""
    if not _ladder(resource):
        return resource
    meta = resource["meta"] | ({"lastUpdated": recorded} if recorded else {})
    claimed = _claimed({**resource, "meta": meta})
    if claimed in _TAGS_CLOSED:
        labels = meta.get("tag", [])
        meta = {name: value for name, value in meta.items() if name != "tag"} | {"security": labels}
    return {**resource, "meta": {**meta, "profile": [claimed]} if claimed else meta}


def _claimed(resource: Resource) -> str:
    """The first of `profile_of`, without what is lacking."""
    rungs = _ladder(resource)
    return next((profile.value for profile, needs in rungs if all(need.met(resource) for need in needs)), "")


def _ladder(resource: Resource) -> tuple[tuple[Profile, tuple[Need, ...]], ...]:
    ladder = _LADDERS.get(resource["resourceType"], ())
    if resource["resourceType"] == "Observation" and not _is_laboratory(resource):
        return ladder[-1:]
    return ladder


def _is_laboratory(resource: Resource) -> bool:
    systems = values(resource, "category.coding.system")
    return systems == [LABORATORY_CATEGORIES]
