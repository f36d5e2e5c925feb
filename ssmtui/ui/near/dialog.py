"""Which database or cache near a node a tunnel leads to: a list that is narrowed by typing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple, cast

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList

from ssmtui.errors import SsmtuiError
from ssmtui.inventory.databases import Nearby
from ssmtui.matching import Haystack, matches, words
from ssmtui.model import Database, Node
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.narrowing import NarrowingDialog
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.near.words import NearView, about, haystack, line, subtitle, title

LONGEST = 200
SHOWN = 200
"""Lines of the list; what is typed finds the others."""

Finding = Callable[[bool], AsyncIterator[Nearby]]
"""Finds them, anew where that is asked for."""


class DatabaseAnswer(NamedTuple):
    """What was chosen."""

    database: Database
    in_form: bool = False
    """Whether the tunnel to it is changed in the form before it is opened."""


class DatabasesScreen(NarrowingDialog[DatabaseAnswer]):
    """Enter answers with the chosen one. Those of the node's own VPC are listed; tab lists the others too."""

    CSS_PATH = dialog_sheets("near")
    KEYS = (
        Key("enter", hint="tunnel"),
        Key("ctrl+o", "in_form", "form…", priority=True),
        Key("tab", "everywhere", "other VPCs", priority=True),
        Key("ctrl+r", "read_again", "refresh", priority=True),
    )

    def __init__(self, node: Node, find: Finding, text: str = "", *, fills_form: bool = False) -> None:
        """``text`` is typed already. ``fills_form``: whether a form is open below, which the chosen one goes into."""
        super().__init__()
        self._find = find
        self._fills_form = fills_form
        self._view = NearView(node, Nearby())
        self._searched: Sequence[tuple[Database, Haystack]] = ()
        self._offered: Sequence[Database] = ()
        self._entry = InertInput(text, placeholder="type to find one", compact=True, max_length=LONGEST)
        self._about = TextLines(id="about")

    def compose(self) -> ComposeResult:
        """The line above the list, what is known of the chosen one, the keys."""
        with Vertical(id="box") as box:
            box.border_title = Text(title(self._view.node))
            yield self._entry
            yield Choices()
            yield self._about
            yield self.key_line()

    def on_mount(self) -> None:
        """Begin to read."""
        self._read(again=False)

    def on_resize(self, event: events.Resize) -> None:
        """Lines, and what is said, are as wide as the dialog."""
        self.call_after_refresh(lambda: self._show(self._chosen))

    def hint(self, key: Key) -> str:
        """Over a form there is nothing but to take one."""
        match key.keys:
            case "enter" if self._fills_form:
                return "take it"
            case "ctrl+o" if self._fills_form:
                return ""
            case "tab":
                if self._view.everywhere:
                    return "this VPC"
                return super().hint(key) if self._view.hidden else ""
        return super().hint(key)

    # Reading

    def _read(self, *, again: bool) -> None:
        self.run_worker(self._follow(again), name="databases", exclusive=True)

    async def _follow(self, again: bool) -> None:
        self._become(self._view._replace(nearby=Nearby(), error=None))
        try:
            async with aclosing(cast("Any", self._find(again))) as steps:
                async for nearby in steps:
                    self._become(self._view._replace(nearby=nearby))
        except SsmtuiError as error:
            self._become(self._view._replace(nearby=Nearby(complete=True), error=error))

    def _become(self, view: NearView) -> None:
        """Show another state. One that a person has gone to stays chosen; else the first is."""
        if not self.is_attached:
            return
        chosen = self._chosen if self.choices.highlighted else None
        self._view = view
        self._searched = [(one, haystack(one)) for one in view.shown]
        self._show(chosen)
        self.show_hints()

    # Drawing

    @property
    def _chosen(self) -> Database | None:
        place = self.choices.highlighted
        return self._offered[place] if place is not None and place < len(self._offered) else None

    def offer(self, text: str) -> None:
        """Show what fits; the first is chosen."""
        self._show(None)

    def _show(self, chosen: Database | None) -> None:
        wanted = words(self._entry.value)
        found = [one for one, text in self._searched if not wanted or matches(wanted, text)]
        self._offered = found[:SHOWN]
        place = self._offered.index(chosen) if chosen in self._offered else 0
        self.choices.show([self._line(one) for one in self._offered], place)
        self.query_one("#box").border_subtitle = Text(subtitle(self._view, len(found)))
        self._tell()

    def _line(self, database: Database) -> Text:
        palette = palette_of(self)
        drawn = Text(no_wrap=True, overflow="ellipsis")
        for cell in line(database, self._view.nearby, self.choices.size.width):
            drawn.append(cell.text, palette.style(cell.tone)).append(" ")
        return drawn

    @on(OptionList.OptionHighlighted)
    def _tell(self) -> None:
        self._about.show(about(self._view, self._chosen, max(30, self._about.size.width)))

    # Keys

    def take(self, place: int) -> None:
        """Answer with it."""
        if place < len(self._offered):
            self.dismiss(DatabaseAnswer(self._offered[place]))

    def action_in_form(self) -> None:
        """Answer with it, for the form."""
        if self._chosen is not None and not self._fills_form:
            self.dismiss(DatabaseAnswer(self._chosen, in_form=True))

    def action_everywhere(self) -> None:
        """Show those of other VPCs too, or no longer."""
        self._become(self._view._replace(everywhere=not self._view.everywhere))

    def action_read_again(self) -> None:
        """Read all of it anew."""
        self._read(again=True)
