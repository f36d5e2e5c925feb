"""How the panes of a tab share its area: an n-ary tree of splits over leaves, and what a person does with it.

Pure values: every operation returns another :class:`Layout`. A leaf is a number, which the caller gives a meaning: the
key of a session on the screen, the place of a saved tab in a workspace. Cells are worked out from weights each time
they are asked for, so that a terminal that becomes small and large again shows what it showed before.

Panes side by side have a border of one column between them. Of panes one above the other the lower one's first row,
which is its own line, is the border.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

MIN_COLS, MIN_ROWS = 20, 6
"""The smallest area of a pane: its own line, and the smallest terminal that every engine survives
(:class:`ssmtui.model.TerminalSize`)."""

MAIN_SHARE = 0.6
"""What the main pane takes in the arrangements that have one."""


class Axis(Enum):
    """How the children of a split lie."""

    ROW = "row"
    """Side by side."""
    COLUMN = "column"
    """One above the other."""

    @property
    def other(self) -> Axis:
        """The one across."""
        return Axis.COLUMN if self is Axis.ROW else Axis.ROW


class Side(Enum):
    """Of a pane."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"

    @property
    def axis(self) -> Axis:
        """The axis along which it lies."""
        return Axis.ROW if self in (Side.LEFT, Side.RIGHT) else Axis.COLUMN

    @property
    def sign(self) -> int:
        """1 towards larger coordinates, -1 towards smaller ones."""
        return 1 if self in (Side.RIGHT, Side.DOWN) else -1


class Arrangement(Enum):
    """Ways to arrange all panes of a tab; the values are tmux's names."""

    TILED = "tiled"
    EVEN_HORIZONTAL = "even-horizontal"
    """Side by side."""
    EVEN_VERTICAL = "even-vertical"
    """One above the other."""
    MAIN_VERTICAL = "main-vertical"
    """A large one at the left, the others above each other beside it."""
    MAIN_HORIZONTAL = "main-horizontal"
    """A large one at the top, the others side by side below it."""


class PaneArea(NamedTuple):
    """Cells of a screen."""

    x: int
    y: int
    cols: int
    rows: int

    def contains(self, x: int, y: int) -> bool:
        """Whether the cell ``x``, ``y`` is in it."""
        return self.x <= x < self.x + self.cols and self.y <= y < self.y + self.rows


class Split(NamedTuple):
    """Two or more branches that share an area; none of them is a split along the same axis."""

    axis: Axis
    children: tuple[Branch, ...]
    weights: tuple[float, ...]
    """Their shares: positive, of any sum."""


Branch = Split | int

Path = tuple[int, ...]
"""Which child to take at each split, from the root."""


class Border(NamedTuple):
    """What lies between two children of a split, and is dragged."""

    area: PaneArea
    axis: Axis
    path: Path
    """Of the split."""
    place: int
    """Of the child before it."""


