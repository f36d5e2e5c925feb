"""Reads all files together, again only those that have changed. It blocks; the store imports it in its thread."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ssmtui.errors import ConfigurationError
from ssmtui.profiles import reading
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.profile import Profiles
from ssmtui.profiles.reading import Content
from ssmtui.profiles.shelves import Shelf, Stamp

MAX_SHARED = 100
"""Files that a team may share; more are not read."""

Files = Mapping[Path, tuple[Stamp, Content]]
"""Each file as it was when it was read, in their order."""


class Loaded(NamedTuple):
    """What all files say."""

    files: Files
    profiles: Profiles


def load(shelf: Shelf, known: Files) -> Loaded | None:
    """What the files hold now, or None where that is what is ``known``."""
    stamps = shelf.stamps()
    if list(stamps.items()) == [(file, stamp) for file, (stamp, _) in known.items()]:
        return None
    files = _read_all(shelf, stamps, known)
    return Loaded(files, combined([content for _, content in files.values()]))


def _read_all(shelf: Shelf, stamps: Mapping[Path, Stamp], known: Files) -> Files:
    """What the files hold; those whose stamp is ``known`` are not read again."""
    found: dict[Path, tuple[Stamp, Content]] = {}
    for number, (file, stamp) in enumerate(stamps.items()):
        before = known.get(file)
        if number > MAX_SHARED:
            found[file] = (stamp, reading.broken(file, True, f"not read: at most {MAX_SHARED} shared files are read."))
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
        # The problem names the file beside this text.
        return reading.broken(file, read_only, re.sub(f"^{re.escape(str(file))} ", "it ", error.detail))
