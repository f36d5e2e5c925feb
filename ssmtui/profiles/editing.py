"""Edits of the person's file, from text to text: everything but the edited value stays.

All raise :class:`ssmtui.errors.ConfigurationError` and then nothing must be written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from ssmtui import inert
from ssmtui.config.settings import nearest
from ssmtui.config.toml_edit import TomlChange, edited, renamed
from ssmtui.config.toml_text import key_text
from ssmtui.profiles import checks, migrations, undoing
from ssmtui.profiles.keys import FOLDER_KEYS, KEYS, PROFILE_KEYS, ProfileKey
from ssmtui.profiles.reading import FOLDERS, PROFILES
from ssmtui.profiles.shelves import refused

NEW_FILE = f"{migrations.VERSION_KEY} = {migrations.VERSION}\n"

Edit = Callable[[str], str]
"""From the text of a file to its new text."""


def current(text: str) -> str:
    """``text`` as it is before an edit: of the version that is written now, and not empty."""
    if not text.strip():
        return text + NEW_FILE
    try:
        version = migrations.version_of(tomllib.loads(text))
        if version > migrations.VERSION:
            raise refused(
                f"the file is of version {version}, and this release writes version {migrations.VERSION}",
                "Use the newer ssmtui that wrote it, or edit it by hand.",
            )
        return migrations.migrated(text, version)
    except migrations.UnknownVersion as error:
        raise refused(str(error), "Fix the version in the file by hand.") from None
    except (ValueError, RecursionError) as error:
        raise refused(f"the file is not valid TOML: {inert.line(str(error))}", "Fix it by hand first.") from None


def put_profile(name: str, values: Mapping[str, object | None], *, new: bool) -> Edit:
    """Set those keys of a profile; None takes one away."""
    _check_name(name)
    _check_values(values, PROFILE_KEYS)

    def edit(text: str) -> str:
        there = _tables(text, PROFILES)
        if new and name in there:
            raise refused(f"there is a connection {name} already", "Choose another name.")
        if not new and name not in there:
            raise refused(f"there is no connection {name} in the file any more", "Save it under a new name.")
        given = values if not new else {key: value for key, value in values.items() if value is not None}
        if new and not given:
            return _with_table(text, (PROFILES, name))
        return edited(text, _changes((PROFILES, name), given, there.get(name, {})))

    return edit


def put_folder(path: str, values: Mapping[str, object | None]) -> Edit:
    """Set those keys of a folder, which is made where there is none; None takes one away."""
    _check_path(path)
    _check_values(values, FOLDER_KEYS)

    def edit(text: str) -> str:
        there = _tables(text, FOLDERS)
        given = values if path in there else {key: value for key, value in values.items() if value is not None}
        if path not in there and not given:
            return _with_table(text, (FOLDERS, path))
        return edited(text, _changes((FOLDERS, path), given, there.get(path, {})))

    return edit


def copy_profile(own: Mapping[str, object], new: str) -> Edit:
    """Append a copy of a profile, with its unknown keys."""
    _check_name(new)

    def edit(text: str) -> str:
        if new in _tables(text, PROFILES):
            raise refused(f"there is a connection {new} already", "Choose another name.")
        return edited(text, _changes((PROFILES, new), own, {})) if own else _with_table(text, (PROFILES, new))

    return edit


def add_profiles(profiles: Mapping[str, Mapping[str, object]]) -> Edit:
    """Write several that are new, in one go."""
    for name, values in profiles.items():
        _check_name(name)
        _check_values(values, PROFILE_KEYS)

    def edit(text: str) -> str:
        there = _tables(text, PROFILES)
        for name in profiles:
            if name in there:
                raise refused(f"there is a connection {name} already", "Choose another name.")
        changes = (_changes((PROFILES, name), values, {}) for name, values in profiles.items())
        return edited(text, [change for each in changes for change in each])

    return edit


def rename_profile(old: str, new: str) -> Edit:
    """Give a profile another name."""
    _check_name(new)

    def edit(text: str) -> str:
        there = _tables(text, PROFILES)
        if new in there and new != old:
            raise refused(f"there is a connection {new} already", "Choose another name.")
        _expect(old, there, "connection")
        return renamed(text, (PROFILES, old), (PROFILES, new))

    return edit


def delete_profile(name: str) -> Edit:
    """Remove a profile, and the comments directly above it."""

    def edit(text: str) -> str:
        _expect(name, _tables(text, PROFILES), "connection")
        return edited(text, [TomlChange((PROFILES, name), None)])

    return edit


def rename_folder(old: str, new: str) -> Edit:
    """Give a folder another path, and with it those below it and all that name it."""
    _check_path(new)

    def edit(text: str) -> str:
        folders, profiles = _tables(text, FOLDERS), _tables(text, PROFILES)
        if _is_within(new, old) and new != old:
            raise refused(f"{new} is within {old}", "Choose another place.")
        moved = {path: new + path[len(old) :] for path in folders if _is_within(path, old)}
        for target in moved.values():
            if target in folders and target not in moved:
                raise refused(f"there is a folder {target} already", "Choose another name.")
            _check_path(target)
        changes = []
        for table, key, entries in ((PROFILES, "folder", profiles), (FOLDERS, "extends", folders)):
            for name, said in entries.items():
                named = said.get(key) if isinstance(said, dict) else None
                if isinstance(named, str) and _is_within(named, old):
                    changes.append(TomlChange((table, name, key), new + named[len(old) :]))
        text = edited(text, changes)
        for path, target in moved.items():
            text = renamed(text, (FOLDERS, path), (FOLDERS, target))
        return text

    return edit


def delete_folder(path: str) -> Edit:
    """Remove a folder, those below it, and the profiles in all of them."""

    def edit(text: str) -> str:
        gone = [TomlChange((FOLDERS, name), None) for name in _tables(text, FOLDERS) if _is_within(name, path)]
        for name, said in _tables(text, PROFILES).items():
            folder = said.get("folder") if isinstance(said, Mapping) else None
            if isinstance(folder, str) and _is_within(folder, path):
                gone.append(TomlChange((PROFILES, name), None))
        return edited(text, gone)

    return edit


def take_back(before: str, after: str) -> Edit:
    """Undo what led from ``before`` to ``after``."""
    return lambda text: undoing.undone(text, before, after)


def _with_table(text: str, path: tuple[str, str]) -> str:
    """``text`` with a table at its end that says nothing yet."""
    longer = undoing.appended(text, f"[{path[0]}.{key_text(path[1])}]")
    try:
        tomllib.loads(longer)
    except tomllib.TOMLDecodeError:  # the tables of this file have no headers
        return edited(text, [TomlChange(path, {})])
    return longer


def _changes(path: tuple[str, str], values: Mapping[str, object | None], there: object) -> list[TomlChange]:
    """Only what differs; parameters one by one, so that comments beside the others stay."""
    before = there if isinstance(there, Mapping) else {}
    order = {key: number for number, key in enumerate(KEYS)}
    changes: list[TomlChange] = []
    for key in sorted(values, key=lambda key: order.get(key, len(order))):
        value = _plain(values[key])
        old = before.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping) and value and old:
            gone = [TomlChange((*path, key, name), None) for name in old if name not in value]
            set_ = [TomlChange((*path, key, name), one) for name, one in value.items() if old.get(name) != one]
            changes += [*set_, *gone]
        elif isinstance(old, Mapping) and value == {} != old:
            # Two steps, for its parts may be written apart from each other.
            changes += [TomlChange((*path, key), None), TomlChange((*path, key), {})]
        elif value != old or type(value) is not type(old):
            changes.append(TomlChange((*path, key), value))
    return changes


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _tables(text: str, table: str) -> Mapping[str, Any]:
    found = tomllib.loads(text).get(table, {})
    if not isinstance(found, dict):
        raise refused(f"{table} in the file is not a table", "Fix it by hand first.")
    return found


def _expect(name: str, there: Mapping[str, Any], what: str) -> None:
    if name not in there:
        raise refused(f"there is no {what} {inert.line(name, 80)} in the file any more", "Nothing has been changed.")


def _check_name(name: str) -> None:
    try:
        checks.name(name)
    except ValueError as error:
        raise refused(f"the name of a connection {error}", "Choose another name.") from None


def _check_path(path: str) -> None:
    try:
        checks.folder(path)
        if not path:
            raise ValueError("must not be empty")
    except ValueError as error:
        raise refused(f"the name of a folder {error}", "Choose another name.") from None


def _check_values(values: Mapping[str, object | None], keys: Mapping[str, ProfileKey]) -> None:
    for name, value in values.items():
        if name not in keys:
            raise refused(f"there is no key {inert.line(name, 80)}", nearest(name, list(keys)))
        if value is None:
            continue
        try:
            keys[name].check(value)
        except ValueError as error:
            raise refused(f"{name} {error}", "") from None


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")
