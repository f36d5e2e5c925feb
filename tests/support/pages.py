"""Full screens as programs print them, for figures."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

from ssmtui.model import TerminalSize

Page = Callable[[TerminalSize, int], bytes]
"""The bytes that draw page ``number`` of a full screen."""


def log(size: TerminalSize, number: int) -> bytes:
    line = b"2026-01-01T00:%02d:%02d.%03d INFO  worker-%d request %08x took %d ms status=200 path=/items/%d\r\n"
    rows = range(number, number + size.rows - 1)
    return b"".join(line % (n // 60 % 60, n % 60, n % 1000, n % 8, n * 2654435761 % 2**32, n % 900, n) for n in rows)


def table(size: TerminalSize, number: int) -> bytes:
    """As top and htop draw: a dozen colours a row."""
    row = (
        b"\x1b[%d;1H\x1b[32m%5d \x1b[1mroot\x1b[m  20   0 \x1b[36m%6d\x1b[m %5d S \x1b[31m%4.1f\x1b[m  0.1 "
        b"\x1b[34m/usr/sbin/\x1b[1mdaemon%d\x1b[m --flag=%d\x1b[K"
    )
    rows = range(size.rows)
    return b"".join(row % (y + 1, y + number, number * 7 + y, number + y, y / 3 + number, y, number) for y in rows)


def unicode(size: TerminalSize, number: int) -> bytes:
    text = "日本語のテキスト 한국어 e\u0301a\u0308 ünïcödé → ★ 😀 " * (size.cols // 50 + 1)
    return b"\x1b[H" + b"\r\n".join(text[number % 5 :][: size.cols // 2].encode() for _ in range(size.rows))


def palette(size: TerminalSize, number: int) -> bytes:
    """Two cells a style, of the 256 colours."""
    dice = random.Random(number)
    word = b"\x1b[38;5;%d;48;5;%d;1m%02d\x1b[0;4;3%dm%02d"
    cells = range(size.cols // 4)
    lines = (
        b"".join(word % (dice.randrange(256), dice.randrange(256), number % 100, number % 8, x) for x in cells)
        for _ in range(size.rows)
    )
    return b"\x1b[H" + b"\r\n".join(lines) + b"\x1b[m"


def truecolour(size: TerminalSize, number: int) -> bytes:
    """Every cell in colours of its own, as no program but a test draws."""
    dice = random.Random(number)
    cell = b"\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dmx"
    lines = (b"".join(cell % tuple(dice.randbytes(6)) for _ in range(size.cols)) for _ in range(size.rows))
    return b"\x1b[H" + b"".join(b"\x1b[%dH" % (y + 1) + line for y, line in enumerate(lines))


def stream(page: Page, size: TerminalSize, least: int) -> bytes:
    """Page after page, of ``least`` bytes or a few more."""
    parts: list[bytes] = []
    length = 0
    for number in count():
        if length >= least:
            break
        parts.append(page(size, number))
        length += len(parts[-1])
    return b"".join(parts)
