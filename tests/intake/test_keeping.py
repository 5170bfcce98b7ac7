"""What the intake answers its sources: durable pieces, one arrival of many, nothing kept twice, nothing lost when cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from appliance.intake import wire
from appliance.intake.keeper import StoreFullError
from appliance.intake.room import Lack
from appliance.intake.understand import CUT_SHORT
from appliance.limits import ARRIVAL_PIECE_BYTES, ARRIVAL_PIECES_UNDER_WAY_MAX, PIECE_FILE_MIN_BYTES
from appliance.sockets import PeerError, send_frame
from appliance.store import arrivals
from appliance.store.arrivals import DAMAGED, ArrivalState
from tests.intake.kept import Box, in_process_keeper


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.store.close()


def test_pieces_become_one_arrival_with_what_is_to_be_remembered(box: Box) -> None:
    box.ask(wire.Begin("a.txt"))
    for piece in (b"ab", b"", b"c"):
        assert box.ask(wire.Piece(piece)) == wire.Kept()
    arrived = box.ask(wire.End({"seen": b"1"}))
    assert isinstance(arrived, wire.Arrived)
    assert not arrived.duplicate
    assert arrivals.content(box.store, arrived.arrival) == b"abc"
    assert box.ask(wire.Recall(("seen", "other"))) == wire.Recalled({"seen": b"1"})


def test_the_same_bytes_in_other_pieces_are_a_duplicate_and_kept_once(box: Box) -> None:
    first = box.take("a", b"abc")
    box.ask(wire.Begin("b"))
    box.ask(wire.Piece(b"a"))
    box.ask(wire.Piece(b"bc"))
    arrived = box.ask(wire.End())
    assert isinstance(arrived, wire.Arrived)
    assert arrived.duplicate
    assert arrivals.get(box.store, arrived.arrival).duplicate_of == first.id
    assert box.store.value("SELECT count(content) FROM arrivals") == 1


def test_what_is_abandoned_leaves_nothing(box: Box) -> None:
    box.ask(wire.Begin("a"))
    box.ask(wire.Piece(b"abc"))
    assert box.ask(wire.Abandon()) == wire.Going(paused=False)
    assert (box.count("arrivals"), box.count("arrival_pieces"), box.count("begun_arrivals")) == (0, 0, 0)
    assert box.ask(wire.Piece(b"x")) == wire.Full()


@pytest.mark.parametrize("how", ["gone", "restart", "begin"])
@pytest.mark.parametrize(("keep", "kept"), [(False, 0), (True, 1)])
def test_what_was_cut_is_dropped_unless_it_was_acknowledged(
    box: Box, how: str, keep: bool, kept: int
) -> None:
    box.ask(wire.Begin("line-1", keep_if_cut=keep))
    box.ask(wire.Piece(b"H|\\^&\r"))
    if how == "gone":
        box.keeping.gone(box.source)
    elif how == "begin":
        box.ask(wire.Begin("line-2"))
        box.ask(wire.Abandon())
    box.start()
    assert (box.count("arrivals"), box.count("arrival_pieces")) == (kept, kept)
    assert box.count("begun_arrivals") == 0
    for arrival in arrivals.in_state(box.store, *ArrivalState):
        assert arrival.cut_short
        assert arrival.state is ArrivalState.QUARANTINED
        assert CUT_SHORT in {finding.code for finding in arrival.findings}
        assert arrivals.content(box.store, arrival.id) == b"H|\\^&\r"


def test_a_full_store_takes_nothing_and_says_so(box: Box) -> None:
    box.ask(wire.Begin("a", keep_if_cut=True))
    assert box.ask(wire.Piece(b"1")) == wire.Kept()
    box.room.lack = Lack.SPACE
    assert box.ask(wire.Piece(b"2")) == wire.Full()
    assert box.ask(wire.Looked()) == wire.Going(paused=True)
    box.room.lack = Lack.NOTHING
    assert box.ask(wire.Piece(b"2")) == wire.Kept()
    arrived = box.ask(wire.End())
    assert isinstance(arrived, wire.Arrived)
    assert arrivals.content(box.store, arrived.arrival) == b"12"


def test_a_write_that_fails_is_answered_and_made_good(box: Box) -> None:
    box.store._connection.execute("PRAGMA query_only = 1")
    box.ask(wire.Begin("a"))
    box.ask(wire.Piece(b"abc"))
    assert box.ask(wire.End()) == wire.Full()
    assert box.room.lack is Lack.WRITE
    box.room.look(10.0)
    assert box.room.lack is Lack.WRITE
    box.store._connection.execute("PRAGMA query_only = 0")
    box.room.look(20.0)
    assert box.room.lack is Lack.NOTHING
    assert arrivals.content(box.store, box.take("a", b"abc").id) == b"abc"


def test_a_disk_that_takes_no_piece_is_answered_and_the_arrival_comes_again(box: Box) -> None:
    folder, large = box.store.path.with_name("store.db.d"), b"x" * PIECE_FILE_MIN_BYTES
    folder.write_bytes(b"in the way")
    box.ask(wire.Begin("a"))
    assert box.ask(wire.Piece(large)) == wire.Full()
    assert box.room.lack is Lack.WRITE
    folder.unlink()
    box.room.look(10.0)
    assert arrivals.content(box.store, box.take("a", large).id) == large


@pytest.mark.parametrize("lacking", ["room", "disk"])
def test_pieces_that_were_under_way_never_close_the_gap_of_one_that_was_not_kept(
    box: Box, lacking: str
) -> None:
    folder, large = box.store.path.with_name("store.db.d"), b"x" * PIECE_FILE_MIN_BYTES
    box.ask(wire.Begin("a"))
    if lacking == "room":
        assert box.ask(wire.Piece(large)) == wire.Kept()
        box.room.lack = Lack.SPACE
    else:
        folder.write_bytes(b"in the way")
    assert box.ask(wire.Piece(large)) == wire.Full()
    box.room.lack = Lack.NOTHING
    if lacking == "disk":
        folder.unlink()
    assert box.ask(wire.Piece(large)) == wire.Full()
    assert box.ask(wire.End()) == wire.Full()
    assert (box.count("arrivals"), box.count("arrival_pieces"), box.count("begun_arrivals")) == (0, 0, 0)
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_damaged_arrival_is_quarantined_and_no_other(box: Box) -> None:
    hurt, whole = (box.take(name, name.encode() * PIECE_FILE_MIN_BYTES) for name in ("a", "b"))
    name = box.store.value("SELECT file FROM arrival_pieces ORDER BY begun")
    (box.store.path.with_name("store.db.d") / name).unlink()
    box.understanding.step(box.store)
    codes = [{finding.code for finding in arrivals.get(box.store, one.id).findings} for one in (hurt, whole)]
    assert DAMAGED in codes[0]
    assert DAMAGED not in codes[1]
    assert arrivals.get(box.store, hurt.id).state is ArrivalState.QUARANTINED


@pytest.mark.parametrize("how", ["lost", "changed"])
def test_a_damaged_arrival_heals_when_its_bytes_come_again(box: Box, how: str) -> None:
    whole = b"x" * (2 * PIECE_FILE_MIN_BYTES)
    folder = box.store.path.with_name("store.db.d")
    hurt = box.take("a", whole)
    (file,) = folder.iterdir()
    if how == "lost":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    box.understanding.step(box.store)
    assert DAMAGED in {finding.code for finding in arrivals.get(box.store, hurt.id).findings}
    again = box.take("a", whole)
    assert (again.state, again.duplicate_of) == (ArrivalState.DUPLICATE, hurt.id)
    assert arrivals.get(box.store, hurt.id).state is ArrivalState.RECEIVED
    box.understanding.step(box.store)
    assert DAMAGED not in {finding.code for finding in arrivals.get(box.store, hurt.id).findings}
    assert [arrivals.content(box.store, one.id) for one in (hurt, again)] == [whole, whole]
    third = box.take("a", whole)
    assert arrivals.content(box.store, third.id) == whole
    assert len(list(folder.iterdir())) == box.count("arrival_pieces") == 1


def test_what_a_crash_left_of_large_pieces_is_gone_after_a_start(box: Box) -> None:
    box.ask(wire.Begin("a"))
    box.ask(wire.Piece(b"x" * PIECE_FILE_MIN_BYTES))
    box.start()
    assert list(box.store.path.with_name("store.db.d").iterdir()) == []


def test_memory_is_each_source_s_own_and_an_empty_value_is_forgotten(box: Box) -> None:
    box.ask(wire.Remember({"a": b"1", "b": b"2"}))
    box.ask(wire.Remember({"a": b""}))
    assert box.ask(wire.Recall(("a", "b"))) == wire.Recalled({"b": b"2"})


def test_a_source_in_its_own_process_uses_a_keeper(box: Box) -> None:
    with in_process_keeper(box, box.source) as keeper:
        arrived = keeper.take("memo", [b"no ", b"claim"], {"seen": b"memo"})
        assert keeper.settled(arrived.arrival).note
        assert keeper.recall("seen") == {"seen": b"memo"}
        keeper.looked({"away": 1})
        assert not keeper.paused


def test_large_pieces_go_over_the_tray_in_their_order_and_small_ones_between_them(box: Box) -> None:
    pieces = [bytes([number]) * (ARRIVAL_PIECE_BYTES if number % 3 else 5) for number in range(1, 21)]
    with in_process_keeper(box, box.source) as keeper:
        arrived = keeper.take("large", pieces)
    assert arrivals.content(box.store, arrived.arrival) == b"".join(pieces)


def test_a_source_hears_of_a_piece_that_was_not_kept_before_it_can_end_the_whole(box: Box) -> None:
    folder, large = box.store.path.with_name("store.db.d"), b"x" * ARRIVAL_PIECE_BYTES
    folder.write_bytes(b"in the way")
    with in_process_keeper(box, box.source) as keeper:
        for count in (1, ARRIVAL_PIECES_UNDER_WAY_MAX, ARRIVAL_PIECES_UNDER_WAY_MAX + 2):
            with pytest.raises(StoreFullError):
                keeper.take("a", [large] * count)
            assert keeper.paused
            keeper.abandon()
            assert keeper.recall("in step") == {}
    assert (box.count("arrivals"), box.count("begun_arrivals")) == (0, 0)


def test_a_source_that_says_what_makes_no_sense_is_cut_off(box: Box) -> None:
    for nonsense in (b"\xc1", msgspec.msgpack.encode({"type": "Laid", "place": 99, "size_bytes": 1})):
        with in_process_keeper(box, box.source) as keeper:
            send_frame(keeper._connection, nonsense)
            with pytest.raises(PeerError):
                keeper.recall("a")
