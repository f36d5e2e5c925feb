"""The keys of a form with a document, as they matter where the cursor is. A click on one presses it."""

from __future__ import annotations

from textual import events
from textual.widget import Widget

from ssmtui.ui.forms.document_picker import DocumentPicker
from ssmtui.ui.forms.parameter_field import ParameterField
from ssmtui.ui.kit.entries import ChoiceEntry, ChoicesEntry, LinesEntry, PortEntry, TextEntry
from ssmtui.ui.kit.key_hints import Hint, KeyHints

LAST: tuple[Hint, ...] = (("ctrl+s", "start"), ("escape", "cancel"))
STARTING: tuple[Hint, ...] = (("escape", "stop"),)


class FormKeys(KeyHints):
    """Shows them."""

    def show_for(self, focused: Widget | None, *, starting: bool = False) -> None:
        """Those that matter in ``focused``."""
        self.show(STARTING if starting else (*_hints(focused), *LAST))

    async def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        event.stop()
        key = self.tag_at(event.x)
        if isinstance(key, str) and key.isascii():
            self.app.simulate_key(key)


def _hints(focused: Widget | None) -> list[Hint]:
    if focused is None:
        return []
    ancestors = focused.ancestors_with_self
    if any(isinstance(one, DocumentPicker) for one in ancestors):
        return [("enter", "choose"), ("↑ ↓", "move"), ("ctrl+r", "read again")]
    hints: list[Hint] = []
    match focused:
        case LinesEntry():
            hints.append(("tab", "next"))
        case ChoiceEntry():
            hints.append(("enter", "open"))
        case ChoicesEntry():
            hints += [("space", "choose"), ("enter", "next")]
        case _:
            hints.append(("enter", "next"))
    if isinstance(focused, PortEntry):
        hints.append(("ctrl+f", "free port"))
    elif isinstance(focused, TextEntry | LinesEntry) and focused.has_history:
        hints.append(("↑ ↓", "earlier"))
    if any(isinstance(one, ParameterField) and not one.parameter.required for one in ancestors):
        hints.append(("ctrl+r", "default"))
    return hints
