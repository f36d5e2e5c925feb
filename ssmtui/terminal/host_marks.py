"""The marks of one terminal in the host: selection, copy mode, searches, links.

They fail alone. Whatever is raised here costs the marks, and the terminal and its screen go on: a fault in a search
must not close a session's pane.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ssmtui.terminal import links, outputs
from ssmtui.terminal.engine import Engine
from ssmtui.terminal.marking import Marking
from ssmtui.terminal.marks import EMPTY, Find, MarkAction, MarkOverlay, SearchStatus, ViewLink
from ssmtui.terminal.screen import Frame
from ssmtui.terminal.search import SLICE, TerminalSearch
from ssmtui.terminal.selection import Reader
from ssmtui.terminal.view import View

Tried = TypeVar("Tried")


class TerminalMarks:
    """There is a :class:`Marking` only while something is marked, so that a frame costs nothing more otherwise."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._marking: Marking | None = None
        self._counting: TerminalSearch | None = None
        self._copy: Reader | None = None

    def apply(self, mark: MarkAction) -> None:
        """Do what a person did."""
        self._try(lambda: self._apply(mark), None)

    def _apply(self, mark: MarkAction) -> None:
        marking = self._marking = self._marking or Marking(self._engine.grid())
        marking.apply(mark)
        if marking.idle:
            self._marking = None

    def changed(self) -> None:
        """Something was printed, or the size has changed."""
        if self._marking is not None:
            self._marking.changed()

    def work(self) -> None:
        """Do a slice of the work that a search has left."""
        if self._marking is not None:
            self._try(self._marking.work, None)

    def count(self, find: Find) -> SearchStatus:
        """Count what matches, without moving anything. Each call does a slice; call again until it is ``complete``."""
        found = self._try(lambda: self._count(find), SearchStatus(0, 0, complete=True))
        if found.complete:
            self._counting = None
        return found

    def _count(self, find: Find) -> SearchStatus:
        if self._counting is None or self._counting.pattern.find != find:
            self._counting = TerminalSearch(self._engine.grid(), find)
        self._counting.work()
        return self._counting.found()

    def link_at(self, x: int, y: int) -> str:
        """The address of the link at column ``x`` and line ``y`` of the view; empty when there is none."""
        grid = self._engine.grid()
        return self._try(lambda: links.link_at(grid, View(grid).place(x, y)), "")

    def links(self) -> list[ViewLink]:
        """The links in the view, from the bottom up."""
        return self._try(lambda: links.links_in_view(self._engine.grid()), [])

    def scrolled(self) -> None:
        """The view was moved by scrolling."""
        if self._marking is not None:
            self._try(self._marking.scrolled, None)

    def frame(self, since: int) -> tuple[Frame, MarkOverlay]:
        """The engine's frame of what changed after ``since``, and what is marked in it.

        The view goes back to where the marks hold it first, so that both are of the same rows.
        """
        if self._marking is not None:
            self._try(self._marking.settle, None)
        frame = self._engine.frame(since)
        return frame, EMPTY if self._marking is None else self._try(self._marking.overlay, EMPTY)

    def copy_selection(self) -> None:
        """Begin to read the selected text; :meth:`copied` gives it."""
        self._copy = None if self._marking is None else self._try(self._marking.reader, None)

    def copy_output(self) -> bool:
        """Begin to read what the last command printed; False where the shell marks no prompts (OSC 133)."""
        return self._try(self._copy_output, False)

    def _copy_output(self) -> bool:
        self._copy = None
        try:
            output = outputs.last_output(self._engine.grid())
        except outputs.NoPromptsError:
            return False
        if output is not None:
            self._copy = Reader(self._engine.grid(), output)
        return True

    @property
    def copies(self) -> bool:
        """Whether there is text left to read."""
        return self._copy is not None

    def copied(self) -> bytes:
        """The next slice of the text, in UTF-8."""
        copy = self._copy
        if copy is None:
            return b""
        text = self._try(lambda: copy.read(time.monotonic() + SLICE), b"")
        if copy.done:
            self._copy = None
        return text

    def forget(self) -> None:
        """Drop everything: the engine has another terminal now, and places in the old one are freed with it."""
        self._marking = self._counting = self._copy = None

    def _try(self, do: Callable[[], Tried], otherwise: Tried) -> Tried:
        """What ``do`` gives; when it raises, no marks and ``otherwise``."""
        try:
            return do()
        except Exception:
            self.forget()
            return otherwise
