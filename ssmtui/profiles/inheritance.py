"""From what the files say to profiles and folders: what wins, and what each inherits.

Nearest first: the profile itself, its folder, the folder that this one extends, the folder that it is in, and so on to
the top. The person's file comes before those that a team shares.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from ssmtui import inert
from ssmtui.documents.reasons import ReasonRule
from ssmtui.profiles.keys import KEYS
from ssmtui.profiles.lineage import circles, in_order, parent, with_parents
from ssmtui.profiles.profile import FilePlace, Folder, Origin, Problem, Profile, Profiles, Several, Values
from ssmtui.profiles.reading import Content, ProfileTable

MAX_FAULTS = 3
"""Reasons that are given for one profile or folder."""
MAX_GUESSES = 20
"""Unknown names of folders for which a near one is suggested."""


class _Given(NamedTuple):
    """A value on its way to those that inherit it."""

    value: object
    origin: Origin
    wrong: str = ""
    """What is wrong with it; there is no value then."""


ADDED_UP = "snippets"
"""The key whose tables are put together; of all others the nearest value counts alone."""

_Level = Mapping[str, _Given]


def combined(contents: Sequence[Content]) -> Profiles:
    """All that the files say together; the first of them is the person's own."""
    problems = [problem for content in contents for problem in content.problems]
    said: dict[str, ProfileTable] = {}
    for content in contents:
        for name, one in content.profiles.items():
            if name in said:
                text = f"connection {name} is not used: there is one in {said[name].place} already."
                problems.append(Problem(one.place, text, is_error=False))
            else:
                said[name] = one
    tree = _Tree(contents, said.values())
    folders = {path: tree.folder(path) for path in tree.paths}
    profiles = {name: _profile(name, one, tree, problems) for name, one in said.items()}
    snippets = {name: one for content in reversed(contents) for name, one in content.snippets.items()}
    return Profiles(profiles, folders, (*problems, *tree.problems), snippets)


class _Tree:
    """The folders, and what each gives."""

    def __init__(self, contents: Sequence[Content], profiles: Iterable[ProfileTable]) -> None:
        self.problems: list[Problem] = []
        self._said: dict[str, list[ProfileTable]] = {}
        for content in contents:
            for path, one in content.folders.items():
                self._said.setdefault(path, []).append(one)
        named = {*self._said, *(str(one.values.get("folder", "")) for one in profiles)}
        every = {part for path in named for part in with_parents(path)}
        self.paths = sorted(every, key=lambda path: [part.casefold() for part in path.split("/")])
        self._faults: dict[str, tuple[str, ...]] = {"": ()}
        self._levels: dict[str, _Level] = {"": {}}
        own_faults: dict[str, str] = {}
        extends = self._find_extends(every, own_faults)
        for path in in_order(self.paths, extends):
            above = [parent(path), *([extends[path]] if path in extends else [])]
            level: _Level = {}
            for other in above:
                level = _over(level, self._levels[other])
            for said in reversed(self._said.get(path, ())):
                level = _over(level, {key: one for key, one in _given(said, path).items() if KEYS[key].inheritable})
            self._levels[path] = level
            faults = [own_faults[path]] if path in own_faults else []
            faults += [fault for other in reversed(above) for fault in self._faults[other]]
            self._faults[path] = tuple(dict.fromkeys(faults))[:MAX_FAULTS]

    def level(self, path: str) -> _Level:
        """What the folder gives to those in it."""
        return self._levels[path]

    def faults(self, path: str) -> tuple[str, ...]:
        """What is wrong with what a folder, or one that it is in, inherits from; the nearest first."""
        return self._faults[path]

    def folder(self, path: str) -> Folder:
        """The folder itself."""
        parts = self._said.get(path, [])
        level = self.level(path)
        for said in reversed(parts):
            own = _given(said, path).items()
            level = {**level, **{key: one for key, one in own if not KEYS[key].inheritable}}
        faults = [*self.faults(path), *(one.wrong for one in level.values() if one.wrong)]
        return Folder(
            path,
            own={key: value for said in reversed(parts) for key, value in said.own.items()},
            origins={key: one.origin for key, one in level.items()},
            values=_values(level),
            place=parts[0].place if parts else None,
            read_only=bool(parts) and all(said.read_only for said in parts),
            problem=_together(faults),
        )

    def _find_extends(self, every: set[str], faults: dict[str, str]) -> dict[str, str]:
        """Which folder each extends, without those that are not there or lead round in a circle."""
        good: dict[str, str] = {}
        places: dict[str, FilePlace] = {}
        for path, parts in self._said.items():
            said = next((one for one in parts if "extends" in one.own), None)
            if said is None:
                continue
            places[path] = said.places["extends"]
            other = str(said.values.get("extends", ""))
            if "extends" in said.wrong:
                faults[path] = f"folder {path}: {said.wrong['extends']}"
            elif other in every:
                good[path] = other
            elif other:
                faults[path] = f"folder {path} extends {inert.line(other)}, which is not a folder"
                self._tell(places[path], f"{faults[path]}.{self._near(other)}")
        for path in sorted(circles(every, good)):
            faults[path] = f"folder {path} extends {good[path]}, which inherits from {path}: a circle"
            self._tell(places[path], f"{faults[path]}.")
            del good[path]
        return good

    def _near(self, path: str) -> str:
        if len(self.problems) > MAX_GUESSES:
            return ""
        near = difflib.get_close_matches(path, self.paths, n=1)
        return f" Did you mean {near[0]}?" if near else ""

    def _tell(self, place: FilePlace, text: str) -> None:
        self.problems.append(Problem(place, text))


