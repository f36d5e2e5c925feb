"""All that is wrong with the files of saved connections: where, and what."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from ssmtui.profiles.profile import Problem
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.reading import Reading
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import and_more, wrap

WIDTH = 84
MOST = 200
"""Problems that are shown; a file with more of them is not corrected one by one."""


class ProfileProblems(Reading[None]):
    """Scrolls; esc, q or enter leaves."""

    CSS_PATH = dialog_sheets("profiles")
    KEYS = (Key("E", "cancel"),)

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self._problems = problems

    def compose(self) -> ComposeResult:
        """A paragraph each."""
        with Vertical(id="box") as box:
            box.border_title = "What is wrong with the files of connections"
            with VerticalScroll():
                lines = TextLines(id="problem-lines")
                lines.show(told(self._problems, min(WIDTH, self.app.size.width - 10)))
                yield lines
            yield self.key_line()


def told(problems: Sequence[Problem], width: int) -> list[Cell]:
    """Place and text of each; one that does not keep anything from working is dim."""
    found: list[Cell] = []
    for problem in problems[:MOST]:
        tone = Tone.WARN if problem.is_error else Tone.DIM
        found.append(Cell(tidy(str(problem.place), 400)[-width:], Tone.STRONG))
        found += [Cell(f"  {part}", tone) for part in wrap(tidy(problem.text, 600), width - 2, 6)]
        found.append(Cell(""))
    if more := and_more(len(problems) - MOST):
        found.append(Cell(f"…{more}", Tone.DIM))
    return found
