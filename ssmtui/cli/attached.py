"""One session in this very terminal: keys go to the node and its output comes here as they are, with no engine between.

Only what ssh keeps is kept: Enter ``~ .`` ends the session.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ssmtui.aws.gateway import Gateway
from ssmtui.cli.attached_options import AttachedOptions
from ssmtui.cli.say import say
from ssmtui.local_terminal import LocalTerminal
from ssmtui.model import StartRequest
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.escape import HELP_TEXT, EscapeAction, EscapeFilter
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.transport.link import Dialer
from ssmtui.transport.pacing import PacedDialer

END_OF_INPUT = b"\x04"
END_REPEAT = 1.0
"""Seconds between two ends of input. The end of a pipe lasts, that of a terminal is one character, which a program that
just changes its terminal's modes may lose."""
FAREWELL = 10.0
"""Seconds that the service has to confirm the end."""
DRAIN = 2.0

_OVER = frozenset({SessionState.CLOSING, SessionState.ENDED, SessionState.FAILED})


class AttachedSession:
    """A session and the terminal it is in. Tells the channel's life cycle what it sees as its viewer."""

    def __init__(
        self,
        request: StartRequest,
        gateway: Gateway,
        dialer: Dialer,
        *,
        escapes: bool,
        read_only: bool,
        recordings: Path | None = None,
    ) -> None:
        """``recordings`` is the directory of recorded sessions; None: none is recorded."""
        self.was_interrupted = False
        self._terminal = LocalTerminal()
        self._terminal.on_broken(self._end)
        self._escapes = EscapeFilter() if escapes and self._terminal.is_interactive else None
        self._read_only = read_only
        self._open = asyncio.Event()
        self._over = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._told: set[str] = {""}
        self._tasks = Tasks("connect")
        paced = PacedDialer(dialer, self._terminal.room)
        self._options = AttachedOptions(request.options, recordings, self._narrate, read_only=read_only)
        self._session = ChannelSession(request, gateway, paced, self, self._tasks)
        self._session.resize(self._options.bounded(self._terminal.size))

    async def run(self) -> None:
        """Until the session is over and the service knows; raises what it failed of."""
        with self._signals():
            keyboard = self._tasks.start("keyboard", self._type())
            try:
                await self._over.wait()
            finally:
                keyboard.cancel()
                self._session.end()
                await self._terminal.restore(DRAIN)
            await asyncio.wait({self._session.life}, timeout=FAREWELL)
        if self._session.error is None:
            self._tell_end()
        await self._options.close()
        await self._tasks.close()
        if self._session.error is not None:
            raise self._session.error

    # What the channel reports (channel_session.Viewer)

    def session_changed(self) -> None:
        """Follow its state; pass its notices on."""
        session = self._session
        if session.channel.writable:
            self._writable.set()
        if session.state is SessionState.OPEN and not self._open.is_set():
            self._open.set()
            self._terminal.enter_raw()
            self._options.opened(session)
        elif session.state in _OVER:
            self._over.set()
        self._narrate_news(session.message, session.trouble, session.intake.notice)

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        """Show it. Without a pty on the node nobody makes new lines of line feeds, and neither does a raw terminal."""
        if self._terminal.is_raw and self._session.session_type == "NonInteractiveCommands":
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self._terminal.write(data)
        self._options.printed(data)

    # What the person does

    async def _type(self) -> None:
        # Until the session is open the terminal is as ever, and Ctrl-C ends us.
        await self._open.wait()
        last = b"\n"
        while data := await self._terminal.read():
            last = data[-1:]
            self._typed(data)
            # A person is always read, for that is the way out.
            if not self._terminal.is_interactive:
                await self._writable.wait()
        if self._terminal.is_interactive:
            self._session.end()
            return
        if self._session.intake.is_plain:
            return  # nobody there to whom the end of the input means anything
        if last not in b"\r\n":
            # Ctrl-D means the end only at the start of a line.
            self._session.write(b"\n")
        while True:
            self._session.write(END_OF_INPUT)
            await asyncio.sleep(END_REPEAT)

    def _typed(self, data: bytes) -> None:
        action = None
        if self._escapes is not None:
            data, action = self._escapes.feed(data)
        if not self._read_only:
            self._session.write(data)
            if not self._session.channel.writable:
                self._writable.clear()
        if action is EscapeAction.END:
            self._session.end()
        elif action is EscapeAction.HELP:
            self._narrate(HELP_TEXT)

    # Signals, narration

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        handlers: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGINT: self._interrupt,
            signal.SIGTERM: self._interrupt,
            signal.SIGHUP: self._interrupt,
            signal.SIGQUIT: self._interrupt,
            signal.SIGWINCH: lambda: self._session.resize(self._options.bounded(self._terminal.size)),
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    def _interrupt(self) -> None:
        self.was_interrupted = True
        self._session.end()

    def _end(self) -> None:
        self._session.end()

    def _narrate_news(self, *news: str) -> None:
        """Each message once: the trouble of a poor link comes and goes."""
        for text in news:
            if text not in self._told:
                self._told.add(text)
                self._narrate(text)

    def _narrate(self, text: str) -> None:
        say(text, newline="\r\n" if self._terminal.is_raw else "\n")

    def _tell_end(self) -> None:
        if self._session.end_reason:
            say(self._session.end_reason)
        elif self._session.confirmed_gone:
            say("The session has ended.")
        if not self._session.life.done():
            say("The service has not confirmed the end yet; the session may last until its idle timeout.")
