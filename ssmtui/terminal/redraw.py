"""What a terminal showed, as the bytes that show it in another one: rows as lines, and modes.

Only text, line ends and renditions come out of rows, whatever went into the engine that they are from. Sequences are
those of xterm's ctlseqs ("Character Attributes", "DEC Private Mode Set").
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ssmtui.terminal.screen import (
    DEFAULT_COLOR,
    PLAIN,
    RGB_FLAG,
    Attr,
    FrameRow,
    Modes,
    MouseFormat,
    MouseTracking,
    Style,
    Underline,
    inert_cells,
)

_ATTRIBUTES = {
    Attr.BOLD: "1",
    Attr.FAINT: "2",
    Attr.ITALIC: "3",
    Attr.BLINK: "5",
    Attr.REVERSE: "7",
    Attr.INVISIBLE: "8",
    Attr.STRIKE: "9",
    Attr.OVERLINE: "53",
}
_UNDERLINES = {Underline.NONE: "", Underline.SINGLE: "4", Underline.DOUBLE: "21"}


def lines(rows: Iterable[FrameRow]) -> bytes:
    """``rows`` as lines of text in their renditions, each of which begins and ends with the default one."""
    return "".join("".join(map(_run, row)) + "\r\n" for row in rows).encode("utf-8", "replace")


def _run(run: tuple[str, int, Style]) -> str:
    text, _, style = run
    shown = inert_cells(text)
    return shown if style == PLAIN else f"\x1b[{_codes(style)}m{shown}\x1b[0m"


@lru_cache(1024)
def _codes(style: Style) -> str:
    parts = [code for attribute, code in _ATTRIBUTES.items() if style.attrs & attribute]
    parts.append(_UNDERLINES.get(Underline(style.underline), f"4:{style.underline:d}"))
    parts += [_color(style.fg, 30), _color(style.bg, 40)]
    if style.underline_color != DEFAULT_COLOR:
        # Only with colons: terminals that do not know it would read its numbers as renditions.
        parts.append(_numbers(style.underline_color, 58).replace(";2;", ":2::", 1).replace(";", ":"))
    return ";".join(filter(None, parts)) or "0"


def _color(color: int, base: int) -> str:
    if color == DEFAULT_COLOR:
        return ""
    if color & RGB_FLAG or color >= 16:
        return _numbers(color, base + 8)
    return str(base + color if color < 8 else base + 60 + color - 8)


def _numbers(color: int, kind: int) -> str:
    if color & RGB_FLAG:
        return f"{kind};2;{color >> 16 & 0xFF};{color >> 8 & 0xFF};{color & 0xFF}"
    return f"{kind};5;{color}"


def modes_set(modes: Modes) -> bytes:
    """The sequences that set ``modes`` in a terminal where all of them are at their defaults, but for the alternate
    screen."""
    wanted = {
        1: modes.application_cursor,
        66: modes.application_keypad,
        1004: modes.focus_events,
        1007: modes.alternate_scroll,
        2004: modes.bracketed_paste,
        int(modes.mouse): modes.mouse != MouseTracking.NONE,
        int(modes.mouse_format): modes.mouse_format != MouseFormat.X10,
    }
    parts = [b"\x1b[?%d%b" % (number, b"h" if on else b"l") for number, on in wanted.items() if number]
    if modes.kitty_flags:
        parts.append(b"\x1b[=%du" % modes.kitty_flags)
    if modes.modify_other_keys:
        parts.append(b"\x1b[>4;%dm" % modes.modify_other_keys)
    return b"".join(parts)
