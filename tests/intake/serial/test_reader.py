"""A line in the test's own process: what was given up, what was begun twice, what the far end is told and when."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.health.checks.sources import check
from appliance.intake.keeper import Keeper
from appliance.intake.probing import probe
from appliance.intake.serial.events import ACK, ENQ, EOT, NAK, Trouble
from appliance.intake.serial.reader import Line
from appliance.intake.serial.tally import Tally
from appliance.limits import SERIAL_ASIDE_S, SERIAL_TROUBLE_SHOWN_S
from appliance.sources import UNREAD_JA, SerialProfile, SourceKind, remarks
from appliance.store import arrivals
from appliance.store.arrivals import ArrivalState
from appliance.warnings import of_source, warning_of
from tests.intake.kept import Box, in_process_keeper
from tests.intake.serial.line import Pair, cut_short, documents_held, kept, serial_table
from tests.simulators.analyser import frames_of, message_of

FIRST = [
    b"H|\\^&|||AN|||||||P|1|20260610120000",
    b"P|1|000012",
    b"O|1|7||^^^GLU|R|||20260610",
    b"R|1|^^^GLU|98|mg/dL",
    b"L|1|N",
]


class ForwardClock(SystemClock):
    """The machine's clock, and whatever the test adds to it."""

    added_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.added_s


class Bench:
    """A line of one profile over a pair, driven turn by turn."""

    def __init__(self, folder: Path, pair: Pair, profile: str, **more: object) -> None:
        self.box = Box(folder, serial_table(pair.device, profile, **more))
        self.clock = ForwardClock()
        self._pair = pair

    def begin(self, keeper: Keeper) -> None:
        """A process begins."""
        self.line = Line(self.box.source, keeper, self.clock)
        self.line.turn()

    def say(self, *parts: bytes) -> list[bytes]:
        """Each part is written when the one before was replied to; the replies."""
        replies = []
        for data in parts:
            os.write(self._pair.descriptor, data)
            for _ in range(1 if data == EOT else 3):
                self.line.turn()
                if select.select([self._pair.descriptor], [], [], 0)[0]:
                    replies.append(os.read(self._pair.descriptor, 16))
                    break
        return replies

    def later(self, seconds: float) -> None:
        self.clock.added_s += seconds
        self.line.turn()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with Pair(tmp_path) as made:
        yield made


@pytest.fixture
def astm(tmp_path: Path, pair: Pair) -> Iterator[tuple[Bench, Keeper]]:
    bench = Bench(tmp_path, pair, "astm")
    with in_process_keeper(bench.box, bench.box.source) as keeper:
        bench.begin(keeper)
        yield bench, keeper
    bench.box.store.close()


def test_a_message_that_was_given_up_and_sent_again_is_kept_once_and_never_half(
    astm: tuple[Bench, Keeper],
) -> None:
    bench, _ = astm
    frames = frames_of(FIRST)
    assert bench.say(ENQ, *frames[:3]) == [ACK] * 4
    bench.say(EOT)
    assert kept(bench.box.store) == cut_short(bench.box.store) == []
    assert bench.say(ENQ, *frames, EOT) == [ACK] * 6
    bench.later(SERIAL_ASIDE_S + 1)
    assert kept(bench.box.store) == [message_of(FIRST)]
    assert cut_short(bench.box.store) == []


def test_a_message_that_was_given_up_for_good_is_taken_as_cut_short(astm: tuple[Bench, Keeper]) -> None:
    bench, _ = astm
    bench.say(ENQ, *frames_of(FIRST[:4]), EOT)
    bench.later(SERIAL_ASIDE_S / 2)
    assert cut_short(bench.box.store) == []
    bench.later(SERIAL_ASIDE_S / 2)
    assert cut_short(bench.box.store) == [message_of(FIRST[:4])]
    bench.box.understanding.step(bench.box.store)
    assert arrivals.counts(bench.box.store) == {ArrivalState.PARTLY: 1}


def test_a_half_that_comes_back_with_another_header_goes_before_the_whole_and_is_replaced(
    astm: tuple[Bench, Keeper],
) -> None:
    """The analyser dates its second try anew: the half is no beginning of it, but the report is the same."""
    bench, _ = astm
    bench.say(ENQ, *frames_of(FIRST[:4]), EOT)
    again = [FIRST[0][:-1] + b"9", *FIRST[1:]]
    bench.say(ENQ, *frames_of(again), EOT)
    assert cut_short(bench.box.store) == [message_of(FIRST[:4])]
    assert kept(bench.box.store) == [message_of(again)]
    bench.box.understanding.step(bench.box.store)
    assert len(documents_held(bench.box.store)) == 1


def test_what_was_set_aside_outlives_its_process(astm: tuple[Bench, Keeper]) -> None:
    bench, keeper = astm
    bench.say(ENQ, *frames_of(FIRST[:4]), EOT)
    bench.line._port.close()
    bench.begin(keeper)
    bench.later(SERIAL_ASIDE_S + 1)
    assert cut_short(bench.box.store) == [message_of(FIRST[:4])]


