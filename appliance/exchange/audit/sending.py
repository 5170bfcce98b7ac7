"""The two ways out of the audit: each follows the chain from its own position, and never past what it could confirm."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from appliance.config import SiteConfig
from appliance.exchange.audit.balp import audit_event, bundle
from appliance.exchange.audit.dicom import audit_messages
from appliance.exchange.audit.receiver import Receiver, ReceiverLostError, Waits
from appliance.exchange.audit.syslog import frame, message
from appliance.exchange.audit.telling import Told, told
from appliance.exchange.breaker import Random
from appliance.exchange.hub import Hub
from appliance.exchange.outcomes import Delivered, Outcome, Refused, Transient
from appliance.limits import (
    AUDIT_GRACE_S,
    AUDIT_MESSAGE_MAX_BYTES,
    AUDIT_REFUSED_MAX,
    AUDIT_RETRY_FIRST_S,
    AUDIT_RETRY_MAX_S,
    AUDIT_ROUND_S,
    AUDIT_ROWS_AT_ONCE,
)
from appliance.store import audit, audit_positions
from appliance.store.audit import Entry
from appliance.store.audit_positions import Destination
from appliance.store.db import Store

_DOUBLINGS_MAX = 20


class Sender(Protocol):
    """One way out. `cycle` does what can be done now, and says whether it did anything; `trouble` is why not, or empty."""

    destination: Destination

    @property
    def trouble(self) -> str: ...

    def cycle(self) -> bool: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Patience:
    """When a destination that was away may be tried again (monotonic seconds)."""

    random: Random
    failures: int = 0
    again_s: float = 0.0
    trouble: str = ""

    def failed(self, now_s: float, trouble: str, at_least_s: float = 0.0) -> None:
        bound = min(AUDIT_RETRY_MAX_S, AUDIT_RETRY_FIRST_S * 2.0 ** min(self.failures, _DOUBLINGS_MAX))
        self.again_s = now_s + max(at_least_s, bound / 2 + self.random() * bound / 2)
        self.failures += 1
        self.trouble = trouble

    def answered(self) -> None:
        self.failures, self.again_s, self.trouble = 0, 0.0, ""


@dataclass(slots=True)
class HubSender:
    """AuditEvents to the hub: transactions of PUTs, confirmed by the hub's answer; sending one again changes nothing."""

    store: Store
    site: SiteConfig
    hub: Hub
    random: Random
    destination: Destination = Destination.HUB
    _patience: Patience = field(init=False)
    _checked: bool = False

    def __post_init__(self) -> None:
        self._patience = Patience(self.random)

    @property
    def trouble(self) -> str:
        return self._patience.trouble

    def cycle(self) -> bool:
        if self._now_s() < self._patience.again_s:
            return False
        if not self._checked:
            audit_positions.check(self.store, self.destination)
            self._checked = True
        stands = audit_positions.position(self.store, self.destination)
        rows = audit.following(self.store, stands.seq, AUDIT_ROWS_AT_ONCE)
        if rows:
            self._send_on(rows)
        else:
            rows = audit_positions.due_again(self.store, self.destination, AUDIT_ROWS_AT_ONCE)
            self._send_again(rows)
        return bool(rows) and not self._patience.failures

    def close(self) -> None:
        self.hub.close()

    def _send_on(self, rows: Sequence[Entry]) -> None:
        """The next rows together; where the hub refuses them together, one by one up to where it does not answer."""
        outcome = self._sent(rows)
        if not isinstance(outcome, Refused):
            self._settle(rows[-1], outcome)
            return
        for row in rows:
            if not self._settle(row, self._sent([row]) if len(rows) > 1 else outcome):
                return

    def _settle(self, last: Entry, outcome: Outcome) -> bool:
        """Write down what became of the rows up to this one; whether those after it may go."""
        if isinstance(outcome, Refused):
            if audit_positions.refused_count(self.store, self.destination) >= AUDIT_REFUSED_MAX:
                self._patience.failed(self._now_s(), "refused", AUDIT_RETRY_MAX_S)
                return False
            audit_positions.refuse(self.store, self.destination, last.seq, outcome.outcome)
        elif not isinstance(outcome, Delivered):
            self._failed(outcome)
            return False
        audit_positions.confirm(self.store, self.destination, last)
        self._patience.answered()
        return True

    def _send_again(self, rows: Sequence[Entry]) -> None:
        for row in rows:
            outcome = self._sent([row])
            if isinstance(outcome, Delivered):
                audit_positions.accepted(self.store, self.destination, row.seq)
            elif isinstance(outcome, Refused):
                audit_positions.refuse(self.store, self.destination, row.seq, outcome.outcome)
            else:
                self._failed(outcome)
                return

    def _sent(self, rows: Sequence[Entry]) -> Outcome:
        events = [audit_event(told(self.store, self.site, row)) for row in rows]
        return self.hub.send(bundle(events), len(events))

    def _failed(self, outcome: Outcome) -> None:
        wish_s = outcome.retry_after_s if isinstance(outcome, Transient) else 0.0
        reason = "" if isinstance(outcome, Delivered | Refused) else outcome.reason.value
        self._patience.failed(self._now_s(), reason, wish_s)

    def _now_s(self) -> float:
        return self.store.clock.monotonic_s()


