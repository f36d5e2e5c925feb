"""A trace that a bug report can carry: JSON lines of what passed over data channels, and of what became of sockets.

No payload, token, address or typed byte is in it: of a frame it shows the header (protocol.md section 3.1) and the
length of what it carries. Sessions are numbered: their ids begin with a person's name, and a hash of one would still
let anybody who has the id prove that it is the same.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from ssmtui import __version__, inert
from ssmtui.errors import ConfigurationError, LinkClosed, RemoteProtocolError
from ssmtui.private_file import open_private
from ssmtui.protocol import AgentMessage, MessageType
from ssmtui.protocol.payloads import acknowledged_number
from ssmtui.transport.link import Dialer, Link

log = logging.getLogger(__name__)

CAPACITY = 4096
"""Lines that may wait for the disk; further ones are counted and lost. A slow disk must not slow a session down."""
ROOM = 16 * 2**20
"""Bytes of frames that may wait for it."""
CLOSE_WITHIN = 2.0
"""Seconds that a disk has to take the last lines."""
_TYPE_LIMIT, _REASON_LIMIT = 32, 125

_PAYLOAD_TYPES = (
    "",
    "Output",
    "Error",
    "Size",
    "Parameter",
    "HandshakeRequest",
    "HandshakeResponse",
    "HandshakeComplete",
    "EncChallengeRequest",
    "EncChallengeResponse",
    "Flag",
    "StdErr",
    "ExitCode",
)
"""By number; those of section 3.3."""

# A header field of this many digits holds four bytes of something that is no frame at all, text perhaps.
_TEXT_AS_NUMBER = re.compile(r"\d{8,}")


class Sink(Protocol):
    """Where lines go: an unbuffered file. Either method may block; both are called in the trace's thread alone."""

    def write(self, data: bytes, /) -> int | None:
        """Take as many of the bytes as possible; how many that were."""

    def close(self) -> None:
        """No more comes."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame as it is put aside: taking it apart is the work of the trace's thread, not of the loop."""

    time: int
    session: int
    socket: int
    direction: str
    frame: bytes


_Entry = _Frame | Mapping[str, object]


def _epoch_ms() -> int:
    return time.time_ns() // 1_000_000


def open_trace(file: Path) -> Trace:
    """A trace at the end of ``file``, which is for its owner alone from now on.

    Raises :class:`ConfigurationError` for what is not a plain file of our own, or cannot be opened.
    """
    try:
        number = open_private(file)
    except OSError as error:
        raise _refused(file, error.strerror or "no permission") from error
    return Trace(os.fdopen(number, "ab", buffering=0))


def _refused(file: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{inert.line(str(file))}: {why}",
        title="The trace cannot be written",
        remedy="Give --trace the name of a new file in a directory of your own.",
    )


