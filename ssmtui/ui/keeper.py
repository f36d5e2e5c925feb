"""Keeps one section of the program's memory, off the loop: of many changes at once the last one is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ssmtui.errors import SsmtuiError

if TYPE_CHECKING:
    from ssmtui.config.memory import Memory


class Keeper:
    """Reads and replaces a section. ``start`` runs a coroutine as a task, ``failed`` is told what was not written."""

    def __init__(
        self,
        memory: Memory,
        section: str,
        start: Callable[[Coroutine[Any, Any, None]], object],
        failed: Callable[[SsmtuiError], object],
    ) -> None:
        self._memory = memory
        self._section = section
        self._start = start
        self._failed = failed
        self._wanted: dict[str, Any] | None = None
        self._writing = False

    async def read(self) -> Mapping[str, Any]:
        """What the section holds."""
        return await asyncio.to_thread(self._memory.read, self._section)

    def write(self, content: dict[str, Any]) -> None:
        """Have the section hold ``content`` from now on."""
        self._wanted = content
        if not self._writing:
            self._writing = True
            self._start(self._write())

    async def _write(self) -> None:
        try:
            while (content := self._wanted) is not None:
                self._wanted = None
                await asyncio.to_thread(self._memory.update, self._section, partial(_replaced, content))
        except SsmtuiError as error:
            self._failed(error)
        finally:
            self._writing = False


def _replaced(content: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    return content
