"""The app: each key in its order, the terminal given away for a while, and an end without a word."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from rich.color import ColorSystem
from textual import events
from textual.app import App
from textual.worker import WorkerFailed

from ssmtui.ui.compat.dialogs import PatientDialog
from ssmtui.ui.compat.order import KeyOrder, Typed

ReturnType = TypeVar("ReturnType")


class CompatApp(App[ReturnType], inherit_bindings=False):
    """An app that sees each key before it is handed to a widget, and that breaks without a word.

    Textual 8.2.8 puts a key into the focused widget's queue, and from there it climbs from queue to queue. A key that
    changes where the following ones go (the leader and its letter) must be acted on before the next one is handed out,
    or quick typing reaches the wrong session; ``App.on_event`` is the one place that all keys pass in order.

    ``inherit_bindings=False``: App binds ctrl+q and ctrl+c with priority (Textual 8.2.8, ``App.BINDINGS``).
    """

    ENABLE_COMMAND_PALETTE = False

    def take_key(self, key: str, character: str | None) -> bool:
        """Act on a key; False hands it to Textual."""
        return False

    def take_paste(self, text: str) -> bool:
        """Act on a paste; False hands it to Textual."""
        return False

    def __init__(self) -> None:
        super().__init__()
        self._key_order = KeyOrder(self, self._hand)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes one after the other, all else as it comes."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._key_order.take(event)
        else:
            await super().on_event(event)

    async def _hand(self, event: Typed) -> None:
        """Ask :meth:`take_key` and :meth:`take_paste` first, and a dialog that is still on its way."""
        if not self.screen_stack:
            # The app is closing; what is typed meanwhile is for nobody.
            return
        screen = self.screen_stack[-1]
        if isinstance(screen, PatientDialog) and screen.keep(event):
            return
        if isinstance(event, events.Paste):
            is_taken = self.take_paste(event.text)
        else:
            is_taken = isinstance(screen, PatientDialog) and screen.take_first(event.key)
            is_taken = is_taken or self.take_key(event.key, event.character)
        if not is_taken:
            await super().on_event(event)

    def hand_again(self, kept: Sequence[Typed]) -> None:
        """Hand on what a dialog has kept, before all that was typed later."""
        self._key_order.put_first(kept)

    def hold_keys(self) -> Callable[[], None]:
        """Hand nothing on that is typed from now on, until what is returned is called or a dialog opens: something will
        be asked, nobody knows yet what."""
        return self._key_order.hold()

    def dialog_opened(self) -> None:
        """A dialog can keep what is typed for it."""
        self._key_order.release()

    async def read_styles(self, file: Path) -> None:
        """Know the styles in ``file`` before the first screen that has them opens: Textual 8.2.8 then stops for parsing
        them and, with no memory of it, all others (``App._load_screen_css``, ``Stylesheet.reparse``)."""
        sheet, place = self.stylesheet, (str(file), "")
        if sheet.has_source(*place):
            return
        variables = sheet._variables

        def parse() -> None:
            sheet._parse_rules(file.read_text(encoding="utf-8"), place)

        await asyncio.to_thread(parse)
        if sheet._variables is variables and sheet is self.stylesheet and not sheet.has_source(*place):
            sheet.read(file)
            sheet.parse()
        else:
            # The theme was changed meanwhile: parsed with the colours of the one before it.
            sheet._parse_cache.clear()

    def keep_copied(self, text: str) -> None:
        """Have ``text`` be what ctrl+v pastes into an entry (Textual 8.2.8, ``App._clipboard``)."""
        self._clipboard = text

    def print_sequence(self, sequence: str) -> None:
        """Send the terminal something that draws nothing, in its turn among the frames (Textual 8.2.8,
        ``App._driver``)."""
        if self._driver is not None:
            self._driver.write(sequence)

    def post_display_hook(self) -> None:
        """Tell a dialog that it can be read now."""
        if self.screen_stack and isinstance(dialog := self.screen_stack[-1], PatientDialog):
            dialog.shown()

    @property
    def can_hand_over(self) -> bool:
        """Whether there is a terminal that another program could have for a while."""
        return self._driver is not None and self._driver.can_suspend

    @contextmanager
    def handed_over(self) -> Iterator[tuple[int, int]]:
        """Give the terminal away; yields the descriptors that keys come from and drawing goes to.

        Textual 8.2.8 expects the loop to stand still within ``App.suspend``: it would go on drawing, into a queue that
        nobody empties. So what it draws is dropped until the terminal is back, and all is drawn then.
        """
        driver = self._driver
        assert driver is not None
        with self.suspend():
            driver.write = _drop  # type: ignore[method-assign]
            try:
                yield driver.fileno, driver._file.fileno()  # type: ignore[attr-defined]
            finally:
                del driver.write

    @property
    def failure(self) -> BaseException | None:
        """What the app broke of, once it has run; None when it came to its end (Textual 8.2.8, ``App._exception``)."""
        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    def _fatal_error(self) -> None:
        """Leave without a word: Textual 8.2.8 prints a traceback with the values of all variables, secrets included,
        over the person's shell. Whoever ran the app asks for :attr:`failure`."""
        self._close_messages_no_wait()

    def take_back(self, message: str) -> None:
        """Have no notification with these words on the screen (Textual 8.2.8 keeps all that are there, equal or
        not)."""
        for shown in [shown for shown in self._notifications if shown.message == message]:
            self._unnotify(shown, refresh=False)


def _drop(data: str) -> None:
    """What is drawn for nobody."""


def color_system(app: App[Any]) -> ColorSystem:
    """The colours of the outer terminal. Textual 8.2.8 takes none for all of them (``Strip.render``)."""
    return app.console._color_system or ColorSystem.TRUECOLOR
