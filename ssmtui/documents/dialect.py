"""A document's regular expressions in Python's words.

The agent reads them as RE2 has them (protocol.md section 8.3). What means something else in Python is rewritten where
that is exact; a pattern with anything else in it is not translated, and is the service's to check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_PATTERN = 2_000
"""Characters of a pattern that is looked at."""
MAX_REPEAT = 1_000
"""RE2 repeats nothing more often than that."""
MAX_DEPTH = 50
"""Groups within groups."""
FEW = 16
"""A repetition up to which is no reason for a long search."""

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7F",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-\/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_SPACES = r"\t\n\f\r "
"""RE2's ``\\s`` has no vertical tab in it, Python's has."""
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_PLACES = {"A": r"\A", "z": r"\Z", "b": r"\b", "B": r"(?!\b)"}
"""Python's ``\\B`` is not found in an empty text."""
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_LEADING_FLAGS = re.compile(r"\(\?([ims]+)\)")
_REPEAT = re.compile(r"\{(\d{1,4})(,?)(\d{0,4})\}")
_GROUP = re.compile(r"\((?:\?:|\?P?<([A-Za-z_][A-Za-z0-9_]*)>|(?!\?))")
_HEX = re.compile(r"x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})")
_CLASS_NAME = re.compile(r"\[:([a-z]+):\]")


_KINDS = {")": "group", "|": "start"}


class Unknown(ValueError):
    """Something in the pattern may mean another thing in Python."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A pattern for :mod:`re`, with the flags it needs."""

    source: str
    flags: re.RegexFlag
    folds: bool
    """Whether capitals do not matter to it: for text beyond ASCII the two then differ."""
    is_tame: bool
    """Whether it can hardly take long, from its looks: nothing that repeats is repeated."""


def translated(pattern: str) -> Translation:
    """``pattern`` for Python. Raises :class:`Unknown`."""
    if len(pattern) > MAX_PATTERN:
        raise Unknown("too long")
    leading = _LEADING_FLAGS.match(pattern)
    flags = re.ASCII
    for letter in leading.group(1) if leading else "":
        flags |= _FLAGS[letter]
    folds = bool(flags & re.IGNORECASE)
    if folds and not pattern.isascii():
        raise Unknown("capitals beyond ASCII")
    reader = _DialectReader(
        pattern, leading.end() if leading else 0, is_multiline=bool(flags & re.MULTILINE), folds=folds
    )
    source = reader.read()
    return Translation(source, flags, folds, is_tame=reader.repeated <= 2 and not reader.repeats_group)


