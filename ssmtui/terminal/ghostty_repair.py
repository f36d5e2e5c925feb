"""Repairs a stream of output before libghostty-vt parses it: what the library gets wrong, bytes at a time.

Each repair is here for one fault of the library, and goes when the library no longer has it (``tests/conformance``
compares both with xterm.js):

- DEL (7F) is printed into a cell. Every terminal ignores it (DEC STD 070), so it is dropped.
- ``CSI g`` clears nothing. It means ``CSI 0 g``, clear the tab stop at the cursor (xterm's ctlseqs, TBC).
- DECSTR (``CSI ! p``, soft reset) does nothing, although ncurses' ``reset`` and ``tput init`` send it. What it resets
  is written out in single sequences.
- Mode 40 lets DECCOLM change the number of columns. The size belongs to the pane: each change would wrap all lines
  again in the middle of a feed, and the program would draw for another size than it was told. The mode is refused.
- Mode 2027 joins characters to grapheme clusters. Rows are drawn in widths without it. And a cluster that grows in the
  last column crashes the library: forty bytes of output are enough for a segmentation fault (docs/fuzzing.md). The mode
  is refused, with one exception. Without it the two regional indicators of a flag take two cells each, where tmux,
  glibc and bash count two for both, and the line that a shell edits is drawn in the wrong columns. So the mode is on
  while the second indicator is printed, alone: it joins the first, which is two cells wide already, so nothing grows.
- REP (``CSI n b``, repeat the last character) runs up to 65,535 times. A feed full of it keeps the process, and every
  other pane, busy for most of a second. The count is bounded.

A sequence is recognized wherever the output is cut, so the beginning of one that may need repair is held back until its
end arrives. It is also recognized with control characters in it: a terminal executes C0 controls inside a sequence at
once and continues the sequence (DEC STD 070; https://vt100.net/emu/dec_ansi_parser). ``CSI ? 2 0 BEL 2 7 h`` sets mode
2027, so a plain search for ``?2027h`` would be a way past the repair, and to the crash.

The C1 form of CSI, the byte 9B, is the hard case. In text it is the middle of a UTF-8 character; the library reads it
as CSI only within a sequence, where it also ignores the bytes A0 to FF. What is meant depends on the library's state,
so before a repair of something that begins with 9B the library is given all that comes before and asked for its state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from ssmtui.terminal import prompt_modes

_ESC, _CAN = b"\x1b", b"\x18"
_DEL = b"\x7f"
_REFUSED = {b"40", b"2027"}
"""Private modes that are never set: see above."""
_MAX_REPEATS = 4096
"""More than the widest line has cells. Programs use REP within a line (ncurses, for ruled lines and blank space)."""
_DIGITS = 9
"""Digits of a number that are read: the time that ``int`` takes grows with the square of their number."""

_OBEYED = bytes((*range(0x18), 0x19, *range(0x1C, 0x20)))
"""Controls that a terminal executes in the middle of a sequence. Not CAN and SUB, which cancel it, nor ESC, which
starts another."""
_PASSED_OVER = bytes(range(0xA0, 0x100))
"""Bytes that the library ignores within a sequence."""
_NOT_OBEYED = bytes(set(range(0x100)) - set(_OBEYED))
_JUNK = b"\\x00-\\x17\\x19\\x1c-\\x1f\\xa0-\\xff"
"""Both of them, for a class in a regular expression: what may stand anywhere in a sequence without changing it."""
_LETTER = b"\xf0\x9f\x87[\xa6-\xbf]"
"""A regional indicator (U+1F1E6 to U+1F1FF); two of them make a flag."""
_LETTER_BYTES = 4


def _forms(*begin: bytes) -> bytes:
    """A regular expression of all that needs repair, where a control sequence begins with one of ``begin``.

    ``J`` stands for what may lie between any two bytes of a sequence. The groups are, in order, those that
    :func:`_corrected` reads.
    """
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
"""The same with the C1 form and flags, which some bytes announce. It takes twice the time, so it is used only where
they are found."""
_SUSPECT = re.compile(rb"\x1b(?:[\[J][0-9;?!\[]*+[bghpJ]|\]133)".replace(b"J", _JUNK))
"""Where something that needs repair may begin after ESC. It finds too much but is quick: output with colours has
thousands of sequences, and next to none of them gets past this to the slower expressions."""
_C1_CSI, _LETTER_START = b"\x9b", b"\xf0\x9f\x87"

# A sequence that may need repair once its end is known. Anything that is certain to need none is not held back: the
# screen would lag behind by one sequence.
_REST_OF_BEGUN = rb"[J]*(?:![J]*|\??[0-9;J]*)"
_BEGUN = re.compile(
    rb"\x1b[J]*(?:\[REST|\](?:1(?:3(?:3;?)?)?)?)?|\x9bREST".replace(b"REST", _REST_OF_BEGUN).replace(b"J", _JUNK)
)
_BEGUN_CHARACTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
"""A UTF-8 character whose last bytes are missing."""
_LONGEST_BEGUN = 3
_REST_OF_LONG = re.compile(rb"[ -?J]*".replace(b"J", _JUNK))
_MAX_HELD = 64
"""Bytes of an unfinished sequence that are held back. A longer one is passed on, and cancelled at its end if it is one
that may need repair. Only an attacker writes sequences that long; what is held must have a bound, and cancelling is
safe."""


class RepairStep(Enum):
    """What the engine does itself between two pieces of the stream."""

    SOFT_RESET = b"\x1b[!p"
    """DECSTR: write what :func:`soft_reset` gives for the cursor's place."""
    JOIN = b"\x1b[?2027h"
    """Print the next piece, one character, joined to the character before it."""
    PROMPT, COMMAND, DONE = prompt_modes.PROMPT, prompt_modes.COMMAND, prompt_modes.DONE
    """The shell marks a prompt, the beginning of a command, its end (OSC 133): see ``prompt_modes``."""


