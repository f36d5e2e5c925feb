"""What a person does to a terminal's view, in order, until the host has room for it: scrolls and marks.

Moves of the wheel come faster than a busy host takes them. Those that add up, or replace each other, wait as one.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from ssmtui.terminal.marks import Drag, Find, MarkAction
from ssmtui.terminal.marks_wire import mark_to_wire

_LAST_COUNTS = (Drag, Find)
"""Of several of these in a row only the last matters."""


class ViewMoves:
    """The moves of one terminal that wait for the host."""

    def __init__(self) -> None:
        self._waiting: deque[int | MarkAction] = deque()

    def add(self, move: int | MarkAction) -> None:
        """A scroll by so many lines, 0 to the bottom; or a mark."""
        last = self._waiting[-1] if self._waiting else None
        if isinstance(move, int) and isinstance(last, int):
            self._scroll(last, move)
        elif isinstance(move, _LAST_COUNTS) and type(move) is type(last):
            self._waiting[-1] = move
        else:
            self._waiting.append(move)

    def _scroll(self, last: int, lines: int) -> None:
        """Join one scroll with the one before. A return to the bottom makes those before it pointless."""
        if not lines:
            self._waiting[-1] = 0
        elif not last:
            self._waiting.append(lines)
        elif last + lines:
            self._waiting[-1] = last + lines
        else:
            self._waiting.pop()

    def next_header(self) -> dict[str, Any] | None:
        """The next message to the host; None when nothing waits."""
        if not self._waiting:
            return None
        move = self._waiting.popleft()
        if isinstance(move, int):
            return {"do": "scroll", "lines": move}
        return {"do": "mark", "mark": mark_to_wire(move)}

    def clear(self) -> None:
        """Forget them: the engine whose view they moved is gone."""
        self._waiting.clear()
