"""A session that another program has started, from its grant to its end: a terminal, listening ports or a raw stream,
as the agent says."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.cli.long_wait import LongWait
from ssmtui.cli.plugin_call import PluginCall
from ssmtui.cli.plugin_signals import EarlySignals
from ssmtui.cli.say import say
from ssmtui.errors import AccessDenied, ConfigurationError, SsmtuiError, UsageError
from ssmtui.forwards.unreached import unreached
from ssmtui.ledger.entry import Entry
from ssmtui.model import Scope, TerminalSize
from ssmtui.protocol.handshake import PORT
from ssmtui.sessions import farewell, left_alive
from ssmtui.sessions.accounting import Begin
from ssmtui.sessions.agent_words import destination
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.entry import ServiceLine
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.transport.pacing import PacedDialer

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.cli.attached import AttachedSession
    from ssmtui.cli.plugin_port import PluginPort
    from ssmtui.config.settings import Settings

NO_TERMINAL = TerminalSize(300, 100)
"""The official client's size where nobody looks: programs that read the output want its lines whole."""
FAREWELL = 10.0
"""Seconds that the service has to confirm the end."""


async def run_call(call: PluginCall, options: Options, early: EarlySignals) -> None:
    """Carry the session until it is over and the service knows; raises what made it fail."""
    from dataclasses import replace

    from ssmtui.backend import open_given

    own = replace(
        options,
        aws_profile=call.aws_profile or options.aws_profile,
        region=call.region or options.region,
        endpoint_url=call.stand_in or options.endpoint_url,
    )
    settings = _settings(options)
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(open_given(own, settings, call.endpoint_url))
        begin = _record(call, own, line, stack) if _is_somebodys_shell(call) else None
        await PluginSession(call, line, settings, early, begin, read_only=options.read_only).run()


def _is_somebodys_shell(call: PluginCall) -> bool:
    """Whether a person types into it, who may want it back. What other documents make of it is not known yet: a port
    cannot be had back, and would need many numbers of the ledger."""
    return bool(call.request.target) and call.request.is_default_shell and sys.stdin is not None and sys.stdin.isatty()


def _record(call: PluginCall, options: Options, line: ServiceLine, stack: AsyncExitStack) -> Begin:
    """What begins its record in the ledger, which is closed with ``stack``."""
    from dataclasses import replace

    from ssmtui.config import paths
    from ssmtui.ledger.ledger import Ledger

    places = paths.find()
    ledger = Ledger(places.ledger, places.journal)
    stack.push_async_callback(ledger.close)

    async def begin() -> Entry:
        try:
            await line.gateway.network()  # which finds out the scope
            ledger.home = line.gateway.scope
        except ConfigurationError:
            ledger.home = Scope(options.aws_profile, options.region or "", options.endpoint_url)
        return ledger.begin(replace(call.request, scope=ledger.home))

    return begin


def _load_viewers() -> None:
    import ssmtui.cli.plugin_port

    if sys.platform != "win32":
        import ssmtui.cli.attached  # noqa: F401


def _settings(options: Options) -> Settings:
    """The person's, or where these are wrong the defaults: the session runs already, and its caller knows nothing of
    them."""
    from ssmtui.backend import load_settings
    from ssmtui.config.settings import Settings

    try:
        return load_settings(options).settings
    except ConfigurationError as error:
        say(f"{error}\nThe settings are left out.")
        return Settings()


