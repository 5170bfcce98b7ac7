"""One target under libFuzzer: `python -m tests.fuzz.harness TARGET [options and folders of libFuzzer]`.

Besides what the judge asserts, an input may take no more memory than 3 × its size and 50 MB: the kernel's own peak of
this process, set back before each input. libFuzzer starts itself anew to merge corpora: FUZZ_COMMAND is the file that does so.
"""

from __future__ import annotations

import os
import sys

import atheris

with atheris.instrument_imports(include=["appliance.formats", "appliance.records"]):
    from tests.fuzz.targets import TARGETS, Judge

from tests.fuzz.peak import allowed_bytes, peak_bytes, reset_peak


def within_memory(judge: Judge) -> Judge:
    """The judge, with the promise about memory added."""

    def judged(data: bytes) -> None:
        before = reset_peak()
        judge(data)
        used = peak_bytes() - before
        assert used <= allowed_bytes(len(data)), f"{used} bytes for {len(data)}"

    return judged


def main() -> None:
    target = TARGETS[sys.argv.pop(1)]
    command = os.environ.get("FUZZ_COMMAND", sys.argv[0])
    atheris.Setup([command, *sys.argv[1:]], within_memory(target.judge))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
