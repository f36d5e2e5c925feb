"""What libghostty-vt gets wrong of a stream, corrected before it gets there. Each line goes when the library is right.

- DEL is printed, where every terminal ignores it (DEC STD 070).
- ``CSI g`` clears nothing, where it is ``CSI 0 g`` (xterm ctlseqs, TBC).
- DECSTR does nothing, and ncurses' ``reset`` and ``tput init`` send it.
- Mode 40 lets DECCOLM change the size, which is the pane's: lines would be wrapped anew in the middle of a feed.
- Mode 2027 joins characters to clusters, whose widths are then others than those that rows are told in; and a cluster
  that grows in the last column kills the process (docs/fuzzing.md). Without it, the two letters of a flag take two
  cells each, where tmux, glibc and bash count two for both: the second one alone is printed with the mode on. It joins
  the first, which is as wide already, so nothing grows.
- REP is obeyed up to 65,535 times, so that one feed of it keeps the process busy for the better part of a second.

A terminal obeys a control character in the middle of a sequence at once, and goes on with the sequence (DEC STD 070;
vt100.net/emu/dec_ansi_parser). So a sequence is recognized with controls in it, which are then given before it. Within
a sequence the library also takes the bare byte 9B for CSI and passes over A0 to FF. In text that byte is part of a
character, so of what begins with it the library is asked first whether it is in the middle of something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from ssmtui.terminal import prompt_modes

_ESC, _CAN = b"\x1b", b"\x18"
_DEL = b"\x7f"
_REFUSED = {b"40", b"2027"}
_MAX_REPEATS = 4096
"""More than the widest line has cells; programs repeat within a line."""
_DIGITS = 9
"""Of a number that are read; Python takes its time with thousands."""

_OBEYED = bytes((*range(0x18), 0x19, *range(0x1C, 0x20)))
"""Controls that a terminal obeys in the middle of a sequence. CAN and SUB end it, ESC begins another."""
_PASSED_OVER = bytes(range(0xA0, 0x100))
_NOT_OBEYED = bytes(set(range(0x100)) - set(_OBEYED))
_JUNK = b"\\x00-\\x17\\x19\\x1c-\\x1f\\xa0-\\xff"
_LETTER = b"\xf0\x9f\x87[\xa6-\xbf]"
"""A regional indicator; two make a flag."""
_LETTER_BYTES = 4


def _forms(*begin: bytes) -> bytes:
    """What may be wrong, in a regular expression, where a sequence begins with one of ``begin``."""
    parts = {
        b"CSI": b"(?:%s)[J]*" % b"|".join(begin),
        b"CLEAR": b"g",
        b"RESET": b"!([J]*)p",
        b"REPEAT": b"([0-9J]{4,})b",
        b"MODES": rb"\?([0-9;J]*)h",
        b"PROMPT": rb"\]133;([ACD])",
    }
    form = b"CSI(?:CLEAR|RESET|REPEAT|MODES)|\x1bPROMPT"
    for name, part in parts.items():
        form = form.replace(name, part)
    return form.replace(b"J", _JUNK)


_WRONG = re.compile(_forms(b"\x1b[J]*\\["))
_WRONG_OR_RARE = re.compile(_forms(b"\x1b[J]*\\[", b"\x9b") + b"|" + _LETTER + b"(" + _LETTER + b")")
"""With what is there only when some bytes are: this one takes twice the time."""
_SUSPECT = re.compile(rb"\x1b(?:[\[J][0-9;?!\[]*+[bghpJ]|\]133)".replace(b"J", _JUNK))
"""Where any of that may begin after ESC. It is quicker, and finds next to nothing."""
_C1_CSI, _LETTER_START = b"\x9b", b"\xf0\x9f\x87"

_REST_OF_BEGUN = rb"[J]*(?:![J]*|\??[0-9;J]*)"
_BEGUN = re.compile(
    rb"\x1b[J]*(?:\[REST|\](?:1(?:3(?:3;?)?)?)?)?|\x9bREST".replace(b"REST", _REST_OF_BEGUN).replace(b"J", _JUNK)
)
_BEGUN_CHARACTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
"""UTF-8 of which bytes are missing."""
_LONGEST_BEGUN = 3
_REST_OF_LONG = re.compile(rb"[ -?J]*".replace(b"J", _JUNK))
_MAX_HELD = 64
"""Bytes of a sequence in progress that are waited for; a longer one goes on as it is, and does nothing at its end if it
is one that may be wrong. Nobody but an attacker writes such a one."""


class RepairStep(Enum):
    """What the engine itself does between two pieces."""

    SOFT_RESET = b"\x1b[!p"
    """DECSTR."""
    JOIN = b"\x1b[?2027h"
    """Print the next piece, a character, as one with that before it."""
    PROMPT, COMMAND, DONE = prompt_modes.PROMPT, prompt_modes.COMMAND, prompt_modes.DONE
    """The shell marks a prompt, a command's begin, its end (OSC 133)."""


