"""The history of filters, and the filters that were saved under a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ssmtui.config.memory import Memory
from ssmtui.errors import UsageError
from ssmtui.inventory.query.tokens import MAX_TEXT
from ssmtui.inventory.remembered import Remembered

SECTION = "filters"
MAX_HISTORY = 200
MAX_SAVED = 200

_NAME = re.compile(r"[\w.-]{1,40}")


class Filters(Remembered):
    """The history and the saved filters: here at once, in the memory's file a little later. Loop-bound."""

    def __init__(self, memory: Memory, section: str = SECTION) -> None:
        """``section`` of the memory is where they are kept: those of nodes, unless another one is named."""
        self.history: tuple[str, ...] = ()
        """Oldest first, none twice."""
        self.saved: Mapping[str, str] = {}
        """By name, in the order of names; replaced at each change."""
        self.on_change: Callable[[], None] = lambda: None
        super().__init__(memory, section, self._take)

    def note(self, text: str) -> None:
        """``text`` was filtered by."""
        text = text.strip()
        if text and len(text) <= MAX_TEXT and self.history[-1:] != (text,):
            self._change(partial(_with_text, text=text))

    def save(self, name: str, text: str) -> None:
        """Give a filter a name, to be asked for as ``@name``; one that has the name already is replaced.

        Raises :class:`ssmtui.errors.UsageError` for a name that cannot be typed behind ``@``, or where there are too
        many.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r:.60} is not a valid name for a filter",
                remedy="A name has up to 40 letters, digits, dots, dashes and underscores.",
            )
        if name not in self.saved and len(self.saved) >= MAX_SAVED:
            raise UsageError(f"there are {MAX_SAVED} saved filters already", remedy="Delete one in :filters.")
        self._change(partial(_with_saved, name=name, text=text.strip()))

    def forget(self, name: str) -> None:
        """Remove a saved filter."""
        self._change(partial(_without, name=name))

    def _change(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._take(change({"history": list(self.history), "saved": dict(self.saved)}))
        self.change(change)

    def _take(self, held: Mapping[str, Any]) -> None:
        history, saved = tuple(history_of(held)), saved_of(held)
        if (history, saved) != (self.history, self.saved):
            self.history, self.saved = history, saved
            self._broken.call(self.on_change)


# The section: {"history": [text, ...], "saved": {name: text}}


def history_of(held: Mapping[str, Any]) -> list[str]:
    """The history in a section, oldest first."""
    entries = held.get("history")
    texts = [text for text in entries if _is_text(text)] if isinstance(entries, list) else []
    return list(dict.fromkeys(reversed(texts)))[MAX_HISTORY - 1 :: -1] if texts else []


def saved_of(held: Mapping[str, Any]) -> dict[str, str]:
    """The saved filters in a section, in the order of their names."""
    entries = held.get("saved")
    known = entries.items() if isinstance(entries, dict) else ()
    fitting = sorted((name, text) for name, text in known if _NAME.fullmatch(name) and _is_text(text))
    return dict(fitting[:MAX_SAVED])


def _is_text(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= MAX_TEXT


def _section(history: list[str], saved: Mapping[str, str]) -> dict[str, Any]:
    return {"history": history, "saved": dict(saved)}


def _with_text(held: dict[str, Any], *, text: str) -> dict[str, Any]:
    return _section([*(other for other in history_of(held) if other != text), text][-MAX_HISTORY:], saved_of(held))


def _with_saved(held: dict[str, Any], *, name: str, text: str) -> dict[str, Any]:
    return _section(history_of(held), {**saved_of(held), name: text})


def _without(held: dict[str, Any], *, name: str) -> dict[str, Any]:
    saved = saved_of(held)
    saved.pop(name, None)
    return _section(history_of(held), saved)
