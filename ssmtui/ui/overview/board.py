"""The tiles: one for each session, with a cursor on one of them, drawn a line at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from ssmtui.terminal.screen import FrameRow
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.compat import resize_content
from ssmtui.ui.kit.cursor_lines import CursorLines
from ssmtui.ui.look.cells import Cell, fit
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.pieces import FRAME_TONES
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.overview import tile as tile_words
from ssmtui.ui.overview.grid import TileGrid
from ssmtui.ui.overview.listing import Listed
from ssmtui.ui.overview.tile import Face
from ssmtui.ui.panes.tab_bar import MARK_TONES
from ssmtui.ui.panes.words import frame_of
from ssmtui.ui.terminals.strips import Brush, brush_of

EDGE = 1
"""Cells at the left of a tile that its edge takes."""


class TileBoard(CursorLines[Listed]):
    """Shows sessions as tiles. The rows of :class:`CursorLines` are the tiles here, in reading order."""

    class SightChanged(Message):
        """Other tiles are in sight, or they have another size."""

    def __init__(self, output: Callable[[int], Sequence[FrameRow]]) -> None:
        """``output`` gives the last lines of a session by its key."""
        super().__init__(id="board")
        self._output = output
        self._grid = TileGrid.of(0, 1, 1)
        self._marked: Collection[int] = ()
        self._drawn: dict[int, list[Strip]] = {}
        """The lines of tiles as they were drawn last, by the sessions' keys."""
        self._faces: dict[int, Face] = {}
        """What they said then."""
        self._brush: Brush | None = None
        self._told: object = None

    # Looking

    @property
    def chosen(self) -> Listed | None:
        """The session under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def page(self) -> int:
        """Rows of tiles in sight."""
        return self._grid.page(self._height)

    @property
    def in_sight(self) -> list[int]:
        """The keys of the sessions of which at least a line is in sight."""
        return [self._rows[tile].session.key for tile in self._grid.in_sight(self._top, self._height)]

    @property
    def output_lines(self) -> int:
        """Lines of output that a tile has room for."""
        return self._grid.height - 1

    @property
    def _height(self) -> int:
        return max(1, self.scrollable_content_region.height)

    @property
    def _top(self) -> int:
        return int(self.scroll_offset.y)

    # Changes from above

    def show(self, sessions: Sequence[Listed], cursor: int | None = None) -> None:
        """Show these. The cursor is on the session with the key ``cursor`` where that is given; else it stays on its
        session, or where that is gone on its tile."""
        wanted = cursor if cursor is not None else self.chosen.session.key if self.chosen is not None else None
        places = {listed.session.key: place for place, listed in enumerate(sessions)}
        if [each.session.key for each in self._rows] == list(places):
            self._rows = sessions
            self._refresh_changed()
            if cursor is not None:
                self.go_to(places.get(cursor, self._cursor))
            return
        for key in self._faces.keys() - places.keys():
            del self._faces[key]
        self.replace(sessions, self._cursor if wanted is None else places.get(wanted, self._cursor))

    def _refresh_changed(self) -> None:
        """Draw those tiles anew that say something else than before."""
        seen = self._grid.in_sight(self._top, self._height)
        for tile, listed in enumerate(self._rows):
            key = listed.session.key
            if tile not in seen:
                self._drawn.pop(key, None)
            elif self._faces.get(key) != self._face(tile):
                self.refresh_row(tile)

    def show_marks(self, marked: Collection[int]) -> None:
        """Mark the sessions with these keys."""
        before, self._marked = self._marked, frozenset(marked)
        for place, listed in enumerate(self._rows):
            if (listed.session.key in before) != (listed.session.key in self._marked):
                self.refresh_row(place)

    def redraw(self, key: int) -> None:
        """A session has other lines."""
        place = next((place for place, listed in enumerate(self._rows) if listed.session.key == key), None)
        if place is not None:
            self.refresh_row(place)

    def recolor(self, _: object) -> None:
        """Draw everything in the new theme's colours."""
        self._brush = None
        self._drawn.clear()
        self.refresh()

    def move(self, rows: int) -> None:
        """Move the cursor down by rows of tiles, within the board."""
        if self._rows:
            self.go_to(self._grid.below(self._cursor, rows))

    def step(self, tiles: int) -> None:
        """Move the cursor to another tile in reading order."""
        if self._rows:
            self.go_to(self._grid.beside(self._cursor, tiles))

    # What lines with a cursor ask of tiles

    def replace(self, rows: Sequence[Listed], cursor: int) -> None:
        """Replace the tiles, with the cursor on the tile ``cursor``, or the nearest one."""
        self._rows = rows
        self._cursor = max(0, min(cursor, len(rows) - 1))
        self.fit()
        self.keep_in_sight()
        self.cursor_changed()

    def fit(self) -> None:
        """Adapt to the size and the number of tiles."""
        region = self.scrollable_content_region
        self._grid = TileGrid.of(len(self._rows), region.width, region.height)
        self._drawn.clear()
        resize_content(self, Size(0, self._grid.lines))
        self.refresh()
        self._tell_sight()

    def refresh_row(self, row: int) -> None:
        """Draw a tile anew, if it is in sight."""
        if row >= len(self._rows):
            return  # there are no tiles
        self._drawn.pop(self._rows[row].session.key, None)
        slot = self._grid.slot(row)
        region = Region(slot.x, slot.y - self._top, slot.width, slot.height)
        seen = region.intersection(Region(0, 0, *self.size))
        if seen:
            self.refresh(seen)

    def keep_in_sight(self) -> None:
        """Scroll just enough to show the cursor's tile."""
        top = self._grid.top_for(self._cursor, self._top, self._height) if self._rows else 0
        if top != self._top:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Others are in sight now."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._tell_sight()

    def _tell_sight(self) -> None:
        now = self.in_sight, self._grid.height
        if now != self._told:
            self._told = now
            self.post_message(self.SightChanged())

    # What it draws

    def render_line(self, y: int) -> Strip:
        """A line through a row of tiles, or of the message."""
        width = self.size.width
        if not self._rows:
            return super().render_line(y)
        row, line = divmod(y + self._top, self._grid.height)
        first = row * self._grid.columns
        tiles = range(first, min(first + self._grid.columns, len(self._rows)))
        if not tiles:
            return self._take_brush().blank(width)
        strips = [self._lines_of(tile)[line] for tile in tiles]
        used = sum(strip.cell_length for strip in strips)
        if used < width:
            strips.append(self._take_brush().blank(width - used))
        return Strip.join(strips)

    def draw_message(self, text: Cell, width: int) -> Strip:
        """In the middle."""
        said = fit(text.text, min(cell_len(text.text), max(0, width - 2)))
        segments = [Segment(" " * ((width - cell_len(said)) // 2), self.tone()), Segment(said, self.tone(text.tone))]
        return Strip(segments).adjust_cell_length(width, self.tone())

    def _lines_of(self, tile: int) -> list[Strip]:
        session = self._rows[tile].session
        lines = self._drawn.get(session.key)
        if lines is None:
            lines = self._drawn[session.key] = self._draw(tile)
        return lines

    def _draw(self, tile: int) -> list[Strip]:
        """All lines of a tile: its title, the end of the output, and below that what there is to say."""
        slot, session = self._grid.slot(tile), self._rows[tile].session
        is_marked = session.key in self._marked
        under = (Tone.BAR, *[Tone.MARKED] * is_marked)
        if tile == self._cursor:
            under += (Tone.ROW if self.has_focus else Tone.ROW_BLURRED,)
        face = self._faces[session.key] = self._face(tile)
        head = [Segment("▌" if is_marked else " ", self.tone(*under, Tone.ACCENT))]
        head += [Segment(piece.text, self.tone(*under, piece.tone)) for piece in face.title]
        edge = self._edge(tile)
        body = self._body(session.key, face.said, max(0, slot.width - EDGE), slot.height - 1)
        return [
            Strip(head).adjust_cell_length(slot.width, self.tone(*under)),
            *(Strip.join([edge, line]) for line in body),
        ]

    def _face(self, tile: int) -> Face:
        slot, listed = self._grid.slot(tile), self._rows[tile]
        cell = Cell(listed.mark.value, MARK_TONES.get(listed.mark, Tone.FAINT))
        return tile_words.face(listed, cell, max(0, slot.width - EDGE), slot.height - 1)

    def _edge(self, tile: int) -> Strip:
        session, part = self._rows[tile].session, self._rows[tile].part
        if tile == self._cursor:
            return self._on_terminal("┃", Tone.PRIMARY)
        if session.key in self._marked:
            return self._on_terminal("▌", Tone.ACCENT)
        tone = FRAME_TONES.get(frame_of(session), Tone.FAINT)
        return self._on_terminal("│", Tone.BAD if part is not None and part.tone is Tone.DANGER else tone)

    def _body(self, key: int, said: Sequence[Cell], width: int, height: int) -> list[Strip]:
        brush, output = self._take_brush(), self._output(key)
        room = height - len(said)
        shown = output[max(0, len(output) - room) :] if room > 0 else ()
        lines = [brush.strip(tile_words.cropped(row, width), width) for row in shown]
        lines += [self._on_terminal(f" {fit(cell.text, max(0, width - 1))}", cell.tone) for cell in said]
        return lines + [brush.blank(width)] * (height - len(lines))

    def _on_terminal(self, text: str, tone: Tone) -> Strip:
        style = self._take_brush().background + palette_of(self).style(tone)
        return Strip([Segment(text, style)])

    def _take_brush(self) -> Brush:
        if self._brush is None:
            self._brush = brush_of(self, ())
        return self._brush

    def notify_style_update(self) -> None:
        """Styles have changed."""
        self._drawn.clear()
        super().notify_style_update()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor, mark; a double click opens."""
        place = self._grid.at(event.x, event.y + self._top)
        if place is None:
            return
        self.go_to(place)
        if event.ctrl or event.x == self._grid.slot(place).x:
            self.post_message(CommandWanted("overview-mark"))
        elif event.chain == 2:
            self.post_message(CommandWanted("overview-open"))
