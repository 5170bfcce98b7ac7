"""How each audited event is coded for others, and which particulars of it may leave the box: the one table.

Event codes are DICOM's (PS3.16, CID 400 and 401); actions are C, R, U, D, E; outcomes 0, 4 and 8 (PS3.15 A.5.1). What a
row's body holds beside the particulars named here stays in the box: free words may hold a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from appliance.store.audit import Event


class Code(NamedTuple):
    """One DICOM code with its meaning."""

    code: str
    meaning: str


APPLICATION: Final = Code("110100", "Application Activity")
LOG_USED: Final = Code("110101", "Audit Log Used")
EXPORT: Final = Code("110106", "Export")
PATIENT_RECORD: Final = Code("110110", "Patient Record")
QUERY: Final = Code("110112", "Query")
ALERT: Final = Code("110113", "Security Alert")
AUTHENTICATION: Final = Code("110114", "User Authentication")

STARTED: Final = Code("110120", "Application Start")
STOPPED: Final = Code("110121", "Application Stop")
LOGIN: Final = Code("110122", "Login")
LOGOUT: Final = Code("110123", "Logout")
SECURITY_CONFIGURATION: Final = Code("110129", "Security Configuration")
USER_ATTRIBUTES: Final = Code("110137", "User Security Attributes Changed")


class Outcome(StrEnum):
    """Whether what was tried came about."""

    SUCCESS = "0"
    MINOR_FAILURE = "4"
    SERIOUS_FAILURE = "8"


@dataclass(frozen=True, slots=True)
class Kind:
    """How one event is told: its code, a closer one, its action and usual outcome, and the particulars that may leave.

    `of_named` are particulars that leave only with a patient who is named. `whole` names one particular under which they all leave together, as canonical JSON.
    """

    id: Code
    action: str
    type: Code | None = None
    outcome: Outcome = Outcome.SUCCESS
    particulars: tuple[str, ...] = ()
    of_named: tuple[str, ...] = ()
    whole: str = ""


_VIEW: Final = ("consent", "policy", "participants", "snapshot_at")
_CONSENT: Final = ("consent", "policy", "text", "language", "elsewhere", "again")
_TERMS: Final = ("mode", "emergency", "signer", "text_hash", "evidence", "by")
"""What a consent says: told only of a patient who is named, for what a refusal or a withdrawal said never leaves."""
_DELIVERY: Final = ("delivery", "kind", "classes", "consent", "channel")
_ANCHOR: Final = ("device", "seq", "hash", "at", "certificate", "signature")

CATALOGUE: Final[Mapping[str, Kind]] = {
    Event.SIGNED_IN: Kind(AUTHENTICATION, "E", LOGIN),
    Event.SIGN_IN_REFUSED: Kind(AUTHENTICATION, "E", LOGIN, Outcome.MINOR_FAILURE),
    Event.STAFF_LOCKED: Kind(ALERT, "E", USER_ATTRIBUTES, Outcome.SERIOUS_FAILURE),
    Event.SIGNED_OUT: Kind(AUTHENTICATION, "E", LOGOUT),
    Event.SESSION_ENDED: Kind(AUTHENTICATION, "E", LOGOUT),
    Event.STAFF_ADDED: Kind(ALERT, "C", USER_ATTRIBUTES, particulars=("added", "role")),
    Event.STAFF_REMOVED: Kind(ALERT, "D", USER_ATTRIBUTES, particulars=("removed",)),
    Event.PASSWORD_CHANGED: Kind(ALERT, "U", USER_ATTRIBUTES, particulars=("changed",)),
    Event.PATIENTS_SEARCHED: Kind(QUERY, "E", particulars=("by",)),
    Event.PATIENT_SHOWN: Kind(PATIENT_RECORD, "R", particulars=_VIEW),
    Event.NETWORK_VIEWED: Kind(QUERY, "E", particulars=_VIEW),
    Event.DOCUMENT_OPENED: Kind(PATIENT_RECORD, "R", particulars=_VIEW),
    Event.NETWORK_SEARCHED: Kind(QUERY, "E"),
    Event.ACCESS_HISTORY_SHOWN: Kind(LOG_USED, "R", particulars=("count",)),
    Event.WORK_LIST_SHOWN: Kind(PATIENT_RECORD, "R"),
    Event.CONSENT_SIGNED: Kind(PATIENT_RECORD, "C", particulars=_CONSENT, of_named=_TERMS),
    Event.CONSENT_APPROVED: Kind(PATIENT_RECORD, "U", particulars=_CONSENT, of_named=_TERMS),
    Event.CONSENT_REJECTED: Kind(PATIENT_RECORD, "U", particulars=_CONSENT, of_named=_TERMS),
    Event.CONSENT_DECLINED: Kind(PATIENT_RECORD, "C", particulars=_CONSENT, of_named=_TERMS),
    Event.CONSENT_WITHDRAWN: Kind(PATIENT_RECORD, "U", particulars=_CONSENT, of_named=_TERMS),
    Event.CONSENT_SUSPENDED: Kind(PATIENT_RECORD, "U", particulars=_CONSENT, of_named=_TERMS),
    Event.CONSENT_RESUMED: Kind(PATIENT_RECORD, "U", particulars=_CONSENT, of_named=_TERMS),
    Event.CONSENT_SUPERSEDED: Kind(PATIENT_RECORD, "U", particulars=_CONSENT, of_named=_TERMS),
    Event.CONSENT_EXPIRED: Kind(PATIENT_RECORD, "U", particulars=_CONSENT, of_named=_TERMS),
    Event.CONSENT_PAPER_SHOWN: Kind(PATIENT_RECORD, "R", particulars=("consent",)),
    Event.COPY_HANDED: Kind(EXPORT, "R", particulars=("consent",)),
    Event.COPY_DECLINED: Kind(PATIENT_RECORD, "U", particulars=("consent",)),
    Event.DELIVERY_REPLAYED: Kind(APPLICATION, "E", particulars=("delivery",)),
    Event.DELIVERY_DISCARDED: Kind(APPLICATION, "E", particulars=("delivery",)),
    Event.DELIVERY_SENT: Kind(EXPORT, "R", particulars=_DELIVERY),
    Event.DELIVERY_REFUSED: Kind(EXPORT, "R", None, Outcome.SERIOUS_FAILURE, _DELIVERY),
    Event.ARRIVAL_RETRIED: Kind(APPLICATION, "E", particulars=("arrival",)),
    Event.SERVICE_STARTED: Kind(APPLICATION, "E", STARTED, particulars=("service", "version")),
    Event.SERVICE_STOPPED: Kind(APPLICATION, "E", STOPPED, particulars=("service",)),
    Event.CONFIGURATION_CHANGED: Kind(ALERT, "U", SECURITY_CONFIGURATION, particulars=("changed", "first")),
    Event.STORE_REKEYED: Kind(ALERT, "U", SECURITY_CONFIGURATION, particulars=("before", "after")),
    Event.STORE_KEY_RECOVERED: Kind(ALERT, "E", SECURITY_CONFIGURATION, particulars=("key",)),
    Event.STORE_RESTORED: Kind(
        ALERT, "U", None, Outcome.SERIOUS_FAILURE, ("generation", "taken_at", "findings", "doubtful")
    ),
    Event.STORE_RECOVERED: Kind(
        ALERT,
        "U",
        None,
        Outcome.SERIOUS_FAILURE,
        ("rows", "unreadable_pages", "unreadable_rows", "dangling", "quarantined", "doubtful"),
    ),
    Event.DATA_DISPOSED: Kind(
        PATIENT_RECORD, "D", particulars=("arrivals", "documents", "deliveries", "before")
    ),
    Event.BOX_RETIRED: Kind(ALERT, "D", SECURITY_CONFIGURATION, particulars=("device", "key")),
    Event.AUDIT_ANCHORED: Kind(APPLICATION, "E", particulars=_ANCHOR, whole="anchor"),
    Event.AUDIT_EXPORTED: Kind(LOG_USED, "R", particulars=("first", "last", "format", "with_patients")),
    Event.AUDIT_CHAIN_CHANGED: Kind(
        ALERT, "E", None, Outcome.SERIOUS_FAILURE, ("destination", "seq", "hash")
    ),
}

UNLISTED: Final = Kind(APPLICATION, "E")
"""What an event is told as that this table does not have: its name, and that it happened; no particulars."""


def kind_of(event: str) -> Kind:
    return CATALOGUE.get(event, UNLISTED)
