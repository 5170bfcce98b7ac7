"""What every channel can do: make a claimed delivery ready, send a group, and tell what became of a doubtful one.

The store belongs to the dispatcher's thread. `prepare`, `took` and `question` run there; `send` and `ask` run in a
request thread and touch no store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from appliance.channels import ChannelKind
from appliance.exchange.hub import Unanswered
from appliance.exchange.outcomes import Outcome
from appliance.store.db import Store
from appliance.store.deliveries import Claimed


class Sendable(Protocol):
    """One delivery ready to go out. `digest` is never empty: it tells one content from another when asked afterwards.

    `holds` is what the other side has once it is delivered, as `Channel.took` understands it; `entries` what the
    delivery consists of (name → digest), kept beside a refusal to show later what has changed.
    """

    @property
    def digest(self) -> str: ...
    @property
    def holds(self) -> Any: ...
    def entries(self) -> dict[str, str]: ...


S = TypeVar("S", bound=Sendable)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A doubtful delivery is there after all; `holds` as in Sendable."""

    holds: Any


@dataclass(frozen=True, slots=True)
class Missing:
    """A doubtful delivery surely is not there."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The other side holds something newer than what a restored store owes: that must not go out any more."""


Told = Arrived | Missing | Ahead | Unanswered


class Channel(Protocol[S]):
    """One way out of the box. `group_max`: how many deliveries are claimed for one `send`."""

    @property
    def kind(self) -> ChannelKind: ...
    @property
    def group_max(self) -> int: ...

    def prepare(self, store: Store, claimed: Claimed) -> S:
        """Everything made anew from the store. Raises RenkeiError: the delivery can never go as it is (→ refused)."""

    def group(self) -> Callable[[S], bool]:
        """A new group: the function takes one more in, or says that it does not fit. The first always fits."""

    def send(self, group: Sequence[S]) -> Sequence[Outcome]:
        """What became of each, in order; never longer than limits.GROUP_MAX_S and one request more."""

    def took(self, store: Store, claimed: Claimed, holds: Any) -> None:
        """Write down what the other side now holds, inside the transaction that marks the delivery as delivered."""

    def question(self, store: Store, claimed: Claimed) -> Any:
        """What `ask` needs to know of a doubtful delivery."""

    def ask(self, question: Any) -> Told:
        """Whether a doubtful delivery arrived."""
