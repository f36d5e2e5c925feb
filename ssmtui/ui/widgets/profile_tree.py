"""The lines of saved connections and their folders, drawn a line at a time, so that their number costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ssmtui.ui.cells import Cell, fit
from ssmtui.ui.compat import LinesWidget, resize_content
from ssmtui.ui.profiles import rendering
from ssmtui.ui.profiles.outline import Key, Row, Used
from ssmtui.ui.profiles.rendering import Piece, Shown
from ssmtui.ui.theme import named_color
from ssmtui.ui.tones import Tone, paint

MARGIN = 1
"""Cells left of a line: whether it is marked."""


class ProfileTree(ScrollView, LinesWidget, can_focus=True, inherit_bindings=False):
    """Rows without a header. The cursor stays on its line whatever comes and goes around it."""

    class Said(Message):
        """Something about the tree."""

        def __init__(self, tree: ProfileTree) -> None:
            super().__init__()
            self.tree = tree

        @property
        def control(self) -> ProfileTree:
            """The tree."""
            return self.tree

    class Highlighted(Said):
        """The cursor came to another line, or what it is about has changed."""

    class Opened(Said):
        """The line under the cursor was double-clicked, or the sign of a folder clicked."""

    class MarkClicked(Said):
        """The mark of the line under the cursor is to change."""

    def __init__(self, used: Callable[[str], Used], now: Callable[[], float]) -> None:
        super().__init__(id="tree")
        self._used = used
        self._now = now
        self._rows: Sequence[Row] = ()
        self._places: dict[Key, int] = {}
        self._shown = Shown()
        self._marked: Container[str] = ()
        self._cursor = 0
        self._told: Row | None = None
        self._message: Sequence[Cell] = ()
        self._styles: dict[tuple[Tone, ...], Style] = {}

    @property
    def selected(self) -> Row | None:
        """The line under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def cursor(self) -> int:
        """Which line that is."""
        return self._cursor

    @property
    def rows(self) -> Sequence[Row]:
        """All lines."""
        return self._rows

    @property
    def page(self) -> int:
        """Lines in sight."""
        return max(1, self.scrollable_content_region.height)

    # What it is told

    def show(self, rows: Sequence[Row], shown: Shown, *, cursor: Key | None = None) -> None:
        """Replace the lines. The cursor goes to the line ``cursor``, or stays on its own; where that has gone it stays
        where it is on the screen."""
        selected = self.selected
        wanted = cursor if cursor is not None else selected.key if selected is not None else None
        held = self._cursor - self.scroll_offset.y
        self._rows, self._shown = rows, shown
        self._places = {row.key: place for place, row in enumerate(rows)}
        found = self._places.get(wanted) if wanted is not None else None
        self._cursor = max(0, min(self._cursor if found is None else found, len(rows) - 1))
        self._fit()
        top = self._cursor - max(0, min(held, self.page - 1))
        self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self._keep_in_sight()
        self._cursor_changed()

    def show_marks(self, marked: Container[str]) -> None:
        """Mark connections by name."""
        self._marked = marked
        self.refresh()

    def show_message(self, lines: Sequence[Cell]) -> None:
        """What to say in the middle while there are no lines."""
        if lines != self._message:
            self._message = lines
            self.refresh()

    def place(self, key: Key) -> int | None:
        """Where a line is."""
        return self._places.get(key)

    def move(self, rows: int) -> None:
        """Move the cursor, as far as there are lines."""
        self.go_to(self._cursor + rows)

    def go_to(self, place: int) -> None:
        """Bring the cursor to a line, or as near as there is one."""
        place = max(0, min(place, len(self._rows) - 1))
        if place != self._cursor:
            before, self._cursor = self._cursor, place
            self._refresh_row(before)
            self._refresh_row(place)
            self._keep_in_sight()
            self._cursor_changed()

    # What it draws

    def render_line(self, y: int) -> Strip:
        """A line, or a blank one."""
        width = self.size.width
        place = self.scroll_offset.y + y
        if place < len(self._rows):
            return self._row(place, width)
        return Strip.blank(width, self._style()) if self._rows else self._message_line(y, width)

    def _row(self, place: int, width: int) -> Strip:
        row = self._rows[place]
        marked = row.profile is not None and row.profile.name in self._marked
        under: tuple[Tone, ...] = (Tone.MARKED,) if marked else ()
        if place == self._cursor:
            under += (Tone.ROW if self.has_focus else Tone.ROW_BLURRED,)
        segments = [Segment("▌" if marked else " ", self._style(*under, Tone.ACCENT))]
        use = self._used(row.profile.name) if row.profile is not None else None
        for piece in rendering.pieces(row, self._shown, width - MARGIN, use, self._now()):
            segments.append(Segment(piece.text, self._piece_style(piece, under)))
        return Strip(segments).adjust_cell_length(width, self._style(*under))

    def _piece_style(self, piece: Piece, under: tuple[Tone, ...]) -> Style:
        style = self._style(*under, piece.tone)
        color = named_color(piece.color, self.app.current_theme.dark)
        return style + Style(color=color) if color else style

    def _message_line(self, y: int, width: int) -> Strip:
        place = y - max(1, (self.size.height - len(self._message)) // 2)
        if not 0 <= place < len(self._message):
            return Strip.blank(width, self._style())
        text, tone = self._message[place]
        segments = [Segment("  ", self._style()), Segment(fit(text, max(0, width - 4)), self._style(tone))]
        return Strip(segments).adjust_cell_length(width, self._style())

    def _style(self, *tones: Tone) -> Style:
        style = self._styles.get(tones)
        if style is None:
            style = self._styles[tones] = paint(self, *tones)
        return style

    def notify_style_update(self) -> None:
        """Styles have changed."""
        self._styles.clear()
        super().notify_style_update()

    # Inside

    def _refresh_row(self, place: int) -> None:
        line = place - self.scroll_offset.y
        if 0 <= line < self.size.height:
            self.refresh(Region(0, int(line), self.size.width, 1))

    def _keep_in_sight(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True, immediate=True)
        elif self._cursor >= top + self.page:
            self.scroll_to(y=self._cursor - self.page + 1, animate=False, force=True, immediate=True)

    def _fit(self) -> None:
        resize_content(self, Size(0, len(self._rows)))
        width = rendering.name_width(self._rows, self.scrollable_content_region.width - MARGIN)
        self._shown = self._shown._replace(name_width=width)
        self.refresh()

    def _cursor_changed(self) -> None:
        if self.selected != self._told:
            self._told = self.selected
            self.post_message(self.Highlighted(self))

    def on_resize(self) -> None:
        """There is other room."""
        self._fit()
        self._keep_in_sight()

    def on_focus(self) -> None:
        """The keys come here: the line under the cursor shows it."""
        self._refresh_row(self._cursor)

    def on_blur(self) -> None:
        """They go elsewhere."""
        self._refresh_row(self._cursor)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor, mark, open or close; a double click opens."""
        place = int(self.scroll_offset.y) + event.y
        if place >= len(self._rows):
            return
        self.go_to(place)
        row = self._rows[place]
        sign = MARGIN + row.depth * rendering.INDENT
        if event.ctrl or event.x < MARGIN:
            self.post_message(self.MarkClicked(self))
        elif event.chain == 2 or (row.folder is not None and sign <= event.x < sign + 2):
            self.post_message(self.Opened(self))
