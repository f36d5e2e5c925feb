"""The geometry of the overview: every tile has a place, and the cursor reaches all of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ssmtui.ui.overview.grid import LOWEST, NARROWEST, TileGrid

counts = st.integers(1, 70)
widths = st.integers(1, 260)
heights = st.integers(1, 90)
grids = st.builds(TileGrid.of, counts, widths, heights)


@given(counts, widths, heights)
def test_tiles_fill_their_rows_without_overlap(count: int, width: int, height: int) -> None:
    grid = TileGrid.of(count, width, height)
    slots = [grid.slot(tile) for tile in range(count)]
    assert len(set(slots)) == count
    assert all(slot.width >= 1 and slot.height == grid.height >= 1 for slot in slots)
    for one, other in pairwise(slots):
        if one.y == other.y:
            assert one.x + one.width == other.x
        else:
            assert one.x + one.width == width
            assert (other.x, other.y) == (0, one.y + one.height)
    assert max(slot.y + slot.height for slot in slots) == grid.lines


@given(counts, widths, heights)
def test_tiles_are_as_large_as_can_be_read_where_there_is_room(count: int, width: int, height: int) -> None:
    grid = TileGrid.of(count, width, height)
    assert grid.height >= min(LOWEST, height)
    assert all(grid.slot(tile).width >= min(NARROWEST, width) for tile in range(count))


@given(counts, widths, heights)
def test_all_are_in_sight_where_that_is_possible(count: int, width: int, height: int) -> None:
    grid = TileGrid.of(count, width, height)
    columns = max(1, min(count, width // NARROWEST))
    if -(-count // columns) * LOWEST <= height:
        assert grid.lines <= height
        assert list(grid.in_sight(0, height)) == list(range(count))
    else:
        # As many rows as can be read are in sight, and those use the height.
        assert grid.columns == columns
        assert grid.page(height) == max(1, height // LOWEST)


@given(grids, st.data())
def test_a_cell_belongs_to_the_tile_that_covers_it(grid: TileGrid, data: st.DataObject) -> None:
    x, y = data.draw(st.integers(-2, grid.width + 2)), data.draw(st.integers(-2, grid.lines + 2))
    covering = [
        tile
        for tile in range(grid.tiles)
        for slot in [grid.slot(tile)]
        if slot.x <= x < slot.x + slot.width and slot.y <= y < slot.y + slot.height
    ]
    assert grid.at(x, y) == (covering[0] if covering else None)


@given(grids, st.integers(-10, 500), st.integers(1, 90))
def test_what_is_in_sight_has_a_line_in_view(grid: TileGrid, top: int, height: int) -> None:
    seen = [
        tile
        for tile in range(grid.tiles)
        for slot in [grid.slot(tile)]
        if slot.y < top + height and slot.y + slot.height > top
    ]
    assert list(grid.in_sight(top, height)) == seen


@given(grids, st.data(), st.integers(-9, 9))
def test_going_down_and_up_stays_in_the_column_and_in_the_grid(grid: TileGrid, data: st.DataObject, rows: int) -> None:
    tile = data.draw(st.integers(0, grid.tiles - 1))
    there = grid.below(tile, rows)
    assert 0 <= there < grid.tiles
    if rows:
        assert (there >= tile) is (rows > 0) or there == tile
    whole = there % grid.columns == tile % grid.columns
    assert whole or there in (grid.tiles - 1, 0)
    assume(whole and abs(rows) < grid.tiles and there // grid.columns == tile // grid.columns + rows)
    assert grid.below(there, -rows) == tile


@given(grids)
def test_every_tile_is_reached_from_the_first_by_single_steps(grid: TileGrid) -> None:
    reached = {0}
    tile = 0
    for _ in range(grid.tiles):
        tile = grid.beside(tile, 1)
        reached.add(tile)
    assert reached == set(range(grid.tiles))
    assert grid.beside(tile, 1) == tile
    assert grid.beside(0, -1) == 0
    assert grid.below(0, 10**9) == grid.tiles - 1
    assert grid.below(grid.tiles - 1, -(10**9)) == 0


@given(grids, st.data(), st.integers(0, 400), st.integers(1, 90))
def test_scrolling_shows_the_tile_and_moves_no_more_than_it_must(
    grid: TileGrid, data: st.DataObject, top: int, height: int
) -> None:
    tile = data.draw(st.integers(0, grid.tiles - 1))
    slot = grid.slot(tile)
    there = grid.top_for(tile, top, height)
    if slot.height > height:
        assert there == slot.y
        return
    assert there <= slot.y
    assert slot.y + slot.height <= there + height
    if top <= slot.y and slot.y + slot.height <= top + height:
        assert there == top
    else:
        assert slot.y == there or slot.y + slot.height == there + height


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [
        (1, (120, 36), (1, 36)),
        (2, (120, 36), (2, 36)),
        (4, (80, 20), (2, 10)),
        (9, (120, 36), (3, 12)),
        (50, (80, 20), (2, 5)),
        (50, (120, 36), (3, 5)),
        (50, (200, 56), (5, 5)),
        (5, (40, 6), (1, 6)),
    ],
)
def test_grids_of_usual_screens(count: int, size: tuple[int, int], expected: tuple[int, int]) -> None:
    """Columns, and lines of a tile."""
    grid = TileGrid.of(count, *size)
    assert (grid.columns, grid.height) == expected
    assert TileGrid.of(0, *size).rows == 0
    assert list(TileGrid.of(0, *size).in_sight(0, size[1])) == []
