"""The terminal, or the pipes, that a verb runs in: raw mode and back, reading without blocking, writing in a thread.

The descriptors stay in blocking mode: they are shared with the shell that started us.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ssmtui.model import TerminalSize
from ssmtui.outbox import Outbox

CHUNK = 64 * 1024
UNKNOWN_SIZE = TerminalSize(80, 24)
FOREGROUND_EVERY = 0.2
"""Seconds between two looks whether the shell has given the terminal back."""

# What a program that was cut off may have left behind: half a sequence, mouse reporting, bracketed paste, focus
# reports, held drawing, a hidden cursor, application keys, colours.
RESET_MODES = (
    b"\x18\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?2026l\x1b[?25h\x1b[?1l\x1b>\x1b[m"
)
# And then: keyboard protocols, the alternate screen (which has a keyboard protocol of its own), margins, origin mode,
# character sets, the cursor's shape, changed colours.
RESET_SCREEN = (
    RESET_MODES + b"\x1b[<99u\x1b[>4m\x1b[?1049l\x1b[<99u\x1b[!p\x1b[r\x1b(B\x0f\x1b[0 q"
    b"\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\"
)
# The terminal keeps its title on a stack where it knows these (xterm's ctlseqs, window manipulation 22 and 23).
PUSH_TITLE, POP_TITLE = b"\x1b[22;2t", b"\x1b[23;2t"


def title(text: str) -> bytes:
    """What names the terminal's window. ``text`` is inert and one line. BEL ends it: the Linux console knows no ST."""
    return b"\x1b]2;" + text.encode() + b"\x07"


def in_last_lines(lines: Sequence[str], rows: int) -> bytes:
    """What writes ``lines`` in reverse video over the last of a terminal's ``rows``; the cursor stays where it is. Each
    line is inert and fits the width, or the screen would scroll."""
    first = max(1, rows - len(lines) + 1)
    shown = "".join(f"\x1b[{first + index};1H\x1b[0;7m\x1b[K{line}" for index, line in enumerate(lines[:rows]))
    # Rows count from the top of the screen, not from the margin that a program may have set.
    return b"\x1b7\x1b[?6l" + shown.encode() + b"\x1b[m\x1b8"


class LocalTerminal:
    """Standard input and output of this process. Made on the event loop."""

    def __init__(self, stdin: int = 0, stdout: int = 1) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self.is_interactive = os.isatty(stdin)
        self.shows_output = os.isatty(stdout)
        """Whether the output goes to a terminal, too."""
        self._cooked: list[Any] | None = None
        self._outbox = Outbox(stdout)
        self.unknown_size = UNKNOWN_SIZE
        """Its size where there is no terminal, or one that has none."""

    @property
    def size(self) -> TerminalSize:
        """The terminal's size now."""
        for descriptor in (self._stdout, self._stdin, sys.__stderr__.fileno() if sys.__stderr__ else 2):
            try:
                found = os.get_terminal_size(descriptor)
            except OSError:
                continue
            if found.columns and found.lines:
                return TerminalSize(found.columns, found.lines)
        return self.unknown_size

    @property
    def is_raw(self) -> bool:
        """Whether every key comes as it is."""
        return self._cooked is not None

    def enter_raw(self) -> None:
        """Let every key come as it is (raw mode), as ssh does; nothing happens when input is not a terminal."""
        if not self.is_interactive or self.is_raw:
            return
        self._cooked = termios.tcgetattr(self._stdin)
        # TCSANOW keeps what has been typed ahead, and does not wait for a terminal that has been stopped.
        termios.tcsetattr(self._stdin, termios.TCSANOW, raw_attributes(self._cooked))

    @property
    def in_foreground(self) -> bool:
        """Whether the shell has given the terminal to this job."""
        return is_in_foreground(self._stdin)

    async def foreground(self) -> None:
        """Return once the shell has given the terminal to this job."""
        await wait_for_foreground(self._stdin)

    async def lend(self, timeout: float) -> None:
        """Write what waits, within ``timeout`` seconds, and give the terminal its own modes until :meth:`take_back`."""
        await self._outbox.drain(timeout)
        if self._cooked is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._stdin, termios.TCSANOW, self._cooked)

    def take_back(self) -> None:
        """Raw mode again, whatever the shell has set meanwhile."""
        if self._cooked is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._stdin, termios.TCSANOW, raw_attributes(self._cooked))

    async def restore(self, timeout: float) -> None:
        """Write what waits, within ``timeout`` seconds, and give the terminal back as it was. No more is written."""
        if self.is_raw and self.shows_output:
            self.write(RESET_MODES)
        try:
            await self._outbox.drain(timeout)
        finally:
            self._outbox.close()
            cooked, self._cooked = self._cooked, None
            if cooked is not None:
                with suppress(termios.error):  # the terminal has gone
                    termios.tcsetattr(self._stdin, termios.TCSANOW, cooked)

    async def read(self) -> bytes:
        """The next bytes of the input; empty at its end, a terminal that has gone included."""
        loop = asyncio.get_running_loop()
        readable = loop.create_future()
        try:
            loop.add_reader(self._stdin, _set, readable)
        except PermissionError:
            # A regular file, which is always ready and cannot be watched.
            return os.read(self._stdin, CHUNK)
        try:
            await readable
            return os.read(self._stdin, CHUNK)
        except OSError:
            return b""
        finally:
            loop.remove_reader(self._stdin)

    def write(self, data: bytes) -> None:
        """Queue ``data`` for the output; never blocks."""
        self._outbox.put(data)

    def push_screen(self) -> None:
        """Move what the terminal shows to its scrollback, before something else is drawn over it."""
        self.write(b"\n" * self.size.rows)

    def discard(self) -> None:
        """Drop what waits to be written: somebody else wants the terminal now."""
        self._outbox.discard()

    async def room(self) -> None:
        """Wait until the reader of our output has caught up."""
        await self._outbox.room.wait()

    def on_broken(self, action: Callable[[], None]) -> None:
        """Call ``action``, on the loop, when our output cannot be written any more; :attr:`failure` says why."""
        self._outbox.broken = action

    @property
    def failure(self) -> OSError | None:
        """Why output could not be written; None while it can."""
        return self._outbox.failure


