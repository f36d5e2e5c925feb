"""Where the files are: on the disk, or for a demo and for tests in memory. All of it blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from ssmtui.config.files import edit_text
from ssmtui.errors import ConfigurationError
from ssmtui.profiles import reading

Stamp = tuple[object, ...]
"""Differs when a file has changed."""
MAX_SHARED = 100
"""Files that a team may share; more are not read."""


class Shelf(Protocol):
    """The person's own file, and those that a team shares."""

    file: Path
    """The person's own, whether it is there or not."""

    def stamps(self) -> Mapping[Path, Stamp]:
        """All files that are there, in their order, the own one first."""
        ...

    def text(self, file: Path) -> str:
        """What a file holds; raises :class:`ssmtui.errors.ConfigurationError`."""
        ...

    def edit(self, change: Callable[[str], str]) -> None:
        """Change what the own file holds at this moment, empty where there is none.

        Raises :class:`ssmtui.errors.ConfigurationError`, also what ``change`` raises; nothing has changed then.
        """
        ...


class Disk:
    """Files in the configuration directory."""

    def __init__(self, file: Path, shared: Path) -> None:
        """``shared`` is a directory, whose ``*.toml`` are read in the order of their names."""
        self.file = file
        self._shared = shared

    def stamps(self) -> Mapping[Path, Stamp]:
        """All files that are there."""
        files = [self.file] if os.path.lexists(self.file) else []
        try:
            shared = sorted(os.listdir(self._shared))
        except FileNotFoundError:
            shared = []
        except OSError as error:
            return {**{file: _stamp(file) for file in files}, self._shared: (error.errno,)}
        files += [self._shared / name for name in shared if name.endswith(".toml") and not name.startswith(".")]
        return {file: _stamp(file) for file in files}

    def text(self, file: Path) -> str:
        """What a file holds."""
        if file == self._shared:
            raise ConfigurationError(f"{file} cannot be looked through")
        return reading.text_of(file)

    def edit(self, change: Callable[[str], str]) -> None:
        """Change the own file, all or nothing, with what was there kept beside it."""
        edit_text(self.file, change, reading.MAX_BYTES)


class Kept:
    """Texts that last as long as the program."""

    def __init__(self, text: str = "", shared: Mapping[str, str] | None = None) -> None:
        """``shared`` are texts by the names of their files."""
        self.file = Path("profiles.toml")
        self._own = text
        self._shared = {Path("profiles.d") / name: content for name, content in sorted((shared or {}).items())}

    def stamps(self) -> Mapping[Path, Stamp]:
        """A text is its own stamp."""
        return {self.file: (self._own,), **{file: (text,) for file, text in self._shared.items()}}

    def text(self, file: Path) -> str:
        """What a file holds."""
        return self._own if file == self.file else self._shared[file]

    def edit(self, change: Callable[[str], str]) -> None:
        """Change the own text."""
        self._own = change(self._own)


def _stamp(file: Path) -> Stamp:
    try:
        found = os.stat(file)
    except OSError as error:
        return (error.errno,)
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)


def read_all(
    shelf: Shelf, stamps: Mapping[Path, Stamp], known: Mapping[Path, tuple[Stamp, reading.Content]]
) -> dict[Path, tuple[Stamp, reading.Content]]:
    """What the files hold; those whose stamp is ``known`` are not read again."""
    found = {}
    for number, (file, stamp) in enumerate(stamps.items()):
        before = known.get(file)
        if number > MAX_SHARED:
            found[file] = (stamp, reading.broken(file, True, f"it is not read: {MAX_SHARED} shared files are."))
        elif before is None or before[0] != stamp:
            content = _content(shelf, file)
            if content.is_broken and before is not None and not before[1].is_broken:
                content = before[1].kept(content)
            found[file] = (stamp, content)
        else:
            found[file] = before
    return found


def _content(shelf: Shelf, file: Path) -> reading.Content:
    read_only = file != shelf.file
    try:
        return reading.parse(file, shelf.text(file), read_only=read_only)
    except ConfigurationError as error:
        return reading.broken(file, read_only, error.detail)
