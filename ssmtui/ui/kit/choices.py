"""What dialogs with a list of lines to choose from share: moving by the keys of all lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ssmtui.ui.kit.dialog import Answer, Dialog, Key


class Choices(OptionList):
    """Lines that are drawn anew without the chosen one moving."""

    def show(self, lines: Sequence[Text], highlighted: int | None = None) -> None:
        """Draw ``lines``; the chosen one stays, or becomes the ``highlighted`` one."""
        place = self.highlighted or 0 if highlighted is None else highlighted
        if len(lines) == self.option_count:
            for number, line in enumerate(lines):
                self.replace_option_prompt_at_index(number, line)
        else:
            self.set_options([Option(line) for line in lines])
        self.highlighted = max(0, min(place, len(lines) - 1)) if lines else None

    @property
    def page(self) -> int:
        """Lines in sight."""
        return max(1, self.scrollable_content_region.height)

    def move(self, lines: int) -> None:
        """Move the highlight by ``lines``, within the list."""
        if self.option_count:
            self.highlighted = max(0, min((self.highlighted or 0) + lines, self.option_count - 1))


LETTERS = (Key("j", "move(1)"), Key("k", "move(-1)"), Key("g", "move(-1000)"), Key("G", "move(1000)"))
"""Keys of all lists, for dialogs that have no other use for these letters."""


class ChoiceDialog(Dialog[Answer]):
    """A dialog over one such list; q leaves as well."""

    KEYS: ClassVar[Sequence[Key]] = (Key("q", "cancel"),)

    @property
    def choices(self) -> Choices:
        """The list."""
        return self.query_one(Choices)

    @property
    def has_choices(self) -> bool:
        """Whether the list is there: a scheduled draw may come before the first frame, or after the dialog was
        removed."""
        return bool(self.query(Choices))

    @property
    def place(self) -> int:
        """Which line is chosen."""
        return self.choices.highlighted or 0

    def action_move(self, lines: int) -> None:
        """Move the highlight by ``lines``, within the list."""
        self.choices.move(lines)

    def style(self, name: str) -> Any:
        """A colour of the theme by its name."""
        return self.app.theme_variables[name]
