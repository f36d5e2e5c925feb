"""What is done to a terminal while it is fuzzed, and its form in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, get_args

from ssmtui.model import TerminalSize
from ssmtui.terminal.engine import MAX_FEED, Engine

SNAPSHOT_LIMIT = 4 << 20


class Feed(NamedTuple):
    """The node prints; at most ``MAX_FEED`` bytes."""

    data: bytes


class Resize(NamedTuple):
    """The pane gets another size."""

    cols: int
    rows: int


class Scroll(NamedTuple):
    """The person scrolls; 0 goes to the bottom."""

    lines: int


class Look(NamedTuple):
    """The pane is drawn."""


class Rest(NamedTuple):
    """Nobody looks any more."""


class Remember(NamedTuple):
    """A snapshot is taken."""


class Refill(NamedTuple):
    """The host has died: another terminal goes on from a snapshot."""


Action = Feed | Resize | Scroll | Look | Rest | Remember | Refill
_NAMES: dict[str, Callable[..., Action]] = {kind.__name__.lower(): kind for kind in get_args(Action)}


def feeds(data: bytes, size: int = MAX_FEED) -> list[Action]:
    """``data`` in pieces."""
    return [Feed(data[start : start + size]) for start in range(0, len(data), size)]


def apply(engine: Engine, action: Action) -> None:
    """Do ``action`` as the host would."""
    match action:
        case Feed(data):
            engine.feed(data)
        case Resize(cols, rows):
            engine.resize(TerminalSize(cols, rows))
        case Scroll(lines):
            engine.scroll(lines)
        case Look():
            engine.frame(0)
        case Rest():
            engine.rest()
        case Remember():
            engine.snapshot(SNAPSHOT_LIMIT)
        case Refill():
            if snapshot := engine.snapshot(SNAPSHOT_LIMIT):
                engine.restore(snapshot)


def dump(actions: Iterable[Action]) -> str:
    """One action a line; bytes as the code points of the same numbers."""
    lines = []
    for action in actions:
        values = [value.decode("latin-1") if isinstance(value, bytes) else value for value in action]
        lines.append(json.dumps([type(action).__name__.lower(), *values]))
    return "\n".join(lines) + "\n"


def parse(text: str) -> Sequence[Action]:
    """The opposite of :func:`dump`."""
    actions = []
    for line in text.splitlines():
        name, *values = json.loads(line)
        actions.append(
            _NAMES[name](*(value.encode("latin-1") if isinstance(value, str) else value for value in values))
        )
    return actions
