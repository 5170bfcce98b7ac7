"""What a source's process and the intake say to each other: one request, one answer, over a pair of sockets.

The source's process has no store key: it reads from outside and hands over bytes. Only after it was answered that
bytes are durable may the source tell the outside (delete a file, send ACK).
"""

from __future__ import annotations

import socket

import msgspec

from appliance.sockets import receive_frame, send_frame


class Word(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The root of everything that is said here."""


# --- the source asks --------------------------------------------------------------------------------


class Looked(Word, frozen=True):
    """A look at the source is over; `troubles` counts by kind. Answered by Going: it is the source's sign of life."""

    troubles: dict[str, int] = {}
    figures: dict[str, float] = {}


class Begin(Word, frozen=True):
    """Bytes follow, under the name they have in the source. Answered by Begun, or Full."""

    name: str
    keep_if_cut: bool = False
    """What was acknowledged piece by piece is kept even if the rest never comes (a serial line)."""


class Piece(Word, frozen=True):
    """Answered by Kept, or Full. The bytes are durable then if what is cut is kept, else with the answer to End."""

    data: bytes


class Laid(Word, frozen=True):
    """A large Piece that lies on a place of the tray. Answered as a Piece is; the place is free again then."""

    place: int
    size_bytes: int


class End(Word, frozen=True):
    """All pieces were sent; `remember` is committed with them. Answered by Arrived, or Full."""

    remember: dict[str, bytes] = {}
    cut_short: bool = False
    """The rest will never come, and the source knows it."""


class Abandon(Word, frozen=True):
    """The bytes were not whole after all: forget them. Answered by Going."""


class AwaitSettled(Word, frozen=True):
    """Wait until an arrival has been understood. Answered by Settled."""

    arrival: int


class Recall(Word, frozen=True):
    """What was remembered under these keys. Answered by Recalled."""

    keys: tuple[str, ...]


class Remember(Word, frozen=True):
    """Keep values for this source; an empty one is forgotten. Answered by Going, or Full."""

    values: dict[str, bytes]


# --- the intake answers -----------------------------------------------------------------------------


class Start(Word, frozen=True):
    """The first thing said: which source to be, as its settings in JSON, and its password."""

    source: bytes
    secret: str


class Going(Word, frozen=True):
    """Go on. `paused` while the store takes nothing new: files stay where they are, a serial line says NAK."""

    paused: bool


class Begun(Word, frozen=True):
    pass


class Kept(Word, frozen=True):
    pass


class Full(Word, frozen=True):
    """The store takes nothing now; nothing of what was begun is kept."""


class Arrived(Word, frozen=True):
    """The bytes are `received`, durably; `duplicate` when they had been taken before."""

    arrival: int
    duplicate: bool


class Settled(Word, frozen=True):
    """What an arrival was: `note` says in words what could not be understood, empty when all was."""

    arrival: int
    note: str


class Recalled(Word, frozen=True):
    values: dict[str, bytes]


Request = Looked | Begin | Piece | Laid | End | Abandon | AwaitSettled | Recall | Remember
Answer = Start | Going | Begun | Kept | Full | Arrived | Settled | Recalled

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def say(connection: socket.socket, word: Word) -> None:
    send_frame(connection, _encoder.encode(word))


def request(frame: bytes) -> Request:
    """Raises msgspec.DecodeError for anything that is no request."""
    return _requests.decode(frame)


def hear_answer(connection: socket.socket) -> Answer:
    """Raises PeerError when the intake has gone."""
    return _answers.decode(receive_frame(connection))
