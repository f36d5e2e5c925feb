"""One session in this very terminal: keys go to the node and its output comes here as they are, with no engine between.

Only what ssh keeps is kept: Enter ``~ .`` ends the session, Enter ``~ ^Z`` stops us. What there is to say while the
node draws on a terminal is the overlay's business; elsewhere it goes to standard error.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from ssmtui.aws.gateway import Gateway, identity_of
from ssmtui.cli.attached_options import AttachedOptions
from ssmtui.cli.long_wait import LongWait
from ssmtui.cli.overlay import TerminalOverlay
from ssmtui.cli.say import new_line, say
from ssmtui.errors import AccessDenied, OutputFailed, SsmtuiError
from ssmtui.local_terminal import LocalTerminal, can_be_continued, signals_handled, stop_job
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions import farewell, left_alive
from ssmtui.sessions.accounting import Begin
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.escape import HELP_TEXT, HELP_WITH_SUSPENDING, EscapeAction, EscapeFilter
from ssmtui.sessions.options import nudge
from ssmtui.sessions.plain_command import as_printed
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
TYPED_WITHIN = 1.0
"""Seconds that the node has to acknowledge what was typed last before the session is left."""

RESUMED = "Connected again; the session goes on."

_AWAITED = {
    SessionState.STARTING: "AWS to start the session",
    SessionState.CONNECTING: "the data channel",
    SessionState.WAITING: "the agent on the node",
}
_OVER = frozenset({SessionState.CLOSING, SessionState.ENDED, SessionState.FAILED, SessionState.DETACHED})


class AttachedSession:
    """A session and the terminal it is in: the viewer of its channel."""

    def __init__(
        self,
        request: StartRequest,
        gateway: Gateway,
        dialer: Dialer,
        *,
        escapes: bool,
        read_only: bool,
        recordings: Path | None = None,
        engine: str | None = None,
        name: str = "",
        begin: Begin | None = None,
        detaches: bool = False,
        session: ChannelSession | None = None,
        greeting: str = "",
        last_words: Callable[[], str] | None = None,
        unknown_size: TerminalSize | None = None,
        hints: bool = True,
    ) -> None:
        """``name`` is the node's name in messages. ``begin`` begins the session's record in the ledger; None: there is
        no ledger. ``detaches``: the session is left alive where its terminal goes, or a signal asks for an end as if it
        had. ``recordings`` is the directory of recorded sessions; None: none is recorded. ``engine`` is the terminal
        engine that knows the screen; None: the best one.

        ``session`` is one that has turned out to be a terminal's, in the place of a new one: its viewer passes on to
        this one what it is called with, and its links wait for :meth:`room`. ``greeting`` is printed before anything
        that the node prints, and what ``last_words`` returns after it, in the place of our own words. ``unknown_size``
        is that of the node's terminal where there is none here; None: 80x24. With ``hints`` it says what to expect of
        commands that print nothing for a while."""
        self.was_interrupted = False
        self._terminal = LocalTerminal()
        self._terminal.on_broken(self._output_lost)
        if unknown_size is not None:
            self._terminal.unknown_size = unknown_size
        # What is piped in is a script's, which nobody comes back to.
        self._detaches = detaches and self._terminal.is_interactive
        self._suspends = can_be_continued()
        is_typed = escapes and self._terminal.is_interactive
        self._escapes = EscapeFilter(suspends=self._suspends) if is_typed else None
        self._read_only = read_only
        self._open = asyncio.Event()
        self._over = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._told: set[str] = {""}
        self._cut_off = False
        self._is_in_line = False
        """Whether what the node printed last does not end its line."""
        self._policy: AccessDenied | None = None
        """What the person's policy lacks, once TerminateSession was denied."""
        self._tasks = Tasks("connect")
        self._start_wait = LongWait(self._awaited)
        self._overlay = TerminalOverlay(self._terminal, name or request.label, self._nudge, engine)
        self._draws = False
        """Whether the node draws on a terminal, where only the overlay may speak."""
        self._errors_shown = sys.stderr is not None and sys.stderr.isatty()
        self._last_words = last_words
        self._hints = hints
        paced = PacedDialer(dialer, self.room)
        self._options = AttachedOptions(request.options, recordings, self._narrate, read_only=read_only)
        self._gateway = gateway
        self._session = session or ChannelSession(
            request, gateway, paced, self, self._tasks, end_denied=self.end_denied, begin=begin
        )
        self._session.resize(self._options.bounded(self._terminal.size))
        self._terminal.write(greeting.encode())

    async def run(self) -> None:
        """Until the session is over and the service knows; raises what made it fail, and :class:`OutputFailed` when
        what the node printed could not be written."""
        session = self._session
        async with AsyncExitStack() as after:
            after.push_async_callback(self._tasks.close)
            after.push_async_callback(self._options.close)
            after.push_async_callback(self._overlay.free)
            await self._show()
            failure = self._terminal.failure
            if session.error is None and failure is None and self._last_words is None:
                self._tell_end()
            # A denied resume says the same, as an error.
            if self._policy is not None and not isinstance(session.error, AccessDenied):
                say(str(self._policy))
        if session.life.done() and not session.life.cancelled():
            session.life.result()
        if session.error is not None:
            raise session.error
        self._raise(failure)

    async def _show(self) -> None:
        """The session, from its start until the service knows of its end."""
        session = self._session
        with self._signals(), self._start_wait:
            # A defect of ours, in any of these too, must leave neither a session behind nor a terminal without echo:
            # each is done whatever the ones before it raise.
            async with AsyncExitStack() as leaving:
                leaving.push_async_callback(asyncio.wait, {session.life}, timeout=FAREWELL)
                leaving.push_async_callback(self._terminal.restore, DRAIN)
                leaving.callback(self._print_last_words)
                leaving.push_async_callback(self._overlay.close)
                leaving.callback(session.end)
                keyboard = self._tasks.start("keyboard", self._type(), awaited=True)
                leaving.callback(keyboard.cancel)
                over = self._tasks.start("over", self._over.wait(), awaited=True)
                leaving.callback(self._draw_no_more)
                await self._first_to_end(keyboard, over)

    async def _note_who(self) -> None:
        """Have the ledger know whose session it is. Nothing waits for this."""
        with suppress(SsmtuiError):
            identity = await identity_of(self._gateway)
            self._session.accounting.learned(identity=identity.arn if identity is not None else None)

    def _print_last_words(self) -> None:
        if self._last_words is not None and self._session.error is None:
            text = self._last_words()
            self._terminal.write((text.replace("\n", "\r\n") if self._terminal.is_raw else text).encode())

    def _draw_no_more(self) -> None:
        self._draws = False

    async def _first_to_end(self, keyboard: asyncio.Task[None], over: asyncio.Task[object]) -> None:
        waiting = {keyboard, over, self._session.life}
        while not self._over.is_set():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            if self._session.life in done:
                return

    def _raise(self, failure: OSError | None) -> None:
        if failure is None or failure.errno == errno.EPIPE:
            return  # the reader has closed the pipe
        if self._terminal.shows_output:
            self.was_interrupted = True  # the terminal was closed
            return
        raise OutputFailed(failure.strerror or str(failure))

    # What the channel reports (channel_session.Viewer)

    async def room(self) -> None:
        """Return once more of the session may be read."""
        await self._overlay.room()

    def session_changed(self) -> None:
        """Follow its state; pass its notices on."""
        session = self._session
        if session.channel.writable:
            self._writable.set()
        if session.state is SessionState.OPEN and not self._open.is_set():
            self._open.set()
            self._start_wait.stop()
            self._terminal.enter_raw()
            self._options.opened(session)
            self._tasks.start("who", self._note_who())
            self._say_once(session.message)
            self._draws = self._is_drawn_on()
        elif session.state in _OVER:
            self._start_wait.stop()
            self._over.set()
            return
        self._tell_outages()
        if self._draws:
            self._overlay.trouble(session.reported_trouble or self._hint)
        if not self._draws or not self._errors_shown:
            self._say_once(session.message, session.reported_trouble, self._hint)

    @property
    def _hint(self) -> str:
        return self._session.intake.notice if self._hints else ""

    def _awaited(self) -> str:
        """What a start waits for."""
        return _AWAITED.get(self._session.state, "the connection")

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        """Show it. A raw terminal makes no new lines of line feeds."""
        if self._terminal.is_raw:
            data = as_printed(self._session.session_type, data)
        self._is_in_line = not data.endswith(b"\n")
        if self._draws:
            self._overlay.write(data)
        else:
            self._terminal.write(data)
        self._options.printed(data)

    def _is_drawn_on(self) -> bool:
        shows = self._terminal.is_raw and self._terminal.shows_output
        return shows and not self._session.intake.is_plain and os.environ.get("TERM", "dumb") != "dumb"

    def _tell_outages(self) -> None:
        """Each outage, and each time the session goes on after one."""
        state = self._session.state
        if state.cut_off and not self._cut_off:
            self._cut_off = True
        elif self._cut_off and state is SessionState.OPEN:
            self._cut_off = False
            # The next outage may report the same again.
            self._told = {"", self._session.message}
            if self._draws:
                self._overlay.trouble("")
                self._overlay.resumed(RESUMED)
            if not self._draws or not self._errors_shown:
                self._say(RESUMED)

    # What the person does

    async def _type(self) -> None:
        # Until the session is open the terminal is not raw, and Ctrl-C ends the program.
        await self._open.wait()
        last = b"\n"
        while data := await self._terminal.read():
            last = data[-1:]
            self._overlay.typed()
            self._typed(data)
            # A person's keys are always read: they are the way out.
            if not self._terminal.is_interactive:
                await self._writable.wait()
        if self._terminal.is_interactive:
            self._hang_up()
            return
        if self._session.intake.is_plain:
            return  # a command without a terminal reads no input, nor its end
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
            self._narrate(HELP_WITH_SUSPENDING if self._suspends else HELP_TEXT)
        elif action is EscapeAction.SUSPEND:
            self._start("stop", self._stop())

    def _nudge(self) -> None:
        """Have a full-screen program draw itself again, as it does when its terminal changes size for a moment."""
        nudge(self._session, lambda: self._options.bounded(self._terminal.size))

    # Signals, narration

    def _signals(self) -> AbstractContextManager[None]:
        handlers: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGINT: self._interrupt,
            signal.SIGTERM: self._hang_up,
            signal.SIGHUP: self._hang_up,
            signal.SIGQUIT: self._interrupt,
            signal.SIGWINCH: self._resize,
        }
        if self._terminal.is_interactive:
            handlers[signal.SIGTSTP] = lambda: self._start("stop", self._stop())
            handlers[signal.SIGCONT] = self._continue
        return signals_handled(handlers)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.start(name, work)

    def _interrupt(self) -> None:
        self.was_interrupted = True
        self._session.end()

    def _hang_up(self) -> None:
        """The terminal has gone, or a signal asks for an end as if it had."""
        self.was_interrupted = True
        if self._detaches:
            self._start("leave", self._leave_alive())
        else:
            self._session.end()

    async def _leave_alive(self) -> None:
        """Leave the session as it is, once the node has what was typed last. One that nobody could take over is
        ended."""
        await self._session.typed_arrives(TYPED_WITHIN)
        self._session.detach()

    def _output_lost(self) -> None:
        if self._terminal.shows_output:
            self._hang_up()
        else:
            self._session.end()

    def end_denied(self, error: AccessDenied) -> None:
        """A policy forbids TerminateSession."""
        self._policy = farewell.end_denied(error)

    def _resize(self) -> None:
        self._overlay.resized(self._terminal.size)
        self._session.resize(self._options.bounded(self._terminal.size))

    async def _stop(self) -> None:
        """Stop as the signal asks, with the terminal as the shell knows it, and go on when the shell says so."""
        if self._draws:
            self._overlay.leave()
        await self._terminal.lend(DRAIN)
        stop_job()
        self._continue()

    def _continue(self) -> None:
        """The shell has had the terminal, and has changed its modes and its screen."""
        if self._terminal.is_raw and self._terminal.in_foreground:
            self._terminal.take_back()
            self._resize()
            if self._draws:
                self._overlay.drawn_over()

    def _say_once(self, *news: str) -> None:
        """Each message once between two outages: the trouble of a poor link comes and goes."""
        for text in news:
            if text not in self._told:
                self._told.add(text)
                self._say(text)

    def _narrate(self, text: str) -> None:
        """Say something that is not trouble. A list of keys goes below the cursor, as with ssh, where only a line is
        drawn there."""
        if self._draws and (self._overlay.alternate or "\n" not in text):
            self._overlay.note(text)
        else:
            self._say(text)

    def _say(self, text: str) -> None:
        say(text, newline="\r\n" if self._terminal.is_raw and self._errors_shown else "\n")

    def _tell_end(self) -> None:
        if self._session.left_alive:
            if self._is_in_line and self._errors_shown:
                # Not behind the node's prompt.
                new_line()
            say(self._session.end_reason or left_alive.one(self._session.session_id, unsent=self._session.unsent))
            return
        if self._session.end_reason:
            say(self._session.end_reason)
        elif self._session.confirmed_gone:
            say("The session has ended.")
        if self._session.life.done() and not self._session.confirmed_gone:
            named = self._session.session_id
            say(f"The service did not confirm the end of {named}; it may last until its idle timeout.")
        if not self._session.life.done():
            say("The service has not confirmed the end yet; the session may last until its idle timeout.")
