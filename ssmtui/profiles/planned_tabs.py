"""Tabs over places in a list of sessions: of what is saved, and of what is started together. Pure.

A tab of one session has a layout with one leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeGuard

from ssmtui import inert
from ssmtui.layout import Axis, Branch, Layout, Split, split_of

DEEPEST = 32
"""Splits within splits that are read from a file: far more than fit on any screen."""
HEAVIEST = 1e6
"""The largest weight in a file; one over it is the smallest. Ours are numbers of cells, or shares of 1."""
MAX_TITLE = 60
"""Characters of a tab's name that are read from a file."""


class PlannedTab(NamedTuple):
    """A tab that will be opened, or was open."""

    layout: Layout
    title: str = ""
    """What a person has called it; empty where it has the names of its sessions."""


def own_tabs(places: Iterable[int]) -> tuple[PlannedTab, ...]:
    """A tab for each place."""
    return tuple(PlannedTab(Layout(place, place)) for place in places)


def narrowed(tabs: Iterable[PlannedTab], kept: Sequence[int]) -> tuple[PlannedTab, ...]:
    """What is left of ``tabs`` where only the places in ``kept`` are left, which are numbered anew in their order.
    Places that are in none of them get a tab each, after the others."""
    numbers = {place: number for number, place in enumerate(kept)}
    found = [
        PlannedTab(replace(layout, seen=()).renamed(numbers), tab.title)
        for tab in tabs
        if (layout := tab.layout.only(numbers)) is not None
    ]
    placed = {leaf for tab in found for leaf in tab.layout.leaves}
    return (*found, *own_tabs(number for number in range(len(kept)) if number not in placed))


# The file's form


def as_json(tab: PlannedTab) -> dict[str, Any]:
    """A tab as it is in a file. Which panes had the focus before is not kept."""
    layout = tab.layout
    facts = {"root": _branch_json(layout.root), "focused": layout.focused, "alone": layout.alone}
    return {**facts, "title": tab.title} if tab.title else facts


def _branch_json(branch: Branch) -> Any:
    if isinstance(branch, int):
        return branch
    return {
        "axis": branch.axis.value,
        "children": [_branch_json(child) for child in branch.children],
        "weights": list(branch.weights),
    }


def from_json(value: object, places: Mapping[int, int]) -> tuple[tuple[PlannedTab, ...], bool]:
    """The tabs in a file that anybody may have written, and whether all of it could be used.

    ``places`` leads from the places that the file means to those that hold now. What is wrong costs no session: one
    that stands twice keeps its first pane, one without a pane gets a tab of its own after the others, weights that are
    none are taken as equal, and a name that is none is left out.
    """
    reader = _TabReader(places)
    found = [tab for each in value if (tab := reader.tab(each)) is not None] if _is_list(value) else []
    missing = sorted(reader.left.values())
    return (*found, *own_tabs(missing)), not (missing or reader.repaired)


class _TabReader:
    """Tabs of one file, of which nothing is trusted."""

    def __init__(self, places: Mapping[int, int]) -> None:
        self.left = dict(places)
        """Places that no layout has had yet."""
        self.repaired = False

    def tab(self, value: object) -> PlannedTab | None:
        if not isinstance(value, dict):
            self.repaired = True
            return None
        places = dict(self.left)
        root = self._branch(value.get("root"), DEEPEST)
        if root is None:
            return None
        focused = places.get(value["focused"]) if _is_place(value.get("focused")) else None
        leaves = [root] if isinstance(root, int) else list(Layout(root, _first(root)).leaves)
        if focused not in leaves:
            self.repaired, focused = True, leaves[0]
        layout = Layout(root, focused, value.get("alone") is True and len(leaves) > 1)
        return PlannedTab(layout, self._title(value.get("title", "")))

    def _title(self, value: object) -> str:
        title = inert.line(value.strip(), MAX_TITLE) if isinstance(value, str) else ""
        self.repaired |= title != value
        return title

    def _branch(self, value: object, levels: int) -> Branch | None:
        """What can be used of a branch with at most so many levels; None where that is nothing."""
        if _is_place(value):
            place = self.left.pop(value, None)
            self.repaired |= place is None
            return place
        if not isinstance(value, dict) or not _is_list(value.get("children")) or not levels:
            self.repaired = True
            return None
        children = value["children"]
        weights = value.get("weights")
        if not _is_list(weights) or len(weights) != len(children) or not all(map(_is_weight, weights)):
            self.repaired, weights = True, [1.0] * len(children)
        if value.get("axis") not in (Axis.ROW.value, Axis.COLUMN.value):
            self.repaired = True
        axis = Axis.COLUMN if value.get("axis") == Axis.COLUMN.value else Axis.ROW
        branches = [
            (branch, float(weight))
            for child, weight in zip(children, weights, strict=True)
            if (branch := self._branch(child, levels - 1)) is not None
        ]
        return split_of(axis, branches) if branches else None


def _first(branch: Branch) -> int:
    while isinstance(branch, Split):
        branch = branch.children[0]
    return branch


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_place(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 1 / HEAVIEST <= value <= HEAVIEST