class PlacedPanes(NamedTuple):
    """A layout in an area. Its panes and the borders of its rows cover all cells of the area, each once."""

    panes: Mapping[int, PaneArea]
    """By leaf, those that are in sight."""
    borders: tuple[Border, ...] = ()
    hidden: int = 0
    """How many panes are out of sight: behind one that is alone, or for want of room."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The panes of a tab, one of which has the focus. Operations on a leaf that is not there raise ``KeyError``."""

    root: Branch
    focused: int
    alone: bool = False
    """Whether the focused pane covers the others, which keep their places."""
    seen: tuple[int, ...] = ()
    """The leaves that had the focus before, the latest last."""

    def __post_init__(self) -> None:
        if self.focused not in self.leaves:
            raise KeyError(self.focused)

    # Making

    @classmethod
    def of(
        cls, leaves: Sequence[int], arrangement: Arrangement = Arrangement.TILED, area: PaneArea | None = None
    ) -> Layout:
        """``leaves``, at least one and each once, in an arrangement; the first has the focus. Tiles have as many
        columns as fit into ``area`` where it is given."""
        return cls(_arranged(tuple(leaves), arrangement, area), leaves[0])

    # Looking

    @property
    def leaves(self) -> tuple[int, ...]:
        """All of them, from left to right and from top to bottom."""
        return tuple(_leaves(self.root))

    def place(self, area: PaneArea) -> PlacedPanes:
        """Where each pane is. Where they do not all fit with :data:`MIN_COLS` and :data:`MIN_ROWS`, or one is alone,
        only the focused one is there."""
        if self.alone or not self.fits(area):
            return PlacedPanes({self.focused: area}, (), len(self.leaves) - 1)
        panes: dict[int, PaneArea] = {}
        borders: list[Border] = []
        _place(self.root, area, (), panes, borders)
        return PlacedPanes(panes, tuple(borders))

    def fits(self, area: PaneArea) -> bool:
        """Whether all panes have room in ``area``; a single one always has."""
        return isinstance(self.root, int) or _fits(self.root, area)

    def neighbour(self, side: Side, area: PaneArea) -> int | None:
        """The leaf beyond the border at this side of the focused one: of several the one that had the focus last, else
        the one that shares most of the border. None at the edge. Where others are out of sight, they are where they
        would be if they were in sight."""
        cols, rows = _least(self.root)
        roomy = PaneArea(area.x, area.y, max(area.cols, cols), max(area.rows, rows))
        panes = replace(self, alone=False).place(roomy).panes
        here = panes[self.focused]
        found = [(shared, leaf) for leaf, there in panes.items() if (shared := _shared(here, there, side))]
        if not found:
            return None
        latest = {leaf: number for number, leaf in enumerate(self.seen, 1)}
        return max(found, key=lambda each: (latest.get(each[1], 0), each[0]))[1]

    def after(self, offset: int) -> int:
        """The leaf ``offset`` places after the focused one, going round."""
        leaves = self.leaves
        return leaves[(leaves.index(self.focused) + offset) % len(leaves)]

    @property
    def before(self) -> int | None:
        """The leaf that had the focus before this one; None where there was none."""
        return self.seen[-1] if self.seen else None

    # Focus

    def focus(self, leaf: int) -> Layout:
        """Give ``leaf`` the focus. Another pane that was alone goes back to its place."""
        if leaf == self.focused:
            return self
        seen = (*(each for each in self.seen if each != leaf), self.focused)
        return replace(self, focused=leaf, alone=False, seen=seen)

    def toggle_alone(self) -> Layout:
        """Let the focused pane cover the others, or go back to its place; a single one stays as it is."""
        return replace(self, alone=not self.alone and not isinstance(self.root, int))

    # Panes that come and go

    def split(self, leaf: int, new: int, axis: Axis, *, first: bool = False) -> Layout:
        """Give half of the area of ``leaf`` to ``new``, which gets the focus: at the right or below, or with ``first``
        at the left or above. Raises ``ValueError`` where ``new`` is there already."""
        if new in self.leaves:
            raise ValueError(new)
        return replace(self, root=_split(self.root, self._path(leaf), new, axis, first), alone=False).focus(new)

    def join(self, leaf: int, other: Layout, axis: Axis, *, first: bool = False) -> Layout:
        """As :meth:`split`, with all panes of ``other`` in the new half, which lie there as they did."""
        if set(other.leaves) & set(self.leaves):
            raise ValueError(other.leaves)
        root = _split(self.root, self._path(leaf), other.root, axis, first)
        seen = (*self.seen, *other.seen)
        return replace(self, root=root, alone=False, seen=seen).focus(other.focused)

    def remove(self, leaf: int) -> Layout | None:
        """Give the room of ``leaf`` to the pane before it, or after it; None once no leaf is left. The focus goes to
        the leaf that had it before, else to the one nearest in order."""
        self._path(leaf)
        root = _without(self.root, leaf)
        if root is None:
            return None
        seen = tuple(each for each in self.seen if each != leaf)
        if leaf != self.focused:
            return replace(self, root=root, seen=seen, alone=self.alone and not isinstance(root, int))
        place = max(0, self.leaves.index(leaf) - 1)
        focused = seen[-1] if seen else list(_leaves(root))[place]
        return Layout(root, focused, seen=tuple(each for each in seen if each != focused))

    def only(self, kept: Iterable[int]) -> Layout | None:
        """Without all leaves but ``kept``; None if that leaves none."""
        found: Layout | None = self
        for leaf in set(self.leaves) - set(kept):
            found = found.remove(leaf) if found is not None else None
        return found

    def renamed(self, names: Mapping[int, int]) -> Layout:
        """With other numbers for the leaves in ``names``. Raises ``ValueError`` if two leaves become one."""

        def name(leaf: int) -> int:
            return names.get(leaf, leaf)

        if len({name(leaf) for leaf in self.leaves}) < len(self.leaves):
            raise ValueError(names)
        return Layout(_renamed(self.root, name), name(self.focused), self.alone, tuple(map(name, self.seen)))

    # Places and sizes

    def swap(self, one: int, other: int) -> Layout:
        """Let two leaves change places; each keeps the focus that it has."""
        for leaf in (one, other):
            self._path(leaf)
        return replace(self, root=_renamed(self.root, {one: other, other: one}.get), alone=False)

    def rotate(self, offset: int) -> Layout:
        """Move each leaf ``offset`` places on, going round; the panes keep their areas, the focus its leaf."""
        leaves = self.leaves
        moved = dict(zip(leaves, (leaves[(place - offset) % len(leaves)] for place in range(len(leaves))), strict=True))
        return replace(self, root=_renamed(self.root, moved.get), alone=False)

    def even(self) -> Layout:
        """Give all panes the same room, as far as the tree allows."""
        return replace(self, root=_even(self.root), alone=False)

    def arrange(self, arrangement: Arrangement, area: PaneArea) -> Layout:
        """Put all panes into an arrangement; the focused one becomes the main one where there is one."""
        leaves = self.leaves
        if arrangement in (Arrangement.MAIN_VERTICAL, Arrangement.MAIN_HORIZONTAL):
            leaves = (self.focused, *(leaf for leaf in leaves if leaf != self.focused))
        return replace(self, root=_arranged(leaves, arrangement, area), alone=False)

    def arrange_next(self, area: PaneArea) -> Layout:
        """Put all panes into the arrangement after the one that they are in, of those that fit and look different;
        the first of them where they are in none."""
        offered = [self.arrange(each, area) for each in Arrangement]
        fitting = [each for each in offered if each.fits(area)] or offered
        roots = [each.root for each in fitting]
        here = roots.index(self.root) if self.root in roots else -1
        around = (fitting[(here + 1 + step) % len(fitting)] for step in range(len(fitting)))
        return next((each for each in around if each.root != self.root), replace(self, alone=False))

    def grow(self, side: Side, cells: int, area: PaneArea) -> Layout:
        """Move the border at this side of the focused pane by ``cells`` away from it. At the edge of the screen the
        border at its other side moves in the same direction, as in tmux, and the pane becomes smaller."""
        path = self._path(self.focused)
        for towards in (side.sign, -side.sign):
            for depth in range(len(path) - 1, -1, -1):
                split, place = _at(self.root, path[:depth]), path[depth]
                if isinstance(split, Split) and split.axis is side.axis:
                    before = place if towards > 0 else place - 1
                    if 0 <= before < len(split.children) - 1:
                        return self._moved(path[:depth], before, side.sign * cells, area)
        return self

    def drag(self, border: Border, x: int, y: int, area: PaneArea) -> Layout:
        """Move a border, as :meth:`place` gave it for ``area``, to the cell ``x``, ``y``, as far as there is room."""
        cells = x - border.area.x if border.axis is Axis.ROW else y - border.area.y
        return self._moved(border.path, border.place, cells, area)

    def _moved(self, path: Path, before: int, cells: int, area: PaneArea) -> Layout:
        """The border behind the child ``before`` of the split at ``path`` moved by ``cells``: who is next to it gives
        room, then who is next to that one."""
        split = _at(self.root, path)
        if not isinstance(split, Split) or not self.fits(area):
            return self
        sizes = _sizes(split, _area_at(self.root, area, path))
        least = [_least(child)[split.axis is Axis.COLUMN] for child in split.children]
        gains, givers = (before, range(before + 1, len(sizes))) if cells > 0 else (before + 1, range(before, -1, -1))
        wanted = abs(cells)
        for giver in givers:
            given = min(wanted, sizes[giver] - least[giver])
            sizes[giver] -= given
            sizes[gains] += given
            wanted -= given
        changed = split._replace(weights=tuple(map(float, sizes)))
        return replace(self, root=_with(self.root, path, changed), alone=False)

    def _path(self, leaf: int) -> Path:
        found = _path_to(self.root, leaf)
        if found is None:
            raise KeyError(leaf)
        return found


