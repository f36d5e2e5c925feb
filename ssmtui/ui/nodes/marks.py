"""Which nodes are marked. Marks belong to nodes, not to rows: they survive every other order and every refresh."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter, itemgetter

from ssmtui.inventory.index import Steps
from ssmtui.inventory.rows import IndexRow
from ssmtui.model import Node, NodeKey

CHUNK = 5_000
"""Rows that are marked in one step."""

_node_of = attrgetter("item")
_key_of_node = itemgetter(*(Node._fields.index(name) for name in ("aws_profile", "region", "id")))


def keys_of(rows: Iterable[IndexRow[Node]]) -> set[NodeKey]:
    """The keys of the nodes in ``rows``. Of a hundred thousand, in some milliseconds."""
    return set(map(_key_of_node, map(_node_of, rows)))


class Marks:
    """The marked nodes, and the range that is being drawn."""

    def __init__(self) -> None:
        self._keys: set[NodeKey] = set()
        self._before: set[NodeKey] | None = None
        self._anchor: NodeKey | None = None

    @property
    def keys(self) -> Collection[NodeKey]:
        """All of them. A live view."""
        return self._keys

    @property
    def anchor(self) -> NodeKey | None:
        """Where the range began that follows the cursor; None while there is none."""
        return self._anchor

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def toggle(self, key: NodeKey) -> None:
        """Mark the node, or take its mark away. A range that was being drawn stays as it is."""
        self.end_range()
        self._keys ^= {key}

    def toggle_all(self, rows: Sequence[IndexRow[Node]]) -> Steps:
        """Mark all of ``rows``; where all of them are, take their marks away. Others keep theirs. In steps of some
        milliseconds: nothing has happened before the first, and all after the last."""
        self.end_range()
        parts = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
        marked = len(rows) <= len(self._keys)
        for part in parts if marked else ():
            marked = keys_of(part) <= self._keys
            yield
            if not marked:
                break
        change = self._keys.difference_update if marked else self._keys.update
        for part in parts:
            change(keys_of(part))
            yield

    def clear(self) -> None:
        """No mark, no range."""
        self.end_range()
        self._keys.clear()

    def drop(self, gone: Iterable[NodeKey]) -> int:
        """Forget nodes that are no more; how many of them were marked."""
        before = len(self._keys)
        self._keys.difference_update(gone)
        if self._before is not None:
            self._before.difference_update(gone)
        if self._anchor is not None and self._anchor in gone:
            self.end_range()
        return before - len(self._keys)

    def begin_range(self, key: NodeKey) -> None:
        """A range from here: its nodes are marked beside those that are already."""
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

    def stretch(self, rows: Sequence[IndexRow[Node]], anchor: int, cursor: int) -> None:
        """Draw the range between two rows of ``rows``: from its anchor's to the cursor's."""
        assert self._before is not None
        first, last = sorted((anchor, cursor))
        self._keys = self._before | keys_of(rows[first : last + 1])
