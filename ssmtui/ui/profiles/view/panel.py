"""What is around the lines of saved connections: the head of the view, what is wrong with the files, the details."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ssmtui.profiles.profile import Folder, Problem, Profile
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.compat import LinesWidget, resize_content
from ssmtui.ui.kit.line import Line
from ssmtui.ui.kit.title import Title
from ssmtui.ui.look.cells import fit, tidy
from ssmtui.ui.look.palette import paint
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import and_more
from ssmtui.ui.profiles.view import facts
from ssmtui.ui.profiles.view.outline import Order


class Head(Line):
    """The orders of the view, and how much it shows."""

    def __init__(self) -> None:
        super().__init__()
        self._order = Order.TREE
        self._count = ""
        self._marked = ""

    def show(self, order: Order, count: str, marked: str) -> None:
        """Say which order holds, and how many are shown and marked."""
        if (order, count, marked) != (self._order, self._count, self._marked):
            self._order, self._count, self._marked = order, count, marked
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The orders."""
        found = []
        for number, order in enumerate(Order, 1):
            here = order is self._order
            found.append(Piece(f" {number} ", Tone.KEY if not here else Tone.HERE, tag=order))
            found.append(Piece(f"{order.value} ", Tone.HERE if here else Tone.DIM, tag=order))
        return found

    def right(self, width: int) -> list[Piece]:
        """Counts."""
        marked = [Piece(f"{self._marked}  ", Tone.ACCENT)] if self._marked else []
        return [*marked, Piece(f"{self._count} ", Tone.DIM)]

    def on_click(self, event: events.Click) -> None:
        """Choose an order."""
        order = self.tag_at(event.x)
        if isinstance(order, Order):
            self.post_message(CommandWanted("connection-order", str([*Order].index(order) + 1)))


class ProblemLine(Line):
    """The first of what is wrong with the files, and how to see the others."""

    def __init__(self) -> None:
        super().__init__(id="problems")
        self._problems: tuple[Problem, ...] = ()
        self.display = False

    def show(self, problems: tuple[Problem, ...]) -> None:
        """Show the first of ``problems``."""
        if problems != self._problems:
            self._problems = problems
            self.display = bool(problems)
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The first one."""
        if not self._problems:
            return []
        place, text, is_error = self._problems[0]
        where = tidy(place.file.name, 40) + (f" line {place.line}" if place.line else "")
        head = f" ! {where}: "
        said = fit(tidy(text, 300), max(0, width - cell_len(head)))
        return [Piece(head, Tone.WARN), Piece(said, Tone.WARN if is_error else Tone.DIM)]

    def right(self, width: int) -> list[Piece]:
        """How many there are, and the key."""
        more = and_more(len(self._problems) - 1)
        return [Piece(f" {more}", Tone.DIM), Piece(" E", Tone.KEY), Piece(" all ", Tone.DIM)]

    def on_click(self) -> None:
        """Show all."""
        self.post_message(CommandWanted("connection-problems"))


class FactLines(ScrollView, LinesWidget, can_focus=False, inherit_bindings=False):
    """Lines about a connection or a folder, which scroll."""

    def __init__(self) -> None:
        super().__init__(id="facts")
        self._item: Folder | Profile | None = None
        self._about = facts.About()
        self._lines: list[facts.Line] = []

    def show(self, item: Folder | Profile | None, about: facts.About) -> None:
        """Show ``item``; another one begins at the top."""
        same = item is not None and self._item is not None and (type(item), item.name) == _named(self._item)
        self._item, self._about = item, about
        self._lay_out()
        if not same and self.scroll_offset.y:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        self._lines = facts.lines(self._item, self._about, width) if self._item is not None and width else []
        resize_content(self, Size(0, len(self._lines)))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line, or an empty one."""
        width, place = self.size.width, int(self.scroll_offset.y) + y
        line = self._lines[place] if place < len(self._lines) else ()
        segments = [Segment(piece.text, paint(self, piece.tone)) for piece in line]
        return Strip(segments).adjust_cell_length(width, paint(self))

    def on_resize(self) -> None:
        """The size changed."""
        self._lay_out()


def _named(item: Folder | Profile) -> tuple[type, str]:
    return type(item), item.name


class ProfilePanel(Vertical):
    """Name and details of the line under the cursor."""

    def __init__(self) -> None:
        super().__init__(id="panel")
        self._title = Title()
        self.facts = FactLines()

    def compose(self) -> ComposeResult:
        """The name above the details."""
        yield self._title
        yield self.facts

    def show(self, item: Folder | Profile | None, about: facts.About) -> None:
        """Show ``item``."""
        if item is None:
            self._title.show("", "")
        elif isinstance(item, Folder):
            self._title.show(tidy(item.name, 60), "folder")
        else:
            self._title.show(tidy(item.name, 60), tidy(item.folder, 60) or "connection")
        self.facts.show(item, about)
