"""What the rows are sorted by: one key or several, changed at once behind the dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList

from ssmtui.inventory.field_sets import SortKey
from ssmtui.ui.kit.choices import LETTERS, ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.table.preferences import sort_by

if TYPE_CHECKING:
    from ssmtui.ui.table.view import TableView


class OrderScreen(ChoiceDialog[None]):
    """Enter sorts by one field alone, and the other way round when it already does; space adds or takes away a key."""

    CSS_PATH = dialog_sheets("table")
    KEYS = (
        *LETTERS,
        Key("enter", hint="this alone"),
        Key("space", "further", "also by it"),
        Key("r", "reverse", "reverse"),
        Key("0", "default", "reset"),
        Key("escape", "cancel", "close"),
    )

    def __init__(self, view: TableView[Any]) -> None:
        super().__init__()
        self._view = view
        self._columns = columns = view.columns
        shown = [placed.column.name for placed in view.table.placed]
        sorted_by = [key.field for key in view.preferences.sort]
        self._fields = list(dict.fromkeys([*columns.orders, *sorted_by, *shown, *columns.rows.fields]))
        self._fields.sort(key=lambda name: name not in columns.orders)

    def compose(self) -> ComposeResult:
        """The fields, and the keys."""
        with Vertical(id="box") as box:
            box.border_title = f"Sort the {self._view.noun}s by"
            yield Choices()
            yield self.key_line()

    def on_mount(self) -> None:
        """The first key is chosen."""
        first = self._fields.index(self._view.preferences.sort[0].field)
        self.choices.show(self._lines(), first)
        self.choices.focus()

    def _lines(self) -> list[Text]:
        order = {key.field: (number, key) for number, key in enumerate(self._view.preferences.sort, 1)}
        return [self._line(name, *order.get(name, (0, SortKey(name)))) for name in self._fields]

    def _line(self, name: str, number: int, key: SortKey) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        arrow = f" {number} {'▼' if key.descending else '▲'} " if number else "     "
        line.append(arrow, f"bold {self.style('primary')}")
        help = self._columns.orders.get(name) or self._columns.column(name).help
        line.append(f"{name:<12} ", "bold" if number else "")
        line.append(help, self.style("dim"))
        return line

    def _sort(self, keys: tuple[SortKey, ...]) -> None:
        self._view.prefer(self._view.preferences.sorted_by(keys))
        self.choices.show(self._lines())

    @on(OptionList.OptionSelected)
    def _alone(self, event: OptionList.OptionSelected) -> None:
        self._sort(sort_by(self._view.preferences.sort, self._fields[event.option_index]))

    def action_further(self) -> None:
        """Sort by this field as well, after the others; or no longer."""
        field, keys = self._fields[self.place], self._view.preferences.sort
        others = tuple(key for key in keys if key.field != field)
        self._sort(others if len(others) < len(keys) else sort_by(keys, field, further=True))

    def action_reverse(self) -> None:
        """Reverse the order of this field."""
        self._sort(sort_by(self._view.preferences.sort, self._fields[self.place], further=True))

    def action_default(self) -> None:
        """As at first."""
        self._sort(self._columns.rows.order)
