"""`renkei consent explain`: 100,000 cases against reading the same lines as JSON."""

from __future__ import annotations

import json

from appliance.consent.explain import explain_lines
from tests.bench.measure import Ratio, by_turns

CASES = 100_000
_CASE = {
    "now": "2026-10-01T10:00:00+09:00",
    "snapshot_at": "2026-10-01T09:59:00+09:00",
    "participants": [
        {"facility": "clinic-a", "from": "2025-04-01T00:00:00+09:00", "to": None},
        {"facility": "hosp-c", "from": "2025-04-01T00:00:00+09:00", "to": None},
    ],
    "facility_types": {"clinic-a": "clinic", "hosp-c": "emergency-hospital"},
    "patient": {"can_express": True},
    "policy": {"own_roles": ["doctor"], "role_classes": {"doctor": ["medication"]}},
    "consent": {
        "state": "active",
        "mode": "blanket",
        "effective": "2026-05-01T09:00:00+09:00",
        "captured_at": "clinic-a",
    },
    "request": {
        "authenticated": True,
        "viewer": "dr-1",
        "viewer_facility": "hosp-c",
        "source_facility": "clinic-a",
        "role": "doctor",
        "purpose": "treat",
        "data_class": "medication",
        "data_date": "2026-04-10",
    },
}


def measure() -> Ratio:
    lines = [json.dumps({"id": number, "case": _CASE}) for number in range(CASES)]
    ours_s, baseline_s = by_turns(
        lambda: sum(good for _, good in explain_lines(lines)),
        lambda: [json.loads(line) for line in lines],
        runs=2,
    )
    return Ratio(
        "consent explain, 100,000 cases / json.loads", ours_s, baseline_s, "seconds", f"{ours_s:.1f} s"
    )
