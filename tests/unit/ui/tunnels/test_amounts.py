"""Amounts of bytes in words and bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.ui.tunnels.amounts import brief_rate, octets, spark, summed, totals


@pytest.mark.parametrize(
    ("rate", "told"),
    [(0, "0"), (0.4, "0"), (812, "812"), (999.4, "999"), (999.6, "1.0k"), (3400, "3.4k"), (9949, "9.9k"), (9960, "10k"),
     (340_000, "340k"), (999_499, "999k"), (999_600, "1.0M"), (1_240_000, "1.2M"), (5e9, "5.0G"), (-3, "0")],
)  # fmt: skip
def test_a_rate_takes_few_cells(rate: float, told: str) -> None:
    assert brief_rate(rate) == told


@given(st.floats(0, 9e14))
def test_no_rate_takes_more_than_five_cells(rate: float) -> None:
    assert len(brief_rate(rate)) <= 5


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (0, "0 B"),
        (812, "812 B"),
        (1500, "1.5 kB"),
        (918_223_123, "918 MB"),
        (1_500_000_000, "1.5 GB"),
        (99_960, "100 kB"),
    ],
)
def test_bytes_have_their_unit(amount: int, told: str) -> None:
    assert octets(amount) == told


def test_bars_are_against_the_largest_and_nothing_is_not_little() -> None:
    assert spark([0, 1, 4, 8], 4) == "·▁▄█"
    assert spark([5], 3) == "  █"
    assert spark([], 3) == "   "


@given(st.lists(st.integers(0, 10**12)), st.integers(1, 40))
def test_bars_are_as_wide_as_asked_for_and_show_the_last(amounts: list[int], width: int) -> None:
    drawn = spark(amounts, width)
    assert len(drawn) == width
    assert drawn.count("·") == sum(amount == 0 for amount in amounts[-width:])


def test_histories_are_summed_from_their_last_periods() -> None:
    assert summed([[(1, 2), (3, 4)], [(10, 20)]]) == [(1, 2), (13, 24)]
    assert totals(summed([])) == []
