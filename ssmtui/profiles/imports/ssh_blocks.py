"""OpenSSH's client configuration as far as it says what holds for one host (ssh_config(5)).

For each keyword the first value that is found holds. What only ssh can know (``Match exec`` and the like) is reported,
and taken for no match.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ssmtui import inert
from ssmtui.errors import ConfigurationError
from ssmtui.profiles.imports.found import LeftOut
from ssmtui.profiles.profile import FilePlace

MAX_DEPTH = 16
"""Files that include each other, as in ssh."""
MAX_FILES = 100

ReadText = Callable[[Path], str]
"""Raises :class:`ssmtui.errors.ConfigurationError`."""

_DIRECTIVE = re.compile(r"\s*([A-Za-z]+)\s*(?:=\s*|\s+)?(.*?)\s*$")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


@dataclass(slots=True)
class Block:
    """What holds under one ``Host`` or ``Match``, or before the first of them."""

    patterns: tuple[str, ...]
    """Of which one has to match and none that begins with ``!`` may."""
    place: FilePlace
    on_host_name: bool = False
    """Whether it is ``HostName`` that is looked at, not what was typed."""
    never: bool = False
    directives: list[tuple[str, str, FilePlace]] = field(default_factory=list)
    """Keyword in lower case, the rest of the line, and where."""
    around: Block | None = None
    """The block whose ``Include`` it came by."""

    def holds(self, alias: str, host_name: str) -> bool:
        """Whether it is for the host that is called ``alias``."""
        if self.never or (self.around is not None and not self.around.holds(alias, host_name)):
            return False
        name = (host_name or alias) if self.on_host_name else alias
        refused = any(_fits(name, pattern[1:]) for pattern in self.patterns if pattern.startswith("!"))
        return not refused and any(_fits(name, pattern) for pattern in self.patterns if not pattern.startswith("!"))

    @property
    def aliases(self) -> Iterator[str]:
        """The hosts that it names one by one."""
        if not self.on_host_name and not self.never:
            yield from (name for name in self.patterns if not set(name) & set("*?!"))


FORWARDING = {"localforward": "LocalForward", "dynamicforward": "DynamicForward"}
"""Keywords of which a host may have several, as they are written."""


@dataclass(frozen=True, slots=True)
class SshHost:
    """What holds for one host."""

    alias: str
    place: FilePlace
    values: dict[str, str]
    """By keyword in lower case."""
    forwards: tuple[tuple[str, str], ...]
    """All of ``LocalForward`` and ``DynamicForward``, each with what stands behind it."""


class Blocks:
    """A file with all that it includes."""

    def __init__(self, file: Path, read: ReadText) -> None:
        """Raises what reading ``file`` itself raises."""
        self.left: list[LeftOut] = []
        self.blocks: list[Block] = []
        self._read = read
        self._files = 0
        self._directory = file.parent
        self._parse(file, read(file), None, 0)

    def hosts(self) -> Iterator[SshHost]:
        """The hosts that are named one by one, each once, with what holds for them."""
        seen: set[str] = set()
        for block in self.blocks:
            for alias in block.aliases:
                if alias not in seen:
                    seen.add(alias)
                    yield self._host(alias, block.place)

    def _host(self, alias: str, place: FilePlace) -> SshHost:
        values: dict[str, str] = {}
        forwards: list[tuple[str, str]] = []
        for block in self.blocks:
            if not block.holds(alias, values.get("hostname", "")):
                continue
            for keyword, rest, _ in block.directives:
                if keyword in FORWARDING:
                    forwards.append((FORWARDING[keyword], rest))
                elif not (keyword in {"proxycommand", "proxyjump"} and values.keys() & {"proxycommand", "proxyjump"}):
                    values.setdefault(keyword, rest)
        return SshHost(alias, place, values, tuple(forwards))

    def _parse(self, file: Path, text: str, around: Block | None, depth: int) -> None:
        self._files += 1
        block = Block(("*",), FilePlace(file, 0), around=around)
        self.blocks.append(block)
        for number, line in enumerate(text.splitlines(), start=1):
            found = _DIRECTIVE.fullmatch(line)
            if found is None or line.lstrip().startswith("#"):
                continue
            keyword, rest, place = found[1].lower(), found[2], FilePlace(file, number)
            if keyword == "host":
                block = Block(tuple(_words(rest)), place, around=around)
                self.blocks.append(block)
            elif keyword == "match":
                block = self._match(rest, place, around)
                self.blocks.append(block)
            elif keyword == "include":
                for pattern in _words(rest):
                    self._include(pattern, place, block, depth)
                # What follows belongs to the same block, but comes after what was included.
                block = Block(block.patterns, block.place, block.on_host_name, block.never, around=block.around)
                self.blocks.append(block)
            elif keyword == "proxycommand":
                block.directives.append((keyword, rest, place))
            else:
                block.directives.append((keyword, " ".join(_words(rest)), place))

    def _match(self, rest: str, place: FilePlace, around: Block | None) -> Block:
        words = _words(rest)
        match [word.lower() for word in words]:
            case ["all"]:
                return Block(("*",), place, around=around)
            case ["originalhost", _]:
                return Block(tuple(words[1].split(",")), place, around=around)
            case ["host", _]:
                return Block(tuple(words[1].split(",")), place, on_host_name=True, around=around)
        text = f"Match {inert.line(rest, 60)} is taken for no match: only ssh itself can evaluate it"
        self.left.append(LeftOut(place, text))
        return Block((), place, never=True, around=around)

    def _include(self, pattern: str, place: FilePlace, block: Block, depth: int) -> None:
        path = os.path.expanduser(pattern)
        files = sorted(glob.glob(path if os.path.isabs(path) else str(self._directory / path)))
        for name in files:
            if depth + 1 >= MAX_DEPTH or self._files >= MAX_FILES:
                self.left.append(LeftOut(place, f"{inert.line(name)} is not read: too many files include each other"))
                return
            try:
                text = self._read(Path(name))
            except ConfigurationError as error:
                self.left.append(LeftOut(place, f"{inert.line(name)} is not read: {inert.line(str(error), 200)}"))
                continue
            self._parse(Path(name), text, block, depth + 1)


def _words(rest: str) -> list[str]:
    words = []
    for found in _WORD.finditer(rest):
        if found[2] is not None and found[2].startswith("#"):
            break
        words.append(found[1] if found[1] is not None else found[2])
    return words


def _fits(name: str, pattern: str) -> bool:
    # ssh knows * and ? only.
    return fnmatchcase(name.lower(), pattern.lower().replace("[", "[[]"))
