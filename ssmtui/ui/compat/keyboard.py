"""What comes from the outer terminal: escapes, keys with alt, pastes; and which keys a widget has."""

from __future__ import annotations

import re
import selectors
import sys
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.binding import BindingsMap, BindingType
from textual.dom import DOMNode
from textual.message import Message

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


def rebind(widget: DOMNode, bindings: list[BindingType]) -> None:
    """Give one widget other bindings than its class has. Textual 8.2.8 copies those of the class to each widget as it
    is made (``DOMNode.__init__``); its own keymap changes keys, but not by place, and warns of clashes only."""
    widget._bindings = BindingsMap(bindings)
