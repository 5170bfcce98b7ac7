"""Repeatable draws: the same seed and the same words give the same draws on every Python.

Only `random.Random.random` is used, whose sequence Python promises to keep; `choice`, `sample` and `shuffle` may change
between versions and are made here from it.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of draws of its own for each subject, so that one more draw for one patient moves no other."""

    __slots__ = ("_random",)

    def __init__(self, seed: int, *subject: object) -> None:
        words = "\x1f".join([str(seed), *map(str, subject)])
        self._random = random.Random(int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big"))  # noqa: S311

    def happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1."""
        return int(self._random.random() * bound)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def pick_weighted(self, choices: Sequence[tuple[T, float]]) -> T:
        """One of the choices, each as likely as its weight says."""
        left = self._random.random() * sum(weight for _, weight in choices)
        for choice, weight in choices:
            left -= weight
            if left < 0:
                return choice
        return choices[-1][0]

    def several(self, choices: Sequence[T], count: int) -> tuple[T, ...]:
        """`count` different choices (fewer when there are not so many), in the order drawn."""
        left = list(choices)
        return tuple(left.pop(self.below(len(left))) for _ in range(min(count, len(left))))

    def digits(self, count: int) -> str:
        """So many digits; the first is never 0."""
        return str(self.between(10 ** (count - 1), 10**count - 1))
