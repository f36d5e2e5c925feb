"""The filters that have names: to filter by one, or to delete it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ssmtui import inert
from ssmtui.ui.kit.dialog import Dialog, key_line, plain
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.words import fit

if TYPE_CHECKING:
    from ssmtui.inventory.filters import Filters

NAME_WIDTH = 20
TEXT_SHOWN = 200


class SavedFilters(Dialog[str]):
    """Enter answers with the text of the chosen one, d deletes it, u brings back what was deleted last."""

    CSS_PATH = dialog_sheets("nodes")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move(1)", "Down", show=False),
        Binding("k", "move(-1)", "Up", show=False),
        Binding("d,delete", "delete", "Delete", show=False),
        Binding("u", "bring_back", "Bring back", show=False),
        Binding("q", "cancel", "Cancel", show=False),
    ]

    def __init__(self, filters: Filters) -> None:
        super().__init__()
        self._book = filters
        self._deleted: list[tuple[str, str]] = []
        self._choices = OptionList()
        self._none = plain("There are none yet. Filter the nodes, then :save-filter NAME.", "note")

    def compose(self) -> ComposeResult:
        """In the order of their names."""
        with Vertical(id="box") as box:
            box.border_title = "Saved filters"
            yield self._choices
            yield self._none
            yield key_line(("enter", "filter by it"), ("d", "delete"), ("u", "undo"), ("escape", "go back"))

    def on_mount(self) -> None:
        """The first one is chosen."""
        self._show(0)
        self._choices.focus()

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Give the answer."""
        self.dismiss(self._book.saved.get(str(event.option.id)))

    def action_move(self, lines: int) -> None:
        """Choose another."""
        (self._choices.action_cursor_down if lines > 0 else self._choices.action_cursor_up)()

    def action_delete(self) -> None:
        """Take the chosen one's name away."""
        option = self._choices.highlighted_option
        if option is not None:
            name = str(option.id)
            self._deleted.append((name, self._book.saved[name]))
            self._book.forget(name)
            self._show(self._choices.highlighted or 0)

    def action_bring_back(self) -> None:
        """Save again what was deleted last."""
        if self._deleted:
            name, text = self._deleted.pop()
            self._book.save(name, text)
            self._show(list(self._book.saved).index(name))

    def _show(self, place: int) -> None:
        saved = self._book.saved
        self._choices.clear_options()
        self._choices.add_options([Option(self._line(name, text), id=name) for name, text in saved.items()])
        self._choices.highlighted = min(place, len(saved) - 1) if saved else None
        self._choices.display = bool(saved)
        self._none.display = not saved

    def _line(self, name: str, text: str) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(fit(inert.line(f"@{name}", 60), NAME_WIDTH), "bold")
        return line.append(f"  {inert.line(text, TEXT_SHOWN)}", self.app.theme_variables["dim"])
