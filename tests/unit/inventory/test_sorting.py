"""Sorting in steps: what one stable sort would give, whatever the values are like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory import sorting
from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.fields import FIELDS
from ssmtui.inventory.node_rows import NODE_ROWS, tie_of
from ssmtui.inventory.ordering import RowOrder
from ssmtui.inventory.rows import IndexRow
from ssmtui.inventory.sorting import Measure, Sorting, in_order_of, placed_as
from ssmtui.model import Node

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row(name: str, **facts: object) -> IndexRow:
    new = IndexRow(Node(f"i-{name}", name)._replace(**facts))
    new.tie = tie_of(new.item)
    return new


def result(steps: Sorting) -> list[IndexRow]:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: list[IndexRow] = end.value
            return found


@contextmanager
def sizes(few: int) -> Iterator[None]:
    """So that some rows take many steps, and that values are few up to ``few``."""
    with ExitStack() as stack:
        for name, value in {"CHUNK": 2, "SPAN": 2, "MANY": 3, "PICKED": 2, "FEW": few}.items():
            stack.enter_context(patch.object(sorting, name, value))
        yield


BY_ZONE = Measure(
    keys=lambda rows: [row.item.zone.casefold() for row in rows],
    ranks=lambda rows: [row.item.zone.casefold() for row in rows],
    sources=lambda rows: [row.item.zone for row in rows],
)
ZONES = st.lists(st.sampled_from(["", "a", "A", "b", "B", "c", "d", "e"]), max_size=30)


@given(ZONES, st.booleans(), st.sampled_from([0, 100]))
def test_equal_rows_stay_in_their_order_and_unknown_ones_come_last(zones: list[str], down: bool, few: int) -> None:
    rows = [row(f"{number:02}", zone=zone) for number, zone in enumerate(zones)]
    expected = sorted(rows, key=lambda one: one.item.zone.casefold(), reverse=down)
    expected.sort(key=lambda one: not one.item.zone)
    with sizes(few):
        assert result(in_order_of(rows, BY_ZONE, descending=down)) == expected


def test_a_value_that_many_rows_share_is_not_sorted() -> None:
    rows = [row(str(number), zone="m" if number % 3 else f"{number:06}") for number in range(30_000)]
    lengths = []

    def noted(pairs: Iterable[tuple[Any, IndexRow]], descending: bool) -> list[IndexRow]:
        found = sort(pairs, descending)
        lengths.append(len(found))
        return found

    sort = sorting._sorted
    with patch.object(sorting, "_sorted", noted):
        found = result(in_order_of(rows, BY_ZONE, descending=True))
    assert found == sorted(rows, key=lambda one: one.item.zone, reverse=True)
    assert max(lengths, default=0) < sorting.MANY


@given(st.lists(st.integers(0, 20), unique=True))
def test_some_are_placed_as_all_are(numbers: list[int]) -> None:
    rows = [row(f"{number:02}") for number in range(21)]
    with sizes(0):
        assert result(placed_as(rows, [rows[n] for n in numbers], RowOrder(NODE_ROWS, ()).of)) == [
            rows[n] for n in sorted(numbers)
        ]


@given(st.lists(st.sampled_from(["", "web-2", "web-10", "WEB-2", "we\0b", "we"]), max_size=12), st.booleans())
def test_sorted_rows_are_in_the_order_of_their_strings(names: list[str], down: bool) -> None:
    rows = sorted(
        (row(name, id=f"i-{number}") for number, name in enumerate(names)),
        key=lambda one: one.tie,
    )
    order = RowOrder(NODE_ROWS, [SortKey("name", down), SortKey("id", not down)])
    with sizes(2):
        assert result(order.sorted(rows)) == sorted(rows, key=order.of)


def test_a_time_orders_by_its_rank_as_by_its_key() -> None:
    seen = FIELDS["seen"]
    assert seen.rank is not None
    times = [None, *(EPOCH + timedelta(seconds=at) for at in (-5, 0, 1e-3, 1, 1e9, 1e9 + 1e-3))]
    nodes = [Node("i", "", last_ping=time) for time in times]
    keys, ranks = [seen.sort_key(node) for node in nodes], [seen.rank(node) for node in nodes]
    assert [key == "" for key in keys] == [rank == 0 for rank in ranks]
    assert keys == sorted(keys)
    assert ranks == sorted(ranks)
    assert [a == b for a, b in pairwise(keys)] == [a == b for a, b in pairwise(ranks)]