# The tree


def _leaves(branch: Branch) -> Iterator[int]:
    if isinstance(branch, int):
        yield branch
    else:
        for child in branch.children:
            yield from _leaves(child)


def _path_to(branch: Branch, leaf: int) -> Path | None:
    if isinstance(branch, int):
        return () if branch == leaf else None
    for place, child in enumerate(branch.children):
        if (rest := _path_to(child, leaf)) is not None:
            return (place, *rest)
    return None


def _at(branch: Branch, path: Path) -> Branch:
    for place in path:
        assert isinstance(branch, Split)
        branch = branch.children[place]
    return branch


def _with(branch: Branch, path: Path, new: Branch) -> Branch:
    """``branch`` with ``new`` at ``path``."""
    if not path:
        return new
    assert isinstance(branch, Split)
    place, *rest = path
    children = list(branch.children)
    children[place] = _with(children[place], tuple(rest), new)
    return branch._replace(children=tuple(children))


def split_of(axis: Axis, branches: Iterable[tuple[Branch, float]]) -> Branch:
    """A split of branches with their weights. A split along the same axis within it gives its children to this one, and
    a single branch stands for itself. Raises ``ValueError`` without any branch, and for a weight that is none."""
    flat: list[tuple[Branch, float]] = []
    for branch, weight in branches:
        if not (math.isfinite(weight) and weight > 0):
            raise ValueError(weight)
        if isinstance(branch, Split) and branch.axis is axis:
            total = sum(branch.weights)
            flat += [(child, weight * own / total) for child, own in zip(branch.children, branch.weights, strict=True)]
        else:
            flat.append((branch, weight))
    if not flat:
        raise ValueError("a split of nothing")
    if len(flat) == 1:
        return flat[0][0]
    return Split(axis, tuple(branch for branch, _ in flat), tuple(weight for _, weight in flat))


