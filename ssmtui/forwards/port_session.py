"""One Port session and the connections that it carries: StartSession to its end, many streams or one (protocol.md 6.4).

Which of the three modes it is follows from the agent's handshake; streams are the same in all of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import AccessDenied, RemoteProtocolError, StreamClosed
from ssmtui.forwards.port_stream import PortStream
from ssmtui.forwards.traffic import Traffic
from ssmtui.model import StartRequest
from ssmtui.protocol import Role
from ssmtui.protocol.limits import CLIENT_LIMITS
from ssmtui.protocol.single_stream import SingleStream
from ssmtui.protocol.smux import (
    ProtocolBroken,
    Smux,
    SmuxEvent,
    SmuxLimits,
    StreamEnded,
    StreamReset,
)
from ssmtui.protocol.versions import PortMode, port_mode, smux_keepalive
from ssmtui.sessions.accounting import Begin
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.start_queue import StartQueue
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.transport.link import Dialer
from ssmtui.transport.pacing import PacedDialer

STAY_ALIVE = 30.0
"""Seconds from one keep-alive to the next where the person wants the session to outlast the service's idle timeout,
which may be as short as a minute: the service counts them as traffic (section 7)."""
GATHER = 0.003
"""Seconds for which a steady trickle of frames is left to gather before it is read: an agent sends a frame, sleeps a
millisecond, and so on (section 11 row 5), and each read costs a write to the service and one to the local program."""
STEADY = 16
"""Reads that follow each other closely, of a few frames each, after which a trickle is steady: some 16 KB, which a
small answer does not have."""
SILENT = 0.4
"""Seconds without a frame from the node, while frames of ours wait for theirs, after which these may not have arrived:
above a round trip to any region."""
STUCK = 2.0
"""Seconds without a frame from the node, while frames of ours wait for theirs, after which a session is stuck."""
DIALLING = 4.0
"""Seconds after which a stream that has sent and got nothing is taken for one that the node still dials."""
FEW = 8
"""Frames of a read that is worth gathering for."""
HIGH_WATER = 1 << 20
"""Bytes that a local reader has not taken above which the session is not read, if it carries no other stream."""
MUX_LIMITS = SmuxLimits(unread=16 << 20, unread_total=64 << 20)
"""Above HIGH_WATER plus all that comes at once when a lost frame is filled in: 10,000 frames, some 10 MB. A smaller
limit would drop a stream that did nothing wrong."""

Multiplex: TypeAlias = Smux | SingleStream


class PortSession:
    """Starts at once; call all its methods on the event loop. ``on_change`` is called for every change of its state."""

    def __init__(
        self,
        request: StartRequest,
        gateway: Gateway,
        dialer: Dialer,
        tasks: Tasks,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[], None] = lambda: None,
        *,
        starts: StartQueue | None = None,
        end_denied: Callable[[AccessDenied], None] = lambda error: None,
        begin: Begin | None = None,
        keep_alive: bool = False,
        session: ChannelSession | None = None,
    ) -> None:
        """With ``starts`` it waits for its turn there. ``end_denied`` is called when a policy forbids
        TerminateSession. ``begin`` begins its record in the ledger; None: there is no ledger. With ``keep_alive`` it
        does not end of its idle time while it lives here, if it is multiplexed: the other modes have no bytes to spare
        for that.

        ``session`` is one that has turned out to be a Port session, in the place of a new one: its viewer passes on to
        this one what it is called with, and calls :meth:`wait_for_room` before each read."""
        self.mode: PortMode | None = None
        """None until the agent has answered."""
        self.traffic = Traffic(clock)
        """What its streams carry."""
        self._outlasts_idling = keep_alive
        self._pieces = 0
        """Frames of output since the last read."""
        self._read_at = 0.0
        self._steady = 0
        """Reads of a trickle so far."""
        self._clock = clock
        self._on_change = on_change
        self._tunnel: Multiplex | None = None
        self._streams: dict[int, PortStream] = {}
        self._heard = 0
        """The highest stream that the node has said anything of: it dials them in their order."""
        self._stirred = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._timer: asyncio.TimerHandle | None = None
        paced = PacedDialer(dialer, self.wait_for_room)
        self.session = session or ChannelSession(
            request, gateway, paced, self, tasks, clock, port=True, starts=starts, end_denied=end_denied, begin=begin
        )

    # What its owner does

    async def opened(self) -> PortMode:
        """Wait until connections can be made. Raises the session's own error, or :class:`StreamClosed`, when that will
        never be."""
        while self.mode is None:
            self._refuse_if_over()
            await self._stir()
        return self.mode

    @property
    def can_connect(self) -> bool:
        """Whether :meth:`connect` would return at once."""
        return self._is_carrying and self._tunnel is not None and self._tunnel.can_open

    @property
    def streams(self) -> int:
        """How many are open at this end."""
        return len(self._streams)

    @property
    def load(self) -> int:
        """How many streams share what it can carry: not those that only wait for what may still come."""
        return sum(not stream.lingers for stream in self._streams.values())

    @property
    def is_stuck(self) -> bool:
        """Whether a new stream would get nowhere now: a destination that does not read stops the agent's reader of all
        streams, and one that does not answer stops its dials of all that come after (section 7)."""
        session, now = self.session, self._clock()
        if session.channel.unacknowledged[0] and (session.quiet_for or 0.0) > STUCK:
            return True
        newest = next(reversed(self._streams.values()), None)
        return (
            self.mode is PortMode.MUX
            and newest is not None
            and newest.stream_id > self._heard
            and newest.has_sent
            and now - newest.opened > DIALLING
        )

    async def connect(self) -> PortStream:
        """A new stream to the destination, waiting for its turn where the line is taken.

        Whether the node can reach the destination is not known then: the stream ends when it cannot. Raises
        :class:`StreamClosed` when the session is over, or when a raw session has had its one stream.
        """
        await self.opened()
        tunnel = self._tunnel
        assert tunnel is not None
        # asyncio.Event wakes its waiters in the order in which they came: the one that has waited longest takes the
        # line before the next one looks.
        while not tunnel.can_open:
            self._refuse_if_over()
            if self.mode is PortMode.RAW:
                raise StreamClosed("this session carries a single connection, which has ended")
            await self._stir()
        self._refuse_if_over()
        stream_id = tunnel.open(self._clock())
        stream = self._streams[stream_id] = PortStream(self, stream_id, self._clock())
        self._react()
        return stream

    def end(self) -> None:
        """End it here and now: all streams break; node and service are informed in the background."""
        self.session.end()

    # What the streams do (port_stream.StreamOwner)

    def take(self, stream_id: int, limit: int) -> bytes:
        """The next received bytes. Taking them may make room to read the session again."""
        data = self._tunnel.take(stream_id, limit) if self._tunnel is not None else b""
        if data:
            self.traffic.add(0, len(data))
        self._pace()
        return data

    def takes(self, stream_id: int) -> bool:
        """Whether bytes can be sent now."""
        return self._is_carrying and self._tunnel is not None and self._tunnel.writable(stream_id)

    def send(self, stream_id: int, data: bytes) -> None:
        """Queue bytes."""
        assert self._tunnel is not None
        self._tunnel.send(stream_id, data)
        self.traffic.add(len(data), 0)
        self._react()

    def is_under_way(self, stream_id: int) -> bool:
        """Whether what was sent cannot be said to have arrived. Once the session is over nothing is on its way."""
        if not self._is_carrying or self._tunnel is None:
            return False
        session = self.session
        # Of frames nobody knows whose bytes they carry: with other streams busy there are always some that wait.
        is_silent = session.channel.unacknowledged[0] and (session.quiet_for or 0.0) > SILENT
        return bool(session.state is not SessionState.OPEN or self._tunnel.unsent(stream_id) or is_silent)

    def release(self, stream_id: int) -> None:
        """The stream is closed at this end."""
        assert self._tunnel is not None
        self._streams.pop(stream_id, None)
        self._tunnel.close(stream_id)
        self._react()

    # What the channel reports (channel_session.Viewer)

    def session_changed(self) -> None:
        """Follow its state."""
        # Called in the midst of handling HandshakeComplete, so the multiplexer is there before the next frame is looked
        # at. The first data may follow at once; the official client loses its read loop to that race (section 11 row
        # 4).
        session = self.session
        if self._tunnel is None and session.state is SessionState.OPEN:
            self._tunnel = self._new_tunnel()
        # The channel's Drained arrives as such a change: the flag is acknowledged, and the next connection's bytes may
        # go.
        if isinstance(self._tunnel, SingleStream) and session.channel.unacknowledged[0] == 0:
            self._tunnel.drained()
        if not self._is_carrying:
            self._finish_all()
        self._react()
        self._on_change()

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        """The next bytes of the tunnel."""
        if self._tunnel is not None and not stderr:
            self._pieces += 1
            self._tunnel.receive(data, self._clock())
            self._react()

    # How it goes on

    def _new_tunnel(self) -> Multiplex:
        session = self.session
        self.mode = port_mode(session.properties, session.agent_version)
        if self.mode is PortMode.MUX:
            if smux_keepalive(session.agent_version):
                return Smux(Role.CLIENT, keepalive=True, limits=MUX_LIMITS)
            return Smux(Role.CLIENT, keepalive=self._outlasts_idling, limits=replace(MUX_LIMITS, keepalive=STAY_ALIVE))
        return SingleStream(self.mode)

    @property
    def _is_carrying(self) -> bool:
        return self.session.state.live and self.session.state is not SessionState.CLOSING

    def _react(self) -> None:
        """Send what there is room for, pass on to the streams what has happened, and set the timer anew."""
        if self._tunnel is not None:
            self._fill(self._tunnel)
            for event in self._tunnel.events():
                self._pass_on(event)
            self._pace()
            self._arm(self._tunnel)
        self._stirred.set()

    def _fill(self, tunnel: Multiplex) -> None:
        session = self.session
        # Only while the channel is writable, a few hundred frames. What has been given to it keeps its order, so a
        # longer queue there is latency for every other stream, and a new connection's SYN waits behind it (section
        # 4.4).
        while self._is_carrying and session.channel.writable:
            flag = tunnel.flag_to_send() if isinstance(tunnel, SingleStream) else None
            if flag is not None:
                session.send_flag(flag)
            elif data := tunnel.data_to_send(CLIENT_LIMITS.payload):
                session.write(data)
            else:
                return

    def _pass_on(self, event: SmuxEvent) -> None:
        if isinstance(event, ProtocolBroken):
            self.session.give_up(RemoteProtocolError(f"the node's multiplexer broke the protocol: {event.reason}"))
            return
        self._heard = max(self._heard, event.stream_id)
        stream = self._streams.get(event.stream_id)
        if stream is None:
            return
        if isinstance(event, StreamEnded):
            stream.finish()
        elif isinstance(event, StreamReset):
            del self._streams[event.stream_id]
            stream.finish(StreamClosed(f"{event.unread} bytes were not read in time; the connection was dropped"))
        else:
            stream.stir()

    def _finish_all(self) -> None:
        """The session is over. What has come can still be read. It counts as complete in one case: a single stream
        whose destination has closed, which ends its session without a reason. All others end with an error, and a reset
        at the local program."""
        session = self.session
        complete = session.state is SessionState.ENDED and self.mode is not PortMode.MUX and not session.end_reason
        for stream in self._streams.values():
            stream.finish(None if complete else self._why_over())

    def _why_over(self) -> StreamClosed:
        session = self.session
        why = session.error.detail if session.error is not None else session.end_reason
        return StreamClosed(why or "the port session has ended")

    def _refuse_if_over(self) -> None:
        if self._is_carrying:
            return
        raise self.session.error or self._why_over()

    def _pace(self) -> None:
        """Stop reading the session while its only stream has a reader that does not read, which makes the destination
        wait. With other streams they go on, and the stream that holds too much is dropped (section 7)."""
        if self._tunnel is not None and self._tunnel.backlog > HIGH_WATER and self._is_carrying:
            self._room.clear()
        else:
            self._room.set()

    async def wait_for_room(self) -> None:
        """Call this before each read of the session: it returns once more of it may be read."""
        await self._room.wait()
        pieces, self._pieces = self._pieces, 0
        before, self._read_at = self._read_at, self._clock()
        self._steady = self._steady + 1 if 0 < pieces <= FEW and self._read_at - before < 5 * GATHER else 0
        if self._steady >= STEADY:
            await asyncio.sleep(GATHER)

    def _arm(self, tunnel: Multiplex) -> None:
        """Set the timer to the multiplexer's next keep-alive, if it has any."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = tunnel.next_deadline()
        if deadline is not None and self._is_carrying:
            delay = max(0.0, deadline - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._keep_alive, tunnel)

    def _keep_alive(self, tunnel: Multiplex) -> None:
        tunnel.handle_timeout(self._clock())
        self._react()

    async def _stir(self) -> None:
        self._stirred.clear()
        await self._stirred.wait()
