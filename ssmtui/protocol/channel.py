"""The data channel itself, for both ends: bytes and ``now`` in; events, bytes and one deadline out.

It joins the halves: ``inbound`` orders what comes, ``client`` or ``agent`` knows what it means and what may be said,
``outbound`` numbers, keeps and resends. The caller owns the socket, the clock and the timer:

    connected(now) -> receive(frame, now) ... -> events() -> frames_to_send(now) -> arm the timer for next_deadline()

After every call of a method that takes ``now`` there may be frames to send; a timer that fires calls
``handle_timeout(now)``. Time is any clock that does not go back, in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ssmtui.errors import LocalProtocolError, RemoteProtocolError
from ssmtui.model import TerminalSize
from ssmtui.protocol import events, payloads
from ssmtui.protocol.agent import AgentSide
from ssmtui.protocol.cipher import NonceSource
from ssmtui.protocol.client import ClientSide
from ssmtui.protocol.encryption import Seal
from ssmtui.protocol.events import Counters, Event, Journal
from ssmtui.protocol.handshake import ACTIONS, ActionRegistry, ChannelProgress, ChannelState, ChannelStep
from ssmtui.protocol.inbound import Arrival, Inbound
from ssmtui.protocol.limits import AGENT_LIMITS, CLIENT_LIMITS, Limits, Role
from ssmtui.protocol.message import AgentMessage, MessageType, StampSource, encode_acknowledgement
from ssmtui.protocol.outbound import Outbound
from ssmtui.protocol.payloads import (
    CLIENT_VERSION,
    Flag,
    HandshakeComplete,
    HandshakeRequest,
    PayloadType,
    RequestedAction,
)


class DataChannel:
    """One session's data channel, through any number of sockets. Nothing that a peer sends raises here."""

    def __init__(
        self,
        role: Role,
        stamp: StampSource,
        *,
        limits: Limits | None = None,
        client_version: str = CLIENT_VERSION,
        actions: ActionRegistry = ACTIONS,
        nonce: NonceSource | None = None,
        encryption: bool = True,
    ) -> None:
        """Without ``nonce``, or with ``encryption`` off, a client answers KMSEncryption as ``actions`` says."""
        if limits is None:
            limits = CLIENT_LIMITS if role is Role.CLIENT else AGENT_LIMITS
        self.role = role
        self._stamp = stamp
        self._limits = limits
        self._journal = Journal()
        self._progress = ChannelProgress(role)
        self._inbound = Inbound(limits)
        self._outbound = Outbound(role, stamp, limits, self._journal.counters)
        self._seal = Seal(role, nonce if encryption else None)
        self._client: ClientSide | None = None
        self._agent: AgentSide | None = None
        self._side: ClientSide | AgentSide
        if role is Role.CLIENT:
            self._side = self._client = ClientSide(
                self._progress, self._journal, limits, actions, client_version, self._seal
            )
            self._incoming = MessageType.OUTPUT
        else:
            self._side = self._agent = AgentSide(self._progress, self._journal, limits, self._seal)
            self._incoming = MessageType.INPUT
        self._acknowledgements: list[bytes] = []
        self._last_heard: AgentMessage | None = None
        self._connected = False
        self._was_writable = True
        self._drained_wanted = False

    # Facts

    @property
    def state(self) -> ChannelState:
        """Where the channel stands, whether or not there is a socket."""
        return self._progress.state

    @property
    def writable(self) -> bool:
        """Whether more may be given to the channel without piling up. False as well once the session is over, and for
        an agent while it is paused."""
        waiting = self._outbound.frames + self._side.unsent_frames
        return waiting <= self._limits.writable and not self._outbound.paused and not self._progress.over

    @property
    def input_room(self) -> int:
        """How many more frames of a client's input get a number at once instead of waiting here for one: 0 without a
        socket and until the agent may be spoken to (section 4.4)."""
        if not self._connected or self._progress.state is not ChannelState.OPEN:
            return 0
        return max(0, self._outbound.free - self._side.unsent_frames)

    @property
    def unacknowledged(self) -> tuple[int, int]:
        """Frames and payload bytes that the peer has not acknowledged, with those that wait to be sent."""
        frames = self._outbound.frames + self._side.unsent_frames
        return frames, self._outbound.bytes + self._side.unsent_bytes

    @property
    def expected(self) -> int:
        """The number of the peer's stream frame that is to be handled next."""
        return self._inbound.expected

    @property
    def round_trip(self) -> float | None:
        """The smoothed time to an acknowledgement in seconds; None before the first."""
        return self._outbound.round_trip.measured

    @property
    def counters(self) -> Counters:
        """A copy of the counts."""
        return replace(self._journal.counters)

    # The socket

    def connected(self, now: float) -> None:
        """A socket is open and OpenDataChannel is sent on it. After a loss the window goes out again, paced."""
        if self._progress.over:
            return
        self._connected = True
        self._inbound.connected(now)
        self._outbound.connected(now)
        self._side.connected(now)
        if self._last_heard is not None:
            # Any acknowledgement wakes an agent that was paused while the socket was gone (section 4.5).
            self._acknowledge(self._last_heard)
        self._watch_writable()

    def disconnected(self, now: float) -> None:
        """The socket is gone. Everything is kept, all clocks stop."""
        self._connected = False
        self._outbound.disconnected(now)

    # In

    def receive(self, frame: bytes, now: float) -> None:
        """Take in one frame. Never raises: what cannot be used is reported as :class:`Dropped`."""
        if self._progress.over:
            return
        try:
            message = AgentMessage.decode(frame)
        except RemoteProtocolError as error:
            self._journal.drop(error.detail)
            return
        self._journal.counters.received += 1
        kind = message.message_type
        if kind == self._incoming:
            self._receive_stream(message, now)
        elif kind == MessageType.ACKNOWLEDGE:
            self._receive_acknowledgement(message.payload, now)
        elif kind == MessageType.CHANNEL_CLOSED:
            self._close(message.payload)
        elif kind in (MessageType.START_PUBLICATION, MessageType.PAUSE_PUBLICATION):
            self._receive_publication(kind, now)
        else:
            self._journal.drop(f"message type {str(kind)!a} means nothing here")

    def events(self) -> list[Event]:
        """What has happened since the last call."""
        happened, self._journal.events = self._journal.events, []
        return happened

    # Out

    def frames_to_send(self, now: float) -> list[bytes]:
        """The frames that go to the socket now, in order. Each is handed out as sent: a caller that fails to send
        reports :meth:`disconnected`."""
        if not self._connected:
            return []
        frames, self._acknowledgements = self._acknowledgements, []
        if not self._progress.over:
            while self._outbound.room and (unsent := self._side.next_unsent(now)) is not None:
                self._outbound.put(self._seal.close(unsent))
            self._outbound.take(now, frames)
        self._journal.counters.sent += len(frames)
        return frames

    def next_deadline(self) -> float | None:
        """When :meth:`handle_timeout` is to be called; None for never, as things are."""
        if not self._connected or self._progress.over:
            return None
        deadlines = (
            self._inbound.next_deadline(),
            self._outbound.next_deadline(),
            self._side.next_deadline(self._outbound.room),
        )
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """Report what is overdue by now. What is to be sent again comes with :meth:`frames_to_send`."""
        if not self._connected or self._progress.over:
            return
        self._side.handle_timeout(now)
        if self._inbound.gap_is_due(now):
            self._emit(events.GapOpened(self._inbound.expected, self._inbound.held))
        if self._outbound.stall_is_due(now):
            self._emit(events.Stalled(self._outbound.frames))

    def report_drained(self) -> None:
        """Have :class:`Drained` reported, once, when all that was given to the channel so far and until then is
        acknowledged: at once when it is already. It never comes once the session is over."""
        self._drained_wanted = True
        self._watch_drained()

    # The client's words

    def send_input(self, data: bytes, now: float) -> None:
        """Send input of any length. It is kept until the agent may be spoken to."""
        side = self._as_client("send_input")
        if not self._progress.over:
            side.send_input(data)
            self._watch_writable()

    def send_size(self, size: TerminalSize, now: float) -> None:
        """Send the terminal's size: at once when it is the first and the agent is ready, later at most ten a second."""
        side = self._as_client("send_size")
        if not self._progress.over:
            side.send_size(size)
            self._watch_drained()

    def send_flag(self, flag: Flag, now: float) -> None:
        """Send a flag behind the input so far. TERMINATE is sent once, however often it is asked for."""
        side = self._as_client("send_flag")
        if not self._progress.over:
            side.send_flag(flag)
            self._watch_writable()

    def supply_data_key(self, plaintext: bytes, ciphertext_blob: bytes, now: float) -> None:
        """Answer :class:`DataKeyWanted`: 64 bytes, and the same as only KMS can read it. Late or again: ignored."""
        self._as_client("supply_data_key").supply_data_key(plaintext, ciphertext_blob)

    def refuse_data_key(self, error_text: str, now: float) -> None:
        """Answer :class:`DataKeyWanted` with why there is none; the agent ends the session. Late or again: ignored."""
        self._as_client("refuse_data_key").refuse_data_key(error_text)

    # The agent's words

    def request_handshake(self, agent_version: str, actions: Sequence[RequestedAction], now: float) -> None:
        """Ask the client for a handshake; only possible before anything else is sent."""
        side = self._as_agent("request_handshake")
        if not self._progress.over:
            side.request_handshake(HandshakeRequest(agent_version, tuple(actions)))

    def complete_handshake(self, customer_message: str, elapsed_ns: int, now: float) -> None:
        """End the handshake, once the client has answered."""
        side = self._as_agent("complete_handshake")
        if not self._progress.over:
            side.complete_handshake(HandshakeComplete(customer_message, elapsed_ns))

    def use_data_key(self, key: bytes) -> None:
        """Encrypt from here on, with the 64 bytes that KMS makes of the client's KMSCipherTextKey."""
        side = self._as_agent("use_data_key")
        if not self._progress.over:
            side.use_data_key(key)

    def send_challenge(self, plain: bytes, now: float = 0.0) -> None:
        """Have the client show that it has the key; answered by :class:`ChallengeAnswered`."""
        side = self._as_agent("send_challenge")
        if not self._progress.over:
            side.send_challenge(plain)

    def send_output(self, data: bytes, now: float, stream: PayloadType = PayloadType.OUTPUT) -> None:
        """Send output of any length. Sent before any handshake was asked for, it skips the handshake."""
        side = self._as_agent("send_output")
        if not self._progress.over:
            side.send_stream(stream, data)
            self._watch_writable()

    def send_exit_code(self, code: int, now: float) -> None:
        """Send the command's exit code."""
        self.send_output(payloads.encode_exit_code(code), now, PayloadType.EXIT_CODE)

    # How frames are taken in

    def _receive_stream(self, message: AgentMessage, now: float) -> None:
        if self._outbound.paused:
            self._unpause(now)
        arrival = self._inbound.judge(message, now)
        if arrival is Arrival.NEXT:
            self._deliver(message, now)
        elif arrival is Arrival.REFUSED:
            self._journal.drop(f"sequence number {message.sequence} while {self._inbound.expected} is expected")
        else:
            self._acknowledge(message)
            if arrival is Arrival.DUPLICATE:
                self._journal.counters.duplicates += 1
            else:
                self._journal.counters.buffered += 1

    def _deliver(self, message: AgentMessage, now: float) -> None:
        """Acknowledge and handle. A client does so in this order, an agent in the other, as the real ones do."""
        followers = self._inbound.release(now)
        self._last_heard = message
        if self.role is Role.CLIENT:
            self._acknowledge(message)
        self._side.handle(message, now)
        if self.role is Role.AGENT and not self._progress.over:
            self._acknowledge(message)
        for follower in followers:
            if self._progress.over:
                break
            self._side.handle(follower, now)
        if self._progress.over:
            self._stop()
        elif self._inbound.gap_is_filled():
            self._emit(events.GapFilled())
        # A port has no size: one that waited has just gone without an acknowledgement.
        if self._drained_wanted:
            self._watch_drained()

    def _acknowledge(self, message: AgentMessage) -> None:
        self._acknowledgements.append(encode_acknowledgement(self._stamp(), message))

    def _receive_acknowledgement(self, payload: bytes, now: float) -> None:
        try:
            number = payloads.acknowledged_number(payload)
        except RemoteProtocolError as error:
            self._journal.drop(error.detail)
            return
        stalled = self._outbound.stalled
        self._outbound.acknowledge(number, now)
        if stalled and not self._outbound.stalled:
            self._emit(events.Recovered())
        if self._outbound.paused:
            self._unpause(now)
        self._watch_writable()
        self._watch_drained()

    def _receive_publication(self, kind: str, now: float) -> None:
        """Obeyed by an agent. A client ignores both, as the official one does (section 4.5)."""
        if self.role is Role.CLIENT:
            return
        if kind == MessageType.PAUSE_PUBLICATION:
            self._outbound.paused = True
            self._watch_writable()
        else:
            self._unpause(now)

    def _unpause(self, now: float) -> None:
        self._outbound.unpause(now)
        self._watch_writable()

    def _close(self, payload: bytes) -> None:
        if self._inbound.held:
            self._journal.drop(f"frames behind {self._inbound.expected}, which never came: {self._inbound.held}")
        self._progress.take(ChannelStep.CLOSE)
        self._acknowledgements.clear()
        self._stop()
        self._emit(events.ChannelClosed(payloads.end_reason(payload)))

    def _stop(self) -> None:
        """Nothing more is said but acknowledgements that are owed."""
        self._side.clear()
        self._outbound.clear()

    # Small steps

    def _emit(self, event: Event) -> None:
        self._journal.events.append(event)

    def _watch_writable(self) -> None:
        writable = self.writable
        if writable and not self._was_writable:
            self._emit(events.Writable())
        self._was_writable = writable

    def _watch_drained(self) -> None:
        if self._drained_wanted and not self._progress.over and self.unacknowledged[0] == 0:
            self._drained_wanted = False
            self._emit(events.Drained())

    def _as_client(self, what: str) -> ClientSide:
        if self._client is None:
            raise LocalProtocolError(f"{what} is the client's to do")
        return self._client

    def _as_agent(self, what: str) -> AgentSide:
        if self._agent is None:
            raise LocalProtocolError(f"{what} is the agent's to do")
        return self._agent
