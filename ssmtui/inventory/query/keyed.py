"""Terms with a key: ``name:web``, ``seen:<1h``, ``is:stopped``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import or_

from ssmtui.inventory.fields import FIELDS, node_kind
from ssmtui.inventory.query.terms import Spans, Term
from ssmtui.inventory.query.values import Contains, FilterPattern, Heard, Test, search_all
from ssmtui.inventory.rows import IndexRow, folded
from ssmtui.model import Node, PingStatus

REMEMBERED = 1 << 14
"""Values of a field whose verdict is kept: fields have few values, or one for each node."""

Searched = str | tuple[str, ...]


class _Verdicts(dict[Searched, bool]):
    """Whether a field's values pass, each tried once."""

    def __init__(self, tests: tuple[Test, ...], also: Mapping[str, str]) -> None:
        self._tests = tests
        self._also = also

    def __missing__(self, value: Searched) -> bool:
        texts = (value,) if isinstance(value, str) else value
        if self._also:
            texts += tuple(self._also[text] for text in texts if text in self._also)
        whole = folded(" ".join(texts))
        parts = [whole, *map(folded, texts)] if len(texts) > 1 else [whole]
        passed = any(test.passes(part) for test in self._tests for part in parts)
        if len(self) >= REMEMBERED:
            self.clear()
        self[value] = passed
        return passed


@dataclass(frozen=True)
class FieldTerm(Term):
    """A field whose value passes at least one test."""

    name: str
    tests: tuple[Test, ...]
    also: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Other names of values: an account's alias by its id."""
    cost = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "_verdicts", _Verdicts(self.tests, self.also))
        if any(isinstance(test, FilterPattern) for test in self.tests):
            object.__setattr__(self, "cost", 5)

    def mask(self, rows: Sequence[IndexRow]) -> list[bool]:
        """A name is looked into, a value of any other field is looked up."""
        if self.name == "name":
            hits = [False] * len(rows)
            for test in self.tests:
                hits = list(map(or_, hits, _names(test, rows)))
            return hits
        value: Callable[[Node], Searched] = FIELDS[self.name].searched
        verdicts: _Verdicts = self._verdicts  # type: ignore[attr-defined]
        hits = [verdicts[value(row.node)] for row in rows]
        return [False] * len(rows) if self.problem else hits

    def implies(self, other: Term) -> bool:
        """Each of its tests implies one of the other's."""
        if not isinstance(other, FieldTerm) or other.name != self.name or other.also != self.also:
            return False
        return all(any(test.implies(wider) for wider in other.tests) for test in self.tests)

    def spans(self, field: str, text: str) -> Spans:
        """In that field alone."""
        return list(chain.from_iterable(test.spans(text) for test in self.tests)) if field == self.name else []

    @property
    def problem(self) -> str:
        """A pattern's."""
        return next((test.problem for test in self.tests if test.problem), "")

    def retry(self) -> None:
        """Its patterns, and with them the values that were looked at meanwhile."""
        if self.problem:
            self._verdicts.clear()  # type: ignore[attr-defined]
        for test in self.tests:
            test.retry()


def _names(test: Test, rows: Sequence[IndexRow]) -> list[bool]:
    if isinstance(test, Contains):
        text = test.text
        return [text in row.name for row in rows]
    if isinstance(test, FilterPattern):
        return search_all(test, [row.name for row in rows])
    return [test.passes(row.name) for row in rows]


@dataclass(frozen=True)
class SeenTerm(Term):
    """When the agent was heard last."""

    heard: Heard
    cost = 2

    def mask(self, rows: Sequence[IndexRow]) -> list[bool]:
        """By the clock."""
        heard = self.heard
        return [heard.passes(row.node.last_ping) for row in rows]


IS: Mapping[str, tuple[str, Callable[[Node], bool]]] = {
    "online": ("heard by Systems Manager now", lambda node: node.ping is PingStatus.ONLINE),
    "offline": ("not heard by Systems Manager", lambda node: node.ping is not PingStatus.ONLINE),
    "running": ("EC2 or ECS says it runs", lambda node: node.instance_state == "running"),
    "stopped": ("EC2 or ECS says it does not run", lambda node: node.instance_state not in ("", "running", "pending")),
    "old": ("has an agent that is not the newest", lambda node: node.agent_is_latest is False),
    "ec2": ("is an EC2 instance", lambda node: node_kind(node) == "ec2"),
    "hybrid": ("was registered by an activation", lambda node: node_kind(node) == "hybrid"),
    "container": ("is a container of an ECS task", lambda node: node_kind(node) == "container"),
}
"""What ``is:`` takes besides ``favourite``: what it means, and its test."""

FAVOURITE = "favourite"
IS_WORDS: Mapping[str, str] = {
    FAVOURITE: "marked as a favourite",
    **{word: meaning for word, (meaning, _) in IS.items()},
}


@dataclass(frozen=True)
class IsTerm(Term):
    """One of the yes-or-no questions."""

    word: str
    cost = 2

    def mask(self, rows: Sequence[IndexRow]) -> list[bool]:
        """Asked of each node."""
        ask = IS[self.word][1]
        return [ask(row.node) for row in rows]