def _split(branch: Branch, path: Path, new: Branch, axis: Axis, first: bool) -> Branch:
    if path:
        assert isinstance(branch, Split)
        place, *rest = path
        changed = _split(branch.children[place], tuple(rest), new, axis, first)
        children = [changed if at == place else child for at, child in enumerate(branch.children)]
        return split_of(branch.axis, zip(children, branch.weights, strict=True))
    halves: list[Branch] = [new, branch] if first else [branch, new]
    return split_of(axis, [(half, 1.0) for half in halves])


def _without(branch: Branch, leaf: int) -> Branch | None:
    """``branch`` without a leaf. Its room goes to the sibling before it, or after it where it is the first: where it
    was split off from that one, that one has again what it had."""
    if isinstance(branch, int):
        return None if branch == leaf else branch
    left: list[tuple[Branch, float]] = []
    spare = 0.0
    for child, weight in zip(branch.children, branch.weights, strict=True):
        rest = _without(child, leaf)
        if rest is not None:
            left.append((rest, weight + spare))
            spare = 0.0
        elif left:
            left[-1] = (left[-1][0], left[-1][1] + weight)
        else:
            spare = weight
    return split_of(branch.axis, left) if left else None


def _renamed(branch: Branch, name: Callable[[int], int | None]) -> Branch:
    """With the names that ``name`` gives; None keeps a leaf's own."""
    if isinstance(branch, int):
        new = name(branch)
        return branch if new is None else new
    return branch._replace(children=tuple(_renamed(child, name) for child in branch.children))


# Arrangements


def _arranged(leaves: Sequence[int], arrangement: Arrangement, area: PaneArea | None) -> Branch:
    if arrangement is Arrangement.EVEN_HORIZONTAL:
        return _line(Axis.ROW, leaves)
    if arrangement is Arrangement.EVEN_VERTICAL:
        return _line(Axis.COLUMN, leaves)
    if arrangement is Arrangement.TILED:
        columns = _columns(len(leaves), area)
        return _line(Axis.COLUMN, [_line(Axis.ROW, leaves[at : at + columns]) for at in range(0, len(leaves), columns)])
    axis = Axis.ROW if arrangement is Arrangement.MAIN_VERTICAL else Axis.COLUMN
    main, *others = leaves
    if not others:
        return main
    return split_of(axis, [(main, MAIN_SHARE), (_line(axis.other, others), 1 - MAIN_SHARE)])


def _line(axis: Axis, branches: Sequence[Branch]) -> Branch:
    return split_of(axis, [(branch, 1.0) for branch in branches])