StreamPiece = bytes | RepairStep


def _never() -> bool:
    return False


class StreamRepair:
    """Keeps the beginning of what may be wrong until its end is there, so that it does not matter how output is cut."""

    def __init__(self, is_ground: Callable[[], bool] = _never) -> None:
        """``is_ground``: whether the library, which has been given all the pieces so far, is in no sequence."""
        self.held = b""
        """Bytes that the library has not been given."""
        self._is_ground = is_ground
        self._in_long = False
        """A sequence goes on that was too long to be held."""
        self._after_letter = False
        """The last that was given is the first letter of what may become a flag."""

    @property
    def busy(self) -> bool:
        """Whether it knows something of what comes next that the library does not."""
        return bool(self.held) or self._in_long or self._after_letter

    def pieces(self, data: bytes) -> Iterator[StreamPiece]:
        """``data`` as the library is to be given it. Each piece must be given before the next one is asked for."""
        if data.isascii() and _ESC not in data and _DEL not in data and not self.busy:
            yield data  # most output is that, and large output nearly always
            return
        data = (self.held + data).replace(_DEL, b"")
        self.held = b""
        if self._in_long:
            data = self._without_end_of_long(data)
        place = 0
        if self._after_letter and data:
            if _LETTER_START.startswith(data):
                self.held = data
                return
            if _is_letter(data[:_LETTER_BYTES]) and self._is_ground():
                yield from (RepairStep.JOIN, data[:_LETTER_BYTES])
                place = _LETTER_BYTES
            self._after_letter = False
        rare = _C1_CSI in data or (_LETTER_START[:1] in data and _LETTER_START in data)
        end, held = self._cut(data, place, rare=rare)
        parts: list[bytes] = []
        for wrong in _wrongs(data, place, end, rare=rare):
            parts.append(data[place : wrong.start()])
            place = wrong.start()
            first = data[place : place + 1]
            if first == _C1_CSI:
                cut = max(len(parts[-1]) - len(_begun_character(parts[-1])), 0)
                parts[-1], begun = parts[-1][:cut], parts[-1][cut:]
                yield b"".join(parts)
                parts = [begun]
                if self._is_ground():
                    continue
            place = wrong.end()
            if first == _LETTER_START[:1]:
                yield b"".join((*parts, wrong[0][:_LETTER_BYTES]))
                second, parts = wrong[0][_LETTER_BYTES:], []
                if self._is_ground():
                    yield from (RepairStep.JOIN, second)
                else:  # in a title
                    parts.append(second)
                continue
            parts.append(wrong[0].translate(None, _NOT_OBEYED))
            step, corrected = _corrected(wrong)
            if step is not None:
                yield b"".join(parts)
                yield step
                parts = []
            parts.append(corrected)
        parts.append(data[place:end])
        self._after_letter = rare and place + _LETTER_BYTES <= end and _is_letter(data[end - _LETTER_BYTES : end])
        yield b"".join(parts)
        if held:
            yield from self._hold(held)

    def _cut(self, data: bytes, place: int, *, rare: bool) -> tuple[int, bytes]:
        """Where ``data`` is cut so that what follows waits for more, and what follows."""
        start = max(data.rfind(_ESC, place), data.rfind(_C1_CSI, place) if rare else -1)
        if start < 0 or not _BEGUN.fullmatch(data, start):
            start = len(data)
        if start == len(data) or data[start : start + 1] == _C1_CSI:
            start -= len(_begun_character(data[place:start]))
        return start, data[start:]

    def _hold(self, held: bytes) -> Iterator[bytes]:
        """Wait for the end of ``held``, but not with what a terminal does at once."""
        if held[:1] != _ESC and _C1_CSI in held:
            if self._is_ground():  # it is a character's, and that is there
                yield held
                return
            start = held.index(_C1_CSI)
            yield held[:start]
            held = held[start:]
        if held[:1] in (_ESC, _C1_CSI):
            yield held.translate(None, _NOT_OBEYED)
            held = held[:1] + held[1:].translate(None, _OBEYED + _PASSED_OVER)
        if len(held) > _MAX_HELD:
            self._in_long = True
            yield held
        else:
            self.held = held

    def _without_end_of_long(self, data: bytes) -> bytes:
        rest = _REST_OF_LONG.match(data)
        assert rest is not None
        end = rest.end()
        self._in_long = end == len(data)
        if data[end : end + 1] in (b"b", b"g", b"h"):
            return data[:end] + _CAN + data[end + 1 :]
        return data


