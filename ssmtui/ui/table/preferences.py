"""How the person wants the table: columns, widths, order, panel. What is read back is checked and never trusted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ssmtui.inventory.field_sets import SortKey
from ssmtui.ui.table.columns import ColumnSet
from ssmtui.ui.table.layout import LEAST, MOST, Chosen

MAX_COLUMNS = 40
MAX_SORT_KEYS = 6


@dataclass(frozen=True, slots=True)
class Preferences:
    """One set for all scopes."""

    of: ColumnSet[Any]
    columns: tuple[Chosen, ...]
    off: frozenset[str] = frozenset()
    """Columns that do not come by themselves."""
    sort: tuple[SortKey, ...] = ()
    tall: bool = False
    """Whether the details have half the screen."""

    def shown(self, differing: Collection[str]) -> tuple[Chosen, ...]:
        """The columns, with those that come by themselves because scopes differ in them; these follow the id."""
        names = {chosen.name for chosen in self.columns}
        added = [Chosen(name) for name in self.of.by_scope if name in differing and name not in names | self.off]
        place = next((place for place, chosen in enumerate(self.columns, 1) if chosen.name == self.of.scopes_after), 0)
        place = place or min(2, len(self.columns))
        return (*self.columns[:place], *added, *self.columns[place:])

    def with_shown(self, shown: Sequence[Chosen], differing: Collection[str]) -> Preferences:
        """Exactly these columns: one that would come by itself and is not among them stays away."""
        names = {chosen.name for chosen in shown}
        off = frozenset(name for name in self.of.by_scope if name in differing and name not in names)
        return replace(self, columns=tuple(shown), off=off | (self.off - names - set(differing)))

    def sorted_by(self, keys: Sequence[SortKey]) -> Preferences:
        """The same in another order."""
        return replace(self, sort=tuple(keys) or self.of.rows.order)

    def as_section(self) -> dict[str, Any]:
        """For the memory."""
        return {
            "columns": [[name, width] for name, width in self.columns],
            "off": sorted(self.off),
            "sort": [[field, descending] for field, descending in self.sort],
            "tall": self.tall,
        }


def first(of: ColumnSet[Any]) -> Preferences:
    """The table until something else is chosen."""
    return Preferences(of, tuple(Chosen(name) for name in of.default), sort=of.rows.order)


def read(of: ColumnSet[Any], section: Mapping[str, Any]) -> tuple[Preferences, str]:
    """What a section of the memory says, and what of it could not be used: a sentence, or empty. Whatever cannot be
    used is as it was in the beginning."""
    problems: list[str] = []
    found = first(of)
    if "columns" in section:
        columns = [chosen for item in _items(section["columns"]) if (chosen := _chosen(of, item)) is not None]
        columns = list({chosen.name: chosen for chosen in columns}.values())[:MAX_COLUMNS]
        if len(columns) != _length(section["columns"]):
            problems.append("columns")
        found = replace(found, columns=tuple(columns) or found.columns)
    if "sort" in section:
        keys = [key for item in _items(section["sort"]) if (key := _sort_key(of, item)) is not None]
        keys = list({key.field: key for key in keys}.values())[:MAX_SORT_KEYS]
        if len(keys) != _length(section["sort"]):
            problems.append("order")
        found = replace(found, sort=tuple(keys) or found.sort)
    off = frozenset(name for name in _items(section.get("off", ())) if name in of.by_scope)
    found = replace(found, off=off, tall=section.get("tall") is True)
    return found, f"What was remembered of the table's {' and '.join(problems)} was not all usable" if problems else ""


def _items(value: object) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _length(value: object) -> int:
    return len(value) if isinstance(value, (list, tuple)) else -1


def _chosen(of: ColumnSet[Any], item: object) -> Chosen | None:
    match item:
        case [str(name), None] if of.has_column(name):
            return Chosen(name)
        case [str(name), int(width)] if of.has_column(name) and not isinstance(width, bool):
            return Chosen(name, max(LEAST, min(MOST, width)))
    return None


def _sort_key(of: ColumnSet[Any], item: object) -> SortKey | None:
    match item:
        case [str(name), bool(descending)] if of.has_order(name):
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


def parse_sort(of: ColumnSet[Any], text: str) -> tuple[SortKey, ...]:
    """``name,-seen tag:env``: fields in order, a minus for descending. ``KeyError`` with a name that is no field."""
    keys = [SortKey(word.removeprefix("-"), word.startswith("-")) for word in text.replace(",", " ").split()]
    for key in keys:
        if not of.has_order(key.field):
            raise KeyError(key.field)
    return tuple({key.field: key for key in keys}.values())[:MAX_SORT_KEYS] or of.rows.order


def parse_columns(of: ColumnSet[Any], text: str) -> tuple[Chosen, ...]:
    """``name id:24 tag:env``: columns in order. ``KeyError`` with a name that is no column."""
    names = text.replace(",", " ").split()
    for name in names:
        if not of.has_column(name):
            raise KeyError(name)
    return tuple(Chosen(name) for name in dict.fromkeys(names))[:MAX_COLUMNS] or first(of).columns
