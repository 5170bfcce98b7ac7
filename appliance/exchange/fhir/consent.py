"""Consent after IHE PCF (explicit, intermediate): a root permission, its exceptions one level below.

| consent.md | FHIR R4 |
|---|---|
| state | `status`: active; entered-in-error; any other is inactive |
| mode blanket | root provision without actor; `category` with the mode |
| policy and text version | `policy.uri` |
| effective, expires; when it ended | `provision.period` |
| emergency | `provision.purpose` TREAT, and ETREAT, BTG unless the patient said no |
| excluded viewer, source | deny, `actor` in the role IRCP, CST |
| hidden class | deny, `class` |
| data_from | deny, `dataPeriod` until the day before |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from appliance.clock import iso
from appliance.consent.consents import Consent, Mode
from appliance.consent.states import State
from appliance.errors import Audience, RenkeiError
from appliance.exchange.fhir.content import consent_key
from appliance.exchange.fhir.datatypes import (
    DATA_CLASS_SYSTEM,
    Resource,
    codeable,
    filled,
    identifier,
    meta,
    reference,
)
from appliance.exchange.fhir.identifiers import IdSystem, Key, resource_key
from appliance.records.identity import organization_id

_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_LOINC = "http://loinc.org"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
MODE_SYSTEM = "urn:x-renkei:CodeSystem:consent-mode"

_STATUS = {State.ACTIVE: "active", State.ENTERED_IN_ERROR: "entered-in-error"}


class UnmappableConsentError(RenkeiError):
    """A consent says something this version cannot tell the hub; nothing of it is sent."""

    code = "EXCHANGE-0101"
    audience = Audience.MAINTAINER


@dataclass(frozen=True, slots=True)
class SignedConsent:
    """A consent record as it is told to the hub; `facility` captured it.

    Times are ISO 8601: `changed_at` is when its state began, `ended_at` when it ceased to be in force (empty: it is).
    """

    resource_id: str
    facility: str
    consent: Consent
    signed_at: str
    changed_at: str
    policy_version: str
    text_id: str
    text_hash: str
    ended_at: str = ""

    @property
    def active(self) -> bool:
        return self.consent.state is State.ACTIVE

    @property
    def delivery_key(self) -> str:
        return consent_key(self.resource_id)


def consent(signed: SignedConsent, patient: Resource) -> Resource:
    """`patient` is the reference to the Patient. Raises UnmappableConsentError for modes other than blanket."""
    terms = signed.consent
    if terms.mode is not Mode.BLANKET:
        raise UnmappableConsentError(
            f"同意の方式「{terms.mode.value}」は、この版では連携先に伝えられません。",
            f"This version cannot tell the hub of a consent in mode {terms.mode.value}.",
            hint_ja="機器のソフトウェアの更新を運用者に依頼してください。",
            hint_en="Ask the operator for an update.",
        )
    return {
        "resourceType": "Consent",
        "id": signed.resource_id,
        "meta": meta(signed.facility),
        "identifier": [identifier(resource_key(signed.resource_id))],
        "status": _STATUS.get(terms.state, "inactive"),
        "scope": codeable(_SCOPE, "patient-privacy"),
        "category": [codeable(_LOINC, "59284-0"), codeable(MODE_SYSTEM, terms.mode.value)],
        "patient": patient,
        "dateTime": signed.signed_at,
        "performer": [patient],
        "organization": [reference("Organization", organization_id(signed.facility))],
        "policy": [{"uri": _policy_uri(signed)}],
        "provision": _root(terms, signed.ended_at),
    }


def _policy_uri(signed: SignedConsent) -> str:
    return f"urn:x-renkei:policy:{signed.policy_version}:{signed.text_id}:{signed.text_hash}"


def _root(terms: Consent, ended_at: str) -> Resource:
    purposes = ["TREAT", "ETREAT", "BTG"] if terms.emergency else ["TREAT"]
    return filled(
        type="permit",
        period=filled(start=iso(terms.effective), end=ended_at or (terms.expires and iso(terms.expires))),
        purpose=[{"system": _REASON, "code": purpose} for purpose in purposes],
        provision=list(_exceptions(terms)),
    )


def _exceptions(terms: Consent) -> Iterator[Resource]:
    for facility in sorted(terms.excluded_viewers | terms.objections):
        yield {"type": "deny", "actor": [_actor("IRCP", facility)]}
    for facility in sorted(terms.excluded_sources):
        yield {"type": "deny", "actor": [_actor("CST", facility)]}
    for hidden in sorted(terms.hidden_classes):
        yield {"type": "deny", "class": [{"system": DATA_CLASS_SYSTEM, "code": hidden.value}]}
    if terms.data_from:
        yield {"type": "deny", "dataPeriod": {"end": (terms.data_from - timedelta(days=1)).isoformat()}}


def _actor(role: str, facility: str) -> Resource:
    who = {"type": "Organization", "identifier": identifier(Key(IdSystem.INSTITUTION, facility))}
    return {"role": codeable(_PARTICIPATION, role), "reference": who}
