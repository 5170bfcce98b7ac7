"""A line without a device: recorded bytes go through an engine, and what it would have kept and answered is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from appliance.intake.serial.events import (
    Ended,
    Engine,
    Event,
    Frame,
    Message,
    Noted,
    Opened,
    Reply,
    Session,
    Trouble,
)


@dataclass
class Replay:
    """What an engine has said so far. `refusing` holds the kinds of events that cannot be kept."""

    engine: Engine
    refusing: tuple[type[Event], ...] = ()
    now_s: float = 0.0
    messages: list[bytes] = field(default_factory=list)
    cut: list[bytes] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    text: bytes = b""
    session: Session | None = None

    def feed(self, *chunks: bytes) -> Replay:
        """Chunks read one right after the other."""
        for data in chunks:
            self._act(self.engine.feed(data, self.now_s))
        return self

    def pause(self, seconds: float) -> Replay:
        """Silence: the engine is asked whenever it said it wanted to be."""
        end_s = self.now_s + seconds
        while (due_s := self.engine.due_s()) is not None and due_s <= end_s:
            self.now_s = max(due_s, self.now_s)
            self._act(self.engine.tick(self.now_s))
        self.now_s = end_s
        return self

    def _act(self, events: Iterable[Event]) -> None:
        owed = b""
        for event in self._kept(events):
            match event:
                case Message(data):
                    self.messages.append(data)
                case Opened(session):
                    self.session = session
                case Frame(text, session):
                    self.text += text
                    self.session = session
                case Ended(whole, session):
                    if self.text:
                        (self.messages if whole else self.cut).append(self.text)
                    self.text, self.session = b"", session
                case Noted(trouble):
                    self.troubles.append(trouble)
                case Reply(data):
                    owed = data
        if owed:
            self.replies.append(owed)

    def _kept(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, self.refusing):
                self.engine.refuse()
            else:
                yield event
