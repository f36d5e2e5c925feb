"""Asks before several sessions are opened at once, and whether they share a tab."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.layout import Arrangement
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.words import indented
from ssmtui.ui.start.spread_line import SpreadLine
from ssmtui.ui.start.spreading import Spread

SHOWN = 8
"""Names that are shown."""


class OpenQuestion(Dialog[Spread | Arrangement]):
    """y opens, and so does enter where they are few; esc, n and q do not. Of many enter opens none: it is what was
    pressed a moment ago. The answer is how they are spread over tabs."""

    CSS_PATH = dialog_sheets("start")
    KEYS = (
        Key("y", "open", "open all"),
        Key("enter", "usual"),
        Key("tab", "flip", "tabs or tiled", priority=True),
        Key("n,q", "cancel"),
        Key("escape", "cancel"),
    )

    def __init__(
        self,
        names: Sequence[str],
        choice: SpreadLine | None = None,
        *,
        few: bool = False,
        shared: bool = False,
    ) -> None:
        """``choice`` is that of their tabs, where there is one. ``few``: there would be no question without it.
        ``shared``: it is known that all of them share a tab."""
        super().__init__()
        self._names = names
        self._few = few
        self._where = " in one tab" if shared else ""
        self._choice = choice

    def compose(self) -> ComposeResult:
        """How many, on which nodes, in which tabs."""
        with Vertical(id="box"):
            yield plain(f"Open {len(self._names)} sessions{self._where}?", "lines question")
            yield plain(indented(self._names, SHOWN, lambda name: tidy(name, 76)), "note")
            if self._choice is not None:
                yield self._choice
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """What enter does, and whether there is a choice."""
        match key.action:
            case "open":
                return "" if self._few else key.hint
            case "usual":
                return "open all" if self._few else "do not"
            case "flip":
                return key.hint if self._choice is not None else ""
        return "do not" if self._few and key.keys == "escape" else ""

    def action_open(self) -> None:
        """Open them."""
        self.dismiss(self._choice.chosen if self._choice is not None else Spread.TABS)

    def action_usual(self) -> None:
        """Open a few, and not many."""
        if self._few:
            self.action_open()
        else:
            self.action_cancel()

    def action_flip(self) -> None:
        """Choose the other way."""
        if self._choice is not None:
            self._choice.flip()
