"""Dialogs that lose no key and give one answer."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol, TypeVar, cast

from textual import events
from textual._time import get_time
from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import ModalScreen

from ssmtui.ui.compat.drawing import SteadyScreen

ReturnType = TypeVar("ReturnType")

REACTION = 0.5
"""Seconds from the first sight of a dialog that opened by itself to the first key that can be meant for it."""
ROUNDS = 4
"""How often what a key has set off may be handed on: a submitted line, the choice that it is, the end of a form, the
field that follows. Each is a message from the widget with the keys up to the app."""
LOOK_EVERY = 0.1
"""Seconds between two looks whether a widget whose turn is awaited is still there."""


class KeySource(Protocol):
    """The app, as far as dialogs need it: it hands out what is typed."""

    def dialog_opened(self) -> None:
        """A dialog can keep what is typed for it."""

    def hand_again(self, kept: Sequence[events.Key | events.Paste]) -> None:
        """Replay the keys that a dialog has kept, before any typed later."""


class PatientDialog(SteadyScreen[ReturnType], ModalScreen[ReturnType]):
    """A dialog that keeps what is typed before its first field is there.

    Textual 8.2.8 pushes a screen at once and mounts its widgets later; keys that come in between are lost
    (``App.on_event`` forwards them to the empty screen).
    """

    covers = False
    """Whether it fills the screen: Textual 8.2.8 then draws nothing behind it (``Screen._modal``)."""

    def __init__(self) -> None:
        super().__init__()
        self._modal = not self.covers
        self.unasked = False
        """Whether it opens by itself, so that what is typed as it opens is for something else."""
        self.typed_ahead: list[events.Key | events.Paste] | None = []
        """None once keys go their usual way."""
        self._seen_at = math.inf
        self._is_drawn = False

    def dismiss(self, result: ReturnType | None = None) -> AwaitComplete:
        """Give the answer, once: a second key may have been on its way, and Textual 8.2.8 would leave the screen that
        lies under this one (``Screen.dismiss``)."""
        return super().dismiss(result) if self in self.app.screen_stack else AwaitComplete()

    async def _dispatch_message(self, message: Message) -> None:
        """Give other tasks a turn before the next message: Textual 8.2.8 lays out, styles and draws a screen that opens
        in one turn of the loop."""
        await super()._dispatch_message(message)
        await asyncio.sleep(0)

    async def _compose(self) -> None:
        """Know what there is room for before the widgets have their styles: Textual 8.2.8 makes all of them again when
        it finds out, and once more when it shows the screen (``Screen._on_resize``, ``_on_screen_resume``)."""
        width, height = self.app.size
        self._know_room(width, self.HORIZONTAL_BREAKPOINTS or self.app.HORIZONTAL_BREAKPOINTS)
        self._know_room(height, self.VERTICAL_BREAKPOINTS or self.app.VERTICAL_BREAKPOINTS)
        self.app.stylesheet.apply(self, animate=False)
        await super()._compose()

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Called before ``Screen._on_screen_resume`` is."""
        event.refresh_styles = event.refresh_styles and self._is_drawn

    def _compositor_refresh(self) -> None:
        """Draw for the first time in a turn of its own, after that of the layout."""
        if self._is_drawn:
            super()._compositor_refresh()
        else:
            self._is_drawn = True
            self.call_later(super()._compositor_refresh)

    def _know_room(self, length: int, breakpoints: list[tuple[int, str]] | None) -> None:
        if breakpoints:
            chosen = self._get_breakpoint_classes(length, breakpoints)
            self.update_classes({name: name in chosen for _, name in breakpoints}, update=False)

    def shown(self) -> None:
        """A screen was drawn with this dialog in front."""
        if self._seen_at == math.inf and any(child.size for child in self.children):
            self._seen_at = get_time()

    @property
    def was_seen(self) -> bool:
        """Whether it has been drawn, so that an answer is one to it."""
        return self._seen_at < math.inf

    def keep(self, event: events.Key | events.Paste) -> bool:
        """Keep the key for later. False lets it act at once: escape, or any key for a dialog without fields, typed when
        the question was on screen."""
        if self.unasked and event.time <= self._seen_at + REACTION:
            return True  # nobody could answer it yet: dropped
        was_seen = event.time > self._seen_at
        is_escape = isinstance(event, events.Key) and event.key == "escape"
        if self.typed_ahead is None:
            # Drop it: it was typed for what was on screen before the question.
            return not was_seen and not is_escape and not self.focus_chain
        if was_seen and (is_escape or not self.focus_chain):
            return False
        self.typed_ahead.append(event)
        return True

    def take_first(self, key: str) -> bool:
        """Act on a key before any widget has it, so that what is typed right behind it goes where the key leads; False
        hands it to the focused one."""
        return False

    async def caught_up(self) -> None:
        """Wait until the focused field holds what was typed, and its form has handled the change.

        A key of :meth:`take_first` is acted on at once, while the text before it still waits in the field's queue
        (Textual 8.2.8). Call it in a worker: in a message handler it would wait for itself.
        """
        for pump in list((self.focused or self).ancestors_with_self) * ROUNDS:
            reached = asyncio.Event()
            if not pump.call_later(reached.set):
                continue
            while pump.is_running and not reached.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(reached.wait(), LOOK_EVERY)

    def on_mount(self) -> None:
        """Replay the kept keys once the dialog is drawn."""
        # From here on keep() takes the keys, so the app need not hold them back any longer.
        cast("KeySource", self.app).dialog_opened()
        self.call_after_refresh(self.hand_out)

    def keep_typing(self) -> None:
        """Keep what is typed until :meth:`hand_out`: which field it is for is not known yet."""
        self.typed_ahead = self.typed_ahead or []

    def hand_out(self) -> None:
        """Replay the kept keys once a field has the focus. A dialog without fields drops them, because they were typed
        before the question was on screen; so does a dialog that is already closed."""
        if self.focused is None and self.focus_chain:  # AUTO_FOCUS is still to come
            self.call_after_refresh(self.hand_out)
            return
        kept, self.typed_ahead = self.typed_ahead or [], None
        if self.focused is not None and self in self.app.screen_stack:
            cast("KeySource", self.app).hand_again(kept)
