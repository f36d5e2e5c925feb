"""What all dialogs share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Static

from ssmtui import inert
from ssmtui.ui.compat import PatientDialog
from ssmtui.ui.kit.key_hints import KeyHints
from ssmtui.ui.look import words
from ssmtui.ui.look.sheets import dialog_sheets

Answer = TypeVar("Answer")

PREVIEW_LINES = 6
PREVIEW_WIDTH = 54
"""Lines of what is asked about that are shown, and characters of each."""


class Dialog(PatientDialog[Answer]):
    """A box over the main screen. Esc gives no answer (None)."""

    CSS_PATH = dialog_sheets()
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", show=False)]

    def action_cancel(self) -> None:
        """Go back without an answer."""
        self.dismiss(None)


def plain(lines: Sequence[str] | str, classes: str = "lines") -> Static:
    """Text as it is, without markup."""
    return Static(Text(lines if isinstance(lines, str) else "\n".join(lines)), classes=classes)


def preview(lines: Sequence[str]) -> list[str]:
    """The first of ``lines``, which may hold anything, and how many more there are."""
    shown = ["  " + inert.pictured(line, PREVIEW_WIDTH) for line in lines[:PREVIEW_LINES]]
    more = len(lines) - PREVIEW_LINES
    return [*shown, f"  … and {words.count(more, 'more line')}"] if more > 0 else shown


def key_line(*hints: tuple[str, str]) -> KeyHints:
    """The keys of a dialog, as its last line."""
    line = KeyHints()
    line.add_class("keys")
    line.show(hints)
    return line
