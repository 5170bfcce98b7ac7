"""Golden bundles: what the box sends, byte for byte, in files a person can read.

After a change that is meant: `python -m tests.exchange.fhir.golden` writes them anew; read the difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from appliance.consent.states import State
from appliance.exchange.fhir.bundle import (
    Payload,
    consent_payload,
    document_payload,
    identity_payload,
    removal_payload,
)
from appliance.records.document import DocumentKind
from tests.exchange.fhir import made, stated

FOLDER = Path(__file__).parent / "golden"

BUNDLES: Mapping[str, Callable[[], Payload]] = {
    "identity": lambda: identity_payload(made.identity()),
    "identity-at-home": lambda: identity_payload(made.identity(made.person(made.AT_HOME))),
    "claim": lambda: document_payload(made.content()),
    "claim-replaced": lambda: document_payload(
        made.content(made.INSURANCE, made.DISEASE), {("Condition", "00000000-0000-5000-8000-00000000000a")}
    ),
    "prescription": lambda: document_payload(stated.content(DocumentKind.PRESCRIPTION, *stated.PRESCRIPTION)),
    "dispensing": lambda: document_payload(stated.content(DocumentKind.DISPENSING, *stated.DISPENSING)),
    "laboratory": lambda: document_payload(stated.content(DocumentKind.LABORATORY, *stated.REPORT)),
    "letter": lambda: document_payload(stated.content(DocumentKind.LETTER, *stated.SUMMARY)),
    "letter-whole": lambda: document_payload(
        stated.content(DocumentKind.LETTER, *stated.SUMMARY, file=b"%PDF-1.4\n%%EOF\n")
    ),
    "removal": lambda: removal_payload(made.KEY, {("Condition", "00000000-0000-5000-8000-00000000000a")}),
    "consent-active": lambda: consent_payload(made.signed(), made.identity(), introduce=True),
    "consent-withdrawn": lambda: consent_payload(
        made.signed(State.WITHDRAWN), made.identity(), introduce=False
    ),
}


def readable(payload: Payload) -> str:
    return json.dumps(json.loads(payload.body), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, make in BUNDLES.items():
        (FOLDER / f"{name}.json").write_text(readable(make()), encoding="utf-8")
