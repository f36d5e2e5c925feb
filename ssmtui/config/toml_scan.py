"""Where everything stands in a TOML text: each header, key and value with its offsets, in one pass.

For texts that ``tomllib`` accepts: nothing is checked here that it checks. Offsets are those of the text as it is, with
the line endings that it has. A text that is not valid TOML raises ValueError where it stops making sense.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Keys from the top, and numbers from 0 for the elements of arrays."""


class TomlSpan(NamedTuple):
    """A piece of the text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The piece itself."""
        return text[self.start : self.end]


class TomlKind(Enum):
    """What an item is."""

    TABLE = "[table]"
    ELEMENT = "[[array of tables]]"
    ENTRY = "key = value"
    MEMBER = "inside of brackets"
    """Of an array (without a key) or of an inline table."""


class Item(NamedTuple):
    """Something that is written at one place."""

    kind: TomlKind
    path: Path
    """The whole path, an element's number included."""
    base: Path
    """What it stands in: the path of its section or of the brackets; :attr:`keys` spell the rest."""
    keys: tuple[TomlSpan, ...]
    """As they are written, quotes included; a header's spell its whole path but the numbers."""
    value: TomlSpan
    """Empty for a header."""
    start: int
    end: int
    """Past the value, or past a header's last bracket."""

    @property
    def is_header(self) -> bool:
        """Whether it opens a section."""
        return self.kind in {TomlKind.TABLE, TomlKind.ELEMENT}


_SINGLE = r"""
    "(?: [^"\\\n]++ | \\. )*+"
  | '[^'\n]*+'
"""
_STRING = rf"""
    \"{{3}} (?: [^"\\]++ | \\. | "{{1,2}}(?!") )*+ \"{{3,5}}
  | '{{3}} (?: [^']++ | '{{1,2}}(?!') )*+ '{{3,5}}
  | {_SINGLE}
"""
_BARE = re.compile(r"[A-Za-z0-9_-]++")
_QUOTED = re.compile(_SINGLE, re.VERBOSE | re.DOTALL)
_TEXT = re.compile(_STRING, re.VERBOSE | re.DOTALL)
# A date and a time may be separated by one space.
_SCALAR = re.compile(r"[^\s,\[\]{}#=\"']++(?:[ ][0-9][^\s,\[\]{}#=\"']*+)?")
_TOKEN = re.compile(rf"{_STRING} | \#[^\n]*+ | [\[{{] | [\]}}] | [^\"'\#\[\]{{}}]++", re.VERBOSE | re.DOTALL)
_GAP = re.compile(r"[ \t]*+")
_VOID = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")


def items(text: str) -> Iterator[Item]:
    """The headers and entries in the order of the text, without those inside brackets."""
    section: Path = ()
    counts: dict[Path, int] = {}
    at = _skip(_VOID, text, 0)
    while at < len(text):
        start = at
        if text[at] == "[":
            width = 2 if text.startswith("[[", at) else 1
            names, keys, at = _key(text, at + width)
            at = _past("]" * width, text, at)
            kind = TomlKind.ELEMENT if width == 2 else TomlKind.TABLE
            section = _section(names, counts, kind)
            yield Item(kind, section, (), keys, TomlSpan(at, at), start, at)
        else:
            names, keys, value = _assignment(text, at)
            at = value.end
            yield Item(TomlKind.ENTRY, section + names, section, keys, value, start, at)
        at = _skip(_VOID, text, at)


def members(text: str, item: Item) -> list[Item]:
    """The items directly inside the brackets of ``item``'s value; none where it has no brackets."""
    opening = text[item.value.start : item.value.start + 1]
    if opening not in {"[", "{"}:
        return []
    found: list[Item] = []
    at = _skip(_VOID, text, item.value.start + 1)
    while at < item.value.end - 1:
        start = at
        if opening == "[":
            value = TomlSpan(at, value_end(text, at))
            found.append(Item(TomlKind.MEMBER, (*item.path, len(found)), item.path, (), value, start, value.end))
        else:
            names, keys, value = _assignment(text, at)
            found.append(Item(TomlKind.MEMBER, item.path + names, item.path, keys, value, start, value.end))
        at = _skip(_VOID, text, value.end)
        if text.startswith(",", at):
            at = _skip(_VOID, text, at + 1)
    return found


def value_end(text: str, at: int) -> int:
    """Past the value that begins at ``at``."""
    if text[at : at + 1] not in {"[", "{"}:
        match = _TEXT.match(text, at) or _SCALAR.match(text, at)
        if match is None:
            raise ValueError(f"no value at {at}")
        return match.end()
    depth = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        depth += (match[0] in {"[", "{"}) - (match[0] in {"]", "}"})
        if depth == 0:
            return at
    raise ValueError(f"brackets are not closed at {at}")


def line_start(text: str, at: int) -> int:
    """Where the line begins that holds ``at``."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Past the end of the line that holds ``at``, its line ending included."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _assignment(text: str, at: int) -> tuple[tuple[str, ...], tuple[TomlSpan, ...], TomlSpan]:
    names, keys, at = _key(text, at)
    # Later releases of the language let an inline table go over several lines.
    start = _skip(_VOID, text, _past("=", text, at))
    return names, keys, TomlSpan(start, value_end(text, start))


def _key(text: str, at: int) -> tuple[tuple[str, ...], tuple[TomlSpan, ...], int]:
    names: list[str] = []
    keys: list[TomlSpan] = []
    while True:
        at = _skip(_GAP, text, at)
        match = _BARE.match(text, at) or _QUOTED.match(text, at)
        if match is None:
            raise ValueError(f"no key at {at}")
        names.append(_name(match[0]))
        keys.append(TomlSpan(at, match.end()))
        at = _skip(_GAP, text, match.end())
        if not text.startswith(".", at):
            return tuple(names), tuple(keys), at
        at += 1


def _name(key: str) -> str:
    if key[0] not in "\"'":
        return key
    if "\\" not in key or key[0] == "'":
        return key[1:-1]
    name: str = tomllib.loads(f"k = {key}")["k"]
    return name


def _section(names: tuple[str, ...], counts: dict[Path, int], kind: TomlKind) -> Path:
    """The path of a header: within arrays of tables it means the last element."""
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path] - 1)
    path = (*path, names[-1])
    if kind is TomlKind.ELEMENT:
        counts[path] = counts.get(path, 0) + 1
        path = (*path, counts[path] - 1)
    return path


def _past(mark: str, text: str, at: int) -> int:
    at = _skip(_GAP, text, at)
    if not text.startswith(mark, at):
        raise ValueError(f"no {mark} at {at}")
    return at + len(mark)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
