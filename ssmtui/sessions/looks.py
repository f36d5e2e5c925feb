"""Who looks at one terminal. Several may at a time: a pane, a tile of the overview, a search. Each hears of changes on
its own, once until it has pulled them, and the engine keeps what it needs for frames while anybody has it in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ssmtui.terminal.screen import Frame, FrameRow

Tell = Callable[..., Any]


class LookedAt(Protocol):
    """What looks need of a terminal."""

    closed: bool

    async def frame(self, since: int) -> Frame:
        """The rows that changed after the frame ``since``."""

    async def tail(self, count: int) -> tuple[FrameRow, ...]:
        """The last ``count`` lines."""

    def rest(self) -> None:
        """Free what only frames need."""


class Look:
    """One viewer of a terminal. It pulls frames when it wants to draw, rests while it is hidden, and is closed when the
    viewer goes. All methods belong to the event loop's thread."""

    def __init__(self, looks: Looks, changed: Callable[[], None], *, is_news: bool) -> None:
        self.changed = changed
        self.is_news = is_news
        """Whether what this viewer has pulled is no news any more: a person reads it there."""
        self.told = False
        """Whether ``changed`` was called since the last pull."""
        self.in_sight = False
        """Whether it has pulled since its last :meth:`rest`."""
        self._looks = looks

    @property
    def closed(self) -> bool:
        """Whether nothing will change any more: the look or its terminal was closed."""
        return self._looks.is_closed(self)

    async def frame(self, since: int) -> Frame:
        """The rows that changed after the frame ``since``; 0 asks for all. Changes are announced again from now on, so
        one that comes while the answer is on its way is not missed. Without rows once the terminal is closed."""
        return await self._looks.pull(self, since)

    async def tail(self, count: int) -> tuple[FrameRow, ...]:
        """The last lines of the screen, ``count`` at most: all that a thumbnail shows. Changes are announced again from
        now on, as after a frame."""
        return await self._looks.pull_tail(self, count)

    def rest(self) -> None:
        """The viewer is hidden. The terminal frees what frames need unless another look has it in sight; the next frame
        may contain every row."""
        self.in_sight = False
        self._looks.rested()

    def close(self) -> None:
        """The viewer goes: ``changed`` is not called any more."""
        self._looks.remove(self)


class Looks:
    """The viewers of one terminal."""

    def __init__(self, terminal: LookedAt, news: Callable[[], None], tell: Tell) -> None:
        """``news`` is called for a change, once until a look that ``is_news`` has pulled. ``tell`` makes all calls, and
        contains what they raise."""
        self._terminal = terminal
        self._news = news
        self._tell = tell
        self._told_news = False
        self._all: list[Look] = []

    @property
    def in_sight(self) -> bool:
        """Whether anybody looks now."""
        return any(look.in_sight for look in self._all)

    def add(self, changed: Callable[[], None], *, is_news: bool) -> Look:
        """One more viewer. It has pulled nothing yet, and is called for the next change."""
        look = Look(self, changed, is_news=is_news)
        self._all.append(look)
        return look

    def changed(self) -> None:
        """There is something to pull: call those that do not know it."""
        if not self._told_news:
            self._told_news = True
            self._tell(self._news)
        for look in tuple(self._all):
            if not look.told:
                look.told = True
                self._tell(look.changed)

    # For looks

    def is_closed(self, look: Look) -> bool:
        """Whether ``look`` or the terminal is closed."""
        return self._terminal.closed or look not in self._all

    async def pull(self, look: Look, since: int) -> Frame:
        """A frame for ``look``."""
        self._begin(look)
        return await self._terminal.frame(since)

    async def pull_tail(self, look: Look, count: int) -> tuple[FrameRow, ...]:
        """The last lines for ``look``."""
        self._begin(look)
        return await self._terminal.tail(count)

    def _begin(self, look: Look) -> None:
        look.told = False
        look.in_sight = True
        if look.is_news:
            self._told_news = False

    def rested(self) -> None:
        """A look is hidden."""
        if not self.in_sight:
            self._terminal.rest()

    def remove(self, look: Look) -> None:
        """Forget a look; twice is once."""
        if look in self._all:
            self._all.remove(look)
            if look.in_sight:
                self.rested()
