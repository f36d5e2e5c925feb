"""Which columns the table has, in which order and how wide: changed at once beside the dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, OptionList

from ssmtui.inventory.field_sets import TAG
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.choices import LETTERS, ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.table.layout import LEAST, MOST, Chosen
from ssmtui.ui.table.preferences import MAX_COLUMNS, first

if TYPE_CHECKING:
    from ssmtui.ui.table.view import TableView

TAGS_OFFERED = 20
STEP = 2
"""Cells by which a column grows and shrinks."""


class ColumnsScreen(ChoiceDialog[None]):
    """Space shows or hides, J and K move, + and - set the width, t takes the key of a tag."""

    CSS_PATH = dialog_sheets("table")
    KEYS = (
        *LETTERS,
        Key("space", "show_or_hide", "show"),
        Key("J,shift+down", "shift(1)", "move", "J K"),
        Key("K,shift+up", "shift(-1)"),
        Key("plus,equals_sign,right,l", f"widen({STEP})", "width", "+ -"),
        Key("minus,left,h", f"widen(-{STEP})"),
        Key("backspace", "natural"),
        Key("t", "tag", "tag…"),
        Key("0", "default"),
        Key("escape", "cancel", "close"),
    )

    def __init__(self, view: TableView[Any]) -> None:
        super().__init__()
        self._view = view
        self._columns = view.columns
        self._shown = list(view.preferences.shown(view.differing))
        self._others = [name for name in self._columns.rows.fields if name not in self._names]

    @property
    def _names(self) -> list[str]:
        return [chosen.name for chosen in self._shown]

    def compose(self) -> ComposeResult:
        """The columns: those that are shown in their order, then the others."""
        with Vertical(id="box") as box:
            box.border_title = "Columns"
            yield Choices()
            yield InertInput(placeholder="tag key, then enter", compact=True, id="tag", max_length=128)
            yield self.key_line()

    def on_mount(self) -> None:
        """The first one is chosen."""
        self.query_one("#tag").display = False
        self.choices.show(self._lines())
        self.choices.focus()
        self._view.count_values(self._offer_tags)

    def _offer_tags(self) -> None:
        """The tags that most nodes have come before the other fields."""
        if self.is_attached:
            tags = [TAG + tag.text for tag in self._view.filter.vocabulary.tags[:TAGS_OFFERED]]
            known = {*self._names, *self._others}
            self._others[:0] = [name for name in tags if self._columns.has_column(name) and name not in known]
            self.choices.show(self._lines())

    def _lines(self) -> list[Text]:
        placed = {place.column.name: place.width for place in self._view.table.placed}
        shown = [self._line(chosen.name, chosen, placed.get(chosen.name)) for chosen in self._shown]
        return shown + [self._line(name, None, None) for name in self._others]

    def _line(self, name: str, chosen: Chosen | None, width: int | None) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(" ■ " if chosen else " □ ", self.style("primary") if chosen else self.style("dim"))
        line.append(f"{tidy(name, 18):<19}", "bold" if chosen else "")
        if chosen is not None:
            room = "no room" if width is None else f"{width}" + ("" if chosen.width is None else " set")
            line.append(f"{room:>7}  ", self.style("warning") if width is None else self.style("dim"))
        line.append(self._columns.column(name).help, self.style("dim"))
        return line

    def _apply(self, place: int) -> None:
        self._view.prefer(self._view.preferences.with_shown(self._shown, self._view.differing))
        self.choices.show(self._lines(), place)

    @on(OptionList.OptionSelected)
    def action_show_or_hide(self) -> None:
        """Show or hide the chosen column; the last one stays."""
        place, number = self.place, len(self._shown)
        if place >= number and number < MAX_COLUMNS:
            self._shown.append(Chosen(self._others.pop(place - number)))
            place = number
        elif place < number > 1:
            self._others.insert(0, self._shown.pop(place).name)
        self._apply(place)

    def action_shift(self, rows: int) -> None:
        """Move the chosen column."""
        place = self.place
        other = place + rows
        if place < len(self._shown) and 0 <= other < len(self._shown):
            self._shown[place], self._shown[other] = self._shown[other], self._shown[place]
            self._apply(other)

    def action_widen(self, cells: int) -> None:
        """Set the chosen column's width."""
        place = self.place
        if place < len(self._shown):
            name, width = self._shown[place]
            placed = {each.column.name: each.width for each in self._view.table.placed}
            width = width or placed.get(name) or self._columns.column(name).width
            self._shown[place] = Chosen(name, max(LEAST, min(MOST, width + cells)))
            self._apply(place)

    def action_natural(self) -> None:
        """Leave the chosen column's width to the room there is."""
        if self.place < len(self._shown):
            self._shown[self.place] = Chosen(self._shown[self.place].name)
            self._apply(self.place)

    def action_default(self) -> None:
        """All as at first."""
        self._shown = list(first(self._columns).shown(self._view.differing))
        self._others = [name for name in self._columns.rows.fields if name not in self._names]
        self._apply(0)

    def action_tag(self) -> None:
        """Ask for the key of a tag."""
        entry = self.query_one("#tag", Input)
        entry.display = True
        entry.value = ""
        self.set_focus(entry)  # at once: what is typed next is the key

    def action_cancel(self) -> None:
        """Leave the entry first."""
        entry = self.query_one("#tag", Input)
        if entry.display:
            self.set_focus(self.choices)
            entry.display = False
        else:
            super().action_cancel()

    @on(Input.Submitted)
    def _tag_entered(self, event: Input.Submitted) -> None:
        name = TAG + event.value.strip().removeprefix(TAG)
        self.action_cancel()
        if self._columns.has_column(name) and name not in self._names and len(self._shown) < MAX_COLUMNS:
            place = min(self.place + 1, len(self._shown))
            self._shown.insert(place, Chosen(name))
            if name in self._others:
                self._others.remove(name)
            self._apply(place)
