"""A section of the memory: changes count at once, and are in the file a little later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ssmtui.config.memory import Change, Memory
from ssmtui.contained import Contained
from ssmtui.daemon import in_daemon_thread
from ssmtui.errors import ConfigurationError, SsmtuiError
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)


class Remembered:
    """Reads one section, and writes changes to it in their order, in a thread. Loop-bound.

    ``take`` is called with what the file holds after each of them: another program may have added its own.
    """

    def __init__(self, memory: Memory, section: str, take: Callable[[Mapping[str, Any]], None]) -> None:
        self.on_failure: Callable[[SsmtuiError], None] = lambda error: log.warning("%s", error)
        """Called when a change could not be written."""
        self._broken = Contained(section)
        """What calls :attr:`on_failure`, and the callbacks of those who derive from this."""
        self._memory = memory
        self._section = section
        self._take = take
        self._tasks = Tasks(section)
        self._unwritten: list[Change] = []
        self._writer: asyncio.Task[None] | None = None
        self._silent = ""
        """Why the file is left alone; empty while it answers."""

    async def load(self) -> None:
        """Take over what the memory holds; nothing where its file does not answer."""
        try:
            self._take(await in_daemon_thread(partial(self._memory.read, self._section)))
        except TimeoutError:
            self._give_up()

    @property
    def trouble(self) -> str:
        """A sentence for people on a file that cannot be read, once :meth:`load` has tried; else empty."""
        return self._memory.trouble or self._silent

    async def close(self) -> None:
        """Wait until all changes are written, or cannot be."""
        while self._writer is not None:
            await self._writer
        await self._tasks.close()

    def change(self, change: Change) -> None:
        """Apply a change to what the file holds, soon."""
        self._unwritten.append(change)
        if self._writer is None:
            self._writer = self._tasks.start("write", self._write())

    async def _write(self) -> None:
        try:
            while self._unwritten:
                changes, self._unwritten = self._unwritten, []
                try:
                    held = await self._update(partial(_all, changes))
                except ConfigurationError as error:
                    # Later changes are tried all the same: the next one may fit, or the disk may be free again.
                    if self._memory.is_news(error):
                        self._broken.call(self.on_failure, error)
                    continue
                if not self._unwritten:
                    self._take(held)
        finally:
            self._writer = None

    async def _update(self, change: Change) -> Mapping[str, Any]:
        if not self._silent:
            try:
                return await in_daemon_thread(partial(self._memory.update, self._section, change))
            except TimeoutError:
                self._give_up()
        raise ConfigurationError(self._silent, title="It cannot be remembered")

    def _give_up(self) -> None:
        """Each further attempt would leave one more thread behind that waits for the file."""
        self._silent = (
            f"{self._memory.file} does not answer, so nothing is remembered. Check the disk or network mount that it "
            "is on, then start ssmtui again."
        )
        log.warning("%s", self._silent)


def _all(changes: Sequence[Change], held: dict[str, Any]) -> dict[str, Any]:
    for change in changes:
        held = change(held)
    return held
