"""The layouts of tabs over places in a list of sessions: of what is saved, and of what is started together. Pure.

A tab of one session is a layout with one leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from ssmtui.layout import Axis, Branch, Layout, Split, split_of

DEEPEST = 32
"""Splits within splits that are read from a file: far more than fit on any screen."""
HEAVIEST = 1e6
"""The largest weight in a file; one over it is the smallest. Ours are numbers of cells, or shares of 1."""


def own_tabs(places: Iterable[int]) -> tuple[Layout, ...]:
    """A tab for each place."""
    return tuple(Layout(place, place) for place in places)


def narrowed(layouts: Iterable[Layout], kept: Sequence[int]) -> tuple[Layout, ...]:
    """What is left of ``layouts`` where only the places in ``kept`` are left, which are numbered anew in their order.
    Of those without a layout each gets a tab of its own, after the others."""
    names = {place: number for number, place in enumerate(kept)}
    left = [layout.only(names) for layout in layouts]
    found = [replace(layout, seen=()).renamed(names) for layout in left if layout is not None]
    placed = {leaf for layout in found for leaf in layout.leaves}
    return (*found, *own_tabs(number for number in range(len(kept)) if number not in placed))


# The file's form


def as_json(layout: Layout) -> dict[str, Any]:
    """A layout as it is in a file. Which panes had the focus before is not kept."""
    return {"root": _branch_json(layout.root), "focused": layout.focused, "alone": layout.alone}


def _branch_json(branch: Branch) -> Any:
    if isinstance(branch, int):
        return branch
    return {
        "axis": branch.axis.value,
        "children": [_branch_json(child) for child in branch.children],
        "weights": list(branch.weights),
    }


def from_json(value: object, places: Mapping[int, int]) -> tuple[tuple[Layout, ...], bool]:
    """The layouts in a file that anybody may have written, and whether all of it could be used.

    ``places`` leads from the places that the file means to those that hold now. What is wrong costs no session: one
    that stands twice keeps its first pane, one without a pane gets a tab of its own after the others, weights that are
    none are taken as equal.
    """
    reader = _LayoutReader(places)
    found = [layout for each in value if (layout := reader.layout(each)) is not None] if _is_list(value) else []
    missing = sorted(reader.left.values())
    return (*found, *own_tabs(missing)), not (missing or reader.repaired)


class _LayoutReader:
    """Layouts of one file, of which nothing is trusted."""

    def __init__(self, places: Mapping[int, int]) -> None:
        self.left = dict(places)
        """Places that no layout has had yet."""
        self.repaired = False

    def layout(self, value: object) -> Layout | None:
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
        return Layout(root, focused, value.get("alone") is True and len(leaves) > 1)

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
