"""What all dialogs share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, TypeVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Static

from ssmtui import inert
from ssmtui.ui.compat import PatientDialog
from ssmtui.ui.kit.key_hints import Hint, KeyHints
from ssmtui.ui.look import words
from ssmtui.ui.look.sheets import dialog_sheets

Answer = TypeVar("Answer")

PREVIEW_LINES = 6
PREVIEW_WIDTH = 54
"""Lines of what is asked about that are shown, and characters of each."""


class Key(NamedTuple):
    """A key of a dialog."""

    keys: str
    """In Textual's notation; commas separate several that do the same."""
    action: str = ""
    """What it does, as Textual names actions; empty where the widget that has the focus acts on it."""
    hint: str = ""
    """What the dialog's last line says of it; empty: nothing."""
    shown: str = ""
    """How that line writes the keys; empty: the first of them."""
    priority: bool = False
    """Whether it comes before those of the widget that has the focus."""

    @property
    def binding(self) -> Binding:
        """For Textual."""
        return Binding(self.keys, self.action, self.hint, show=False, priority=self.priority)


class Dialog(PatientDialog[Answer]):
    """A box over the main screen. Esc, and Ctrl-C, give no answer (None)."""

    CSS_PATH = dialog_sheets()
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short"), (30, "-tall")]  # noqa: RUF012  # an instance variable to Textual
    KEYS: ClassVar[Sequence[Key]] = (Key("escape", "cancel", "go back"),)
    """The keys of this class; those of the classes above it stay, and are hinted at after its own. A key of theirs that
    stands here again has the action and the hint that it has here."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *(key.binding for key in KEYS),
        # As at any question of a shell. An entry with a selection copies it, one of several lines takes ctrl+z back.
        Binding("ctrl+c", "cancel", show=False),
        Binding("ctrl+z", "app.do('suspend', '')", show=False),
    ]

    def __init_subclass__(cls, **inherited: bool) -> None:
        """Bind the keys; Textual gathers bindings when a class is made."""
        made = [key.binding for key in vars(cls).get("KEYS", ()) if key.action]
        cls.BINDINGS = [*vars(cls).get("BINDINGS", ()), *made]
        super().__init_subclass__(**inherited)

    def hint(self, key: Key) -> str:
        """What the last line says of ``key`` now; empty: nothing. For dialogs whose keys depend on their state."""
        return key.hint

    @property
    def hints(self) -> list[Hint]:
        """What the last line says now."""
        keys: dict[str, Key] = {}
        for owner in type(self).__mro__:
            for key in vars(owner).get("KEYS", ()):
                keys.setdefault(key.keys.partition(",")[0], key)
        return [(key.shown or first, hint) for first, key in keys.items() if (hint := self.hint(key))]

    def key_line(self) -> KeyHints:
        """The keys, as the last line."""
        line = KeyHints()
        line.add_class("keys")
        line.show(self.hints)
        return line

    def show_hints(self) -> None:
        """The dialog's state has changed, and maybe what keys do."""
        self.query_one(KeyHints).show(self.hints)

    def action_cancel(self) -> None:
        """Go back without an answer."""
        self.dismiss(None)


def plain(lines: Sequence[str] | str, classes: str = "lines") -> Static:
    """Text as it is, without markup."""
    return Static(Text(lines if isinstance(lines, str) else "\n".join(lines)), classes=classes)


def preview(lines: Sequence[str]) -> list[str]:
    """The first of ``lines``, which may hold anything, and how many more there are."""
    return words.indented(lines, PREVIEW_LINES, lambda line: inert.pictured(line, PREVIEW_WIDTH), "line")
