"""Matches what is typed to find a saved connection: words, each found as it stands or as the initial letters of others,
as ``pdb`` finds ``prod/db``. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

MAX_WORDS = 8
MAX_WORD = 64
LONGEST_SHORT = 12
"""Letters of a word that may stand for the beginnings of others."""

# A letter or digit after none, and the first digit after a letter.
_START = re.compile(r"(?<![^\W_])[^\W_]|(?<=[^\W\d_])\d")

Spans = list[tuple[int, int]]
"""From where to where (not included), in order and apart from each other."""


class Haystack(NamedTuple):
    """One saved connection as it is searched, casefolded."""

    all: str
    """Everything that a word may be found in, a line each."""
    path: str
    """Folders and name: the only text that is found in pieces."""
    starts: tuple[int, ...]
    """Where words begin in it."""


def words(text: str) -> tuple[str, ...]:
    """The words of what was typed."""
    return tuple(word[:MAX_WORD] for word in text.casefold().split()[:MAX_WORDS])


def searched(path: str, others: Sequence[str]) -> Haystack:
    """What is searched of a connection called ``path``; ``others`` are more texts about it."""
    folded = path.casefold()
    return Haystack("\n".join((folded, *others)).casefold(), folded, starts(folded))


def starts(text: str) -> tuple[int, ...]:
    """Where words begin in ``text``."""
    return tuple(found.start() for found in _START.finditer(text))


def matches(wanted: Sequence[str], text: Haystack) -> bool:
    """Whether each of the ``wanted`` words is found."""
    return all(word in text.all or in_pieces(word, text.path, text.starts) is not None for word in wanted)


def in_pieces(word: str, text: str, starts: Sequence[int]) -> list[int] | None:
    """Where the letters of ``word`` are in ``text``, each at the start of a word or right after the one before it; None
    where they are not all there."""
    if not 1 < len(word) <= LONGEST_SHORT:
        return None
    ends = {start: [start] for start in starts if text[start] == word[0]}
    for letter in word[1:]:
        if not ends:
            return None
        first = min(ends)
        found = {
            place: [*path, place]
            for start in starts
            if (place := start) > first and text[place] == letter
            for path in (ends[first],)
        }
        # A letter that follows at once is preferred: it is what the person sees.
        found |= {end + 1: [*path, end + 1] for end, path in ends.items() if text[end + 1 : end + 2] == letter}
        ends = found
    return ends[min(ends)] if ends else None


def spans(wanted: Sequence[str], shown: str) -> Spans:
    """What to highlight in ``shown``."""
    folded = shown.casefold()
    if len(folded) != len(shown):
        return []
    places: set[int] = set()
    for word in wanted:
        at = folded.find(word)
        if at >= 0:
            places.update(range(at, at + len(word)))
        else:
            places.update(in_pieces(word, folded, starts(folded)) or ())
    return _joined(sorted(places))


def _joined(places: Sequence[int]) -> Spans:
    found: Spans = []
    for place in places:
        if found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found
