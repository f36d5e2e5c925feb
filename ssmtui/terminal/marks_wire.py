"""Marks as messages (see ``wire``): what a person does goes to the host, what is marked comes back with a frame.

Both ends check what they read, the host too: its checks are the same functions, and a mark that cannot be is a fault of
the client that should show at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, fields
from typing import Any

from ssmtui.model import TerminalSize
from ssmtui.terminal.engine import MAX_CLIPBOARD
from ssmtui.terminal.marks import (
    EMPTY,
    MAX_COUNT,
    MAX_LINKS,
    MAX_PATTERN,
    Case,
    CellSpan,
    Drag,
    EnterCopyMode,
    Find,
    FindNext,
    KeepFind,
    LeaveCopyMode,
    MarkAction,
    MarkOverlay,
    Motion,
    MoveCursor,
    Press,
    Release,
    SearchStatus,
    Shape,
    SwapEnds,
    Toggle,
    Unfind,
    Unmark,
    ViewLink,
)
from ssmtui.terminal.screen import INERT, inert_cells
from ssmtui.terminal.wire import Header, WireError, list_value, whole_value

_MAX_PLACE = 0xFFFF
"""The farthest column or line from the view's corner: a drag may end outside it, on the side of 0 too."""
_MAX_ERROR = 200
"""Characters of what is wrong with a pattern."""
_MAX_ADDRESS = 4096
_MAX_LINK_TEXT = 1024
"""Characters of a link's address and of its text."""


# What a person marks


def mark_to_wire(mark: MarkAction) -> list[Any]:
    """``mark`` as a list of its class's name and its fields."""
    return [type(mark).__name__, *astuple(mark)]


def mark_from_wire(value: object) -> MarkAction:
    """The mark of such a list. Raises :class:`~ssmtui.terminal.wire.WireError`."""
    name, *fields = list_value(value) or [None]
    if type(name) is not str or name not in _READERS:
        raise WireError("a mark is not known")
    made, readers = _READERS[name]
    return made(*(read(field) for read, field in zip(readers, list_value(fields, len(readers)), strict=True)))


def _place(value: object) -> int:
    return whole_value(value, -_MAX_PLACE, _MAX_PLACE)


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise WireError("a flag is neither true nor false")
    return value


def _text(limit: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        if type(value) is not str or len(value) > limit:
            raise WireError("a text is missing or too long")
        return value

    return read


def _shape(value: object) -> Shape:
    return Shape(whole_value(value, 0, max(Shape)))


def _motion(value: object) -> str:
    if type(value) is not str or value not in _MOTIONS:
        raise WireError("a motion is not known")
    return str(value)


_MOTIONS = frozenset(Motion)
# For each kind of mark its class, and how each of its fields is read. A class that is missing here cannot be sent.
_READERS: dict[str, tuple[Callable[..., MarkAction], tuple[Callable[[object], Any], ...]]] = {
    "Press": (Press, (_place, _place, _shape)),
    "Drag": (Drag, (_place, _place)),
    "Release": (Release, ()),
    "Unmark": (Unmark, ()),
    "EnterCopyMode": (EnterCopyMode, ()),
    "LeaveCopyMode": (LeaveCopyMode, ()),
    "MoveCursor": (MoveCursor, (_motion, lambda value: whole_value(value, 1, MAX_COUNT), _text(16))),
    "Toggle": (Toggle, (_shape,)),
    "SwapEnds": (SwapEnds, ()),
    "Find": (Find, (_text(MAX_PATTERN), _flag, lambda value: Case(whole_value(value, 0, max(Case))), _flag)),
    "KeepFind": (KeepFind, ()),
    "FindNext": (FindNext, (_flag,)),
    "Unfind": (Unfind, ()),
}


# What is marked


def overlay_to_wire(overlay: MarkOverlay) -> list[Any] | None:
    """``overlay`` as lists; None when nothing is marked, which is the usual case."""
    if overlay == EMPTY:
        return None
    return [
        [number for span in overlay.selection for number in span],
        [number for span in overlay.matches for number in span],
        [number for span in overlay.current for number in span],
        overlay.cursor,
        overlay.shape,
        None if overlay.found is None else astuple(overlay.found),
    ]


def overlay_from_wire(value: object, size: TerminalSize) -> MarkOverlay:
    """The overlay of such lists, within a frame of ``size``. Raises :class:`~ssmtui.terminal.wire.WireError`."""
    if value is None:
        return EMPTY
    selection, matches, current, cursor, shape, found = list_value(value, len(MarkOverlay._fields))
    return MarkOverlay(
        _spans(selection, size),
        _spans(matches, size),
        _spans(current, size),
        None if cursor is None else _cell(list_value(cursor, 2), size),
        None if shape is None else _shape(shape),
        None if found is None else found_from_wire(found),
    )


def _spans(value: object, size: TerminalSize) -> tuple[CellSpan, ...]:
    """Spans are sent as one flat list of numbers, three for each."""
    numbers = list_value(value)
    if len(numbers) % len(CellSpan._fields):
        raise WireError("a span is cut short")
    spans = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
    return tuple(_span(y, start, end, size) for y, start, end in spans)


def _span(y: object, start: object, end: object, size: TerminalSize) -> CellSpan:
    first = whole_value(start, 0, size.cols)
    return CellSpan(whole_value(y, 0, size.rows - 1), first, whole_value(end, first, size.cols))


def _cell(place: list[Any], size: TerminalSize) -> tuple[int, int]:
    return whole_value(place[0], 0, size.cols - 1), whole_value(place[1], 0, size.rows - 1)


def found_from_wire(value: object) -> SearchStatus:
    """The state of a search, which the host sends as a list. Raises :class:`~ssmtui.terminal.wire.WireError`."""
    total, index, complete, error = list_value(value, len(fields(SearchStatus)))
    most = whole_value(total, 0, 1 << 53)
    return SearchStatus(most, whole_value(index, 0, most), _flag(complete), inert_cells(_text(_MAX_ERROR)(error)))


# What is asked for


def text_from_wire(blob: bytes) -> str:
    """Copied text, which the host sends in UTF-8. Raises :class:`~ssmtui.terminal.wire.WireError`.

    Control characters become spaces, apart from line breaks and tabs: it may be pasted into a shell.
    """
    try:
        text = blob.decode()
    except UnicodeDecodeError as error:
        raise WireError("a text is not UTF-8") from error
    return _inert_text(text)


def clipboard_from_wire(value: object) -> str:
    """What a program asks to put into the clipboard (OSC 52), with control characters as in :func:`text_from_wire`."""
    return _inert_text(_text(MAX_CLIPBOARD)(value))


def _inert_text(text: str) -> str:
    """``text`` with spaces for control characters, apart from line breaks and tabs."""
    return text if text.isprintable() else text.translate(_INERT_TEXT)


_INERT_TEXT = {codepoint: blank for codepoint, blank in INERT.items() if chr(codepoint) not in "\n\t"}


def links_from_wire(header: Header) -> tuple[ViewLink, ...]:
    """Links, which the host sends as lists of text and address. Raises :class:`~ssmtui.terminal.wire.WireError`."""
    links = (list_value(link, len(ViewLink._fields)) for link in list_value(header.get("links"))[:MAX_LINKS])
    return tuple(ViewLink(inert_cells(_text(_MAX_LINK_TEXT)(text)), address(target)) for text, target in links)


def address(value: object) -> str:
    """The address of a link; empty when it has characters that cannot be shown: nobody could check it before
    opening."""
    read = _text(_MAX_ADDRESS)(value)
    return read if read.isprintable() else ""
