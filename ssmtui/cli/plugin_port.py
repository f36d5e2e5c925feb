"""A Port session that another program has started: listens where the agent's answer says, in the official client's
words, or is a raw stream over standard input and output."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from ssmtui import inert
from ssmtui.cli.plugin_signals import signals_end
from ssmtui.cli.say import say
from ssmtui.cli.standard_streams import StandardConnection, StandardStreams
from ssmtui.errors import OutputFailed, SsmtuiError, StreamClosed, UsageError
from ssmtui.forwards.connection import LocalConnection, linger
from ssmtui.forwards.listener import listen, port_of
from ssmtui.forwards.port_session import PortSession
from ssmtui.forwards.tunnel import MOST_CONNECTIONS
from ssmtui.forwards.unix_listener import listen_unix
from ssmtui.forwards.unreached import is_about_destination, unreached
from ssmtui.model import StartRequest
from ssmtui.outbox import Outbox
from ssmtui.protocol.versions import PortMode
from ssmtui.sessions.agent_words import destination
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.entry import ServiceLine
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks

DRAIN = 2.0
"""Seconds that the reader of our words has for the last of them."""
RESUMED = "Connected again; the session goes on."


class PluginPort:
    """Made once the session is open, by the viewer that passes on what it is called with."""

    def __init__(
        self,
        request: StartRequest,
        line: ServiceLine,
        tasks: Tasks,
        session: ChannelSession,
        greeting: str,
        last_words: Callable[[], str],
    ) -> None:
        self._session = session
        self._tasks = tasks
        self._last_words = last_words
        self._port = PortSession(request, line.gateway, line.dialer, tasks, on_change=self._changed, session=session)
        self._greeting = greeting
        self._raw: StandardConnection | None = None
        self._words: Outbox | None = None
        """What is printed; a raw stream has standard output for itself."""
        self._connections = Tasks("plugin port")
        self._open_now = self._made = 0
        self._over = asyncio.Event()
        self._told = {""}
        self._cut_off = self._refused = False

    async def run(self) -> None:
        """Until it is over; raises what keeps it from beginning. The session is the caller's to end."""
        if self._port.mode is PortMode.RAW:
            await self._stream()
        else:
            await self._serve()

    # What the session's viewer passes on

    def session_changed(self) -> None:
        """The session has changed."""
        self._port.session_changed()

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        """Bytes of the connections."""
        self._port.session_output(data, stderr=stderr)

    async def room(self) -> None:
        """Return once more of the session may be read."""
        await self._port.wait_for_room()

    def _changed(self) -> None:
        if self._raw is not None:
            self._raw.changed()
        if not self._session.state.live or self._session.state is SessionState.CLOSING:
            self._over.set()
        elif self._port.mode is not PortMode.RAW:
            # Beside a raw stream ssh draws on the terminal that standard error is.
            self._tell_news()

    def _tell_news(self) -> None:
        """Each trouble once between two outages, and the end of an outage."""
        session = self._session
        if session.state.cut_off:
            self._cut_off = True
        elif self._cut_off and session.state is SessionState.OPEN:
            self._cut_off = False
            self._told = {""}
            say(RESUMED)
        if session.destination_refuses != self._refused:
            self._refused = session.destination_refuses
            if self._refused:
                self._print("\nConnection to destination port failed, check SSM Agent logs.\n")
        for text in (session.message, session.reported_trouble):
            if text not in self._told:
                self._told.add(text)
                say(text)

    # A raw stream

    async def _stream(self) -> None:
        streams = StandardStreams()
        self._raw = StandardConnection(self._port, streams)
        try:
            with signals_end(self._session.end):
                await self._raw.carry()
        except StreamClosed:
            why = self._session.end_reason
            if why and self._session.error is None:
                if not self._raw.received:
                    raise unreached(destination(self._session.properties), why) from None
                say(why)
        except BrokenPipeError:
            pass  # ssh is done
        except OSError as error:
            raise OutputFailed(error.strerror or str(error)) from None
        finally:
            streams.close()

    # Listening

    async def _serve(self) -> None:
        self._words = words = Outbox(1)
        self._print(self._greeting)
        try:
            with signals_end(self._terminate):
                close = await self._listen()
                try:
                    await self._over.wait()
                finally:
                    close()
                    self._session.end()
                    await self._connections.close()
                    # The last bytes go out before the flag that ends the session; its answer is waited for.
                    await asyncio.wait({self._session.life}, timeout=DRAIN)
                    if self._session.error is None:
                        self._print(self._last_words())
        finally:
            await words.drain(DRAIN)
            words.close()
        why = self._session.end_reason
        if self._session.error is None and is_about_destination(why):
            raise unreached(destination(self._session.properties), why)

    async def _listen(self) -> Callable[[], None]:
        """Listen where the session's properties say; return what ends that."""
        properties = self._session.properties
        if properties.get("localConnectionType") == "unix":
            path = _text(properties, "localUnixSocket")
            unix = await listen_unix(path, self._accept)
            where, close = f"Unix socket {inert.line(path)}", unix.close
        else:
            port = _local_port(_text(properties, "localPortNumber"))
            server = await listen(port, 0, self._accept)
            where, close = f"Port {port_of(server)}", server.close
        self._print(f"{where} opened for sessionId {self._named}.\n")
        if self._port.mode is PortMode.MUX:
            self._print("Waiting for connections...\n")
        return close

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._over.is_set() or self._open_now >= MOST_CONNECTIONS:
            LocalConnection(reader, writer, self._count).drop()
            return
        if not self._made:
            is_mux = self._port.mode is PortMode.MUX
            named = f"[{self._named}]" if is_mux else f"{self._named}."
            self._print(("\n" if is_mux else "") + f"Connection accepted for session {named}\n")
        self._made += 1
        self._open_now += 1
        self._connections.start(f"connection {self._made}", self._carry(reader, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = LocalConnection(reader, writer, self._count)
        try:
            stream = await self._port.connect()
            await connection.carry(stream, linger(self._port.mode))
        except SsmtuiError:
            pass  # the session is over, and says why
        finally:
            connection.drop()
            self._open_now -= 1

    def _count(self, sent: int, received: int) -> None:
        if received:
            self._session.destination_answers()

    def _terminate(self) -> None:
        self._print("Terminate signal received, exiting.\n")
        self._session.end()

    @property
    def _named(self) -> str:
        return inert.line(self._session.session_id, 200)

    def _print(self, text: str) -> None:
        if self._words is not None and text:
            self._words.put(text.encode())


def _text(properties: Mapping[str, object], name: str) -> str:
    value = properties.get(name)
    return value if isinstance(value, str) else ""


def _local_port(text: str) -> int:
    """The port to listen on; 0 for any free one."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65_536):
        raise UsageError(f"{inert.line(text, 20)} is no port", title="The local port cannot be used")
    return int(text)
