"""Asking a person whose terminal is not our standard input: ssh has that, while it waits for us."""

from __future__ import annotations

import math
import os

import click

from ssmtui import inert
from ssmtui.cli.questions import TRIES
from ssmtui.daemon import in_daemon_thread
from ssmtui.errors import UsageError
from ssmtui.model import Node

TERMINAL = "/dev/tty"


async def confirm(node: Node, reason: str) -> None:
    """Return once the node's name or id has been typed, for it is guarded because of ``reason``.

    Raises :class:`ssmtui.errors.UsageError` where it is not typed, and where there is no terminal.
    """
    words = [text for text in (node.name.strip(), node.id) if text]
    told = f"{inert.line(node.label, 80)} is guarded: {inert.line(reason, 80)}"
    # In a thread that may be left alone: a signal ends the wait for an answer.
    if not await in_daemon_thread(lambda: _is_typed(told, words), math.inf):
        raise UsageError("nothing has been started", title="Not confirmed")


async def ask(question: str, *, hidden: bool) -> str:
    """The line that is typed after ``question``; ``hidden``: without being shown.

    Raises :class:`ssmtui.errors.UsageError` where there is no terminal, and click.Abort at the end of the input.
    Cancelled, it leaves the terminal as it was.
    """
    if os.name == "nt":
        import getpass

        # The console's own, whatever standard input is.
        return await in_daemon_thread(lambda: getpass.getpass(f"{inert.line(question, 300)}: "), math.inf)
    import termios

    terminal = _open(question, "Start it in a terminal.", "Start it in the foreground.")
    before = termios.tcgetattr(terminal)
    try:
        if hidden:
            silent = termios.tcgetattr(terminal)
            silent[3] &= ~termios.ECHO
            termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        os.write(terminal, f"{inert.line(question, 300)}: ".encode())
        # In a thread that may be left alone: a signal ends the wait for an answer.
        line = await in_daemon_thread(lambda: os.read(terminal, 8192), math.inf)
        if not line:
            raise click.Abort
        return line.decode(errors="replace").strip()
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        if hidden:
            os.write(terminal, b"\n")
        os.close(terminal)


def _open(about: str, elsewhere: str, background: str) -> int:
    """A descriptor of the terminal. Raises :class:`ssmtui.errors.UsageError` where there is none, with the remedy
    ``elsewhere``, and with ``background`` for a job in the background, which the terminal would stop."""
    try:
        terminal = os.open(TERMINAL, os.O_RDWR | getattr(os, "O_NOCTTY", 0))
    except OSError:
        raise UsageError(about, title="There is no terminal to ask on", remedy=elsewhere) from None
    if os.tcgetpgrp(terminal) != os.getpgrp():
        os.close(terminal)
        raise UsageError(about, title="There is no terminal to ask on", remedy=background)
    return terminal


def _is_typed(told: str, words: list[str]) -> bool:
    try:
        terminal = os.open(TERMINAL, os.O_RDWR | getattr(os, "O_NOCTTY", 0))
    except OSError:
        remedy = "Start it in a terminal, or with --yes."
        raise UsageError(told, title="Not confirmed", remedy=remedy) from None
    try:
        # A job in the background would be stopped by the terminal.
        if os.tcgetpgrp(terminal) != os.getpgrp():
            raise UsageError(told, title="Not confirmed", remedy="Start it in the foreground, or with --yes.")
        os.write(terminal, f"ssmtui: {told}\n".encode())
        for _ in range(TRIES):
            os.write(terminal, f"Type {inert.line(words[0], 80)} to go on: ".encode())
            line = os.read(terminal, 4096)
            if line.decode(errors="replace").strip() in words:
                return True
            if not line:
                break
            os.write(terminal, f"  That is not {inert.line(words[0], 80)}.\n".encode())
        return False
    finally:
        os.close(terminal)
