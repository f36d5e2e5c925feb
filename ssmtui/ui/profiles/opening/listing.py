"""What is shown while the nodes of a scope are listed, so that some of them can be looked for."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.profiles.scope_nodes import ScopeNodes
from ssmtui.ui.accounts.words import scope_name
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone

LOOK = 0.1
"""Seconds between two looks at how far the listing is."""


class Listing(Dialog[bool]):
    """Answers True when the listing is through, or when the person takes what there is by now."""

    CSS_PATH = dialog_sheets("profiles")
    KEYS = (Key("enter", "take", "take those found by now"),)

    def __init__(self, what: str, nodes: ScopeNodes, is_done: Callable[[], bool]) -> None:
        """``what`` is being looked for, as a title says it; ``is_done`` says whether the listing is complete."""
        super().__init__()
        self._what = what
        self._listed = nodes
        self._is_done = is_done
        self._progress = TextLines(id="progress")

    def compose(self) -> ComposeResult:
        """What is listed, how far that is."""
        with Vertical(id="box"):
            yield plain(f"Looking for {self._what}", "lines question")
            what = "Reading tags of" if self._listed.reads_tags else "Listing"
            yield plain(f"{what} the nodes of {scope_name(self._listed.scope)}.", "note")
            yield self._progress
            yield self.key_line()

    def on_mount(self) -> None:
        """Look again and again."""
        self._look()
        self.set_interval(LOOK, self._look)

    def _look(self) -> None:
        if self._is_done() and self.app.screen is self:
            self.dismiss(True)
            return
        if self._listed.reads_tags:
            problem = self._listed.problem
            told = problem.detail if problem is not None else "done"
        else:
            told = f"{words.count(self._listed.state.listed, 'node')} so far"
        self._progress.show([Cell(told, Tone.ACCENT)])

    def action_take(self) -> None:
        """Go on with what there is."""
        self.dismiss(True)
