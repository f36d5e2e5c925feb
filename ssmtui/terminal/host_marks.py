"""The marks of one terminal of the host. They fail alone: what goes wrong with them costs the marks, not the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ssmtui.terminal.engine import Engine
from ssmtui.terminal.marking import Marking
from ssmtui.terminal.marks import EMPTY, Mark, Overlay
from ssmtui.terminal.screen import Frame

Value = TypeVar("Value")


class TerminalMarks:
    """There is a :class:`Marking` as long as something is marked; without one a frame costs nothing more."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._marking: Marking | None = None

    def apply(self, mark: Mark) -> None:
        """Do what a person does."""
        self._try(lambda: self._apply(mark), None)

    def _apply(self, mark: Mark) -> None:
        marking = self._marking = self._marking or Marking(self._engine.grid())
        marking.apply(mark)
        if marking.idle:
            self._marking = None

    def scrolled(self) -> None:
        """The view has been moved by hand."""
        if self._marking is not None:
            self._try(self._marking.scrolled, None)

    def frame(self, since: int) -> tuple[Frame, Overlay]:
        """The engine's frame, and what is marked in it."""
        if self._marking is not None:
            self._try(self._marking.settle, None)
        frame = self._engine.frame(since)
        return frame, EMPTY if self._marking is None else self._try(self._marking.overlay, EMPTY)

    def text(self) -> str:
        """The selected text."""
        return "" if self._marking is None else self._try(self._marking.text, "")

    def forget(self) -> None:
        """The engine holds another terminal."""
        self._marking = None

    def _try(self, do: Callable[[], Value], otherwise: Value) -> Value:
        try:
            return do()
        except Exception:
            self._marking = None
            return otherwise
