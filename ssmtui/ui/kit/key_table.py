"""Keys and what they do, under headings, as a dialog."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.reading import Reading

KEY_WIDTH = 18


Sections = list[tuple[str, list[tuple[str, str]]]]
"""Headings, and under each the keys and what they do."""


def _table(entries: list[tuple[str, str]], key_style: str) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=KEY_WIDTH, style=key_style, no_wrap=True)
    table.add_column(ratio=1)
    for keys, meaning in entries:
        table.add_row(Text(f"  {keys}"), Text(meaning))
    return table


class Help(Reading[None]):
    """Scrolls; esc, q or ? leaves."""

    KEYS = (Key("question_mark,f1", "cancel"),)

    def __init__(self, sections: Sections) -> None:
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        """The text, and how to get out."""
        variables = self.app.theme_variables
        with Vertical(id="box") as box:
            box.border_title = "Keys and commands"
            with VerticalScroll():
                for heading, entries in self._sections:
                    yield Static(Text(heading, f"bold {variables['accent']}"), classes="heading")
                    yield Static(_table(entries, f"bold {variables['primary']}"))
            yield self.key_line()
