"""How the person wants the table: columns, widths, order, panel. What is read back is checked and never trusted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ssmtui.inventory.field_sets import SortKey
from ssmtui.ui.nodes.table.columns import BY_SCOPE, DEFAULT, column
from ssmtui.ui.nodes.table.layout import LEAST, MOST, Chosen

SECTION = "table"
"""Where it is kept in the program's memory."""

MAX_COLUMNS = 40
MAX_SORT_KEYS = 6

EXTRA_ORDERS = {"favourite": "favourites first", "recent": "last used first", "used": "most used first"}
"""Orders that are no column's, and what each does."""

DEFAULT_SORT = (SortKey("name"),)
_DEFAULT_COLUMNS = tuple(Chosen(name) for name in DEFAULT)


@dataclass(frozen=True, slots=True)
class Preferences:
    """One set for all scopes."""

    columns: tuple[Chosen, ...] = _DEFAULT_COLUMNS
    off: frozenset[str] = frozenset()
    """Columns that are not to come by themselves."""
    sort: tuple[SortKey, ...] = DEFAULT_SORT
    tall: bool = False
    """Whether the details have half the screen."""

    def shown(self, differing: Collection[str]) -> tuple[Chosen, ...]:
        """The columns, with those that come by themselves because scopes differ in them; these follow the id."""
        names = {chosen.name for chosen in self.columns}
        added = [Chosen(name) for name in BY_SCOPE if name in differing and name not in names | self.off]
        place = next((place for place, chosen in enumerate(self.columns, 1) if chosen.name == "ping"), 0)
        place = place or min(2, len(self.columns))
        return (*self.columns[:place], *added, *self.columns[place:])

    def with_shown(self, shown: Sequence[Chosen], differing: Collection[str]) -> Preferences:
        """Exactly these columns: one that would come by itself and is not among them stays away."""
        names = {chosen.name for chosen in shown}
        off = frozenset(name for name in BY_SCOPE if name in differing and name not in names)
        return replace(self, columns=tuple(shown), off=off | (self.off - names - set(differing)))

    def sorted_by(self, keys: Sequence[SortKey]) -> Preferences:
        """The same in another order."""
        return replace(self, sort=tuple(keys) or DEFAULT_SORT)

    def as_section(self) -> dict[str, Any]:
        """For the memory."""
        return {
            "columns": [[name, width] for name, width in self.columns],
            "off": sorted(self.off),
            "sort": [[field, descending] for field, descending in self.sort],
            "tall": self.tall,
        }


def read(section: Mapping[str, Any]) -> tuple[Preferences, str]:
    """What a section of the memory says, and what of it could not be used: a sentence, or empty. Whatever cannot be
    used is as it was in the beginning."""
    problems: list[str] = []
    found = Preferences()
    if "columns" in section:
        columns = [chosen for chosen in map(_chosen, _items(section["columns"])) if chosen is not None]
        columns = list({chosen.name: chosen for chosen in columns}.values())[:MAX_COLUMNS]
        if len(columns) != _length(section["columns"]):
            problems.append("columns")
        found = replace(found, columns=tuple(columns) or found.columns)
    if "sort" in section:
        keys = [key for key in map(_sort_key, _items(section["sort"])) if key is not None]
        keys = list({key.field: key for key in keys}.values())[:MAX_SORT_KEYS]
        if len(keys) != _length(section["sort"]):
            problems.append("order")
        found = replace(found, sort=tuple(keys) or found.sort)
    off = frozenset(name for name in _items(section.get("off", ())) if name in BY_SCOPE)
    found = replace(found, off=off, tall=section.get("tall") is True)
    return found, f"What was remembered of the table's {' and '.join(problems)} was not all usable" if problems else ""


def _items(value: object) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _length(value: object) -> int:
    return len(value) if isinstance(value, (list, tuple)) else -1


def is_column(name: str) -> bool:
    """Whether there is a column of that name, which is no alias."""
    try:
        return column(name).name == name
    except KeyError:
        return False


def is_order(name: str) -> bool:
    """Whether rows can be sorted by that name."""
    return name in EXTRA_ORDERS or is_column(name)


def _chosen(item: object) -> Chosen | None:
    match item:
        case [str(name), None] if is_column(name):
            return Chosen(name)
        case [str(name), int(width)] if is_column(name) and not isinstance(width, bool):
            return Chosen(name, max(LEAST, min(MOST, width)))
    return None


def _sort_key(item: object) -> SortKey | None:
    match item:
        case [str(name), bool(descending)] if is_order(name):
            return SortKey(name, descending)
    return None


def sort_by(keys: Sequence[SortKey], field: str, *, further: bool = False) -> tuple[SortKey, ...]:
    """The order after ``field`` was chosen: by it alone, or by it as a ``further`` key. Chosen again it is reversed."""
    known = next((key for key in keys if key.field == field), None)
    if not further:
        again = known is not None and keys[0] == known
        return (SortKey(field, not known.descending if again and known else False),)
    if known is None:
        return (*keys, SortKey(field))[:MAX_SORT_KEYS]
    return tuple(SortKey(field, not key.descending) if key is known else key for key in keys)


def parse_sort(text: str) -> tuple[SortKey, ...]:
    """``name,-seen tag:env``: fields in order, a minus for descending. ``KeyError`` with a name that is no field."""
    keys = [SortKey(word.removeprefix("-"), word.startswith("-")) for word in text.replace(",", " ").split()]
    for key in keys:
        if not is_order(key.field):
            raise KeyError(key.field)
    return tuple({key.field: key for key in keys}.values())[:MAX_SORT_KEYS] or DEFAULT_SORT


def parse_columns(text: str) -> tuple[Chosen, ...]:
    """``name id:24 tag:env``: columns in order. ``KeyError`` with a name that is no column."""
    names = text.replace(",", " ").split()
    for name in names:
        if not is_column(name):
            raise KeyError(name)
    return tuple(Chosen(name) for name in dict.fromkeys(names))[:MAX_COLUMNS] or _DEFAULT_COLUMNS
