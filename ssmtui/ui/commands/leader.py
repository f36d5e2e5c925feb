"""The one key that does not reach the node, and the letter after it. Pure state but for a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from ssmtui.terminal.key_names import LayoutKey, Modifier, read
from ssmtui.terminal.layouts import us_key, us_shifted
from ssmtui.ui.commands.base import Command
from ssmtui.ui.commands.registry import Registry
from ssmtui.ui.look.words import key_from_name

CANCEL = "escape"

REPEATS_FOR = 0.7
"""Seconds for which a key that repeats works once more without the leader; tmux has 0.5, over a connection that is
nearer than some of ours."""


class Leader:
    """Knows whether the leader was pressed, and what the next key then means."""

    def __init__(self, names: Iterable[str], registry: Registry, clock: Callable[[], float] = time.monotonic) -> None:
        self.keys = tuple(dict.fromkeys(key_from_name(name) for name in names))
        """In Textual's notation; the first is the one that is shown."""
        self.pending = False
        self._registry = registry
        self._clock = clock
        self._repeats_until = 0.0

    def wants(self, key: str) -> bool:
        """Whether ``key`` is for us rather than for the node."""
        return self.pending or key in self.keys or self._again(key) is not None

    def _again(self, key: str) -> Command | None:
        """The command that ``key`` repeats. Any other key ends that: what follows is for the node."""
        command = self._registry.by_leader_key.get(key) if self._clock() < self._repeats_until else None
        if command is None or not command.repeats:
            self._repeats_until = 0.0
            return None
        return command

    def take(self, key: str) -> Command | None:
        """Take a key that is wanted; the command that it completes, or None (the leader itself, esc, no command)."""
        if not self.pending:
            command = self._again(key)
            self.pending = command is None
        elif key in self.keys:
            self.pending = False
            return self._registry["send-leader"]
        else:
            self.pending = False
            command = self._registry.by_leader_key.get(key) or self._elsewhere(key)
        if command is not None and command.repeats:
            self._repeats_until = self._clock() + REPEATS_FOR
        return command

    def _elsewhere(self, key: str) -> Command | None:
        """The command of the US key at the place of a letter outside ASCII: people do not switch layouts for one
        key."""
        press = key.press if isinstance(key, LayoutKey) else read(key, key if len(key) == 1 else None)
        if press is None or press.base.isascii() or press.modifiers & ~Modifier.SHIFT:
            return None
        us = press.us or us_key(press.base)
        name = us_shifted(us) if press.modifiers & Modifier.SHIFT else us
        return self._registry.by_leader_key.get(key_from_name(name)) if name else None
