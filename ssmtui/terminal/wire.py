"""What the client and the engines' host say to each other: length-prefixed messages of a JSON header and a blob.

The host parses hostile bytes in native code, so its messages are read as hostile too: sizes are bounded, every value
is checked, text is made inert once more. Anything else is a :class:`WireError`, and the host that sent it is done for.

Every message of the client is answered by exactly one of the host, in order: the oldest unanswered message names the
terminal that the host worked on when it died.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, BinaryIO

from ssmtui.model import TerminalSize
from ssmtui.terminal.screen import (
    DEFAULT_COLOR,
    RGB_FLAG,
    Attr,
    Colors,
    Cursor,
    CursorShape,
    Frame,
    FrameRow,
    Modes,
    MouseFormat,
    MouseTracking,
    Recolored,
    Run,
    Style,
    Underline,
    inert_cells,
)

Header = Mapping[str, Any]

PREFIX = struct.Struct("!II")
"""Lengths of header and blob."""

MAX_HEADER = 32 << 20
MAX_BLOB = 16 << 20

_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
"""Made once: ``json.dumps`` would make an encoder for each of the thousands of messages in a second."""

_MAX_RGB = 0xFFFFFF
_MAX_COLOR = RGB_FLAG | _MAX_RGB
_PLACES = 259
"""Colours of a terminal: the palette's and three defaults."""
_MAX_COUNT = 1 << 53
_MAX_ATTRS = 2 * max(Attr) - 1


class WireError(ValueError):
    """A message that is not one of ours."""


def pack(header: Header, blob: bytes = b"") -> bytes:
    """One message."""
    text = _encode(header).encode()
    return b"".join((PREFIX.pack(len(text), len(blob)), text, blob))


def lengths(prefix: bytes) -> tuple[int, int]:
    """The lengths of header and blob that follow ``prefix``."""
    header, blob = PREFIX.unpack(prefix)
    if header > MAX_HEADER or blob > MAX_BLOB:
        raise WireError("a message is too long")
    return header, blob


def parse(text: bytes) -> dict[str, Any]:
    """The header in ``text``."""
    try:
        header = _decode(text.decode())
    except (ValueError, RecursionError) as error:
        raise WireError("a header is not JSON") from error
    if type(header) is not dict:
        raise WireError("a header is not an object")
    return header


