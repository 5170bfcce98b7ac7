"""Who may sign for whom (consent.md, section 3, "Signers"): self, by a scribe, a guardian, or both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from appliance.errors import Audience, RenkeiError


class SignerKind(StrEnum):
    """Whose will a signature carries, and whose hand."""

    SELF = "self"
    SCRIBE = "scribe"
    """代筆: the patient decides, somebody writes, a witness (立会人) stands by."""
    GUARDIAN = "guardian"
    SELF_AND_GUARDIAN = "self-and-guardian"
    PROXY = "proxy"


PAPERS_NEEDED: Final = frozenset({SignerKind.GUARDIAN, SignerKind.SELF_AND_GUARDIAN, SignerKind.PROXY})
"""Signers whose papers (続柄、代理権) the staff have to see before they approve."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed. For anybody but the patient alone: a name, how they stand to the patient, and on what ground."""

    kind: SignerKind = SignerKind.SELF
    name: str = ""
    relation: str = ""
    ground: str = ""
    witness: str = ""


@dataclass(frozen=True, slots=True)
class SignerAges:
    """Below `with_guardian` years the guardian signs, below `alone` both sign, from then on the patient alone."""

    with_guardian: int = 15
    alone: int = 18


class SignerError(RenkeiError):
    """This signer may not sign for this patient, or something about them is missing."""

    code = "CONSENT-0010"
    audience = Audience.STAFF


def age_on(birth: date, day: date) -> int:
    """Full years; somebody born on 29 February has their birthday on 1 March of other years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def check_signer(signer: Signer, birth: date | None, day: date, ages: SignerAges) -> None:
    """Raises SignerError unless this signer may decide for somebody born on `birth`."""
    if birth is None:
        raise SignerError(
            "生年月日が分からないため、だれが署名するべきか決められません。",
            "The birth date is not known, so it cannot be said who has to sign.",
            hint_ja="レセコンで生年月日を登録し、データが届いてからやり直してください。",
            hint_en="Enter the birth date in the receipt computer and try again when the data have arrived.",
        )
    allowed = _allowed(age_on(birth, day), ages)
    if signer.kind not in allowed:
        raise SignerError(
            "この年齢の方の同意は、この人の署名では受け付けられません。",
            "At this age the consent cannot be signed by this person.",
            hint_ja=f"{ages.with_guardian}歳未満は保護者、{ages.alone}歳未満はご本人と保護者、それ以上はご本人が署名します。",
            hint_en=f"Below {ages.with_guardian} the guardian signs, below {ages.alone} both, from then on the patient.",
        )
    check_complete(signer)


def check_complete(signer: Signer) -> None:
    """Raises SignerError where somebody signs for the patient and it is not said who."""
    if signer.kind is SignerKind.SELF:
        return
    by = signer.witness if signer.kind is SignerKind.SCRIBE else signer.relation
    if not (signer.name and by):
        raise SignerError(
            "署名した人の氏名・続柄、または立会人の氏名が足りません。",
            "The signer's name and relation, or the witness's name, is missing.",
            hint_ja="足りない項目を入れてください。",
            hint_en="Fill in what is missing.",
        )


def _allowed(age: int, ages: SignerAges) -> frozenset[SignerKind]:
    if age < ages.with_guardian:
        return frozenset({SignerKind.GUARDIAN})
    if age < ages.alone:
        return frozenset({SignerKind.SELF_AND_GUARDIAN})
    return frozenset({SignerKind.SELF, SignerKind.SCRIBE, SignerKind.PROXY})
