"""The operator's rules as one value: the policy with what goes around it, and the participants with their names.

Two JSON documents are read, strictly: a key that this version does not know could forbid something, so it is an error
and the last good rules stay in force.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from appliance.channels import ChannelKind
from appliance.consent.border import parse_policy
from appliance.consent.consents import Mode
from appliance.consent.participants import Membership, Participants
from appliance.consent.policy import Policy
from appliance.consent.readers import (
    Key,
    MalformedCaseError,
    by_text,
    json_object,
    known_word,
    list_of,
    made,
    number,
    or_null,
    text,
    time,
    truth,
    under,
)
from appliance.consent.request import Snapshot
from appliance.consent.signers import SignerAges
from appliance.errors import Audience, RenkeiError
from appliance.limits import RULES_NUMBER_MAX

T = TypeVar("T")


class MalformedRulesError(RenkeiError):
    """The policy or the participant list is not of the agreed form; `where` is the path to the fault."""

    code = "CONSENT-0003"
    audience = Audience.OPERATOR

    def __init__(self, ja: str, en: str, where: str) -> None:
        super().__init__(
            ja,
            en,
            hint_ja="運用者に連絡してください。それまでは、最後に受け取った正しい規則が使われます。",
            hint_en="Call the operator. Until then the last good rules stay in force.",
        )
        self.where = where


class Upload(StrEnum):
    """What becomes of data without consent: they are held in the box. (`sealed` is not of this version.)"""

    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Participant:
    """One line of the participant list: a facility's stay in the network, and whether it provides and views there."""

    facility: str
    name: str
    kind: str
    since: datetime
    until: datetime | None
    provides: bool
    views: bool

    @property
    def membership(self) -> Membership:
        return Membership(self.facility, self.since, self.until)


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything the operator has laid down, as `parse_rules` read it.

    `texts` names the consent text of each language that is offered; `valid_days` how long a consent holds (None: until
    it is withdrawn). `providers` and `viewers` are the participants that provide and that view. `channels`: how the network
    takes data in, which the site file says.
    """

    policy: Policy
    policy_version: str
    participants: Participants
    participants_version: str
    facility_names: Mapping[str, str]
    providers: Participants
    viewers: Participants
    modes: tuple[Mode, ...] = (Mode.BLANKET,)
    texts: Mapping[str, str] = field(default_factory=dict)
    valid_days: int | None = None
    signer_ages: SignerAges = field(default_factory=SignerAges)
    upload: Upload = Upload.HOLD
    expires: datetime | None = None
    """When the policy or the list, whichever is first, has to be replaced; what is known is then no longer fresh."""
    channels: tuple[ChannelKind, ...] = (ChannelKind.FHIR,)

    @property
    def facility_types(self) -> Mapping[str, str]:
        return self.participants.kinds

    def are_fresh(self, now: datetime) -> bool:
        """Whether they still say how things are; expired ones stay in force, but nothing new is learned by them."""
        return self.expires is None or now < self.expires

    def name(self, facility: str) -> str:
        """The facility's name; its number where the list does not name it."""
        return self.facility_names.get(facility, facility)

    def present(self, now: datetime) -> tuple[str, ...]:
        """The facilities that take part now, by number."""
        return tuple(
            number
            for number in sorted(self.participants.memberships)
            if self.participants.joined(number, now) is not None
        )

    def snapshot_to_provide(self, taken_at: datetime) -> Snapshot:
        """What PROVIDE rests on: only facilities that provide count as participants."""
        return Snapshot(taken_at, self.providers, self.policy)

    def snapshot_to_view(self, taken_at: datetime, viewer: str, provider: str) -> Snapshot:
        """What VIEW rests on: the viewer counts where it views, the provider where it provides."""
        pairs = ((provider, self.providers), (viewer, self.viewers))
        stays = {facility: who.memberships.get(facility, ()) for facility, who in pairs}
        return Snapshot(taken_at, Participants(stays, self.participants.kinds), self.policy)


_POLICY_KEYS: Final = frozenset(
    {
        "growth",
        "notices",
        "topology",
        "emergency",
        "emergency_types",
        "own_roles",
        "role_classes",
        "disasters",
        "max_snapshot_age_s",
    }
)
"""What `parse_policy` reads: the policy of the case format (consent.md, section 8)."""

