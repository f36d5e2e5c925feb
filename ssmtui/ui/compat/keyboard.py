"""What comes from the outer terminal: escapes, keys with alt, pastes; and which keys a widget has."""

from __future__ import annotations

import logging
import re
import selectors
import sys
import traceback
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

from textual import _parser, _xterm_parser, constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._parser import ParseError
from textual._xterm_parser import SPECIAL_KEY_TO_CHARACTER, XTermParser
from textual.binding import BindingsMap, BindingType
from textual.dom import DOMNode
from textual.keys import Keys
from textual.message import Message

from ssmtui.terminal.key_names import KeyPress, LayoutKey
from ssmtui.terminal.key_reports import REPORT, as_said, read_report
from ssmtui.terminal.typed_units import ESCAPE_WAIT, LONGEST, TypedUnits, Unit
from ssmtui.ui.compat.patching import swap

_log = logging.getLogger(__name__)

# What follows an escape within this time is taken for one key with it. Textual 8.2.8 waits 0.1 s, and turns the first
# of two such keys into "^".
constants.ESCAPE_DELAY = ESCAPE_WAIT  # type: ignore[misc]

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

# Textual 8.2.8 takes the number of xterm's F13 to F20 for a character when there are modifiers: Shift+F14 is "\x1a".
_XTERM_KEYS = {25: "f13", 26: "f14", 28: "f15", 29: "f16", 31: "f17", 32: "f18", 33: "f19", 34: "f20"}
FUNCTIONAL_KEYS.update({f"{number}~": name for number, name in _XTERM_KEYS.items()})

# 32 in Textual 8.2.8: a key with a text of some code points is longer.
swap(_xterm_parser, "_MAX_SEQUENCE_SEARCH_THRESHOLD", lambda _: LONGEST)
_MOST_CELLS = 10_000
"""Columns, rows and coordinates beyond this are no terminal's."""

_EXTENDED_KEY = re.compile(r"\x1b\[(?:[\d:]*;?){2,3}[u~ABCDEFHPQRS]")
"""What Textual 8.2.8 takes for a key with modifiers."""
_textual_keys = XTermParser._sequence_to_key_events

_IGNORED = Keys.Ignore.value


class OuterKeyboard:
    """What is known of the terminal that the app runs in."""

    tells_keys_apart = False
    """Whether it speaks the kitty keyboard protocol, which Textual 8.2.8 asks for and does not say: then it sends every
    key so, the one that opens the help included."""


def _key_events(self: XTermParser, sequence: str, alt: bool = False) -> Iterable[events.Key]:
    """The keys of a sequence. Textual 8.2.8 knows neither alternate keys nor event types (``_parse_extended_key``
    raises ``ValueError`` for them, ``OverflowError`` for large numbers, and either ends the app), and it forgets the
    escape before all but letters and digits: ``esc :`` typed fast is ``:`` to vim."""
    if len(sequence) > 2 and REPORT.fullmatch(sequence):
        if sequence.endswith("u"):
            OuterKeyboard.tells_keys_apart = True
        yield from _reported(self, sequence)
    elif sequence.startswith("\x1b[") and _EXTENDED_KEY.fullmatch(sequence):
        yield events.Key(_IGNORED, sequence)
    else:
        for event in _textual_keys(self, sequence, alt):
            yield events.Key(f"alt+{event.key}", event.character) if alt and "alt+" not in event.key else event


def _reported(parser: XTermParser, sequence: str) -> Iterable[events.Key]:
    report = read_report(sequence)
    if report is None or (not report.is_character and f"{report.code}{report.final}" not in FUNCTIONAL_KEYS):
        yield events.Key(_IGNORED, sequence)
        return
    said = as_said(report)
    text = ":".join(str(ord(character)) for character in said.text)
    for event in _textual_keys(parser, f"\x1b[{said.code};{1 + said.modifiers};{text}{said.final}"):
        if report.is_character:
            own = KeyPress("", chr(report.code), report.text, report.modifiers, shifted=report.shifted, us=report.us)
            yield events.Key(LayoutKey.of(event.key, own), event.character)
        elif not said.modifiers and event.key in SPECIAL_KEY_TO_CHARACTER:
            yield events.Key(event.key, SPECIAL_KEY_TO_CHARACTER[event.key])
        else:
            yield event


XTermParser._sequence_to_key_events = _key_events  # type: ignore[method-assign]

if sys.platform != "win32":
    # Textual 8.2.8 asks for kitty's flags 1, 8 and 16 (``LinuxDriver.start_application_mode``). Alternate keys, flag 4,
    # belong to what is pushed and are popped with it, so a program that gets the terminal has none of them.
    _REPORT_ALTERNATE_KEYS = 0b100
    swap(linux_driver, "KITTY_REPORT_ALL_KEYS", lambda flags: flags | _REPORT_ALTERNATE_KEYS)

_feed_all, _tick_all = XTermParser.feed, XTermParser.tick
_AT_ONCE = float("-inf")


