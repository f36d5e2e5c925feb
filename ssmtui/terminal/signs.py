"""What output says of the shell and its programs: the shell's marks, and how the line ends at which output stops.

The marks are FinalTerm's, OSC 133 (see ``outputs``), and those of VS Code, OSC 633
(https://code.visualstudio.com/docs/terminal/shell-integration), whose letters mean the same: A before a prompt, B
before what is typed, C before a command's output, D after it, with the exit code. Most shells on nodes send none, so
the line at which output stops is looked at as well.

Any program on a node can print marks and questions at will. They only decide what is said of its own session, and what
is kept of them is bounded.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

LONGEST_LINE = 2048
"""Bytes of a line that are looked at, escape sequences included. A longer one is no prompt and no question."""
MAX_CODE = 0xFFFF_FFFF
"""The largest exit code, as Windows has them; one that is larger, or negative, is taken for unknown."""

_MARK = re.compile(rb"\x1b\](?:133|633);([ACD])(?:;([^\x07\x1b\n]{0,1024}))?(?:\x07|\x1b\\)")
_BEGUN = re.compile(rb"\x1b(?:\](?:[16](?:3(?:3(?:;[^\x07\x1b\n]{0,1024}\x1b?)?)?)?)?)?\Z")
"""A mark whose end is still to come."""
_LONGEST_BEGUN = 1100
_SECONDARY = b"k=s"
"""The option of a prompt for the rest of a command that spans lines."""
_DIGITS = 12

# Sequences: those that move the cursor begin another piece of the line, all others are left out.
_MOVES = re.compile(r"\x1b\[[0-9;]*[ABCDEFGHfd`a]")
_SEQUENCES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-Z\\^-~])"
)
_CONTROLS = re.compile(r"[\x00-\x07\x09-\x1a\x1c-\x1f\x7f]")

_PLAIN_WORDS = re.compile(
    rb"(?!.*(?:press|more|\(END))(?:.*\x1b\[[0-?]*[ -/]*[@-~])?[\x20-\x7e]*[0-9A-Za-z.,/_=+\"'@&|;{}~^!\\`-]",
    re.IGNORECASE | re.DOTALL,
)
"""A line that is none of those below, by its last character and without looking closely: most lines at which a feed
ends in the middle of output, and those that somebody types."""

_CHOICE = re.compile(r"[\[(](?:y(?:es)?/n(?:o)?|yes/no/.{1,30})[^\])]{0,30}[\])] ?[:?]? ?\Z", re.IGNORECASE)
_SECRET = re.compile(
    r"(?:\b(?:passw(?:or)?d|passphrase|passcode|pin|otp|(?:verification|mfa|one-time) (?:code|password)"
    # As sudo and login ask in other languages.
    r"|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord|lösenord|hasło|heslo|parola|пароль)\b"
    r"|密码|密碼|パスワード|암호).{0,120}[:：] ?[*•]*\Z",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"(?:[?:：] ?|--more--.{0,20}|\(END\)|>>> ?|[\w\])]> |\bpress\b.{0,60}\b(?:key|enter|return)\b.{0,40})\Z",
    re.IGNORECASE,
)
_PROMPT = re.compile(r"(?:[$❯➜λ»]|(?<!#)#|(?<![0-9 ])%|^PS .*>|^[A-Za-z]:\\.*>) ?\Z")


class LineEnd(IntEnum):
    """What the line at which output has stopped looks like, by its end."""

    OTHER = 0
    PROMPT = 1
    """A shell's prompt."""
    QUESTION = 2
    """A program asks for something, or has a prompt of its own."""
    SECRET = 3
    """A password, a passphrase, a PIN or a code is asked for, and what is typed is not shown."""


class ShellMark(NamedTuple):
    """One of the shell's marks."""

    letter: str
    """``A``, ``C`` or ``D``; B says nothing that matters here."""
    code: int | None = None
    """The exit code of D, where it has one."""


class OutputSigns:
    """Follows the output of one terminal, cut anywhere."""

    def __init__(self) -> None:
        self.line = b""
        """The last line so far, without its end; longer ones than :data:`LONGEST_LINE` are cut off at the left."""
        self._held = b""
        """A mark whose end is still to come."""
        self._marks: list[ShellMark] = []

    def follow(self, data: bytes) -> None:
        """``data`` was printed."""
        # Single bytes are found many times as fast as two are, and most output has no OSC in it.
        if self._held or (b"\x1b" in data and (b"]" in data or data.endswith(b"\x1b"))):
            self._find_marks(self._held + data)
        end = data.rfind(b"\n")
        line = self.line + data if end < 0 else data[end + 1 :]
        self.line = line[-LONGEST_LINE - 1 :]

    def _find_marks(self, data: bytes) -> None:
        self._marks += [mark for found in _MARK.finditer(data) if (mark := _mark(found)) is not None]
        # Of many in one feed only the last command matters: whether one began, how it ended, and what came then.
        if len(self._marks) > 1:
            self._marks = _latest(self._marks)
        begun = _BEGUN.search(data, max(0, len(data) - _LONGEST_BEGUN))
        self._held = b"" if begun is None else begun[0]

    def take_marks(self) -> list[ShellMark]:
        """The marks since the last call, three at most: ``C`` if a command began, ``D`` if it or another one ended, and
        the last one if it came after that."""
        marks, self._marks = self._marks, []
        return marks

    @property
    def line_end(self) -> LineEnd:
        """What the last line looks like."""
        if not self.line or len(self.line) > LONGEST_LINE or _PLAIN_WORDS.fullmatch(self.line):
            return LineEnd.OTHER
        return line_end(self.line.decode("utf-8", "replace"))


def _mark(found: re.Match[bytes]) -> ShellMark | None:
    letter, (value, *options) = found[1].decode(), (found[2] or b"").split(b";")
    if letter == "A" and _SECONDARY in (value, *options):
        return None
    if letter != "D" or not value.isdigit() or len(value) > _DIGITS or int(value) > MAX_CODE:
        return ShellMark(letter)
    return ShellMark(letter, int(value))


def _latest(marks: list[ShellMark]) -> list[ShellMark]:
    ends = [place for place, mark in enumerate(marks) if mark.letter == "D"]
    if not ends:
        return marks[-1:]
    last = ends[-1]
    began = [mark for mark in marks[:last] if mark.letter == "C"][-1:]
    return [*began, marks[last], *marks[last + 1 :][-1:]]


def line_end(line: str) -> LineEnd:
    """What ``line``, without a line break and with its escape sequences, looks like. Where the cursor was moved within
    it, as a terminal of Windows does, the last piece that is not empty counts."""
    pieces = [piece for piece in map(_visible, _MOVES.split(line.rpartition("\r")[2])) if piece.strip()]
    if not pieces or "\x1b" in pieces[-1]:
        return LineEnd.OTHER
    text = pieces[-1][-240:]
    if _CHOICE.search(text):
        return LineEnd.QUESTION
    if _SECRET.search(text):
        return LineEnd.SECRET
    if _PROMPT.search(text):
        return LineEnd.PROMPT
    return LineEnd.QUESTION if _QUESTION.search(text) else LineEnd.OTHER


def without_sequences(text: str) -> str:
    """``text`` without its escape sequences; one that is not complete stays."""
    return _SEQUENCES.sub("", text)


def _visible(piece: str) -> str:
    """The text of a piece, as far as it was not erased again by the line editor."""
    text = _CONTROLS.sub("", without_sequences(piece))
    if "\b" not in text:
        return text
    kept: list[str] = []
    for character in text:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)
