"""What a decision says: its effect, its reason, what it obliges to, and one sentence for the person concerned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """Whether the data may be seen or sent; `permit-limited` comes with obligations."""

    PERMIT = "permit"
    PERMIT_LIMITED = "permit-limited"
    DENY = "deny"


class Reason(StrEnum):
    """The reason words of consent.md, section 8, in the order of the rows that give them."""

    NOT_AUTHENTICATED = "not-authenticated"
    OWN_RECORD = "own-record"
    NOT_PARTICIPANT = "not-participant"
    SOURCE_LEFT = "source-left"
    ROLE = "role"
    NO_DISASTER = "no-disaster"
    FACILITY_TYPE = "facility-type"
    NO_GRANT = "no-grant"
    REFUSED = "refused"
    EMERGENCY_OPT_OUT = "emergency-opt-out"
    POLICY = "policy"
    NO_CONSENT = "no-consent"
    ASK_THE_PATIENT = "ask-the-patient"
    EMERGENCY_SUBSET = "emergency-subset"
    EMERGENCY = "emergency"
    DISASTER = "disaster"
    PURPOSE = "purpose"
    DRAFT = "draft"
    PENDING = "pending"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    ENTERED_IN_ERROR = "entered-in-error"
    NOT_YET = "not-yet"
    EXPIRED = "expired"
    STALE = "stale"
    EXCLUDED = "excluded"
    OUT_OF_SCOPE = "out-of-scope"
    TOPOLOGY = "topology"
    HIDDEN = "hidden"
    DATA_PERIOD = "data-period"
    CONSENT = "consent"


class Obligation(StrEnum):
    """What whoever shows the data of a limited permission must do."""

    BANNER = "banner"
    WATERMARK = "watermark"
    NO_PRINT = "no-print"
    NOTIFY = "notify"
    REVIEW_24H = "review-24h"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one case; `why_ja` and `why_en` are one plain sentence each, for the patient and the auditor."""

    effect: Effect
    reason: Reason
    why_ja: str
    why_en: str
    obligations: tuple[Obligation, ...] = ()

    @property
    def permits(self) -> bool:
        return self.effect is not Effect.DENY


_STRICTNESS = {Effect.DENY: 2, Effect.PERMIT_LIMITED: 1, Effect.PERMIT: 0}


def strictest(decisions: Iterable[Decision]) -> Decision:
    """The decision that governs where several apply: a denial, else a limited permission; of equals, the first.

    For a document, which needs every class it holds, and for two records of one patient that differ (after a merge or
    an import). Raises ValueError when there is nothing to choose from: nothing asked is nothing permitted.
    """
    return max(decisions, key=lambda decision: _STRICTNESS[decision.effect])
