"""Messages between the client and the engines' host: a length prefix, a JSON header and a blob of bytes.

The host parses hostile bytes in native code, so a node may have taken it over, and its messages are read as hostile
too: sizes are bounded, every value is checked, text is made inert once more. What fails that is a :class:`WireError`,
after which the client kills the host. JSON, not pickle, which would run what the host sends.

The host answers every message of the client with exactly one, in order. So when it dies or hangs, the oldest message
without an answer names the terminal whose bytes it was working on.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, BinaryIO

from ssmtui import inert
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
from ssmtui.terminal.signs import MAX_CODE, LineEnd, ShellMark

Header = Mapping[str, Any]

PREFIX = struct.Struct("!II")
"""The prefix: lengths of header and blob in bytes."""

MAX_HEADER = 32 << 20
"""Bytes of a header: a frame of 1,000x500 cells, each with a style of its own, fits."""
MAX_BLOB = 16 << 20
"""Bytes of a blob: output, a snapshot, copied text."""

_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
"""Made once: ``json.dumps`` with separators makes an encoder for each message, and there are thousands in a second."""

_MAX_RGB = 0xFFFFFF
_MAX_COLOR = RGB_FLAG | _MAX_RGB
_PLACES = 259
"""Colours of a terminal: the palette's 256 and three defaults."""
_MAX_COUNT = 1 << 53
_MAX_ATTRS = 2 * max(Attr) - 1


class WireError(ValueError):
    """A message that breaks the rules of this module. Its sender is not to be trusted any more."""


def pack(header: Header, blob: bytes = b"") -> bytes:
    """A whole message: prefix, ``header`` as JSON, ``blob``."""
    text = _encode(header).encode()
    return b"".join((PREFIX.pack(len(text), len(blob)), text, blob))


def lengths(prefix: bytes) -> tuple[int, int]:
    """The lengths of the header and the blob after ``prefix``. Raises :class:`WireError` before anything that long is
    read or allocated."""
    header, blob = PREFIX.unpack(prefix)
    if header > MAX_HEADER or blob > MAX_BLOB:
        raise WireError("a message is too long")
    return header, blob


def parse(text: bytes) -> dict[str, Any]:
    """The header in ``text``. Raises :class:`WireError` when it is not a JSON object."""
    try:
        header = _decode(text.decode())
    except (ValueError, RecursionError) as error:
        raise WireError("a header is not JSON") from error
    if type(header) is not dict:
        raise WireError("a header is not an object")
    return header


