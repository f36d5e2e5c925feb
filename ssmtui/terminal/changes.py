"""Which rows have changed since a frame. Both engines use it; it knows neither.

The engines' own marks of changed rows are cleared when a frame is made. But the screen may ask for the difference to an
older frame, for instance after an answer was lost with a host, so each row keeps the number of the frame it changed in.
"""

from __future__ import annotations

from ssmtui.terminal.screen import FrameRow


class RowChanges:
    """The rows of a view, each with the number of the frame in which it last changed."""

    def __init__(self) -> None:
        self.seq = 0
        """The number of the last frame."""
        self._rows: list[FrameRow] = []
        self._stamps: list[int] = []

    def begin(self, height: int, *, everything: bool) -> bool:
        """Begin the next frame.

        With ``everything``, or when ``height`` has changed, all rows count as changed and must be put again. Returns
        False then, otherwise True.
        """
        self.seq += 1
        kept = not everything and height == len(self._rows)
        if not kept:
            self._rows = [()] * height
            self._stamps = [self.seq] * height
        return kept

    def touch(self) -> None:
        """Count all rows as changed in this frame although they are the same, for instance because colours changed."""
        self._stamps = [self.seq] * len(self._rows)

    def rest(self) -> None:
        """Forget the rows, to free them. In the next frame all of them count as changed."""
        self._rows, self._stamps = [], []

    def put(self, line: int, row: FrameRow) -> None:
        """Set a row of this frame. A row that is drawn again as it was does not count as changed: engines mark more
        rows than differ."""
        if self._rows[line] != row:
            self._rows[line] = row
            self._stamps[line] = self.seq

    def since(self, seq: int) -> dict[int, FrameRow]:
        """The rows that changed after frame ``seq``; all of them when there was no such frame."""
        known = seq if 0 < seq <= self.seq else 0
        return {
            line: row for line, (row, stamp) in enumerate(zip(self._rows, self._stamps, strict=True)) if stamp > known
        }
