"""`make bench`: every measurement, one line each."""

from __future__ import annotations

from tests.bench import (
    amplification,
    delivering,
    enqueue,
    explaining,
    latency,
    lookup,
    memory,
    parsing,
    sftp,
    storing,
    streaming,
    transfer,
)


def main() -> None:
    for ratio in parsing.measure():
        print(ratio.line(), flush=True)
    for part in (storing, explaining):
        print(part.measure().line(), flush=True)
    for ratio in lookup.measure():
        print(ratio.line(), flush=True)
    for lines in (
        enqueue.measure,
        amplification.measure,
        latency.measure,
        delivering.measure,
        sftp.measure,
        transfer.measure,
        streaming.measure,
        memory.measure,
    ):
        for line in lines():
            print(line, flush=True)


if __name__ == "__main__":
    main()
