"""Which items are marked. Marks belong to items, not to rows: they survive every other order and every refresh."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Generic

from ssmtui.inventory.index import Steps
from ssmtui.inventory.rows import IndexRow, Item, RowKey, RowKind

CHUNK = 5_000
"""Rows that are marked in one step."""


class Marks(Generic[Item]):
    """The marked items, and the range that is being drawn."""

    def __init__(self, kind: RowKind[Item]) -> None:
        self._keys_of = kind.keys_of
        self._keys: set[RowKey] = set()
        self._before: set[RowKey] | None = None
        self._anchor: RowKey | None = None

    @property
    def keys(self) -> Collection[RowKey]:
        """All of them. A live view."""
        return self._keys

    @property
    def anchor(self) -> RowKey | None:
        """Where the range began that follows the cursor; None while there is none."""
        return self._anchor

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def toggle(self, key: RowKey) -> None:
        """Mark the item, or take its mark away. A range that was being drawn stays as it is."""
        self.end_range()
        self._keys ^= {key}

    def toggle_all(self, rows: Sequence[IndexRow[Item]]) -> Steps:
        """Mark all of ``rows``; where all of them are, take their marks away. Others keep theirs. In steps of some
        milliseconds: nothing has happened before the first, and all after the last."""
        self.end_range()
        parts = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
        marked = len(rows) <= len(self._keys)
        for part in parts if marked else ():
            marked = self._keys_of(part) <= self._keys
            yield
            if not marked:
                break
        change = self._keys.difference_update if marked else self._keys.update
        for part in parts:
            change(self._keys_of(part))
            yield

    def clear(self) -> None:
        """No mark, no range."""
        self.end_range()
        self._keys.clear()

    def drop(self, gone: Iterable[RowKey]) -> int:
        """Forget items that are no more; how many of them were marked."""
        before = len(self._keys)
        self._keys.difference_update(gone)
        if self._before is not None:
            self._before.difference_update(gone)
        if self._anchor is not None and self._anchor in gone:
            self.end_range()
        return before - len(self._keys)

    def begin_range(self, key: RowKey) -> None:
        """A range from here: its items are marked beside those that are already."""
        self._before, self._anchor = set(self._keys), key
        self._keys.add(key)

    def end_range(self) -> None:
        """Keep what the range marked."""
        self._before = self._anchor = None

    def cancel_range(self) -> None:
        """Back to what was marked before the range."""
        if self._before is not None:
            self._keys = self._before
        self.end_range()

    def stretch(self, rows: Sequence[IndexRow[Item]], anchor: int, cursor: int) -> None:
        """Draw the range between two rows of ``rows``: from its anchor's to the cursor's."""
        assert self._before is not None
        first, last = sorted((anchor, cursor))
        self._keys = self._before | self._keys_of(rows[first : last + 1])
