"""The checkup as a list with a cursor, what it comes to above it, and all that is known of one result below."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.app import ComposeResult
from textual.message import Message
from textual.strip import Strip

from ssmtui.checkup.report import sign
from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.diagnosis.report import shown
from ssmtui.ui.compat import run_latest
from ssmtui.ui.doctor import words
from ssmtui.ui.doctor.words import CheckupRow
from ssmtui.ui.kit.cursor_lines import CursorLines
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.kit.title import Title
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look.cells import fit, tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.panes.view import TabView
from ssmtui.ui.table.panel import Details

if TYPE_CHECKING:
    from textual import events

    from ssmtui.checkup.run import AreaResults

SHORTEST_NAME, LONGEST_NAME = 16, 40

Look = Callable[[tuple[int, int]], "AsyncGenerator[AreaResults, None]"]
"""One checkup, for a screen of that size."""


class CheckupLines(CursorLines[CheckupRow]):
    """Areas and their results."""

    class Highlighted(Message):
        """The cursor is on another line, or its line has changed."""

    def draw_row(self, row: int, width: int) -> Strip:
        """A heading, or sign, name and what was found."""
        item = self._rows[row]
        here = Tone.ROW if self.has_focus else Tone.ROW_BLURRED
        under: tuple[Tone, ...] = (here,) if row == self._cursor else ()
        if item.result is None:
            rest = "  looking …" if item.is_waited_for else ""
            heading = Segment(f" {item.area.value}", self.tone(*under, Tone.STRONG))
            row_strip = Strip([heading, Segment(rest, self.tone(*under, Tone.FAINT))])
            return row_strip.adjust_cell_length(width, self.tone(*under))
        result = item.result
        name = min(LONGEST_NAME, max(SHORTEST_NAME, width // 4))
        tone = words.TONES[result.verdict]
        quiet = Tone.PLAIN if words.is_well(result) else tone
        segments = [
            Segment(f"  {sign(result)} ", self.tone(*under, tone)),
            Segment(fit(tidy(shown(result.name), name), name), self.tone(*under, Tone.DIM)),
            Segment(f" {shown(result.what)}", self.tone(*under, quiet)),
        ]
        return Strip(segments).adjust_cell_length(width, self.tone(*under))

    def cursor_changed(self) -> None:
        """What is said below follows the cursor."""
        self.post_message(self.Highlighted())

    def on_click(self, event: events.Click) -> None:
        """Move the cursor."""
        place = self.row_at(event.y)
        if place is not None:
            self.go_to(place)


class DoctorView(TabView):
    """Looks when it opens, and again when it is asked to."""

    TITLE = "Doctor"
    STYLES = dialog_sheets("doctor")

    def __init__(self, look: Look) -> None:
        self.lines = CheckupLines()
        super().__init__(self.lines)
        self.only_problems = False
        """Whether what is well is left out."""
        self._look = look
        self._found: dict[CheckupArea, list[Result]] = {}
        self._moved = False
        """Whether the person has moved the cursor: until then it goes to what explains the rest."""
        self._head = TextLines(id="doctor-head")
        self._title = Title()
        self._details = Details()
        self._told: Result | None = None
        self._draw = Throttle(self.show_rows)

    def compose(self) -> ComposeResult:
        """From the top."""
        yield self._head
        yield self.lines
        yield self._title
        yield self._details

    def on_mount(self) -> None:
        """Look."""
        self.look()

    def on_unmount(self) -> None:
        """Drop draws that are still scheduled."""
        self._draw.cancel()

    def on_resize(self) -> None:
        """Texts are broken anew."""
        self._draw.request()

    @property
    def results(self) -> list[Result]:
        """All that has been found, in causal order."""
        return [result for area in CheckupArea for result in self._found.get(area, ())]

    @property
    def is_complete(self) -> bool:
        """Whether every area has been looked at."""
        return len(self._found) == len(CheckupArea)

    @property
    def selected(self) -> Result | None:
        """The result under the cursor."""
        rows = self.lines.rows
        return rows[self.lines.cursor].result if rows else None

    def look(self) -> None:
        """Begin a checkup; one that is under way is given up."""
        self._found = {}
        self._moved = False
        run_latest(self, self._follow, name="checkup", group="checkup")
        self.show_rows()

    def move(self, lines: int) -> None:
        """Move the cursor; from then on it stays where it is."""
        self._moved = True
        super().move(lines)

    def scroll_details(self, lines: int) -> None:
        """Scroll what is said of the result."""
        self._details.scroll_relative(y=lines, animate=False)

    async def _follow(self) -> None:
        size = self.app.size.width, self.app.size.height
        async with aclosing(self._look(size)) as areas:
            async for area, results in areas:
                self._found[area] = list(results)
                self._draw.request()
        self._draw.cancel()
        self.show_rows()

    def show_rows(self) -> None:
        """Draw all lines; the cursor stays on its result."""
        before = self.selected
        rows = words.rows_of(self._found, tuple(CheckupArea), only_problems=self.only_problems)
        place = next((number for number, row in enumerate(rows) if before is not None and row.result == before), None)
        if place is None or not self._moved:
            place = words.first_problem(rows)
        self.lines.replace(rows, place)
        self._head.show(words.head(self._found, tuple(CheckupArea), max(10, self.size.width - 4)))
        self._show_details()

    def on_checkup_lines_highlighted(self) -> None:
        """The cursor is elsewhere."""
        self._show_details()

    def _show_details(self) -> None:
        result = self.selected
        if result is None:
            self._title.show("", "")
            self._details.show((), anew=True)
        else:
            self._title.show(tidy(shown(result.name), 60), result.area.value)
            width = max(10, self._details.size.width - 6)
            self._details.show(words.details(result, width), anew=result != self._told)
        self._told = result
