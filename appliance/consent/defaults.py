"""The default rules D of consent.md, section 3, as the documents an operator would sign: for practice, demo and tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from appliance.consent.consents import Mode
from appliance.consent.policy import EmergencyRule, Growth, Topology
from appliance.consent.roles import Role
from appliance.consent.rules import Upload
from appliance.limits import CONSENT_SNAPSHOT_MAX_AGE_S
from appliance.records.data_class import DataClass

_CLINICAL: Final = tuple(one for one in DataClass if one is not DataClass.INSURANCE)
_OFFICE: Final = (DataClass.BASIC, DataClass.INSURANCE, DataClass.VISIT)

ROLE_CLASSES: Final[Mapping[Role, tuple[DataClass, ...]]] = {
    Role.DOCTOR: tuple(DataClass),
    Role.DENTIST: tuple(DataClass),
    Role.PHARMACIST: (
        DataClass.BASIC,
        DataClass.DIAGNOSIS,
        DataClass.MEDICATION,
        DataClass.ALLERGY,
        DataClass.LAB,
        DataClass.LETTER,
    ),
    Role.NURSE: _CLINICAL,
    Role.TECHNOLOGIST: (DataClass.BASIC, DataClass.LAB, DataClass.PROCEDURE, DataClass.DEVICE),
    Role.CLERK: _OFFICE,
}
"""Which data of other facilities each role may see."""


def policy_document(version: str, **changes: Any) -> bytes:
    """The policy as JSON; `changes` replace keys of it (`growth="frozen"`)."""
    policy = {
        "version": int(version),
        "modes": [Mode.BLANKET],
        "texts": {"ja": "blanket-ja-1", "en": "blanket-en-1"},
        "valid_days": None,
        "signer_ages": {"with_guardian": 15, "alone": 18},
        "upload_without_consent": Upload.HOLD,
        "growth": Growth.NOTIFY,
        "notices": {},
        "topology": Topology.MESH,
        "emergency": EmergencyRule.CONSENTED,
        "emergency_types": ["emergency-hospital"],
        "own_roles": list(Role),
        "role_classes": {role: list(classes) for role, classes in ROLE_CLASSES.items()},
        "disasters": [],
        "max_snapshot_age_s": int(CONSENT_SNAPSHOT_MAX_AGE_S),
    }
    return msgspec.json.format(msgspec.json.encode(policy | changes), indent=2)


def participants_document(version: str, facilities: Iterable[tuple[str, str, str]], since: datetime) -> bytes:
    """The participant list as JSON, from (10-digit number, name, kind); all provide and view from `since` on."""
    listed = [
        {
            "facility": number,
            "name": name,
            "kind": kind,
            "from": since.isoformat(),
            "to": None,
            "provides": True,
            "views": True,
        }
        for number, name, kind in facilities
    ]
    return msgspec.json.format(
        msgspec.json.encode({"version": int(version), "participants": listed}), indent=2
    )
