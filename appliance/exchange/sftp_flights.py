"""Many requests under way on one SFTP channel, so that the line's round trip is waited for once and not once a request.

A *chain* is one piece of work whose steps depend on each other: a generator that yields a flight (requests that may be
sent together, in their order) and is sent its answers, in the same order. Chains depend on nothing of each other: many
run at once, and what is unanswered is bounded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from appliance.exchange import sftp_wire as wire
from appliance.exchange.sftp_wire import Answer, Request, UnreadableAnswerError
from appliance.limits import (
    SFTP_ANSWER_MAX_BYTES,
    SFTP_CHAINS_AT_ONCE,
    SFTP_RECEIVE_BYTES,
    SFTP_UNANSWERED_BYTES,
    SFTP_UNANSWERED_REQUESTS,
)

T = TypeVar("T")
Steps = Generator[Iterable[Request], list[Answer], T]
"""Steps that give a T in the end; `yield from` makes them part of others."""
Chain = Steps[None]
_LENGTH_BYTES = 4


class Line(Protocol):
    """What carries the packets: a paramiko channel, with a timeout of its own."""

    def sendall(self, s: bytes) -> None: ...

    def recv(self, nbytes: int) -> bytes: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class _Running:
    """A chain and the flight it waits for."""

    chain: Chain
    requests: Iterator[Request]
    answers: list[Answer | None] = field(default_factory=list)
    unanswered: int = 0
    wholly_sent: bool = False


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request under way: whose it is, which of its flight, and how much of the bound it takes."""

    running: _Running
    place: int
    weight_bytes: int


class Flights:
    """One channel. After anything but the error of a chain it is of no use any more."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._received = bytearray()
        self._number = 0
        self._sent: dict[int, _Sent] = {}
        self._unanswered_bytes = 0
        self._sendable: deque[_Running] = deque()
        self._active = 0
        line.sendall(wire.hello())
        self.extensions = wire.extensions(self._packet())

    def run(self, chains: Iterable[Chain]) -> None:
        """Run chains to their ends. The first error of one is raised once nothing of the others is under way."""
        waiting = iter(chains)
        try:
            while self._start(waiting):
                self._send()
                self._receive()
        except Exception:
            self._sendable.clear()
            self._active = 0
            raise

    def _start(self, waiting: Iterator[Chain]) -> bool:
        """Start as many as may run; whether any runs."""
        while self._active < SFTP_CHAINS_AT_ONCE and (chain := next(waiting, None)) is not None:
            self._active += 1
            self._go_on(_Running(chain, iter(())), None)
        return self._active > 0

    def _go_on(self, running: _Running, answers: list[Answer] | None) -> None:
        """The next flight of a chain; an empty one is answered at once."""
        try:
            flight = running.chain.send(answers) if answers is not None else next(running.chain)
        except StopIteration:
            self._active -= 1
            return
        running.requests, running.answers, running.wholly_sent = iter(flight), [], False
        self._sendable.append(running)

    def _send(self) -> None:
        """One request of each chain in turn, up to the bounds, in one piece."""
        packets = []
        while self._sendable and self._has_room():
            running = self._sendable.popleft()
            request = next(running.requests, None)
            if request is None:
                running.wholly_sent = True
                if not running.unanswered:
                    self._answered(running)
                continue
            packets.append(self._packet_of(running, request))
            self._sendable.append(running)
        if packets:
            self._line.sendall(b"".join(packets))

    def _has_room(self) -> bool:
        return len(self._sent) < SFTP_UNANSWERED_REQUESTS and self._unanswered_bytes < SFTP_UNANSWERED_BYTES

    def _packet_of(self, running: _Running, request: Request) -> bytes:
        self._number = (self._number + 1) & 0xFFFF_FFFF
        self._sent[self._number] = _Sent(running, len(running.answers), request.weight_bytes)
        self._unanswered_bytes += request.weight_bytes
        running.answers.append(None)
        running.unanswered += 1
        return request.packet(self._number)

    def _receive(self) -> None:
        """One answer, and all that has come with it."""
        if not self._sent:
            return
        self._take(self._packet())
        while self._sent and (packet := self._whole()) is not None:
            self._take(packet)

    def _take(self, packet: bytes) -> None:
        number, answer = wire.answer(packet)
        sent = self._sent.pop(number, None)
        if sent is None:
            raise UnreadableAnswerError
        self._unanswered_bytes -= sent.weight_bytes
        sent.running.answers[sent.place] = answer
        sent.running.unanswered -= 1
        if sent.running.wholly_sent and not sent.running.unanswered:
            self._answered(sent.running)

    def _answered(self, running: _Running) -> None:
        answers = [one for one in running.answers if one is not None]
        try:
            self._go_on(running, answers)
        except Exception:
            self._land()
            raise

    def _land(self) -> None:
        """Wait for what is under way and let it fall: whoever tries again meets nothing late of this try."""
        while self._sent:
            number, _ = wire.answer(self._packet())
            self._sent.pop(number, None)
        self._unanswered_bytes = 0

    def _packet(self) -> bytes:
        """The next packet without its length. Raises EOFError at the end of the line."""
        while (packet := self._whole()) is None:
            received = self._line.recv(SFTP_RECEIVE_BYTES)
            if not received:
                raise EOFError
            self._received += received
        return packet

    def _whole(self) -> bytes | None:
        """A packet that has come whole."""
        if len(self._received) < _LENGTH_BYTES:
            return None
        end = _LENGTH_BYTES + int.from_bytes(self._received[:_LENGTH_BYTES])
        if end > SFTP_ANSWER_MAX_BYTES:
            raise UnreadableAnswerError
        if len(self._received) < end:
            return None
        packet = bytes(self._received[_LENGTH_BYTES:end])
        del self._received[:end]
        return packet
