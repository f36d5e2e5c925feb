"""Regular expressions as RE2 has them, which the agent checks with Go's ``regexp``: in linear time, all states at once.

The common part of the dialect. What RE2 would not compile, and what is not done here (Unicode classes, flags within a
pattern), raises :class:`Unsupported`.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

MAX_REPEAT = 1_000
MAX_PROGRAM = 20_000
"""Instructions of one pattern."""
MAX_PATTERN = 2_000
MAX_DEPTH = 50
"""Groups within groups."""

CharacterTest = Callable[[str], bool]
"""Whether one character is meant."""


class Unsupported(ValueError):
    """Not a pattern of this dialect."""


@dataclass(frozen=True, slots=True)
class _Char:
    test: CharacterTest


@dataclass(frozen=True, slots=True)
class _At:
    """A place between two characters: ``begin``, ``end``, ``line-begin``, ``line-end``, ``word``, ``no-word``."""

    kind: str


@dataclass(frozen=True, slots=True)
class _Split:
    ways: tuple[int, ...]


_Step = _Char | _At | _Split
_Program = list[_Step]
"""Ways of a split are relative to it; the end of the program is the match."""

_WORD = frozenset(string.ascii_letters + string.digits + "_")
_PERL = {"d": frozenset(string.digits), "w": _WORD, "s": frozenset("\t\n\f\r ")}
_ASCII = frozenset(map(chr, range(128)))
_POSIX = {
    "alnum": frozenset(string.ascii_letters + string.digits),
    "alpha": frozenset(string.ascii_letters),
    "ascii": _ASCII,
    "blank": frozenset("\t "),
    "cntrl": frozenset(c for c in _ASCII if not c.isprintable()),
    "digit": frozenset(string.digits),
    "graph": frozenset(c for c in _ASCII if c.isprintable() and c != " "),
    "lower": frozenset(string.ascii_lowercase),
    "print": frozenset(c for c in _ASCII if c.isprintable()),
    "punct": frozenset(string.punctuation),
    "space": frozenset("\t\n\v\f\r "),
    "upper": frozenset(string.ascii_uppercase),
    "word": _WORD,
    "xdigit": frozenset(string.hexdigits),
}
_ESCAPED = dict(zip("aftnrv", "\a\f\t\n\r\v", strict=True))
_PLACES = {"A": "begin", "z": "end", "b": "word", "B": "no-word"}


class Regex:
    """One pattern. Raises :class:`Unsupported`."""

    def __init__(self, pattern: str) -> None:
        parser = _Re2Parser(pattern)
        self._program = parser.program()
        self._folds = "i" in parser.flags
        self._is_anchored = (
            isinstance(first := self._program[0] if self._program else None, _At) and first.kind == "begin"
        )

    def search(self, text: str) -> bool:
        """Whether it matches anywhere in ``text``. Raises :class:`Unsupported` where that depends on capitals beyond
        ASCII."""
        if self._folds and not text.isascii():
            raise Unsupported("capitals beyond ASCII")
        states: set[int] = set()
        for place in range(len(text) + 1):
            if not (place and self._is_anchored):
                states |= self._follow([0], text, place)
            if len(self._program) in states:
                return True
            if place == len(text) or (not states and self._is_anchored):
                return False
            moved = [state + 1 for state in states if self._takes(state, text[place])]
            states = self._follow(moved, text, place + 1)
        return False

    def _takes(self, state: int, character: str) -> bool:
        step = self._program[state]
        return isinstance(step, _Char) and step.test(character)

    def _follow(self, states: Iterable[int], text: str, place: int) -> set[int]:
        """All that is reached from ``states`` without taking a character."""
        seen: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state in seen:
                continue
            seen.add(state)
            step = self._program[state] if state < len(self._program) else None
            if isinstance(step, _Split):
                waiting += [state + way for way in step.ways]
            elif isinstance(step, _At) and _holds(step.kind, text, place):
                waiting.append(state + 1)
        return seen


def _holds(kind: str, text: str, place: int) -> bool:
    before, after = text[max(0, place - 1) : place], text[place : place + 1]
    if kind in ("word", "no-word"):
        return (before in _WORD) != (after in _WORD) if kind == "word" else (before in _WORD) == (after in _WORD)
    if kind in ("begin", "line-begin"):
        return not before or (kind == "line-begin" and before == "\n")
    return not after or (kind == "line-end" and after == "\n")


@dataclass
class _Re2Parser:
    """By recursive descent."""

    text: str
    at: int = 0
    flags: str = ""
    names: set[str] = field(default_factory=set)
    depth: int = 0

    def program(self) -> _Program:
        if len(self.text) > MAX_PATTERN:
            raise Unsupported("too long")
        if self.text.startswith("(?") and self.text[2:3] in ("i", "m", "s"):
            self.flags, closed, _ = self.text[2:].partition(")")
            if not closed or set(self.flags) - set("ims"):
                raise Unsupported("flags")
            self.at = len(self.flags) + 3
        found = self._either()
        if self.at < len(self.text):
            raise Unsupported("a bracket too many")
        return found

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            raise Unsupported("it ends too early")
        self.at += 1
        return character

    def _accept(self, token: str) -> bool:
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def _either(self) -> _Program:
        ways = [self._sequence()]
        while self._accept("|"):
            ways.append(self._sequence())
        found = ways.pop()
        for way in reversed(ways):
            found = [_Split((1, len(way) + 2)), *way, _Split((len(found) + 1,)), *found]
        return found

    def _sequence(self) -> _Program:
        steps: _Program = []
        while self._peek() not in ("", "|", ")"):
            *whole, last = self._quoted() if self._accept("\\Q") else [self._atom()]
            steps += [step for one in whole for step in one] + self._repeated(last)
            if len(steps) > MAX_PROGRAM:
                raise Unsupported("too large")
        return steps

    def _repeated(self, atom: _Program) -> _Program:
        bounds = self._bounds()
        if bounds is None:
            return atom
        self._accept("?")
        if self._bounds() is not None:
            raise Unsupported("a repetition of a repetition")
        least, most = bounds
        if (most or least) * (len(atom) + 1) > MAX_PROGRAM:
            raise Unsupported("too large")
        steps = atom * least
        if most is None:
            return [*steps, _Split((1, len(atom) + 2)), *atom, _Split((-len(atom) - 1,))]
        for left in range(most - least, 0, -1):
            steps = [*steps, _Split((1, left * (len(atom) + 1))), *atom]
        return steps

    def _bounds(self) -> tuple[int, int | None] | None:
        for token, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._accept(token):
                return bounds
        if self._peek() != "{":
            return None
        inner, closed, _ = self.text[self.at + 1 :].partition("}")
        low, comma, high = inner.partition(",")
        if not closed or not _is_number(low) or (high and not _is_number(high)):
            return None
        self.at += len(inner) + 2
        least, most = int(low), (int(high) if high else None) if comma else int(low)
        if least > MAX_REPEAT or (most is not None and not least <= most <= MAX_REPEAT):
            raise Unsupported("a repetition without sense")
        return least, most

    def _atom(self) -> _Program:
        if self._bounds() is not None:
            raise Unsupported("nothing to repeat")
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return [_Char(self._set())]
        if character == ".":
            return [_Char((lambda _: True) if "s" in self.flags else lambda c: c != "\n")]
        if character in "^$":
            kind = "begin" if character == "^" else "end"
            return [_At("line-" + kind if "m" in self.flags else kind)]
        if character == "\\":
            return self._escape()
        return [self._one({character})]

    def _group(self) -> _Program:
        if self._accept("?") and not self._accept(":"):
            self._accept("P")
            if not self._accept("<"):
                raise Unsupported("a group of another kind")
            name, closed, _ = self.text[self.at :].partition(">")
            if not closed or not name or set(name) - _WORD or name[0].isdigit() or name in self.names:
                raise Unsupported("a name")
            self.names.add(name)
            self.at += len(name) + 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unsupported("too deep")
        inside = self._either()
        self.depth -= 1
        if not self._accept(")"):
            raise Unsupported("a bracket is open")
        return inside

    def _escape(self) -> _Program:
        letter = self._peek()
        if letter in _PLACES:
            self.at += 1
            return [_At(_PLACES[letter])]
        if letter and letter.lower() in _PERL:
            self.at += 1
            meant, inverted = _PERL[letter.lower()], letter.isupper()
            return [_Char(lambda c: (c in meant) is not inverted)]
        return [self._one({self._escaped()})]

    def _quoted(self) -> list[_Program]:
        """Each character for itself: what repeats behind them repeats the last."""
        quoted, end, _ = self.text[self.at :].partition("\\E")
        if not quoted:
            raise Unsupported("nothing is quoted")
        self.at += len(quoted) + len(end)
        return [[self._one({character})] for character in quoted]

    def _escaped(self) -> str:
        letter = self._take()
        if letter in _ESCAPED:
            return _ESCAPED[letter]
        if letter == "x":
            digits = self._hex_digits()
            code = int(digits, 16) if digits and not set(digits) - set(string.hexdigits) else 0x110000
            if code > 0x10FFFF:
                raise Unsupported("no character")
            return chr(code)
        if letter not in string.punctuation and letter not in _ASCII - set(string.ascii_letters + string.digits):
            raise Unsupported("an escape")
        return letter

    def _hex_digits(self) -> str:
        if self._accept("{"):
            digits, closed, _ = self.text[self.at :].partition("}")
            self.at += len(digits) + 1
            return digits if closed and len(digits) <= 6 else ""
        digits = self.text[self.at : self.at + 2]
        self.at += 2
        return digits if len(digits) == 2 else ""

    def _set(self) -> CharacterTest:
        inverted = self._accept("^")
        tests: list[CharacterTest] = [self._member()]
        while not self._accept("]"):
            tests.append(self._member())
        return lambda c: any(test(c) for test in tests) is not inverted

    def _member(self) -> CharacterTest:
        if self._accept("[:"):
            name, closed, _ = self.text[self.at :].partition(":]")
            if not closed or name not in _POSIX:
                raise Unsupported("a class")
            self.at += len(name) + 2
            return self._one(_POSIX[name]).test
        following = self.text[self.at + 1 : self.at + 2]
        if self._peek() == "\\" and following and following.lower() in _PERL and following != "S":
            self.at += 2
            meant, inverted = _PERL[following.lower()], following.isupper()
            return lambda c: (c in meant) is not inverted
        low = self._letter()
        if self._peek() != "-" or self.text[self.at + 1 : self.at + 2] in ("", "]"):
            return self._one({low}).test
        self.at += 1
        high = self._letter()
        if high < low:
            raise Unsupported("a range")
        folded = "i" in self.flags
        return lambda c: any(low <= way <= high for way in (_ways(c) if folded else (c,)))

    def _letter(self) -> str:
        return self._escaped() if self._accept("\\") else self._take()

    def _one(self, characters: Iterable[str]) -> _Char:
        if "i" in self.flags:
            meant = frozenset(way for character in characters for way in _ways(character))
        else:
            meant = frozenset(characters)
        return _Char(meant.__contains__)


def _ways(character: str) -> set[str]:
    """In capitals and not."""
    if not character.isascii():
        raise Unsupported("capitals beyond ASCII")
    return {character, character.lower(), character.upper()}


def _is_number(text: str) -> bool:
    return 0 < len(text) <= 4 and text.isascii() and text.isdigit()
