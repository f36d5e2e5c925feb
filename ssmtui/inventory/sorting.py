"""Brings rows into the order of one key, a few thousand at a time; equal ones stay in the order that they are in. Pure.

Comparing two rows costs more than looking at one, and looking at a row costs what its memory is away: each row's value
is taken once, and rows are dealt out by it. Where a few values are shared by all rows that is all there is to do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Sequence
from itertools import chain
from operator import itemgetter
from random import Random
from typing import Any, Generic, NamedTuple

from ssmtui.inventory.rows import IndexRow, Item

CHUNK = 1000
"""Rows that one step takes the values of: a millisecond or two."""
LOOKED_AT = 400
"""Rows that are sampled to see how the values are spread."""
FEW = LOOKED_AT // 8
"""Values among these at which rows are put together by value."""
SPAN = 8
"""Rows looked at for each bucket."""

PICKED = 4000
"""Rows that one step picks out."""
MANY = 6000
"""Rows of a bucket that are too many to be sorted in one step."""

Values = Callable[[Sequence[IndexRow[Item]]], Iterable[Any]]
"""One for each row. What is false says nothing."""

Sorting = Generator[None, None, list[IndexRow[Item]]]
"""Steps that return the rows."""

_value_of = itemgetter(0)


class Measure(NamedTuple, Generic[Item]):
    """How rows are compared by one thing."""

    keys: Values[Item]
    """Strings that order the rows."""
    ranks: Values[Item]
    """Numbers or strings that order them the same way and are computed faster; all of one type, or false."""
    sources: Values[Item]
    """What the keys are made of: rows with equal ones have equal keys."""


def in_order_of(rows: Sequence[IndexRow[Item]], measure: Measure[Item], *, descending: bool = False) -> Sorting[Item]:
    """``rows`` by ``measure``; those of which it says nothing come last either way."""
    # At random rather than at equal distances, since rows may repeat in a cycle; the same sample each time.
    sample = rows if len(rows) <= LOOKED_AT else Random(LOOKED_AT).choices(rows, k=LOOKED_AT)  # noqa: S311 (repeatable, not a secret)
    if len(set(measure.sources(sample))) <= FEW:
        return _grouped(rows, measure, descending)
    return _bucketed(rows, measure, descending, sorted(filter(None, measure.ranks(sample))))


def _grouped(rows: Sequence[IndexRow[Item]], measure: Measure[Item], descending: bool) -> Sorting[Item]:
    groups: dict[str, list[IndexRow[Item]]] = {}
    by_source: dict[Any, list[IndexRow[Item]]] = {}
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        for row, source in zip(chunk, measure.sources(chunk), strict=True):
            try:
                by_source[source].append(row)
            except KeyError:
                (key,) = measure.keys((row,))
                group = by_source[source] = groups.setdefault(key, [])
                group.append(row)
        yield
    unknown = groups.pop("", [])
    return [*chain.from_iterable(groups[key] for key in sorted(groups, reverse=descending)), *unknown]


def _bucketed(
    rows: Sequence[IndexRow[Item]], measure: Measure[Item], descending: bool, sample: list[Any]
) -> Sorting[Item]:
    """Rows dealt out so that all of a bucket come before all of the next. Values go with them: they would have to be
    fetched from far again. A value that many rows share is a border, the least of its bucket."""
    borders = list(dict.fromkeys(sample[SPAN - 1 :: SPAN]))
    buckets: list[tuple[list[Any], list[IndexRow[Item]]]] = [([], []) for _ in range(len(borders) + 1)]
    put = [(values.append, some.append) for values, some in buckets]
    unknown: list[IndexRow[Item]] = []
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        for row, value in zip(chunk, measure.ranks(chunk), strict=True):
            if value:
                put_value, put_row = put[bisect_right(borders, value)]
                put_value(value)
                put_row(row)
            else:
                unknown.append(row)
        yield
    found: list[IndexRow[Item]] = []
    differ = True
    for place in sorted(range(len(buckets)), reverse=descending):
        values, some = buckets[place]
        by_value = dict(zip(values, some, strict=True)) if differ else {}
        differ = len(by_value) == len(some)
        if differ:
            found += map(by_value.__getitem__, sorted(values, reverse=descending))
        elif len(some) < MANY:
            found += _sorted(zip(values, some, strict=True), descending)
        else:
            found += yield from _split(values, some, borders[place - 1] if place else None, descending)
        yield
    return found + unknown


def _sorted(pairs: Iterable[tuple[Any, IndexRow[Item]]], descending: bool) -> list[IndexRow[Item]]:
    return [row for _, row in sorted(pairs, key=_value_of, reverse=descending)]


def _split(values: Sequence[Any], rows: Sequence[IndexRow[Item]], least: Any, descending: bool) -> Sorting[Item]:
    """Sorted, of which many have the least value."""
    same: list[IndexRow[Item]] = []
    more: list[tuple[Any, IndexRow[Item]]] = []
    for start in range(0, len(rows), MANY):
        for value, row in zip(values[start : start + MANY], rows[start : start + MANY], strict=True):
            if value == least:
                same.append(row)
            else:
                more.append((value, row))
        yield
    rest = _sorted(more, descending)
    return rest + same if descending else same + rest


def placed_as(
    rows: Sequence[IndexRow[Item]], some: Sequence[IndexRow[Item]], order_of: Callable[[IndexRow[Item]], str]
) -> Sorting[Item]:
    """``some`` of ``rows``, in the order of all."""
    if len(some) <= CHUNK // 2:
        return sorted(some, key=order_of)
    chosen: set[IndexRow[Item]] = set()
    for start in range(0, len(some), PICKED):
        chosen.update(some[start : start + PICKED])
        yield
    found: list[IndexRow[Item]] = []
    for start in range(0, len(rows), PICKED):
        found += [row for row in rows[start : start + PICKED] if row in chosen]
        yield
    return found