def _columns(count: int, area: PaneArea | None) -> int:
    """Columns of tiles: about as many as rows, or fewer where they would be too narrow, more where too low."""
    wanted = math.ceil(math.sqrt(count))
    if area is None:
        return wanted
    fitting = [
        columns
        for columns in range(1, count + 1)
        if columns * (MIN_COLS + 1) - 1 <= area.cols and math.ceil(count / columns) * MIN_ROWS <= area.rows
    ]
    return min(fitting, key=lambda columns: abs(columns - wanted), default=wanted)


def _even(branch: Branch) -> Branch:
    if isinstance(branch, int):
        return branch
    children = tuple(map(_even, branch.children))
    return branch._replace(children=children, weights=tuple(float(_span(child, branch.axis)) for child in children))


def _span(branch: Branch, axis: Axis) -> int:
    """How many panes lie one behind the other along ``axis``."""
    if isinstance(branch, int):
        return 1
    spans = [_span(child, axis) for child in branch.children]
    return sum(spans) if branch.axis is axis else max(spans)


# Cells


def _least(branch: Branch) -> tuple[int, int]:
    """The fewest columns and rows that it fits into."""
    if isinstance(branch, int):
        return MIN_COLS, MIN_ROWS
    cols, rows = zip(*map(_least, branch.children), strict=True)
    if branch.axis is Axis.ROW:
        return sum(cols) + len(cols) - 1, max(rows)
    return max(cols), sum(rows)


def _fits(branch: Branch, area: PaneArea) -> bool:
    cols, rows = _least(branch)
    return cols <= area.cols and rows <= area.rows


def _sizes(split: Split, area: PaneArea) -> list[int]:
    """Cells of each child along the split's axis: by weight, but none below its least."""
    along = split.axis is Axis.COLUMN
    total = area.rows if along else area.cols - len(split.children) + 1
    least = [_least(child)[along] for child in split.children]
    free, left = set(range(len(least))), total
    sizes = list(least)
    while True:
        weight = sum(split.weights[at] for at in free)
        tight = {at for at in free if split.weights[at] / weight * left < least[at]}
        if not tight:
            break
        # These keep their least, and the others share what that leaves.
        left -= sum(least[at] for at in tight)
        free -= tight
        if not free:  # only by rounding: all of them are at their least
            sizes[-1] += left
            return sizes
    exact = {at: split.weights[at] / weight * left for at in free}
    for at in free:
        sizes[at] = math.floor(exact[at])
    # What rounding down has left goes to those that lost most by it.
    spare = total - sum(sizes)
    for at in sorted(free, key=lambda at: (sizes[at] - exact[at], at))[:spare]:
        sizes[at] += 1
    return sizes


def _areas(split: Split, area: PaneArea) -> Iterator[tuple[Branch, PaneArea]]:
    x, y = area.x, area.y
    for child, size in zip(split.children, _sizes(split, area), strict=True):
        if split.axis is Axis.ROW:
            yield child, PaneArea(x, y, size, area.rows)
            x += size + 1
        else:
            yield child, PaneArea(x, y, area.cols, size)
            y += size


def _area_at(branch: Branch, area: PaneArea, path: Path) -> PaneArea:
    for place in path:
        assert isinstance(branch, Split)
        branch, area = list(_areas(branch, area))[place]
    return area


def _place(branch: Branch, area: PaneArea, path: Path, panes: dict[int, PaneArea], borders: list[Border]) -> None:
    if isinstance(branch, int):
        panes[branch] = area
        return
    for place, (child, own) in enumerate(_areas(branch, area)):
        if place and branch.axis is Axis.ROW:
            borders.append(Border(PaneArea(own.x - 1, own.y, 1, own.rows), Axis.ROW, path, place - 1))
        elif place:
            borders.append(Border(PaneArea(own.x, own.y, own.cols, 1), Axis.COLUMN, path, place - 1))
        _place(child, own, (*path, place), panes, borders)


def _shared(here: PaneArea, there: PaneArea, side: Side) -> int:
    """The cells of the border at this side of ``here`` that ``there`` has, too."""
    if side.axis is Axis.ROW:
        meets = there.x == here.x + here.cols + 1 if side.sign > 0 else there.x + there.cols + 1 == here.x
        return meets * max(0, min(here.y + here.rows, there.y + there.rows) - max(here.y, there.y))
    meets = there.y == here.y + here.rows if side.sign > 0 else there.y + there.rows == here.y
    return meets * max(0, min(here.x + here.cols, there.x + there.cols) - max(here.x, there.x))
