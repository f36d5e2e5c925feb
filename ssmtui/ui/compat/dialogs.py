"""Dialogs that lose no key and give one answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual import events
from textual._time import get_time
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from ssmtui.ui.compat.app import CompatApp

ReturnType = TypeVar("ReturnType")


class PatientDialog(ModalScreen[ReturnType]):
    """A dialog that keeps what is typed before its first field is there.

    Textual 8.2.8 pushes a screen at once and mounts its widgets later; keys that come in between are lost
    (``App.on_event`` forwards them to the empty screen).
    """

    covers = False
    """Whether it fills the screen: Textual 8.2.8 then draws nothing behind it (``Screen._modal``)."""

    def __init__(self) -> None:
        super().__init__()
        self._modal = not self.covers
        self.typed_ahead: list[events.Key | events.Paste] | None = []
        """None once keys go their usual way."""
        self._seen_at = math.inf

    def dismiss(self, result: ReturnType | None = None) -> AwaitComplete:
        """Give the answer, once: a second key may have been on its way, and Textual 8.2.8 would leave the screen that
        lies under this one (``Screen.dismiss``)."""
        return super().dismiss(result) if self in self.app.screen_stack else AwaitComplete()

    def shown(self) -> None:
        """A screen was drawn with this dialog in front."""
        if self._seen_at == math.inf and any(child.size for child in self.children):
            self._seen_at = get_time()

    def keep(self, event: events.Key | events.Paste) -> bool:
        """Keep the key for later; False when there is no need to: a question that could be read may be answered, and
        anything be left."""
        was_seen = event.time > self._seen_at
        is_escape = isinstance(event, events.Key) and event.key == "escape"
        if self.typed_ahead is None:
            # For nobody: it was meant for what was there before the question.
            return not was_seen and not is_escape and not self.focus_chain
        if was_seen and (is_escape or not self.focus_chain):
            return False
        self.typed_ahead.append(event)
        return True

    def take_first(self, key: str) -> bool:
        """Act on a key before any widget has it, so that what is typed right behind it goes where the key leads; False
        hands it to the focused one."""
        return False

    def on_mount(self) -> None:
        """Hand the keys out once there is something to see."""
        self._app_of_keys.dialog_opened()
        self.call_after_refresh(self.hand_out)

    @property
    def _app_of_keys(self) -> CompatApp[Any]:
        return cast("CompatApp[Any]", self.app)

    def keep_typing(self) -> None:
        """Keep what is typed from now on, until it is handed out: the field that it is meant for is on its way."""
        self.typed_ahead = self.typed_ahead or []

    def hand_out(self) -> None:
        """Give the field what was meant for it, or what has come over the dialog by now. Where there is no field they
        are dropped, for nobody has read the question; those for a dialog that was left are, too."""
        if self.focused is None and self.focus_chain:
            self.call_after_refresh(self.hand_out)
            return
        kept, self.typed_ahead = self.typed_ahead or [], None
        if self.focused is not None and self in self.app.screen_stack:
            self._app_of_keys.hand_again(kept)
