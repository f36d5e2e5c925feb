"""Moving the cursor: the same keys in every list."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from ssmtui.ui.commands.base import LISTS, Command
from ssmtui.ui.commands.feature import Feature


class Movable(Protocol):
    """A list with a cursor."""

    @property
    def page(self) -> int:
        """Lines in sight."""
        ...

    def move(self, lines: int) -> None:
        """Move the cursor down by ``lines``, within the list."""


class Move(Command):
    """A step of the cursor; ``lines`` counts lines, ``pages`` those in sight."""

    place = LISTS
    in_palette = False
    lines: ClassVar[int] = 0
    pages: ClassVar[float] = 0

    def __init__(self, in_front: Callable[[], Movable | None]) -> None:
        """``in_front`` gives the list in front; None: it has none."""
        self._in_front = in_front

    def run(self, argument: str = "") -> None:
        """Move the cursor."""
        found = self._in_front()
        if found is not None:
            found.move(self.lines + round(self.pages * found.page))


class Down(Move):
    """Next line"""

    name, keys, lines = "down", ("j", "down"), 1


class Up(Move):
    """Previous line"""

    name, keys, lines = "up", ("k", "up"), -1


class HalfDown(Move):
    """Half a page down"""

    name, keys, pages = "half-down", ("ctrl+d",), 0.5


class HalfUp(Move):
    """Half a page up"""

    name, keys, pages = "half-up", ("ctrl+u",), -0.5


class PageDown(Move):
    """A page down"""

    name, keys, pages = "page-down", ("pagedown", "ctrl+f"), 1


class PageUp(Move):
    """A page up"""

    name, keys, pages = "page-up", ("pageup", "ctrl+b"), -1


class Top(Move):
    """First line"""

    name, keys, lines = "top", ("g", "home"), -(10**9)


class Bottom(Move):
    """Last line"""

    name, keys, lines = "bottom", ("G", "end"), 10**9


class MovingFeature(Feature):
    """The cursor of the list in front."""

    def __init__(self, in_front: Callable[[], Movable | None]) -> None:
        self.commands = tuple(move(in_front) for move in (Down, Up, HalfDown, HalfUp, PageDown, PageUp, Top, Bottom))
