"""The MHD channel: whole documents to the hub, by ITI-65 or ITI-105, each asked for before it is sent.

Nothing of what the hub holds is written down here: the document's key finds all its versions there (ITI-67), so that a box
that was restored, or a hub that was, needs no repair. A delivery of a document that does not leave whole takes back what
there is of it; who somebody is goes by this channel too, for it waits for no other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from appliance.channels import WHOLE_DOCUMENTS, ChannelKind
from appliance.exchange import fhir_channel
from appliance.exchange.channel import Arrived, Missing, Told
from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.provenance import Held
from appliance.exchange.fhir.reading import words
from appliance.exchange.fhir_channel import FhirChannel
from appliance.exchange.hub import Hub, Unanswered
from appliance.exchange.mhd.provide import (
    Known,
    again,
    condition,
    encoded,
    is_there,
    known_of,
    known_terms,
    provide,
    publish,
    removal,
    submission_terms,
)
from appliance.exchange.mhd.whole import Whole, unique_id, whole_of
from appliance.exchange.outcomes import Delivered, Outcome, Refused, Transient, without_words
from appliance.exchange.prepare import (
    FacilityName,
    Manner,
    NothingToSendError,
    Prepared,
    may_go_whole,
    whole_content,
)
from appliance.store.db import Store
from appliance.store.deliveries import Claimed, Kind

GONE: Final = "gone"
"""Digest of a delivery after which the hub has nothing of the document."""
NEVER: Final = "never"
"""Digest of one of a document that never goes whole: the hub is not asked about it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery of a document: this version of it, or (None) nothing of it any more.

    `concerns` False: it is of a format that never goes whole, there is nothing to do.
    """

    key: str
    whole: Whole | None
    concerns: bool = True

    @property
    def digest(self) -> str:
        if not self.concerns:
            return NEVER
        return self.whole.version if self.whole else GONE

    @property
    def holds(self) -> None:
        return None

    def entries(self) -> dict[str, str]:
        return {f"document/{self.key}": self.digest}


@dataclass(frozen=True, slots=True)
class Question:
    """Whether the version with this digest counts at the hub; with GONE, whether it has none."""

    key: str
    digest: str


def mhd_channels(
    channels: Collection[ChannelKind], hub: Hub, facility_name: FacilityName, manner: Manner
) -> list[MhdChannel]:
    """The channel of this kind that a network has, if it has one."""
    wanted = sorted(WHOLE_DOCUMENTS & set(channels))
    return [MhdChannel(hub, facility_name, manner, simple=one is ChannelKind.MHD_SIMPLE) for one in wanted]


class MhdChannel:
    """Documents to one hub; `simple`: by ITI-105."""

    group_max = 1

    def __init__(
        self, hub: Hub, facility_name: FacilityName, manner: Manner, *, simple: bool = False
    ) -> None:
        self.kind = ChannelKind.MHD_SIMPLE if simple else ChannelKind.MHD
        self._hub = hub
        self._manner = manner
        self._people = FhirChannel(hub, facility_name, manner)

    def prepare(self, store: Store, claimed: Claimed) -> Sent | Prepared:
        if claimed.kind is Kind.IDENTITY:
            return self._people.prepare(store, claimed)
        if claimed.kind is Kind.REMOVE:
            return Sent(claimed.document_key, None)
        try:
            if not may_go_whole(store, claimed):
                return Sent(claimed.document_key, None, concerns=False)
            found = whole_content(store, claimed, self._manner.files)
        except KeyError as error:
            raise NothingToSendError(
                "送る内容が保存庫に見つかりません。", "What is to be sent is not in the store."
            ) from error
        return Sent(claimed.document_key, whole_of(*found) if found else None)

    def group(self) -> Callable[[Sent | Prepared], bool]:
        """Each goes alone: it is asked for first."""
        return lambda _: True

    def send(self, group: Sequence[Sent | Prepared]) -> list[Outcome]:
        return [self._send(one) for one in group]

    def took(self, store: Store, claimed: Claimed, holds: Any) -> None:
        """The hub is asked, not remembered."""

    def question(self, store: Store, claimed: Claimed) -> Question | fhir_channel.Question:
        if claimed.kind is Kind.IDENTITY:
            return self._people.question(store, claimed)
        return Question(claimed.document_key, claimed.digest)

    def ask(self, question: Question | fhir_channel.Question) -> Told:
        if isinstance(question, fhir_channel.Question):
            return self._people.ask(question)
        if question.digest == NEVER:
            return Arrived(None)
        known = self._known(question.key)
        if isinstance(known, Unanswered):
            return known
        if question.digest == GONE:
            return Missing() if known else Arrived(None)
        return Arrived(None) if is_there(known, unique_id(question.key, question.digest)) else Missing()

    def _known(self, key: str) -> tuple[Known, ...] | Unanswered:
        found = self._hub.search("DocumentReference", known_terms(key))
        return found if isinstance(found, Unanswered) else known_of(found)

    def _send(self, one: Sent | Prepared) -> Outcome:
        if isinstance(one, Prepared):
            return self._people.send([one])[0]
        if not one.concerns:
            return Delivered()
        known = self._known(one.key)
        if isinstance(known, Unanswered):
            return Transient(known.reason)
        if one.whole is None:
            return self._remove(known)
        if is_there(known, one.whole.unique_id):
            return Delivered()
        back = again(known, one.whole.unique_id)
        if back is not None:
            return self._transaction(back)
        if self.kind is ChannelKind.MHD:
            return self._transaction(provide(one.whole, known))
        return self._publish(one.whole, known)

    def _publish(self, whole: Whole, known: Sequence[Known]) -> Outcome:
        patients = self._hub.search("Patient", [("identifier", whole.person.key.as_search())])
        if isinstance(patients, Unanswered):
            return Transient(patients.reason)
        if len(patients) != 1:
            return Refused(without_words(f"{len(patients)} Patient(s) with the identifier of the document's"))
        body = encoded(publish(whole, f"Patient/{words(patients[0], 'id')}", known))
        return self._hub.create("DocumentReference", body, condition(whole.unique_id))

    def _remove(self, known: Sequence[Known]) -> Outcome:
        submissions: set[Held] = set()
        for version in known:
            found = self._hub.search("List", submission_terms(version))
            if isinstance(found, Unanswered):
                return Transient(found.reason)
            submissions |= {("List", words(one, "id")) for one in found}
        return self._transaction(removal(known, submissions)) if known else Delivered()

    def _transaction(self, bundle: Resource) -> Outcome:
        return self._hub.send(encoded(bundle), len(bundle["entry"]))
