"""Looking at the practice hub as the operator may: what it really holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appliance.clock import SystemClock
from appliance.config import HubConfig
from appliance.exchange.hub import Hub
from provisioning.lab.hub import PracticeHub
from provisioning.lab.pki import LabPki

CLINICAL = ("Coverage", "Encounter", "Condition", "Procedure", "MedicationRequest", "Observation")


@dataclass(slots=True)
class Reading:
    """The hub through the operator's certificate."""

    hub: Hub

    @classmethod
    def of(cls, hub: PracticeHub, pki: LabPki) -> Reading:
        pair = pki.operator
        return cls(Hub(HubConfig(hub.url, pki.ca_path, pair.cert, pair.key), SystemClock().monotonic_s))

    def one(self, kind: str, resource_id: str) -> dict[str, Any] | None:
        found = self.hub.read(kind, resource_id)
        assert found is None or isinstance(found, dict), found
        return found

    def of_patient(self, patient_id: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Everything clinical the hub holds of one Patient resource, by type and id."""
        held = {}
        for kind in CLINICAL:
            found = self.hub.search(kind, [("patient", f"Patient/{patient_id}"), ("_count", "500")])
            assert isinstance(found, list), found
            held |= {(kind, one["id"]): one for one in found}
        return held

    def version(self, kind: str, resource_id: str) -> str:
        found = self.one(kind, resource_id)
        assert found is not None
        return str(found["meta"]["versionId"])

    def written_at(self, kind: str, resource_id: str) -> str:
        found = self.one(kind, resource_id)
        assert found is not None
        return str(found["meta"]["lastUpdated"])
