"""Copy mode in one view: keys move a cursor over screen and scrollback, select, search and copy, as in vi."""

from __future__ import annotations

from typing import Protocol

from ssmtui.terminal.marks import EnterCopyMode, FindNext, LeaveCopyMode, MarkAction, MarkOverlay, MoveCursor
from ssmtui.ui.terminals.copy_keys import Act, CopyKeys


class MarkedView(Protocol):
    """The view, as far as copy mode needs it."""

    def mark(self, mark: MarkAction) -> None:
        """Mark or move something in the terminal."""

    def tell_facts(self) -> None:
        """Report what is marked, and the keys typed so far, if that has changed."""

    def copy_mode_changed(self) -> None:
        """Copy mode was entered or left."""


class ViewCopyMode:
    """The copy mode of one view: whether it is on, and what its keys do. Cursor and selection are kept by the engine's
    process."""

    def __init__(self, view: MarkedView) -> None:
        self.active = False
        self.searched_backward = False
        """The direction of the last search, which n repeats."""
        self._view = view
        self._keys = CopyKeys()
        self._cursor_seen = False

    @property
    def pending(self) -> str:
        """What was typed of a command that is not complete."""
        return self._keys.pending

    def enter(self, key: str = "") -> None:
        """Turn it on. With a ``key`` that moves the cursor, move it at once."""
        if not self.active:
            self._keys.reset()
            self._cursor_seen = False
            self._view.mark(EnterCopyMode())
            self.active = True
            self._view.copy_mode_changed()
        step = self._keys.take(key, None) if key else None
        if isinstance(step, MoveCursor):
            self._view.mark(step)

    def leave(self) -> None:
        """Turn it off: the selection is dropped, and the view goes to the bottom."""
        self._view.mark(LeaveCopyMode())
        self.stop()

    def stop(self) -> None:
        """Give the keys back to the node. What is marked stays."""
        self.active = False
        self._view.copy_mode_changed()

    def see(self, overlay: MarkOverlay) -> None:
        """Look at a frame: when the copy cursor was there and is gone, the engine's process was lost, and copy mode
        with it."""
        if not self.active:
            return
        if overlay.cursor is not None:
            self._cursor_seen = True
        elif self._cursor_seen:
            self.stop()

    def take(self, key: str, character: str | None) -> Act | None:
        """Do what a key says. An act for which the view is not enough is returned, for the caller to do."""
        step = self._keys.take(key, character)
        self._view.tell_facts()
        match step:
            case None:
                return None
            case Act.LEAVE:
                self.leave()
            case Act.NEXT_MATCH | Act.PREVIOUS_MATCH:
                self._view.mark(FindNext(self.searched_backward is (step is Act.NEXT_MATCH)))
            case Act():
                return step
            case _:
                self._view.mark(step)
        return None
