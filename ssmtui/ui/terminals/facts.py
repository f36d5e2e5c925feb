"""What the pane's line and the footer show of a view: where it is, and what is marked in it."""

from __future__ import annotations

from typing import NamedTuple

from ssmtui.terminal.marks import SearchStatus, Shape
from ssmtui.terminal.screen import Frame


class ViewFacts(NamedTuple):
    """A view at one moment."""

    below: int = 0
    """Lines between its bottom and the bottom of the screen."""
    new: int = 0
    """How many of them came since it was scrolled back. A scrollback that is full does not grow, so this stops then."""
    copying: bool = False
    """Whether copy mode has the keys."""
    pending: str = ""
    """What was typed of a command of copy mode."""
    shape: Shape | None = None
    """The shape of the selection; None without one."""
    found: SearchStatus | None = None
    """The state of the search; None without one."""


FOLLOWING = ViewFacts()
"""A view at the bottom, with nothing marked."""


class NewLines:
    """Counts the lines that come while a view is scrolled back."""

    def __init__(self) -> None:
        self._history: int | None = None

    def count(self, frame: Frame) -> int:
        """How many lines came, by how much the scrollback grew since the view was scrolled back."""
        if not frame.scrolled_back:
            self._history = None
            return 0
        if self._history is None:
            self._history = frame.history
        return max(0, frame.history - self._history)
