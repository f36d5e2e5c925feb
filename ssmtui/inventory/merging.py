"""Sorted lists of rows: sorted, added to and taken from, a few thousand rows at a time. No two rows compare equal."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Generic, TypeVar

from ssmtui.inventory.rows import IndexRow, Item

CHUNK = 2000
"""Rows that one step goes over: a millisecond or two."""
_SAMPLES = 8
"""Rows looked at for each bucket."""
SAMPLED = CHUNK // _SAMPLES

T = TypeVar("T")

OrderOf = Callable[[IndexRow[Item]], str]

Merge = Generator[None, None, list[IndexRow[Item]]]
"""Steps that return the rows."""


class Buckets(Generic[T]):
    """Rows dealt out by borders that a sample of their orders gives: all of a bucket come before all of the next.

    Sorting a hundred thousand rows at once would hold the loop for 50 ms; each bucket takes a millisecond.
    """

    def __init__(self, sample: Iterable[str]) -> None:
        """``sample`` is of every :data:`SAMPLED`-th row."""
        self._borders = sorted(sample)[_SAMPLES - 1 :: _SAMPLES]
        self._buckets: list[list[T]] = [[] for _ in range(len(self._borders) + 1)]

    def deal(self, rows: Iterable[T], orders: Iterable[str]) -> None:
        """Put each row where its order belongs."""
        borders, buckets = self._borders, self._buckets
        for row, order in zip(rows, orders, strict=True):
            buckets[bisect_right(borders, order)].append(row)

    def joined(self, order_of: Callable[[T], str]) -> Generator[None, None, list[T]]:
        """All rows, sorted."""
        found: list[T] = []
        for bucket in self._buckets:
            bucket.sort(key=order_of)
            found += bucket
            yield
        return found


def in_order(rows: Sequence[T], order_of: Callable[[T], str]) -> Generator[None, None, list[T]]:
    """``rows`` sorted."""
    if len(rows) <= CHUNK:
        return sorted(rows, key=order_of)
    buckets = Buckets[T](map(order_of, rows[::SAMPLED]))
    yield
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        buckets.deal(chunk, map(order_of, chunk))
        yield
    return (yield from buckets.joined(order_of))


def place_of(row: IndexRow[Item], rows: Sequence[IndexRow[Item]], order_of: OrderOf[Item]) -> int | None:
    """Where in the sorted ``rows`` this very row is; None where it is not."""
    place = bisect_left(rows, order_of(row), key=order_of)
    return place if place < len(rows) and rows[place] is row else None


def merged(
    rows: list[IndexRow[Item]], gone: Sequence[IndexRow[Item]], added: Sequence[IndexRow[Item]], order_of: OrderOf[Item]
) -> Merge[Item]:
    """The sorted ``rows`` without those of ``gone`` that are among them, and with ``added``; a new list."""
    if len(added) * 4 > len(rows):
        out = set(gone)
        yield
        kept = rows
        if out:
            kept = []
            for start in range(0, len(rows), CHUNK * 4):
                kept += [row for row in rows[start : start + CHUNK * 4] if row not in out]
                yield
        return (yield from in_order([*kept, *added], order_of))
    places: list[int] = []
    for start in range(0, len(gone), CHUNK):
        found = [place_of(row, rows, order_of) for row in gone[start : start + CHUNK]]
        places += [place for place in found if place is not None]
        yield
    places.sort()
    kept, last = [], 0
    for place in places:
        kept += rows[last:place]
        last = place + 1
    kept += rows[last:]
    yield
    new = yield from in_order(added, order_of)
    result: list[IndexRow[Item]] = []
    last = 0
    for start in range(0, len(new), CHUNK):
        for row in new[start : start + CHUNK]:
            place = bisect_left(kept, order_of(row), lo=last, key=order_of)
            result += kept[last:place]
            result.append(row)
            last = place
        yield
    result += kept[last:]
    return result
