"""The memory that reading one input takes, as the kernel counts it: `python -m tests.fuzz.peak TARGET < FILE`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from appliance.limits import KIB, MIB
from tests.fuzz.targets import TARGETS, Target

MEMORY_FACTOR: Final = 3
MEMORY_ALLOWANCE_BYTES: Final = 50 * MIB
_PEAK: Final = Path("/proc/self/clear_refs")
_RESET_PEAK: Final = "5"
_STATUS: Final = Path("/proc/self/status")
_HIGH_WATER: Final = re.compile(rb"VmHWM:\s*(\d+) kB")
_ROOT: Final = Path(__file__).resolve().parents[2]


def allowed_bytes(size: int) -> int:
    """What reading an input of that size may take."""
    return MEMORY_FACTOR * size + MEMORY_ALLOWANCE_BYTES


def reset_peak() -> int:
    """Begin to watch this process; its resident bytes now."""
    _PEAK.write_text(_RESET_PEAK, encoding="ascii")
    return peak_bytes()


def peak_bytes() -> int:
    """The most that was resident since the watch began (getrusage would count what stood here before exec)."""
    found = _HIGH_WATER.search(_STATUS.read_bytes())
    assert found is not None
    return int(found[1]) * KIB


def peak_of(name: str, data: bytes) -> int:
    """Bytes that a fresh process takes for the input and for reading it, above what it takes for itself."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.peak", name],
        input=data,
        capture_output=True,
        cwd=_ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return int(done.stdout)


def read(target: Target, data: bytes) -> None:
    """Read as a service does: claims one by one, everything else whole."""
    if target.stream is not None:
        for _ in target.stream(data):
            pass
    else:
        target.read(data)


def main() -> None:
    target = TARGETS[sys.argv[1]]
    read(target, b"")
    before = reset_peak()
    read(target, sys.stdin.buffer.read())
    print(peak_bytes() - before)


if __name__ == "__main__":
    main()
