"""Layouts for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from ssmtui.layout import Axis, Branch, Layout, split_of


@st.composite
def layouts(draw: st.DrawFn, places: int) -> tuple[Layout, ...]:
    """Tabs over places from 0 on, each of which is in one of them."""
    left = draw(st.permutations(range(places)))
    found = []
    while left:
        size = draw(st.integers(1, len(left)))
        leaves, left = left[:size], left[size:]
        alone = draw(st.booleans()) and size > 1
        found.append(Layout(_branch(draw, leaves, draw(st.sampled_from(Axis))), draw(st.sampled_from(leaves)), alone))
    return tuple(found)


def _branch(draw: st.DrawFn, leaves: list[int], axis: Axis) -> Branch:
    if len(leaves) == 1:
        return leaves[0]
    cut = draw(st.integers(1, len(leaves) - 1))
    halves = [_branch(draw, some, axis.other) for some in (leaves[:cut], leaves[cut:])]
    return split_of(axis, [(half, draw(st.floats(0.01, 300))) for half in halves])
