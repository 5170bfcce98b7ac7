"""DeviceUseStatement with the material itself as a contained Device (特定器材)."""

from __future__ import annotations

from appliance.exchange.fhir.context import Context
from appliance.exchange.fhir.datatypes import Resource, amounts, annotated, concept, day, filled, text
from appliance.exchange.fhir.identifiers import dispensing_record_keys
from appliance.records.clinical import DeviceUseStatement

_DEVICE = "device"


def device_use(resource_id: str, record: DeviceUseStatement, context: Context) -> Resource:
    return {
        **context.head(
            record, resource_id, None, *dispensing_record_keys(context.facility, record.dispensing_record_no)
        ),
        **filled(
            contained=[_device(record)],
            extension=amounts(record.quantity, record.times, record.unit),
            status="completed",
            subject=context.subject(),
            timingDateTime=day(record.used, context.period),
            device={"reference": f"#{_DEVICE}"},
            note=annotated(record.notes),
        ),
    }


def _device(record: DeviceUseStatement) -> Resource:
    product = text(record.product)
    return filled(
        resourceType="Device",
        id=_DEVICE,
        deviceName=[{"name": product, "type": "user-friendly-name"}] if product else None,
        type=concept(record.concept),
    )
