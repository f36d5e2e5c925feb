"""The report for a bug report, to be read before it is written."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ssmtui.ui.kit.dialog import Key, plain
from ssmtui.ui.kit.reading import Reading
from ssmtui.ui.look.sheets import dialog_sheets


class ReportDialog(Reading[bool]):
    """Scrolls; w goes on to write it, esc leaves it unwritten."""

    CSS_PATH = dialog_sheets("doctor")
    KEYS = (Key("w", "write", "write to a file …"),)

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """All of it."""
        with Vertical(id="box") as box:
            box.border_title = Text("This is all that the report holds")
            yield plain("Nothing has been written yet, and nothing is sent anywhere.", "note")
            with VerticalScroll():
                yield Static(Text(self._text))
            yield self.key_line()

    def action_write(self) -> None:
        """Go on to the question where to."""
        self.dismiss(True)
