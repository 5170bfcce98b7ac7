"""Allergies and side effects of the made-up people, the same at every institution that asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.practice.chance import Chance


class AllergyKind(StrEnum):
    """患者特記種別 of the notebook format."""

    ALLERGY = "1"
    SIDE_EFFECT = "2"


@dataclass(frozen=True, slots=True)
class Allergy:
    """What somebody does not bear, in words."""

    kind: AllergyKind
    text: str


ALLERGY_SHARE: Final = 0.09
ALLERGIES: Final = (
    (Allergy(AllergyKind.ALLERGY, "ペニシリン系抗生物質で発疹"), 3.0),
    (Allergy(AllergyKind.ALLERGY, "そば"), 1.0),
    (Allergy(AllergyKind.ALLERGY, "卵"), 1.5),
    (Allergy(AllergyKind.ALLERGY, "ヨード造影剤でじんま疹"), 1.0),
    (Allergy(AllergyKind.SIDE_EFFECT, "ロキソプロフェンで胃痛"), 2.0),
    (Allergy(AllergyKind.SIDE_EFFECT, "アムロジピンで下肢のむくみ"), 1.0),
)


def allergies_of(seed: int, person_number: int) -> tuple[Allergy, ...]:
    """None for most people, one for some."""
    chance = Chance(seed, "allergy", person_number)
    return (chance.pick_weighted(ALLERGIES),) if chance.happens(ALLERGY_SHARE) else ()
