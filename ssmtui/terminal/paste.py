"""Pasted text as bytes for the node: text that was copied somewhere must not be able to act as keys.

A program that set mode 2004 gets a paste between two markers and takes it for text (xterm's ctlseqs, "Bracketed Paste
Mode"). A page can put the end marker into what people copy from it, and all that follows would be typed: so no ESC
gets through, nor any other control character. For programs without the mode nothing helps but a question before
(:func:`is_safe`).

This is not left to the engines' libraries: they keep some control characters, and one makes two lines of CR LF.
"""

from __future__ import annotations

import re

from ssmtui.terminal.screen import Modes

BEGIN, END = b"\x1b[200~", b"\x1b[201~"
"""The markers before and after a paste for a program that set mode 2004."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAKS = re.compile(r"\r\n|\n")
_ENTERS = re.compile(r"\r\n|\n|\r")


def is_safe(text: str) -> bool:
    """Whether ``text`` runs nothing when a program without bracketed paste gets it: one line, and no control character
    but tabs. Otherwise ask before pasting it."""
    return "\n" not in text and "\r" not in text and not _CONTROLS.search(text)


def lines(text: str) -> list[str]:
    """The lines that ``text`` types. A line break at its end does not begin another one."""
    found = _ENTERS.split(text)
    return found[:-1] if len(found) > 1 and not found[-1] else found


def as_one_line(text: str) -> str:
    """``text`` on one line, without a line break at its end: a shell does not run it before Enter is pressed."""
    return " ".join(stripped for line in lines(text) if (stripped := line.strip()))


def controls(text: str) -> int:
    """How many control characters :func:`encode` replaces with spaces, for the question before a paste."""
    return len(_CONTROLS.findall(text))


def encode(text: str, modes: Modes) -> bytes:
    """What the node gets for a paste, between the markers if its program set mode 2004.

    Line breaks become CR, as Enter sends them: a line feed is Ctrl+J, which editors take for another key. Control
    characters become spaces; without ESC the text cannot contain an end marker. Surrogates, which Python has for bytes
    that were no UTF-8, are left out.
    """
    typed = _LINE_BREAKS.sub("\r", _CONTROLS.sub(" ", text)).encode("utf-8", "ignore")
    return BEGIN + typed + END if modes.bracketed_paste else typed
