"""Reads one file: each table with its checked values, and all that is wrong with it. Nothing is inherited here."""

from __future__ import annotations

import re
import reprlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from ssmtui import inert
from ssmtui.config.kinds import WrongEntry, WrongValue
from ssmtui.config.settings import nearest
from ssmtui.config.snippets import Snippet, checked
from ssmtui.config.toml_places import Places
from ssmtui.errors import ConfigurationError
from ssmtui.profiles import checks, migrations, secrets
from ssmtui.profiles.keys import FOLDER_KEYS, KEYS, PROFILE_KEYS, ProfileKey
from ssmtui.profiles.profile import FilePlace, Problem

MAX_DEPTH = 40
"""Values within each other."""
MAX_DOTS = 5_000
MAX_PROBLEMS = 200
"""Of one file; more are counted."""

PROFILES, FOLDERS, SNIPPETS = "profiles", "folders", "snippets"
TABLES = (PROFILES, FOLDERS, SNIPPETS)
ASK = "have it asked for: {ask:Question}"


class ProfileTable(NamedTuple):
    """One table: what it says of a profile or a folder."""

    own: Mapping[str, object]
    """As TOML has it."""
    values: Mapping[str, object]
    """Checked, by key; without those that are wrong or unknown."""
    wrong: Mapping[str, str]
    """Key to what is wrong with its value, a sentence that names the key."""
    place: FilePlace
    places: Mapping[str, FilePlace]
    """By key."""
    read_only: bool


@dataclass(frozen=True, slots=True)
class Content:
    """All of one file."""

    file: Path
    read_only: bool = False
    profiles: Mapping[str, ProfileTable] = field(default_factory=dict, repr=False)
    folders: Mapping[str, ProfileTable] = field(default_factory=dict, repr=False)
    snippets: Mapping[str, Snippet] = field(default_factory=dict, repr=False)
    """Saved commands for all sessions, those that can be used."""
    problems: tuple[Problem, ...] = ()
    is_broken: bool = False
    """Whether nothing of it could be read."""

    def kept(self, broken: Content) -> Content:
        """The same while the file is ``broken``."""
        said = "; what it said before stays in effect until it is corrected"
        told = tuple(problem._replace(text=problem.text.rstrip(".") + said) for problem in broken.problems)
        return replace(self, problems=told)


def broken(file: Path, read_only: bool, why: str, line: int = 0) -> Content:
    """A file of which nothing could be read."""
    return Content(file, read_only, problems=(Problem(FilePlace(file, line), why),), is_broken=True)


def parse(file: Path, text: str, *, read_only: bool = False) -> Content:
    """What ``text`` says, which is ``file``'s. Whatever is wrong with it is in the result."""
    dotted = next((number for number, line in enumerate(text.split("\n"), 1) if line.count(".") > MAX_DOTS), 0)
    if dotted:
        # Reading a key takes time that grows with the square of the number of its parts.
        return broken(file, read_only, f"it is not read: a line has more than {MAX_DOTS:,} dots.", dotted)
    try:
        data = tomllib.loads(text)
        version = migrations.version_of(data)
        if version < migrations.VERSION:
            text = migrations.migrated(text, version)
            data = tomllib.loads(text)
        if _is_deep(data):
            raise RecursionError
    except migrations.UnknownVersion as error:
        return broken(file, read_only, f"{error}.", Places(text).line_of([migrations.VERSION_KEY]))
    except ConfigurationError as error:
        return broken(file, read_only, inert.line(f"it cannot be taken over from its older version: {error.detail}"))
    except RecursionError:
        return broken(file, read_only, "it is not valid TOML: it is nested too deeply.")
    except ValueError as error:
        why = f"it is not valid TOML: {inert.line(str(error), 200)}."
        return broken(file, read_only, why, _line_at_fault(error, text))
    return _FileReader(file, Places(text), read_only).content(data, version)


def _line_at_fault(error: ValueError, text: str) -> int:
    """The line where the parser stopped, 0 if it does not say; an error at the end began with the last entry."""
    found = re.search(r"at line (\d+)", str(error))
    if found:
        return int(found[1])
    if "end of document" not in str(error):
        return 0
    lines = text.splitlines()
    return next((number for number in range(len(lines), 0, -1) if "=" in lines[number - 1]), len(lines))


