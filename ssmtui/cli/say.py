"""Narration: what a verb says to a person goes to standard error, with nothing in it that a terminal would obey."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from ssmtui import inert

_ERASED = "\r\x1b[K"
_UNKNOWN_WIDTH = 80


def say(text: str, newline: str = "\n") -> None:
    """Print ``text`` on standard error. In a raw terminal a new line is ``\\r\\n``."""
    _write(_progress.erased + said(text, newline))


def said(text: str, newline: str = "\n") -> str:
    """What :func:`say` prints, for what writes it in another way."""
    return inert.lines(f"ssmtui: {text}").replace("\n", newline) + newline


def new_line() -> None:
    """Begin a line of its own on standard error."""
    _write("\n")


def can_show_progress() -> bool:
    """Whether standard error is a terminal on which a line can be replaced."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def show_progress(text: str) -> None:
    """Write ``text`` in the present line of the terminal, in the place of the progress shown before. What is said next
    takes the line; :func:`clear_progress` empties it."""
    from ssmtui.cli.columns import fit  # every start loads this module, and few show progress

    erased = _progress.erased
    _progress.is_shown = True
    _write((erased or _ERASED) + fit(f"ssmtui: {text}", _columns() - 1))


def clear_progress() -> None:
    """Empty the line that shows progress, if there is one."""
    if erased := _progress.erased:
        _write(erased)


class _Progress:
    """Whether the last line of standard error is one that will be replaced."""

    is_shown = False

    @property
    def erased(self) -> str:
        """What empties that line, which is gone then."""
        was_shown, self.is_shown = self.is_shown, False
        return _ERASED if was_shown else ""


_progress = _Progress()


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _UNKNOWN_WIDTH
    except (OSError, ValueError):
        return _UNKNOWN_WIDTH


def _write(text: str) -> None:
    if text:
        with suppress(OSError):  # a failure to write to standard error cannot be reported anywhere
            click.echo(text, err=True, nl=False, color=True)  # the only sequence in it is ours