_ENVELOPE: Final = frozenset({"kind", "network", "version", "not_before", "expires"})
"""Keys of every signed document, looked at by whoever verifies the signature (records/signed.py)."""


def _whole(value: object) -> int:
    found = number(value)
    if not 1 <= found <= RULES_NUMBER_MAX or found != int(found):
        raise MalformedCaseError(
            f"1から{RULES_NUMBER_MAX}までの整数が必要です",
            f"a whole number from 1 to {RULES_NUMBER_MAX} is needed",
        )
    return int(found)


def _version(value: object) -> str:
    """A whole number, as consents name it."""
    found = number(value)
    if found < 1 or found != int(found):
        raise MalformedCaseError("1以上の整数が必要です", "a whole number from 1 on is needed")
    return str(int(found))


def _modes(value: object) -> tuple[Mode, ...]:
    modes = tuple(list_of(known_word(Mode))(value))
    if not modes:
        raise MalformedCaseError("同意の方式が一つもありません", "no mode of consent is offered")
    return modes


def _strict(keys: tuple[Key, ...], others: Collection[str] = ()) -> Callable[[object], dict[str, Any]]:
    """A reader of objects with these keys and no others."""
    names = {key.name for key in keys}.union(others)
    read_known: Callable[[object], dict[str, Any]] = made(dict, *keys)

    def read(value: object) -> dict[str, Any]:
        for name in json_object(value):
            if name not in names:
                raise MalformedCaseError(
                    "この版が知らない項目です", "this version does not know this key", name
                )
        return read_known(value)

    return read


_participant = _strict(
    (
        Key("facility", "facility", text, must=True),
        Key("name", "name", text, must=True),
        Key("kind", "kind", text, must=True),
        Key("from", "since", time, must=True),
        Key("to", "until", or_null(time), must=True),
        Key("provides", "provides", truth, must=True),
        Key("views", "views", truth, must=True),
    )
)
_participants = _strict(
    (
        Key("version", "version", _version, must=True),
        Key("expires", "expires", time),
        Key("participants", "participants", list_of(lambda one: Participant(**_participant(one))), must=True),
    ),
    _ENVELOPE,
)
_around_policy = _strict(
    (
        Key("version", "policy_version", _version, must=True),
        Key("expires", "expires", time),
        Key("modes", "modes", _modes),
        Key("texts", "texts", by_text(text), must=True),
        Key("valid_days", "valid_days", or_null(_whole)),
        Key(
            "signer_ages",
            "signer_ages",
            made(SignerAges, Key("with_guardian", "with_guardian", _whole), Key("alone", "alone", _whole)),
        ),
        Key("upload_without_consent", "upload", known_word(Upload)),
    ),
    _POLICY_KEYS | _ENVELOPE,
)


def parse_rules(policy_json: bytes, participants_json: bytes) -> Rules:
    """The rules of the two documents; raises MalformedRulesError naming the document and the place."""
    document = _decoded("policy", policy_json)
    around = _placed("policy", _around_policy, document)
    policy = _placed("", parse_policy, document)
    found = _placed("participants", _participants, _decoded("participants", participants_json))
    listed: Sequence[Participant] = found["participants"]
    kinds = {one.facility: one.kind for one in listed}
    ends = [one for one in (around.pop("expires", None), found.get("expires")) if one is not None]
    return Rules(
        policy=policy,
        participants=Participants.of((one.membership for one in listed), kinds),
        participants_version=found["version"],
        facility_names={one.facility: one.name for one in listed},
        providers=Participants.of((one.membership for one in listed if one.provides), kinds),
        viewers=Participants.of((one.membership for one in listed if one.views), kinds),
        expires=min(ends, default=None),
        **around,
    )


def _decoded(document: str, data: bytes) -> object:
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):
        raise MalformedRulesError(
            f"{document}: JSONとして読めません", f"{document}: this is not JSON", document
        ) from None


def _placed(document: str, read: Callable[[object], T], value: object) -> T:
    try:
        return under(document, read, value) if document else read(value)
    except MalformedCaseError as wrong:
        raise MalformedRulesError(wrong.ja, wrong.en, wrong.where) from None
