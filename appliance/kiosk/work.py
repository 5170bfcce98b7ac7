"""The work list's items with the page where each is done, for those that are done in the kiosk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from appliance.kiosk.references import Subject
from appliance.kiosk.visit import Visit
from appliance.records.messages import WorkItem

_PAGES: Final = {
    "consent-pending": (Subject.CONSENT, "/consents/{}"),
    "copy-owed": (Subject.CONSENT, "/consents/{}/paper"),
}
"""What an item's `ref` names, and where it is worked on; items of other kinds say in words what to do."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One item; `address` is empty where there is no page for it."""

    item: WorkItem
    address: str


def listed(visit: Visit, items: Iterable[WorkItem]) -> list[Listed]:
    return [Listed(item, _address(visit, item)) for item in items]


def _address(visit: Visit, item: WorkItem) -> str:
    known = _PAGES.get(item.kind)
    if known is None:
        return ""
    subject, address = known
    return address.format(visit.reference(subject, item.ref))
