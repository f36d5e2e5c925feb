"""Dice that fall the same way for the same seed. Nothing here is secret."""

from __future__ import annotations

import random

_MASK = (1 << 64) - 1


def scrambled(number: int) -> int:
    """64 bits that look like chance, from a number of any size: SplitMix64, so that neighbours do not look alike."""
    state = (number * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & _MASK
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
    return state ^ state >> 31


def full_dice(seed: int) -> random.Random:
    """The standard library's, for a hundred times the cost."""
    return random.Random(seed)  # noqa: S311 (repeatable, not secret)
