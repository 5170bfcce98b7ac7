"""Requests under way together, against a server that answers as a test wants: late, in another order, nonsense."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from appliance.exchange import sftp_wire as wire
from appliance.exchange.sftp_flights import Chain, Flights
from appliance.exchange.sftp_wire import Code, Kind, Request, Status, UnreadableAnswerError
from appliance.limits import (
    SFTP_ANSWER_MAX_BYTES,
    SFTP_CHAINS_AT_ONCE,
    SFTP_PIECE_BYTES,
    SFTP_UNANSWERED_BYTES,
    SFTP_UNANSWERED_REQUESTS,
)


def framed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def status(number: int, code: int) -> bytes:
    return framed(struct.pack(">BII", Kind.STATUS, number, code))


HELLO = framed(bytes([Kind.VERSION]) + struct.pack(">I", 3) + b"\0\0\0\x11posix-rename@open\0\0\0\x011")


@dataclass
class Scripted:
    """A line whose server answers every request with its own path's last letter as the code, in an order of choice."""

    order: Callable[[list[bytes]], object] = list.copy
    waiting: list[bytes] = field(default_factory=list)
    most: int = 0
    most_bytes: int = 0
    greeted: bool = False

    def sendall(self, s: bytes) -> None:
        if not self.greeted:
            self.greeted = True
            self.waiting.append(HELLO)
            return
        while s:
            (length,) = struct.unpack_from(">I", s)
            number = struct.unpack_from(">I", s, 5)[0]
            self.waiting.append(status(number, s[length + 3] - ord("0")))
            s = s[4 + length :]
        self.most = max(self.most, len(self.waiting))

    def recv(self, nbytes: int) -> bytes:  # noqa: ARG002 - an answer at a time
        self.order(self.waiting)
        return self.waiting.pop(0) if self.waiting else b""

    def close(self) -> None: ...


def ask(paths: Iterable[str], seen: list[list[int]]) -> Chain:
    answers = yield (wire.stat(path) for path in paths)
    seen.append([answer.code for answer in answers if isinstance(answer, Status)])


def test_answers_in_any_order_come_to_whom_they_are_for():
    dice = random.Random(7)
    line = Scripted(order=dice.shuffle)
    seen: list[list[int]] = []
    chains = [ask([f"{n}", f"{(n + 1) % 9}", f"{(n + 2) % 9}"], seen) for n in range(9)]
    Flights(line).run(chains)
    assert sorted(seen) == sorted([n, (n + 1) % 9, (n + 2) % 9] for n in range(9))


def test_a_chain_goes_on_with_what_it_was_told_and_an_empty_flight_waits_for_nothing():
    told: list[int] = []

    def chain() -> Chain:
        (first,) = yield [wire.stat("2")]
        assert (yield []) == []
        (second,) = yield [wire.stat("3")]
        told.extend(one.code for one in (first, second) if isinstance(one, Status))

    Flights(Scripted()).run([chain()])
    assert told == [2, 3]


def test_what_is_under_way_is_bounded():
    line = Scripted()
    seen: list[list[int]] = []
    Flights(line).run(ask(["0"] * 40, seen) for _ in range(SFTP_CHAINS_AT_ONCE * 3))
    assert len(seen) == SFTP_CHAINS_AT_ONCE * 3
    assert SFTP_CHAINS_AT_ONCE < line.most <= SFTP_UNANSWERED_REQUESTS

    def writing() -> Chain:
        yield (wire.write(b"h", 0, b"0" * SFTP_PIECE_BYTES) for _ in range(100))

    heavy = Scripted()
    Flights(heavy).run([writing()])
    assert 4 < heavy.most <= SFTP_UNANSWERED_BYTES // SFTP_PIECE_BYTES + 1


def test_the_error_of_a_chain_comes_out_when_nothing_is_under_way_and_the_channel_can_be_used_again():
    line = Scripted(order=list.reverse)
    flights = Flights(line)
    seen: list[list[int]] = []

    def refusing() -> Chain:
        (answer,) = yield [wire.stat("4")]
        assert answer == Status(Code.FAILURE)
        raise PermissionError

    with pytest.raises(PermissionError):
        flights.run([ask(["0"] * 20, seen), refusing(), ask(["1"] * 20, seen)])
    assert line.waiting == []
    seen.clear()
    flights.run([ask(["5"], seen)])
    assert seen == [[5]]


@pytest.mark.parametrize(
    "answer",
    [
        status(99, 0),
        framed(b""),
        framed(bytes([Kind.STATUS]) + b"\0\0"),
        framed(bytes([77]) + b"\0\0\0\1"),
        framed(bytes([Kind.HANDLE]) + b"\0\0\0\1\0\0\0\x09short"),
        struct.pack(">I", SFTP_ANSWER_MAX_BYTES) + b"x",
    ],
)
def test_nonsense_is_told_as_such(answer: bytes):
    def nonsense(waiting: list[bytes]) -> None:
        if waiting != [HELLO]:
            waiting[:] = [answer]

    flights = Flights(Scripted(order=nonsense))
    with pytest.raises(UnreadableAnswerError):
        flights.run([ask(["0"], [])])


def test_the_end_of_the_line_is_told():
    flights = Flights(Scripted(order=lambda waiting: None if waiting == [HELLO] else waiting.clear()))
    with pytest.raises(EOFError):
        flights.run([ask(["0"], [])])


def test_requests_are_written_as_the_draft_has_them():
    """By hand from draft-ietf-secsh-filexfer-02, sections 3 and 6."""
    for request, expected in {
        wire.stat("/a"): "0000000b 11 00000007 00000002 2f61",
        wire.open_file(
            "a", wire.Open.WRITE | wire.Open.CREATE
        ): "00000012 03 00000007 00000001 61 0000000a 00000000",
        wire.write(b"H", 1, b"xy"): "00000018 06 00000007 00000001 48 0000000000000001 00000002 7879",
        wire.rename("a", "b"): "0000000f 12 00000007 00000001 61 00000001 62",
        wire.truncate(b"H", 3): "00000016 0a 00000007 00000001 48 00000001 0000000000000003",
    }.items():
        assert isinstance(request, Request)
        assert request.packet(7) == bytes.fromhex(expected)
