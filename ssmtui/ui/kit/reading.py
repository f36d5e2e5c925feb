"""The base of dialogs that only show text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.containers import VerticalScroll

from ssmtui.ui.kit.dialog import Answer, Dialog, Key


class Reading(Dialog[Answer]):
    """A dialog over one :class:`VerticalScroll`, which the keys of all lists scroll; q and enter leave as esc does."""

    KEYS: ClassVar[Sequence[Key]] = (
        # Before the scroll view's own, which glide and lose keys that come meanwhile.
        Key("j,down", "scroll(1)", "scroll", "↑ ↓ j k", priority=True),
        Key("k,up", "scroll(-1)", priority=True),
        Key("q,enter", "cancel"),
        Key("escape", "cancel", "close"),
    )

    def on_mount(self) -> None:
        """Arrows and pages scroll."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