class Trace:
    """Takes notes without ever waiting for the disk: they are written by a thread of the trace's own."""

    def __init__(
        self, sink: Sink, capacity: int = CAPACITY, room: int = ROOM, clock: Callable[[], int] = _epoch_ms
    ) -> None:
        self.clock = clock
        """Milliseconds since the epoch."""
        self._sink = sink
        self._capacity = capacity
        self._room = room
        self._changed = threading.Condition()
        self._waiting: list[_Entry] = []
        self._held = 0
        self._lost = 0
        self._closing = False
        self._unwritten = 0
        """Lines that the disk did not take; known to the thread alone."""
        self._sessions: dict[str, tuple[int, int]] = {}
        self._thread = threading.Thread(target=self._run, name="ssmtui-trace", daemon=True)
        self.note(event="trace", format=1, ssmtui=__version__)
        self._thread.start()

    def note(self, **fields: object) -> None:
        """Write one line with the time and these fields, of which none may hold a secret."""
        self._put({"time": self.clock(), **fields})

    def frame(self, session: int, socket: int, direction: str, frame: bytes) -> None:
        """Write what the header of ``frame`` says, or what is wrong with it."""
        self._put(_Frame(self.clock(), session, socket, direction, frame), len(frame))

    def number(self, session_id: str) -> tuple[int, int]:
        """The session's number, and that of its next socket, both from 1."""
        session, sockets = self._sessions.get(session_id, (len(self._sessions) + 1, 0))
        self._sessions[session_id] = (session, sockets + 1)
        return self._sessions[session_id]

    def close(self) -> None:
        """Write what waits and close the file; gives up on a disk that takes nothing. May be called again."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(CLOSE_WITHIN)

    def _put(self, entry: _Entry, size: int = 0) -> None:
        with self._changed:
            if self._closing:
                return
            # Once one is lost, so are all until there is room again: the line that counts them is in its place.
            if self._lost or len(self._waiting) >= self._capacity or self._held + size > self._room:
                self._lost += 1
                return
            self._waiting.append(entry)
            self._held += size
            if len(self._waiting) == 1:
                self._changed.notify()

    # In the thread

    def _run(self) -> None:
        closing = False
        while not closing:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._lost or self._closing)
                entries, lost, closing = self._waiting, self._lost, self._closing
                self._waiting, self._held, self._lost = [], 0, 0
            lines = [_line(entry) for entry in entries]
            if lost := lost + self._unwritten:
                lines.append(_json({"time": self.clock(), "event": "lost", "lost": lost}))
            self._write(b"".join(lines), len(entries) + lost)
        self._sink.close()

    def _write(self, data: bytes, lines: int) -> None:
        if self._unwritten:
            # What the disk took of the last lines may end in the middle of one.
            data = b"\n" + data
        try:
            while data:
                taken = self._sink.write(data)
                if not taken:
                    raise OSError(errno.EIO, "nothing is taken")
                data = data[taken:]
        except OSError as error:
            if not self._unwritten:
                log.warning("the trace cannot be written: %s", error.strerror)
            self._unwritten = lines
        else:
            self._unwritten = 0


def _json(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _line(entry: _Entry) -> bytes:
    if not isinstance(entry, _Frame):
        return _json(entry)
    fields: dict[str, object] = {
        "time": entry.time,
        "session": entry.session,
        "socket": entry.socket,
        "event": "frame",
        "direction": entry.direction,
    }
    try:
        message = AgentMessage.decode(entry.frame)
    except RemoteProtocolError as error:
        reason = _TEXT_AS_NUMBER.sub("too large", error.detail)
        return _json({**fields, "event": "malformed", "length": len(entry.frame), "reason": reason})
    return _json(fields | _header(message))


def _header(message: AgentMessage) -> dict[str, object]:
    kind = message.payload_type
    fields: dict[str, object] = {
        "message_type": inert.line(message.message_type, _TYPE_LIMIT),
        "sequence": message.sequence,
        "flags": message.flags,
        "payload_type": _PAYLOAD_TYPES[kind] if kind < len(_PAYLOAD_TYPES) else f"unknown {kind}",
        "payload_length": len(message.payload),
        "message_id": str(message.message_id),
    }
    if message.message_type == MessageType.ACKNOWLEDGE:
        try:
            fields["acknowledged"] = acknowledged_number(message.payload)
        except RemoteProtocolError:
            fields["acknowledged"] = None
    return fields


# What is traced


class TracingDialer:
    """A dialer whose sockets are traced."""

    def __init__(self, dialer: Dialer, trace: Trace) -> None:
        self._dialer = dialer
        self._trace = trace

    async def dial(self, stream_url: str, opening: str) -> Link:
        """As the inner dialer does; what that raises is noted by the name of its class, since its text may hold a
        secret."""
        session_id = _session_id(stream_url)
        session, socket = self._trace.number(session_id)
        where = {"session": session, "socket": socket}
        self._trace.note(**where, event="dial", host=_host(stream_url))
        try:
            link = await self._dialer.dial(stream_url, opening)
        except BaseException as error:
            self._trace.note(**where, event="failed", error=type(error).__name__)
            raise
        self._trace.note(**where, event="open")
        return TracedLink(link, self._trace, session, socket, session_id)


class TracedLink:
    """A :class:`ssmtui.transport.link.Link` that notes what passes over another one."""

    def __init__(self, link: Link, trace: Trace, session: int, socket: int, session_id: str) -> None:
        self._link = link
        self._trace = trace
        self._session = session
        self._socket = socket
        self._session_id = session_id
        self._is_over = False

    async def send(self, *frames: bytes) -> None:
        """Note the frames, then send them: an answer may come before the socket has reported that they are sent."""
        for frame in frames:
            self._trace.frame(self._session, self._socket, "out", frame)
        try:
            await self._link.send(*frames)
        except Exception as error:
            self._over(error)
            raise

    async def receive_many(self) -> Sequence[bytes]:
        """The frames that have come, noted."""
        try:
            frames = await self._link.receive_many()
        except Exception as error:
            self._over(error)
            raise
        for frame in frames:
            self._trace.frame(self._session, self._socket, "in", frame)
        return frames

    async def ping(self) -> None:
        """Ping, and note the answer."""
        since = time.monotonic()
        try:
            await self._link.ping()
        except Exception as error:
            self._over(error)
            raise
        self._note(event="pong", milliseconds=round((time.monotonic() - since) * 1000, 1))

    async def close(self) -> None:
        """Close, and note that we did unless the socket was gone before."""
        if not self._is_over:
            self._is_over = True
            self._note(event="close", by="us")
        await self._link.close()

    @property
    def latency(self) -> float | None:
        """Round trip of the last answered ping in seconds."""
        return self._link.latency

    def _over(self, error: Exception) -> None:
        if self._is_over:
            return
        self._is_over = True
        fields: dict[str, object] = {"event": "close", "by": "peer", "error": type(error).__name__}
        if isinstance(error, LinkClosed):
            fields |= {"code": error.code, "reason": self._reason(error.reason)}
        self._note(**fields)

    def _reason(self, text: str) -> str:
        """A close frame's reason without the session's id, and on one line."""
        if self._session_id:
            text = text.replace(self._session_id, "[session]")
        return inert.line(text, _REASON_LIMIT)

    def _note(self, **fields: object) -> None:
        self._trace.note(session=self._session, socket=self._socket, **fields)


def _session_id(stream_url: str) -> str:
    """What stands behind ``data-channel`` in the path (section 2.1); the whole path where that is not in it."""
    try:
        path = urlsplit(stream_url).path
    except ValueError:
        return ""
    _, _, behind = path.partition("/data-channel/")
    return unquote(behind.partition("/")[0] or path)


def _host(stream_url: str) -> str:
    """Host and port, without path, query and what stands before an ``@``."""
    try:
        address = urlsplit(stream_url)
        port = f":{address.port}" if address.port is not None else ""
    except ValueError:
        return ""
    return inert.line(f"{address.hostname or ''}{port}")