def _profile(name: str, said: ProfileTable, tree: _Tree, problems: list[Problem]) -> Profile:
    folder = str(said.values.get("folder", ""))
    level = _over(tree.level(folder), _given(said, None))
    faults = [one.wrong for one in level.values() if one.wrong]
    faults += tree.faults(folder)
    values = _values(level)
    if bool(values.target) == bool(values.query) and not {"target", "query"} & said.wrong.keys():
        text = "has both target and query: one is enough" if values.target else "has neither target nor query"
        faults.append(f"it {text}")
        problems.append(Problem(said.place, f"connection {name} {text}."))
    if not (values.shell or values.forwards or values.document) and not {"forwards", "document"} & said.wrong.keys():
        text = "opens nothing: shell is false, and it has neither forwards nor a Port document"
        faults.append(f"it {text}")
        problems.append(Problem(said.place, f"connection {name} {text}."))
    return Profile(
        name,
        folder,
        values,
        said.own,
        {key: one.origin for key, one in level.items()},
        said.place,
        said.read_only,
        _together(faults),
    )


def _given(said: ProfileTable, folder: str | None) -> dict[str, _Given]:
    """What a table says, where ``folder`` is None a profile's."""
    of = f"folder {folder}: " if folder is not None else ""
    given = {key: _Given(value, Origin(said.places[key], folder)) for key, value in said.values.items()}
    for key, wrong in said.wrong.items():
        given[key] = _Given(None, Origin(said.places[key], folder), of + wrong)
    return given


def _over(inherited: _Level, nearer: _Level) -> _Level:
    if not nearer:
        return inherited
    if "document" in nearer and "parameters" in inherited and "parameters" not in nearer:
        before = inherited.get("document")
        if before is None or before.value != nearer["document"].value:
            inherited = {key: one for key, one in inherited.items() if key != "parameters"}
    near, far = nearer.get(ADDED_UP), inherited.get(ADDED_UP)
    if near is not None and far is not None and not near.wrong and not far.wrong:
        both: dict[str, Any] = {**cast("Mapping[str, Any]", far.value), **cast("Mapping[str, Any]", near.value)}
        nearer = {**nearer, ADDED_UP: near._replace(value=MappingProxyType(both))}
    return {**inherited, **nearer}


_RULE = {"reason_required": "required", "reason_pattern": "pattern", "reason_hint": "hint"}
_NAMES = {"size": "largest"}
_NO_VALUES = frozenset({"folder", "extends", *_RULE})


def _values(level: _Level) -> Values:
    good = {key: one.value for key, one in level.items() if not one.wrong}
    new: dict[str, Any] = {_NAMES.get(key, key): value for key, value in good.items() if key not in _NO_VALUES}
    if "several" in new:
        new["several"] = Several(new["several"])
    rule: dict[str, Any] = {_RULE[key]: value for key, value in good.items() if key in _RULE}
    return Values(**new, reason_rule=ReasonRule(**rule)) if rule else Values(**new)


def _together(faults: Iterable[str]) -> str:
    return "; ".join(list(dict.fromkeys(fault.rstrip(".") for fault in faults))[:MAX_FAULTS])