class _FileReader:
    """Goes through one file's data."""

    def __init__(self, file: Path, places: Places, read_only: bool) -> None:
        self._file = file
        self._places = places
        self._read_only = read_only
        self._problems: list[Problem] = []

    def content(self, data: Mapping[str, Any], version: int) -> Content:
        if version > migrations.VERSION:
            self._tell(
                self._place(migrations.VERSION_KEY),
                f"it is of version {version}, and this release knows {migrations.VERSION}: "
                "what is known is used, and nothing is written to it",
                is_error=False,
            )
        known = [migrations.VERSION_KEY, *TABLES]
        for key in data:
            if key not in known:
                why = f"there is no {inert.line(key, 80)} here. {nearest(key, known)}"
                self._tell(self._place(key), why, is_error=False)
        folders = self._tables(data, FOLDERS, "folder", FOLDER_KEYS)
        profiles = self._tables(data, PROFILES, "connection", PROFILE_KEYS)
        return Content(self._file, self._read_only, profiles, folders, self._snippets(data), self._bounded())

    def _snippets(self, data: Mapping[str, Any]) -> dict[str, Snippet]:
        given = data.get(SNIPPETS, {})
        if not isinstance(given, dict):
            self._tell(self._place(SNIPPETS), f'{SNIPPETS} must be a table such as [{SNIPPETS}] with NAME = "TEXT"')
            return {}
        found: dict[str, Snippet] = {}
        for name, value in given.items():
            try:
                found[name] = checked(name, value)
            except WrongEntry as error:
                self._tell(self._place(SNIPPETS, name, *error.path), str(error))
            self._warn_of_secret(self._place(SNIPPETS, name), f"the snippet {inert.line(name, 40)}", value, ASK)
        return found

    def _tables(
        self, data: Mapping[str, Any], table: str, what: str, keys: Mapping[str, ProfileKey]
    ) -> dict[str, ProfileTable]:
        given = data.get(table, {})
        if not isinstance(given, dict):
            self._tell(self._place(table), f'{table} must be tables such as [{table}."NAME"]')
            return {}
        found: dict[str, ProfileTable] = {}
        for name, said in given.items():
            whom, place = f"{what} {inert.line(name, 80)}", self._place(table, name)
            try:
                checks.folder(name) if table == FOLDERS and name else checks.name(name)
            except ValueError as error:
                self._tell(place, f"the name of {whom or what} {error}")
                continue
            if isinstance(said, dict):
                found[name] = self._table(said, whom, (table, name), place, keys)
            else:
                self._tell(place, f'{whom} must be a table, [{table}."{inert.line(name, 80)}"]')
        return found

    def _table(
        self,
        said: Mapping[str, Any],
        whom: str,
        path: tuple[str, str],
        place: FilePlace,
        keys: Mapping[str, ProfileKey],
    ) -> ProfileTable:
        values: dict[str, object] = {}
        wrong: dict[str, str] = {}
        places: dict[str, FilePlace] = {}
        for name, value in said.items():
            places[name] = self._place(*path, name)
            key = keys.get(name)
            if key is None:
                # No near name is looked for where it would not be shown.
                known = keys if len(self._problems) < MAX_PROBLEMS else {}
                self._tell(places[name], f"{whom}: {_unknown(name, known)}", is_error=False)
                continue
            try:
                values[name] = key.check(value)
            except ValueError as error:
                shows_it = isinstance(error, WrongValue) and not key.secret
                if isinstance(error, WrongEntry):
                    places[name] = self._place(*path, name, *error.path)
                wrong[name] = f"{name} {error}" + (f", not {_shown(value)}" if shows_it else "")
                self._tell(places[name], f"{whom}: {wrong[name]}")
            other = ASK if name == SNIPPETS else "take it from the environment: ${VARIABLE}"
            self._warn_of_secret(places[name], f"{whom}: {name}", value, other)
        return ProfileTable(said, values, wrong, place, places, self._read_only)

    def _warn_of_secret(self, place: FilePlace, whom: str, value: object, other: str) -> None:
        if (kind := secrets.found_in(value)) is not None:
            why = f"{whom} holds what looks like {kind}, and this file is no place for secrets. "
            why += f"Let the node fetch it, or {other}."
            self._tell(place, why, is_error=False)

    def _place(self, *path: str) -> FilePlace:
        return FilePlace(self._file, self._places.line_of(path))

    def _tell(self, place: FilePlace, text: str, *, is_error: bool = True) -> None:
        text = text if text.endswith((".", "?")) else f"{text}."
        self._problems.append(Problem(place, text, is_error))

    def _bounded(self) -> tuple[Problem, ...]:
        problems = sorted(self._problems, key=lambda problem: problem.place.line)
        if len(problems) <= MAX_PROBLEMS:
            return tuple(problems)
        more = Problem(FilePlace(self._file, 0), f"there are {len(problems) - MAX_PROBLEMS:,} more problems.")
        return (*problems[:MAX_PROBLEMS], more)


def _unknown(name: str, keys: Mapping[str, ProfileKey]) -> str:
    if name in KEYS:
        return f"{name} is for {'connections' if KEYS[name].in_profiles else 'folders'} only"
    near = f". {nearest(name, list(keys))}" if keys else ""
    return f"there is no key {inert.line(name, 80)}{near}"


def _shown(value: object) -> str:
    try:
        return inert.line(reprlib.repr(value), 60)
    except ValueError:  # a number of more digits than Python writes
        return "that number"


def _is_deep(data: object) -> bool:
    level = [data]
    for _ in range(MAX_DEPTH):
        inner = [one for one in level if isinstance(one, dict | list)]
        level = [part for one in inner for part in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return True
