"""What to copy of nodes: each way with its letter, and what it would give."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList

from ssmtui.model import Node
from ssmtui.ui.kit.choices import ChoiceDialog, Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.words import amount
from ssmtui.ui.nodes.copies import FEW, What, text_of

WAYS = tuple(What)
SHOWN = 52
"""Characters shown of what would be copied."""


class CopyMenu(ChoiceDialog[What]):
    """A letter copies at once, enter the chosen way; y again is the first one."""

    CSS_PATH = dialog_sheets("nodes")
    KEYS = (
        *(Key(what.value.key, f"copy({what.name!r})") for what in What),
        Key("y", "copy('ID')"),
        Key("enter", hint="copy"),
    )

    def __init__(self, nodes: Sequence[Node]) -> None:
        super().__init__()
        self._copied = nodes

    def compose(self) -> ComposeResult:
        """The ways."""
        with Vertical(id="box") as box:
            name = tidy(self._copied[0].label, 40)
            box.border_title = Text(
                f"Copy of {name if len(self._copied) == 1 else words.count(len(self._copied), 'node')}"
            )
            yield Choices()
            yield self.key_line()

    def on_mount(self) -> None:
        """The first one is chosen."""
        self.choices.show([self._line(what) for what in WAYS])
        self.choices.focus()

    def _line(self, what: What) -> Text:
        text = text_of(what, self._copied[:FEW])
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f" {what.value.key} ", f"bold {self.style('primary')}")
        line.append(f" {what.value.name:<14}", "bold" if text else self.style("dim"))
        line.append(self._sample(what, text), self.style("dim"))
        return line

    def _sample(self, what: What, text: str) -> str:
        if len(self._copied) > FEW:
            return f"of {words.count(len(self._copied), 'node')}"
        if not text:
            return "not known"
        if what is What.JSON or len(self._copied) > 1:
            return amount(text)
        return tidy(text, SHOWN)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(WAYS[event.option_index])

    def action_copy(self, name: str) -> None:
        """Copy that."""
        self.dismiss(What[name])
