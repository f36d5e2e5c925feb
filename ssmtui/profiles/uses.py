"""How often each profile was opened, and when last."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ssmtui.config.memory import Memory
from ssmtui.inventory.remembered import Remembered
from ssmtui.inventory.usage import LATEST, NEVER, Use
from ssmtui.profiles.profile import MAX_NAME

SECTION = "profiles"
MAX_USED = 2_000
"""Profiles whose use is remembered; those not opened for longest are forgotten."""


class ProfileUses(Remembered):
    """Here at once, in the memory's file a little later. Loop-bound."""

    def __init__(self, memory: Memory, clock: Callable[[], float] = time.time) -> None:
        self.uses: Mapping[str, Use] = {}
        """By profile; replaced at each change, never changed in place."""
        self.on_change: Callable[[], None] = lambda: None
        self._clock = clock
        super().__init__(memory, SECTION, self._take)

    def note(self, name: str) -> None:
        """The profile was opened."""
        self._change(partial(_with_use, name=name, now=self._clock()))

    def rename(self, old: str, new: str) -> None:
        """The profile has another name."""
        if old in self.uses:
            self._change(partial(_renamed, old=old, new=new))

    def _change(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._take(change(_section(self.uses)))
        self.change(change)

    def _take(self, held: Mapping[str, Any]) -> None:
        uses = _uses(held)
        if uses != self.uses:
            self.uses = uses
            self._broken.call(self.on_change)


# The section: {"uses": [[name, times, last], ...]}


def _uses(held: Mapping[str, Any]) -> dict[str, Use]:
    entries = held.get("uses")
    uses: dict[str, Use] = {}
    for entry in entries[-MAX_USED:] if isinstance(entries, list) else ():
        match entry:
            case [str(name), int(times), int() | float() as last] if len(name) <= MAX_NAME and times > 0:
                if 0 < last < LATEST:
                    uses[name] = Use(times, float(last))
    return uses


def _section(uses: Mapping[str, Use]) -> dict[str, Any]:
    newest = sorted(uses.items(), key=lambda item: item[1].last)[-MAX_USED:]
    return {"uses": [[name, use.times, use.last] for name, use in newest]}


def _with_use(held: dict[str, Any], *, name: str, now: float) -> dict[str, Any]:
    uses = _uses(held)
    return _section({**uses, name: Use(uses.get(name, NEVER).times + 1, now)})


def _renamed(held: dict[str, Any], *, old: str, new: str) -> dict[str, Any]:
    uses = _uses(held)
    before, there = uses.pop(old, NEVER), uses.get(new, NEVER)
    if before.times:
        uses[new] = Use(before.times + there.times, max(before.last, there.last))
    return _section(uses)
