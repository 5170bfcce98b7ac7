"""A small practice network for tests: three facilities, their callers, and the resources they speak of.

box = Box(hub, "1319999913")
box.put(box.patient("p1"))
box.send(box.condition("c1", "p1"), box.consent("s1", "p1"))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from provisioning.lab.hub import PracticeHub
from provisioning.lab.pki import KeyPair

CLINIC, OTHER, PHARMACY, STRANGER = "1319999913", "1319999921", "1349999939", "1319999947"

FHIR_JSON = {"content-type": "application/fhir+json"}
MEMBER_ID = "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID"
FACILITY_NUMBER = "http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no"
DATA_CLASS = "urn:renkei:data-class"
MPI = "urn:renkei:lab:mpi"
TIMEOUT_S = 20.0

Resource = dict[str, Any]


def local_system(facility: str) -> str:
    """The identifier system of a facility's own patient numbers."""
    return f"urn:oid:1.2.392.100495.20.3.51.1{facility}"


def session(pair: KeyPair | None, ca: str) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.verify = ca
    if pair is not None:
        made.cert = (str(pair.cert), str(pair.key))
    return made


def transaction(*entries: Resource) -> Resource:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def put_entry(resource: Resource) -> Resource:
    return {
        "resource": resource,
        "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"},
    }


def delete_entry(reference: str) -> Resource:
    return {"request": {"method": "DELETE", "url": reference}}


@dataclass(slots=True)
class Caller:
    """Somebody with a client certificate."""

    hub: PracticeHub
    pair: KeyPair
    http: requests.Session = field(init=False)

    def __post_init__(self) -> None:
        self.http = session(self.pair, str(self.hub.pki.ca_path))

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("https:") else f"{self.hub.url}/{path}".rstrip("/")
        headers = FHIR_JSON | options.pop("headers", {})
        return self.http.request(method, url, headers=headers, timeout=TIMEOUT_S, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def read(self, path: str) -> Resource:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        body: Resource = answer.json()
        return body

    def found(self, path: str) -> set[str]:
        """The ids that a search finds, over all its pages."""
        ids: set[str] = set()
        while path:
            bundle = self.read(path)
            ids |= {entry["resource"]["id"] for entry in bundle.get("entry", [])}
            path = next((link["url"] for link in bundle.get("link", []) if link["relation"] == "next"), "")
        return ids

    def count(self, resource_type: str) -> int:
        return int(self.read(f"{resource_type}?_summary=count")["total"])

    def put(self, resource: Resource, **headers: str) -> requests.Response:
        return self.request(
            "PUT", f"{resource['resourceType']}/{resource['id']}", json=resource, headers=headers
        )

    def post(self, path: str, body: Resource, **headers: str) -> requests.Response:
        return self.request("POST", path, json=body, headers=headers)

    def send(self, *resources: Resource) -> requests.Response:
        """All of them in one transaction."""
        return self.post("", transaction(*(put_entry(one) for one in resources)))


class Box(Caller):
    """A facility's box, and the resources it would send."""

    def __init__(self, hub: PracticeHub, facility: str) -> None:
        super().__init__(hub, hub.pki.client(facility))
        self.facility = facility
        self.meta = {"source": f"urn:renkei:facility:{facility}"}

    def patient(self, patient_id: str, **changes: Any) -> Resource:
        """花子, the same person wherever she goes, unless changed."""
        kana = {
            "text": "ヤマダ ハナコ",
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation",
                    "valueCode": "SYL",
                }
            ],
        }
        whole = {
            "resourceType": "Patient",
            "id": patient_id,
            "meta": self.meta,
            "identifier": [{"system": local_system(self.facility), "value": f"no-{patient_id}"}],
            "name": [{"text": "山田 花子"}, kana],
            "birthDate": "1950-01-01",
            "gender": "female",
        }
        return whole | changes

    def stranger(self, patient_id: str, **changes: Any) -> Resource:
        """Somebody else."""
        return self.patient(
            patient_id, name=[{"text": "サトウ タロウ"}], birthDate="1966-06-06", gender="male", **changes
        )

    def condition(self, condition_id: str, patient_id: str, **changes: Any) -> Resource:
        whole = {
            "resourceType": "Condition",
            "id": condition_id,
            "meta": self.meta,
            "identifier": [{"system": "urn:renkei:test", "value": condition_id}],
            "code": {"text": "糖尿病"},
            "subject": {"reference": f"Patient/{patient_id}"},
            "onsetDateTime": "2026-04-10",
        }
        return whole | changes

    def consent(self, consent_id: str, patient_id: str, *denials: Resource, **changes: Any) -> Resource:
        provision: Resource = {"type": "permit"}
        if denials:
            provision["provision"] = [{"type": "deny"} | denial for denial in denials]
        whole = {
            "resourceType": "Consent",
            "id": consent_id,
            "meta": self.meta,
            "status": "active",
            "scope": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                        "code": "patient-privacy",
                    }
                ]
            },
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "patient": {"reference": f"Patient/{patient_id}"},
            "dateTime": "2026-05-01T09:00:00+09:00",
            "policy": [{"uri": "urn:renkei:policy:practice:1"}],
            "provision": provision,
        }
        return whole | changes


def excluded(facility: str, role: str) -> Resource:
    """A denial that names a facility, as viewer (IRCP) or as source (CST)."""
    identifier = {"system": FACILITY_NUMBER, "value": facility}
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": role}
    return {
        "actor": [
            {"role": {"coding": [coding]}, "reference": {"type": "Organization", "identifier": identifier}}
        ]
    }
