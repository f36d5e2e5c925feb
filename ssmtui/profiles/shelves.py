"""Where the files are: on the disk, or for a demo and for tests in memory. All of it blocks."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from ssmtui.config.files import TooLarge, edit_text, read_bounded
from ssmtui.errors import ConfigurationError

Stamp = tuple[object, ...]
"""Differs when a file has changed."""
TITLE = "It cannot be saved"
MAX_BYTES = 1 << 20
"""Of one file."""


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
        return text_of(file)

    def edit(self, change: Callable[[str], str]) -> None:
        """Change the own file, all or nothing, with what was there kept beside it."""
        edit_text(self.file, change, MAX_BYTES)


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


def text_of(file: Path) -> str:
    """The text of a file; raises :class:`ssmtui.errors.ConfigurationError` that names the file. It blocks."""
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise ConfigurationError(f"{file} is not a file")
        return read_bounded(file, MAX_BYTES).decode("utf-8-sig")
    except TooLarge:
        raise ConfigurationError(f"{file} has more than {MAX_BYTES:,} bytes, and is not read") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file} is not UTF-8 text (byte {error.start + 1:,}, in line {line:,})") from None
    except FileNotFoundError:
        if os.path.lexists(file):
            raise ConfigurationError(f"{file} is a link to something that is not there") from None
        raise ConfigurationError(f"there is no file {file}") from None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror or error}") from None


def refused(why: str, remedy: str) -> ConfigurationError:
    """An edit that is not made."""
    return ConfigurationError(why, title=TITLE, remedy=remedy)
