"""Small pieces of text as the screen shows them: ages, counts, key names, fitted cells. Pure functions."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from rich.cells import cell_len, set_cell_size

from ssmtui import open_files

Item = TypeVar("Item")
MINUTE, HOUR, DAY = 60, 3600, 86400
WEEK = 7
"""Days from which a day is named by its date: by then its weekday means another one."""

_REPLACED = {
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
    "commercial_at": "at",
    "solidus": "slash",
    "reverse_solidus": "backslash",
}
"""Textual's names of characters where they are not Unicode's."""


def _textual_name(key: str) -> str:
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return _REPLACED.get(name, name)


_KEY_NAMES = {
    **{_textual_name(character): character for character in string.punctuation},
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
}
_KEY_SPELLINGS = {shown: name for name, shown in _KEY_NAMES.items()}


def age(seconds: float) -> str:
    """How long, in the largest unit that fits: ``12 s``, ``4 min``, ``3 h``, ``6 d``."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    if whole < 2 * DAY:
        return f"{whole // HOUR} h"
    return f"{whole // DAY} d"


def ago(seconds: float) -> str:
    """The same as a point in the past; the present second is ``just now``."""
    return "just now" if seconds < 1 else f"{age(seconds)} ago"


def lasting(seconds: float) -> str:
    """How long in the two largest units: ``12 s``, ``4 min 10 s``, ``3 h 5 min``, ``6 d 2 h``."""
    whole = max(0, int(seconds))
    for unit, smaller in ((DAY, HOUR), (HOUR, MINUTE), (MINUTE, 1)):
        if whole >= unit:
            rest = whole % unit // smaller
            names = {DAY: "d", HOUR: "h", MINUTE: "min", 1: "s"}
            more = f" {rest} {names[smaller]}" if rest else ""
            return f"{whole // unit} {names[unit]}{more}"
    return f"{whole} s"


def moment(at: float, now: float, *, seconds: bool = False) -> str:
    """The local time ``at``, as far as it must be said at ``now``, both in seconds since the epoch: ``14:02``, on
    another day ``Mon 14:02``, a week away ``12 Nov 14:02``. A time that the system cannot name is ``?``."""
    try:
        then, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now).date()
    except (OverflowError, OSError, ValueError):
        return "?"
    away = abs((today - then.date()).days)
    day = "" if not away else f"{then:%a} " if away < WEEK else f"{then.day} {then:%b} "
    return f"{day}{then:%H:%M:%S}" if seconds else f"{day}{then:%H:%M}"


def count(number: int, noun: str) -> str:
    """``1 session``, ``3 sessions``, ``1,204 nodes``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def and_more(number: int, noun: str = "") -> str:
    """`` and 3 more``, `` and 1 more line``; nothing where there are no more."""
    return f" and {count(number, f'more {noun}') if noun else f'{number:,} more'}" if number > 0 else ""


def indented(items: Sequence[Item], most: int, text: Callable[[Item], str], noun: str = "") -> list[str]:
    """A line of ``text`` for each of the first ``most`` items, and one that says how many more there are."""
    lines = [f"  {text(item)}" for item in items[:most]]
    more = and_more(len(items) - most, noun)
    return [*lines, f"  …{more}"] if more else lines


def defect(error: BaseException, logs: Sequence[Path] = (), what: str = "") -> str:
    """The message for an unexpected exception; ``logs`` are the files that have its details, and ``what`` is the name
    of what failed, if that has one."""
    failed = f'"{what}"' if what else "That"
    details = "".join(f" Details: {file}." for file in logs)
    if exhausted := open_files.exhausted(error):
        return f"{failed} failed: {exhausted}. {open_files.REMEDY} Your sessions go on.{details}"
    if isinstance(error, ImportError):
        what = "A file of ssmtui is missing or was replaced while it ran, perhaps by an upgrade."
        return f"{what} Your sessions go on; start ssmtui again when you can.{details}"
    return f"{failed} failed because of a defect in ssmtui ({type(error).__name__}). Your sessions go on.{details}"


def size(octets: int) -> str:
    """A number of bytes: ``812 B``, ``3.4 kB``, ``9.8 MB``."""
    if octets < 1000:
        return f"{octets} B"
    return f"{octets / 1000:.1f} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"


def fit(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells: padded, or cut with an ellipsis."""
    length = len(text) if text.isascii() else cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    return set_cell_size(text, width - 1) + "…" if width > 0 else ""


def key_name(key: str) -> str:
    """Textual's name of a key as a person writes it: ``ctrl+right_square_bracket`` is ``ctrl+]``."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, _KEY_NAMES.get(last, last)])


def key_from_name(name: str) -> str:
    """The inverse of :func:`key_name`, for keys written in settings."""
    # The last character is never the sign between two keys: ctrl++ is Ctrl with a plus.
    *modifiers, last = [*name[:-1].split("+")[:-1], name[:-1].rpartition("+")[2] + name[-1:]]
    return "+".join([*modifiers, _KEY_SPELLINGS.get(last) or _textual_name(last)])


def wrap(text: str, width: int, most: int) -> list[str]:
    """``text`` in lines of at most ``width`` characters, broken at spaces; at most ``most`` lines."""
    import textwrap

    return textwrap.wrap(text, max(10, width), max_lines=most, placeholder=" …") if text else []


def amount(text: str) -> str:
    """How much ``text`` is: ``3 lines, 120 characters``."""
    lines = text.count("\n") + (not text.endswith("\n"))
    characters = count(len(text), "character")
    return f"{count(lines, 'line')}, {characters}" if lines > 1 else characters


DEFAULT_SHELL = "default shell"
