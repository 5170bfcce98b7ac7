"""The text of a session's frames, kept with the intake until the message is whole, so that a killed process goes on.

A frame and where the session stands are one commit; the whole message and the emptied spool are one commit. A message
that its device gave up is set aside until the device has sent it again, so that half of it is not shown without need.
"""

from __future__ import annotations

from typing import Final

import msgspec

from appliance.intake.keeper import Keeper
from appliance.intake.serial.events import Ended, Session
from appliance.intake.serial.taking import Taking
from appliance.limits import SERIAL_SPOOL_CHUNK_BYTES

_STATE: Final = "session"
_ASIDE: Final = "aside"


class State(msgspec.Struct, frozen=True, array_like=True):
    """What is kept beside the text."""

    chunks: int = 0
    last: int | None = None
    record: bytes = b""
    size_bytes: int = 0
    going: bool = False


class Spool:
    """One line's spool. Every method is durable when it returns; StoreFullError means that nothing changed."""

    def __init__(self, keeper: Keeper, taking: Taking) -> None:
        self._keeper = keeper
        self._taking = taking
        kept = keeper.recall(_STATE).get(_STATE)
        self._state = msgspec.msgpack.decode(kept, type=State) if kept else State()
        names = _names(self._state.chunks)
        texts = keeper.recall(*names, _ASIDE)
        self._chunks = [texts[name] for name in names]
        self.aside = texts.get(_ASIDE, b"")
        """A message that was given up and has not been sent again."""

    @property
    def session(self) -> Session | None:
        """The session to go on with."""
        state = self._state
        return Session(state.last, state.record, state.size_bytes) if state.going else None

    def owed(self) -> Ended | None:
        """How the message in the spool ended, if it did: its process was killed before it was taken."""
        session = self.session
        return (
            Ended(whole=True, session=session)
            if self._chunks and session and not session.size_bytes
            else None
        )

    @property
    def text(self) -> bytes:
        return b"".join(self._chunks)

    def stand(self, session: Session | None) -> None:
        """Keep where the session stands; None: there is none."""
        self._keep(session, self._chunks)

    def add(self, text: bytes, session: Session) -> None:
        """Keep one more frame."""
        chunks = list(self._chunks)
        if chunks and len(chunks[-1]) < SERIAL_SPOOL_CHUNK_BYTES:
            chunks[-1] += text
        else:
            chunks.append(text)
        self._keep(session, chunks)

    def hand_over(self, session: Session | None) -> None:
        """The text is a whole message: it is taken. What was set aside goes before it, unless it is its beginning."""
        if not self.text.startswith(self.aside):
            self.let_go()
        state, values = self._emptied(session)
        self._taking.take(self.text, {**values, _ASIDE: b""})
        self._state, self._chunks, self.aside = state, [], b""

    def set_aside(self, session: Session | None) -> None:
        """The text is a message that was given up."""
        text = self.text
        if not text.startswith(self.aside) and not self.aside.startswith(text):
            self.let_go()
        longer = max(text, self.aside, key=len)
        state, values = self._emptied(session)
        self._keeper.remember({**values, _ASIDE: longer})
        self._state, self._chunks, self.aside = state, [], longer

    def let_go(self) -> None:
        """Nothing has repeated what was set aside: it is taken as it is, cut short."""
        self._taking.take(self.aside, {_ASIDE: b""}, cut_short=True)
        self.aside = b""

    def _emptied(self, session: Session | None) -> tuple[State, dict[str, bytes]]:
        state = _state_of(session, 0)
        values = dict.fromkeys(_names(len(self._chunks)), b"") | {_STATE: msgspec.msgpack.encode(state)}
        return state, values

    def _keep(self, session: Session | None, chunks: list[bytes]) -> None:
        state = _state_of(session, len(chunks))
        values = {_STATE: msgspec.msgpack.encode(state)}
        if chunks is not self._chunks:
            values[_name(len(chunks) - 1)] = chunks[-1]
        self._keeper.remember(values)
        self._state, self._chunks = state, chunks


def _state_of(session: Session | None, chunks: int) -> State:
    if session is None:
        return State(chunks)
    return State(chunks, session.last, session.record, session.size_bytes, going=True)


def _names(count: int) -> list[str]:
    return [_name(number) for number in range(count)]


def _name(number: int) -> str:
    return f"text-{number}"
