"""What the filter's keys and values can be completed to: counted from the nodes that there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from ssmtui.inventory.fields import FIELDS, TAG
from ssmtui.model import Node

CHUNK = 500
MAX_KEYS = 300
"""Keys of tags that are kept, the most frequent ones."""
MAX_VALUES = 100
"""Values of a field or a tag that are kept, the most frequent ones."""
MAX_LENGTH = 100
"""Characters of a value that is worth completing."""
MANY = 5_000
"""Different values at which a field is no longer counted: each node has its own."""

COUNTED = (
    "ping", "platform", "agent", "account", "profile", "region", "zone", "type", "state", "vpc", "role", "kind",
    "cluster", "container", "resource",
)  # fmt: skip
"""Fields of which many nodes share a value."""


class KnownValue(NamedTuple):
    """A value, and how many nodes have it."""

    text: str
    nodes: int


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


class Counting:
    """Counts a fleet in short steps; :attr:`vocabulary` is there when they are done."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.vocabulary = Vocabulary()
        self._nodes = nodes
        self._fields: dict[str, tuple[Callable[[Node], str], Counter[str]]] = {
            name: (_value(name), Counter()) for name in COUNTED
        }
        self._keys: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._unique: set[str] = set()
        """Keys of tags with so many values that each node may have its own."""

    def steps(self) -> Iterator[None]:
        """Each ``next()`` takes a few milliseconds."""
        for start in range(0, len(self._nodes), CHUNK):
            chunk = self._nodes[start : start + CHUNK]
            for name, (value, counter) in list(self._fields.items()):
                counter.update(map(value, chunk))
                if len(counter) > MANY:
                    del self._fields[name]
            unique = self._unique
            self._pairs.update([pair for node in chunk for pair in node.tags.items() if pair[0] not in unique])
            self._keys.update([key for node in chunk for key in node.tags])
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


def _value(name: str) -> Callable[[Node], str]:
    # Versions and names of the system are completed one by one, and a choice in our own words.
    return attrgetter("platform_name") if name == "platform" else FIELDS[name].text


def _most(counter: Counter[str]) -> list[KnownValue]:
    return [
        KnownValue(text, nodes)
        for text, nodes in sorted(counter.most_common(MAX_VALUES + 1), key=lambda item: (-item[1], item[0]))
        if text and len(text) <= MAX_LENGTH
    ][:MAX_VALUES]
