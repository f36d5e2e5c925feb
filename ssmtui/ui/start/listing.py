"""What is shown while nodes are listed, so that some of them can be looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.tasks import Tasks
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone

if TYPE_CHECKING:
    from ssmtui.ui.ports import Stage

LOOK = 0.1
"""Seconds between two looks at how far the listing is."""
UNSEEN = 0.2
"""Seconds that a listing may take before it is shown."""


class Listing(Dialog[bool]):
    """Answers True when the listing is through, or when the person takes what there is by now."""

    CSS_PATH = dialog_sheets("start")
    KEYS = (Key("enter", "take", "take those found by now"),)

    def __init__(self, what: str, note: str, progress: Callable[[], str], is_done: Callable[[], bool]) -> None:
        """``what`` is being looked for, as a title says it; ``note`` is what is read for that, and ``progress`` gives
        how far this is. ``is_done`` says whether it is complete."""
        super().__init__()
        self._what = what
        self._note = note
        self._told = progress
        self._is_done = is_done
        self._progress = TextLines(id="progress")

    def compose(self) -> ComposeResult:
        """What is listed, how far that is."""
        with Vertical(id="box"):
            yield plain(f"Looking for {self._what}", "lines question")
            yield plain(self._note, "note")
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
        self._progress.show([Cell(self._told(), Tone.ACCENT)])

    def action_take(self) -> None:
        """Go on with what there is."""
        self.dismiss(True)


async def see_through(
    stage: Stage, work: Coroutine[Any, Any, None], what: str, note: str, progress: Callable[[], str]
) -> bool:
    """Wait for ``work``, which lists nodes, with a dialog over it unless it is short; the rest is as for
    :class:`Listing`. Whether to go on: the person may have taken what there is by then, and the work is ended. Within a
    worker of ``stage`` only."""
    tasks = Tasks("listing")
    listing = tasks.start("listing", work)
    try:
        await asyncio.wait({listing}, timeout=UNSEEN)
        if listing.done():
            return True
        answer = await stage.push_screen_wait(Listing(what, note, progress, listing.done))
        return answer is True
    finally:
        await tasks.close()
