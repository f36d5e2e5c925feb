"""How a private part of Textual is replaced: guarded, for another release may not have it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

_log = logging.getLogger("ssmtui.compat")


def swap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace ``owner.name`` by what ``make`` returns for it.

    A Textual without that name is left as it is: the program works, with the faults of Textual that the replacement
    repairs, and the log says which one is missing.
    """
    missing = object()
    theirs = vars(owner).get(name, missing)
    if theirs is missing:
        _log.warning("This Textual has no %s.%s; it is not replaced", getattr(owner, "__name__", owner), name)
    else:
        setattr(owner, name, make(theirs))
