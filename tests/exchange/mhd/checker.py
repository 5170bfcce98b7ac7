"""MHD 4.2 for Document Sources, written from the published profiles without a look at what the product does.

`faults_of_bundle` for ITI-65 (IHE.MHD.UnContained.Comprehensive.ProvideBundle and what it leads to), `faults_of_simplified`
for ITI-105. Each fault is one sentence that begins with the element at fault.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any

PROFILES = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/"
LIST_TYPES = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
URI = "urn:ietf:rfc:3986"
OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+")
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
XDS_OID_MAX = 64

Resource = dict[str, Any]
Faults = Iterator[str]


def faults_of_bundle(bundle: Resource) -> list[str]:
    return list(_bundle(bundle))


def faults_of_simplified(document: Resource) -> list[str]:
    return [*_document(document), *_bytes_inside(document)]


# --- the bundle -------------------------------------------------------------------------------------


def _bundle(bundle: Resource) -> Faults:
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        yield "Bundle.type: a transaction is wanted"
    wanted = f"{PROFILES}IHE.MHD.UnContained.Comprehensive.ProvideBundle"
    if wanted not in bundle.get("meta", {}).get("profile", []):
        yield "Bundle.meta.profile: does not name the profile"
    entries = bundle.get("entry", [])
    for entry in entries:
        yield from _entry(entry)
    yield from _counts(entries)
    yield from _links(entries)
    for entry in entries:
        checks = _RESOURCES.get(entry["resource"]["resourceType"])
        yield from checks(entry["resource"]) if checks else ()


_METHODS = {
    "List": {"POST"},
    "DocumentReference": {"POST"},
    "Binary": {"POST"},
    "Parameters": {"PATCH"},
    "Patient": {"POST", "PUT", "GET"},
}
"""The slices of the bundle; slicing is closed."""


def _entry(entry: Resource) -> Faults:
    kind = entry.get("resource", {}).get("resourceType")
    if kind not in _METHODS:
        yield f"Bundle.entry: {kind} has no slice"
        return
    if not entry.get("fullUrl"):
        yield f"Bundle.entry.fullUrl: missing for {kind}"
    request = entry.get("request", {})
    if request.get("method") not in _METHODS[kind]:
        yield f"Bundle.entry.request.method: {request.get('method')} for {kind}"
    if kind != "Parameters" and request.get("url", "").partition("?")[0].partition("/")[0] != kind:
        yield f"Bundle.entry.request.url: {request.get('url')} for {kind}"
    if kind == "Parameters" and not request.get("url", "").startswith("DocumentReference/"):
        yield "Bundle.entry.request.url: the patch is not of a DocumentReference"


def _counts(entries: list[Resource]) -> Faults:
    kinds = [entry["resource"]["resourceType"] for entry in entries]
    submissions = sum(
        1
        for entry in entries
        if entry["resource"]["resourceType"] == "List" and _list_code(entry["resource"])
    )
    if submissions != 1:
        yield f"Bundle.entry: {submissions} SubmissionSets"
    if kinds.count("DocumentReference") < 1:
        yield "Bundle.entry: no DocumentReference"
    if kinds.count("Patient") > 1:
        yield "Bundle.entry: more than one Patient"


def _list_code(one: Resource) -> bool:
    codings = one.get("code", {}).get("coding", [])
    return [(coding.get("system"), coding.get("code")) for coding in codings] == [
        (LIST_TYPES, "submissionset")
    ]


def _links(entries: list[Resource]) -> Faults:
    """Every document of the set is in the bundle, its bytes too, and each superseded one is replaced by one of it."""
    by_url = {entry["fullUrl"]: entry["resource"] for entry in entries if entry.get("fullUrl")}
    documents = {url: one for url, one in by_url.items() if one["resourceType"] == "DocumentReference"}
    listed = {
        item["item"]["reference"]
        for one in by_url.values()
        if one["resourceType"] == "List"
        for item in one.get("entry", [])
    }
    if listed != set(documents):
        yield "List.entry.item: not the documents of the bundle"
    for one in documents.values():
        yield from _bytes_beside(one, by_url)
    replaced = {
        relation["target"]["reference"]
        for one in documents.values()
        for relation in one.get("relatesTo", [])
        if relation["code"] == "replaces"
    }
    patched = {
        entry["request"]["url"] for entry in entries if entry["resource"]["resourceType"] == "Parameters"
    }
    if replaced != patched:
        yield "DocumentReference.relatesTo: what is replaced is not what is superseded"


def _bytes_beside(document: Resource, by_url: dict[str, Resource]) -> Faults:
    attachment = document["content"][0]["attachment"]
    file = by_url.get(attachment.get("url", ""))
    if file is None or file["resourceType"] != "Binary":
        yield "DocumentReference.content.attachment.url: leads to no Binary of the bundle"
        return
    if file.get("contentType") != attachment.get("contentType"):
        yield "Binary.contentType: not that of the attachment"
    yield from _size_and_hash(attachment, base64.b64decode(file["data"], validate=True))


def _size_and_hash(attachment: Resource, content: bytes) -> Faults:
    if attachment.get("size") != len(content):
        yield "DocumentReference.content.attachment.size: not the number of raw bytes"
    wanted = base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
    if attachment.get("hash") != wanted:
        yield "DocumentReference.content.attachment.hash: not the SHA-1 of the raw bytes"


# --- resources --------------------------------------------------------------------------------------


def _document(one: Resource) -> Faults:
    """What Minimal and Simplified Publish ask alike."""
    yield from _forbidden(one, "modifierExtension", "docStatus", "contained")
    yield from _identifier(one.get("masterIdentifier"), "DocumentReference.masterIdentifier", "usual")
    if one.get("status") not in ("current", "superseded"):
        yield "DocumentReference.status: neither current nor superseded"
    if not one.get("subject", {}).get("reference", "").startswith("Patient"):
        yield "DocumentReference.subject: no Patient"
    content = one.get("content", [])
    if len(content) != 1:
        yield "DocumentReference.content: not exactly one"
    elif not content[0].get("attachment", {}).get("contentType"):
        yield "DocumentReference.content.attachment.contentType: missing"


def _comprehensive(one: Resource) -> Faults:
    yield from _document(one)
    wanted = f"{PROFILES}IHE.MHD.UnContained.Comprehensive.DocumentReference"
    if wanted not in one.get("meta", {}).get("profile", []):
        yield "DocumentReference.meta.profile: does not name the profile"
    yield from _coded(one, "DocumentReference", "type")
    if len(one.get("category", [])) != 1:
        yield "DocumentReference.category: not exactly one"
    for each in one.get("category", []):
        yield from _coded({"category": each}, "DocumentReference", "category")
    if not one.get("securityLabel"):
        yield "DocumentReference.securityLabel: missing"
    official = [each for each in one.get("identifier", []) if each.get("use") == "official"]
    if len(official) != 1:
        yield "DocumentReference.identifier: not one entryUUID"
    for each in official:
        yield from _identifier(each, "DocumentReference.identifier", "official", UUID)
    yield from _comprehensive_content(one["content"][0])
    yield from _comprehensive_context(one.get("context", {}))
    yield from _xds(one)


def _comprehensive_context(context: Resource) -> Faults:
    for name in ("facilityType", "practiceSetting"):
        yield from _coded(context, "DocumentReference.context", name)
    if not context.get("sourcePatientInfo", {}).get("reference", "").startswith("Patient"):
        yield "DocumentReference.context.sourcePatientInfo: missing"


def _xds(one: Resource) -> Faults:
    """What a registry behind the recipient asks beyond the profile."""
    if not one.get("author"):
        yield "DocumentReference.author: XDS wants one"
    if not MOMENT.fullmatch(one.get("date", "")):
        yield "DocumentReference.date: no instant"
    unique = one.get("masterIdentifier", {}).get("value", "")
    if not OID.fullmatch(unique) or len(unique.removeprefix("urn:oid:")) > XDS_OID_MAX:
        yield "DocumentReference.masterIdentifier: no OID that XDS takes"


def _comprehensive_content(content: Resource) -> Faults:
    attachment = content["attachment"]
    if "data" in attachment:
        yield "DocumentReference.content.attachment.data: forbidden"
    for name in ("url", "language", "creation"):
        if not attachment.get(name):
            yield f"DocumentReference.content.attachment.{name}: missing"
    shape = content.get("format", {})
    if not (shape.get("system") and shape.get("code")):
        yield "DocumentReference.content.format: missing"


def _bytes_inside(one: Resource) -> Faults:
    attachment = one["content"][0]["attachment"]
    if one.get("status") != "current":
        yield "DocumentReference.status: a publication is current"
    if any(each.get("use") == "official" for each in one.get("identifier", [])):
        yield "DocumentReference.identifier: the recipient gives the entryUUID"
    if "url" in attachment:
        yield "DocumentReference.content.attachment.url: forbidden"
    if "data" not in attachment:
        yield "DocumentReference.content.attachment.data: missing"
        return
    yield from _size_and_hash(attachment, base64.b64decode(attachment["data"], validate=True))


def _submission_set(one: Resource) -> Faults:
    wanted = f"{PROFILES}IHE.MHD.UnContained.Comprehensive.SubmissionSet"
    if wanted not in one.get("meta", {}).get("profile", []):
        yield "List.meta.profile: does not name the profile"
    yield from _forbidden(one, "encounter", "orderedBy", "emptyReason", "modifierExtension", "contained")
    if one.get("status") != "current":
        yield "List.status: not current"
    if one.get("mode") != "working":
        yield "List.mode: not working"
    if not _list_code(one):
        yield "List.code: not submissionset"
    if not MOMENT.fullmatch(one.get("date", "")):
        yield "List.date: no instant"
    if not one.get("subject", {}).get("reference", "").startswith("Patient"):
        yield "List.subject: no Patient"
    for item in one.get("entry", []):
        yield from _forbidden(item, "flag", "deleted", "date")
    organizations = [each["url"] for each in one.get("source", {}).get("extension", [])]
    if organizations != [f"{PROFILES}ihe-authorOrg"] and "reference" not in one.get("source", {}):
        yield "List.source: nobody submitted it"
    yield from _set_identifiers(one.get("identifier", []))
    yield from _set_extensions(one.get("extension", []))


def _set_identifiers(identifiers: list[Resource]) -> Faults:
    for use, shape in (("usual", OID), ("official", UUID)):
        found = [each for each in identifiers if each.get("use") == use]
        if len(found) != 1:
            yield f"List.identifier: not one of use {use}"
        for each in found:
            yield from _identifier(each, "List.identifier", use, shape)


def _set_extensions(extensions: list[Resource]) -> Faults:
    sources = [each for each in extensions if each["url"] == f"{PROFILES}ihe-sourceId"]
    if len(sources) != 1 or not OID.fullmatch(sources[0].get("valueIdentifier", {}).get("value", "")):
        yield "List.extension: not one ihe-sourceId with an OID"
    designations = [each for each in extensions if each["url"] == f"{PROFILES}ihe-designationType"]
    if len(designations) != 1:
        yield "List.extension: not one ihe-designationType"
    for each in designations:
        yield from _coded(
            {"designationType": each.get("valueCodeableConcept", {})}, "List", "designationType"
        )


def _patch(one: Resource) -> Faults:
    operations = [each for each in one.get("parameter", []) if each.get("name") == "operation"]
    if len(operations) != 1:
        yield "Parameters.parameter: not one operation"
        return
    parts = {part["name"]: part for part in operations[0].get("part", [])}
    said = {name: part.get("valueCode") or part.get("valueString") for name, part in parts.items()}
    if said != {"type": "replace", "path": "DocumentReference.status", "value": "superseded"}:
        yield f"Parameters.parameter.part: {said}"


def _forbidden(one: Resource, *names: str) -> Faults:
    for name in names:
        if name in one:
            yield f"{one.get('resourceType', '')}.{name}: forbidden"


def _coded(one: Resource, where: str, name: str) -> Faults:
    codings = one.get(name, {}).get("coding", [])
    if not any(coding.get("system") and coding.get("code") for coding in codings):
        yield f"{where}.{name}: no code"


def _identifier(one: Resource | None, where: str, use: str, shape: re.Pattern[str] | None = None) -> Faults:
    if not one or not one.get("system") or not one.get("value"):
        yield f"{where}: system and value are wanted"
        return
    if one.get("use") != use:
        yield f"{where}.use: not {use}"
    if shape is not None and (one["system"] != URI or not shape.fullmatch(one["value"])):
        yield f"{where}.value: {one['value']}"


_RESOURCES: dict[str, Callable[[Resource], Faults]] = {
    "DocumentReference": _comprehensive,
    "List": _submission_set,
    "Parameters": _patch,
}
