"""Cuts what the outer terminal sends into whole keys, reports and pastes, wherever the reads cut it.

A report (a control sequence, ECMA-48 section 5.4, or a control string, 5.6) may arrive in two reads, and a person can
press Escape and then a character. The bytes are the same; only time distinguishes them. So the beginning of a sequence
is held, and the reader of the terminal calls :meth:`TypedUnits.expire` when nothing has followed for
:attr:`TypedUnits.wait` seconds. Without this, half a report would be typed into the node's shell, and a late answer to
a query of ours could run there.

All of it is untrusted: what is held is bounded, and the contents of long reports are not kept at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

ESCAPE_WAIT = 0.025
"""Seconds after which an escape, alone or with the character after it, counts as typed: long enough for a report that a
network has cut in two, too short for a finger."""
REPORT_WAIT = 1.0
"""Seconds to wait for the rest of what can only be a report: no person types ``ESC [ 1``."""
LONGEST = 128
"""Characters of an unfinished sequence that are held. The longest that means anything is kitty's report of a key with a
text of several code points."""

PASTE_BEGIN, PASTE_END = "\x1b[200~", "\x1b[201~"
"""What the outer terminal puts around a paste (xterm's ctlseqs, "Bracketed Paste Mode")."""

# A control sequence: parameters, intermediates, final byte (ECMA-48 5.4). Two do not keep to that: X10's mouse has
# three characters after its final M, the Linux console's F1 to F5 have one after a second bracket.
_CSI = re.compile(r"\x1b\[(?:M[^\x1b]{3}|\[[A-E]|[0-?][0-?]*[ -/]*[@-~]|[ -/]*[@-LN-Z\\-~])")
_BEGUN_CSI = re.compile(r"\x1b\[(?:M[^\x1b]{0,2}|\[|[0-?]*[ -/]*)")
# Begun, and then broken by a byte that cannot be in one: what came so far is no key.
_BROKEN_CSI = re.compile(r"\x1b\[[0-?]+[ -/]*")
_REST_OF_CSI = re.compile(r"[ -?]*([@-~])?")
_SS3 = re.compile(r"\x1bO[0-9]?[!-~]")
# OSC, DCS, APC, PM and SOS that arrive whole: never a key. The same characters without an end may be Alt with a key.
_STRING = re.compile(rf"\x1b[\]P_^X][^\x00-\x1f]{{1,{LONGEST - 2}}}(?:\x07|\x1b\\)")
_BEGUN_STRING = re.compile(r"\x1b[\]P_^X][^\x00-\x1f]*\x1b?")
# The beginnings of answers, which no person types: OSC with a number (colours, clipboard, titles), XTVERSION and DA3,
# DECRQSS and XTGETTCAP (xterm's ctlseqs), kitty's about images. All that follows belongs to the answer, to its end: a
# clipboard has megabytes, and none of it may be typed.
_ANSWER = re.compile(r"\x1b(?:\][0-9]{1,5};|P(?:[>!]\||[01]?[$+][rR])|_G[a-z]=)")
_REST_OF_STRING = re.compile(r"[^\x00-\x1f]*(\x07|\x1b\\|[\x18\x1a])?")
_SURE = re.compile(r"\x1b\[[0-?]")
"""The beginning of a report that no person types."""


class Unit(Enum):
    """The kinds of input."""

    TEXT = auto()
    """Characters and control characters; each is a key."""
    KEYS = auto()
    """An escape that a person typed, with the character after it; or a function key in the form of SS3."""
    SEQUENCE = auto()
    """A whole control sequence: a key, a mouse event or an answer."""
    ANSWER = auto()
    """A control string or a piece of one, or a sequence without its end. Never a key, so never typed."""
    PASTE_BEGIN = auto()
    PASTE = auto()
    """Pasted text, or a piece of it."""
    PASTE_END = auto()


class TypedPiece(NamedTuple):
    """A piece of input."""

    unit: Unit
    text: str


class _Within(Enum):
    """What continues over several reads without being held."""

    NOTHING = auto()
    STRING = auto()
    LONG_CSI = auto()
    PASTE = auto()


class TypedUnits:
    """Cuts the input of one terminal. The texts of all units, in order, are the input: nothing is lost or added.

    Feed it each read; when :attr:`wait` seconds pass without one, call :meth:`expire`.
    """

    def __init__(self) -> None:
        self.held = ""
        """The beginning of something that is not a unit yet."""
        self._within = _Within.NOTHING

    @property
    def wait(self) -> float | None:
        """Seconds after which to call :meth:`expire` if nothing more comes; None when there is nothing to wait for.

        For the end of a paste that is None: however long it takes, the rest of the paste must never count as typed.
        """
        if self._within is _Within.PASTE:
            return None
        if self._within is not _Within.NOTHING or _SURE.match(self.held):
            return REPORT_WAIT
        return ESCAPE_WAIT if self.held else None

    def feed(self, data: str) -> list[TypedPiece]:
        """The units that ``data`` completes."""
        data, self.held = self.held + data, ""
        return list(self._units(data))

    def expire(self) -> list[TypedPiece]:
        """The units of what is unfinished, which nothing will finish: a person typed it, or it is a broken report."""
        if self._within is _Within.PASTE:
            return []
        held, self.held = self.held, ""
        self._within = _Within.NOTHING
        return [TypedPiece(Unit.ANSWER if _SURE.match(held) else Unit.KEYS, held)] if held else []

    def _units(self, data: str) -> Iterator[TypedPiece]:
        place = 0
        while place < len(data):
            start = place
            if self._within is _Within.PASTE:
                unit, place = self._pasted(data, place)
            elif self._within is not _Within.NOTHING:
                unit, place = self._reported(data, place)
            elif data[place] != "\x1b":
                escape = data.find("\x1b", place)
                unit, place = Unit.TEXT, len(data) if escape < 0 else escape
            else:
                unit, place = self._escaped(data, place)
            if place > start:
                yield TypedPiece(unit, data[start:place])
            if self.held:
                return

    def _pasted(self, data: str, place: int) -> tuple[Unit, int]:
        if data.startswith(PASTE_END, place):
            self._within = _Within.NOTHING
            return Unit.PASTE_END, place + len(PASTE_END)
        end = data.find(PASTE_END, place)
        if end < 0:
            # The end marker may be cut in two, and its first half must not be pasted.
            end = len(data) - _begun(PASTE_END, data, place)
            self.held = data[end:]
        return Unit.PASTE, end

    def _reported(self, data: str, place: int) -> tuple[Unit, int]:
        """The next piece of a report that is not held.

        A character that cannot be in it ends it. So a person gets out with Enter, Escape or Ctrl-C when a terminal
        breaks off in the middle of a report.
        """
        rest = _REST_OF_STRING if self._within is _Within.STRING else _REST_OF_CSI
        found = rest.match(data, place)
        assert found is not None
        if self._within is _Within.STRING and found[1] is None and data[found.end() :] == "\x1b":
            self.held = "\x1b"
        elif found[1] is not None or found.end() < len(data):
            self._within = _Within.NOTHING
        return Unit.ANSWER, found.end()

    def _escaped(self, data: str, place: int) -> tuple[Unit, int]:
        """What the escape at ``place`` begins."""
        # The order matters: a whole sequence before the beginning of one, and an answer, which may have any length,
        # before a string that must be short to count.
        if (found := _CSI.match(data, place)) is not None:
            if found[0] == PASTE_BEGIN:
                self._within = _Within.PASTE
                return Unit.PASTE_BEGIN, found.end()
            return Unit.SEQUENCE, found.end()
        if (found := _ANSWER.match(data, place)) is not None:
            self._within = _Within.STRING
            return Unit.ANSWER, found.end()
        if (found := _STRING.match(data, place)) is not None:
            return Unit.ANSWER, found.end()
        if (found := _SS3.match(data, place)) is not None:
            return Unit.KEYS, found.end()
        if _is_begun(data, place):
            # Hold what may still become a sequence. Longer than that it is a report without end, of which the rest is
            # passed over, or something that a person typed.
            if len(data) - place <= LONGEST:
                self.held = data[place:]
                return Unit.KEYS, place
            if _SURE.match(data, place):
                self._within = _Within.LONG_CSI
                return Unit.ANSWER, len(data)
            return Unit.KEYS, len(data)
        if (found := _BROKEN_CSI.match(data, place)) is not None:
            return Unit.ANSWER, found.end()
        return Unit.KEYS, place + (1 if data.startswith("\x1b", place + 1) else 2)


def _is_begun(data: str, place: int) -> bool:
    """Whether all of ``data`` from the escape at ``place`` on may be the beginning of a sequence."""
    after = data[place + 1 : place + 2]
    if after == "[":
        return _BEGUN_CSI.fullmatch(data, place) is not None
    if after in ("]", "P", "_", "^", "X"):
        return _BEGUN_STRING.fullmatch(data, place) is not None
    if after == "O":
        return len(data) - place == 2 or (len(data) - place == 3 and data[place + 2] in "0123456789")
    return not after


def _begun(mark: str, data: str, place: int) -> int:
    """How many characters at the end of ``data``, at ``place`` or after it, may be the beginning of ``mark``."""
    for length in range(min(len(mark) - 1, len(data) - place), 0, -1):
        if data.endswith(mark[:length]):
            return length
    return 0
