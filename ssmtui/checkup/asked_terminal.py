"""Asks the controlling terminal what it can do, and tmux how it is set. Blocks for a moment: call it off the loop, and
never while a screen is drawn, which reads the answers itself.
"""

from __future__ import annotations

import locale
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

from ssmtui import desktop, multiplexers
from ssmtui.checkup.terminal import TMUX_OPTIONS, TerminalAnswers, TerminalFacts
from ssmtui.clipboard import Clipboard

LIMIT = 0.6
"""Seconds that a terminal has for its answers: one far away over ssh needs some of it."""
TMUX_LIMIT = 1.0
MAX_ANSWER = 4096
_SWITCHES = ("mouse", "focus-events", "allow-passthrough")
"""Options of tmux that its formats give as numbers."""
TERMINAL = "/dev/tty"
_QUESTIONS = b"\x1b[>0q\x1b[?u\x1b[?1006$p\x1b[?2004$p\x1b[?2026$p\x1b[c"
"""XTVERSION, the keyboard protocol, three modes (DECRQM), and DA1, which every terminal answers, last (xterm's ctlseqs;
kitty's keyboard protocol)."""
_NAME = re.compile(rb"\x1bP>\|([^\x1b]{0,80})\x1b\\")
_KEYS = re.compile(rb"\x1b\[\?(\d+)u")
_MODE = re.compile(rb"\x1b\[\?(1006|2004|2026);([0-4])\$y")
_ATTRIBUTES = re.compile(rb"\x1b\[\?[\d;]*c")


def facts(environment: Mapping[str, str], *, asks: bool) -> TerminalFacts:
    """All that can be found out from here; the terminal itself is only asked where ``asks`` says so."""
    return TerminalFacts(
        environment,
        size(),
        ask() if asks else TerminalAnswers(),
        tmux_options(environment),
        Clipboard(environment).desktop_programs,
        locale.getpreferredencoding(False),
    )


def size() -> tuple[int, int] | None:
    """Columns and rows of the terminal; None where there is none."""
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        with suppress(OSError, ValueError, AttributeError):
            found = os.get_terminal_size(stream.fileno())  # type: ignore[union-attr]
            return found.columns, found.lines
    return None


def ask() -> TerminalAnswers:
    """What the controlling terminal answers; nothing where there is none, or it is another job's."""
    if os.name == "nt":
        return TerminalAnswers()
    import termios

    from ssmtui.local_terminal import is_in_foreground, raw_attributes

    try:
        terminal = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return TerminalAnswers()
    try:
        if not is_in_foreground(terminal):  # the system would stop us
            return TerminalAnswers()
        before = termios.tcgetattr(terminal)
        termios.tcsetattr(terminal, termios.TCSANOW, raw_attributes(before))
        try:
            os.write(terminal, _QUESTIONS)
            return read_answers(_answered(terminal))
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, before)
    except (OSError, termios.error):
        return TerminalAnswers()
    finally:
        os.close(terminal)


def read_answers(data: bytes) -> TerminalAnswers:
    """What a terminal has answered to the questions above; anything else in ``data`` is left out."""
    answers = _ATTRIBUTES.search(data) is not None
    name = _NAME.search(data)
    # 0: the mode is not known; 4: it is off for good (DECRPM).
    modes = {found[1]: found[2] in b"123" for found in _MODE.finditer(data)}
    return TerminalAnswers(
        name=name[1].decode("ascii", "replace") if name is not None else "",
        answers=answers,
        keys_apart=_KEYS.search(data) is not None if answers else None,
        mouse=modes.get(b"1006"),
        paste=modes.get(b"2004"),
        synchronized=modes.get(b"2026"),
    )


def tmux_options(environment: Mapping[str, str]) -> Mapping[str, str] | None:
    """How the tmux around this is set; None where there is none, or it does not answer."""
    if not multiplexers.is_in_tmux(environment) or desktop.is_missing("tmux", environment):
        return None
    found: dict[str, str] = {}
    words = [part for name in TMUX_OPTIONS for part in (f"{name} #{{{name}}}", "\n")]
    said = _run(("tmux", "display-message", "-p", "".join(["version #{version}\n", *words])), environment)
    if said is None:
        return None
    for line in said.splitlines():
        name, _, value = line.partition(" ")
        if value:
            found[name] = {"1": "on", "0": "off"}.get(value, value) if name in _SWITCHES else value
    return found


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> str | None:
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TMUX_LIMIT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout[:MAX_ANSWER].decode("utf-8", "replace")


def _answered(terminal: int) -> bytes:
    """What comes until the last question is answered, or time is up."""
    data, until = b"", time.monotonic() + LIMIT
    while len(data) < MAX_ANSWER and not _ATTRIBUTES.search(data):
        left = until - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            break
        more = os.read(terminal, MAX_ANSWER)
        if not more:
            break
        data += more
    return data