def is_in_foreground(terminal: int) -> bool:
    """Whether the shell has given the terminal with the descriptor ``terminal`` to our job; its modes are another job's
    business otherwise."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False


async def wait_for_foreground(terminal: int) -> None:
    """Return once the shell has given the terminal to our job. It is looked at again and again: a shell that brings a
    running job to the foreground sends it no signal."""
    while not is_in_foreground(terminal):  # noqa: ASYNC110  # no event says so
        await asyncio.sleep(FOREGROUND_EVERY)


def can_be_continued() -> bool:
    """Whether a shell with job control started us, as far as that can be known: it puts what it starts into a process
    group other than its own. A program that a terminal starts directly leads the session itself.

    A parent that ignores Ctrl-Z, as the AWS CLI does, has us ignore it as well. It would not stop with us, and the
    shell that waits for it would not have the terminal back."""
    return os.getsid(0) != os.getpgrp() and signal.getsignal(signal.SIGTSTP) != signal.SIG_IGN


def stop_job(number: signal.Signals = signal.SIGTSTP) -> None:
    """Stop our job as the terminal does at Ctrl-Z, and return once it goes on. ``number`` is a signal whose default is
    to stop.

    The whole process group, because a shell waits for the process that it has started, which may be a parent of ours
    (``uv run``). The system ignores the signal where no shell could continue the group (POSIX, orphaned process
    groups). No handler of SIGCONT is called for this.
    """
    before = {one: signal.signal(one, signal.SIG_DFL) for one in (number, signal.SIGCONT)}
    try:
        os.killpg(os.getpgrp(), number)
    finally:
        for one, handler in before.items():
            if handler is not None:  # one that is not Python's cannot be put back
                signal.signal(one, handler)


@contextmanager
def signals_handled(handlers: Mapping[signal.Signals, Callable[[], None]]) -> Iterator[None]:
    """Have the running loop call the handlers inside the block, and put back afterwards what was there before.

    A signal that was ignored when we were started stays ignored, as nohup and a background shell mean it.
    """
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in handlers}
    taken = [number for number in handlers if before[number] != signal.SIG_IGN]
    for number in taken:
        loop.add_signal_handler(number, handlers[number])
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
            # None: a handler that is not Python's, which cannot be put back.
            if (handler := before[number]) is not None:
                signal.signal(number, handler)


def raw_attributes(cooked: list[Any]) -> list[Any]:
    """The attributes of a terminal that passes every key on (OpenSSH, sshtty.c, enter_raw_mode)."""
    iflag, oflag, cflag, lflag, ispeed, ospeed, control = cooked
    iflag |= termios.IGNPAR
    iflag &= ~(termios.ISTRIP | termios.INLCR | termios.IGNCR | termios.ICRNL)
    iflag &= ~(termios.IXON | termios.IXANY | termios.IXOFF)
    lflag &= ~(termios.ISIG | termios.ICANON | termios.IEXTEN)
    lflag &= ~(termios.ECHO | termios.ECHOE | termios.ECHOK | termios.ECHONL)
    oflag &= ~termios.OPOST
    control = list(control)
    control[termios.VMIN], control[termios.VTIME] = 1, 0
    return [iflag, oflag, cflag, lflag, ispeed, ospeed, control]


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
