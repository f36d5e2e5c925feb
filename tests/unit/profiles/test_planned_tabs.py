"""Tabs in a file and over fewer sessions: nothing is lost, whatever the file holds."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.layout import Arrangement, Axis, Layout, Split
from ssmtui.profiles.planned_tabs import PlannedTab, as_json, from_json, narrowed, own_tabs
from tests.support.planned_tabs import planned_tabs

ROW = {"axis": "row", "children": [0, 1], "weights": [1, 3]}


def same(number: int) -> dict[int, int]:
    return {place: place for place in range(number)}


@given(st.integers(0, 8).flatmap(lambda number: st.tuples(st.just(number), planned_tabs(number))))
def test_what_is_written_is_read(drawn: tuple[int, tuple[PlannedTab, ...]]) -> None:
    number, tabs = drawn
    written = json.loads(json.dumps([as_json(tab) for tab in tabs]))
    assert from_json(written, same(number)) == (tabs, True)


WEIGHTS: list[object] = [1, 2.5, 0, -1, 1e300, float("nan"), float("inf"), "x", True]
BRANCHES = st.recursive(
    st.integers(-1, 6) | st.none() | st.booleans() | st.text(max_size=3),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "axis": st.sampled_from(["row", "column", "diagonal", 3]),
            "children": st.lists(inner, max_size=4) | inner,
            "weights": st.lists(st.sampled_from(WEIGHTS), max_size=4),
        },
    ),
    max_leaves=12,
)
ENTRIES = st.fixed_dictionaries(
    {}, optional={"root": BRANCHES, "focused": BRANCHES, "alone": BRANCHES, "title": BRANCHES}
)


@given(st.lists(ENTRIES | BRANCHES, max_size=4) | BRANCHES)
def test_whatever_a_file_holds_each_session_has_one_pane(value: object) -> None:
    places = {0: 0, 2: 1, 3: 2, 5: 3}
    found, _ = from_json(value, places)
    assert Counter(leaf for tab in found for leaf in tab.layout.leaves) == Counter(places.values())
    for tab in found:
        assert all(0 < weight < 1e13 for weight in weights(tab.layout.root))


def weights(branch: Any) -> list[float]:
    if isinstance(branch, int):
        return []
    return [*branch.weights, *(weight for child in branch.children for weight in weights(child))]


@pytest.mark.parametrize(
    ("entry", "layout"),
    [
        ({"root": ROW, "focused": 1}, Layout(Split(Axis.ROW, (0, 1), (1.0, 3.0)), 1)),
        ({"root": ROW, "focused": 1, "alone": True}, Layout(Split(Axis.ROW, (0, 1), (1.0, 3.0)), 1, alone=True)),
    ],
)
def test_good_entries(entry: dict[str, Any], layout: Layout) -> None:
    assert from_json([entry], same(2)) == ((PlannedTab(layout),), True)


def test_one_pane_has_no_others_to_cover() -> None:
    alone = [{"root": place, "focused": place, "alone": True} for place in range(2)]
    assert from_json(alone, same(2)) == (own_tabs([0, 1]), True)


EVEN = PlannedTab(Layout(Split(Axis.ROW, (0, 1), (1.0, 1.0)), 0))


@pytest.mark.parametrize(
    ("entries", "tabs"),
    [
        ([{"root": {**ROW, "weights": [1, -3]}, "focused": 0}], (EVEN,)),
        ([{"root": {**ROW, "weights": [1]}, "focused": 0}], (EVEN,)),
        ([{"root": {**ROW, "weights": [1e300, 1]}, "focused": 0}], (EVEN,)),
        ([{"root": {**ROW, "axis": "diagonal", "weights": [1, 1]}, "focused": 0}], (EVEN,)),
        ([{"root": {**ROW, "weights": [1, 1]}, "focused": 7}], (EVEN,)),
        (["x", {"root": {**ROW, "weights": [1, 1]}, "focused": 0}], (EVEN,)),
        ([{"root": {**ROW, "children": [0, 7, 1], "weights": [1, 1, 1]}, "focused": 0}], (EVEN,)),
        ([{"root": {**ROW, "children": [0, "x", 1], "weights": [1, 1, 1]}, "focused": 0}], (EVEN,)),
        ([{"root": {**ROW, "children": [0, 0]}, "focused": 0}], own_tabs([0, 1])),
        ([{"root": 1, "focused": 1}, {"root": {**ROW, "children": [0, 1]}, "focused": 1}], own_tabs([1, 0])),
        ([{"root": 1, "focused": 1}], own_tabs([1, 0])),
        ([{"root": {**ROW, "weights": [1, 1]}, "focused": 0, "title": 7}], (EVEN,)),
        (
            [{"root": {**ROW, "weights": [1, 1]}, "focused": 0, "title": "we\x1bb" + "x" * 99}],
            (EVEN._replace(title="we\ufffdb" + "x" * 55 + "…"),),
        ),
        ([], own_tabs([0, 1])),
        (None, own_tabs([0, 1])),
    ],
)
def test_what_is_wrong_is_repaired_and_said(entries: object, tabs: tuple[PlannedTab, ...]) -> None:
    assert from_json(entries, same(2)) == (tabs, False)


def test_a_tree_that_is_too_deep_costs_its_depth_alone() -> None:
    root: Any = 1
    for _ in range(500):
        root = {"axis": "row", "children": [root], "weights": [1]}
    row = {"axis": "row", "children": [0, root], "weights": [1, 1]}
    assert from_json([{"root": row, "focused": 0}], same(2)) == (own_tabs([0, 1]), False)


@given(st.data())
def test_what_is_left_of_tabs_keeps_their_order_and_holds_each_place_once(data: st.DataObject) -> None:
    tabs = data.draw(planned_tabs(7))
    kept = data.draw(st.lists(st.integers(0, 9), unique=True))
    found = narrowed(tabs, kept)
    assert sorted(leaf for tab in found for leaf in tab.layout.leaves) == list(range(len(kept)))
    before = [leaf for tab in tabs for leaf in tab.layout.leaves if leaf in kept]
    assert [kept[leaf] for tab in found for leaf in tab.layout.leaves][: len(before)] == before


def test_a_session_that_is_taken_out_leaves_its_room_to_the_one_before_it() -> None:
    tabs = (PlannedTab(Layout.of([0, 1, 2], Arrangement.EVEN_HORIZONTAL), "web"), *own_tabs([3]))
    left = narrowed(tabs, [0, 2])
    assert left == (PlannedTab(Layout(Split(Axis.ROW, (0, 1), (2.0, 1.0)), 0), "web"),)
