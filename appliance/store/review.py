"""What a person decides about deliveries and arrivals: replay, discard, retry. Each decision is audited."""

from __future__ import annotations

from appliance.consent.rules import Rules
from appliance.errors import Audience, ExitStatus, RenkeiError
from appliance.store import arrivals, audit, deliveries, documents, owing
from appliance.store.access import Gate
from appliance.store.arrivals import Arrival
from appliance.store.audit import Event
from appliance.store.db import Store
from appliance.store.deliveries import MASS_REMOVAL, State


class ReviewError(RenkeiError):
    """There is no such item, or nothing of the kind can be done with it where it stands."""

    code = "REVIEW-0001"
    audience = Audience.OPERATOR
    exit_status = ExitStatus.USAGE


def replay(store: Store, rules: Rules, delivery: int) -> str:
    """Send a refused delivery again, or let a removal that waited for a person go ahead; its state afterwards.

    Whether it may go is PROVIDE's to say, as for every delivery. Raises ReviewError.
    """
    with store.transaction():
        row = _delivery_row(store, delivery)
        state, reason, patient, document, facility, key = row
        if state == State.REFUSED:
            owing.ask_again(store, rules, delivery, patient)
        elif (state, reason) == (State.HELD, MASS_REMOVAL):
            documents.remove(store, Gate(store, rules), document, facility, patient, key)
        else:
            raise _cannot(
                "再送できるのは、拒否された配信と確認待ちの削除だけです。",
                "Only refused deliveries and held removals can be replayed.",
            )
        audit.append(store, Event.DELIVERY_REPLAYED, patient=patient, delivery=delivery)
    return deliveries.get(store, delivery).state.value


def discard(store: Store, delivery: int, reason: str) -> None:
    """Decide that a refused or held delivery is not owed after all. Raises ReviewError."""
    if not reason.strip():
        raise _cannot("破棄には理由が必要です。", "Discarding needs a reason.")
    with store.transaction():
        patient = _delivery_row(store, delivery)[2]
        if not deliveries.discard(store, delivery):
            raise _cannot(
                "破棄できるのは、拒否または保留の配信だけです。",
                "Only refused or held deliveries can be discarded.",
            )
        audit.append(store, Event.DELIVERY_DISCARDED, patient=patient, delivery=delivery, reason=reason)


def retry_arrival(store: Store, arrival: int) -> None:
    """Ask for a quarantined arrival to be understood anew; intake does it at its next start. Raises ReviewError."""
    with store.transaction():
        if not arrivals.reopen(store, arrival):
            raise _cannot("隔離されたファイルではありません。", "This arrival is not in quarantine.")
        audit.append(store, Event.ARRIVAL_RETRIED, arrival=arrival)


def existing_delivery(store: Store, delivery: int) -> None:
    """Raises ReviewError when there is no delivery of that number."""
    _delivery_row(store, delivery)


def existing_arrival(store: Store, arrival: int) -> Arrival:
    """Raises ReviewError when there is no arrival of that number."""
    try:
        return arrivals.get(store, arrival)
    except KeyError as error:
        raise _cannot("その番号のファイルはありません。", "There is no arrival of that number.") from error


def _delivery_row(store: Store, delivery: int) -> tuple[str, str, int, int, str, str]:
    row = store.row(
        "SELECT state, reason, patient, document, facility, document_key FROM deliveries WHERE id = ?",
        (delivery,),
    )
    if row is None:
        raise _cannot("その番号の配信はありません。", "There is no delivery of that number.")
    return row


def _cannot(ja: str, en: str) -> ReviewError:
    return ReviewError(
        ja, en, hint_ja="`renkei queue list` で確かめてください。", hint_en="See `renkei queue list`."
    )
