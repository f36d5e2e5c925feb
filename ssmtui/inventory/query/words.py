"""Plain words: where they are found, and how far from the letter.

A word is found anywhere in a row's text. Failing that, in names and tags (not in ids and addresses), it may be pieced
together of a few runs of letters that each begin a part of one name: ``w1`` is ``web-1``, ``pdb`` is ``prod-db``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ssmtui.inventory.field_sets import TAG, Field, WordSearch
from ssmtui.inventory.query.terms import BEGINS, ELSEWHERE, IN_NAME, LOOSELY, MISSES, Rows, Spans, Term
from ssmtui.inventory.rows import bits, host

LONGEST_LOOSE = 12
"""Letters of a word that may be pieced together."""
FEW_RUNS, SHORT, LONG = 3, 6, 4
"""A word of up to ``SHORT`` letters is pieced together of ``LONG`` runs at most, a longer one of ``FEW_RUNS``."""

DIGITS = "0123456789"

FROM_LETTERS = 3
"""Letters of a word whose pieces are looked for from each first letter."""

_SHORT_HEX = re.compile("[0-9a-f]{2,3}")

Search = Callable[[str, int], re.Match[str] | None]


def occurrences(wanted: str, text: str) -> Spans:
    """Where ``wanted``, which is not empty, stands in ``text``."""
    found: Spans = []
    place = text.find(wanted)
    while place >= 0:
        found.append((place, place + len(wanted)))
        place = text.find(wanted, place + len(wanted))
    return found


@dataclass(frozen=True)
class Phrase(Term):
    """Characters as they are, anywhere in the text."""

    text: str
    """Folded."""

    def mask(self, rows: Rows) -> list[bool]:
        """A look into each."""
        text = self.text
        return [text in row.text for row in rows]

    def implies(self, other: Term) -> bool:
        """A longer one implies a shorter one."""
        return isinstance(other, Phrase) and other.text in self.text

    def spans(self, field: Field[Any], text: str) -> Spans:
        """Wherever it stands in a field that plain words are looked for in."""
        if field.words is WordSearch.NEVER:
            return []
        tag = field.name.removeprefix(TAG)
        wanted = self.text if tag == field.name else self.text.removeprefix(f"{tag.casefold()}=")
        return occurrences(wanted, text) if wanted else []


@dataclass(frozen=True)
class Word(Term):
    """What is typed without any sign around it."""

    text: str
    """Folded, not empty."""
    loose: bool = field(init=False)
    """Whether it may be pieced together."""
    skips_ids: bool = field(init=False)
    """Two or three hexadecimal digits are somewhere in most ids: they are looked for in the rest."""
    _searches: tuple[Search, ...] = field(init=False, compare=False, repr=False)
    _begins: int = field(init=False, compare=False, repr=False)
    """Letters that parts begin with where the word is pieced together: the first, and of two letters both."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", host(self.text))  # as rows keep it
        patterns = loose_patterns(self.text)
        object.__setattr__(self, "loose", bool(patterns))
        object.__setattr__(self, "skips_ids", _SHORT_HEX.fullmatch(self.text) is not None)
        object.__setattr__(self, "cost", 3 if patterns else 1)
        object.__setattr__(self, "ranks", True)
        object.__setattr__(self, "_searches", tuple(pattern.search for pattern in patterns))
        object.__setattr__(self, "_begins", bits(self.text if len(self.text) == 2 else self.text[:1]))

    def mask(self, rows: Rows) -> list[bool]:
        """As it is, then pieced together."""
        word = self.text
        if not self._searches:
            return [word in row.text for row in rows]
        search, begins = self._searches[0], self._begins
        if self.skips_ids:
            return [
                (text := row.text).find(word, row.hard) >= 0
                or (row.letters & begins == begins and search(text, row.loose) is not None)
                for row in rows
            ]
        if len(self._searches) == 1:
            return [
                word in (text := row.text) or (row.letters & begins == begins and search(text, row.loose) is not None)
                for row in rows
            ]
        surely = self._searches[1]
        return [
            word in (text := row.text)
            or (
                row.letters & begins == begins
                and search(text, loose := row.loose) is not None
                and surely(text, loose) is not None
            )
            for row in rows
        ]

    def grades(self, rows: Rows) -> list[int]:
        """By where it is."""
        hits = self.mask(rows)
        return [grade if hit else MISSES for hit, grade in zip(hits, self.grades_of_hits(rows), strict=True)]

    def grades_of_hits(self, rows: Rows) -> list[int]:
        """The same for rows that are known to match. Pieces of a word count for more in a name that begins as the word
        does."""
        word, first = self.text, self.text[0]
        return [
            BEGINS if (name := row.name).startswith(word)
            else IN_NAME if word in name
            else ELSEWHERE if word in row.text or name[:1] == first
            else LOOSELY
            for row in rows
        ]  # fmt: skip

    def implies(self, other: Term) -> bool:
        """One with more letters implies one with fewer, where it looks at no more than that."""
        if isinstance(other, Phrase):
            return not self.loose and other.text in self.text
        if not isinstance(other, Word) or (other.skips_ids and _hexadecimal(self.text) and not self.skips_ids):
            return False
        if self.text.startswith(other.text):
            return True
        return not self.loose and not other.skips_ids and other.text in self.text

    def spans(self, field: Field[Any], text: str) -> Spans:
        """Where it stands, or the letters that it is pieced together of."""
        if self.skips_ids and field.words is WordSearch.ID:
            return []
        if found := Phrase(self.text).spans(field, text):
            return found
        if self.loose and field.words is WordSearch.PIECES:
            return loose_spans(self.text, text)
        return []