class PluginSession:
    """The viewer of the session's channel. What shows the session is made once its kind is known, and is passed on
    what this one is called with."""

    def __init__(
        self,
        call: PluginCall,
        line: ServiceLine,
        settings: Settings,
        early: EarlySignals,
        begin: Begin | None = None,
        *,
        read_only: bool,
    ) -> None:
        """With ``begin`` it is in the ledger, and left alive where its terminal goes, if the settings say so."""
        self._call = call
        self._line = line
        self._settings = settings
        self._early = early
        self._begin = begin
        self._read_only = read_only
        self._within: AttachedSession | PluginPort | None = None
        self._known = asyncio.Event()
        """Set once the kind is known, or never will be."""
        self._policy: AccessDenied | None = None
        self._tasks = Tasks("plugin")
        self._exit_code_shown = self._loading = False
        self._is_announced = False
        if sys.stdout is not None and sys.stdout.isatty():
            # A person waits; nothing else is printed yet, so that writing may wait.
            self._is_announced = True
            print(self._announcement(), end="", flush=True)
        paced = PacedDialer(line.dialer, self._room)
        self._session = ChannelSession(
            call.request,
            line.gateway,
            paced,
            self,
            self._tasks,
            port=None,
            granted=call.grant,
            end_denied=self._end_denied,
            begin=begin,
        )

    async def run(self) -> None:
        """Until it is over and the service knows; raises what made it fail."""
        try:
            await self._carry()
        except SsmtuiError as error:
            raise self._explained(error) from None

    async def _carry(self) -> None:
        session = self._session
        async with AsyncExitStack() as after:
            after.push_async_callback(self._tasks.close)
            # Until the end: between two that handle them a signal would kill us, and leave the session.
            after.enter_context(self._early.ending(session.end))
            after.push_async_callback(self._await_end)
            after.callback(session.end)
            with LongWait(lambda: "the agent on the node"):
                await self._known.wait()
            if self._within is not None:
                await self._within.run()
        if self._within is None and session.error is None:
            print(self._last_words(), end="", flush=True)
        if session.error is not None:
            raise session.error

    def _explained(self, error: SsmtuiError) -> SsmtuiError:
        """What to say of ``error``: an agent's refusal of a destination says nothing of what to do."""
        session = self._session
        given = session.properties or {name: values[0] for name, values in session.request.parameters.items() if values}
        if "portNumber" in given and session.end_reason and error.detail == session.end_reason:
            return unreached(destination(given), error.detail)
        return error

    async def _await_end(self) -> None:
        """Wait for the service to know, and say where it does not."""
        session = self._session
        await asyncio.wait({session.life}, timeout=FAREWELL)
        if self._policy is not None and not isinstance(session.error, AccessDenied):
            say(str(self._policy))
        elif not session.confirmed_gone and not session.left_alive:
            say(f"The service did not confirm the end of {session.session_id}; it may last until its idle timeout.")

    # What the channel reports (channel_session.Viewer)

    def session_changed(self) -> None:
        """Find out of what kind it is, and pass the change on."""
        session = self._session
        if session.state is SessionState.WAITING and not self._loading:
            # While the agent is waited for, and not before: the socket would be opened later.
            self._loading = True
            self._tasks.start("load", asyncio.to_thread(_load_viewers))
        if self._within is None and session.state is SessionState.OPEN:
            # In the midst of handling the last frame before the first output, which must find who shows it.
            try:
                self._within = self._port() if session.session_type == PORT else self._terminal()
            except SsmtuiError as error:
                session.give_up(error)
        if self._within is not None:
            if session.exit_code is not None and not self._exit_code_shown:
                # As the agent sends it: it is output to the official client.
                self._exit_code_shown = True
                self._within.session_output(f"EXIT_CODE: {session.exit_code}".encode(), stderr=False)
            self._within.session_changed()
        if self._within is not None or not session.state.live or session.state is SessionState.CLOSING:
            self._known.set()

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        """Pass it on."""
        assert self._within is not None, "output comes after the kind of the session"
        self._within.session_output(data, stderr=stderr)

    async def _room(self) -> None:
        if self._within is not None:
            await self._within.room()

    def _end_denied(self, error: AccessDenied) -> None:
        self._policy = farewell.end_denied(error)

    # What shows it

    def _terminal(self) -> AttachedSession:
        if sys.platform == "win32":
            raise UsageError("it needs a Unix terminal", title="A shell cannot be shown on Windows")
        from ssmtui.cli.attached import AttachedSession

        settings, line = self._settings, self._line
        return AttachedSession(
            self._call.request,
            line.gateway,
            line.dialer,
            escapes=settings.escape_sequences,
            read_only=self._read_only,
            engine=None if settings.engine == "auto" else settings.engine,
            session=self._session,
            greeting="" if self._is_announced else self._announcement(),
            last_words=self._last_words,
            unknown_size=NO_TERMINAL,
            # A program that reads both outputs would take it for the command's.
            hints=sys.stderr is not None and sys.stderr.isatty(),
            detaches=self._begin is not None and settings.on_hangup == "detach",
        )

    def _port(self) -> PluginPort:
        if self._read_only:
            raise UsageError("a read-only run sends nothing to any node", title="The port cannot be forwarded")
        from ssmtui.cli.plugin_port import PluginPort

        greeting = "" if self._is_announced else self._announcement()
        return PluginPort(self._call.request, self._line, self._tasks, self._session, greeting, self._last_words)

    # The official client's words, which scripts look for (aws/session-manager-plugin, session.go and streaming.go)

    def _announcement(self) -> str:
        return f"\nStarting session with SessionId: {self._named}\n"

    def _last_words(self) -> str:
        session = self._session
        if session.left_alive:
            return f"\n\n{session.end_reason or left_alive.one(session.session_id, unsent=session.unsent)}\n\n"
        if session.end_cause is EndCause.GONE:
            return f"Session: {self._named} timed out.\n"
        if session.end_reason:
            return f"\n\nSessionId: {self._named} : {session.end_reason}\n\n"
        return f"\n\nExiting session with sessionId: {self._named}.\n\n"

    @property
    def _named(self) -> str:
        return inert.line(self._call.grant.session_id, 200)
