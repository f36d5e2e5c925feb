"""The filter's text, cut into what it is made of. Every text has tokens: nothing is wrong on this floor.

The parser reads them, the filter line colours them, completion looks at the one under the cursor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

from ssmtui.inventory.field_sets import TAG_KEY, FieldSet


class Part(Enum):
    """What a token is."""

    NOT = "not"
    """``!`` or ``-``."""
    OR = "or"
    OPEN = "("
    CLOSE = ")"
    KEY = "key"
    """``name:``; its text is the name alone, in lower case where it is a field's."""
    TAG = "tag"
    """A tag's key after ``tag:``."""
    COMPARE = "compare"
    """``<``, ``<=``, ``>``, ``>=``, ``=`` before a value."""
    COMMA = "comma"
    WORD = "word"
    QUOTED = "quoted"
    REGEX = "regex"
    SAVED = "saved"
    """``@name``; its text is the name."""


class Token(NamedTuple):
    """One of them. ``start`` and ``end`` (not included) are characters of the whole text."""

    part: Part
    text: str
    start: int
    end: int
    closed: bool = True
    """False for a quote or a regular expression that is still being typed."""


MAX_TEXT = 1000
"""Characters of a filter."""

_KEY = re.compile(r"([A-Za-z_][\w.-]*):")
_SAVED = re.compile(r"@([\w.-]+)(?=[\s|)]|$)")
_REGEX = re.compile(r"/((?:[^/\\]|\\.|/(?![\s|),]|$))*)/(?=[\s|),]|$)")
_OPEN_REGEX = re.compile(r"/((?:[^\s\\]|\\.)*\\?)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?$)')
_COMPARE = re.compile("<=|>=|<|>|=")
_TAG_END = re.compile(r"[\s|)=<>,]|$")
_NEEDS_QUOTES = re.compile(r'[\s"|()!*?/<>=,:@&\\]|^-')
_ESCAPE = re.compile(r"\\(.)")


def quoted(text: str) -> str:
    """``text`` as one value of the filter language, which means just that."""
    if not _NEEDS_QUOTES.search(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tokens(text: str, fields: FieldSet[Any]) -> list[Token]:
    """All of ``text``'s, in order; between them is white space only."""
    return list(_Lexer(text, fields).run())


class _Lexer:
    def __init__(self, text: str, fields: FieldSet[Any]) -> None:
        self._text = text
        self._names = fields
        self._place = 0
        self._depth = 0

    def run(self) -> Iterator[Token]:
        while self._place < len(self._text):
            character = self._text[self._place]
            if character.isspace():
                self._place += 1
            elif character == "|":
                yield self._take(Part.OR, 1)
            elif character in "!-":
                yield self._take(Part.NOT, 1)
            elif character == "(":
                self._depth += 1
                yield self._take(Part.OPEN, 1)
            elif character == ")":
                self._depth -= 1
                yield self._take(Part.CLOSE, 1)
            elif saved := _SAVED.match(self._text, self._place):
                yield self._take(Part.SAVED, saved.end() - self._place, saved.group(1))
            elif key := _KEY.match(self._text, self._place):
                yield from self._keyed(key)
            else:
                yield self._value(regex=True, listed=False)

    def _take(self, part: Part, length: int, text: str | None = None, *, closed: bool = True) -> Token:
        start, self._place = self._place, self._place + length
        return Token(part, self._text[start : self._place] if text is None else text, start, self._place, closed)

    def _keyed(self, match: re.Match[str]) -> Iterator[Token]:
        name = self._names.canonical(match.group(1))
        yield self._take(Part.KEY, len(match.group()), name)
        if self._text.startswith("!", self._place):
            yield self._take(Part.NOT, 1)
        if name == TAG_KEY and not self._at_end():
            yield self._tag()
        # A tag's value comes after an equals sign: tag:build=<30
        while compare := _COMPARE.match(self._text, self._place):
            yield self._take(Part.COMPARE, len(compare.group()))
            if self._text.startswith("!", self._place):
                yield self._take(Part.NOT, 1)
        while not self._at_end():
            if self._text[self._place] == ",":
                yield self._take(Part.COMMA, 1)
            else:
                yield self._value(regex=name in self._names.keys_of_filters, listed=True)

    def _tag(self) -> Token:
        """A tag's key, up to what follows it."""
        quoted = _QUOTED.match(self._text, self._place)
        if quoted:
            end, key = quoted.end(), _ESCAPE.sub(r"\1", quoted.group(1))
        else:
            found = _TAG_END.search(self._text, self._place)
            assert found is not None
            end = found.start()
            key = self._text[self._place : end]
        return self._take(Part.TAG, end - self._place, key)

    def _value(self, *, regex: bool, listed: bool) -> Token:
        if quoted := _QUOTED.match(self._text, self._place):
            closed = len(quoted.group()) > 1 and quoted.group().endswith('"')
            return self._take(
                Part.QUOTED, quoted.end() - self._place, _ESCAPE.sub(r"\1", quoted.group(1)), closed=closed
            )
        if regex and (pattern := _REGEX.match(self._text, self._place)):
            inner = self._text[self._place + 1 : pattern.end() - 1]
            return self._take(Part.REGEX, pattern.end() - self._place, inner)
        if regex and (pattern := _OPEN_REGEX.match(self._text, self._place)):
            return self._take(Part.REGEX, pattern.end() - self._place, pattern.group(1), closed=False)
        return self._take(Part.WORD, self._word_length(listed))

    def _word_length(self, listed: bool) -> int:
        place, inner = self._place + 1, 0
        while place < len(self._text):
            character = self._text[place]
            if character.isspace() or character == "|" or (listed and character == ","):
                break
            if character == "(":
                inner += 1
            elif character == ")":
                if not inner and self._depth > 0:
                    break
                inner = max(0, inner - 1)
            place += 1
        return place - self._place

    def _at_end(self) -> bool:
        """Whether the key's value is over."""
        if self._place >= len(self._text):
            return True
        character = self._text[self._place]
        return character.isspace() or character == "|" or (character == ")" and self._depth > 0)
