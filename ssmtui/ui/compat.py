"""Every reliance on how Textual works inside, with the version in which it was checked. Nothing else lives here."""

from __future__ import annotations

import math
import re
import selectors
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._compositor import Compositor, CompositorMap
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import BindingsMap, BindingType
from textual.dom import DOMNode
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.message import Message
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import WorkerFailed

from ssmtui import inert

ReturnType = TypeVar("ReturnType")

# What follows an escape within this time is taken for one key with it (Textual 8.2.8 waits 0.1 s, and turns the first
# of two such keys into "^"): long enough for a sequence that a network has cut in two, too short for a finger.
constants.ESCAPE_DELAY = 0.025  # type: ignore[misc]

if sys.platform != "win32":
    from textual.drivers import linux_driver

    class _PromptSelector(selectors.SelectSelector):
        """Looks again ``ESCAPE_DELAY`` after there was input. Textual 8.2.8 asks its parser only every tenth of a
        second whether an escape has stayed alone (``LinuxDriver.run_input_thread``): vim would wait as long for it."""

        _had_input = False

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """The descriptors that are ready, after ``timeout`` seconds at the latest."""
            if self._had_input and timeout is not None:
                timeout = min(timeout, constants.ESCAPE_DELAY)
            ready = super().select(timeout)
            self._had_input = bool(ready)
            return ready

    linux_driver.selectors = SimpleNamespace(  # type: ignore[assignment, attr-defined]
        SelectSelector=_PromptSelector, SelectorKey=selectors.SelectorKey, EVENT_READ=selectors.EVENT_READ
    )

# Textual 8.2.8 makes other keys and even other characters of some of them: ctrl+right of ``esc f``, "¡" of ``esc 1``.
for _sequence in [keys for keys in ANSI_SEQUENCES_KEYS if len(keys) == 2 and keys[0] == "\x1b" and keys[1] != "\x1b"]:
    del ANSI_SEQUENCES_KEYS[_sequence]  # type: ignore[attr-defined]

_without_alt = XTermParser._sequence_to_key_events


_KITTY_KEY = re.compile(r"\x1b\[[\d:;]+u")


class OuterKeyboard:
    """What is known of the terminal that the app runs in."""

    tells_keys_apart = False
    """Whether it speaks the kitty keyboard protocol, which Textual 8.2.8 asks for and does not say: then it sends every
    key so, the one that opens the help included."""


def _with_alt(self: XTermParser, sequence: str, alt: bool = False) -> Iterable[events.Key]:
    """Textual 8.2.8 forgets the escape before all but letters and digits: ``esc :`` typed fast is ``:`` to vim."""
    if _KITTY_KEY.fullmatch(sequence):
        OuterKeyboard.tells_keys_apart = True
    for event in _without_alt(self, sequence, alt):
        yield events.Key(f"alt+{event.key}", event.character) if alt and "alt+" not in event.key else event


XTermParser._sequence_to_key_events = _with_alt  # type: ignore[method-assign]

_PASTE_BEGIN, _PASTE_END = "\x1b[200~", "\x1b[201~"
_feed_all = XTermParser.feed


class _PasteCollector:
    """Takes what is between the marks of a paste out of the terminal's input."""

    def __init__(self, parser: XTermParser) -> None:
        self._parser = parser
        self._recent = ""
        self._parts: list[str] | None = None

    def feed(self, data: str) -> Iterator[Message]:
        """The events of ``data``; an empty one is the end of all input."""
        if not data:
            yield from _feed_all(self._parser, data)
        while data:
            if self._parts is None:
                outside, data = self._outside(data)
                yield from _feed_all(self._parser, outside)
            elif (end := self._end(data)) is None:
                return
            else:
                text, data = "".join(self._parts)[: -len(_PASTE_END)], data[end:]
                self._parts = None
                for event in _feed_all(self._parser, _PASTE_END):
                    if not isinstance(event, events.Paste):
                        yield event
                yield events.Paste(text.replace("\0", ""))

    def _outside(self, data: str) -> tuple[str, str]:
        """What is no paste's up to the start of one and with its mark, and the rest."""
        recent = self._recent if self._parser._awaiting.timeout is not None else ""  # set within a sequence only
        known, kept = recent + data, len(recent)
        place = known.find(_PASTE_BEGIN)
        if place < 0:
            self._recent = known[1 - len(_PASTE_BEGIN) :]
            return data, ""
        self._recent, self._parts = "", []
        end = place + len(_PASTE_BEGIN) - kept
        return data[:end], data[end:]

    def _end(self, data: str) -> int | None:
        """Keep ``data`` up to the end of the paste; where that is, None when it is still to come."""
        assert self._parts is not None
        before = "".join(self._parts[-len(_PASTE_END) :])[1 - len(_PASTE_END) :]
        place = (before + data).find(_PASTE_END)
        end = None if place < 0 else place + len(_PASTE_END) - len(before)
        self._parts.append(data[:end])
        return end


def _feed(self: XTermParser, data: str) -> Iterable[Message]:
    """Textual 8.2.8 looks at each character of a paste in turn, half a second for 900 kB, and makes keys of an escape
    sequence in it, which arrive before the paste does (``XTermParser.parse``). It gets to see the marks alone."""
    collector = self.__dict__.setdefault("_paste_collector", _PasteCollector(self))
    yield from collector.feed(data)