def read(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message of a blocking stream; None at its end, also in the middle of a message."""
    prefix = stream.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    header, blob = lengths(prefix)
    body = stream.read(header + blob)
    if len(body) < header + blob:
        return None
    return parse(body[:header]), body[header:]


def whole(header: Header, name: str, low: int = 0, high: int = _MAX_COUNT) -> int:
    """The whole number called ``name`` in a header. Raises :class:`WireError` when it is missing or not from ``low`` to
    ``high``."""
    return whole_value(header.get(name), low, high)


def whole_value(value: object, low: int, high: int) -> int:
    """``value``, if it is a whole number from ``low`` to ``high``; otherwise raises :class:`WireError`. ``type`` is
    compared, because True and False are instances of ``int``."""
    if type(value) is not int or not low <= value <= high:
        raise WireError("a number is missing or out of range")
    return value


def list_value(value: object, length: int | None = None) -> list[Any]:
    """``value``, if it is a list, with ``length`` given of so many items; otherwise raises :class:`WireError`."""
    if type(value) is not list or (length is not None and len(value) != length):
        raise WireError("a list is missing or has another length")
    return value


def _whole_tuple(value: object, length: int) -> tuple[int, ...]:
    return tuple(whole_value(number, -_MAX_COUNT, _MAX_COUNT) for number in list_value(value, length))


# Modes


def modes_to_wire(modes: Modes) -> list[int]:
    """``modes`` as whole numbers, in the order of their fields."""
    return [int(value) for value in modes]


def modes_from_wire(value: object) -> Modes:
    """The modes of such a list. Cached, since they come with each frame and rarely change. Raises
    :class:`WireError`."""
    return _modes(_whole_tuple(value, len(Modes._fields)))


# Signs


_LETTERS = "ACD"
_NO_CODE = -1
_MAX_FOUND = 400


def shell_to_wire(marks: list[ShellMark]) -> list[list[int]]:
    """The shell's marks as whole numbers."""
    return [[_LETTERS.index(mark.letter), _NO_CODE if mark.code is None else mark.code] for mark in marks]


def shell_from_wire(value: object) -> list[ShellMark]:
    """The marks of such a list. Raises :class:`WireError`."""
    marks = []
    for item in list_value(value):
        letter, code = list_value(item, 2)
        code = whole_value(code, _NO_CODE, MAX_CODE)
        marks.append(ShellMark(_LETTERS[whole_value(letter, 0, 2)], None if code == _NO_CODE else code))
    return marks


def signs_from_wire(header: Header) -> tuple[list[ShellMark], LineEnd | None]:
    """The marks in the answer to a feed, and the end of the line if that is different. Raises :class:`WireError`."""
    marks = shell_from_wire(header["shell"]) if "shell" in header else []
    return marks, LineEnd(whole(header, "end", 0, max(LineEnd))) if "end" in header else None


def found_from_wire(value: object) -> tuple[int, str]:
    """How many lines were found that are watched for, and the latest of them. Raises :class:`WireError`."""
    count, line = list_value(value, 2)
    if type(line) is not str or len(line) > _MAX_FOUND:
        raise WireError("a line is missing or too long")
    return whole_value(count, 1, _MAX_COUNT), inert.line(line, _MAX_FOUND)


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
    """``colors`` as a list of ``0xRRGGBB``."""
    return list(colors.table)


def colors_from_wire(value: object) -> Colors:
    """The colours of such a list. Raises :class:`WireError`."""
    return Colors.of_table([whole_value(color, 0, _MAX_RGB) for color in list_value(value, _PLACES)])


def _recolored(value: object) -> Recolored:
    pairs = [list_value(pair, 2) for pair in list_value(value)]
    return tuple((whole_value(place, 0, _PLACES - 1), whole_value(color, 0, _MAX_RGB)) for place, color in pairs)


# Frames


def frame_to_wire(frame: Frame) -> dict[str, Any]:
    """``frame`` as a header."""
    return {
        "seq": frame.seq,
        "size": [frame.size.cols, frame.size.rows],
        **_rows_to_wire(frame.rows),
        "cursor": [int(value) for value in frame.cursor],
        "modes": modes_to_wire(frame.modes),
        "back": frame.scrolled_back,
        "history": frame.history,
        "held": int(frame.held),
        "recolored": [list(pair) for pair in frame.recolored],
    }


def _rows_to_wire(of_lines: Mapping[int, FrameRow]) -> dict[str, Any]:
    """The rows of these lines.

    A row is its text and a list: its line, then of each run the number of characters, of cells, and the index of its
    style. Every cell can have a style of its own, so all of this is flat: a list of numbers is checked as a whole, in
    C, where objects would be checked one by one in Python.
    """
    styles: dict[Style, int] = {}
    rows = []
    for line, row in of_lines.items():
        numbers = [line]
        for text, cells, style in row:
            numbers += (len(text), cells, styles.setdefault(style, len(styles)))
        rows.append(["".join([run.text for run in row]), numbers])
    return {"rows": rows, "styles": [*chain.from_iterable(styles)]}


def frame_from_wire(header: Header) -> Frame:
    """The frame of such a header. Raises :class:`WireError`.

    Every row fits the size, every style is there, and no text has controls in it: what draws a frame does not check
    again.
    """
    # The size comes first: every row, column and cursor is checked against it.
    cols, height = (whole_value(number, 1, 0xFFFF) for number in list_value(header.get("size"), 2))
    size = TerminalSize(cols, height)
    return Frame(
        seq=whole(header, "seq"),
        size=size,
        rows=_rows_from_wire(header, size),
        cursor=_cursor(list_value(header.get("cursor"), len(Cursor._fields)), size),
        modes=modes_from_wire(header.get("modes")),
        scrolled_back=whole(header, "back"),
        history=whole(header, "history"),
        held=bool(whole(header, "held", 0, 1)),
        recolored=_recolored(header.get("recolored")),
    )


def tail_to_wire(rows: Sequence[FrameRow], cols: int) -> dict[str, Any]:
    """The last rows of a screen of ``cols`` columns as a header."""
    return {"cols": cols, **_rows_to_wire(dict(enumerate(rows)))}


def tail_from_wire(header: Header, most: int) -> tuple[FrameRow, ...]:
    """The rows of such a header, ``most`` at most, checked as those of a frame are. Raises :class:`WireError`."""
    rows = _rows_from_wire(header, TerminalSize(whole(header, "cols", 1, 0xFFFF), most))
    if len(rows) > most or [*rows] != [*range(len(rows))]:
        raise WireError("rows that nobody asked for")
    return (*rows.values(),)


def _rows_from_wire(header: Header, size: TerminalSize) -> dict[int, FrameRow]:
    styles = _styles(list_value(header.get("styles")))
    return dict(_row(list_value(row, 2), size, styles) for row in list_value(header.get("rows")))


def _cursor(values: list[Any], size: TerminalSize) -> Cursor:
    """The cursor, within the screen: what draws it indexes a row and a cell with it."""
    # An engine may put the cursor behind the last cell, where the next character would wrap.
    x, y = whole_value(values[0], 0, size.cols), whole_value(values[1], 0, size.rows - 1)
    shape = CursorShape(whole_value(values[3], 0, max(CursorShape)))
    return Cursor(min(x, size.cols - 1), y, bool(values[2]), shape, bool(values[4]))


def _row(row: list[Any], size: TerminalSize, styles: list[Style]) -> tuple[int, FrameRow]:
    """A row and its line. Its runs take all of the text and no more cells than the screen has."""
    text, numbers = row
    if type(text) is not str:
        raise WireError("a row has no text")
    line, *numbers = _wholes(list_value(numbers)) or [size.rows]  # without a line number it fails below
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
    """:func:`whole_value` of all ``numbers`` at once: a loop over those of a screen would be too slow."""
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
    """The styles of a frame, from one flat list: each field of all of them is checked at once."""
    count = len(_STYLE_BOUNDS)
    if len(flat) % count:
        raise WireError("a style has another length")
    columns = [_wholes(flat[place::count], *bounds) for place, bounds in enumerate(_STYLE_BOUNDS)]
    return list(map(Style, *columns))
