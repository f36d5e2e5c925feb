"""Two runs of the suite draw the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st


def test_what_is_drawn_comes_from_the_seed_alone() -> None:
    drawn: list[int] = []

    @given(st.integers())
    def draw(number: int) -> None:
        drawn.append(number)

    draw()
    before = drawn[:]
    drawn.clear()
    draw()
    assert drawn == before
    assert len(set(drawn)) > 50


def test_no_earlier_run_and_no_slow_machine_counts() -> None:
    assert settings().database is None
    assert settings().deadline is None