def read(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message of a blocking stream, None at its end."""
    prefix = stream.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    header, blob = lengths(prefix)
    body = stream.read(header + blob)
    if len(body) < header + blob:
        return None
    return parse(body[:header]), body[header:]


def whole(header: Header, name: str, low: int = 0, high: int = _MAX_COUNT) -> int:
    """The whole number ``name`` of a header, within its bounds."""
    return whole_value(header.get(name), low, high)


def whole_value(value: object, low: int, high: int) -> int:
    """``value``, if it is a whole number within its bounds."""
    if type(value) is not int or not low <= value <= high:
        raise WireError("a number is missing or out of range")
    return value


def list_value(value: object, length: int | None = None) -> list[Any]:
    """``value``, if it is a list (of ``length`` items)."""
    if type(value) is not list or (length is not None and len(value) != length):
        raise WireError("a list is missing or has another length")
    return value


def _whole_tuple(value: object, length: int) -> tuple[int, ...]:
    return tuple(whole_value(number, -_MAX_COUNT, _MAX_COUNT) for number in list_value(value, length))


# Modes


def modes_to_wire(modes: Modes) -> list[int]:
    """``modes`` as whole numbers."""
    return [int(value) for value in modes]


def modes_from_wire(value: object) -> Modes:
    """The opposite of :func:`modes_to_wire`."""
    return _modes(_whole_tuple(value, len(Modes._fields)))


@lru_cache(maxsize=256)
def _modes(numbers: tuple[int, ...]) -> Modes:
    read = dict(zip(Modes._fields, numbers, strict=True))
    try:
        return Modes(
            application_cursor=bool(read["application_cursor"]),
            application_keypad=bool(read["application_keypad"]),
            bracketed_paste=bool(read["bracketed_paste"]),
            focus_events=bool(read["focus_events"]),
            mouse=MouseTracking(read["mouse"]),
            mouse_format=MouseFormat(read["mouse_format"]),
            alternate_screen=bool(read["alternate_screen"]),
            alternate_scroll=bool(read["alternate_scroll"]),
            kitty_flags=whole_value(read["kitty_flags"], 0, 0b11111),
            modify_other_keys=whole_value(read["modify_other_keys"], 0, 2),
        )
    except ValueError as error:
        raise WireError("a mode has no such value") from error


# Colours


def colors_to_wire(colors: Colors) -> list[int]:
    """``colors`` by place."""
    return list(colors.table)


def colors_from_wire(value: object) -> Colors:
    """The opposite of :func:`colors_to_wire`."""
    return Colors.of_table([whole_value(color, 0, _MAX_RGB) for color in list_value(value, _PLACES)])


def _recolored(value: object) -> Recolored:
    pairs = [list_value(pair, 2) for pair in list_value(value)]
    return tuple((whole_value(place, 0, _PLACES - 1), whole_value(color, 0, _MAX_RGB)) for place, color in pairs)


# Frames


def frame_to_wire(frame: Frame) -> dict[str, Any]:
    """``frame`` as a header. A row is its text, then its number and, of each run, the characters, the cells and the
    place of its style in a list. Every cell can have a style of its own, so numbers lie in lists, checked whole.
    """
    styles: dict[Style, int] = {}
    rows = []
    for line, row in frame.rows.items():
        numbers = [line]
        for text, cells, style in row:
            numbers += (len(text), cells, styles.setdefault(style, len(styles)))
        rows.append(["".join([run.text for run in row]), numbers])
    return {
        "seq": frame.seq,
        "size": [frame.size.cols, frame.size.rows],
        "rows": rows,
        "styles": [*chain.from_iterable(styles)],
        "cursor": [int(value) for value in frame.cursor],
        "modes": modes_to_wire(frame.modes),
        "back": frame.scrolled_back,
        "history": frame.history,
        "held": int(frame.held),
        "recolored": [list(pair) for pair in frame.recolored],
    }


def frame_from_wire(header: Header) -> Frame:
    """The opposite of :func:`frame_to_wire`."""
    cols, height = (whole_value(number, 1, 0xFFFF) for number in list_value(header.get("size"), 2))
    size = TerminalSize(cols, height)
    styles = _styles(list_value(header.get("styles")))
    rows = dict(_row(list_value(row, 2), size, styles) for row in list_value(header.get("rows")))
    return Frame(
        seq=whole(header, "seq"),
        size=size,
        rows=rows,
        cursor=_cursor(list_value(header.get("cursor"), len(Cursor._fields)), size),
        modes=modes_from_wire(header.get("modes")),
        scrolled_back=whole(header, "back"),
        history=whole(header, "history"),
        held=bool(whole(header, "held", 0, 1)),
        recolored=_recolored(header.get("recolored")),
    )


def _cursor(values: list[Any], size: TerminalSize) -> Cursor:
    x, y = whole_value(values[0], 0, size.cols), whole_value(values[1], 0, size.rows - 1)
    shape = CursorShape(whole_value(values[3], 0, max(CursorShape)))
    return Cursor(min(x, size.cols - 1), y, bool(values[2]), shape, bool(values[4]))


def _row(row: list[Any], size: TerminalSize, styles: list[Style]) -> tuple[int, FrameRow]:
    text, numbers = row
    if type(text) is not str:
        raise WireError("a row has no text")
    line, *numbers = _wholes(list_value(numbers)) or [size.rows]
    lengths, cells, looks = numbers[0::3], numbers[1::3], numbers[2::3]
    if len(numbers) % 3 or line >= size.rows or sum(lengths) != len(text):
        raise WireError("a row has another length")
    if sum(cells) > size.cols or max(looks, default=-1) >= len(styles):
        raise WireError("a run is out of range")
    return line, tuple(_runs(inert_cells(text), lengths, cells, looks, styles))


def _runs(text: str, lengths: list[int], cells: list[int], looks: list[int], styles: list[Style]) -> Iterator[Run]:
    start = 0
    for length, width, look in zip(lengths, cells, looks, strict=True):
        end = start + length
        yield Run(text[start:end], width, styles[look])
        start = end


def _wholes(numbers: list[Any], low: int = 0, high: int = _MAX_COUNT) -> list[int]:
    """:func:`whole_value` of many."""
    if numbers and (set(map(type, numbers)) != {int} or min(numbers) < low or max(numbers) > high):
        raise WireError("a number is missing or out of range")
    return numbers


_STYLE_BOUNDS = (
    (DEFAULT_COLOR, _MAX_COLOR),
    (DEFAULT_COLOR, _MAX_COLOR),
    (0, _MAX_ATTRS),
    (0, max(Underline)),
    (DEFAULT_COLOR, _MAX_COLOR),
)


def _styles(flat: list[Any]) -> list[Style]:
    count = len(_STYLE_BOUNDS)
    if len(flat) % count:
        raise WireError("a style has another length")
    columns = [_wholes(flat[place::count], *bounds) for place, bounds in enumerate(_STYLE_BOUNDS)]
    return list(map(Style, *columns))
