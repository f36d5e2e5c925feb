"""The panes of a tab as a tree: what holds after any sequence of operations, and what each of them does."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ssmtui.layout import (
    MIN_COLS,
    MIN_ROWS,
    Arrangement,
    Axis,
    Layout,
    PaneArea,
    PlacedPanes,
    Side,
    Split,
    split_of,
)

AREA = PaneArea(0, 0, 200, 60)
AXES, SIDES, ARRANGEMENTS = map(st.sampled_from, (Axis, Side, Arrangement))


def cells(area: PaneArea) -> list[tuple[int, int]]:
    return [(x, y) for x in range(area.x, area.x + area.cols) for y in range(area.y, area.y + area.rows)]


def assert_covered(placed: PlacedPanes, area: PaneArea) -> None:
    """Every cell of the area belongs to one pane or one border of a row."""
    parts = [*placed.panes.values(), *(border.area for border in placed.borders if border.axis is Axis.ROW)]
    assert Counter(cell for each in parts for cell in cells(each)) == Counter(cells(area))


class LayoutMachine(RuleBasedStateMachine):
    """Any sequence of operations, in areas from tiny to large."""

    @initialize(cols=st.integers(1, 130), rows=st.integers(1, 50))
    def begin(self, cols: int, rows: int) -> None:
        self.area = PaneArea(3, 1, cols, rows)
        self.layout = Layout.of([0])
        self.next = 1
        self.expected = {0}

    def leaf(self, data: Any) -> int:
        found: int = data.draw(st.sampled_from(self.layout.leaves))
        return found

    @rule(data=st.data(), axis=AXES, first=st.booleans())
    @precondition(lambda self: len(self.expected) < 12)
    def split(self, data: Any, axis: Axis, first: bool) -> None:
        self.layout = self.layout.split(self.leaf(data), self.next, axis, first=first)
        assert self.layout.focused == self.next
        self.expected.add(self.next)
        self.next += 1

    @rule(data=st.data())
    @precondition(lambda self: len(self.expected) > 1)
    def remove(self, data: Any) -> None:
        gone = self.leaf(data)
        left = self.layout.remove(gone)
        assert left is not None
        if gone != self.layout.focused:
            assert left.focused == self.layout.focused
        self.expected.remove(gone)
        self.layout = left

    @rule(data=st.data())
    def focus(self, data: Any) -> None:
        leaf, before = self.leaf(data), self.layout.focused
        self.layout = self.layout.focus(leaf)
        assert self.layout.focused == leaf
        if leaf != before:
            assert self.layout.before == before

    @rule(side=SIDES)
    def go(self, side: Side) -> None:
        leaf = self.layout.neighbour(side, self.area)
        if leaf is not None:
            panes = replace(self.layout, alone=False).place(self.area).panes
            if leaf not in panes:  # there is no room for all of them
                panes = replace(self.layout, alone=False).place(PaneArea(3, 1, 400, 200)).panes
            here, there = panes[self.layout.focused], panes[leaf]
            assert (there[side.axis is Axis.COLUMN] - here[side.axis is Axis.COLUMN]) * side.sign > 0
            self.layout = self.layout.focus(leaf)

    @rule(data=st.data())
    def swap(self, data: Any) -> None:
        one, other = self.leaf(data), self.leaf(data)
        swapped = self.layout.swap(one, other)
        assert swapped.swap(one, other).root == self.layout.root
        self.layout = swapped

    @rule(offset=st.integers(-3, 3))
    def rotate(self, offset: int) -> None:
        rotated = self.layout.rotate(offset)
        assert rotated.rotate(-offset).root == self.layout.root
        self.layout = rotated

    @rule(side=SIDES, count=st.integers(1, 20))
    def grow(self, side: Side, count: int) -> None:
        self.layout = self.layout.grow(side, count, self.area)

    @rule(data=st.data(), x=st.integers(-5, 140), y=st.integers(-5, 60))
    def drag(self, data: Any, x: int, y: int) -> None:
        borders = self.layout.place(self.area).borders
        if borders:
            self.layout = self.layout.drag(data.draw(st.sampled_from(borders)), x, y, self.area)

    @rule()
    def even(self) -> None:
        self.layout = self.layout.even()

    @rule(arrangement=ARRANGEMENTS)
    def arrange(self, arrangement: Arrangement) -> None:
        self.layout = self.layout.arrange(arrangement, self.area)

    @rule()
    def arrange_next(self) -> None:
        self.layout = self.layout.arrange_next(self.area)

    @rule()
    def toggle_alone(self) -> None:
        back = self.layout.toggle_alone().toggle_alone()
        if self.layout.alone or len(self.expected) > 1:
            assert back == self.layout
        self.layout = self.layout.toggle_alone()

    @invariant()
    def every_leaf_is_there_once(self) -> None:
        assert sorted(self.layout.leaves) == sorted(self.expected)
        assert self.layout.focused in self.expected
        assert set(self.layout.seen) <= self.expected - {self.layout.focused}
        assert len(set(self.layout.seen)) == len(self.layout.seen)

    @invariant()
    def places_cover_the_area(self) -> None:
        placed = self.layout.place(self.area)
        assert_covered(placed, self.area)
        assert self.layout.focused in placed.panes
        assert len(placed.panes) + placed.hidden == len(self.expected)
        if len(placed.panes) > 1:
            assert all(each.cols >= MIN_COLS and each.rows >= MIN_ROWS for each in placed.panes.values())

    @invariant()
    def no_split_lies_in_one_of_its_own_axis(self) -> None:
        branches = [self.layout.root]
        while branches:
            branch = branches.pop()
            if isinstance(branch, Split):
                assert len(branch.children) == len(branch.weights) > 1
                assert all(weight > 0 for weight in branch.weights)
                assert all(isinstance(child, int) or child.axis is not branch.axis for child in branch.children)
                branches += branch.children


TestLayouts = LayoutMachine.TestCase


def three() -> Layout:
    """1 at the left; 2 above 3 at the right."""
    return Layout.of([1]).split(1, 2, Axis.ROW).split(2, 3, Axis.COLUMN)


def left(layout: Layout, gone: int) -> Layout:
    """Without a leaf that is not the last."""
    found = layout.remove(gone)
    assert found is not None
    return found


def test_split_halves_what_the_pane_had() -> None:
    panes = three().place(PaneArea(0, 0, 101, 40)).panes
    assert panes == {1: PaneArea(0, 0, 50, 40), 2: PaneArea(51, 0, 50, 20), 3: PaneArea(51, 20, 50, 20)}


def test_split_along_the_same_axis_leaves_the_others_their_room() -> None:
    layout = Layout.of([1, 2], Arrangement.EVEN_HORIZONTAL).split(2, 3, Axis.ROW)
    panes = layout.place(PaneArea(0, 0, 122, 10)).panes
    assert [panes[leaf].cols for leaf in (1, 2, 3)] == [60, 30, 30]
    assert isinstance(layout.root, Split)
    assert layout.root.children == (1, 2, 3)


def test_split_before() -> None:
    assert Layout.of([1]).split(1, 2, Axis.COLUMN, first=True).leaves == (2, 1)


def test_split_refuses_a_leaf_that_is_there() -> None:
    with pytest.raises(ValueError, match="2"):
        three().split(1, 2, Axis.ROW)
    with pytest.raises(KeyError):
        three().split(9, 4, Axis.ROW)


def test_a_pane_that_goes_leaves_its_room_to_the_one_it_was_split_from() -> None:
    area = PaneArea(0, 0, 121, 10)
    split = Layout.of([1]).split(1, 2, Axis.ROW).split(2, 3, Axis.ROW)
    closed = split.remove(3)
    assert closed is not None
    assert [each.cols for each in closed.place(area).panes.values()] == [60, 60]
    first = split.split(1, 4, Axis.ROW, first=True).remove(4)
    assert first is not None
    assert first.place(area) == split.place(area)


def test_join_keeps_how_the_others_lie() -> None:
    joined = Layout.of([7]).join(7, three(), Axis.COLUMN)
    panes = joined.place(PaneArea(0, 0, 101, 80)).panes
    assert panes[7] == PaneArea(0, 0, 101, 40)
    assert panes[1] == PaneArea(0, 40, 50, 40)
    assert panes[3] == PaneArea(51, 60, 50, 20)
    assert joined.focused == 3
    assert joined.before == 7
    assert left(left(joined, 3), 7).focused == 2, "it is known where the focus was in there"
    with pytest.raises(ValueError, match="1"):
        three().join(1, three(), Axis.ROW)


def test_last_leaf_leaves_nothing() -> None:
    assert Layout.of([1]).remove(1) is None


def test_focus_goes_back_to_where_it_was_when_a_pane_goes() -> None:
    left = three().focus(1).focus(3).remove(3)
    assert left is not None
    assert left.focused == 1


def test_neighbour_shares_the_border() -> None:
    layout = three()  # the focus is on 3
    assert layout.neighbour(Side.UP, AREA) == 2
    assert layout.neighbour(Side.LEFT, AREA) == 1
    assert layout.neighbour(Side.RIGHT, AREA) is None
    assert layout.neighbour(Side.DOWN, AREA) is None


def test_of_two_neighbours_the_one_that_had_the_focus_last() -> None:
    assert three().focus(2).focus(1).neighbour(Side.RIGHT, AREA) == 2
    assert three().focus(3).focus(1).neighbour(Side.RIGHT, AREA) == 3


def test_of_two_that_were_never_looked_at_the_one_with_more_of_the_border() -> None:
    right = Split(Axis.COLUMN, (2, 3), (1.0, 3.0))
    layout = Layout(split_of(Axis.ROW, [(1, 1.0), (right, 1.0)]), 1)
    assert layout.neighbour(Side.RIGHT, AREA) == 3


def test_one_that_is_alone_covers_the_others_and_goes_back_to_its_place() -> None:
    layout = three()
    alone = layout.toggle_alone()
    assert alone.place(AREA) == PlacedPanes({3: AREA}, (), 2)
    assert alone.toggle_alone().place(AREA) == layout.place(AREA)
    assert alone.focus(1).place(AREA) == layout.place(AREA)


def test_neighbours_of_one_that_covers_the_others_are_those_of_its_place() -> None:
    assert three().toggle_alone().neighbour(Side.LEFT, AREA) == 1
    assert three().toggle_alone().neighbour(Side.RIGHT, AREA) is None
    assert three().neighbour(Side.UP, PaneArea(0, 0, 40, 10)) == 2, "there is no room for all of them"


def test_single_pane_is_never_alone() -> None:
    assert not Layout.of([1]).toggle_alone().alone


def test_terminal_too_small_shows_the_focused_one() -> None:
    small = PaneArea(0, 0, 40, 12)
    assert three().place(small) == PlacedPanes({3: small}, (), 2)
    assert three().place(PaneArea(0, 0, 41, 12)).hidden == 0


def test_grow_moves_the_border_at_that_side() -> None:
    area = PaneArea(0, 0, 101, 40)
    assert three().focus(1).grow(Side.RIGHT, 5, area).place(area).panes[1].cols == 55
    assert three().focus(2).grow(Side.LEFT, 5, area).place(area).panes[2].cols == 55
    assert three().focus(2).grow(Side.DOWN, 3, area).place(area).panes[2].rows == 23


def test_grow_moves_the_border_of_a_split_further_out() -> None:
    inner = Layout.of([1]).split(1, 2, Axis.ROW).split(2, 3, Axis.COLUMN).split(3, 4, Axis.ROW).focus(3)
    area = PaneArea(0, 0, 121, 40)
    before, panes = inner.place(area).panes, inner.grow(Side.LEFT, 5, area).place(area).panes
    assert panes[1].cols == before[1].cols - 5
    assert panes[3].x == before[3].x - 5
    down = inner.focus(3).grow(Side.UP, 2, area).place(area).panes
    assert down[2].rows == before[2].rows - 2


def test_at_the_edge_the_border_at_the_other_side_moves() -> None:
    area = PaneArea(0, 0, 101, 40)
    assert three().focus(1).grow(Side.LEFT, 5, area).place(area).panes[1].cols == 45
    assert three().focus(3).grow(Side.DOWN, 5, area).place(area).panes[3].rows == 15
    assert three().focus(2).grow(Side.RIGHT, 5, area).place(area).panes[2].cols == 45


def test_growing_takes_from_those_behind_the_neighbour_too() -> None:
    area = PaneArea(0, 0, 122, 10)
    layout = Layout.of([1, 2, 3], Arrangement.EVEN_HORIZONTAL)
    panes = layout.grow(Side.RIGHT, 30, area).place(area).panes
    assert [panes[leaf].cols for leaf in (1, 2, 3)] == [70, 20, 30]
    panes = layout.grow(Side.RIGHT, 99, area).place(area).panes
    assert [panes[leaf].cols for leaf in (1, 2, 3)] == [80, 20, 20]


def test_border_goes_where_it_is_dragged() -> None:
    area = PaneArea(2, 1, 101, 40)
    layout = three()
    border = next(each for each in layout.place(area).borders if each.axis is Axis.ROW)
    dragged = layout.drag(border, 40, 7, area)
    assert dragged.place(area).borders[0].area.x == 40
    line = next(each for each in layout.place(area).borders if each.axis is Axis.COLUMN)
    assert layout.drag(line, 0, 30, area).place(area).panes[3].y == 30


def test_even_gives_all_the_same_room() -> None:
    layout = Layout.of([1]).split(1, 2, Axis.ROW).split(2, 3, Axis.ROW).even()
    panes = layout.place(PaneArea(0, 0, 92, 10)).panes
    assert [panes[leaf].cols for leaf in (1, 2, 3)] == [30, 30, 30]


@pytest.mark.parametrize(
    ("count", "columns"), [(1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (6, [3, 3]), (16, [4] * 4)]
)
def test_tiles(count: int, columns: list[int]) -> None:
    panes = Layout.of(range(count), area=AREA).place(AREA).panes
    rows = Counter(each.y for each in panes.values())
    assert [rows[y] for y in sorted(rows)] == columns


def test_tiles_have_as_many_columns_as_fit() -> None:
    narrow = PaneArea(0, 0, 62, 40)
    placed = Layout.of(range(16), area=narrow).place(narrow)
    assert len(placed.panes) == 16
    assert len({each.x for each in placed.panes.values()}) == 3


def test_main_pane_is_the_one_with_the_focus() -> None:
    area = PaneArea(0, 0, 101, 40)
    panes = three().focus(2).arrange(Arrangement.MAIN_VERTICAL, area).place(area).panes
    assert panes[2] == PaneArea(0, 0, 60, 40)
    assert {panes[1].x, panes[3].x} == {61}


def test_arrangements_follow_each_other_and_come_back() -> None:
    layout, seen = three().arrange(Arrangement.MAIN_HORIZONTAL, AREA), []
    for _ in range(10):
        layout = layout.arrange_next(AREA)
        seen.append(layout.root)
    assert seen[:5] == seen[5:]
    assert len(set(map(str, seen))) == 5


def test_only_arrangements_that_fit_are_offered() -> None:
    area = PaneArea(0, 0, 62, 12)
    layout = Layout.of([1, 2, 3, 4], area=area)
    for _ in range(5):
        layout = layout.arrange_next(area)
        assert layout.fits(area)


@pytest.mark.parametrize(("weights", "cols"), [((2.0, 1.0), [67, 34]), ((1.0, 2.0), [34, 67]), ((1.0, 1.0), [51, 50])])
def test_the_cell_that_is_left_goes_to_who_lost_most_by_rounding(weights: tuple[float, float], cols: list[int]) -> None:
    layout = Layout(split_of(Axis.ROW, list(zip((1, 2), weights, strict=True))), 1)
    panes = layout.place(PaneArea(0, 0, 102, 10)).panes
    assert [panes[leaf].cols for leaf in (1, 2)] == cols


@given(weights=st.lists(st.floats(1e-300, 1e300), min_size=2, max_size=8), cols=st.integers(1, 500))
def test_any_weights_give_whole_cells(weights: list[float], cols: int) -> None:
    layout = Layout(split_of(Axis.ROW, list(enumerate(weights))), 0)
    area = PaneArea(0, 0, cols, 6)
    assert_covered(layout.place(area), area)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_weight_that_is_none(weight: float) -> None:
    with pytest.raises(ValueError, match=str(weight)):
        split_of(Axis.ROW, [(1, weight), (2, 1.0)])


def test_focus_must_be_a_leaf() -> None:
    with pytest.raises(KeyError):
        Layout(1, 2)


def test_renamed_leaves_keep_everything_else() -> None:
    renamed = three().renamed({3: 7})
    assert renamed.leaves == (1, 2, 7)
    assert renamed.focused == 7
    with pytest.raises(ValueError, match="2"):
        three().renamed({3: 2})


def test_only_some_are_kept() -> None:
    kept = three().only([1, 3])
    assert kept is not None
    assert kept.leaves == (1, 3)
    assert three().only([]) is None
