"""A list of ids: one a line, with a name behind it if it has one; ``#`` begins a comment."""

from __future__ import annotations

import re
from pathlib import Path

from ssmtui import inert
from ssmtui.profiles.imports.found import Found, Imported, Left, is_id
from ssmtui.profiles.profile import Place

_COMMENT = re.compile(r"(?:^|\s)#.*")
_PARTED = re.compile(r"[\s,;]+")


def read(text: str, file: Path) -> Imported:
    """The profiles that ``text``, which is ``file``'s, lists: ``i-0a1b... web-1`` each."""
    found: list[Found] = []
    left: list[Left] = []
    for number, line in enumerate(text.splitlines(), start=1):
        said, place = _COMMENT.sub("", line).strip(), Place(file, number)
        if not said:
            continue
        node, *name = _PARTED.split(said, maxsplit=1)
        if is_id(node):
            found.append(Found(name[0].strip(" \t,;\"'") or node if name else node, {"target": node}, place))
        else:
            left.append(Left(place, f"{inert.line(node, 60)} is no id such as i-0a1b2c3d4e5f60718"))
    return Imported(found, left)
