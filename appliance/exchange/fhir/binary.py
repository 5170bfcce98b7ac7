"""Binary: the bytes of a letter, a summary or a picture beside the DocumentReference that names them. Base R4.

They say everything that the document says, so they carry the label of every class in it: whoever may not see one of them
may not see the bytes. `securityContext` leads to the DocumentReference, whose patient and day count for them.
"""

from __future__ import annotations

import base64

from appliance.exchange.fhir.content import Content
from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import Resource, data_class_tag, meta, reference
from appliance.records.classes import data_class_of
from appliance.records.clinical import DocumentReference
from appliance.records.data_class import DataClass


def binaries(content: Content, context: Context) -> list[Resource]:
    """The file of the document, where all of it may leave and one of its records is the file as a whole."""
    if not context.files:
        return []
    classes = {DataClass.BASIC, *(data_class_of(one.record) for one in content.records)}
    labels = [data_class_tag(one) for one in sorted(classes)]
    return [
        {
            "resourceType": "Binary",
            "id": context.files[one.resource_id],
            "meta": meta(context.facility, None, *context.origin, *labels),
            "contentType": one.record.content_type,
            "securityContext": reference("DocumentReference", one.resource_id),
            "data": base64.b64encode(content.file).decode("ascii"),
        }
        for one in content.records
        if isinstance(one.record, DocumentReference) and one.resource_id in context.files
    ]