def _hexadecimal(text: str) -> bool:
    return all(character in DIGITS + "abcdef" for character in text)


@lru_cache(64)
def loose_patterns(word: str) -> tuple[re.Pattern[str], ...]:
    """Patterns for ``word`` pieced together of runs within one line, all of which have to be found: the first is fast,
    and most rows do not have it. None at all for a word that has to be found as it is.

    The order of the runs decides: each is taken at the first place where it begins a part, which is as good as any
    later one. Looking from the start of a line, no text makes a pattern try more than once for each way to cut the
    word; looking from each first letter is faster, and for three letters there are few ways.
    """
    if not 2 <= len(word) <= LONGEST_LOOSE or not word.isalnum():
        return ()
    order = "".join(rf"[^\n{letter}]*+{letter}" for letter in word[1:])
    begins = f"{word[0]}(?<!{_inner(word[0])})(?={order})"
    runs = LONG if len(word) <= SHORT else FEW_RUNS
    if len(word) <= FROM_LETTERS:
        cuts = "|".join(word[1:cut] + _cuts(word[cut:], runs - 1) for cut in range(len(word) - 1, 0, -1))
        return (re.compile(f"{begins}(?:{cuts})"),)
    return re.compile(begins), re.compile(rf"\n{_cuts(word, runs)}")


def _inner(letter: str) -> str:
    """``letter`` where no part begins: after another letter, a digit after a digit."""
    return f"[0-9]{letter}" if letter.isdigit() else rf"[^\W\d_]{letter}"


def _run(letters: str) -> str:
    """On to the first place where a part begins with ``letters``."""
    first = letters[0]
    return rf"(?>(?:[^\n{first}]*+{first})+?(?<!{_inner(first)}){letters[1:]})"


def _cuts(rest: str, runs: int) -> str:
    """Every way to cut ``rest`` into that many runs at most, long ones first."""
    if runs == 1:
        return _run(rest)
    cuts = "|".join(
        _run(rest[:cut]) + (_cuts(rest[cut:], runs - 1) if cut < len(rest) else "") for cut in range(len(rest), 0, -1)
    )
    return f"(?:{cuts})"


def loose_spans(word: str, text: str) -> Spans:
    """The runs of ``text`` that ``word`` is pieced together of; none when it cannot be."""
    found = _runs(word, text, 0, LONG if len(word) <= SHORT else FEW_RUNS)
    return found or []


def _runs(word: str, text: str, begin: int, runs: int) -> Spans | None:
    if not word:
        return []
    for cut in range(len(word), 0, -1) if runs > 0 else ():
        place = _begins(word[:cut], text, begin)
        if place >= 0 and (rest := _runs(word[cut:], text, place + cut, runs - 1)) is not None:
            return [(place, place + cut), *rest]
    return None


def _begins(run: str, text: str, begin: int) -> int:
    """The first place from ``begin`` where a part of ``text`` begins with ``run``; -1 when there is none."""
    place = text.find(run, begin)
    while place > 0:
        before = text[place - 1]
        if not (before in DIGITS if run[0].isdigit() else before.isalnum() and not before.isdecimal()):
            break
        place = text.find(run, place + 1)
    return place
