"""Copying, searching and links: what takes an answer of the engine or of the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.terminal.marks import LeaveCopyMode

if TYPE_CHECKING:
    from ssmtui.ui.app import SsmtuiApp
    from ssmtui.ui.widgets.terminal_view import TerminalView


def copy_selection(app: SsmtuiApp, view: TerminalView) -> None:
    """Copy what is selected in ``view``. Copy mode is left at once for the keys, and for the engine once it has told
    the text."""
    was_copying = view.copy_mode.active

    async def copy() -> None:
        text = await app.main.manager.selected_text(view.snapshot.key)
        if text:
            app.copy_to_clipboard(text)
        else:
            app.tell("Nothing is selected; in copy mode v, V or ctrl+v begins", severity="warning")
        if was_copying and not view.copy_mode.active:
            view.mark(LeaveCopyMode())

    if was_copying:
        view.copy_mode.stop()
    view.run_worker(copy(), name="copy the selection")
