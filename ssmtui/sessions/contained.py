"""Calls of other people's callbacks, whose exceptions stay where they are."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class Contained:
    """Calls callbacks for ``owner``. An exception is logged with its traceback, once for each callback and kind, and
    goes no further: the caller has others to call as well."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._logged: set[tuple[str, type[Exception]]] = set()

    def call(self, callback: Callable[..., object], *arguments: Any) -> bool:
        """Call ``callback``; whether it came back."""
        try:
            callback(*arguments)
        except Exception as error:
            name = getattr(callback, "__qualname__", type(callback).__name__)
            if (name, type(error)) not in self._logged:
                self._logged.add((name, type(error)))
                log.error("%s: a defect in %s", self._owner, name, exc_info=error)
            return False
        return True
