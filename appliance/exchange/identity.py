"""Who a patient is in the region: the region's own number (PIXm, ITI-83), and whom staff may ask for (PDQm, ITI-119).

Asked only for a patient of this box with an active consent. What identifies travels in bodies, never in an address.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.identifiers import Key
from appliance.exchange.fhir.reading import first, inside, objects, words
from appliance.exchange.hub import Hub, Patience, Unanswered
from appliance.exchange.timeline import provider_of
from appliance.limits import NETWORK_CANDIDATES_MAX

_MASK = "○"
_GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
GRADES = ("certain", "probable", "possible")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody the network knows who may be the patient: masked before it leaves the exchange."""

    grade: str
    name: str
    birth_date: str
    sex: str
    provider: str


def regional_number(
    hub: Hub, own: Key, region: str, patience: Patience | None = None
) -> Key | Unanswered | None:
    """The number that the index of the identifier system `region` gives the person whom we know by `own`; None: no such.

    A person with several numbers there is two persons to the index: then none of them is taken.
    """
    asked = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "sourceIdentifier", "valueIdentifier": {"system": own.system, "value": own.value}},
            {"name": "targetSystem", "valueUri": region},
        ],
    }
    answer = hub.operation("Patient/$ihe-pix", asked, "Parameters", patience)
    if answer is None or isinstance(answer, Unanswered):
        return answer
    told = [
        inside(one, "valueIdentifier")
        for one in objects(answer.get("parameter"))
        if words(one, "name") == "targetIdentifier"
    ]
    values = {words(one, "value") for one in told if words(one, "system") == region} - {""}
    return Key(region, values.pop()) if len(values) == 1 else None


def candidates(
    hub: Hub, wanted: Resource, own_facility: str, patience: Patience | None = None
) -> list[Candidate] | Unanswered:
    """Whom the network knows at other facilities who may be the person `wanted` (a Patient), the surest first.

    Somebody of another birth date is not who was asked for, whatever the index thinks.
    """
    asked = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": wanted},
            {"name": "count", "valueInteger": NETWORK_CANDIDATES_MAX + 1},
        ],
    }
    answer = hub.operation("Patient/$match", asked, "Bundle", patience)
    if isinstance(answer, Unanswered):
        return answer
    found = [_candidate(entry) for entry in objects((answer or {}).get("entry"))]
    others = [
        one
        for one in found
        if one.grade and one.provider not in ("", own_facility) and one.birth_date == wanted["birthDate"]
    ]
    return sorted(others, key=lambda one: GRADES.index(one.grade))[:NETWORK_CANDIDATES_MAX]


def masked(name: str) -> str:
    """A name that the person recognises and nobody learns: the first letter of each part."""
    return " ".join(part[:1] + _MASK * (len(part) - 1) for part in name.split())


def _candidate(entry: Resource) -> Candidate:
    patient, search = inside(entry, "resource"), inside(entry, "search")
    grades = [
        words(one, "valueCode") for one in objects(search.get("extension")) if words(one, "url") == _GRADE
    ]
    return Candidate(
        grade=next((one for one in grades if one in GRADES), ""),
        name=masked(words(first(patient.get("name")), "text")),
        birth_date=words(patient, "birthDate"),
        sex=words(patient, "gender"),
        provider=provider_of(patient),
    )
