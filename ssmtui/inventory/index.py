"""Rows as a table lists them: filtered and sorted, and kept so while they change, in short steps."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import chain, repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic

from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.merging import CHUNK, OrderOf, merged, place_of
from ssmtui.inventory.ordering import RowOrder
from ssmtui.inventory.rows import IndexRow, Item, RowKey, RowKind
from ssmtui.inventory.sorting import placed_as
from ssmtui.inventory.store import Delta, Place
from ssmtui.inventory.usage import Usage

if TYPE_CHECKING:
    from ssmtui.inventory.query.row_query import RowQuery

Steps = Iterator[None]
"""Work in parts: each ``next()`` takes a few milliseconds, and once it is exhausted all is done."""

FILL = 250
"""Rows whose searched text is made in one step."""
SIFTED = 500
"""Changed items that one step looks at."""
FIRST_LOOK = 0.004
"""Seconds after which a filter that takes long shows what it has found so far."""
NEXT_LOOK = 0.15
"""Seconds between two such looks."""
FREEZE = 10_000
"""New rows after which the garbage collector is told again to skip what there is."""

GRADES = 4
"""How many grades :meth:`RowQuery.grades` knows."""

_tie_of: OrderOf[Any] = attrgetter("tie")
_held_order_of: OrderOf[Any] = attrgetter("order")

Groups = Generator[None, None, list[list[IndexRow[Item]]]]
"""Steps that return rows by closeness."""


class _Job:
    """One piece of work that the index was asked for."""

    def __init__(self, work: Steps) -> None:
        self.work = work
        self.done = False


class RowIndex(Generic[Item]):
    """Rows for all items it has been given, and of these the ones that match the query, in order.

    Items of which a key's field says nothing come last in either direction; what is equal is in the order of ties.

    Steps may be run in any order, and dropped before they are exhausted: they all work off one queue. Only what has
    been run counts: :attr:`shown` is that of before until then.
    """

    def __init__(self, kind: RowKind[Item], usage: Usage | None = None) -> None:
        self.shown: Sequence[IndexRow[Item]] = ()
        """The rows that match, in order. Replaced by the steps, never changed in place; a row may get a newer item of
        the same place."""
        self.query: RowQuery | None = None
        """The filter asked for last; None: every row is shown."""
        self.sort_keys: tuple[SortKey, ...] = kind.order
        """The keys asked for last."""
        self.total = 0
        """Items there are, shown or not."""
        self._kind = kind
        self._usage = usage
        self._order = RowOrder(kind, kind.order, usage)
        self._noting: Steps | None = None
        """Writes each row's order down, after a sort; until it is through, orders are made when they are needed."""
        self._tables: dict[Place, dict[str, IndexRow[Item]]] = {}
        self._rows: list[IndexRow[Item]] = []
        """All, in order."""
        self._tied: list[IndexRow[Item]] = []
        """The same in the order of their ties, from which each sort begins."""
        self._groups: list[list[IndexRow[Item]]] | None = None
        """Those that match, by closeness and in order; None: all are shown as they are."""
        self._complete: RowQuery | None = None
        """The query whose matches the groups hold completely; None while a search shows what it has so far."""
        self._matching: list[IndexRow[Item]] | None = None
        """The rows of the groups in one list, in order, until something changes: for a filter that narrows this one."""
        self._jobs: deque[_Job] = deque()
        self._running: _Job | None = None
        self._selecting: _Job | None = None
        self._sorting: _Job | None = None
        self._applying: _Job | None = None
        self._changes: dict[RowKey, Item | None] = {}
        """What the newest apply will take in; None: gone."""
        self._blank: list[IndexRow[Item]] = []
        """Rows whose text is still to be made, with some that have been filled meanwhile."""
        self._unfrozen = 0

    # Looking

    @property
    def rows(self) -> Sequence[IndexRow[Item]]:
        """All, shown or not, in order. Replaced by the steps, never changed in place."""
        return self._rows

    def row(self, key: RowKey) -> IndexRow[Item] | None:
        """The row of the item with that key, shown or not; None where there is none."""
        table = self._tables.get((key[0], key[1]))
        return table.get(key[2]) if table is not None else None

    def place(self, key: RowKey) -> int | None:
        """Where in :attr:`shown` the item with that key is; None where it is not."""
        row = self.row(key)
        if row is None:
            return None
        before = 0
        for group in (self._rows,) if self._groups is None else self._groups:
            place = place_of(row, group, self._order_of)
            if place is not None:
                return before + place
            before += len(group)
        return None

    # Asking

    def apply(self, delta: Delta[Item]) -> Steps:
        """Take in what has changed."""
        if self._applying is None or self._applying is self._running or self._applying.done:
            self._changes = changes = dict[RowKey, Item | None]()
            self._applying = _Job(self._apply(changes))
            self._jobs.append(self._applying)
        # What has not begun takes in more: a listing's pages come faster than they can be merged one by one.
        self._changes.update(dict.fromkeys(delta.removed))
        self._changes.update((item.key, item) for item in delta.changed)
        return self._until(self._applying)

    def select(self, query: RowQuery | None) -> Steps:
        """Show only what matches ``query``. It runs before all that has not begun, and replaces an older query."""
        self.query = None if query is not None and query.is_empty else query
        if self._selecting is not None and self._selecting is not self._running:
            self._selecting.done = True
        self._selecting = _Job(self._select(self.query))
        self._jobs.appendleft(self._selecting)
        return self._until(self._selecting)

    def sort(self, keys: Sequence[SortKey]) -> Steps:
        """Sort by these keys, the first of them first. Raises KeyError for a field that is none."""
        order = RowOrder(self._kind, keys, self._usage)
        self.sort_keys = order.keys
        if self._sorting is not None and self._sorting is not self._running:
            self._sorting.done = True
        self._sorting = _Job(self._sort(order))
        self._jobs.append(self._sorting)
        return self._until(self._sorting)

    def use_changed(self, keys: Iterable[RowKey]) -> Steps:
        """The use or liking of these items has changed: where that is sorted by, they go elsewhere."""
        job = _Job(self._reuse(tuple(keys)))
        self._jobs.append(job)
        return self._until(job)

    def warm(self) -> Steps:
        """Finish what was begun, then make what the next letter and the next change would wait for: the texts that are
        searched, and the rows' orders. For idle moments; whatever is asked for meanwhile runs first."""
        while True:
            if self._step():
                pass
            elif self._blank:
                self._fill_all(self._blank[-FILL:])
                del self._blank[-FILL:]
            elif self._noting is not None:
                next(self._noting, None)
            else:
                return
            yield

    # The queue

    def _until(self, job: _Job) -> Steps:
        while not job.done:
            self._step()
            yield

    def _step(self) -> bool:
        """Work for a few milliseconds; whether there was anything to do."""
        while self._running is None:
            if not self._jobs:
                return False
            job = self._jobs.popleft()
            self._running = None if job.done else job
        job = self._running
        try:
            next(job.work)
        except StopIteration:
            job.done, self._running = True, None
        except BaseException:
            job.done, self._running = True, None
            raise
        return True

    # Changes

    def _apply(self, changes: dict[RowKey, Item | None]) -> Steps:
        yield from self._noted()
        gone = [row for key, item in changes.items() if item is None and (row := self._pop(key)) is not None]
        yield
        yield from self._take(gone, [item for item in changes.values() if item is not None])

    def _reuse(self, keys: tuple[RowKey, ...]) -> Steps:
        if self._order.by_usage:
            yield from self._noted()
            self._order = RowOrder(self._kind, self._order.keys, self._usage)
            yield from self._take([], [row.item for row in map(self.row, keys) if row is not None])

    def _take(self, gone: list[IndexRow[Item]], items: Sequence[Item]) -> Steps:
        """Replace or move what has changed, in all rows and in those that are shown."""
        added: list[IndexRow[Item]] = []
        touched: list[IndexRow[Item]] = []
        for start in range(0, len(items), SIFTED):
            before = len(added)
            self._sift(items[start : start + SIFTED], gone, added, touched)
            self._freeze(len(added) - before)
            yield
        self._blank += added
        rows, tied = self._rows, self._tied
        if gone or added:
            rows = yield from merged(rows, gone, added, self._order_of)
            yield
            is_tied = self._order.by_ties_alone
            tied = rows if is_tied else (yield from merged(tied, gone, added, _tie_of))
        elif touched:
            # Another list, from which a table sees that there is something to draw.
            is_tied, rows = tied is rows, list(rows)
            tied = rows if is_tied else tied
        query, groups = self.query if self._complete is None else self._complete, self._groups
        if groups is not None and query is not None:
            if query.problem:
                # A pattern was stopped before it had seen all rows: it is tried again, and on all of them.
                query.retry()
                groups = yield from self._found(query, rows)
            elif self._complete is None or len(added) * 4 > len(rows):
                groups = yield from self._found(query, rows)
            else:
                groups = yield from self._regrouped(query, groups, gone, added, touched)
            self._complete = query
        self._rows, self._tied, self.total = rows, tied, len(rows)
        self._show(groups)

    def _sift(
        self,
        items: Sequence[Item],
        gone: list[IndexRow[Item]],
        added: list[IndexRow[Item]],
        touched: list[IndexRow[Item]],
    ) -> None:
        """Separate items that are new or move from those that stay in place, which are replaced at once."""
        fresh: list[IndexRow[Item]] = []
        kind = self._kind
        key_of, tie_of, tie_source, refill = kind.key_of, kind.tie_of, kind.tie_source, kind.refill
        for item in items:
            known = self.row(key_of(item))
            row = IndexRow(item)
            is_tied_alike = known is not None and tie_source(known.item) == tie_source(item)
            row.tie = known.tie if known is not None and is_tied_alike else tie_of(item)
            fresh.append(row)
        order_of, by_tie = self._order_of, self._order.by_ties_alone
        for row, order in zip(fresh, self._order.of_many(fresh), strict=True):
            aws_profile, region, item_id = key_of(row.item)
            table = self._tables.setdefault((aws_profile, region), {})
            known = table.get(item_id)
            if known is not None and order_of(known) == order:
                refill(known, row.item)
                touched.append(known)
                continue
            row.order = "" if by_tie else order
            table[item_id] = row
            added.append(row)
            if known is not None:
                gone.append(known)

    def _pop(self, key: RowKey) -> IndexRow[Item] | None:
        table = self._tables.get((key[0], key[1]))
        return table.pop(key[2], None) if table is not None else None

    def _regrouped(
        self,
        query: RowQuery,
        groups: Sequence[list[IndexRow[Item]]],
        gone: Sequence[IndexRow[Item]],
        added: Sequence[IndexRow[Item]],
        touched: Sequence[IndexRow[Item]],
    ) -> Groups[Item]:
        """The rows that match after a change, from those that did before."""
        found = yield from self._found(query, [*added, *touched])
        new: list[list[IndexRow[Item]]] = []
        for group, matching in zip(groups, found, strict=True):
            there: set[IndexRow[Item]] = set()
            for start in range(0, len(touched) if group else 0, CHUNK):
                rows = touched[start : start + CHUNK]
                there.update([row for row in rows if place_of(row, group, self._order_of) is not None])
                yield
            out = [*gone, *there.difference(matching)]
            come = [row for row in matching if row not in there]
            yield
            new.append((yield from merged(group, out, come, self._order_of)) if out or come else group)
        return new

    def _freeze(self, rows: int) -> None:
        """Rows and items stay for long and make no cycles; yet a full collection goes over all of them, which takes
        tens of milliseconds for so many, again and again. Frozen, they are passed over, and still freed when the last
        reference goes."""
        self._unfrozen += rows
        if self._unfrozen >= FREEZE:
            self._unfrozen = 0
            gc.collect(1)
            gc.freeze()

    # Filtering and sorting

    def _select(self, query: RowQuery | None) -> Steps:
        if query is None:
            self._complete = None
            self._show(None)
            return
        if query.problem:
            # The rows it has found so far are not all there are: it is tried on every row, not only on those.
            query.retry()
            self._matching = None
        rows = self._rows
        if self._matching is not None and self._complete is not None and query.narrows(self._complete):
            rows = self._matching
        matching: list[IndexRow[Item]] = []
        groups = yield from self._found(query, rows, matching)
        if query is self.query:
            self._complete = query
            self._show(groups)
            self._matching = matching

    def _found(
        self, query: RowQuery, rows: Sequence[IndexRow[Item]], matching: list[IndexRow[Item]] | None = None
    ) -> Groups[Item]:
        """Those of ``rows`` that match, by closeness, in the order of ``rows``. With ``matching``, which they are
        added to as well, a search that takes long shows what it has so far, if that is anything, and a moot one
        gives up."""
        groups: list[list[IndexRow[Item]]] = [[] for _ in range(GRADES)]
        look = time.perf_counter() + FIRST_LOOK
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            if self._blank:
                for place in range(0, len(chunk), FILL):
                    self._fill_all(chunk[place : place + FILL])
                    yield
            found = query.select(chunk)
            if query.ranks:
                for row, grade in zip(found, query.grades(found), strict=True):
                    groups[grade].append(row)
            else:
                groups[0] += found
            yield
            if matching is not None:
                matching += found
                if query is not self.query:
                    break
                if matching and time.perf_counter() > look:
                    look = time.perf_counter() + NEXT_LOOK
                    self._complete = None
                    self._show([list(group) for group in groups])
        return groups

    def _sort(self, order: RowOrder[Item]) -> Steps:
        sorting = order.sorted(self._tied)
        while True:
            try:
                next(sorting)
            except StopIteration as end:
                rows: list[IndexRow[Item]] = end.value
                break
            yield
            if order.keys is not self.sort_keys:
                return
        groups: list[list[IndexRow[Item]]] | None = None
        if self._groups is not None:
            groups = []
            for group in self._groups:
                groups.append((yield from placed_as(rows, group, order.of)))
        self._order, self._rows = order, rows
        self._noting = self._note(order, rows)
        self._show(groups)

    def _note(self, order: RowOrder[Item], rows: Sequence[IndexRow[Item]]) -> Steps:
        for start in range(0, len(rows), SIFTED):
            chunk = rows[start : start + SIFTED]
            for row, held in zip(chunk, repeat("") if order.by_ties_alone else order.of_many(chunk), strict=False):
                row.order = held
            yield
        self._noting = None

    def _noted(self) -> Steps:
        while self._noting is not None and not self._order.by_ties_alone:
            next(self._noting, None)
            yield

    @property
    def _order_of(self) -> OrderOf[Item]:
        if self._order.by_ties_alone:
            return _tie_of
        return _held_order_of if self._noting is None else self._order.of

    def _show(self, groups: list[list[IndexRow[Item]]] | None) -> None:
        self._groups, self._matching = groups, None
        self.shown = self._rows if groups is None else list(chain.from_iterable(groups))

    def _fill_all(self, rows: Iterable[IndexRow[Item]]) -> None:
        fill = self._kind.fill
        for row in rows:
            if not row.text:
                fill(row)
