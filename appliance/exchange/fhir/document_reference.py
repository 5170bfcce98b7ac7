"""DocumentReference: a letter, a summary or an image as a whole. Base R4: JP's profile of it is empty.

It names the bytes by their SHA-256, which is also that of the arrival in the Provenance, and leads to the Binary that
holds them where they go along; else the attachment has neither `url` nor `data` (and no `hash`: FHIR's is SHA-1).
"""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import Resource, concept, filled, identifier, text
from appliance.exchange.fhir.identifiers import IdSystem, Key
from appliance.records.clinical import DocumentReference
from appliance.records.identifiers import facility_number


def document_reference(resource_id: str, record: DocumentReference, context: Context) -> Resource:
    title, author = text(record.title), text(record.author)
    created = record.created.isoformat() if record.created else None
    file = context.files.get(resource_id)
    return {
        **context.head(record, resource_id, None),
        **filled(
            masterIdentifier=identifier(Key(IdSystem.ARRIVAL_HASH, record.sha256)) if record.sha256 else None,
            status="current",
            type=concept(record.kind),
            subject=context.subject(),
            author=[{"display": author}] if author else None,
            custodian=context.institution() if facility_number(context.facility) else None,
            description=title,
            content=[
                {
                    "attachment": filled(
                        contentType=record.content_type,
                        url=f"Binary/{file}" if file else None,
                        size=record.size_bytes or None,
                        title=title,
                        creation=created,
                    )
                }
            ],
            context={"period": {"start": created, "end": created}} if created else None,
        ),
    }
