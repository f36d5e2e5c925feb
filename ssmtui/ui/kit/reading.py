"""What dialogs share that are there to be read."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from ssmtui.ui.kit.dialog import Answer, Dialog


class Reading(Dialog[Answer]):
    """A dialog over one :class:`VerticalScroll`, which the keys of all lists scroll; q and enter leave as esc does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "cancel", "Close", show=False),
        # Before the scroll view's own, which glide and lose keys that come meanwhile.
        Binding("j,down", "scroll(1)", "Down", show=False, priority=True),
        Binding("k,up", "scroll(-1)", "Up", show=False, priority=True),
    ]

    def on_mount(self) -> None:
        """Arrows and pages scroll."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
