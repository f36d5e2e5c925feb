"""Narration: what a verb tells a person goes to standard error, with nothing in it that a terminal would obey."""

from __future__ import annotations

from contextlib import suppress

import click

from ssmtui import inert


def say(text: str, newline: str = "\n") -> None:
    """Print ``text`` on standard error. In a raw terminal a new line is ``\\r\\n``."""
    shown = inert.lines(f"ssmtui: {text}").replace("\n", newline)
    with suppress(OSError):  # nobody is left to tell that standard error cannot be written
        click.echo(shown + newline, err=True, nl=False)
