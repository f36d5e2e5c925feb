"""Favourite nodes, and how often and when each node was last opened."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from ssmtui.config.memory import Memory
from ssmtui.inventory.remembered import Remembered
from ssmtui.model import NodeKey

SECTION = "usage"
MAX_FAVOURITES = 2_000
MAX_USED = 5_000
"""Nodes whose use is remembered; those not used for longest are forgotten."""

LATEST = 1e11
"""Seconds since the epoch beyond which nothing was used."""


class Use(NamedTuple):
    """How a node was used."""

    times: int = 0
    last: float = 0.0
    """Wall time, in seconds since the epoch; 0: never."""


NEVER = Use()


class Usage(Remembered):
    """Favourites and uses, here at once and in the memory's file a little later, where another program may add its own.

    Loop-bound: made and called on the event loop; the file is read and written in a thread.
    """

    def __init__(self, memory: Memory, clock: Callable[[], float] = time.time) -> None:
        self.favourites: frozenset[NodeKey] = frozenset()
        self.uses: Mapping[NodeKey, Use] = {}
        """Replaced at each change, never changed in place."""
        self.on_change: Callable[[frozenset[NodeKey]], None] = lambda keys: None
        """Called with the nodes whose use or liking has changed."""
        self._clock = clock
        super().__init__(memory, SECTION, self._take)

    def used(self, key: NodeKey) -> Use:
        """How often a node was used, and when last."""
        return self.uses.get(key, NEVER)

    def toggle_favourite(self, key: NodeKey) -> bool:
        """Make a node a favourite, or no longer; returns whether it is one now."""
        likes = key not in self.favourites
        self.favourites = self.favourites ^ {key}
        self._broken.call(self.on_change, frozenset({key}))
        self.change(partial(_with_favourite, key=key, likes=likes))
        return likes

    def note_use(self, key: NodeKey) -> None:
        """A session was started on a node."""
        now = self._clock()
        self.uses = {**self.uses, key: Use(self.used(key).times + 1, now)}
        self._broken.call(self.on_change, frozenset({key}))
        self.change(partial(_with_use, key=key, now=now))

    def _take(self, held: Mapping[str, Any]) -> None:
        """Another program may have changed something as well."""
        favourites, uses = frozenset(_favourites(held)), _uses(held)
        changed = self.favourites ^ favourites
        changed |= {key for key in {*uses, *self.uses} if uses.get(key) != self.uses.get(key)}
        self.favourites, self.uses = favourites, uses
        if changed:
            self._broken.call(self.on_change, changed)


# The section: {"favourites": [[profile, region, id], ...], "uses": [[profile, region, id, times, last], ...]}


def _favourites(held: Mapping[str, Any]) -> list[NodeKey]:
    return [key for entry in _entries(held, "favourites", MAX_FAVOURITES) if (key := _key(entry)) is not None]


def _uses(held: Mapping[str, Any]) -> dict[NodeKey, Use]:
    uses: dict[NodeKey, Use] = {}
    for entry in _entries(held, "uses", MAX_USED):
        key = _key(entry)
        match entry[3:] if key is not None else None:
            case [int(times), int() | float() as last] if key is not None and times > 0 and 0 < last < LATEST:
                uses[key] = Use(times, float(last))
    return uses


def _entries(held: Mapping[str, Any], name: str, limit: int) -> list[Any]:
    entries = held.get(name)
    return entries[-limit:] if isinstance(entries, list) else []


def _key(entry: object) -> NodeKey | None:
    match entry:
        case [str(aws_profile), str(region), str(node_id), *_]:
            return (aws_profile, region, node_id)
    return None


def _section(favourites: Iterable[NodeKey], uses: Mapping[NodeKey, Use]) -> dict[str, Any]:
    newest = sorted(uses.items(), key=lambda item: item[1].last)[-MAX_USED:]
    return {
        "favourites": [list(key) for key in list(favourites)[-MAX_FAVOURITES:]],
        "uses": [[*key, use.times, use.last] for key, use in newest],
    }


def _with_favourite(held: dict[str, Any], *, key: NodeKey, likes: bool) -> dict[str, Any]:
    others = [other for other in _favourites(held) if other != key]
    return _section([*others, key] if likes else others, _uses(held))


def _with_use(held: dict[str, Any], *, key: NodeKey, now: float) -> dict[str, Any]:
    uses = _uses(held)
    uses[key] = Use(uses.get(key, NEVER).times + 1, now)
    return _section(_favourites(held), uses)