Connect = Callable[[], Receiver]


@dataclass(slots=True)
class SyslogSender:
    """DICOM messages to the syslog receiver, in rounds: one connection each, all of whose rows are confirmed or none.

    A round ends when the receiver has had everything for `grace_s` and lived on (`receiver`); it takes nothing new after
    `round_s`. What a broken round carried is sent again: the receiver may see a row twice, never a gap.
    """

    store: Store
    site: SiteConfig
    connect: Connect
    random: Random
    grace_s: float = AUDIT_GRACE_S
    round_s: float = AUDIT_ROUND_S
    destination: Destination = Destination.SYSLOG
    _patience: Patience = field(init=False)
    _receiver: Receiver | None = None
    _sent: Entry | None = None
    """The last row of this round."""
    _began_s: float = 0.0
    _settled_s: float | None = None
    """Since when the receiver's kernel has everything."""

    def __post_init__(self) -> None:
        self._patience = Patience(self.random)

    @property
    def trouble(self) -> str:
        return self._patience.trouble

    def cycle(self) -> bool:
        if self._now_s() < self._patience.again_s:
            return False
        try:
            return self._begin() if self._receiver is None else self._go_on(self._receiver)
        except ReceiverLostError as error:
            self._end()
            self._patience.failed(self._now_s(), error.reason)
            return False

    def close(self) -> None:
        self._end()

    def _begin(self) -> bool:
        """Connect once there is something to send."""
        audit_positions.check(self.store, self.destination)
        stands = audit_positions.position(self.store, self.destination)
        rows = audit.following(self.store, stands.seq, AUDIT_ROWS_AT_ONCE)
        if not rows:
            return False
        self._receiver = self.connect()
        self._began_s = self._now_s()
        return self._carry(self._receiver, rows)

    def _go_on(self, receiver: Receiver) -> bool:
        receiver.listen()
        if self._sent is not None and self._now_s() - self._began_s < self.round_s:
            rows = audit.following(self.store, self._sent.seq, AUDIT_ROWS_AT_ONCE)
            if rows:
                return self._carry(receiver, rows)
        return self._confirm(receiver)

    def _carry(self, receiver: Receiver, rows: Sequence[Entry]) -> bool:
        receiver.send(b"".join(one for row in rows for one in frames(told(self.store, self.site, row))))
        self._sent, self._settled_s = rows[-1], None
        return True

    def _confirm(self, receiver: Receiver) -> bool:
        if self._settled_s is None:
            if receiver.unacknowledged_bytes() == 0:
                self._settled_s = self._now_s()
            return False
        alive_s = self._now_s() - receiver.silent_s()
        if alive_s < self._settled_s + self.grace_s or self._sent is None:
            return False
        receiver.close_in_order()
        audit_positions.confirm(self.store, self.destination, self._sent)
        self._patience.answered()
        self._end()
        return True

    def _end(self) -> None:
        if self._receiver is not None:
            self._receiver.abandon()
        self._receiver = self._sent = self._settled_s = None

    def _now_s(self) -> float:
        return self.store.clock.monotonic_s()


def frames(row: Told) -> list[bytes]:
    """A row's syslog messages, framed."""
    room = AUDIT_MESSAGE_MAX_BYTES - len(message(row.device, row.at, b""))
    return [frame(message(row.device, row.at, xml)) for xml in audit_messages(row, room)]


def connector(
    site: SiteConfig, context: ssl.SSLContext, monotonic_s: Callable[[], float], waits: Waits | None = None
) -> Connect:
    """What opens a connection to the site's receiver."""
    address = site.audit.receiver
    if address is None:
        raise ValueError("the site names no syslog receiver")
    return lambda: Receiver(address, context, monotonic_s, waits)
