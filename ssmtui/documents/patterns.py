"""Whether a value matches a document's pattern, in bounded time: both are untrusted."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

from ssmtui import time_limit
from ssmtui.documents.dialect import Translation, Unknown, translated

LIMIT = 0.004
"""Seconds of processor time for one value."""
COMPILE_LIMIT = 0.012
UNTIMED = 1_000
"""Characters of a value on which a pattern is tried where nothing could stop it."""


class AllowedPattern:
    """One pattern. Each value has its own time: one that took too long says nothing about the next."""

    def __init__(self, source: str) -> None:
        self._translation: Translation | None = None
        self._regex: re.Pattern[str] | None = None
        with suppress(Unknown, re.error, RecursionError, OverflowError, MemoryError):
            self._translation = translated(source)

    def fits(self, value: str) -> bool | None:
        """Whether it is found anywhere in ``value``; None when that cannot be decided here."""
        translation = self._translation
        if translation is None or (translation.folds and not value.isascii()):
            return None
        try:
            if self._regex is None:
                self._regex = self._compiled(translation)
            return self._found(translation, self._regex, value)
        except (re.error, OverflowError):
            self._translation = None
            return None
        except (time_limit.Expired, RecursionError, MemoryError):
            return None

    @staticmethod
    def _found(translation: Translation, regex: re.Pattern[str] | None, value: str) -> bool | None:
        if regex is None:
            return None
        if not time_limit.usable():
            return regex.search(value) is not None if translation.is_tame and len(value) <= UNTIMED else None
        with time_limit.TimeLimit(LIMIT):
            return regex.search(value) is not None

    @staticmethod
    def _compiled(translation: Translation) -> re.Pattern[str] | None:
        if not time_limit.usable():
            return re.compile(translation.source, translation.flags) if translation.is_tame else None
        with time_limit.TimeLimit(COMPILE_LIMIT):
            return re.compile(translation.source, translation.flags)


_pattern = lru_cache(maxsize=256)(AllowedPattern)


def fits(pattern: str, value: str) -> bool | None:
    """Whether ``value`` has a place that ``pattern`` matches, as the agent looks for it (RE2, unanchored).

    None when that is undecided, because the pattern is of another dialect or takes too long: then the service decides.
    """
    return _pattern(pattern).fits(value)
