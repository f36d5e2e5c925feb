"""What waits for its turn in a data channel: pastes, and what is typed behind them. Pure state: no I/O, no clock.

A paste is not put into the channel as a whole, because a numbered frame cannot be taken back (protocol.md sections 4.4
and 6.1).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum

from ssmtui.terminal.paste import BEGIN, END

MOST_WAITING = 64 * 1024 * 1024
"""Bytes that may wait here. More is refused: a paste by mistake must not fill the memory."""


class InputKind(Enum):
    """Where bytes for the node come from."""

    TYPED = "typed"
    """A person's keys and mouse."""
    ANSWER = "answer"
    """The terminal's answer to a query of the remote program."""
    PASTE = "paste"


@dataclass(frozen=True, slots=True)
class PasteProgress:
    """How far the pastes under way have come, in bytes."""

    confirmed: int
    """Bytes that the node has acknowledged, at least."""
    total: int
    waiting: int
    """Bytes that have not been handed to the channel and can still be stopped."""

    @property
    def percent(self) -> int:
        """0..100; 100 only when all of it is confirmed."""
        return 100 * self.confirmed // self.total


class _Item:
    """Bytes of one kind, of which some are taken."""

    __slots__ = ("bracketed", "data", "kind", "taken")

    def __init__(self, data: bytes, kind: InputKind) -> None:
        self.data = data
        self.kind = kind
        self.taken = 0
        self.bracketed = kind is InputKind.PASTE and data.startswith(BEGIN) and data.endswith(END)

    @property
    def left(self) -> int:
        return len(self.data) - self.taken

    def take(self, most: int) -> bytes:
        """The next bytes, ``most`` at most. They never end inside a character or inside the end marker, so that a paste
        can be stopped after each piece: half a character would join the next key, half a marker would be text."""
        end = min(self.taken + most, len(self.data))
        if end < len(self.data):
            if self.bracketed:
                end = min(end, len(self.data) - len(END))
            back = next((back for back in range(4) if self.data[end - back] & 0xC0 != 0x80), 0)
            if end - back > self.taken:
                end -= back
        piece = self.data[self.taken : end]
        self.taken = end
        return piece


class InputQueue:
    """First in, first out. Empty unless a paste is under way or the agent is not ready."""

    def __init__(self) -> None:
        self._items: deque[_Item] = deque()
        self._waiting = 0
        self._total = 0
        self._handed = 0
        self._confirmed = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def waiting(self) -> int:
        """Bytes of all kinds that wait."""
        return self._waiting

    @property
    def pasting(self) -> bool:
        """Whether some of a paste waits."""
        return any(item.kind is InputKind.PASTE for item in self._items)

    @property
    def progress(self) -> PasteProgress | None:
        """How far the pastes have come; None when none is under way."""
        if not self._total:
            return None
        return PasteProgress(self._confirmed, self._total, self._total - self._handed)

    @property
    def waiting_keys(self) -> int:
        """Bytes that wait and are no paste's."""
        return self._waiting - (self._total - self._handed)

    def put(self, data: bytes, kind: InputKind) -> bool:
        """Put ``data`` behind the rest. Returns False, and changes nothing, when there is no room for it."""
        if self._waiting + len(data) > MOST_WAITING:
            return False
        self._items.append(_Item(data, kind))
        self._waiting += len(data)
        if kind is InputKind.PASTE:
            self._total += len(data)
        return True

    def take(self, most: int) -> bytes:
        """The next bytes for the channel, of one item and ``most`` at most, which must be a frame or more; empty when
        nothing waits."""
        if not self._items:
            return b""
        item = self._items[0]
        piece = item.take(most)
        if not item.left:
            self._items.popleft()
        self._waiting -= len(piece)
        if item.kind is InputKind.PASTE:
            self._handed += len(piece)
        return piece

    def take_all(self) -> list[tuple[bytes, InputKind]]:
        """Remove and return everything that waits, item by item."""
        items = [(item.data[item.taken :], item.kind) for item in self._items]
        self._forget()
        return items

    def take_ahead(self) -> list[bytes]:
        """Remove and return what waits in front of the first paste."""
        pieces = []
        while self._items and self._items[0].kind is not InputKind.PASTE:
            pieces.append(self.take(self._items[0].left))
        return pieces

    def confirm(self, unacknowledged: int) -> None:
        """Take in how many bytes in the channel are unacknowledged: what was handed out less those is confirmed. Keys
        typed in between count as the paste's, so the progress may be shown too low but never too high; all is confirmed
        once nothing is outstanding."""
        if self._total:
            self._confirmed = max(self._confirmed, self._handed - unacknowledged)
            if self._confirmed == self._total:
                self._total = self._handed = self._confirmed = 0

    def cut(self) -> tuple[int, bytes]:
        """Drop what waits of pastes and what was typed behind them: keys meant for the whole of a paste must not act on
        half of it. What was typed before stays, and so do the terminal's answers, which a program waits for.

        Returns how many bytes were dropped, and what the program must still get: the end marker, when it has had the
        start of a bracketed paste.
        """
        kept, before, waiting = [], True, self._waiting
        open_ = any(item.bracketed and item.taken for item in self._items)
        for item in self._items:
            before = before and item.kind is not InputKind.PASTE
            if before or item.kind is InputKind.ANSWER:
                kept.append(item)
        self._forget()
        self._items.extend(kept)
        self._waiting = sum(item.left for item in kept)
        dropped = waiting - self._waiting
        return (dropped - len(END), END) if open_ else (dropped, b"")

    def _forget(self) -> None:
        self._items.clear()
        self._waiting = self._total = self._handed = self._confirmed = 0
