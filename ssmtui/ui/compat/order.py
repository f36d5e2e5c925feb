"""Keys and pastes in dialogs and entries, one at a time: each goes where the one before it has led."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events
from textual.message_pump import MessagePump
from textual.timer import Timer
from textual.widgets import Input

from ssmtui.ui.compat.dialogs import ROUNDS, PatientDialog

if TYPE_CHECKING:
    from textual.app import App
    from textual.widget import Widget

LONGEST = 1.0
"""Seconds after which the next key goes on its way, whatever became of the widget that had the one before."""

Typed = events.Key | events.Paste
Hand = Callable[[Typed], Awaitable[None]]


class KeyOrder:
    """Holds back what is typed behind a key that may move the focus, until all that it set off has been done.

    Textual 8.2.8 hands all keys that are there to the widget that has the focus now (``App.on_event``). What enter,
    tab or an arrow does comes later, in messages that climb from queue to queue, and letters that were typed right
    behind it are in the wrong field by then, or before what the key did.
    """

    def __init__(self, app: App[Any], hand: Hand) -> None:
        """``hand`` gives one to the widget that it is for."""
        self._app = app
        self._hand = hand
        self._held: deque[Typed] = deque()
        self._awaited = 0
        """Number of the key that is waited for."""
        self._waits = False
        self._limit: Timer | None = None

    async def take(self, event: Typed) -> None:
        """Hand it on when its turn comes. Call it in the app's own queue."""
        self._held.append(event)
        await self._go_on()

    def put_first(self, kept: Sequence[Typed]) -> None:
        """Put ``kept`` before all that is held: it was typed first."""
        self._held.extendleft(reversed(kept))
        self._app.call_later(self._go_on)

    def hold(self) -> Callable[[], None]:
        """Hold back what is typed from now on, until what is returned is called or a dialog opens."""
        self._begin_waiting()
        return partial(self.release, self._awaited)

    def drop(self) -> None:
        """Forget what is held back, and hold nothing back any more: what it was for will not come."""
        self._held.clear()
        self.release()

    def release(self, number: int | None = None) -> None:
        """Hand on what is held for key ``number``, or all."""
        self._app.call_later(self._done, self._awaited if number is None else number)

    async def _go_on(self) -> None:
        while self._held and not self._waits:
            event = self._held.popleft()
            queues = self._queues(event)
            await self._hand(event)
            if queues:
                self._wait_for(queues)

    def _queues(self, event: Typed) -> list[MessagePump]:
        """The message queues that the event passes; empty if the next key need not wait for it."""
        if not self._app.screen_stack:
            return []
        screen = self._app.screen_stack[-1]
        focused = screen.focused
        if not isinstance(screen, PatientDialog) and not isinstance(focused, Input):
            return []  # panes and the list have each key at once
        is_text = isinstance(event, events.Paste) or event.is_printable
        if is_text and _takes_text(focused):
            return []
        return list((focused or screen).ancestors_with_self)

    def _wait_for(self, queues: Sequence[MessagePump]) -> None:
        if self._waits:  # for longer: the key has begun something
            return
        self._begin_waiting()
        self._climb(queues, 0, self._awaited)

    def _begin_waiting(self) -> None:
        self._waits = True
        self._awaited += 1
        if self._limit is not None:
            self._limit.stop()
        self._limit = self._app.set_timer(LONGEST, partial(self._done, self._awaited))

    def _climb(self, queues: Sequence[MessagePump], step: int, number: int) -> None:
        """Queue a call to this in the next message queue, behind what it holds. Closed widgets accept no calls and are
        skipped."""
        if number != self._awaited or not self._waits:
            return
        while step < len(queues) * ROUNDS:
            if queues[step % len(queues)].call_later(self._climb, queues, step + 1, number):
                return
            step += 1
        self._app.call_later(self._done, number)

    async def _done(self, number: int) -> None:
        if number != self._awaited or not self._waits:
            return
        if self._limit is not None:
            self._limit.stop()
        self._waits = False
        await self._go_on()


def _takes_text(widget: Widget | None) -> bool:
    """Whether what is typed becomes part of a text there. Textual's editor is not loaded for this: the first frame
    would wait for it, and where it is not loaded there is none."""
    editor = sys.modules.get("textual.widgets._text_area")
    return isinstance(widget, Input) or (editor is not None and isinstance(widget, editor.TextArea))
