"""The filters that have names: to filter by one, or to delete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList

from ssmtui import inert
from ssmtui.ui.kit.choices import LETTERS, ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import Key, plain
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.words import fit

if TYPE_CHECKING:
    from ssmtui.inventory.filters import Filters

NAME_WIDTH = 20
TEXT_SHOWN = 200


class SavedFiltersDialog(ChoiceDialog[str]):
    """Enter answers with the text of the chosen one, d deletes it, u brings back what was deleted last."""

    CSS_PATH = dialog_sheets("table")
    KEYS = (
        *LETTERS,
        Key("enter", hint="filter by it"),
        Key("d,delete", "delete", "delete"),
        Key("u", "bring_back", "undo"),
    )

    def __init__(self, filters: Filters, none: str) -> None:
        """``none`` is what is said while there are none."""
        super().__init__()
        self._book = filters
        self._deleted: list[tuple[str, str]] = []
        self._none = plain(none, "note")

    def compose(self) -> ComposeResult:
        """In the order of their names."""
        with Vertical(id="box") as box:
            box.border_title = "Saved filters"
            yield Choices()
            yield self._none
            yield self.key_line()

    def on_mount(self) -> None:
        """The first one is chosen."""
        self._show(0)
        self.choices.focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(list(self._book.saved.values())[event.option_index])

    def action_delete(self) -> None:
        """Take the chosen one's name away."""
        if self._book.saved:
            name, text = list(self._book.saved.items())[self.place]
            self._deleted.append((name, text))
            self._book.forget(name)
            self._show(self.place)

    def action_bring_back(self) -> None:
        """Save again what was deleted last."""
        if self._deleted:
            name, text = self._deleted.pop()
            self._book.save(name, text)
            self._show(list(self._book.saved).index(name))

    def _show(self, place: int) -> None:
        saved = self._book.saved
        self.choices.show([self._line(name, text) for name, text in saved.items()], place)
        self.choices.display = bool(saved)
        self._none.display = not saved

    def _line(self, name: str, text: str) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(fit(inert.line(f"@{name}", 60), NAME_WIDTH), "bold")
        return line.append(f"  {inert.line(text, TEXT_SHOWN)}", self.style("dim"))
