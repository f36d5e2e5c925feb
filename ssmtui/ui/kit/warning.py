"""A warning in full, to read and to copy: what a tab's own line has no room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.ui.kit.dialog import Key, plain
from ssmtui.ui.kit.reading import Reading

if TYPE_CHECKING:
    from ssmtui.ui.ports import Stage

MOST = 4000
"""Characters of each sentence that are shown: AWS's own may be of any length."""


class WarningScreen(Reading[None]):
    """Scrolls; y copies all of it, esc leaves."""

    KEYS = (Key("y", "copy", "copy"),)

    def __init__(self, warning: SsmtuiError) -> None:
        super().__init__()
        parts = (warning.title, warning.remedy, warning.detail)
        self._parts = [inert.line(part, MOST) for part in parts if part]

    def compose(self) -> ComposeResult:
        """What it means and what to do, then AWS's own words."""
        with Vertical(id="box") as box:
            box.border_title = Text("Warning")
            with VerticalScroll():
                for part in self._parts:
                    yield plain(part, "part")
            yield self.key_line()

    def action_copy(self) -> None:
        """All of it as text."""
        cast("Stage", self.app).copy_to_clipboard("\n".join(self._parts), "the warning")
