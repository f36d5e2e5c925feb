"""What a terminal's widget reports to the screen around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from ssmtui.ui.terminals.view import TerminalView


class CopyModeChanged(Message):
    """A pane's copy mode was entered or left, or the line to search in it opened or closed."""


class ViewMessage(Message):
    """A message about one view of a session."""

    def __init__(self, view: TerminalView) -> None:
        super().__init__()
        self.view = view


class ViewFactsChanged(ViewMessage):
    """The view was moved, or something else is marked in it."""


class SelectionMade(ViewMessage):
    """The mouse has selected something."""


class LinkClicked(ViewMessage):
    """The cell ``x``, ``y`` of the terminal was clicked for the link that may be there."""

    def __init__(self, view: TerminalView, x: int, y: int) -> None:
        super().__init__(view)
        self.x, self.y = x, y
