"""Questions on the terminal that a verb runs in. They are written to standard error, for standard output is data."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import click

from ssmtui import inert
from ssmtui.errors import UsageError

TRIES = 3
"""Times that a word may be typed wrongly."""
CHOICES = 50
"""Lines among which one is chosen at most."""


def can_ask() -> bool:
    """Whether a person can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def answer(question: str, note: str = "", default: str = "", problem: Callable[[str], str] = lambda _: "") -> str:
    """What is typed, on one line, once ``problem`` finds nothing wrong with it. Raises click.Abort at Ctrl-C and at the
    end of the input."""
    shown = inert.line(question, 200) + (f" ({inert.line(note, 100)})" if note else "")
    while True:
        given = _prompt(shown, default)
        if not (wrong := problem(given)):
            return given
        click.echo(f"  {inert.line(wrong, 200)}", err=True)


def choose(question: str, lines: Sequence[str]) -> int:
    """The place in ``lines``, which are inert, of the one that is chosen by its number."""
    for number, line in enumerate(lines, start=1):
        click.echo(f"{number:>4}  {line}", err=True)

    def problem(given: str) -> str:
        good = given.isdecimal() and given.isascii() and 1 <= int(given) <= len(lines)
        return "" if good else f"a number from 1 to {len(lines)}"

    return int(answer(question, problem=problem)) - 1


def confirm(told: str, wanted: Sequence[str], otherwise: str = "nothing has been started") -> None:
    """Go on once one of the words ``wanted`` has been typed after ``told``.

    Raises :class:`ssmtui.errors.UsageError` after a few other ones, which says ``otherwise``.
    """
    click.echo(inert.line(told, 300), err=True)
    for _ in range(TRIES):
        if _prompt(f"Type {inert.line(wanted[0], 80)} to go on", "") in wanted:
            return
        click.echo(f"  That is not {inert.line(wanted[0], 80)}.", err=True)
    raise UsageError(otherwise, title="Not confirmed")


def _prompt(text: str, default: str) -> str:
    question = f"{text} [{default}]: " if default else f"{text}: "
    with _interruptible(), _asked_again(question):
        click.echo(question, nl=False, err=True)
        _wait_for_line()
        given: str = click.prompt("", prompt_suffix="", default=default, show_default=False, err=True)
    return given.strip()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a question at once: the event loop's own handler would only reach the loop, which is blocked."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        click.echo(err=True)  # or the shell's prompt follows the question
        raise click.Abort from None
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _asked_again(question: str) -> Iterator[None]:
    """Ask again after Ctrl-Z and ``fg``: the shell has written below the question, and the terminal has dropped what
    was typed of the answer."""
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(*_: object) -> None:
        # Past the buffer of the stream: the handler may run while the question itself is being written to it, and a
        # buffer that is entered twice raises RuntimeError.
        with suppress(OSError):
            if os.tcgetpgrp(terminal := sys.stderr.fileno()) == os.getpgrp():
                os.write(terminal, question.encode(sys.stderr.encoding, "replace"))

    before = signal.signal(signal.SIGCONT, ask)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGCONT, before)


def _wait_for_line() -> None:
    """Return once a line has been typed; raises KeyboardInterrupt at Ctrl-C.

    Python calls a handler between two of its instructions only. A signal that comes when ``input`` has begun but does
    not read yet would wait there for the next line, so the wait is for the signal's own descriptor as well.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    signalled, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    before = signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    try:
        while sys.stdin not in select.select([sys.stdin, signalled], [], [])[0]:
            os.read(signalled, 64)
    finally:
        signal.set_wakeup_fd(before)
        os.close(signalled)
        os.close(wakeup)