class _WholeUnits:
    """Gives Textual's parser whole keys and reports, and nothing of pastes and answers. Textual 8.2.8 types what it has
    of a sequence 25 ms after a read that has cut it, and types control strings in any case. It looks at each character
    of a paste in turn, half a second for 900 kB, and makes keys of an escape sequence in it, which arrive before the
    paste does (``XTermParser.parse``)."""

    def __init__(self, parser: XTermParser) -> None:
        self._parser = parser
        self._units = TypedUnits()
        self._paste: list[str] = []
        self._expires: float | None = None

    def feed(self, data: str) -> Iterator[Message]:
        """The events of ``data``; an empty one is the end of all input."""
        units = self._units.feed(data) if data else self._units.expire()
        wait = self._units.wait
        self._expires = None if wait is None else _now() + wait
        for unit, text in units:
            yield from self._events(unit, text)
        if not data:
            yield from _feed_all(self._parser, data)

    def tick(self) -> Iterator[Message]:
        """The events of what has been unfinished for too long."""
        if self._expires is not None and _now() >= self._expires:
            self._expires = None
            for unit, text in self._units.expire():
                yield from self._events(unit, text)

    def _events(self, unit: Unit, text: str) -> Iterator[Message]:
        parser = self._parser
        if unit is Unit.PASTE:
            self._paste.append(text)
        elif unit is Unit.PASTE_END:
            pasted, self._paste = "".join(self._paste), []
            yield events.Paste(pasted.replace("\0", ""))
        elif unit in (Unit.TEXT, Unit.KEYS, Unit.SEQUENCE):
            yield from _feed_all(parser, text)
            if parser._awaiting.timeout is None:  # set within a sequence only
                return
            if unit is Unit.SEQUENCE:
                _begin_anew(parser)  # an answer to a question of another program
            else:
                parser._timeout_time = _AT_ONCE
                yield from _tick_all(parser)


def _now() -> float:
    return _parser.get_time()  # type: ignore[attr-defined]  # the clock that the parser's own limits are kept by


def _units_of(parser: XTermParser) -> _WholeUnits:
    units: _WholeUnits = parser.__dict__.setdefault("_whole_units", _WholeUnits(parser))
    return units


def _feed(self: XTermParser, data: str) -> Iterable[Message]:
    yield from _guarded(self, _units_of(self).feed(data))


def _tick(self: XTermParser) -> Iterable[Message]:
    yield from _guarded(self, _units_of(self).tick())


XTermParser.feed = _feed  # type: ignore[method-assign]
XTermParser.tick = _tick  # type: ignore[method-assign, assignment]


def _begin_anew(parser: XTermParser) -> None:
    parser._tokens.clear()
    parser._timeout_time = None
    parser._gen = parser.parse(parser._tokens.append)
    parser._awaiting = next(parser._gen)


def _guarded(parser: XTermParser, messages: Iterable[Message]) -> Iterator[Message]:
    """What was understood. Of input that breaks the parser the rest of one read is dropped, and the parser begins anew:
    whatever the terminal sends, the next key works."""
    known = parser.terminal_size, parser.terminal_pixel_size, parser.mouse_pixels
    found = iter(messages)
    while True:
        try:
            message = next(found)
        except StopIteration:
            return
        except ParseError:
            raise  # after the end of all input
        except Exception as error:
            _log_once(error)
            _begin_anew(parser)
            return
        if isinstance(message, events.Resize) and not _is_possible(message):
            parser.terminal_size, parser.terminal_pixel_size, parser.mouse_pixels = known
        elif not isinstance(message, events.MouseEvent) or max(message.x, message.y) <= _MOST_CELLS:
            known = parser.terminal_size, parser.terminal_pixel_size, parser.mouse_pixels
            yield message


def _is_possible(resize: events.Resize) -> bool:
    """Textual 8.2.8 divides by these numbers, and lays the screen out for them."""
    pixels = resize.pixel_size
    numbers = (*resize.size, *(pixels if pixels is not None else ()))
    return min(numbers) > 0 and max(resize.size) <= _MOST_CELLS


_logged: set[str] = set()


def _log_once(error: Exception) -> None:
    """Without the error's own words, for they may hold what was typed."""
    where = "".join(traceback.format_tb(error.__traceback__))
    if where not in _logged:
        _logged.add(where)
        _log.error("Input of the terminal was not understood (%s); it was dropped.\n%s", type(error).__name__, where)


if sys.platform != "win32":

    def _run_input_thread(self: linux_driver.LinuxDriver) -> None:
        """Textual 8.2.8 ends the app with exit code 0 when the thread that reads keys breaks. It is a failure like any
        other, unless the terminal has gone."""
        try:
            self.run_input_thread()
        except OSError:
            self._app.call_later(self._app.panic)
        except Exception as error:
            self._app.call_later(self._app._handle_exception, error)

    linux_driver.LinuxDriver._run_input_thread = _run_input_thread  # type: ignore[method-assign]


def rebind(widget: DOMNode, bindings: list[BindingType]) -> None:
    """Give one widget other bindings than its class has. Textual 8.2.8 copies those of the class to each widget as it
    is made (``DOMNode.__init__``); its own keymap changes keys, but not by place, and warns of clashes only."""
    widget._bindings = BindingsMap(bindings)
