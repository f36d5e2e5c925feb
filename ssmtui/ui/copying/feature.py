"""What sessions have printed: copying it, searching it, the links in it, and what nodes would copy themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.copying import commands
from ssmtui.ui.copying.actions import CopyActions
from ssmtui.ui.copying.clipboard_gate import ClipboardGate
from ssmtui.ui.look.sheets import dialog_sheets

if TYPE_CHECKING:
    from ssmtui.browser import Browser
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.terminals.searches import Searches


class CopyFeature(Feature):
    """Copying, searching and links."""

    styles = dialog_sheets("copying")

    def __init__(self, panes: Panes, searches: Searches, clipboard: str, browser: Browser) -> None:
        """``clipboard`` is the setting of that name."""
        self.actions = actions = CopyActions(panes, searches, ClipboardGate(clipboard), browser)
        self.commands = (
            commands.CopyMode(panes),
            commands.SearchOutput(panes),
            commands.SearchAllOutput(actions),
            commands.CopySelection(actions),
            commands.CopyOutput(actions),
            commands.Links(actions),
            commands.AnswerClipboard(actions),
        )
