"""A command that was asked for before the services are open: it waits for them, with what is typed behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from textual.timer import Timer

    from ssmtui.ui.commands.base import Command

UNSEEN = 0.3
"""Seconds that a command may wait before that is shown; well within the time for which keys are held back
(:data:`ssmtui.ui.compat.order.LONGEST`)."""

Typed = events.Key | events.Paste


class Waiting(Dialog[None]):
    """Keeps all that is typed for what the command will open; esc gives the command up."""

    CSS_PATH = dialog_sheets("frame")
    KEYS = (Key("escape", "cancel", "give it up"),)

    def __init__(self, what: str, progress: str) -> None:
        super().__init__()
        self.kept: list[Typed] = []
        """What was typed for the command, in its order."""
        self._what = what
        self._progress = TextLines(id="progress")
        self._progress_told = progress

    def compose(self) -> ComposeResult:
        """What waits, and for what."""
        with Vertical(id="box") as box:
            box.border_title = "Not open yet"
            yield plain(self._what, "lines question")
            yield self._progress
            yield plain("What you type now is kept for it.", "note")
            yield self.key_line()

    def on_mount(self) -> None:
        """Show how far it is."""
        self.show_progress(self._progress_told)

    def show_progress(self, text: str) -> None:
        """Say what is being waited for."""
        self._progress_told = text
        self._progress.show([Cell(tidy(text, 70) or "Opening …", Tone.ACCENT)])

    def keep(self, event: Typed) -> bool:
        """Keep everything that is not for this dialog."""
        if isinstance(event, events.Key) and event.key in ("escape", "ctrl+c"):
            self.call_later(self.action_cancel)
        else:
            self.kept.append(event)
        return True


class WaitingFrame(Protocol):
    """The app, as far as it is used here."""

    def hold_keys(self) -> Callable[[], None]:
        """Keep what is typed from now on, until a dialog opens or the returned function is called."""
        ...

    def drop_keys(self) -> None:
        """Forget what is kept so, and keep no more."""

    def hand_again(self, kept: Sequence[Typed]) -> None:
        """Replay keys, before any typed later."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call ``callback`` in ``delay`` seconds."""
        ...

    def push_screen(self, screen: Waiting, callback: Callable[[None], None]) -> Awaitable[None]:
        """Open a dialog."""
        ...

    def run_command(self, command: Command, argument: str = "") -> None:
        """Run a command, or say why not."""


class WaitingCommand:
    """The one command that waits. There is at most one: what is typed behind it is for what it opens."""

    def __init__(self, frame: WaitingFrame) -> None:
        self._frame = frame
        self._command: tuple[Command, str] | None = None
        self._dialog: Waiting | None = None
        self._timer: Timer | None = None
        self._release: Callable[[], None] = _nothing
        self._progress = ""

    def keep(self, command: Command, argument: str) -> None:
        """Run ``command`` once the services are open. Another one that waits already goes first, and this one, which a
        click has asked for, is dropped."""
        if self._command is None:
            self._command = command, argument
            self._release = self._frame.hold_keys()
            self._timer = self._frame.set_timer(UNSEEN, self._show)

    def show_progress(self, text: str) -> None:
        """Say what the services wait for."""
        self._progress = text
        if self._dialog is not None:
            self._dialog.show_progress(text)

    def opened(self) -> bool:
        """The services are open: run what waits. Whether there was something."""
        if self._command is None:
            return False
        (command, argument), dialog = self._command, self._dialog
        self._end()
        if dialog is not None:
            dialog.dismiss()
        self._frame.run_command(command, argument)
        if dialog is not None:
            self._frame.hand_again(dialog.kept)
        else:
            self._release()
        return True

    def failed(self) -> str:
        """There is nothing to wait for any more; what was typed goes with the command. The command's help, empty where
        none waited."""
        if self._command is None:
            return ""
        (command, _), dialog = self._command, self._dialog
        self._end()
        if dialog is not None:
            dialog.dismiss()
        else:
            self._frame.drop_keys()
        return command.help

    def _show(self) -> None:
        if self._command is None:
            return
        command, _ = self._command
        self._dialog = Waiting(command.help, self._progress)

        def left(_: None) -> None:
            self._end()

        self._frame.push_screen(self._dialog, left)

    def _end(self) -> None:
        self._command = self._dialog = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None


def _nothing() -> None:
    """Before keys are held."""
