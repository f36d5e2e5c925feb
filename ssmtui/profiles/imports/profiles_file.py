"""A file of profiles, as an export makes it: each is taken with what it inherits in that file."""

from __future__ import annotations

from pathlib import Path

from ssmtui.profiles import reading
from ssmtui.profiles.export import effective
from ssmtui.profiles.imports.found import Found, Imported, Left
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.keys import KEYS


def read(text: str, file: Path) -> Imported:
    """The profiles of ``text``, which is ``file``'s."""
    profiles = combined([reading.parse(file, text)])
    found = []
    for profile in profiles.profiles.values():
        values = {key: value for key, value in effective(profile, profiles).items() if key in KEYS}
        if profile.folder:
            values["folder"] = profile.folder
        found.append(Found(profile.name, values, profile.place))
    return Imported(found, [Left(problem.place, problem.text) for problem in profiles.problems])
