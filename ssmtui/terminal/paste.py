"""Pasted text as bytes for the node: what was copied somewhere must not be able to act as keys.

Not left to the engines' libraries, which keep some control characters and, in one, make two lines of CR LF.
"""

from __future__ import annotations

import re

from ssmtui.terminal.screen import Modes

BEGIN, END = b"\x1b[200~", b"\x1b[201~"
"""What stands before and after a paste for a program that set mode 2004."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAKS = re.compile(r"\r\n|\n")
_ENTERS = re.compile(r"\r\n|\n|\r")


def is_safe(text: str) -> bool:
    """Whether ``text`` runs nothing when a program without bracketed paste (mode 2004) gets it: one line, and no
    control characters but tabs."""
    return "\n" not in text and "\r" not in text and not _CONTROLS.search(text)


def lines(text: str) -> list[str]:
    """The lines that ``text`` types; the Enter at the end of the last one begins no other."""
    found = _ENTERS.split(text)
    return found[:-1] if len(found) > 1 and not found[-1] else found


def as_one_line(text: str) -> str:
    """``text`` with blanks in the place of its line breaks and without one at its end: nothing of it is run."""
    return " ".join(stripped for line in lines(text) if (stripped := line.strip()))


def controls(text: str) -> int:
    """How many control characters :func:`encode` turns into blanks."""
    return len(_CONTROLS.findall(text))


def encode(text: str, modes: Modes) -> bytes:
    """What the node gets for a paste: line breaks as Enter sends them, control characters as blanks (without ESC there
    is no end marker that the text could bring along), in brackets if the program set mode 2004."""
    typed = _LINE_BREAKS.sub("\r", _CONTROLS.sub(" ", text)).encode("utf-8", "ignore")
    return BEGIN + typed + END if modes.bracketed_paste else typed
