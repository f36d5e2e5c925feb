"""What a tab holds that is no session: the nodes, and what features open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import ClassVar

from textual.containers import Container
from textual.widget import Widget

from ssmtui.ui.kit.key_hints import Hint


class TabView(Container):
    """Fills a tab. The keys of its place are commands; they work while :attr:`entrance` has the focus."""

    TITLE: ClassVar[str]
    """Of its tab."""
    STYLES: ClassVar[Sequence[str | PurePath]] = ()
    """Read before it is opened; empty: they are the main screen's."""

    @property
    def entrance(self) -> Widget:
        """What gets the keys when its tab is shown."""
        raise NotImplementedError

    @property
    def own_hints(self) -> tuple[str, Sequence[Hint]] | None:
        """What the footer shows in place of the commands, with its lead, while a part of the view has the keys."""
        return None

    @property
    def page(self) -> int:
        """Lines in sight."""
        raise NotImplementedError

    def move(self, lines: int) -> None:
        """Move the cursor so many lines down."""
        raise NotImplementedError
