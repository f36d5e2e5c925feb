"""Profiles as text for others: TOML that ssmtui reads, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ssmtui.config.toml_edit import TomlChange, edited
from ssmtui.profiles.inheritance import ADDED_UP
from ssmtui.profiles.keys import KEYS
from ssmtui.profiles.migrations import VERSION, VERSION_KEY
from ssmtui.profiles.profile import Folder, Origin, Profile, Profiles
from ssmtui.profiles.reading import FOLDERS, PROFILES


def toml(profiles: Iterable[Profile], known: Profiles | None = None, *, flat: bool = False) -> str:
    """A whole file with ``profiles``, and with the folders of ``known`` that they inherit from.

    ``flat``: without folders, what each inherits is written with it instead.
    """
    chosen = list(profiles)
    needed = _inherited(chosen, known) if known is not None and not flat else []
    folders = {path: known.folders[path].own for path in needed} if known is not None else {}
    return written({one.name: effective(one, known) if flat else one.own for one in chosen}, folders)


def written(
    profiles: Mapping[str, Mapping[str, Any]], folders: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
) -> str:
    """A whole file of these, by name, values as TOML has them."""
    changes = [TomlChange((VERSION_KEY,), VERSION)]
    for table, entries in ((FOLDERS, folders), (PROFILES, profiles)):
        for name, values in entries.items():
            changes += _table((table, name), values)
    return edited("", changes)


def pasteable(profiles: Iterable[Profile]) -> str:
    """What ``profiles`` say themselves, to be pasted into somebody's file, which has a version already; what they
    inherit stays with their folders."""
    return edited("", [change for one in profiles for change in _table((PROFILES, one.name), one.own)])


def json_text(profiles: Iterable[Profile], known: Profiles) -> str:
    """An object a profile: its name, folder and file, what holds for it, and where each value comes from."""
    # ASCII only: a string could hold control characters that JSON does not escape and a terminal obeys.
    return json.dumps([as_object(profile, known) for profile in profiles], indent=2, default=str)


def as_object(profile: Profile, known: Profiles) -> dict[str, object]:
    """A profile as JSON has it."""
    return {
        "name": profile.name,
        "folder": profile.folder,
        "file": str(profile.place.file),
        "line": profile.place.line,
        "read_only": profile.read_only,
        "problem": profile.problem,
        "values": effective(profile, known),
        "origins": {key: origin_text(origin, profile) for key, origin in profile.origins.items()},
    }


def effective(profile: Profile, known: Profiles | None) -> dict[str, Any]:
    """Every key that has a value for ``profile``, as TOML has it; its folder is none of them."""
    found: dict[str, Any] = {}
    for key in KEYS:
        if key in {"folder", "extends"}:
            continue
        origin = profile.origins.get(key)
        if origin is None:
            continue
        if origin.folder is None:
            said: Mapping[str, object] = profile.own
        else:
            said = known.folders[origin.folder].own if known and origin.folder in known.folders else {}
        if key == ADDED_UP:
            found[key] = {name: snippet.written for name, snippet in profile.values.snippets.items()}
        elif key in said:
            found[key] = said[key]
    return found


def origin_text(origin: Origin, profile: Profile) -> str:
    """Where a value comes from, in a few words."""
    if origin.folder is not None:
        return f"folder {origin.folder} ({origin.place})"
    return f"its own (line {origin.place.line})" if origin.place.file == profile.place.file else str(origin.place)


def _inherited(profiles: Iterable[Profile], known: Profiles) -> list[str]:
    """The folders that are needed for ``profiles`` to be what they are, parents first."""
    needed: set[str] = set()
    ahead = [profile.folder for profile in profiles]
    while ahead:
        path = ahead.pop()
        folder: Folder | None = known.folders.get(path)
        if folder is None or path in needed:
            continue
        needed.add(path)
        ahead.append(path.rpartition("/")[0])
        extended = folder.own.get("extends")
        if isinstance(extended, str):
            ahead.append(extended)
    return [path for path in known.folders if path in needed]


def _table(path: tuple[str, str], values: Mapping[str, Any]) -> list[TomlChange]:
    order = {key: number for number, key in enumerate(KEYS)}
    keys = sorted(values, key=lambda key: order.get(key, len(order)))
    return [TomlChange((*path, key), values[key]) for key in keys]