XTermParser.feed = _feed  # type: ignore[method-assign]


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

    async def on_event(self, event: events.Event) -> None:
        """Ask :meth:`take_key` and :meth:`take_paste` first, and a dialog that is still on its way."""
        if isinstance(event, events.Paste) and not event.is_forwarded and self.take_paste(event.text):
            return
        if isinstance(event, events.Key) and not event.is_forwarded:
            if not self.screen_stack:
                # The app is closing; what is typed meanwhile is for nobody.
                return
            screen = self.screen_stack[-1]
            if isinstance(screen, PatientDialog) and (screen.keep(event) or screen.take_first(event.key)):
                return
            if self.take_key(event.key, event.character):
                return
        await super().on_event(event)

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


_built_map = Compositor.full_map.fget  # type: ignore[attr-defined]


def _full_map(self: Compositor) -> CompositorMap:
    """Textual 8.2.8 builds this map anew when it is asked for after a hidden widget was refreshed, and marks nothing to
    be drawn then: what has gone meanwhile, a message that is over, stays on the screen."""
    before = self._full_map
    built: CompositorMap = _built_map(self)
    if built is not before:
        changed = (place.clip.intersection(place.region) for _, place in built.items() ^ before.items())
        self._dirty_regions.update(region for region in changed if region)
    return built


Compositor.full_map = property(_full_map)  # type: ignore[assignment, method-assign]


class BakedStrip(Strip):
    """A strip that knows its escape sequences, and makes its segments when they are asked for.

    Textual 8.2.8 writes ``Strip._render_cache`` where there is one; whatever else is done with a strip begins at
    ``_segments``.
    """

    __slots__ = ("_make_segments",)

    def __init__(self, baked: str, cell_length: int, make_segments: Callable[[], list[Segment]]) -> None:
        super().__init__((), cell_length)
        del self._segments
        self._render_cache = baked
        self._make_segments = make_segments

    def __getattr__(self, name: str) -> Any:
        """The segments, made now."""
        if name != "_segments":
            raise AttributeError(name)
        self._segments = self._make_segments()
        return self._segments


def baked_style(style: Style, codes: str) -> Style:
    """``style``, written as the SGR parameters ``codes``: Rich 15.0.0 knows two kinds of underlines and no colour of
    one. ``Style._ansi`` is what Rich and Textual 8.2.8 write; a style that is made of this one has its own again."""
    style._ansi = codes
    return style


class LinesWidget(Widget):
    """A widget without border and padding, whose lines go to the screen as ``render_line`` gives them.

    Textual 8.2.8 makes every segment of a line anew twice (``StylesCache.render_line``, ``ANSIToTruecolor``), which
    takes longer than all else where a program gives every cell a colour of its own. These lines have no ANSI colours.
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``."""
        strips = [self.render_line(y) for y in crop.line_range]
        for line_filter in self.app.get_line_filters():
            if not isinstance(line_filter, ANSIToTruecolor):
                background = self.background_colors[1]
                strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]


def resize_content(view: ScrollView, size: Size) -> None:
    """Tell how large it is what ``view`` scrolls over. Textual 8.2.8 lays out the whole screen for that
    (``Widget.virtual_size``); here only the scrollbar changes, and the layout where that comes or goes."""
    view.set_reactive(Widget.virtual_size, size)
    view._scroll_update(size)


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


class InertInput(Input):
    """An entry whose text cannot act on the terminal.

    Textual 8.2.8 draws the value as it is, escape sequences from a document's default or from a paste included
    (``Input._value``). The value itself is left alone.
    """

    @property
    def _value(self) -> Text:
        """What Textual draws."""
        return self.drawn()

    def drawn(self) -> Text:
        """The value as it is shown, character for character, for the cursor's sake."""
        return Text(inert.in_place(self.value), no_wrap=True, overflow="ignore", end="")

    def suggest(self, value: str) -> None:
        """Show the rest of ``value`` behind what is typed, for the right arrow to take; empty: nothing. Textual 8.2.8
        asks a suggester of its own in a task, and shows the answer some frames later."""
        self._suggestion = value if value.startswith(self.value) else ""

    def cell_of(self, position: int) -> int:
        """The column, from the entry's left edge, of a character."""
        return self._position_to_cell(position) - self.scroll_offset.x

    async def _on_key(self, event: events.Key) -> None:
        """Do what one of the entry's own keys means. Textual 8.2.8 does so only once the key has come up to the app,
        and letters typed fast behind it are there first. Backspace on nothing is for whoever the entry is in."""
        if event.is_printable or (event.key == "backspace" and not self.value):
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, default_namespace=self):
                event.stop()
                event.prevent_default()


def rebind(widget: DOMNode, bindings: list[BindingType]) -> None:
    """Give one widget other bindings than its class has. Textual 8.2.8 copies those of the class to each widget as it
    is made (``DOMNode.__init__``); its own keymap changes keys, but not by place, and warns of clashes only."""
    widget._bindings = BindingsMap(bindings)
