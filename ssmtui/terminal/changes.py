"""Which rows have changed since a frame: shared by the engines, knows neither."""

from __future__ import annotations

from ssmtui.terminal.screen import FrameRow


class RowChanges:
    """The rows of a view, each with the number of the frame in which it last became another."""

    def __init__(self) -> None:
        self.seq = 0
        """The number of the last frame."""
        self._rows: list[FrameRow] = []
        self._stamps: list[int] = []

    def begin(self, height: int, *, everything: bool) -> bool:
        """Begin the next frame. With ``everything``, or another height, all rows count as changed and have to be put
        again; whether they are kept is returned."""
        self.seq += 1
        kept = not everything and height == len(self._rows)
        if not kept:
            self._rows = [()] * height
            self._stamps = [self.seq] * height
        return kept

    def touch(self) -> None:
        """All rows count as changed in the frame that was begun, though they are the same."""
        self._stamps = [self.seq] * len(self._rows)

    def rest(self) -> None:
        """Forget the rows: in the next frame all of them count as changed."""
        self._rows, self._stamps = [], []

    def put(self, line: int, row: FrameRow) -> None:
        """Set a row in the frame that was begun."""
        if self._rows[line] != row:
            self._rows[line] = row
            self._stamps[line] = self.seq

    def since(self, seq: int) -> dict[int, FrameRow]:
        """The rows that changed after the frame ``seq``; all of them if there was no such frame."""
        known = seq if 0 < seq <= self.seq else 0
        return {
            line: row for line, (row, stamp) in enumerate(zip(self._rows, self._stamps, strict=True)) if stamp > known
        }
