"""A row as an index keeps it, whatever it is of: with the text that plain words are looked for in, made once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from ssmtui.inventory.field_sets import FieldSet, SortKey

VALUE_LIMIT = 256
"""Characters of one value that are searched: as long as AWS lets a name or a tag's value be."""

_CONTROLS = dict.fromkeys((*range(32), 127, 133, 8232, 8233), " ")
_BITS = {letter: 1 << place for place, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
_INITIAL = re.compile(r"(?<![^\W\d_])[^\W\d_]")
"""A letter that begins a part: after none."""

_item_of = attrgetter("item")

RowKey = tuple[str, str, str]
"""AWS profile, region, and an id that is unique there."""


class Keyed(Protocol):
    """What a row may be of."""

    @property
    def key(self) -> RowKey:
        """What tells it from all others."""
        ...


Item = TypeVar("Item", bound=Keyed)


def bits(letters: Iterable[str]) -> int:
    """A bit for each of the ``letters`` from a to z; all others have none."""
    found = 0
    for letter in letters:
        found |= _BITS.get(letter, 0)
    return found


def initials(text: str) -> int:
    """The letters that parts of ``text`` begin with, as :func:`bits` encodes them."""
    return bits(_INITIAL.findall(text))


def folded(text: str) -> str:
    """``text`` as it is compared: in one case, on one line, of bounded length."""
    if len(text) > VALUE_LIMIT:
        text = text[:VALUE_LIMIT]
    return (text if text.isprintable() else text.translate(_CONTROLS)).casefold()


def host(computer: str) -> str:
    """A computer's folded name without what AWS appends: ``ip-10-0-4-17`` of a private DNS name. The region in it would
    be found in every row."""
    label, dot, _ = computer.partition(".")
    return label if dot and label.startswith("ip-") and label[3:].replace("-", "").isdecimal() else computer


class IndexRow(Generic[Item]):
    """An item, what is searched of it, and its place in an order.

    ``text`` is a line each of: ids; then what has no words in it; then names; then ``key=value`` of tags. Each line
    begins after a line break and ends before one. The fields below say where these parts begin. All of it is empty
    until its kind has filled it (:attr:`RowKind.fill`).
    """

    __slots__ = ("hard", "item", "letters", "loose", "name", "order", "tags", "text", "tie")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.name = ""
        """Casefolded."""
        self.text = ""
        self.hard = 0
        """The end of the ids: in hexadecimal digits any short word is found."""
        self.loose = 0
        """Where names begin: from here words are also found by the beginnings of their parts."""
        self.tags = 0
        """Where tags begin."""
        self.letters = 0
        """The letters that parts of names and tags begin with, as :func:`bits` encodes them."""
        self.tie = ""
        """Orders rows that are otherwise equal; the index makes it."""
        self.order = ""
        """What finds its place in the order of the index, where that is not its tie."""

    def __repr__(self) -> str:
        return f"Row({self.item.key})"


@dataclass(frozen=True)
class RowKind(Generic[Item]):
    """What the rows of an index are of."""

    fields: FieldSet[Item]
    fill: Callable[[IndexRow[Item]], None]
    """Makes what is searched of a row's item."""
    searched: Callable[[Item], object]
    """All of an item that ``fill`` looks at."""
    tie_of: Callable[[Item], str]
    """What orders items that are equal in all else; no two have the same."""
    tie_source: Callable[[Item], object]
    """What ``tie_of`` looks at beside the key."""
    order: tuple[SortKey, ...]
    """The order of the ties, which is that of a table until another one is chosen."""
    key_of: Callable[[Item], RowKey] = attrgetter("key")
    """The item's key, as fast as it can be had."""
    tied_field: str = ""
    """The field whose keys ties begin with, ascending; empty where there is none."""

    def row(self, item: Item) -> IndexRow[Item]:
        """The row of ``item``, filled."""
        new = IndexRow(item)
        self.fill(new)
        return new

    def keys_of(self, rows: Iterable[IndexRow[Item]]) -> set[RowKey]:
        """The keys of all ``rows``. Of a hundred thousand, in some milliseconds."""
        return set(map(self.key_of, map(_item_of, rows)))

    def refill(self, row: IndexRow[Item], item: Item) -> None:
        """Give the row a newer item; its text is made anew where that differs."""
        known, row.item = row.item, item
        if row.text and self.searched(known) != self.searched(item):
            self.fill(row)


@lru_cache(1 << 12)
def shared(letters: int) -> int:
    """The same number, once for all rows that have it."""
    return letters
