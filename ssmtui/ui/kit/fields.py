"""What stands around an entry: its name and what it is for above it, below it the rule, or what is wrong."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ssmtui import inert
from ssmtui.ui.kit.line import Line
from ssmtui.ui.look.palette import paint
from ssmtui.ui.look.pieces import Piece, length
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import fit, wrap

NAME = 60
"""Characters of a name that are shown."""
DESCRIPTION = 600
"""Characters of a description that are looked at."""
DESCRIPTION_LINES = 3
RESET = "↺ default"


class Label(Line):
    """A field's name on the left, what is wrong with its content on the right."""

    def __init__(self, name: str, note: str) -> None:
        super().__init__()
        self._pieces = [Piece(name, Tone.STRONG), Piece(f"  {note}", Tone.DIM)]
        self.problem = ""

    def show(self, problem: str) -> None:
        """Say what is wrong; empty for nothing."""
        if problem != self.problem:
            self.problem = problem
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The name."""
        return self._pieces

    def right(self, width: int) -> list[Piece]:
        """What is wrong."""
        return [Piece(inert.line(self.problem, 60), Tone.BAD)] if self.problem else []


class FieldHead(Widget):
    """Name and description: on one line where there is room, else the description on up to three lines of its own."""

    class Reset(Message):
        """Enter the default again."""

    def __init__(self, name: str, description: str = "", *, required: bool = False) -> None:
        super().__init__()
        self._title = inert.line(name, NAME)
        self._description = inert.line(description, DESCRIPTION)
        self._required = required
        self._resettable = False
        self._wrapped: tuple[int, list[str]] | None = None

    def show_reset(self, resettable: bool) -> None:
        """Offer the default, or do not."""
        if resettable != self._resettable:
            self._resettable = resettable
            self.refresh()

    def _first(self, width: int) -> list[Piece]:
        pieces = [Piece(self._title, Tone.STRONG)]
        if self._required:
            pieces.append(Piece(" required", Tone.WARN))
        if self._description and not self._below(width):
            pieces.append(Piece(f"  {self._description}", Tone.DIM))
        return pieces

    def _below(self, width: int) -> list[str]:
        """The lines under the first one; asked for with every line that is drawn."""
        if self._wrapped is None or self._wrapped[0] != width:
            self._wrapped = width, self._wrap(width)
        return self._wrapped[1]

    def _wrap(self, width: int) -> list[str]:
        """The room for the default's mark is kept, whether it is there or not."""
        beside = width - len(RESET) - 4 - len(" required") * self._required - length([Piece(self._title)])
        if length([Piece(self._description)]) <= beside:
            return []
        return wrap(self._description, width, DESCRIPTION_LINES)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as it takes at this width."""
        return 1 + len(self._below(width))

    def render_line(self, y: int) -> Strip:
        """One of them."""
        width, blank = self.size.width, paint(self)
        if y > 0:
            below = self._below(width)
            text = below[y - 1] if y <= len(below) else ""
            return Strip([Segment(fit(text, width), paint(self, Tone.DIM))], width)
        mark = f" {RESET}" if self._resettable else ""
        segments = [Segment(piece.text, paint(self, piece.tone)) for piece in self._first(width)]
        left = Strip(segments).adjust_cell_length(width - len(mark), blank)
        return Strip.join([left, Strip([Segment(mark, paint(self, Tone.KEY))])]).adjust_cell_length(width, blank)

    def on_click(self, event: events.Click) -> None:
        """The mark was clicked."""
        if self._resettable and event.y == 0 and event.x >= self.size.width - len(RESET):
            event.stop()
            self.post_message(self.Reset())


class FieldNote(Line):
    """The line under an entry; always there, so that nothing moves when it has something to say."""

    def __init__(self, rule: str = "") -> None:
        super().__init__()
        self._rule = inert.line(rule, 300)
        self._text = ""
        self._tone = Tone.DIM
        self._aside = ""

    @property
    def text(self) -> str:
        """What is said now; empty while the rule is shown."""
        return self._text

    def show(self, text: str = "", tone: Tone = Tone.BAD, aside: str = "") -> None:
        """Say ``text`` in place of the rule, and ``aside`` at the right edge."""
        shown = (inert.line(text, 300), tone, aside)
        if shown != (self._text, self._tone, self._aside):
            self._text, self._tone, self._aside = shown
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """What is wrong, or the rule."""
        text, tone = (self._text, self._tone) if self._text else (self._rule, Tone.FAINT)
        return [Piece("  "), Piece(fit(text, max(0, width - 2)), tone)]

    def right(self, width: int) -> list[Piece]:
        """The aside."""
        return [Piece(f" {self._aside}", Tone.FAINT)] if self._aside else []
