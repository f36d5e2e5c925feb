"""How access to AWS is set up, to read."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from ssmtui.ui.beginning import words
from ssmtui.ui.kit.reading import Reading
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone


class SetUp(Reading[None]):
    """Scrolls; esc, q or enter leaves."""

    CSS_PATH = dialog_sheets("beginning")

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__()
        self._paragraphs = words.set_up(environment)

    def compose(self) -> ComposeResult:
        """A paragraph each way."""
        with Vertical(id="box") as box:
            box.border_title = "Access to AWS"
            with VerticalScroll():
                for heading, lines in self._paragraphs:
                    text = Text(heading, palette_of(self).style(Tone.ACCENT))
                    text.append("\n" + "\n".join(lines), palette_of(self).style(Tone.PLAIN))
                    yield Static(text)
            yield self.key_line()
