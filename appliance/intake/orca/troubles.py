"""What can be wrong with an ORCA server; the words for it, and what the installer does, stand in warnings.py."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from appliance.errors import Audience, RenkeiError
from appliance.sources import SourceKind
from appliance.warnings import warning_of


class Trouble(StrEnum):
    """Counted for the intake; `away…` says that the server was not reached, or let nobody in."""

    AWAY = "away"
    CUT = "away-cut"
    TLS = "away-tls"
    CERTIFICATE = "away-certificate"
    SIGN_IN = "away-sign-in"
    NOT_ALLOWED = "away-not-allowed"
    WRONG_ADDRESS = "away-wrong-address"
    SLOW = "slow"
    SERVER_ERROR = "server-error"
    NOT_UNDERSTOOD = "not-understood"
    BUSY = "busy"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"
    GAP = "gap"
    PUSH_AWAY = "push-away"
    STORE_FULL = "store-full"


ENDS_LOOK: Final = frozenset(
    {
        Trouble.AWAY,
        Trouble.CUT,
        Trouble.TLS,
        Trouble.CERTIFICATE,
        Trouble.SIGN_IN,
        Trouble.NOT_ALLOWED,
        Trouble.WRONG_ADDRESS,
    }
)
"""After these nothing else is asked for a while; the others concern one patient or one day."""


class OrcaError(RenkeiError):
    """A question to ORCA got no usable answer; asking again later does no harm."""

    code = "INTAKE-0301"
    audience = Audience.INSTALLER

    def __init__(self, trouble: Trouble) -> None:
        words = warning_of(SourceKind.ORCA, trouble)
        super().__init__(words.ja, words.en, hint_ja=words.hint_ja, hint_en=words.hint_en)
        self.trouble = trouble
