"""Calls of other people's callbacks, whose exceptions stay where they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


def report(message: str, error: BaseException) -> None:
    """Have a defect of ours reported where tasks report theirs: to the loop's exception handler, which logs it with its
    traceback and, on the screen, says so. Without a loop it is logged."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        log.error("%s", message, exc_info=error)
    else:
        loop.call_exception_handler({"message": message, "exception": error})


class Contained:
    """Calls callbacks for ``owner``. An exception is reported, once for each callback and kind, and goes no further:
    the caller has others to call as well."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._reported: set[tuple[str, type[Exception]]] = set()

    def call(self, callback: Callable[..., object], *arguments: Any) -> bool:
        """Call ``callback``; whether it came back."""
        try:
            callback(*arguments)
        except Exception as error:
            name = getattr(callback, "__qualname__", type(callback).__name__)
            if (name, type(error)) not in self._reported:
                self._reported.add((name, type(error)))
                report(f"{self._owner}: a defect in {name}", error)
            return False
        return True
