"""A patient's page: who it is, the consent, and one timeline from this box and the network; and who has looked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import Response

from appliance.errors import RenkeiError
from appliance.kiosk.problems import RefusedError
from appliance.kiosk.references import Subject
from appliance.kiosk.showing import age_on, minutes_since
from appliance.kiosk.timeline import Order, by_class, by_month
from appliance.kiosk.visit import Visit
from appliance.records.messages import (
    AccessHistory,
    AccessHistoryRequest,
    FindInNetwork,
    HubView,
    LookUp,
    PatientView,
    ShowPatient,
    TimelineEntry,
)

_ACTIVE = "active"
_PENDING = "pending"
_OPEN = frozenset({_ACTIVE, "suspended", _PENDING})
"""A consent in one of these can be withdrawn; only without one is there something to ask for."""


class Reach(StrEnum):
    """What became of asking the network."""

    ASKED = "asked"
    NO_CONSENT = "no-consent"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Network:
    """The network's part of a patient's page. `why` holds the reason in Japanese and English."""

    reach: Reach
    entries: tuple[TimelineEntry, ...] = ()
    fresh_at: str = ""
    age_min: int | None = None
    why: tuple[str, str] = ("", "")


async def show(visit: Visit) -> Response:
    patient = visit.subject(Subject.PATIENT)
    view = await visit.desk(ShowPatient(token=visit.staff.token, patient=patient), PatientView)
    for consent in view.consents:
        visit.staff.remember_consent(consent.consent, patient)
    network = await _network(visit, view)
    order = Order(visit.query["order"]) if visit.query.get("order") in set(Order) else Order.CLASS
    entries = (*view.timeline, *network.entries)
    states = {one.state for one in view.consents}
    return visit.page(
        "patient.html",
        view=view,
        age=age_on(view.patient.birth_date, visit.kiosk.clock.now().date()),
        network=network,
        order=order,
        sections=by_class(entries) if order is Order.CLASS else by_month(entries),
        hidden_notice=view.hidden_notice or network.reach is Reach.ASKED or bool(network.entries),
        may_start=not states & _OPEN,
        may_withdraw=bool(states & _OPEN),
        pending=next((one.consent for one in view.consents if one.state == _PENDING), None),
    )


async def _network(visit: Visit, view: PatientView) -> Network:
    """Ask the network, where there is a consent to ask on; whatever goes wrong, the box's own part is shown."""
    if all(one.state != _ACTIVE for one in view.consents):
        return Network(Reach.NO_CONSENT)
    asked = LookUp(token=visit.staff.token, patient=view.patient.patient)
    try:
        found = await visit.kiosk.asking.network(asked)
    except RefusedError as refusal:
        return Network(Reach.REFUSED, why=(refusal.ja, refusal.en))
    except RenkeiError as error:
        return Network(Reach.UNREACHABLE, why=(error.ja, error.en))
    return _reached(visit, found)


def _reached(visit: Visit, found: HubView) -> Network:
    return Network(
        Reach.ASKED if found.reachable else Reach.UNREACHABLE,
        found.timeline,
        found.fresh_at,
        minutes_since(found.fresh_at, visit.kiosk.clock.now()),
        (found.why_ja, found.why_en),
    )


async def find_elsewhere(visit: Visit) -> Response:
    """Who this patient may be at other institutions, where the network should know them and shows nothing."""
    patient = visit.subject(Subject.PATIENT)
    asked = FindInNetwork(token=visit.staff.token, patient=patient)
    found = await visit.kiosk.asking.candidates(asked)
    return visit.page("candidates.html", patient=patient, candidates=found.candidates)


async def history(visit: Visit) -> Response:
    """Who has looked at this patient's data here."""
    patient = visit.subject(Subject.PATIENT)
    asked = AccessHistoryRequest(token=visit.staff.token, patient=patient)
    found = await visit.desk(asked, AccessHistory)
    return visit.page("history.html", patient=patient, items=found.items)
