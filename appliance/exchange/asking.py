"""Asking the hub for everything it shows of one patient: in request threads, never in the store's."""

from __future__ import annotations

import concurrent.futures
from dataclasses import dataclass
from functools import partial

from appliance.exchange.fhir.datatypes import Resource
from appliance.exchange.fhir.identifiers import Key
from appliance.exchange.hub import Hub, Patience, Unanswered
from appliance.exchange.identity import regional_number
from appliance.exchange.threads import RequestThreads
from appliance.exchange.timeline import TYPES
from appliance.store.network import Regional

_PAGE = "200"
_ALSO = {"DocumentReference": [("status", "current")]}
"""What a search of a type needs beside the person (ITI-67: the status)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom the hub is asked about: by the facility's own key, and by the region's number as far as it is known.

    `region` is the identifier system of the region's numbers, empty where the network has none; `regional` None: to be
    asked for.
    """

    own: Key
    region: str = ""
    regional: Regional | None = None

    @property
    def asks_for_the_number(self) -> bool:
        return bool(self.region) and self.regional is None

    def terms(self) -> str:
        """Any of the identifiers finds the person."""
        keys = [self.own]
        if self.regional is not None and self.regional.value:
            keys.append(Key(self.regional.system, self.regional.value))
        return ",".join(key.as_search() for key in keys)


@dataclass(frozen=True, slots=True)
class Found:
    """The hub's whole answer; `regional` where its index was asked as well."""

    resources: list[Resource]
    regional: Regional | None = None


def ask_all(hub: Hub, threads: RequestThreads, wanted: Wanted, patience: Patience) -> Found | None:
    """Everything the hub shows of the person; None: no whole answer in time. Waits `patience.in_all_s` at most.

    Where the region's number is not known its index has a third of that time; without it the facility's own key has to do.
    """
    regional, left_s = None, patience.in_all_s
    if wanted.asks_for_the_number:
        index_s = patience.in_all_s / 3
        regional, left_s = _number(hub, threads, wanted, index_s), left_s - index_s
        wanted = Wanted(wanted.own, wanted.region, regional)
    person = ("patient.identifier", wanted.terms())
    asked = [
        threads.submit(partial(hub.search, kind, [person, *_ALSO.get(kind, []), ("_count", _PAGE)], patience))
        for kind in TYPES
    ]
    done, late = concurrent.futures.wait(asked, timeout=left_s)
    answers = [one.result() for one in asked if one in done]
    whole = [answer for answer in answers if not isinstance(answer, Unanswered)]
    if late or len(whole) < len(answers):
        return None
    return Found([one for answer in whole for one in answer], regional)


def _number(hub: Hub, threads: RequestThreads, wanted: Wanted, within_s: float) -> Regional | None:
    """What the index answered (no number, where it knows nobody); None where it did not answer in time."""
    patience = Patience(within_s, within_s, within_s)
    asked = threads.submit(partial(regional_number, hub, wanted.own, wanted.region, patience))
    done, _ = concurrent.futures.wait([asked], timeout=within_s)
    if not done or isinstance(told := asked.result(), Unanswered):
        return None
    return Regional(wanted.region, told.value if told is not None else "")
