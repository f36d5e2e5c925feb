"""How the person left the view: kept until the program ends, so that it opens as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.profiles.view.outline import Key, Order

if TYPE_CHECKING:
    from ssmtui.profiles.store import Undo

MAX_STEPS = 50
"""Steps that can be taken back."""


@dataclass(slots=True)
class ViewState:
    """One for the app."""

    order: Order = Order.TREE
    text: str = ""
    """What is searched for."""
    touched: dict[str, bool] = field(default_factory=dict)
    """Folders that were opened (True) or closed by hand."""
    cursor: Key | None = None
    tall: bool = False
    """Whether the details have half of a narrow screen."""
    steps: list[tuple[Undo, ...]] = field(default_factory=list)
    """What can be taken back, the last one first to go; each is one or more edits that were made together."""

    def did(self, undos: Sequence[Undo]) -> None:
        """Something was done to the files."""
        if undos:
            self.steps.append(tuple(undos))
            del self.steps[:-MAX_STEPS]

    def fold(self, folder: str, *, is_open: bool) -> None:
        """Open or close a folder."""
        self.touched[folder] = is_open

    def reveal(self, folder: str) -> None:
        """Open a folder and those that it is in."""
        while folder:
            self.touched[folder] = True
            folder = folder.rpartition("/")[0]


def nothing(state: ViewState, key: Callable[[str], str], *, has_some: bool, file: str) -> list[Cell]:
    """What to say where there are no lines; ``has_some``: there are connections, ``file`` is where they are written;
    ``key`` says how a command is run."""
    if state.text:
        return [
            Cell(f"Nothing is found for {tidy(state.text, 40)}.", Tone.STRONG),
            Cell(f"{key('connection-back')} shows all again.", Tone.DIM),
        ]
    if state.order is not Order.TREE and has_some:
        return [
            Cell("No connection has been opened yet.", Tone.STRONG),
            Cell(f"Another order ({key('connection-order')}) shows all of them.", Tone.DIM),
        ]
    return [
        Cell("There are no connections yet.", Tone.STRONG),
        Cell(f"{key('connection-new')} makes one from a form.", Tone.DIM),
        Cell(":save-connection, in the tab of a session, saves how it was started.", Tone.DIM),
        Cell(f"They are written in {tidy(file, 200)}.", Tone.DIM),
    ]
