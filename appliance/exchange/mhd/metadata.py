"""A whole document as MHD's resources: DocumentReference with all that XDS asks for, SubmissionSet, Binary.

Profiles IHE.MHD.UnContained.Comprehensive.*: nothing is contained, everything XDS requires is there. What no source says
(which department, which format code) is said by codes of our own rather than guessed.

| XDS | element |
|---|---|
| classCode, typeCode | `category`: the product's kind; `type`: the source's own, else the same |
| healthcareFacilityTypeCode, practiceSettingCode | `context`, both from 点数表 (医科, 歯科, 調剤) in the facility's number |
| confidentialityCode | `securityLabel` N; the data classes are tags, as on every resource of ours |
| formatCode | `content.format` |
| uniqueId, entryUUID | `masterIdentifier` (OID), `identifier` (UUID); a second `identifier` is the key of all versions |
| referenceIdList | `context.related`: the SHA-256 of the bytes, which finds the same file under another name |
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from appliance.exchange.fhir.datatypes import (
    Resource,
    codeable,
    concept,
    data_class_tag,
    filled,
    identifier,
    reference,
    text,
)
from appliance.exchange.fhir.identifiers import IdSystem, Key, facility_source
from appliance.exchange.mhd.whole import Whole, source_oid
from appliance.records.document import DocumentKind, Format
from appliance.records.identity import organization_id

PROFILE: Final = "https://profiles.ihe.net/ITI/MHD/StructureDefinition"
DOCUMENT_REFERENCE: Final = f"{PROFILE}/IHE.MHD.UnContained.Comprehensive.DocumentReference"
SUBMISSION_SET: Final = f"{PROFILE}/IHE.MHD.UnContained.Comprehensive.SubmissionSet"
LIST_TYPES: Final = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
URI: Final = "urn:ietf:rfc:3986"

_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_POINT_TABLE = "urn:oid:1.2.392.100495.20.3.22"
"""点数表コード: the third digit of a facility's number."""
_POINT_TABLES = {"1": "医科", "3": "歯科", "4": "調剤"}
_POINT_TABLE_DIGIT = 2
_UNKNOWN = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
_KIND = "urn:x-renkei:CodeSystem:document-kind"
_KINDS: Mapping[DocumentKind, str] = {
    DocumentKind.LETTER: "診療情報提供書・サマリー",
    DocumentKind.ATTACHMENT: "添付文書・画像",
    DocumentKind.CHECKUP: "健診結果",
    DocumentKind.LABORATORY: "検査結果",
    DocumentKind.PRESCRIPTION: "処方",
    DocumentKind.DISPENSING: "調剤",
    DocumentKind.CLAIM: "診療",
}
_FORMAT = "urn:x-renkei:CodeSystem:document-format"
_IHE_FORMAT = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"
_TOLD_BY_TYPE = "urn:ihe:iti:xds:2017:mimeTypeSufficient"
_LANGUAGE = "ja"


def document_reference(whole: Whole, url: str, replaces: Sequence[str] = ()) -> Resource:
    """`url` is where the bytes are; `replaces` what it takes the place of: references to DocumentReferences."""
    return {
        **_described(whole, replaces),
        "meta": _meta(whole, DOCUMENT_REFERENCE),
        "identifier": [_entry_uuid(whole.entry_uuid), _document_key(whole)],
        "content": [{"attachment": {**_attachment(whole), "url": url}, "format": _format(whole)}],
    }


def simplified(whole: Whole, patient: str, replaces: Sequence[str] = ()) -> Resource:
    """The same with the bytes inside and without an entryUUID: the recipient gives it one (ITI-105).

    `patient` is a reference to the Patient: outside a transaction a hub resolves no search.
    """
    described = _described(whole, replaces)
    about = {"reference": patient}
    return {
        **described,
        "subject": about,
        "context": {**described["context"], "sourcePatientInfo": about},
        "meta": _meta(whole, f"{PROFILE}/IHE.MHD.SimplifiedPublish.DocumentReference"),
        "identifier": [_document_key(whole)],
        "content": [{"attachment": {**_attachment(whole), "data": _data(whole)}, "format": _format(whole)}],
    }


def submission_set(whole: Whole, document: str) -> Resource:
    """The List that brings one document; `document` is a reference to its DocumentReference."""
    return {
        "resourceType": "List",
        "meta": _meta(whole, SUBMISSION_SET),
        "extension": [
            {
                "url": f"{PROFILE}/ihe-sourceId",
                "valueIdentifier": identifier(Key(URI, source_oid(whole.facility))),
            },
            {"url": f"{PROFILE}/ihe-designationType", "valueCodeableConcept": _category(whole)},
        ],
        "identifier": [
            _entry_uuid(whole.set_uuid),
            {"use": "usual", **identifier(Key(URI, whole.set_unique_id))},
        ],
        "status": "current",
        "mode": "working",
        "title": _title(whole),
        "code": codeable(LIST_TYPES, "submissionset"),
        "subject": _patient(whole),
        "date": whole.recorded,
        "source": {"extension": [_authored_by(whole)]},
        "entry": [{"item": {"reference": document}}],
    }


