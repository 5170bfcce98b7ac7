"""ASTM E1381, without a line: every cut of a recorded stream, every kind of damage, and what is answered when."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.intake.serial.events import ACK, ENQ, EOT, NAK, Frame, Opened, Session, Trouble
from appliance.intake.serial.sessions import Sessions
from appliance.limits import SERIAL_DAMAGE_QUIET_S, SERIAL_FRAME_TIMEOUT_S, SERIAL_MESSAGE_MAX_BYTES
from tests.intake.serial.replaying import Replay
from tests.simulators.analyser import ETB, ETX, frame, frames_of, message_of, records_of, stream_of

SHORT = [b"H|\\^&", b"P|1||0012", b"O|1|7||^^^GLU", b"R|1|^^^GLU|98|mg/dL", b"L|1|N"]


def replay(*refusing: type[Opened | Frame], session: Session | None = None) -> Replay:
    return Replay(Sessions(session, 0.0), refusing)


def dialogue(records: list[bytes], text_max: int = 240) -> list[bytes]:
    """What a sender transmits, each part after the reply to the one before."""
    return [ENQ, *frames_of(records, text_max), EOT]


def test_a_message_is_whole_at_its_terminator_and_every_frame_is_acknowledged() -> None:
    heard = replay().feed(*dialogue(SHORT))
    assert heard.messages == [message_of(SHORT)]
    assert heard.replies == [ACK] * (1 + len(SHORT))
    assert not heard.troubles
    assert not heard.cut


def test_every_cut_of_every_recorded_stream_gives_the_same(messages: list[list[bytes]]) -> None:
    """Between any two bytes the process may wait, or wake."""
    for records in (SHORT, messages[0], messages[len(messages) // 2]):
        stream = stream_of(records, text_max=60)
        for at in range(len(stream) + 1):
            heard = replay().feed(stream[:at], stream[at:])
            assert heard.messages == [message_of(records)], at
            assert not heard.troubles, at


def test_all_messages_byte_by_byte_with_long_records_in_many_frames(messages: list[list[bytes]]) -> None:
    heard = replay()
    for records in messages:
        for byte in stream_of(records, text_max=60):
            heard.feed(bytes([byte]))
    assert heard.messages == [message_of(records) for records in messages]
    assert not heard.troubles


def test_shared_samples_go_through_as_they_are(shared: Path) -> None:
    for file in sorted((shared / "samples" / "astm").glob("*.txt")):
        rows = [row for row in records_of(file.read_bytes()) if not row.startswith(b"#")]
        heard = replay().feed(*dialogue(rows))
        assert (heard.messages if rows[-1][:1] == b"L" else heard.cut) == [message_of(rows)]


def test_a_record_goes_on_over_frames_and_an_inner_l_ends_nothing() -> None:
    heard = replay().feed(
        ENQ,
        frame(1, b"H|\\^&\r"),
        frame(2, b"C|1|", ETB),
        frame(3, b"Lymphocytes\r"),
        frame(4, b"L|1\r"),
        EOT,
    )
    assert heard.messages == [b"H|\\^&\rC|1|Lymphocytes\rL|1\r"]


def test_one_large_frame_may_hold_a_whole_message() -> None:
    text = message_of(SHORT)
    assert replay().feed(ENQ, frame(1, text), EOT).messages == [text]


def test_a_record_without_its_end_gets_one() -> None:
    parts = [ENQ, *(frame(number, record) for number, record in enumerate(SHORT, 1)), EOT]
    assert replay().feed(*parts).messages == [message_of(SHORT)]


def test_frame_numbers_count_on_over_the_messages_of_one_session() -> None:
    """Ten records, two messages: the numbers run 1 to 7, 0, 1, 2."""
    heard = replay().feed(*dialogue(SHORT + SHORT))
    assert heard.messages == [message_of(SHORT)] * 2
    assert heard.session is None


@pytest.mark.parametrize("bit", range(8))
def test_no_flipped_bit_of_any_frame_is_ever_acknowledged(bit: int) -> None:
    """The frame is refused, at the latest when the line has fallen silent, and then sent again."""
    good = frames_of(SHORT)
    for place in range(len(good[1])):
        damaged = bytearray(good[1])
        damaged[place] ^= 1 << bit
        heard = replay().feed(ENQ, good[0], bytes(damaged)).pause(SERIAL_DAMAGE_QUIET_S)
        harmless = bytes(damaged).upper() == good[1].upper() and place > good[1].index(ETX)
        if harmless:  # a check sum in lower case
            assert heard.replies == [ACK] * 3
            continue
        assert heard.replies == [ACK, ACK, NAK], (place, damaged)
        heard.feed(*good[1:], EOT)
        assert heard.messages == [message_of(SHORT)], (place, damaged)


def test_a_lost_byte_costs_half_a_second_and_no_session() -> None:
    good = frames_of(SHORT)
    for place in range(len(good[1])):
        cut = good[1][:place] + good[1][place + 1 :]
        heard = replay().feed(ENQ, good[0], cut).pause(SERIAL_DAMAGE_QUIET_S)
        assert heard.replies == [ACK, ACK, NAK], place
        assert heard.feed(*good[1:], EOT).messages == [message_of(SHORT)]


def test_a_refusal_waits_until_the_line_is_silent() -> None:
    """A bit flip makes ETX of C: a refusal right then would fall into what is still being sent."""
    damaged = frame(1, b"H|\\^&|C||more of this record\r").replace(b"|C|", b"|\x03|")
    heard = replay().feed(ENQ, damaged[:20])
    assert heard.replies == [ACK]
    heard.feed(damaged[20:])
    assert heard.replies == [ACK]
    assert heard.pause(SERIAL_DAMAGE_QUIET_S).replies == [ACK, NAK]


def test_a_repeated_frame_is_acknowledged_and_kept_once() -> None:
    first, *rest = frames_of(SHORT)
    heard = replay().feed(ENQ, first, first, first, *rest, rest[-1], EOT)
    assert heard.messages == [message_of(SHORT)]
    assert heard.troubles == [Trouble.REPEATED] * 3


def test_a_frame_out_of_turn_is_refused() -> None:
    good = frames_of(SHORT)
    assert replay().feed(ENQ, good[0], good[2]).replies == [ACK, ACK, NAK]
    assert replay().feed(ENQ, good[1]).replies == [ACK, NAK]


def test_after_six_refusals_nothing_is_answered_until_the_sender_begins_anew() -> None:
    bad = frame(1, b"H|\r").replace(b"H", b"h")
    heard = replay().feed(ENQ, *[bad] * 8)
    assert heard.replies == [ACK, *[NAK] * 6]
    heard.feed(EOT, *dialogue(SHORT))
    assert heard.messages == [message_of(SHORT)]


def test_a_sender_that_begins_anew_is_let(messages: list[list[bytes]]) -> None:
    """ENQ amidst a session: what was kept is set apart, and the message comes whole."""
    good = frames_of(SHORT)
    heard = replay().feed(ENQ, *good[:3], *dialogue(SHORT))
    assert heard.cut == [message_of(SHORT[:3])]
    assert heard.messages == [message_of(SHORT)]
    assert heard.troubles == [Trouble.ABORTED]


def test_contention_is_the_devices_and_gets_one_reply() -> None:
    """Two ENQ in one reading get one ACK: a second one would acknowledge a frame that nobody has read."""
    assert replay().feed(ENQ + ENQ).replies == [ACK]
    first = frames_of(SHORT)[0]
    assert replay().feed(ENQ, first + EOT + ENQ).replies == [ACK, ACK]


def test_enq_in_the_middle_of_a_frame_counts_only_if_silence_follows() -> None:
    """E and ENQ differ in one bit."""
    damaged = frame(1, b"H|\\^&|TEST\r").replace(b"E", ENQ)
    heard = replay().feed(ENQ, damaged).pause(SERIAL_DAMAGE_QUIET_S)
    assert heard.replies == [ACK, NAK]
    again = replay().feed(ENQ, frame(1, b"H|\\^&|TEST\r")[:6], ENQ)
    assert again.replies == [ACK]
    assert again.pause(SERIAL_DAMAGE_QUIET_S).replies == [ACK, ACK]
    assert again.feed(*frames_of(SHORT), EOT).messages == [message_of(SHORT)]


def test_eot_in_the_middle_of_a_frame_ends_the_session_if_silence_follows() -> None:
    good = frames_of(SHORT)
    heard = replay().feed(ENQ, good[0], good[1][:5], EOT).pause(SERIAL_DAMAGE_QUIET_S)
    assert heard.cut == [message_of(SHORT[:1])]
    assert heard.replies == [ACK, ACK]


def test_a_session_without_its_end_is_over_after_its_time() -> None:
    heard = replay().feed(ENQ, *frames_of(SHORT[:-1])).pause(SERIAL_FRAME_TIMEOUT_S - 1)
    assert not heard.cut
    assert heard.pause(1).cut == [message_of(SHORT[:-1])]
    assert heard.session is None
    whole = replay().feed(ENQ, *frames_of(SHORT)).pause(SERIAL_FRAME_TIMEOUT_S)  # only EOT is missing
    assert whole.messages == [message_of(SHORT)]
    assert not whole.cut


def test_what_cannot_be_kept_is_refused_and_comes_again() -> None:
    assert replay(Opened).feed(ENQ).replies == [NAK]
    good = frames_of(SHORT)
    heard = replay().feed(ENQ, good[0])
    heard.refusing = (Frame,)
    heard.feed(good[1])
    heard.refusing = ()
    heard.feed(*good[1:], EOT)
    assert heard.replies == [ACK, ACK, NAK, *[ACK] * 4]
    assert heard.messages == [message_of(SHORT)]


def test_a_new_process_goes_on_where_the_session_stood() -> None:
    """Killed before or after its ACK was heard: the sender repeats the frame, or goes on with the next."""
    good = frames_of(SHORT)
    before = replay().feed(ENQ, *good[:3])
    for rest in (good[2:], good[3:]):
        heard = replay(session=before.session)
        heard.text = before.text
        heard.feed(*rest, EOT)
        assert heard.messages == [message_of(SHORT)]
        assert set(heard.replies) == {ACK}


def test_without_a_session_frames_are_not_answered() -> None:
    heard = replay().feed(*frames_of(SHORT), EOT).pause(60)
    assert not heard.replies
    assert not heard.messages


def test_too_long_a_message_is_refused() -> None:
    text = b"R|" + b"x" * 60_000 + b"\r"
    heard = replay().feed(ENQ, *(frame(number, text) for number in range(1, 6)))
    assert heard.replies == [ACK] * 5 + [NAK]
    assert heard.troubles == [Trouble.TOO_LONG]
    endless = replay().feed(ENQ, b"\x021" + b"x" * (SERIAL_MESSAGE_MAX_BYTES + 10)).pause(1)
    assert endless.replies == [ACK, NAK]


def test_after_an_unplug_nothing_is_said_until_the_device_speaks() -> None:
    good = frames_of(SHORT)
    heard = replay().feed(ENQ, good[0], good[1][:7])
    heard.engine.lost()
    heard.pause(5)
    assert heard.replies == [ACK, ACK]
    assert heard.feed(*good[1:], EOT).messages == [message_of(SHORT)]


NOISE = st.binary(min_size=1, max_size=12).map(
    lambda data: bytes(byte for byte in data if byte not in b"\x02\x04\x05")
)
STEP = st.one_of(
    st.tuples(st.just("send"), st.integers(0, 30)),
    st.tuples(st.just("noise"), NOISE),
    st.tuples(st.just("flip"), st.integers(0, 10_000)),
    st.tuples(st.just("cut"), st.integers(1, 200)),
    st.tuples(st.just("repeat"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([0.6, 31.0])),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEP, max_size=40), st.integers(5, 240))
def test_whatever_happens_on_the_line_no_message_is_made_up_lost_or_doubled(
    steps: list[tuple[str, object]], text_max: int
) -> None:
    """A sender that obeys its replies, on a line that damages, cuts, repeats and babbles at will.

    Every message it holds for delivered was kept exactly once and in order, and nothing else was ever kept as whole.
    """
    heard, sender = replay(), _Sender(text_max)
    for kind, value in steps:
        match kind:
            case "noise":
                assert isinstance(value, bytes)
                heard.feed(value)
            case "wait":
                assert isinstance(value, float)
                heard.pause(value)
            case "restart":
                sender.restart()
            case "send" | "flip" | "cut" | "repeat":
                assert isinstance(value, int)
                sender.step(heard, kind, value)
    for _ in range(1_000):
        if not sender.idle:
            sender.step(heard, "send", 0)
    assert sender.idle
    assert heard.messages == sender.delivered


class _Sender:
    """A stop-and-wait sender of messages that all differ; it believes only the reply to its last transmission."""

    def __init__(self, text_max: int) -> None:
        self.delivered: list[bytes] = []
        self._text_max = text_max
        self._count = 0
        self._begin()

    @property
    def idle(self) -> bool:
        return self._at == 0

    def restart(self) -> None:
        """It gives up, and begins the session anew when it is its turn again."""
        if self._at != len(self._parts) - 1:  # a message that was acknowledged to its end is not sent again
            self._at = 0

    def step(self, heard: Replay, kind: str, value: int) -> None:
        part = self._parts[self._at]
        if kind == "flip":
            at, bit = value % len(part), (value // 7) % 8
            part = part[:at] + bytes([part[at] ^ 1 << bit]) + part[at + 1 :]
        elif kind == "cut":
            part = part[: value % len(part)]
        elif kind == "repeat":
            heard.feed(part).pause(1.0)
        before = len(heard.replies)
        heard.feed(part).pause(1.0)
        if self._parts[self._at] == EOT:
            self._begin()
        elif heard.replies[before:] == [ACK]:
            self._at += 1
            if self._at == len(self._parts) - 1:
                self.delivered.append(self._message)
        elif heard.replies[before:] != [NAK]:
            heard.feed(EOT)
            self.restart()

    def _begin(self) -> None:
        self._count += 1
        records = [b"H|\\^&", b"C|1|%d and a text that may need more than one frame" % self._count, b"L|1|N"]
        self._message = message_of(records)
        self._parts = dialogue(records, self._text_max)
        self._at = 0
