"""Contains exceptions: those of callbacks, and of loops that must go on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


def report(message: str, error: BaseException) -> None:
    """Report a defect of ours as a failed task does: to the loop's exception handler, which logs it with its traceback
    and shows a notice on the screen. Without a loop it is logged."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        log.error("%s", message, exc_info=error)
    else:
        loop.call_exception_handler({"message": message, "exception": error})


class Contained:
    """Calls callbacks for ``owner``. An exception is reported, once for each callback and kind, and goes no further:
    the caller goes on with the next one."""

    def __init__(self, owner: str) -> None:
        """``owner`` is for the report."""
        self._owner = owner
        self._reported: set[tuple[str, type[Exception]]] = set()

    def call(self, callback: Callable[..., object], *arguments: Any) -> bool:
        """Call ``callback``; returns whether it did so without an exception."""
        try:
            callback(*arguments)
        except Exception as error:
            self.note(getattr(callback, "__qualname__", type(callback).__name__), error)
            return False
        return True

    def note(self, what: str, error: Exception) -> None:
        """Report an ``error`` of ``what`` that was caught elsewhere, unless one of its kind has been reported: what
        fails at every turn would fill the log."""
        if (what, type(error)) not in self._reported:
            self._reported.add((what, type(error)))
            report(f"{self._owner}: a defect in {what}", error)
