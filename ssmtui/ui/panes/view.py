"""What a tab holds that is no session: the nodes, and what features open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container

from ssmtui.ui.kit.key_hints import Hint

if TYPE_CHECKING:
    from ssmtui.ui.kit.choices import Choices
    from ssmtui.ui.kit.cursor_lines import CursorLines


class TabView(Container):
    """Fills a tab. The keys of its place are commands; they work while :attr:`entrance` has the focus."""

    TITLE: ClassVar[str]
    """Of its tab."""
    STYLES: ClassVar[Sequence[str | PurePath]] = ()
    """Read before it is opened; empty: they are the main screen's."""

    def __init__(self, entrance: CursorLines[Any] | Choices) -> None:
        """``entrance`` is the view's list, which gets the keys when its tab is shown."""
        super().__init__()
        self.entrance = entrance

    @property
    def own_hints(self) -> tuple[str, Sequence[Hint]] | None:
        """What the footer shows in place of the commands, with its lead, while a part of the view has the keys."""
        return None

    @property
    def marked_sessions(self) -> Sequence[int]:
        """The keys of the sessions that are marked in it."""
        return ()

    @property
    def page(self) -> int:
        """Lines in sight."""
        return self.entrance.page

    def move(self, lines: int) -> None:
        """Move the cursor down by ``lines``, within the list."""
        self.entrance.move(lines)
