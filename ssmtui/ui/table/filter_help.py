"""What lies over the lines below the filter while it is typed: an error under its character, or what to complete to."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ssmtui import inert
from ssmtui.ui.compat import LeafWidget
from ssmtui.ui.look import words
from ssmtui.ui.look.palette import paint
from ssmtui.ui.look.tones import Tone

if TYPE_CHECKING:
    from ssmtui.inventory.query.completion import Completion

NOTE_WIDTH = 44
ERROR_LIMIT = 300


class FilterHelp(LeafWidget):
    """Lies over the screen and takes no room, so that nothing under it moves."""

    DEFAULT_CSS = """
    FilterHelp { overlay: screen; display: none; width: auto; height: auto; background: $panel; color: $foreground; }
    """

    class Picked(Message):
        """The offer in ``place`` was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self) -> None:
        super().__init__()
        self.offers: Sequence[Completion] = ()
        """What can be chosen now."""
        self.chosen: int | None = None
        """Which of them is; None until one has been moved to."""
        self._error: Sequence[str] = ()
        self._placed = (0, 0, 0)

    def hide(self) -> None:
        """Show nothing."""
        self.offers, self.chosen, self._error = (), None, ()
        self.display = False

    def show_error(self, text: str, column: int) -> None:
        """Say what is wrong with the character in ``column``; with no text, nothing."""
        self.offers, self.chosen, self._error = (), None, ()
        if not text:
            self.hide()
        else:
            begin, self._error = _pointed_at(inert.line(text, ERROR_LIMIT), column, self._room)
            self._place(begin, max(map(cell_len, self._error)), len(self._error))

    def show_offers(self, offers: Sequence[Completion], column: int) -> None:
        """Show what the word that begins in ``column`` may become."""
        self.offers, self.chosen, self._error = offers, None, ()
        if not offers:
            self.hide()
        else:
            self._place(max(0, column - 1), max(map(cell_len, self._lines())), len(offers))

    def move(self, step: int) -> None:
        """Choose the next offer; before the first one is none."""
        place = (-1 if self.chosen is None else self.chosen) + step
        self.chosen = None if place < 0 else min(place, len(self.offers) - 1)
        self.refresh()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take an offer. It may be hidden by now, as the line has lost the keys to the mouse."""
        self.post_message(self.Picked(event.y))

    def render_line(self, y: int) -> Strip:
        """An error's line, or an offer's."""
        lines = self._error or self._lines()
        style = paint(self, Tone.ROW, Tone.STRONG) if y == self.chosen else paint(self)
        if self._error:
            style = paint(self, Tone.WARN)
        text = lines[y] if y < len(lines) else ""
        return Strip([Segment(text, style)]).adjust_cell_length(self.size.width, style)

    @property
    def _room(self) -> int:
        """Cells from the line's left edge to the screen's right one."""
        left = self.parent.region.x if isinstance(self.parent, Widget) else 0
        return max(24, self.screen.size.width - left)

    def _lines(self) -> list[str]:
        texts = [inert.line(offer.text, 60) for offer in self.offers]
        width = max(map(cell_len, texts), default=0)
        return [
            f" {words.fit(text, width)}  {words.fit(inert.line(offer.note, NOTE_WIDTH), self._note_width)} "
            for text, offer in zip(texts, self.offers, strict=True)
        ]

    @property
    def _note_width(self) -> int:
        return max((cell_len(inert.line(offer.note, NOTE_WIDTH)) for offer in self.offers), default=0)

    def _place(self, column: int, width: int, height: int) -> None:
        width = min(width, self._room)
        placed = (min(column, self._room - width), width, height)
        if placed == self._placed and self.display:
            self.refresh()
            return
        self._placed = placed
        self.styles.width, self.styles.height = width, height
        self.styles.offset = (placed[0], 0)
        self.display = True
        self.refresh(layout=True)


def _pointed_at(text: str, column: int, room: int) -> tuple[int, list[str]]:
    """The first column, and a caret in ``column`` with ``text`` right or left of it, else below."""
    length = cell_len(text)
    if column + length + 2 <= room:
        return column, [f"^ {text}"]
    if length + 1 <= column:
        return column - length - 1, [f"{text} ^"]
    return 0, [" " * min(column, room - 1) + "^", *textwrap.wrap(text, room)]
