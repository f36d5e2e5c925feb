"""Whether a value fits a document's pattern, in bounded time: both come from others."""

from __future__ import annotations

import re
from functools import lru_cache

from ssmtui import time_limit
from ssmtui.documents.dialect import Translation, Unknown, translated

LIMIT = 0.004
"""Seconds of processor time for one value."""
COMPILE_LIMIT = 0.012
UNTIMED = 1_000
"""Characters of a value on which a pattern is tried where nothing could stop it."""


class Pattern:
    """One pattern. It is given up, for good, once it has taken too long."""

    def __init__(self, source: str) -> None:
        self._translation: Translation | None = None
        self._regex: re.Pattern[str] | None = None
        try:
            self._translation = translated(source)
            self._regex = self._compiled(self._translation)
        except (Unknown, re.error, RecursionError, OverflowError, time_limit.Expired, MemoryError):
            self._translation = None

    def fits(self, value: str) -> bool | None:
        """Whether it is found anywhere in ``value``; None when that cannot be told here."""
        if self._translation is None or self._regex is None:
            return None
        if self._translation.folds and not value.isascii():
            return None
        if not time_limit.usable():
            tame = self._translation.is_tame and len(value) <= UNTIMED
            return self._regex.search(value) is not None if tame else None
        try:
            with time_limit.TimeLimit(LIMIT):
                return self._regex.search(value) is not None
        except (time_limit.Expired, RecursionError, MemoryError):
            self._regex = None
            return None

    @staticmethod
    def _compiled(translation: Translation) -> re.Pattern[str] | None:
        if not time_limit.usable():
            return re.compile(translation.source, translation.flags) if translation.is_tame else None
        with time_limit.TimeLimit(COMPILE_LIMIT):
            return re.compile(translation.source, translation.flags)


_pattern = lru_cache(maxsize=256)(Pattern)


def fits(pattern: str, value: str) -> bool | None:
    """Whether ``value`` has a place that ``pattern`` matches, as the agent looks for it (RE2, unanchored).

    None when that cannot be told: the pattern is of another dialect or takes too long; then the service decides.
    """
    return _pattern(pattern).fits(value)
