"""Formats of our own: a list of ids, and a file of profiles as an export makes it."""

from __future__ import annotations

import re
from pathlib import Path

from ssmtui import inert
from ssmtui.profiles import reading
from ssmtui.profiles.export import effective
from ssmtui.profiles.imports.found import Candidate, Imported, LeftOut, is_id
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.keys import KEYS
from ssmtui.profiles.profile import FilePlace

_COMMENT = re.compile(r"(?:^|\s)#.*")
_PARTED = re.compile(r"[\s,;]+")


def read_ids(text: str, file: Path) -> Imported:
    """The nodes that ``text``, which is ``file``'s, lists: one a line, as ``i-0a1b... web-1``, with a name behind the
    id if it has one; ``#`` begins a comment."""
    found: list[Candidate] = []
    left: list[LeftOut] = []
    for number, line in enumerate(text.splitlines(), start=1):
        said, place = _COMMENT.sub("", line).strip(), FilePlace(file, number)
        if not said:
            continue
        node, *name = _PARTED.split(said, maxsplit=1)
        if is_id(node):
            found.append(Candidate(name[0].strip(" \t,;\"'") or node if name else node, {"target": node}, place))
        else:
            left.append(LeftOut(place, f"{inert.line(node, 60)} is not an id such as i-0a1b2c3d4e5f60718"))
    return Imported(found, left)


def read_profiles(text: str, file: Path) -> Imported:
    """The profiles of ``text``, which is ``file``'s, each with what it inherits in that file."""
    profiles = combined([reading.parse(file, text)])
    found = []
    for profile in profiles.profiles.values():
        values = {key: value for key, value in effective(profile, profiles).items() if key in KEYS}
        if profile.folder:
            values["folder"] = profile.folder
        found.append(Candidate(profile.name, values, profile.place))
    return Imported(found, [LeftOut(problem.place, problem.text) for problem in profiles.problems])
