"""The one key that does not reach the node, and the letter after it. Pure state."""

from __future__ import annotations

from collections.abc import Iterable

from ssmtui.terminal.key_names import LayoutKey, Modifier, read
from ssmtui.terminal.layouts import us_key, us_shifted
from ssmtui.ui.commands.base import Command
from ssmtui.ui.commands.registry import Registry
from ssmtui.ui.look.words import key_from_name

CANCEL = "escape"


class Leader:
    """Knows whether the leader was pressed, and what the next key then means."""

    def __init__(self, names: Iterable[str], registry: Registry) -> None:
        self.keys = tuple(dict.fromkeys(key_from_name(name) for name in names))
        """In Textual's notation; the first is the one that is shown."""
        self.pending = False
        self._registry = registry

    def wants(self, key: str) -> bool:
        """Whether ``key`` is for us rather than for the node."""
        return self.pending or key in self.keys

    def take(self, key: str) -> Command | None:
        """Take a key that is wanted; the command that it completes, or None (the leader itself, esc, no command)."""
        if not self.pending:
            self.pending = True
            return None
        self.pending = False
        if key in self.keys:
            return self._registry["send-leader"]
        return self._registry.by_leader_key.get(key) or self._elsewhere(key)

    def _elsewhere(self, key: str) -> Command | None:
        """The command of the US key at the place of a letter outside ASCII: people do not switch layouts for one
        key."""
        press = key.press if isinstance(key, LayoutKey) else read(key, key if len(key) == 1 else None)
        if press is None or press.base.isascii() or press.modifiers & ~Modifier.SHIFT:
            return None
        us = press.us or us_key(press.base)
        name = us_shifted(us) if press.modifiers & Modifier.SHIFT else us
        return self._registry.by_leader_key.get(key_from_name(name)) if name else None
