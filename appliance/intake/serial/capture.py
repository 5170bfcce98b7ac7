"""`renkei intake capture`: listens to a serial device, never answers it, and says what the site file should say of it.

The installer has the device send something; after each transmission that makes no sense the next setting is tried.
Nothing that was heard is shown unless asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.clock import Clock
from appliance.errors import Audience, ExitStatus, RenkeiError
from appliance.intake.serial.hearing import Verdict, judge, shown
from appliance.intake.serial.port import Port
from appliance.limits import (
    CAPTURE_ENOUGH_BYTES,
    CAPTURE_QUIET_S,
    CAPTURE_SHOWN_BYTES,
    SERIAL_MESSAGE_MAX_BYTES,
    SERIAL_WAIT_S,
)
from appliance.sources import PRESETS, BlockCheck, Parity, SerialProfile, SerialSource

BY_ID: Final = Path("/dev/serial/by-id")
_EIGHT, _SEVEN = 8, 7
_BAUDS: Final = (9600, 19200, 38400, 115200, 4800, 2400, 1200, 57600)
_PARITIES: Final = (
    (_EIGHT, Parity.NONE),
    (_SEVEN, Parity.EVEN),
    (_EIGHT, Parity.EVEN),
    (_SEVEN, Parity.ODD),
    (_EIGHT, Parity.ODD),
)
_NAMES: Final = {
    SerialProfile.LINE: "1行ずつの電文 / lines",
    SerialProfile.QR: "二次元コードリーダー / a reader of two-dimensional codes",
    SerialProfile.STX_ETX_A: "STX … ETX、応答なし（クラスA）/ class A",
    SerialProfile.STX_ETX_B: "STX … ETX、応答待ち（クラスB）/ class B",
    SerialProfile.ASTM: "ASTM E1381",
}


class NothingHeardError(RenkeiError):
    """The device sent nothing, or nothing that any setting makes sense of."""

    code = "SERIAL-0002"
    audience = Audience.INSTALLER
    exit_status = ExitStatus.FINDINGS


@dataclass(frozen=True, slots=True)
class Capture:
    """One run: the device, for how long in all, a baud rate if it is known, and whether what is heard is shown."""

    device: Path
    seconds: float
    baud: int = 0
    show: bool = False

    def settings(self) -> Iterator[SerialSource]:
        """The settings of the line in the order in which they are tried, the likeliest first."""
        for data_bits, parity in _PARITIES:
            for baud in (self.baud,) if self.baud else _BAUDS:
                yield SerialSource(
                    name="line",
                    facility="",
                    device=self.device,
                    baud=baud,
                    data_bits=data_bits,
                    parity=parity,
                )


def capture(asked: Capture, clock: Clock, say: Callable[[str], None]) -> None:
    """Listen until something makes sense, then say what to write. Raises NothingHeardError, PortAwayError."""
    until_s = clock.monotonic_s() + asked.seconds
    say("装置から何か送信してください（検査結果の再送信、二次元コードの読み取りなど）。")
    say("Have the device send something: a result again, a scanned code. Nothing is answered or kept.")
    for setting in asked.settings():
        heard = _listen(setting, clock, until_s)
        if not heard:
            break
        verdict = judge(heard)
        say(_heard_line(setting, heard, verdict))
        if asked.show:
            say("".join(shown(heard[:CAPTURE_SHOWN_BYTES])))
        if verdict is not None:
            say("\n".join(_advice(setting, verdict)))
            return
        say(
            "  読み取れません。次の設定で聞きますので、もう一度送信してください。 / Not understood: send again."
        )
    raise NothingHeardError(
        "装置の通信を見分けられませんでした。",
        "The device's transmissions were not understood.",
        hint_ja="装置の設定画面で、通信速度・データ長・パリティと、ホスト通信が有効かを確かめてください。ケーブルの種類（クロス／ストレート）も確かめてください。",
        hint_en="Look up baud rate, data bits and parity on the device, that its host output is on, and the cable's kind.",
    )


def _listen(setting: SerialSource, clock: Clock, until_s: float) -> bytes:
    """One transmission: from its first byte to silence; empty when the time is over."""
    port = Port(setting)
    heard = b""
    try:
        while clock.monotonic_s() < until_s and len(heard) < SERIAL_MESSAGE_MAX_BYTES:
            data = port.read(CAPTURE_QUIET_S if heard else SERIAL_WAIT_S)
            heard += data
            if heard and not data and (len(heard) >= CAPTURE_ENOUGH_BYTES or judge(heard) is not None):
                break
    finally:
        port.close()
    return heard


def _heard_line(setting: SerialSource, heard: bytes, verdict: Verdict | None) -> str:
    line = f"{setting.baud} bps {setting.data_bits}{setting.parity[0].upper()}{setting.stop_bits}"
    fits = _NAMES[verdict.profile] if verdict else "？"
    return f"{line}: {len(heard)} バイト / bytes → {fits}"


def _advice(setting: SerialSource, verdict: Verdict) -> Iterator[str]:
    """The source's table for the site file."""
    yield "\nsite.toml に書く内容 / for site.toml:\n"
    yield "[[sources]]"
    yield 'name = "…"        # 英小文字・数字・ハイフン / a-z, 0-9, -'
    yield 'facility = "…"    # 10桁 / ten digits'
    preset = next(
        (name for name, one in PRESETS.items() if one.settings.get("profile") == verdict.profile), ""
    )
    yield f'preset = "{preset}"' if preset else f'kind = "serial"\nprofile = "{verdict.profile}"'
    device = lasting_name(setting.device)
    yield f'device = "{device}"'
    yield f"baud = {setting.baud}"
    if setting.parity is not Parity.NONE or setting.data_bits != _EIGHT:
        yield f'data_bits = {setting.data_bits}\nparity = "{setting.parity}"'
    if verdict.check.kind is not BlockCheck.NONE and verdict.profile is not SerialProfile.QR:
        check = verdict.check
        yield f'check = "{check.kind}"\ncheck_from = "{check.first}"\ncheck_to = "{check.last}"'
    if verdict.profile is SerialProfile.STX_ETX_A:
        yield (
            '# 装置が応答を待つ設定なら profile = "stx-etx-b" / "stx-etx-b" if the device waits for replies'
        )
    if not verdict.texts:
        yield "# ENQ だけでは、データ長とパリティは確かめられません。装置の設定と同じにしてください / set data_bits and parity as on the device"
    if setting.data_bits == _SEVEN and verdict.profile is SerialProfile.QR:
        yield "# 7ビットでは漢字が壊れます。リーダーを8ビットにしてください / set the reader to 8 data bits"
    if device.parent != BY_ID:
        yield "# この名前は差し替えで変わることがあります / this name may change when it is plugged in again"


def lasting_name(device: Path) -> Path:
    """The name under /dev/serial/by-id that leads to the same device; the given one where there is none."""
    return next((name for name in devices() if name.resolve() == device.resolve()), device)


def devices() -> list[Path]:
    """The devices that are plugged in, by the names that last."""
    return sorted(BY_ID.iterdir()) if BY_ID.is_dir() else []
