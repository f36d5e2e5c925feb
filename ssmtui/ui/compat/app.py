"""The app: each key in its order, the terminal given away for a while, and the handling of exceptions."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TypeVar

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events
from textual._context import active_message_pump
from textual.app import App
from textual.dom import DOMNode, NoScreen
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import WorkerFailed, active_worker

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.ui.compat import forgetting  # noqa: F401  # for what it does to Textual
from ssmtui.ui.compat.containment import Defects, contain_drawing
from ssmtui.ui.compat.dialogs import PatientDialog
from ssmtui.ui.compat.order import KeyOrder, Typed
from ssmtui.ui.compat.output import PatientWriter

if TYPE_CHECKING:
    from ssmtui.ui.compat.job_control import JobControl

ReturnType = TypeVar("ReturnType")


class CompatApp(App[ReturnType], inherit_bindings=False):
    """An app that sees each key before it is handed to a widget, and that outlives exceptions.

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
        self._defects = Defects()
        self._goes_on = False
        """Whether messages are being processed: before and after that, nothing can be shown."""
        self._was_drawn = False
        self._jobs: JobControl | None = None

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes one after the other, all else as it comes."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._key_order.take(event)
        else:
            await super().on_event(event)

    async def _hand(self, event: Typed) -> None:
        """Ask :meth:`take_key` and :meth:`take_paste` first, and a dialog that is still on its way."""
        if not self.screen_stack:
            # The app is closing: drop the key.
            return
        screen = self.screen_stack[-1]
        if isinstance(screen, PatientDialog) and screen.keep(event):
            return
        try:
            if isinstance(event, events.Paste):
                is_taken = self.take_paste(event.text)
            else:
                is_taken = isinstance(screen, PatientDialog) and screen.take_first(event.key)
                is_taken = is_taken or self.take_key(event.key, event.character)
            if not is_taken:
                await super().on_event(event)
        except Exception as error:
            # Here, so that the keys behind this one still go their way.
            self.contain(error, self)

    def hand_again(self, kept: Sequence[Typed]) -> None:
        """Replay the keys that a dialog has kept, before any typed later."""
        self._key_order.put_first(kept)

    def hold_keys(self) -> Callable[[], None]:
        """Hold back all keys from now on, until the returned function is called or a dialog opens: a question is
        coming, and these keys may be for it."""
        return self._key_order.hold()

    def drop_keys(self) -> None:
        """Forget what is held back: what it was for will not come."""
        self._key_order.drop()

    def dialog_opened(self) -> None:
        """A dialog can keep what is typed for it."""
        self._key_order.release()

    async def read_styles(self, *files: str | PurePath) -> None:
        """Know the styles in ``files`` before a screen that has them opens: for each one that is new to it, Textual
        8.2.8 stops and parses it and, with no memory of it, all others (``App._load_screen_css``,
        ``Stylesheet.reparse``). Here they are parsed in a thread, and join the others all at once."""
        sheet = self.stylesheet
        variables = sheet._variables
        # Not twice: an upgrade may have replaced a file whose styles are known.
        new = [file for file in files if not sheet.has_source(str(file))]
        if not new:
            return

        def parse() -> dict[str, str]:
            texts = {str(file): Path(file).read_text(encoding="utf-8") for file in new}
            for file, text in texts.items():
                sheet._parse_rules(text, (file, ""))
            return texts

        texts = await asyncio.to_thread(parse)
        if sheet._variables is not variables or sheet is not self.stylesheet:
            # The theme was changed meanwhile: parsed with the colours of the one before it.
            sheet._parse_cache.clear()
            await self.read_styles(*new)
            return
        for file, text in texts.items():
            sheet.add_source(text, (file, ""))
        sheet.parse()

    def keep_copied(self, text: str) -> None:
        """Make ``text`` what ctrl+v pastes into an entry (Textual 8.2.8, ``App._clipboard``)."""
        self._clipboard = text

    def print_sequence(self, sequence: str) -> None:
        """Send the terminal something that draws nothing, in its turn among the frames (Textual 8.2.8,
        ``App._driver``)."""
        if self._driver is not None:
            self._driver.write(sequence)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Draw nothing that would only wait behind other frames; once those are taken, all is drawn as it is then
        (Textual 8.2.8, ``App._display``)."""
        writer = getattr(self._driver, "_writer_thread", None)
        if not isinstance(writer, PatientWriter) or not writer.is_behind:
            super()._display(screen, renderable)
        elif writer.on_drained is None:
            loop = asyncio.get_running_loop()

            def drained() -> None:
                with suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(self._draw_again)

            writer.on_drained = drained

    def _draw_again(self) -> None:
        """Draw the whole screen: frames were left out."""
        if self.screen_stack and self._running:
            with self._context():
                self.screen.refresh()

    def post_display_hook(self) -> None:
        """Tell the dialog in front that it has been drawn."""
        self._was_drawn = True
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
        nothing empties. Output is dropped until the terminal is back; then the whole screen is drawn.
        """
        driver = self._driver
        assert driver is not None
        with self.suspend():
            driver.write = _drop  # type: ignore[method-assign]
            try:
                yield driver.fileno, driver._file.fileno()  # type: ignore[attr-defined]
            finally:
                del driver.write

    def take_job_control(self) -> None:
        """Act on Ctrl-Z's signal and on ``fg`` from now on, where the screen is drawn on a Unix terminal."""
        if sys.platform == "win32":
            return
        from ssmtui.ui.compat.job_control import JobControl

        if self._driver is not None and JobControl.fits(self._driver):
            self._jobs = JobControl(self, self._driver)
            self._jobs.take_signals()

    @property
    def reason_against_suspending(self) -> str | None:
        """Why the program cannot be stopped now, as a sentence without a full stop; None when it can."""
        if self._jobs is None:
            return "This terminal has no job control"
        if not self._jobs.can_be_continued:
            return "No shell has started ssmtui, so nothing could bring it back"
        return None

    def suspend_job(self) -> None:
        """Stop the program and give the terminal to the shell, until that brings the program back."""
        if self._jobs is not None:
            self._jobs.stop()

    # Exceptions

    def contain(
        self, error: Exception, pump: MessagePump | None = None, *, drawing: bool = False, what: str = ""
    ) -> None:
        """Log ``error``, say so, close the screen that could not be opened for it, and go on. The app ends where there
        is nothing to go on with: its first screen could not be opened, or exceptions follow one another without end.

        ``pump`` is the widget, screen or app that raised it, by default the one whose turn it is. Errors of
        ``drawing`` may come with each frame, and end nothing. ``what`` names what failed, in a person's words.
        """
        cause = error.error if isinstance(error, WorkerFailed) else error
        is_news = self._defects.note(cause, what) if isinstance(cause, Exception) else True
        if self._exit or self._exception is not None:
            return
        pump = pump or active_message_pump.get(None)
        is_opening = pump is not None and not drawing and not getattr(pump, "_is_mounted", True)
        screen = _screen_of(pump) if is_opening else None
        is_first = screen is not None and screen is self._first_screen and not self._was_drawn
        if not self._goes_on or is_first or (not drawing and self._defects.is_loop()):
            self.give_up(cause)
            return
        if screen is not None and screen is not self._first_screen:
            self.call_later(self._leave, screen)
        if is_news:
            self.show_defect(cause, what)

    def show_defect(self, error: BaseException, what: str = "") -> None:
        """Report ``error``, which has been logged; ``what`` names what failed, empty if unknown."""

    @property
    def _first_screen(self) -> Screen[Any] | None:
        return self.screen_stack[0] if self.screen_stack else None

    def _leave(self, screen: Screen[Any]) -> None:
        """Close a screen that is half open; what waits for its answer gets none."""
        if self.screen_stack and self.screen_stack[-1] is screen:
            screen.dismiss(None)

    def _handle_exception(self, error: Exception) -> None:
        """Where Textual 8.2.8 ends the app; it prints a traceback with the values of all variables then, secrets
        included, over the person's shell."""
        worker = active_worker.get(None) if isinstance(error, WorkerFailed) else None
        self.contain(error, what=worker.name if worker is not None else "")

    def give_up(self, error: BaseException) -> None:
        """Exit without a message. The code that ran the app asks for :attr:`failure`."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error  # type: ignore[assignment]
            self._exception_event.set()
        self._close_messages_no_wait()

    @property
    def failure(self) -> BaseException | None:
        """The exception that ended the app; None after a normal exit (Textual 8.2.8, ``App._exception``)."""
        return self._exception

    async def _process_messages_loop(self) -> None:
        """All of the app's life between its first screen and its end."""
        loop = asyncio.get_running_loop()
        before = loop.get_exception_handler()
        loop.set_exception_handler(self._stray)
        self._goes_on = True
        try:
            await super()._process_messages_loop()
        finally:
            self._goes_on = False
            if self._jobs is not None:
                await self._jobs.close()
            loop.set_exception_handler(before)

    def _stray(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What a callback of the loop raised, or a task that nothing awaits. asyncio reports a future that is dropped
        with an unread error: one of our tasks is a defect, a library's is only logged."""
        error, future = context.get("exception"), context.get("future")
        what = _name_of(context.get("task") or future)
        is_dropped = future is not None and (not what or isinstance(error, SsmtuiError))
        if isinstance(error, Exception) and not is_dropped:
            with self._context():
                self.contain(error, self, what=what)
        else:
            loop.default_exception_handler(context)

    def _register(self, parent: DOMNode, *widgets: Widget, **kwargs: Any) -> list[Widget]:
        """Know each kind of widget before it is drawn (Textual 8.2.8, ``App._register``)."""
        for widget in widgets:
            contain_drawing(type(widget))
        return super()._register(parent, *widgets, **kwargs)

    def take_back(self, message: str) -> None:
        """Remove notifications with this text (Textual 8.2.8 keeps all that are there, equal or not)."""
        for shown in [shown for shown in self._notifications if shown.message == message]:
            self._unnotify(shown, refresh=False)


def _screen_of(pump: MessagePump | None) -> Screen[Any] | None:
    if isinstance(pump, DOMNode):
        with suppress(NoScreen):
            return pump if isinstance(pump, Screen) else pump.screen
    return None


def _name_of(task: object) -> str:
    """What one of our tasks does, in a person's words; empty for those of libraries (see ``ssmtui.tasks``)."""
    owner, _, name = task.get_name().partition("/") if isinstance(task, asyncio.Task) else ("", "", "")
    return f"{owner}: {inert.line(name, 60)}" if name else ""


def _drop(data: str) -> None:
    """Discard output while the terminal is given away."""


def color_system(app: App[Any]) -> ColorSystem:
    """The colours of the outer terminal. Textual 8.2.8 takes none for all of them (``Strip.render``)."""
    return app.console._color_system or ColorSystem.TRUECOLOR
