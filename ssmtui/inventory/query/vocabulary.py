"""What the filter's keys and values can be completed to: counted from the rows that there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Generic, NamedTuple

from ssmtui.inventory.field_sets import TAG
from ssmtui.inventory.query.language import Language
from ssmtui.inventory.rows import Item

CHUNK = 500
MAX_KEYS = 300
"""Keys of tags that are kept, the most frequent ones."""
MAX_VALUES = 100
"""Values of a field or a tag that are kept, the most frequent ones."""
MAX_LENGTH = 100
"""Characters of a value that is worth completing."""
MANY = 5_000
"""Different values at which a field is no longer counted: each node has its own."""


class KnownValue(NamedTuple):
    """A value, and how many rows have it."""

    text: str
    rows: int


class Vocabulary:
    """The values of fields (``region``) and tags (``tag:env``), most frequent first, and the keys of tags."""

    def __init__(
        self,
        values: Mapping[str, Sequence[KnownValue]] = MappingProxyType({}),
        tags: Sequence[KnownValue] = (),
    ) -> None:
        self._values = values
        self.tags = tags

    def values(self, field: str) -> Sequence[KnownValue]:
        """Of a field, or of ``tag:KEY`` with the key in any case."""
        return self._values.get(field.casefold() if field.startswith(TAG) else field, ())


class Counting(Generic[Item]):
    """Counts items in short steps; :attr:`vocabulary` is there when they are done."""

    def __init__(self, language: Language[Item], items: Sequence[Item]) -> None:
        self.vocabulary = Vocabulary()
        self._items = items
        self._tags_of = language.tags_of
        self._fields: dict[str, tuple[Callable[[Item], str], Counter[str]]] = {
            name: (value, Counter()) for name, value in (language.counted or {}).items()
        }
        self._keys: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._unique: set[str] = set()
        """Keys of tags with so many values that each node may have its own."""

    def steps(self) -> Iterator[None]:
        """Each ``next()`` takes a few milliseconds."""
        tags_of = self._tags_of
        for start in range(0, len(self._items), CHUNK):
            chunk = self._items[start : start + CHUNK]
            for name, (value, counter) in list(self._fields.items()):
                counter.update(map(value, chunk))
                if len(counter) > MANY:
                    del self._fields[name]
            if tags_of is not None:
                unique, tags = self._unique, [tags_of(item) for item in chunk]
                self._pairs.update([pair for each in tags for pair in each.items() if pair[0] not in unique])
                self._keys.update([key for each in tags for key in each])
            if len(self._pairs) > MANY:
                yield
                self._forget_unique()
            yield
        self.vocabulary = self._made()

    def _forget_unique(self) -> None:
        """A tag with a value of its own on each node, as names are, helps nobody."""
        many = Counter(key for key, _ in self._pairs)
        self._unique |= {key for key, values in many.items() if values > MANY // 10}
        self._pairs = Counter({pair: nodes for pair, nodes in self._pairs.items() if pair[0] not in self._unique})

    def _made(self) -> Vocabulary:
        values = {name: _most(counter) for name, (_, counter) in self._fields.items()}
        names: dict[str, str] = {}
        for key, _ in self._keys.most_common(MAX_KEYS):
            names.setdefault(key.casefold(), key)
        of_tags: dict[str, Counter[str]] = {}
        for (key, value), nodes in self._pairs.items():
            if (folded := key.casefold()) in names:
                of_tags.setdefault(folded, Counter())[value] += nodes
        values |= {TAG + key: _most(counter) for key, counter in of_tags.items()}
        return Vocabulary(values, [KnownValue(key, self._keys[key]) for key in names.values()])


def _most(counter: Counter[str]) -> list[KnownValue]:
    return [
        KnownValue(text, rows)
        for text, rows in sorted(counter.most_common(MAX_VALUES + 1), key=lambda item: (-item[1], item[0]))
        if text and len(text) <= MAX_LENGTH
    ][:MAX_VALUES]