@dataclass(slots=True)
class _DialectReader:
    pattern: str
    at: int
    is_multiline: bool
    folds: bool
    repeated: int = 0
    repeats_group: bool = False
    _depth: int = 0
    _names: set[str] = field(default_factory=set)
    _after: str = "start"
    """What was read last: ``start`` of an alternative, ``atom``, ``group`` or ``repeat``."""

    def read(self) -> str:
        parts = []
        while self.at < len(self.pattern):
            parts.append(self._next())
        return "".join(parts)

    def _next(self) -> str:
        character = self.pattern[self.at]
        if character == "(":
            return self._open()
        if character in "*+?" or (character == "{" and _REPEAT.match(self.pattern, self.at)):
            return self._repeat(character)
        self.at += 1
        self._after = _KINDS.get(character, "atom")
        self._depth -= character == ")"
        if character == "\\":
            return self._escape()
        if character == "[":
            return self._set()
        if character in "^$":
            # In a group, since Python does not repeat a bare assertion.
            return f"(?:{character})" if self.is_multiline or character == "^" else r"(?:\Z)"
        return character if character in ".|)" else re.escape(character)

    def _open(self) -> str:
        opened = _GROUP.match(self.pattern, self.at)
        name = opened.group(1) if opened else None
        if opened is None or name in self._names:
            raise Unknown("a group of another kind")
        if name:
            self._names.add(name)
        self.at, self._after = opened.end(), "start"
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unknown("groups too deep")
        return "(?:"

    def _repeat(self, character: str) -> str:
        if self._after in ("start", "repeat"):
            raise Unknown("nothing to repeat")
        start = self.at
        if character == "{":
            most = self._counted()
        else:
            self.at += 1
            most = 1 if character == "?" else MAX_REPEAT + 1
        self.repeated += most > FEW
        self.repeats_group = self.repeats_group or (self._after == "group" and most > 1)
        self._after = "repeat"
        if self.pattern.startswith("?", self.at):
            self.at += 1
        return self.pattern[start : self.at]

    def _counted(self) -> int:
        """How often at most, of a repetition in braces; it is read."""
        found = _REPEAT.match(self.pattern, self.at)
        assert found is not None
        least, comma, most = found.groups()
        highest = int(most) if most else int(least)
        if max(int(least), highest) > MAX_REPEAT or highest < int(least):
            raise Unknown("a repetition without sense")
        self.at = found.end()
        return MAX_REPEAT + 1 if comma and not most else highest

    def _escape(self) -> str:
        letter = self.pattern[self.at : self.at + 1]
        if letter in ("s", "S"):
            self.at += 1
            return f"[{_SPACES}]" if letter == "s" else f"[^{_SPACES}]"
        if letter in _PLACES:
            self.at += 1
            return f"(?:{_PLACES[letter]})"
        if letter in ("d", "D", "w", "W"):
            self.at += 1
            return "\\" + letter
        if letter == "Q":
            return self._quoted()
        return re.escape(self._escaped_character())

    def _quoted(self) -> str:
        end = self.pattern.find(r"\E", self.at + 1)
        text = self.pattern[self.at + 1 : end if end >= 0 else None]
        if not text:
            raise Unknown("nothing is quoted")
        self.at = end + 2 if end >= 0 else len(self.pattern)
        return re.escape(text)

    def _escaped_character(self) -> str:
        """The one character that the escape at the present place stands for."""
        letter = self.pattern[self.at : self.at + 1]
        if letter in _CONTROLS:
            self.at += 1
            return _CONTROLS[letter]
        if letter == "x" and (found := _HEX.match(self.pattern, self.at)):
            self.at = found.end()
            code = int(found.group(1) or found.group(2), 16)
            if code > (0x7F if self.folds else 0x10FFFF):
                raise Unknown("no character")
            return chr(code)
        if not letter or not letter.isascii() or letter.isalnum():
            raise Unknown("an escape of another kind")
        self.at += 1
        return letter

    def _set(self) -> str:
        """What stands between brackets, of which the opening one is read."""
        parts = ["["]
        if self.pattern.startswith("^", self.at):
            self.at += 1
            parts.append("^")
        first = True
        while first or not self.pattern.startswith("]", self.at):
            parts.append(self._member())
            first = False
        self.at += 1
        return "".join(parts) + "]"

    def _member(self) -> str:
        if found := _CLASS_NAME.match(self.pattern, self.at):
            self.at = found.end()
            if found.group(1) not in _POSIX:
                raise Unknown("a class of another name")
            return _POSIX[found.group(1)]
        if self.pattern.startswith("[:", self.at):
            raise Unknown("a class that may be a name")
        named = self.pattern[self.at : self.at + 2]
        if named in (r"\d", r"\D", r"\w", r"\W", r"\s"):
            self.at += 2
            return _SPACES if named == r"\s" else named
        low = self._member_character()
        rest = self.pattern[self.at : self.at + 2]
        if len(rest) < 2 or rest[0] != "-" or rest[1] == "]":
            return _in_set(low)
        self.at += 1
        high = self._member_character()
        if high < low:
            raise Unknown("a range that goes down")
        return f"{_in_set(low)}-{_in_set(high)}"

    def _member_character(self) -> str:
        character = self.pattern[self.at : self.at + 1]
        if not character:
            raise Unknown("brackets that are not closed")
        self.at += 1
        return self._escaped_character() if character == "\\" else character


def _in_set(character: str) -> str:
    return "\\" + character if character.isascii() and not character.isalnum() and character > " " else character
