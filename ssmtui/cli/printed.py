"""How findings are printed: lines that fit the terminal, in colour where that is wanted, each at once."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

import click

NARROWEST, WIDEST = 60, 110
COLORS = {"ok": "green", "warn": "yellow", "bad": "red", "unknown": "cyan"}
"""By verdict."""


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """``text`` in lines of at most ``width`` columns, 0: in one; none where it is empty."""
    if not text:
        return []
    if not width:
        return [indent + text]
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def width() -> int:
    """Columns to write in; 0 where the lines go to no terminal."""
    if not sys.stdout.isatty():
        return 0
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))


def echo(text: str) -> None:
    """Print at once; in colour on a terminal of somebody who does not mind."""
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
    sys.stdout.flush()