StreamPiece = bytes | RepairStep


def _never() -> bool:
    return False


class StreamRepair:
    """Repairs the output of one terminal.

    Give each feed to :meth:`pieces` and do what comes out of it, in order. Bytes that it holds back come out with a
    later feed, so the screen is the same however output is cut.
    """

    def __init__(self, is_ground: Callable[[], bool] = _never) -> None:
        """``is_ground`` reports whether the library, after all pieces so far, is outside any sequence."""
        self.held = b""
        """Bytes that are held back: the library does not know them yet."""
        self._is_ground = is_ground
        self._in_long = False
        """A sequence continues that was too long to be held back."""
        self._after_letter = False
        """The last character was a regional indicator, which the next one may make a flag."""

    @property
    def busy(self) -> bool:
        """Whether the stream's state is not in the library alone. A snapshot taken now would lose a part of it."""
        return bool(self.held) or self._in_long or self._after_letter

    def pieces(self, data: bytes) -> Iterator[StreamPiece]:
        """``data`` as pieces for the library, and steps between them.

        Do each before asking for the next: what follows depends on the library's state by then.
        """
        if data.isascii() and _ESC not in data and _DEL not in data and not self.busy:
            # The hot path: nearly all large output is plain text, and this is all the work on it.
            yield data
            return
        # DEL goes before anything is looked at: within ESC [ DEL g it would hide the sequence from the expressions
        # below. In a string, where some terminals keep it, nothing that matters contains it.
        data = (self.held + data).replace(_DEL, b"")
        self.held = b""
        if self._in_long:
            data = self._without_end_of_long(data)
        place = 0
        if self._after_letter and data:
            if _LETTER_START.startswith(data):  # still too short to tell
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
                # The library must have all that comes before to say whether it takes this byte for CSI. Not the bytes
                # of a character that has only begun, though: they would be printed as a replacement character.
                cut = max(len(parts[-1]) - len(_begun_character(parts[-1])), 0)
                parts[-1], begun = parts[-1][:cut], parts[-1][cut:]
                yield b"".join(parts)
                parts = [begun]
                if self._is_ground():
                    continue  # it belongs to a character, and is passed on with the text
            place = wrong.end()
            if first == _LETTER_START[:1]:
                yield b"".join((*parts, wrong[0][:_LETTER_BYTES]))
                second, parts = wrong[0][_LETTER_BYTES:], []
                if self._is_ground():
                    yield from (RepairStep.JOIN, second)
                else:  # in a string, such as a title, where nothing is printed
                    parts.append(second)
                continue
            # The controls within the sequence are executed before it, in their order, as a terminal does.
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
        """Where to cut ``data`` so that the rest waits for more, and that rest.

        The rest is a sequence that may need repair, or the first bytes of a character: with the next feed these may
        turn out to end before a byte 9B, which must not be given without them.
        """
        start = max(data.rfind(_ESC, place), data.rfind(_C1_CSI, place) if rare else -1)
        if start < 0 or not _BEGUN.fullmatch(data, start):
            start = len(data)
        if start == len(data) or data[start : start + 1] == _C1_CSI:
            start -= len(_begun_character(data[place:start]))
        return start, data[start:]

    def _hold(self, held: bytes) -> Iterator[bytes]:
        """Hold ``held`` back until its end arrives, and yield what a terminal does without waiting for that.

        Controls are executed at once, so they are taken out and passed on. What can end a sequence early (ESC, CAN)
        is not among them: after it nothing would be held.
        """
        if held[:1] != _ESC and _C1_CSI in held:
            if self._is_ground():  # the byte 9B ends a character, which is complete with it
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
        """``data`` with CAN in place of the final byte of a sequence that was too long to hold.

        Only the final bytes that may need repair are replaced; other long sequences end as they were written.
        """
        rest = _REST_OF_LONG.match(data)
        assert rest is not None
        end = rest.end()
        self._in_long = end == len(data)
        if data[end : end + 1] in (b"b", b"g", b"h"):
            return data[:end] + _CAN + data[end + 1 :]
        return data


