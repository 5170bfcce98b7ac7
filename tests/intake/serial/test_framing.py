"""Lines, scans and class A/B texts, without a line: cuts, damage, silence, and how a reader's check is found out."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.intake.serial.checks import Check
from appliance.intake.serial.events import ACK, NAK, Message, Trouble
from appliance.intake.serial.framing import Texts
from appliance.intake.serial.profiles import TEXTS, Profile, byte_s, profile_of
from appliance.limits import SERIAL_MESSAGE_MAX_BYTES, SERIAL_TEXT_GAP_S
from appliance.sources import BlockCheck, CheckFrom, CheckTo, Parity, SerialProfile, SerialSource
from tests.intake.serial.replaying import Replay
from tests.simulators.analyser import xor_text
from tests.simulators.qr_reader import Setting, on_the_line

QR, LINE = SerialProfile.QR, SerialProfile.LINE
CLASS_A, CLASS_B = SerialProfile.STX_ETX_A, SerialProfile.STX_ETX_B
FORM = "JAHIS11\r\n1,1,1234567,13,架空医院\r\n\x1a".encode("cp932")


def source(profile: SerialProfile, **more: object) -> SerialSource:
    return SerialSource(name="line", facility="1310000001", device="/dev/none", profile=profile, **more)


def replay(profile: SerialProfile, *refusing: type[Message], **more: object) -> Replay:
    return Replay(Texts(profile_of(source(profile, **more))), refusing)


# --- lines


def test_each_line_is_a_message_whatever_ends_it() -> None:
    heard = replay(LINE).feed(b"GLU 98\r\nNA 140\rK 4.1\n\r\n\n")
    assert heard.messages == [b"GLU 98", b"NA 140", b"K 4.1"]
    assert not heard.replies


def test_a_line_that_stops_is_kept_and_counted() -> None:
    heard = replay(LINE).feed(b"GLU 9").pause(SERIAL_TEXT_GAP_S)
    assert heard.messages == [b"GLU 9"]
    assert heard.troubles == [Trouble.CUT]


def test_a_byte_that_the_driver_found_damaged_spoils_its_text() -> None:
    assert replay(LINE).feed(b"GLU \x008\rNA 140\r").messages == [b"NA 140"]
    heard = replay(CLASS_B).feed(b"\x02GLU \x008\x03").pause(1.0)
    assert (heard.messages, heard.replies, heard.troubles) == ([], [NAK], [Trouble.CHECK])


# --- class A and B

CHECKS = [
    Check(kind, first, last)
    for kind, first, last in product(
        (BlockCheck.XOR, BlockCheck.SUM8, BlockCheck.SUM8_HEX), CheckFrom, CheckTo
    )
]


def checked(check: Check) -> dict[str, object]:
    return {"check": check.kind, "check_from": check.first, "check_to": check.last}


def text(data: bytes, check: Check) -> bytes:
    return b"\x02" + data + b"\x03" + check.of(data, 3)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.kind}-{check.first}-{check.last}")
def test_every_makers_check_is_known_at_every_cut(check: Check) -> None:
    stream = text(b"R 0012 GLU 98", check) + text(b"R 0013 GLU 120", check)
    for at in range(len(stream) + 1):
        heard = replay(CLASS_B, **checked(check)).feed(stream[:at], stream[at:])
        assert heard.messages == [b"R 0012 GLU 98", b"R 0013 GLU 120"]
        assert heard.replies[-1] == ACK
        assert not heard.troubles


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.kind}-{check.first}-{check.last}")
def test_no_single_flipped_bit_passes(check: Check) -> None:
    """In the text, in its check, in STX or ETX: refused, or not answered at all, and never kept."""
    good = text(b"R 0012 GLU 98", check)
    for place, bit in product(range(len(good)), range(8)):
        damaged = bytearray(good)
        damaged[place] ^= 1 << bit
        if bytes(damaged).upper() == good.upper() and place > good.index(3):
            continue  # hexadecimal digits in lower case
        heard = replay(CLASS_B, **checked(check)).feed(bytes(damaged)).pause(2 * SERIAL_TEXT_GAP_S)
        assert not heard.messages, (place, bit)
        assert ACK not in heard.replies, (place, bit)


def test_published_values_of_the_checks() -> None:
    """By hand: XOR of 41 42 03 is 00; 02 + 41 + 42 + 03 is 88."""
    assert Check(BlockCheck.XOR).of(b"AB", 3) == b"\x00"
    assert Check(BlockCheck.SUM8, CheckFrom.STX).of(b"AB", 3) == b"\x88"
    assert Check(BlockCheck.SUM8_HEX, CheckFrom.AFTER_STX, CheckTo.BEFORE_ETX).of(b"AB", 3) == b"83"
    assert Check(BlockCheck.SUM8_HEX, CheckFrom.STX).holds(b"ZZ", 3, b"b9")


def test_class_a_is_never_answered() -> None:
    heard = replay(CLASS_A).feed(b"\x02one\x03\r\n\x02two\x03\x02thr").pause(SERIAL_TEXT_GAP_S)
    assert (heard.messages, heard.replies, heard.troubles) == ([b"one", b"two"], [], [Trouble.CUT])


def test_class_b_is_refused_while_nothing_can_be_kept() -> None:
    heard = replay(CLASS_B, Message).feed(b"\x02one\x03").pause(1.0)
    assert (heard.messages, heard.replies) == ([], [NAK])
    heard.refusing = ()
    assert heard.feed(b"\x02one\x03\r\n").pause(1.0).replies == [NAK, ACK]
    assert heard.messages == [b"one"]


def test_a_class_b_text_that_stops_is_refused_after_its_time() -> None:
    heard = replay(CLASS_B).feed(b"\x02one").pause(SERIAL_TEXT_GAP_S + 1)
    assert (heard.messages, heard.replies, heard.troubles) == ([], [NAK], [Trouble.CUT])


def test_without_a_check_an_end_amidst_a_text_is_no_end() -> None:
    """C and ETX differ in one bit: the device goes on sending, and is refused when it has stopped."""
    heard = replay(CLASS_B).feed(b"\x02R 0012 \x03L 101 K 4.1\x03")
    assert not heard.replies
    assert heard.pause(1.0).replies == [NAK]
    assert heard.feed(b"\x02R 0012 CL 101 K 4.1\x03").pause(1.0).messages == [b"R 0012 CL 101 K 4.1"]
    assert replay(CLASS_B).feed(b"\x02\x03").pause(1.0).replies == [NAK]


def test_too_long_a_text_is_refused_at_its_end() -> None:
    heard = replay(CLASS_B).feed(b"\x02" + b"x" * (SERIAL_MESSAGE_MAX_BYTES + 1), b"\x03").pause(1.0)
    heard.feed(b"\x02one\x03").pause(1.0)
    assert (heard.messages, heard.replies, heard.troubles) == ([b"one"], [NAK, ACK], [Trouble.TOO_LONG])


def test_noise_between_texts_is_counted_once_a_burst() -> None:
    heard = replay(CLASS_A).feed(b"\xff\xfe\xfd\x02one\x03")
    assert (heard.messages, heard.troubles) == ([b"one"], [Trouble.NOISE])


# --- scans


@pytest.mark.parametrize("setting", Setting)
def test_a_scan_is_whole_at_every_cut_however_the_reader_is_set(setting: Setting) -> None:
    stream = on_the_line(FORM, setting)
    for at in range(len(stream) + 1):
        heard = replay(QR).feed(stream[:at], stream[at:]).pause(2.0)
        assert [data.rstrip(b"\r") for data in heard.messages] == [FORM]
        assert not heard.troubles


@pytest.mark.parametrize("setting", [Setting.STX_ETX, Setting.STX_ETX_BCC, Setting.STX_ETX_BCC_BEFORE])
def test_after_three_scans_the_readers_check_is_held_to(setting: Setting) -> None:
    heard = replay(QR)
    for _ in range(3):
        heard.feed(on_the_line(FORM, setting)).pause(1.0)
    for other in {Setting.STX_ETX, Setting.STX_ETX_BCC, Setting.STX_ETX_BCC_BEFORE} - {setting}:
        before = len(heard.messages)
        heard.feed(on_the_line(b"changed", other)).pause(3.0)
        if setting is not Setting.STX_ETX:
            assert len(heard.messages) == before
    heard.feed(on_the_line(FORM, setting)).pause(1.0)
    assert heard.messages[-1] == FORM


def test_another_reader_may_be_plugged_in() -> None:
    heard = replay(QR)
    for _ in range(3):
        heard.feed(on_the_line(FORM, Setting.STX_ETX_BCC))
    heard.engine.lost()
    heard.feed(on_the_line(FORM, Setting.STX_ETX)).pause(1.0)
    assert len(heard.messages) == 4


def test_without_marks_a_scan_ends_with_silence_and_not_inside_a_slow_burst() -> None:
    heard = replay(QR)
    for byte in FORM:
        heard.feed(bytes([byte])).pause(0.05)
    assert not heard.messages
    assert heard.pause(0.1).messages == [FORM]
    unended = replay(QR).feed(b"JAHIS11").pause(1.9)
    assert not unended.messages
    assert unended.pause(0.2).messages == [b"JAHIS11"]


def test_a_slow_line_has_a_longer_silence() -> None:
    slow = source(QR, baud=1200)
    assert byte_s(slow) == pytest.approx(10 / 1200)
    assert profile_of(slow).quiet_s == pytest.approx(20 * 10 / 1200)
    assert byte_s(source(QR, data_bits=7, parity=Parity.EVEN, stop_bits=2)) == pytest.approx(11 / 9600)


def test_flow_control_bytes_in_binary_codes_are_data() -> None:
    data = bytes(range(0x10, 0x18)) + b"\x11\x13\x00\xff"
    assert replay(QR, check=BlockCheck.NONE).feed(on_the_line(data, Setting.STX_ETX)).messages == [data]


def test_a_reader_that_marks_its_codes_sends_nothing_bare() -> None:
    heard = replay(QR).feed(on_the_line(FORM, Setting.STX_ETX_BCC), b"\x7f\x80garbage").pause(5)
    assert (heard.messages, heard.troubles) == ([FORM], [Trouble.NOISE])


PIECE = st.one_of(
    st.binary(max_size=20).filter(lambda data: not set(data) & {2, 3}).map(lambda data: ("noise", data)),
    st.binary(min_size=1, max_size=30)
    .filter(lambda data: not set(data) & {0, 2, 3})
    .map(lambda d: ("text", d)),
    st.tuples(
        st.just("flip"), st.binary(min_size=1, max_size=9).filter(lambda data: not set(data) & {0, 2, 3})
    ),
    st.tuples(st.just("silence"), st.just(b"")),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECE, max_size=25), st.randoms(use_true_random=False))
def test_noise_and_damage_never_make_a_text_that_was_not_sent(pieces, chance) -> None:  # noqa: ANN001
    """Texts with a check, any noise between them: what is kept was sent, and every undamaged text after silence is kept."""
    heard, sent = replay(CLASS_B, check=BlockCheck.XOR), []
    for kind, data in pieces:
        if kind == "silence":
            heard.pause(4.0)
        elif kind == "noise":
            heard.feed(data)
        elif kind == "text":
            heard.pause(4.0).feed(xor_text(data))
            sent.append(data)
            assert heard.replies[-1] == ACK
        else:
            whole = bytearray(xor_text(data))
            whole[chance.randrange(1, len(data) + 1)] ^= 1 << chance.choice([4, 5, 6])
            heard.pause(4.0).feed(bytes(whole)).pause(4.0)
    assert heard.messages == sent


def test_profiles_are_data() -> None:
    assert set(TEXTS) == set(SerialProfile) - {SerialProfile.ASTM}
    assert [profile for profile, data in TEXTS.items() if data.replies] == [CLASS_B]
    assert all(isinstance(data, Profile) for data in TEXTS.values())
