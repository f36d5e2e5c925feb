"""Messages between a screen and a keeper: a line of JSON, then as many bytes as its ``size`` says. Pure.

Both are programs of the same person, but perhaps of different releases: every value is checked, every length bounded,
and what breaks a rule is a :class:`KeeperWireError`, after which the connection is closed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ssmtui import inert
from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.terminal import engines
from ssmtui.terminal.engine import MAX_TITLE
from ssmtui.terminal.screen import INITIAL_MODES
from ssmtui.terminal.wire import WireError, list_value, modes_from_wire, modes_to_wire, whole_value

RULES = 1
"""Number of these rules. A keeper and a screen whose numbers differ have nothing to say to each other."""
MAX_LINE = 1 << 20
"""Bytes of a line."""
MAX_BODY = 48 << 20
"""Bytes that follow it: what fills a screen, whose snapshot has 16 MiB at most."""
MAX_SIDE = 0xFFFF
_MAX_NUMBER = 1 << 53
_MAX_TIME = 1e11
_SIZE = "size"


class KeeperWireError(ValueError):
    """A message that breaks the rules of this module."""


class KeeperMessage(NamedTuple):
    """What one of them says."""

    header: Mapping[str, Any]
    body: bytes = b""

    @property
    def what(self) -> str:
        """What is asked or answered; empty for nonsense."""
        return self.text("do")

    def text(self, name: str, most: int = 1024) -> str:
        """The text called ``name``; empty where there is none, or one that is longer than ``most`` characters."""
        value = self.header.get(name)
        return value if isinstance(value, str) and len(value) <= most else ""

    def number(self, name: str) -> int:
        """The whole number called ``name``, from 0 up; 0 where there is none."""
        value = self.header.get(name)
        return value if type(value) is int and 0 <= value < _MAX_NUMBER else 0


def encode(message: KeeperMessage) -> bytes:
    """``message`` as it is sent. Raises :class:`KeeperWireError` where it is longer than one may be."""
    line = json.dumps({**message.header, _SIZE: len(message.body)}, separators=(",", ":")).encode()
    if len(line) >= MAX_LINE or len(message.body) > MAX_BODY:
        raise KeeperWireError("a message is too long")
    return b"".join((line, b"\n", message.body))


class KeeperDecoder:
    """Makes messages of what a socket gives, wherever that is cut."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._searched = 0
        """Bytes of it that hold no end of a line."""
        self._header: dict[str, Any] | None = None
        self._size = 0

    def feed(self, data: bytes) -> list[KeeperMessage]:
        """The messages that ``data`` completes. Raises :class:`KeeperWireError` before anything is kept that is longer
        than a message may be; nothing that follows has a meaning then."""
        self._waiting += data
        messages = []
        while (self._header is not None or self._has_line()) and len(self._waiting) >= self._size:
            assert self._header is not None
            messages.append(KeeperMessage(self._header, bytes(self._waiting[: self._size])))
            del self._waiting[: self._size]
            self._header = None
        return messages

    def _has_line(self) -> bool:
        end = self._waiting.find(b"\n", self._searched)
        if end < 0 or end >= MAX_LINE:
            self._searched = len(self._waiting)
            if end >= 0 or self._searched >= MAX_LINE:
                raise KeeperWireError("a line is too long")
            return False
        header = _parsed(bytes(self._waiting[:end]))
        size = header.pop(_SIZE, None)
        if type(size) is not int or not 0 <= size <= MAX_BODY:
            raise KeeperWireError("a message does not say how long it is, or is too long")
        del self._waiting[: end + 1]
        self._header, self._size, self._searched = header, size, 0
        return True


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise KeeperWireError("a line is not JSON") from error
    if type(header) is not dict:
        raise KeeperWireError("a line is not a JSON object")
    return header


# Screens


def with_screen(screen: PortableScreen, **header: Any) -> KeeperMessage:
    """A message with ``screen``, and what else ``header`` says."""
    size = screen.size
    facts = {
        "parts": [len(screen.snapshot), len(screen.parsed), len(screen.unparsed)],
        "engine": screen.engine,
        "modes": modes_to_wire(screen.modes),
        "title": screen.title,
        "cells": None if size is None else [size.cols, size.rows],
        "taken_over": screen.taken_over,
        "output": screen.output,
    }
    return KeeperMessage({**header, **facts}, b"".join((screen.snapshot, screen.parsed, screen.unparsed)))


def screen_of(message: KeeperMessage) -> PortableScreen:
    """The screen in a message. Raises :class:`KeeperWireError` where its parts are not those that it has; what is
    invalid of the rest is left out."""
    snapshot, parsed, unparsed = _lengths(message.header.get("parts"))
    if snapshot + parsed + unparsed != len(message.body):
        raise KeeperWireError("a screen is not whole")
    engine = message.text("engine")
    try:
        modes = modes_from_wire(message.header.get("modes"))
    except WireError:
        modes = INITIAL_MODES
    return PortableScreen(
        message.body[:snapshot],
        message.body[snapshot : snapshot + parsed],
        message.body[snapshot + parsed :],
        engine if engine in engines.NAMES else "",
        modes,
        inert.line(message.text("title"), MAX_TITLE),
        _cells(message.header.get("cells")),
        _seconds(message.header.get("taken_over")),
        message.number("output"),
    )


def _cells(value: object) -> TerminalSize | None:
    try:
        cols, rows = (whole_value(side, 1, MAX_SIDE) for side in list_value(value, 2))
    except WireError:
        return None
    return TerminalSize(cols, rows)


def _seconds(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < _MAX_TIME else None  # type: ignore[operator, arg-type]


def _lengths(value: object) -> tuple[int, int, int]:
    try:
        snapshot, parsed, unparsed = (whole_value(length, 0, MAX_BODY) for length in list_value(value, 3))
    except WireError as error:
        raise KeeperWireError("a screen does not say what it has") from error
    return snapshot, parsed, unparsed
