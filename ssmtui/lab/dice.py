"""Dice that fall the same way for the same seed. Nothing here is secret."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

_MASK = (1 << 64) - 1


class Dice(Protocol):
    """What :class:`random.Random` can do too."""

    def randrange(self, stop: int, /) -> int:
        """A number from 0 to below ``stop``."""

    def randint(self, lowest: int, highest: int, /) -> int:
        """A number from ``lowest`` to ``highest``."""

    def choices(self, population: str, /, *, k: int) -> Sequence[str]:
        """``k`` letters of ``population``."""


class QuickDice:
    """A hundredth of the cost of :class:`random.Random` where each of many things has dice of its own.

    SplitMix64: good enough that neighbours do not look alike.
    """

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed * 0x9E3779B97F4A7C15

    def randrange(self, stop: int, /) -> int:
        """A number from 0 to below ``stop``."""
        self._state = state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
        return (state ^ state >> 31) % stop

    def randint(self, lowest: int, highest: int, /) -> int:
        """A number from ``lowest`` to ``highest``."""
        return lowest + self.randrange(highest - lowest + 1)

    def choices(self, population: str, /, *, k: int) -> Sequence[str]:
        """``k`` letters of ``population``."""
        return [population[self.randrange(len(population))] for _ in range(k)]


def full_dice(seed: int | str) -> random.Random:
    """The standard library's."""
    return random.Random(seed)  # noqa: S311 (repeatable, not secret)
