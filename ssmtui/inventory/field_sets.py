"""Fields of whatever rows are of: what each is called, shown as, searched in and sorted by. The kinds of rows name
theirs: :mod:`ssmtui.inventory.fields` those of nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

TAG = "tag:"
"""What the name of a tag's field begins with: ``tag:env``."""
TAG_KEY, IS_KEY = "tag", "is"
"""Keys of the filter that are no field's."""

TAG_FIELDS = 256
"""Fields of tags that are kept."""

_NUMBER = re.compile("[0-9]+")

Item = TypeVar("Item")


class FieldKind(Enum):
    """How the filter compares a field's values."""

    TEXT = "text"
    CHOICE = "choice"
    """One of the words in :attr:`Field.choices`."""
    VERSION = "version"
    AGE = "age"
    """A time of the past, asked for by how long ago it was: :attr:`Field.moment`."""
    LENGTH = "length"
    """A length of time: :attr:`Field.length`."""


class WordSearch(Enum):
    """How plain words are looked for in a field."""

    NEVER = "never"
    ID = "id"
    """As they are; two or three hexadecimal digits are not looked for at all."""
    WHOLE = "whole"
    """As they are."""
    PIECES = "pieces"
    """As they are, or pieced together of the beginnings of its parts."""


@dataclass(frozen=True)
class Field(Generic[Item]):
    """One property. All texts are untrusted, as AWS gave them."""

    name: str
    """What it is called in the filter and in the settings."""
    title: str
    """The head of its column, in capitals."""
    help: str
    """What it is: a few words, no full stop."""
    text: Callable[[Item], str]
    """What a cell shows of it; empty where nothing is known."""
    sort_key: Callable[[Item], str]
    """Orders rows as people expect: numbers by value, times by age. Empty where nothing is known."""
    searched: Callable[[Item], str | tuple[str, ...]]
    """The text, or texts, in which the filter looks for its values, whatever the case."""
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    """The same choices as ``searched`` gives them, folded."""
    aliases: tuple[str, ...] = ()
    """Other names that the filter takes."""
    rank: Callable[[Item], float] | None = None
    """A number that orders as ``sort_key`` does and is computed faster; 0 where nothing is known. None: there is
    none."""
    moment: Callable[[Item], datetime | None] | None = None
    """The time of an age."""
    length: Callable[[Item], timedelta | None] | None = None
    """The length of time, where there is one."""
    words: WordSearch = WordSearch.NEVER
    no_order: str = ""
    """Why its values cannot be compared with ``<``, by what to write instead; empty where they can."""


class SortKey(NamedTuple):
    """One key to sort by, of several."""

    field: str
    """The name of a field, or one of :data:`ssmtui.inventory.ordering.USAGE_FIELDS`."""
    descending: bool = False


class FieldSet(Mapping[str, Field[Item]]):
    """The fields of one kind of rows by name, in the order of a menu, and those of tags where it has any."""

    def __init__(self, fields: Iterable[Field[Item]], tag: Callable[[str], Field[Item]] | None = None) -> None:
        """``tag`` makes the field of a tag's key."""
        self._fields = {known.name: known for known in fields}
        self._tag = None if tag is None else lru_cache(TAG_FIELDS)(tag)
        self.aliases: Mapping[str, str] = {
            alias: known.name for known in self._fields.values() for alias in known.aliases
        }
        tags = (TAG_KEY, "tags") if tag is not None else ()
        self.keys_of_filters = frozenset({*self._fields, *self.aliases, *tags, IS_KEY})
        """What may stand before a colon."""

    def __getitem__(self, name: str) -> Field[Item]:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    @property
    def has_tags(self) -> bool:
        """Whether any tag is a field."""
        return self._tag is not None

    def field(self, name: str) -> Field[Item]:
        """The field of that name or alias, or of a tag (``tag:env``); KeyError when there is none."""
        if self._tag is not None and name.startswith(TAG) and len(name) > len(TAG):
            return self._tag(name[len(TAG) :])
        return self._fields[self.aliases.get(name, name)]

    def canonical(self, key: str) -> str:
        """The field that ``key`` means, in lower case; ``key`` as it is when it is none's."""
        lowered = key.lower()
        if lowered in self.keys_of_filters:
            return TAG_KEY if lowered == "tags" and self.has_tags else self.aliases.get(lowered, lowered)
        return key


def _number_key(match: re.Match[str]) -> str:
    digits = match.group().lstrip("0")
    return chr(0x30 + len(digits)) + digits


def natural(text: str) -> str:
    """A key that sorts ``text`` whatever its case, and its numbers by value: ``web-2`` before ``web-10``, 3.9 before
    3.10."""
    return _NUMBER.sub(_number_key, text.casefold())


natural_shared = lru_cache(1 << 12)(natural)
"""The same for values that many rows share."""


def sorted_by(value: Callable[[Item], str], *, shared: bool) -> Callable[[Item], str]:
    """The sort key of a field of text; ``shared``: many rows have the same."""
    key = natural_shared if shared else natural
    return lambda item: key(value(item))