def _wrongs(data: bytes, start: int, end: int, *, rare: bool) -> Iterable[re.Match[bytes]]:
    """All that may be wrong in ``data`` between ``start`` and ``end``."""
    if rare:
        return _WRONG_OR_RARE.finditer(data, start, end)
    suspect = _SUSPECT.search(data, start, end)
    return () if suspect is None else _WRONG.finditer(data, suspect.start(), end)


def _begun_character(data: bytes) -> bytes:
    """The bytes of an unfinished character at the end of ``data``."""
    begun = _BEGUN_CHARACTER.search(data[-_LONGEST_BEGUN:]) if data[-1:] > _DEL else None
    return b"" if begun is None else begun[0]


def _is_letter(data: bytes) -> bool:
    return re.fullmatch(_LETTER, data) is not None


def _corrected(wrong: re.Match[bytes]) -> tuple[RepairStep | None, bytes]:
    """What the engine does in the place of ``wrong``, and what the library is given then."""
    reset, repeats, modes, prompt = wrong.groups()[:4]
    if prompt is not None:
        return RepairStep(prompt), wrong[0]
    if reset is not None:
        return RepairStep.SOFT_RESET, b""
    if repeats is not None:
        return None, b"\x1b[%db" % _repeats(repeats.translate(None, _OBEYED + _PASSED_OVER))
    return None, b"\x1b[0g" if modes is None else _set_modes(modes.translate(None, _OBEYED + _PASSED_OVER))


def _repeats(digits: bytes) -> int:
    return min(int(digits.lstrip(b"0")[:_DIGITS] or 1), _MAX_REPEATS)


def _set_modes(modes: bytes) -> bytes:
    kept = [mode for mode in modes.split(b";") if mode.lstrip(b"0") not in _REFUSED]
    return b"\x1b[?%sh" % b";".join(kept) if kept else b""


def soft_reset(x: int, y: int) -> bytes:
    """What DECSTR resets (xterm ctlseqs; VT510 programmer's reference), with the cursor left in column ``x`` of line
    ``y``, from 0. The saved cursor is the home position."""
    reset = b'\x1b[?6l\x1b[r\x1b[4l\x1b[?25h\x1b[?7h\x1b[?1l\x1b>\x1b[m\x1b[0"q\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b[H\x1b7'
    return reset + b"\x1b[%d;%dH" % (y + 1, x + 1)