def _wrongs(data: bytes, start: int, end: int, *, rare: bool) -> Iterable[re.Match[bytes]]:
    """All that needs repair in ``data`` between ``start`` and ``end``, in order."""
    if rare:
        return _WRONG_OR_RARE.finditer(data, start, end)
    suspect = _SUSPECT.search(data, start, end)
    return () if suspect is None else _WRONG.finditer(data, suspect.start(), end)


def _begun_character(data: bytes) -> bytes:
    """The bytes of an unfinished character at the end of ``data``. Empty, without a search, after ASCII."""
    begun = _BEGUN_CHARACTER.search(data[-_LONGEST_BEGUN:]) if data[-1:] > _DEL else None
    return b"" if begun is None else begun[0]


def _is_letter(data: bytes) -> bool:
    return re.fullmatch(_LETTER, data) is not None


def _corrected(wrong: re.Match[bytes]) -> tuple[RepairStep | None, bytes]:
    """The step that the engine takes in place of ``wrong``, and the bytes that the library gets after it."""
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
    """DECSTR as sequences that the library has (xterm's ctlseqs; VT510 Programmer Information, "Soft Terminal Reset").

    Origin mode, margins, insert mode, cursor visibility, autowrap, cursor and keypad keys, pen, protection, character
    sets; the saved cursor becomes the home position. DECSTR leaves the cursor where it is, but DECSTBM and CUP in here
    move it, so it is put back to column ``x`` of line ``y``, both counted from 0.
    """
    reset = b'\x1b[?6l\x1b[r\x1b[4l\x1b[?25h\x1b[?7h\x1b[?1l\x1b>\x1b[m\x1b[0"q\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b[H\x1b7'
    return reset + b"\x1b[%d;%dH" % (y + 1, x + 1)
