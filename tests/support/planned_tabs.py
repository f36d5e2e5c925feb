"""Tabs and layouts for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from ssmtui.layout import Axis, Branch, Layout, split_of
from ssmtui.profiles.planned_tabs import PlannedTab


@st.composite
def planned_tabs(draw: st.DrawFn, places: int) -> tuple[PlannedTab, ...]:
    """Tabs over places from 0 on, each of which is in one of them."""
    left = draw(st.permutations(range(places)))
    found = []
    while left:
        size = draw(st.integers(1, len(left)))
        leaves, left = left[:size], left[size:]
        alone = draw(st.booleans()) and size > 1
        layout = Layout(_branch(draw, leaves, draw(st.sampled_from(Axis))), draw(st.sampled_from(leaves)), alone)
        found.append(PlannedTab(layout, draw(st.sampled_from(["", "web"]))))
    return tuple(found)


def _branch(draw: st.DrawFn, leaves: list[int], axis: Axis) -> Branch:
    if len(leaves) == 1:
        return leaves[0]
    cut = draw(st.integers(1, len(leaves) - 1))
    halves = [_branch(draw, some, axis.other) for some in (leaves[:cut], leaves[cut:])]
    return split_of(axis, [(half, draw(st.floats(0.01, 300))) for half in halves])
