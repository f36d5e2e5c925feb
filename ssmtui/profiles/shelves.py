"""Where the files are: on the disk, or for a demo and for tests in memory. All of it blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from ssmtui.config.files import edit_text, read_text
from ssmtui.errors import ConfigurationError

Stamp = tuple[object, ...]
"""Changes when the file does."""
TITLE = "It cannot be saved"


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


class DiskShelf:
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
        return read_text(file, regular=True)

    def edit(self, change: Callable[[str], str]) -> None:
        """Change the own file, all or nothing, with what was there kept beside it."""
        edit_text(self.file, change)


class MemoryShelf:
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


def refused(why: str, remedy: str) -> ConfigurationError:
    """The error of an edit that was refused."""
    return ConfigurationError(why, title=TITLE, remedy=remedy)
