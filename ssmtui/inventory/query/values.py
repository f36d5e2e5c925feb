"""What may stand after a key, as tests of one folded value."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ssmtui import time_limit
from ssmtui.inventory.field_sets import natural
from ssmtui.inventory.query.terms import Spans
from ssmtui.inventory.query.words import occurrences

MAX_PATTERN = 200
"""Characters of a regular expression."""
LIMIT = 0.012
"""Seconds of processor time that a regular expression has for a few hundred rows."""
TOO_SLOW = "the regular expression takes too long"
TIMED = 250
"""Rows that a regular expression looks at in one go."""
PLAIN_ONLY = "Windows cannot stop a slow regular expression, so ssmtui has none there"

_VERSION = re.compile(r"\d+(?:\.\d+)*")
_NUMBERS = re.compile(r"\d{1,18}")


class Test(Protocol):
    """One value's test. Tests that are equal find the same."""

    @property
    def problem(self) -> str:
        """Why it finds nothing; empty while it works."""
        ...

    def passes(self, value: str) -> bool:
        """Whether the folded ``value`` does."""
        ...

    def retry(self) -> None:
        """Forget :attr:`problem`, and try again with the next value."""
        ...

    def implies(self, other: object) -> bool:
        """Whether every value that passes this surely passes ``other``."""
        ...

    def spans(self, text: str) -> Spans:
        """What of ``text`` made it pass."""
        ...


class _Sure:
    problem = ""

    def retry(self) -> None:
        """It never has a problem."""

    def implies(self, other: object) -> bool:
        """Only an equal one."""
        return bool(self == other)


@dataclass(frozen=True)
class Contains(_Sure):
    """Has ``text`` in it."""

    text: str

    def passes(self, value: str) -> bool:
        """Whether it does."""
        return self.text in value

    def implies(self, other: object) -> bool:
        """A longer text implies a part of it."""
        return isinstance(other, Contains) and other.text in self.text

    def spans(self, text: str) -> Spans:
        """Wherever it stands."""
        return occurrences(self.text, text)


@dataclass(frozen=True)
class Equals(_Sure):
    """Is ``text``."""

    text: str

    def passes(self, value: str) -> bool:
        """Whether it does."""
        return value == self.text

    def spans(self, text: str) -> Spans:
        """All of it."""
        return [(0, len(text))] if text == self.text else []


@dataclass(frozen=True)
class Glob(_Sure):
    """Is what ``pattern`` says with ``*`` for any characters and ``?`` for one; ``*`` alone is any value but none."""

    pattern: str
    _match: re.Pattern[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_match", re.compile(glob_pattern(self.pattern)))

    def passes(self, value: str) -> bool:
        """Whether it does."""
        return bool(value) and self._match.fullmatch(value) is not None

    def spans(self, text: str) -> Spans:
        """All of it."""
        return [(0, len(text))] if self.passes(text) and self.pattern.strip("*") else []


def glob_pattern(glob: str, any_character: str = r"[^\n]") -> str:
    """The regular expression of a glob, within a line. Each ``*`` stops at the first place where what follows it fits:
    a later one would do no better, and so no text makes it slow."""
    first, *rest = [re.escape(part).replace(r"\?", any_character) for part in glob.split("*")]
    if not rest:
        return first
    middle = "".join(rf"(?>{any_character}*?{part})" for part in rest[:-1] if part)
    return rf"{first}{middle}{any_character}*{rest[-1]}"


class FilterPattern:
    """A person's regular expression. It is given up once it has taken too long, until :meth:`retry`."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problem = ""
        self._draws = True
        """Whether what it matches is looked for in a cell."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a later Python will read otherwise
            self.regex = re.compile(source, re.MULTILINE | _case(source))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FilterPattern) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Pattern({self.source!r})"

    def passes(self, value: str) -> bool:
        """Whether it does."""
        return bool(self.search_all([value])[0])

    def search_all(self, texts: list[str]) -> list[bool]:
        """Whether each of ``texts`` matches; none does once it has taken too long, until it is tried again."""
        if self.problem:
            return [False] * len(texts)
        search = self.regex.search
        try:
            with time_limit.TimeLimit(LIMIT):
                return [search(text) is not None for text in texts]
        except (time_limit.Expired, RecursionError, MemoryError):
            self.problem = TOO_SLOW
            return [False] * len(texts)

    def retry(self) -> None:
        """Try it again: on other nodes, or on a machine with more time, it may be fast enough."""
        self.problem = ""
        self._draws = True

    def implies(self, other: object) -> bool:
        """Only the same pattern."""
        return self == other and not self.problem

    def spans(self, text: str) -> Spans:
        """Its matches that are not empty."""
        if self.problem or not self._draws:
            return []
        try:
            with time_limit.TimeLimit(LIMIT):
                return [match.span() for match in self.regex.finditer(text) if match.end() > match.start()]
        except (time_limit.Expired, RecursionError, MemoryError):
            # Nothing is highlighted, and nothing is missing from the list for that.
            self._draws = False
            return []


def search_all(pattern: FilterPattern, texts: list[str]) -> list[bool]:
    """Whether each text matches, some at a time, for none of them may take long."""
    return [hit for first in range(0, len(texts), TIMED) for hit in pattern.search_all(texts[first : first + TIMED])]


def _case(source: str) -> re.RegexFlag:
    """Rows are folded already, and looking at both cases takes ten times as long: for capitals only."""
    return re.IGNORECASE if re.sub(r"\\.", "", source) != re.sub(r"\\.", "", source).lower() else re.NOFLAG


@dataclass(frozen=True)
class Compares(_Sure):
    """Comes before or after ``text`` in the order of people: numbers by value."""

    sign: str
    text: str

    def passes(self, value: str) -> bool:
        """Whether it does."""
        return bool(value) and _ordered(self.sign, natural(value), natural(self.text))

    def spans(self, text: str) -> Spans:
        """All of it."""
        return [(0, len(text))] if text else []


@dataclass(frozen=True)
class Version(_Sure):
    """Is an older or a newer version than ``parts``, looking at no more parts than those: 3.3.2299 is not newer than
    3.3."""

    sign: str
    parts: tuple[int, ...]

    def passes(self, value: str) -> bool:
        """Whether it does."""
        found = _VERSION.search(value)
        if found is None:
            return False
        parts = version_parts(found.group())[: len(self.parts)]
        return _ordered(self.sign, parts + (0,) * (len(self.parts) - len(parts)), self.parts)

    def spans(self, text: str) -> Spans:
        """All of it."""
        return [(0, len(text))] if text else []


def version_parts(text: str) -> tuple[int, ...]:
    """The numbers of a version; of no version: none."""
    return tuple(map(int, _NUMBERS.findall(text)))


@dataclass(frozen=True)
class Heard:
    """A time of the past, compared with the moment ``than``: ``<`` is younger. Not a test of text."""

    sign: str
    than: datetime | None
    """None: never."""

    def passes(self, moment: datetime | None) -> bool:
        """Whether it does."""
        if moment is None or self.than is None:
            return moment is self.than
        if self.sign in ("<", "<="):
            return moment >= self.than
        return moment <= self.than


def _ordered(sign: str, one: str | tuple[int, ...], other: str | tuple[int, ...]) -> bool:
    if one == other:
        return sign in ("<=", ">=", "=")
    less = one < other  # type: ignore[operator]
    return (sign in ("<", "<=")) if less else (sign in (">", ">="))
