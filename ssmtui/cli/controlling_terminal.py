"""Asking a person whose terminal is not our standard input: ssh has that, while it waits for us."""

from __future__ import annotations

import math
import os

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