def test_a_large_message_is_kept_in_pieces_and_taken_whole(astm: tuple[Bench, Keeper]) -> None:
    bench, keeper = astm
    large = [FIRST[0], *(b"C|%d|I|%s" % (number, b"x" * 200) for number in range(60)), b"L|1|N"]
    frames = frames_of(large)
    bench.say(ENQ, *frames[:40])
    assert set(keeper.recall("text-0", "text-1", "text-2")) == {"text-0", "text-1"}
    bench.line._port.close()
    bench.begin(keeper)
    assert bench.say(*frames[40:], EOT)[-1] == ACK
    assert kept(bench.box.store) == [message_of(large)]
    assert keeper.recall("text-0", "text-1", "text-2", "aside") == {}


def test_the_names_of_arrivals_say_nothing_but_the_source_and_a_number(astm: tuple[Bench, Keeper]) -> None:
    bench, _ = astm
    bench.say(ENQ, *frames_of(FIRST), *frames_of([*FIRST[:4], b"L|1|F"] * 2)[5:], EOT)
    names = [one.name for one in arrivals.in_state(bench.box.store, *ArrivalState)]
    assert names == ["line-000001", "line-000002"]


def test_only_the_last_reply_to_one_reading_goes_out(astm: tuple[Bench, Keeper]) -> None:
    bench, _ = astm
    first, second, *_ = frames_of(FIRST)
    assert bench.say(ENQ + ENQ, first + second) == [ACK, ACK]
    damaged = second.replace(b"000012", b"000013")
    assert bench.say(second, damaged, frames_of(FIRST)[3]) == [ACK, NAK, NAK]


def test_class_b_texts_of_each_check_go_over_a_real_line(tmp_path: Path, pair: Pair) -> None:
    bench = Bench(tmp_path, pair, "stx-etx-b", check="sum8hex", check_to="before-etx")
    with in_process_keeper(bench.box, bench.box.source) as keeper:
        bench.begin(keeper)
        assert bench.say(b"\x02AB\x0383", b"\x02AB\x0384") == [ACK, NAK]
    assert kept(bench.box.store) == [b"AB"]
    bench.box.store.close()


def test_lines_and_flow_control_bytes_go_over_a_real_line(tmp_path: Path, pair: Pair) -> None:
    bench = Bench(tmp_path, pair, "line")
    with in_process_keeper(bench.box, bench.box.source) as keeper:
        bench.begin(keeper)
        assert bench.say(b"a\x11\x13\xffb\r\nNA 140\n") == []
    assert kept(bench.box.store) == [b"a\x11\x13\xffb", b"NA 140"]
    bench.box.store.close()


def test_a_look_of_the_doctors_finds_the_device_or_not_and_keeps_nothing(tmp_path: Path, pair: Pair) -> None:
    box = Box(tmp_path, serial_table(pair.device, "astm"))
    assert probe(box.source, "") == ()
    pair.unplug()
    assert probe(box.source, "") == (Trouble.AWAY,)
    assert of_source(SourceKind.SERIAL, [Trouble.AWAY])[0].hint_ja
    box.store.close()


@pytest.mark.parametrize("profile", list(SerialProfile))
def test_doctor_and_settings_say_of_a_device_that_nothing_it_sends_is_understood_yet(
    tmp_path: Path, pair: Pair, profile: SerialProfile
) -> None:
    box = Box(tmp_path, serial_table(pair.device, profile))
    understood = profile in (SerialProfile.QR, SerialProfile.ASTM)
    told = of_source(SourceKind.SERIAL, probe(box.source, ""))
    (result,) = check(replace(box.site, run_folder=tmp_path / "no service"), SystemClock())
    remarked = [one for one in remarks(box.source) if one.ja == UNREAD_JA]
    box.store.close()
    assert [one.ja for one in told] == ([] if understood else [UNREAD_JA])
    assert (result.level, UNREAD_JA in result.ja) == (("ok", False) if understood else ("warning", True))
    assert bool(remarked) is not understood


def test_every_trouble_that_is_shown_has_words() -> None:
    unshown = {Trouble.REPEATED, Trouble.ABORTED}
    unknown = warning_of(SourceKind.SERIAL, "no such trouble")
    assert {one for one in Trouble if warning_of(SourceKind.SERIAL, one) == unknown} == unshown


def test_incidents_are_shown_for_a_while_and_counted_for_ever() -> None:
    tally = Tally()
    tally.note(Trouble.CHECK, 0.0)
    tally.note(Trouble.REPEATED, 0.0)
    tally.note(Trouble.LINE, 5.0, 3)
    tally.stand(Trouble.AWAY, 1)
    assert tally.troubles(10.0) == {"check": 1, "line-errors": 3, "away": 1}
    tally.stand(Trouble.AWAY, 0)
    assert tally.troubles(SERIAL_TROUBLE_SHOWN_S + 1) == {"line-errors": 3}
    answered = Tally(few=1)
    answered.note(Trouble.CHECK, 0.0)
    answered.note(Trouble.NOT_REPEATED, 0.0)
    assert answered.troubles(1.0) == {"not-repeated": 1}
    answered.note(Trouble.CHECK, 1.0)
    assert answered.troubles(2.0) == {"not-repeated": 1, "check": 2}
    assert tally.figures() == {"messages": 0, "check": 1, "repeated": 1, "line-errors": 3}
