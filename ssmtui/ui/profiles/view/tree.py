"""The lines of saved connections and their folders, drawn a line at a time, so that their number costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.kit.cursor_lines import CursorLines
from ssmtui.ui.look.theme import named_color
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.profiles.view import rendering
from ssmtui.ui.profiles.view.outline import Key, Row, Used
from ssmtui.ui.profiles.view.rendering import Shown, TreePiece

MARGIN = 1
"""Cells left of a line: whether it is marked."""


class ProfileTree(CursorLines[Row], inherit_bindings=False):
    """Rows without a header. The cursor stays on its line whatever comes and goes around it."""

    class Highlighted(Message):
        """The cursor came to another line, or what it is about has changed."""

    def __init__(self, used: Callable[[str], Used], now: Callable[[], float]) -> None:
        super().__init__(id="tree")
        self._used = used
        self._now = now
        self._places: dict[Key, int] = {}
        self._shown = Shown()
        self._marked: Container[str] = ()
        self._told: Row | None = None

    @property
    def selected(self) -> Row | None:
        """The line under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    # Changes from above

    def show(self, rows: Sequence[Row], shown: Shown, *, cursor: Key | None = None) -> None:
        """Replace the lines. The cursor goes to the line ``cursor``, or stays on its own; where that has gone it stays
        where it is on the screen."""
        selected = self.selected
        wanted = cursor if cursor is not None else selected.key if selected is not None else None
        self._shown = shown
        self._places = {row.key: place for place, row in enumerate(rows)}
        found = self._places.get(wanted) if wanted is not None else None
        self.replace(rows, self._cursor if found is None else found)

    def show_marks(self, marked: Container[str]) -> None:
        """Mark connections by name."""
        self._marked = marked
        self.refresh()

    def place(self, key: Key) -> int | None:
        """Where a line is."""
        return self._places.get(key)

    # What it draws

    def draw_row(self, row: int, width: int) -> Strip:
        """A connection's line, or a folder's."""
        item = self._rows[row]
        marked = item.profile is not None and item.profile.name in self._marked
        under: tuple[Tone, ...] = (Tone.MARKED,) if marked else ()
        if row == self._cursor:
            under += (Tone.ROW if self.has_focus else Tone.ROW_BLURRED,)
        segments = [Segment("▌" if marked else " ", self.tone(*under, Tone.ACCENT))]
        use = self._used(item.profile.name) if item.profile is not None else None
        for piece in rendering.pieces(item, self._shown, width - MARGIN, use, self._now()):
            segments.append(Segment(piece.text, self._piece_style(piece, under)))
        return Strip(segments).adjust_cell_length(width, self.tone(*under))

    def _piece_style(self, piece: TreePiece, under: tuple[Tone, ...]) -> Style:
        style = self.tone(*under, piece.tone)
        color = named_color(piece.color, self.app.current_theme.dark)
        return style + Style(color=color) if color else style

    def lay_out(self) -> None:
        """Give names the room that there is."""
        width = rendering.name_width(self._rows, self.scrollable_content_region.width - MARGIN)
        self._shown = self._shown._replace(name_width=width)

    def cursor_changed(self) -> None:
        """Post that the cursor is on another line, or that its line has changed."""
        if self.selected != self._told:
            self._told = self.selected
            self.post_message(self.Highlighted())

    def on_click(self, event: events.Click) -> None:
        """Move the cursor, mark, open or close; a double click opens."""
        place = self.row_at(event.y)
        if place is None:
            return
        self.go_to(place)
        row = self._rows[place]
        sign = MARGIN + row.depth * rendering.INDENT
        if event.ctrl or event.x < MARGIN:
            self.post_message(CommandWanted("connection-mark"))
        elif event.chain == 2 or (row.folder is not None and sign <= event.x < sign + 2):
            self.post_message(CommandWanted("connection-open"))
