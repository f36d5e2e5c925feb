"""The lines of the view: folders with what is in them, or all connections by when or how often they were used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from ssmtui import matching
from ssmtui.inventory.field_sets import natural
from ssmtui.profiles.profile import Folder, Profile, Profiles, searched

OPEN_UP_TO = 60
"""Connections that are all in sight at first; of more, the folders begin closed."""


class Order(Enum):
    """What the lines are sorted by. The value is its name on the screen."""

    TREE = "folders"
    RECENT = "recent"
    USED = "most used"


class Used(Protocol):
    """How often a connection was used, and when last in seconds since the epoch."""

    @property
    def times(self) -> int:
        """0: never."""
        ...

    @property
    def last(self) -> float:
        """0: never."""
        ...


Key = tuple[bool, str]
"""Whether it is a folder, and its name: what a line is known by when others come and go around it."""


class Row(NamedTuple):
    """One line."""

    item: Folder | Profile
    depth: int = 0
    amount: int = 0
    """Connections in a folder and those below it, as far as they match."""
    is_open: bool = False

    @property
    def key(self) -> Key:
        """What it is known by."""
        return (isinstance(self.item, Folder), self.item.name)

    @property
    def profile(self) -> Profile | None:
        """The connection; None for a folder."""
        return self.item if isinstance(self.item, Profile) else None

    @property
    def folder(self) -> Folder | None:
        """The folder; None for a connection."""
        return self.item if isinstance(self.item, Folder) else None


class Outline:
    """All connections of one moment, sorted and made ready to be searched once."""

    def __init__(self, profiles: Profiles) -> None:
        self.profiles = profiles
        self._folders: dict[str, list[Folder]] = {}
        self._members: dict[str, list[Profile]] = {}
        self._searched: dict[str, matching.Haystack] = {}
        for folder in sorted(profiles.folders.values(), key=lambda folder: natural(last(folder.name))):
            self._folders.setdefault(self._parent(folder.name), []).append(folder)
        for profile in sorted(profiles.profiles.values(), key=lambda profile: natural(profile.name)):
            self._members.setdefault(profile.folder if profile.folder in profiles.folders else "", []).append(profile)

    @property
    def begins_open(self) -> bool:
        """Whether untouched folders are open."""
        return len(self.profiles.profiles) <= OPEN_UP_TO

    def is_open(self, folder: str, touched: Mapping[str, bool]) -> bool:
        """Whether a folder is open; ``touched``: those that were opened (True) or closed by hand."""
        return touched.get(folder, self.begins_open)

    def rows(
        self,
        order: Order,
        text: str,
        touched: Mapping[str, bool],
        used: Callable[[str], Used],
    ) -> list[Row]:
        """The lines in ``order``. While something is searched for, ``text``, every folder with a match is open."""
        wanted = matching.words(text)
        found = None if not wanted else {name for name in self.profiles.profiles if self._matches(name, wanted)}
        if order is not Order.TREE:
            return self._flat(order, found, used)
        counts = self._counts(found)
        return list(self._below("", 0, found, counts, touched, wanted))

    def inside(self, folder: str) -> list[Profile]:
        """All connections in ``folder`` and below, in the order of the lines; the empty name is the top."""
        found = [profile for sub in self._folders.get(folder, ()) for profile in self.inside(sub.name)]
        return [*found, *self._members.get(folder, ())]

    def _below(
        self,
        parent: str,
        depth: int,
        found: set[str] | None,
        counts: Mapping[str, int],
        touched: Mapping[str, bool],
        wanted: Sequence[str],
    ) -> Iterator[Row]:
        for folder in self._folders.get(parent, ()):
            count = counts.get(folder.name, 0)
            if found is not None and not count and not self._is_meant(folder, wanted):
                continue
            is_open = found is not None or self.is_open(folder.name, touched)
            yield Row(folder, depth, count, is_open)
            if is_open:
                yield from self._below(folder.name, depth + 1, found, counts, touched, wanted)
        for profile in self._members.get(parent, ()):
            if found is None or profile.name in found:
                yield Row(profile, depth)

    def _flat(self, order: Order, found: set[str] | None, used: Callable[[str], Used]) -> list[Row]:
        known = [(used(profile.name), profile) for profile in self.inside("")]
        kept = [(use, profile) for use, profile in known if use.times and (found is None or profile.name in found)]
        kept.sort(key=lambda one: (-one[0].times if order is Order.USED else 0, -one[0].last))
        return [Row(profile) for _, profile in kept]

    def _counts(self, found: set[str] | None) -> dict[str, int]:
        counts: dict[str, int] = {}
        for parent, members in self._members.items():
            number = len(members) if found is None else sum(profile.name in found for profile in members)
            folder = parent
            while folder and number:
                counts[folder] = counts.get(folder, 0) + number
                folder = self._parent(folder)
        return counts

    def _parent(self, folder: str) -> str:
        parent = folder.rpartition("/")[0]
        return parent if parent in self.profiles.folders else ""

    def _is_meant(self, folder: Folder, wanted: Sequence[str]) -> bool:
        return matching.matches(wanted, matching.searched(folder.name, ()))

    def _matches(self, name: str, wanted: Sequence[str]) -> bool:
        text = self._searched.get(name)
        if text is None:
            text = self._searched[name] = searched(self.profiles.profiles[name])
        return matching.matches(wanted, text)


def last(folder: str) -> str:
    """A folder's own name, without those that it is in."""
    return folder.rpartition("/")[2]
