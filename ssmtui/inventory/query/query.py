"""A parsed filter."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import UTC, datetime

from ssmtui.errors import UsageError
from ssmtui.inventory.rows import Row, folded, row
from ssmtui.model import Node, NodeKey

Predicate = Callable[[Node], bool]


class QueryError(UsageError):
    """A filter that means nothing; ``position`` and ``length`` are the characters at fault."""

    title = "That filter cannot be used"

    def __init__(self, detail: str, position: int, length: int = 1, *, remedy: str | None = None) -> None:
        super().__init__(detail, remedy=remedy)
        self.position = position
        self.length = length


class Query:
    """What is looked for. Immutable, but for :attr:`problem`."""

    def __init__(self, text: str, words: Sequence[str]) -> None:
        self.text = text
        self.problem = ""
        """Why part of it finds nothing, told by :meth:`select`: a regular expression that takes too long."""
        self._words = tuple(words)

    def __repr__(self) -> str:
        return f"Query({self.text!r})"

    @property
    def is_empty(self) -> bool:
        """Whether every node matches."""
        return not self._words

    @property
    def ranks(self) -> bool:
        """Whether :meth:`closeness` differs between rows at all."""
        return bool(self._words)

    def select(self, rows: Sequence[Row]) -> list[Row]:
        """Those of ``rows`` that match, in order. Some thousands at a time take a millisecond or two."""
        found = list(rows)
        for word in self._words:
            found = [row for row in found if word in row.text]
        return found

    def grades(self, rows: Sequence[Row]) -> list[int]:
        """:meth:`closeness` of each of many rows."""
        return [self.closeness(row) for row in rows]

    def closeness(self, row: Row) -> int:
        """How well a matching row does: 0 its name is or begins with the words, 1 they are in the name, 2 elsewhere,
        3 only letter by letter; 0 where there are no plain words."""
        return max((_closeness(word, row) for word in self._words), default=0)

    def narrows(self, other: Query) -> bool:
        """Whether all that matches this surely matches ``other``: as after one more letter."""
        return all(any(word in longer for longer in self._words) for word in other._words)

    def matches(self, node: Node) -> bool:
        """Whether one node matches."""
        return bool(self.select([row(node)]))

    def spans(self, field_name: str, text: str) -> Sequence[tuple[int, int]]:
        """What to highlight in the shown ``text`` of a field: from where to where (not included), in order."""
        lowered = text.casefold()
        places = [(place, place + len(word)) for word in self._words if (place := lowered.find(word)) >= 0]
        return sorted(places)


def _closeness(word: str, row: Row) -> int:
    if row.name.startswith(word):
        return 0
    return 1 if word in row.name else 2


def parse(
    text: str,
    *,
    now: datetime,
    favourites: Container[NodeKey] = frozenset(),
    aliases: Mapping[str, str] | None = None,
) -> Query:
    """The query that ``text`` means at the time ``now``, or :class:`QueryError`. ``aliases`` are those of accounts, by
    id."""
    return Query(text, [folded(word) for word in text.split()])


def matches(text: str) -> Predicate:
    """Whether a node matches ``text``, for a few nodes."""
    return parse(text, now=datetime.now(UTC)).matches
