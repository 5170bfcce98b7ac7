"""The ways of framing as data, by the names that stand in the site file, and the engine for each source's line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from appliance.intake.serial.checks import NO_CHECK, Check
from appliance.intake.serial.events import CR, ETX, LF, STX, Engine, Session
from appliance.limits import (
    SERIAL_SCAN_QUIET_CHARS,
    SERIAL_SCAN_QUIET_S,
    SERIAL_SCAN_UNENDED_S,
    SERIAL_TEXT_GAP_S,
)
from appliance.sources import BlockCheck, Parity, SerialProfile, SerialSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How texts begin, end, are checked and answered on one kind of line."""

    start: int | None = STX
    """The byte before a text; None: a text begins with its first byte."""
    ends: frozenset[int] = frozenset({ETX})
    bare: bool = False
    """Whether a text may also come without start and end, ended by silence."""
    check: Check = NO_CHECK
    watch_check: bool = False
    """Whether the first texts show if and how they are checked."""
    replies: bool = False
    gap_s: float = SERIAL_TEXT_GAP_S
    """A text that stops for so long has lost its end."""
    quiet_s: float = SERIAL_SCAN_QUIET_S
    """Silence that ends a text without an end of its own, or shows that no check follows."""
    nul_is_damage: bool = True
    """The line's driver hands over a byte with a parity or framing error as NUL."""
    joins: bool = False
    """Whether messages may be parts of one split form."""


TEXTS: Final[Mapping[SerialProfile, Profile]] = {
    SerialProfile.LINE: Profile(start=None, ends=frozenset({CR, LF})),
    SerialProfile.QR: Profile(
        bare=True, watch_check=True, gap_s=SERIAL_SCAN_UNENDED_S, nul_is_damage=False, joins=True
    ),
    SerialProfile.STX_ETX_A: Profile(),
    SerialProfile.STX_ETX_B: Profile(replies=True),
}
"""Profiles whose messages are single texts; ASTM, with its sessions of frames, has an engine of its own."""


def profile_of(source: SerialSource) -> Profile:
    """A source's profile with what its site file says about checks, and with the time its line needs for a byte."""
    profile = TEXTS[source.profile]
    quiet_s = max(SERIAL_SCAN_QUIET_S, SERIAL_SCAN_QUIET_CHARS * byte_s(source))
    if source.check is BlockCheck.AUTO:
        return replace(profile, quiet_s=quiet_s)
    check = Check(source.check, source.check_from, source.check_to)
    return replace(profile, quiet_s=quiet_s, check=check, watch_check=False)


def byte_s(source: SerialSource) -> float:
    """How long one byte takes on the line, start, parity and stop bits included."""
    bits = 1 + source.data_bits + (source.parity is not Parity.NONE) + source.stop_bits
    return bits / source.baud


def engine_of(source: SerialSource, session: Session | None, now_s: float) -> Engine:
    """The engine of a line. `session` is the one that an earlier process was in."""
    from appliance.intake.serial.framing import Texts
    from appliance.intake.serial.sessions import Sessions

    if source.profile is SerialProfile.ASTM:
        return Sessions(session, now_s)
    return Texts(profile_of(source))
