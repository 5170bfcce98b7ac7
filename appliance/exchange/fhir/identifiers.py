"""Identifier systems, and the business identifiers that patients, institutions and resources carry.

The URLs are those of JP Core 1.2 and JP-CLINS; the OIDs are what JP Core 1.1.2 insists on for the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from appliance.records.administrative import Coverage, CoverageKind, Patient
from appliance.records.identifiers import folded_number, member_id


class IdSystem(StrEnum):
    """Every identifier system the product writes."""

    INSTITUTION = "http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no"
    INSTITUTION_CODE = "urn:oid:1.2.392.100495.20.3.23"
    MEMBER = "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID"
    INSURER = "http://jpfhir.jp/fhir/core/mhlw/IdSystem/InsurerNumber"
    INSURER_OID = "urn:oid:1.2.392.100495.20.3.61"
    PUBLIC_PAYER = "http://jpfhir.jp/fhir/core/mhlw/IdSystem/PublicPayerNumber"
    PUBLIC_RECIPIENT = "http://jpfhir.jp/fhir/core/mhlw/IdSystem/PublicInsuredPersonNumber"
    RP_NUMBER = "http://jpfhir.jp/fhir/core/mhlw/IdSystem/Medication-RPGroupNumber"
    RP_NUMBER_OID = "urn:oid:1.2.392.100495.20.3.81"
    ORDER_IN_RP = "http://jpfhir.jp/fhir/core/mhlw/IdSystem/MedicationAdministrationIndex"
    ORDER_IN_RP_OID = "urn:oid:1.2.392.100495.20.3.82"
    NARCOTICS_LICENCE = "urn:oid:1.2.392.100495.20.3.32"
    """麻薬施用者免許番号; `.1` and the prefecture's two digits follow."""
    RESOURCE = "http://jpfhir.jp/fhir/core/IdSystem/resourceInstance-identifier"
    DELIVERY_KEY = "urn:x-renkei:delivery-key"
    DELIVERY_DIGEST = "urn:x-renkei:delivery-digest"
    ARRIVAL_HASH = "urn:x-renkei:arrival-sha256"
    DISPENSING_RECORD = "urn:x-renkei:dispensing-record"
    """調剤録番号; the pharmacy's number follows, whose own it is."""


class Key(NamedTuple):
    """A business identifier: system and value."""

    system: str
    value: str

    def as_search(self) -> str:
        """`system|value` as a search parameter holds it: FHIR's own separators escaped, the rest not."""
        escaped = self.value.replace("\\", "\\\\")
        for separator in "|,$":
            escaped = escaped.replace(separator, "\\" + separator)
        return f"{self.system}|{escaped}"

    def as_reference(self, kind: str) -> str:
        """A conditional reference to the one resource that carries this identifier."""
        return _conditional(self, kind)


@lru_cache(maxsize=256)
def _conditional(key: Key, kind: str) -> str:
    """Every resource of a document refers to its patient so."""
    system, _, value = key.as_search().partition("|")
    return f"{kind}?identifier={system}|{quote(value, safe='')}"


def facility_source(facility: str) -> str:
    """`meta.source` of everything that comes from a facility; the hub holds it against the client certificate."""
    return f"urn:renkei:facility:{facility}"


def facility_of_source(source: str) -> str:
    """The facility that a `meta.source` names; empty when it names none."""
    prefix = facility_source("")
    return source.removeprefix(prefix).partition("#")[0] if source.startswith(prefix) else ""


def local_patient(patient: Patient) -> Key | None:
    """施設内患者ID: the chart number under its facility's own system."""
    if not patient.local_id:
        return None
    return Key(f"urn:oid:1.2.392.100495.20.3.51.1{patient.facility}", patient.local_id)


def member(coverages: Iterable[Coverage]) -> Key | None:
    """被保険者識別子 of the health insurance, in half width so that two facilities write the same."""
    insured = next((one for one in coverages if one.kind is CoverageKind.INSURANCE and one.number), None)
    if insured is None:
        return None
    symbol, number = folded_number(insured.symbol), folded_number(insured.number)
    return Key(IdSystem.MEMBER, member_id(insured.payer_number, symbol, number, insured.branch))


def resource_key(resource_id: str) -> Key:
    """The identifier every resource carries: its own id, so that a copy elsewhere still names it."""
    return Key(IdSystem.RESOURCE, resource_id)


def patient_key(patient: Patient, resource_id: str) -> Key:
    """The identifier by which a patient is referred to and looked up: unique at the hub for this facility."""
    return local_patient(patient) or resource_key(resource_id)


def dispensing_record_keys(facility: str, number: str) -> list[Key]:
    """調剤録番号 under its pharmacy's own system; none where it is empty."""
    plain = number.strip()
    return [Key(f"{IdSystem.DISPENSING_RECORD}:{facility}", plain)] if plain else []


def rp_keys(rp_number: int, order: int) -> list[Key]:
    """RP番号 and RP内順, by the OIDs that JP Core 1.1.2 demands and by the URLs of today's edition; none where 0."""
    if not (rp_number and order):
        return []
    return [
        Key(IdSystem.RP_NUMBER_OID, str(rp_number)),
        Key(IdSystem.ORDER_IN_RP_OID, str(order)),
        Key(IdSystem.RP_NUMBER, str(rp_number)),
        Key(IdSystem.ORDER_IN_RP, str(order)),
    ]
