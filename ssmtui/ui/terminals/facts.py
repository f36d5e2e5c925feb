"""What the pane's line and the footer tell of a view: where it is, and what is marked in it."""

from __future__ import annotations

from typing import NamedTuple

from ssmtui.terminal.marks import SearchStatus, Shape
from ssmtui.terminal.screen import Frame


class ViewFacts(NamedTuple):
    """A view at one moment."""

    below: int = 0
    """Lines between its bottom and that of the screen."""
    new: int = 0
    """How many of them came since it was scrolled back, as far as the scrollback grew by them."""
    copying: bool = False
    """Whether copy mode has the keys."""
    pending: str = ""
    """What has been typed of a command of copy mode."""
    shape: Shape | None = None
    """Of the selection."""
    found: SearchStatus | None = None
    """How the search stands."""


FOLLOWING = ViewFacts()
"""A view at the bottom, with nothing marked."""


class NewLines:
    """Counts the lines that come while a view is scrolled back."""

    def __init__(self) -> None:
        self._history: int | None = None

    def count(self, frame: Frame) -> int:
        """How many have come, by what each frame says of the scrollback: one that is full grows no more."""
        if not frame.scrolled_back:
            self._history = None
            return 0
        if self._history is None:
            self._history = frame.history
        return max(0, frame.history - self._history)
