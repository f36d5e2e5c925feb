"""What a form says of the field with the keys, under the fields."""

from __future__ import annotations

from ssmtui.errors import SsmtuiError
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.cells import Cell, error_lines, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap

ROWS = 2
LONGEST = 600
"""Characters that are looked at."""


class FormNote(TextLines):
    """A fixed number of lines, so that nothing moves; only an error is shown in full."""

    def __init__(self) -> None:
        super().__init__(id="note")

    @property
    def _room(self) -> int:
        return max(30, self.size.width or 70)

    def say(self, text: str, tone: Tone) -> None:
        """Say ``text``, as far as there is room."""
        lines = wrap(tidy(text, LONGEST), self._room, ROWS)
        self.show([Cell(line, tone) for line in lines] + [Cell("")] * (ROWS - len(lines)))

    def fits(self, text: str) -> bool:
        """Whether there is room for all of ``text``."""
        return len(wrap(text, self._room, ROWS + 1)) <= ROWS

    def say_error(self, error: SsmtuiError) -> None:
        """Say what happened and what to do."""
        self.show(error_lines(error, self._room))