def binary(whole: Whole, document: str) -> Resource:
    """The bytes, labelled as the document they belong to."""
    return {
        "resourceType": "Binary",
        "meta": _meta(whole),
        "contentType": whole.content_type,
        "securityContext": {"reference": document},
        "data": _data(whole),
    }


def status_patch(status: str) -> Resource:
    """The patch of a version's status; with `superseded` it is IHE.MHD.Patch.Parameters."""
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "DocumentReference.status"},
        {"name": "value", "valueCode": status},
    ]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}


def _described(whole: Whole, replaces: Sequence[str]) -> Resource:
    day = whole.about.isoformat() if whole.about else None
    setting = _setting(whole)
    return filled(
        resourceType="DocumentReference",
        masterIdentifier={"use": "usual", **identifier(Key(URI, whole.unique_id))},
        status="current",
        type=_type(whole),
        category=[_category(whole)],
        subject=_patient(whole),
        date=whole.recorded,
        author=[_institution(whole), *([{"display": text(whole.author)}] if text(whole.author) else [])],
        custodian=_institution(whole),
        relatesTo=[{"code": "replaces", "target": {"reference": one}} for one in replaces],
        description=_title(whole),
        securityLabel=[codeable(_CONFIDENTIALITY, "N", "normal")],
        context=filled(
            period={"start": day, "end": day} if day else None,
            facilityType=setting,
            practiceSetting=setting,
            sourcePatientInfo=_patient(whole),
            related=[{"identifier": identifier(Key(IdSystem.ARRIVAL_HASH, whole.sha256))}],
        ),
    )


def _attachment(whole: Whole) -> Resource:
    return {
        "contentType": whole.content_type,
        "language": _LANGUAGE,
        "size": len(whole.content),
        "hash": whole.sha1,
        "title": _title(whole),
        "creation": whole.about.isoformat() if whole.about else whole.recorded,
    }


def _meta(whole: Whole, profile: str = "") -> Resource:
    return filled(
        source=facility_source(whole.facility),
        profile=[profile] if profile else None,
        tag=[data_class_tag(one) for one in whole.classes],
    )


def _entry_uuid(value: str) -> Resource:
    return {"use": "official", **identifier(Key(URI, f"urn:uuid:{value}"))}


def _document_key(whole: Whole) -> Resource:
    """What all versions of a document have in common: by it they are found."""
    return identifier(Key(IdSystem.DELIVERY_KEY, whole.key))


def _patient(whole: Whole) -> Resource:
    """As in every bundle of ours: a hub that does not know the patient refuses the whole instead of guessing."""
    return {"reference": whole.person.key.as_reference("Patient")}


def _institution(whole: Whole) -> Resource:
    return reference("Organization", organization_id(whole.facility))


def _authored_by(whole: Whole) -> Resource:
    """List.source takes no Organization: MHD gives it an extension for one."""
    return {"url": f"{PROFILE}/ihe-authorOrg", "valueReference": _institution(whole)}


def _category(whole: Whole) -> Resource:
    return codeable(_KIND, whole.document_kind.value, _KINDS[whole.document_kind])


def _type(whole: Whole) -> Resource:
    told = concept(whole.kind)
    return told if told.get("coding") else {**_category(whole), **told}


def _title(whole: Whole) -> str:
    return text(whole.title) or text(whole.kind.text) or _KINDS[whole.document_kind]


def _setting(whole: Whole) -> Resource:
    digit = whole.facility[_POINT_TABLE_DIGIT : _POINT_TABLE_DIGIT + 1]
    if digit not in _POINT_TABLES:
        return codeable(_UNKNOWN, "UNK", "unknown")
    return codeable(_POINT_TABLE, digit, _POINT_TABLES[digit])


def _format(whole: Whole) -> Resource:
    """A picture or PDF is told by its media type; the formats of Japan have no code at IHE."""
    if whole.format in (Format.PDF, Format.IMAGE):
        return {"system": _IHE_FORMAT, "code": _TOLD_BY_TYPE, "display": "mimeType Sufficient"}
    return {"system": _FORMAT, "code": whole.format.value}


def _data(whole: Whole) -> str:
    return base64.b64encode(whole.content).decode("ascii")
