"""The last lines of the sessions whose tiles are in sight, pulled a few times a second. Knows nothing of how they are
drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from ssmtui.tasks import Tasks
from ssmtui.ui.kit.turns import Throttle

if TYPE_CHECKING:
    from ssmtui.sessions.looks import Look
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.terminal.screen import FrameRow

PAUSE = 0.25
"""Seconds between two pulls of one session."""


class _Followed:
    """A session in sight."""

    def __init__(self, key: int) -> None:
        self.key = key
        self.look: Look | None = None
        self.is_stale = True
        """Whether it has printed something since it was pulled."""
        self.is_pulled = False
        """Whether an answer is on its way. A session whose engine is slow is not asked again meanwhile, and holds up no
        other one."""


class LiveLines:
    """Pulls what sessions in sight have printed, and nothing of those that are out of sight or silent."""

    def __init__(self, manager: SessionManager, changed: Callable[[int], None]) -> None:
        """``changed`` is called with the key of a session that has other lines."""
        self._manager = manager
        self._changed = changed
        self._count = 0
        self._followed: dict[int, _Followed] = {}
        self._lines: dict[int, Sequence[FrameRow]] = {}
        self._tasks = Tasks("overview")
        self._throttle = Throttle(self._pull_stale, PAUSE)

    def lines(self, key: int) -> Sequence[FrameRow]:
        """What a session had printed last when it was pulled."""
        return self._lines.get(key, ())

    def follow(self, keys: Sequence[int], count: int) -> None:
        """Follow the sessions with these keys, and only them: ``count`` lines of each. Those that come into sight are
        pulled at once."""
        count = max(0, count)
        again, self._count = count > self._count, count
        for key in self._followed.keys() - set(keys):
            self._leave(self._followed.pop(key))
        for key in keys:
            if key not in self._followed:
                self._begin(key)
            elif again:
                self._followed[key].is_stale = True
        self._pull_stale()

    def keep(self, keys: Collection[int]) -> None:
        """Forget the lines of all sessions but these."""
        for key in self._lines.keys() - set(keys):
            del self._lines[key]

    async def close(self) -> None:
        """Follow none any more."""
        self._throttle.cancel()
        for followed in self._followed.values():
            self._leave(followed)
        self._followed.clear()
        await self._tasks.close()

    def _begin(self, key: int) -> None:
        followed = _Followed(key)

        def changed() -> None:
            followed.is_stale = True
            self._throttle.request()

        try:
            # What is read in a tile is no news for its tab: one has not been there.
            followed.look = self._manager.session(key).terminal.look(changed, is_news=False)
        except KeyError:  # closed, which the list learns a little later
            return
        self._followed[key] = followed

    @staticmethod
    def _leave(followed: _Followed) -> None:
        if followed.look is not None:
            followed.look.close()

    def _pull_stale(self) -> None:
        for followed in self._followed.values():
            if followed.is_stale and not followed.is_pulled and self._count:
                followed.is_stale, followed.is_pulled = False, True
                self._tasks.start(f"lines of session {followed.key}", self._pull(followed))

    async def _pull(self, followed: _Followed) -> None:
        assert followed.look is not None
        try:
            lines = await followed.look.tail(self._count)
        finally:
            followed.is_pulled = False
        if followed.is_stale:  # it has printed more meanwhile
            self._throttle.request()
        if self._followed.get(followed.key) is followed and lines != self._lines.get(followed.key):
            self._lines[followed.key] = lines
            self._changed(followed.key)
