"""How the values in a text of faults are read; ``ValueError`` says what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

_TIME = re.compile(r"(\d+(?:\.\d+)?(?:e-?\d+)?)(ms|s)?")
_VERSION = re.compile(r"\d+(\.\d+){1,3}")


def nearest(name: str, names: Sequence[str]) -> str:
    """A hint at what ``name`` may have been meant to be, to be put behind a complaint."""
    found = get_close_matches(name, names, 1, 0.4)
    return f"; did you mean '{found[0]}'?" if found else f"; there are: {', '.join(names)}"


def flag(value: str) -> bool:
    """The name alone."""
    return not value


def count(value: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"[0-9]+", value):
        raise ValueError(f"'{value}' is not a whole number")
    return int(value)


def chance(value: str) -> float:
    """From 0 to 1."""
    try:
        found = float(value)
    except ValueError:
        raise ValueError(f"'{value}' is not a chance from 0 to 1") from None
    if not 0 <= found <= 1:
        raise ValueError(f"{value} is not a chance from 0 to 1")
    return found


def seconds(value: str) -> float:
    """``3``, ``3s`` or ``250ms``, in seconds."""
    match = _TIME.fullmatch(value)
    if match is None:
        raise ValueError(f"'{value}' is not a time such as 3s or 250ms")
    found = float(match[1]) / (1000 if match[2] == "ms" else 1)
    if found <= 0:
        raise ValueError("a time is longer than 0")
    return found


def version(value: str) -> str:
    """An agent's."""
    if not _VERSION.fullmatch(value):
        raise ValueError(f"'{value}' is not a version such as 3.1.1476.0")
    return value
