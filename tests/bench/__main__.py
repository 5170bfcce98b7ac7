"""`make bench`: every measurement, one line each."""

from __future__ import annotations

from tests.bench import explaining, lookup, memory, parsing, storing


def main() -> None:
    for part in (parsing, storing, explaining):
        print(part.measure().line(), flush=True)
    for ratio in lookup.measure():
        print(ratio.line(), flush=True)
    for line in memory.measure():
        print(line, flush=True)


if __name__ == "__main__":
    main()
