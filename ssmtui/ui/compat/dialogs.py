"""Dialogs that lose no key and give one answer."""

from __future__ import annotations

import math
from typing import TypeVar

from textual import events
from textual._time import get_time
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

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
        self.typed_ahead: list[events.Key] | None = []
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

    def keep(self, event: events.Key) -> bool:
        """Keep the key for later; False when there is no need to: a question that could be read may be answered."""
        was_seen = event.time > self._seen_at
        if self.typed_ahead is None or (was_seen and (event.key == "escape" or not self.focus_chain)):
            return False
        self.typed_ahead.append(event)
        return True

    def take_first(self, key: str) -> bool:
        """Act on a key before any widget has it, so that what is typed right behind it goes where the key leads; False
        hands it to the focused one."""
        return False

    def on_mount(self) -> None:
        """Hand the keys out once there is something to see."""
        self.call_after_refresh(self.hand_out)

    def keep_typing(self) -> None:
        """Keep what is typed from now on, until it is handed out: the field that it is meant for is on its way."""
        self.typed_ahead = self.typed_ahead or []

    def hand_out(self) -> None:
        """Give the field what was meant for it. Where there is none they are dropped: nobody has read the question."""
        if self.focused is None and self.focus_chain:
            self.call_after_refresh(self.hand_out)
            return
        keys, self.typed_ahead = self.typed_ahead or [], None
        for event in keys if self.focused is not None else ():
            if not self.take_first(event.key) and self.focused is not None:
                self.focused._forward_event(event)
