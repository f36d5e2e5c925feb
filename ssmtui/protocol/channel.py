"""The data channel itself, for both ends: bytes and ``now`` in; events, bytes and one deadline out.

It joins the halves: ``inbound`` orders what comes, ``client`` or ``agent`` knows what it means and what may be said,
``outbound`` numbers, keeps and resends. The caller owns the socket, the clock and the timer:

    connected(now) -> receive(frame, now) ... -> events() -> frames_to_send(now) -> arm the timer for next_deadline()

After every call of a method that takes ``now`` there may be frames to send; a timer that fires calls
``handle_timeout(now)``. Time is any clock that does not go back, in seconds.

"The real agent" is aws/amazon-ssm-agent (``agent/session/datachannel/datachannel.go``), "the official client" is
aws/session-manager-plugin (``src/datachannel/streaming.go``), both at the commits that docs/protocol.md names.
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
from ssmtui.protocol.takeover import InputBounds, InputSearch, OtherClientCheck, TakenInbound

OTHERS_NUMBERS = 2
"""Different numbers that nobody here has given, and that are acknowledged, until another client counts as there: one
alone may be a broken frame."""


class DataChannel:
    """One session's data channel, through any number of sockets.

    Nothing that a peer sends raises here: it comes back as an event. :class:`LocalProtocolError` means that the caller
    asked for what its role or the channel's state does not allow; a caller that does not break the rules never sees it.
    Once :attr:`state` is CLOSED or FAILED, every call is harmless and does nothing.
    """

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
        takes_over: InputBounds | None = None,
    ) -> None:
        """``stamp`` gives each frame its id and date; ``limits`` holds this end's sizes and times, by default its
        role's.

        ``client_version`` is announced to the agent, and must be the one in OpenDataChannel (section 2.4). ``actions``
        answers what an agent asks for in its handshake. Without ``nonce``, or with ``encryption`` off, a client answers
        KMSEncryption as ``actions`` says. ``takes_over`` has a client go on with a session that another one began:
        say the size before :meth:`connected`, and wait for :class:`TakenOver`.
        """
        if limits is None:
            limits = CLIENT_LIMITS if role is Role.CLIENT else AGENT_LIMITS
        self.role = role
        self._stamp = stamp
        self._limits = limits
        self._journal = Journal()
        self._progress = ChannelProgress(role)
        self._taken = TakenInbound(limits, takes_over.output) if takes_over is not None else None
        self._inbound: Inbound = self._taken or Inbound(limits)
        self._search = InputSearch(takes_over, stamp, limits) if takes_over is not None else None
        self._outbound = Outbound(role, stamp, limits, self._journal.counters)
        self._seal = Seal(role, nonce if encryption else None)
        self._client: ClientSide | None = None
        self._agent: AgentSide | None = None
        self._side: ClientSide | AgentSide
        if role is Role.CLIENT:
            waits = takes_over is not None
            self._side = self._client = ClientSide(
                self._progress, self._journal, limits, actions, client_version, self._seal, waits=waits
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
        self._unsent_acknowledged: set[int] = set()
        self._doubted = False
        self._check: OtherClientCheck | None = None

    # Facts

    @property
    def state(self) -> ChannelState:
        """Where the channel stands, whether or not there is a socket."""
        return self._progress.state

    @property
    def writable(self) -> bool:
        """Whether more may be given to the channel without piling up. False as well once the session is over, and for
        an agent while it is paused. After False, wait for :class:`Writable`."""
        # A bound for the caller, not for the channel: what is given is kept anyway. But it cannot be taken back, so
        # that Ctrl-C, and every other stream of a port session, waits behind all of it (section 4.4).
        waiting = self._outbound.frames + self._side.unsent_frames
        return waiting <= self._limits.writable and not self._outbound.paused and not self._progress.over

    @property
    def input_room(self) -> int:
        """How many more frames of a client's input get a number at once instead of waiting here for one: 0 without a
        socket and until the agent may be spoken to (section 4.4)."""
        if not self._connected or self._progress.state is not ChannelState.OPEN or self._doubted:
            return 0
        return max(0, self._outbound.free - self._side.unsent_frames)

    @property
    def unacknowledged(self) -> tuple[int, int]:
        """Frames and payload bytes that the peer has not acknowledged, including those that wait to be sent."""
        frames = self._outbound.frames + self._side.unsent_frames
        if self._search is not None:
            frames += self._search.frames
        return frames, self._outbound.bytes + self._side.unsent_bytes

    @property
    def expected(self) -> int:
        """The sequence number of the peer's stream frame that is handled next."""
        return self._inbound.expected

    @property
    def bounds(self) -> InputBounds:
        """What another client would have to know to take the session over now."""
        if self._search is not None:
            return replace(self._search.bounds, output=self._inbound.expected)
        return InputBounds(self._outbound.oldest, self._outbound.next_number, self._inbound.expected)

    @property
    def unreserved(self) -> int | None:
        """How many more numbers may be given before :meth:`reserve` has to allow more; None without a limit."""
        reserved = self._outbound.reserved
        return None if reserved is None else reserved - self._outbound.next_number

    def reserve(self, until: int | None) -> None:
        """Give stream frames only numbers below ``until``; None: any. What has none then waits. A client that has this
        written down first can be replaced by another, whatever becomes of it (section 12.4)."""
        self._outbound.reserved = until

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
        """A socket is open and OpenDataChannel has been sent on it: send what :meth:`frames_to_send` gives.

        After a loss the unacknowledged frames go out again, paced (section 2.6).
        """
        if self._progress.over:
            return
        self._connected = True
        self._inbound.connected(now)
        self._outbound.connected(now)
        if self._search is not None:
            self._search.connected(now)
        self._side.connected(now)
        if self._last_heard is not None:
            # The gateway may have paused the agent while the socket was gone. Any acknowledgement ends a pause (section
            # 4.5; the real agent's handleAcknowledgeMessage), and one that comes twice changes nothing, since its frame
            # has left the agent's buffer. Without it an agent that is still paused stays silent until the next key.
            self._acknowledge(self._last_heard)
        self._watch_writable()

    def disconnected(self, now: float) -> None:
        """The socket is gone. Everything is kept and all clocks stop; call :meth:`connected` for the next socket.

        Nothing is negotiated again on that one: the agent's own socket did not break (section 2.6).
        """
        self._connected = False
        self._outbound.disconnected(now)
        if self._search is not None:
            self._search.disconnected()
        self._check = None

    # In

    def receive(self, frame: bytes, now: float) -> None:
        """Take in one frame. Never raises: what cannot be used is reported as :class:`Dropped`.

        Then look at :meth:`events`, and send what :meth:`frames_to_send` gives: each stream frame is owed an
        acknowledgement.
        """
        if self._progress.over:
            return
        try:
            message = AgentMessage.decode(frame)
        except RemoteProtocolError as error:
            # Dropped without an acknowledgement: if it was a stream frame, the agent sends it again (section 3.1).
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
            # Survived, not fatal: agents have introduced types and taken them back (section 3.2).
            self._journal.drop(f"message type {str(kind)!a} means nothing here")

    def events(self) -> list[Event]:
        """What has happened since the last call."""
        happened, self._journal.events = self._journal.events, []
        return happened

    # Out

    def frames_to_send(self, now: float) -> list[bytes]:
        """The frames that go to the socket now, in order. Each is handed out as sent: a caller that fails to send
        reports :meth:`disconnected`. Then arm the timer for :meth:`next_deadline`."""
        if not self._connected:
            return []
        frames: list[bytes] = []
        if self._doubted:
            self._look_for_another(now, frames)
        # Acknowledgements first, and also when the session has failed. At its end the real agent waits 2 s for those
        # that are missing (PrepareToCloseChannel), so each held back makes every exit that much slower (section 11 row
        # 7). But where another client may have gone on, what is acknowledged here would be missing there.
        if not self._doubted:
            frames += self._acknowledgements
            self._acknowledgements.clear()
        if self._search is not None:
            self._seek(self._search, now, frames)
        if not self._progress.over:
            # A number is given only when there is room in the window, never earlier: what has a number cannot be taken
            # back or overtaken, because the agent handles numbers strictly in turn (section 4.4). Encrypted before it
            # is numbered and stored, so that a resend repeats the very bytes (section 5.5).
            while self._room and (unsent := self._side.next_unsent(now)) is not None:
                self._outbound.put(self._seal.close(unsent))
            self._outbound.take(now, frames)
        self._journal.counters.sent += len(frames)
        return frames

    def next_deadline(self) -> float | None:
        """When to call :meth:`handle_timeout`; None while nothing waits for a time. Ask again after each other call."""
        if not self._connected or self._progress.over:
            return None
        deadlines = (
            self._inbound.next_deadline(),
            self._outbound.next_deadline(),
            self._side.next_deadline(self._room),
            self._search.next_deadline() if self._search is not None else None,
            self._check.next_deadline() if self._check is not None else None,
        )
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """Report what is overdue by now; too early does no harm. Frames to resend come with :meth:`frames_to_send`."""
        if not self._connected or self._progress.over:
            return
        self._side.handle_timeout(now)
        if self._inbound.gap_is_due(now):
            self._emit(events.GapOpened(self._inbound.expected, self._inbound.held))
        if self._outbound.stall_is_due(now):
            self._emit(events.Stalled(self._outbound.frames))
        if self._search is not None and self._search.stall_is_due(now):
            self._emit(events.Stalled(self._search.frames))
        if self._taken is not None and (found := self._taken.found(now)) is not None:
            if self._taken.missing:
                self._emit(events.OutputMissing(self._taken.missing))
                self._taken.missing = 0
            self._deliver(found, now)

    def doubt(self) -> None:
        """Find out whether another client has gone on with the session, as soon as all that was sent is acknowledged;
        :class:`OtherClient` says so. What is typed meanwhile waits. Only for a session with a terminal: the agent takes
        sizes of no other."""
        self._as_client("doubt")
        # Nobody can go on with one that is encrypted, nor with one to which nothing was sent yet.
        self._doubted = not (self._progress.over or self._seal.expected or self._outbound.next_number == 0)

    def report_drained(self) -> None:
        """Have :class:`Drained` reported, once, when all that was given to the channel so far and until then is
        acknowledged: at once when it already is. It never comes once the session is over."""
        self._drained_wanted = True
        self._watch_drained()

    # What a client says. On an agent's channel each of these raises LocalProtocolError.

    def send_input(self, data: bytes, now: float) -> None:
        """Queue input of any length, in frames of at most ``limits.payload`` bytes.

        It is kept until the agent may be spoken to: the real agent acknowledges what comes before the end of its
        handshake and throws it away (section 4.3). Stop when :attr:`writable` says False.
        """
        side = self._as_client("send_input")
        if not self._progress.over:
            side.send_input(data)
            self._watch_writable()

    def send_size(self, size: TerminalSize, now: float) -> None:
        """Queue the terminal's size, in characters. The last one wins: at most one goes out in ``limits.size_interval``
        seconds, and none to a port."""
        side = self._as_client("send_size")
        if self._search is not None:
            self._search.size = size
        elif not self._progress.over:
            side.send_size(size)
            self._watch_drained()

    def send_flag(self, flag: Flag, now: float) -> None:
        """Queue a flag behind the input so far. TERMINATE is sent once, however often it is asked for (section 3.4)."""
        side = self._as_client("send_flag")
        if not self._progress.over:
            side.send_flag(flag)
            self._watch_writable()

    def supply_data_key(self, plaintext: bytes, ciphertext_blob: bytes, now: float) -> None:
        """Answer :class:`DataKeyWanted` with what KMS GenerateDataKey gave: 64 bytes, and the same 64 as only KMS can
        read them. Late, or a second time, it is ignored."""
        self._as_client("supply_data_key").supply_data_key(plaintext, ciphertext_blob)

    def refuse_data_key(self, error_text: str, now: float) -> None:
        """Answer :class:`DataKeyWanted` with why there is none, in words for the person: the agent shows them and ends
        the session. Late, or a second time, it is ignored."""
        self._as_client("refuse_data_key").refuse_data_key(error_text)

    # What an agent says. On a client's channel each of these raises LocalProtocolError.

    def request_handshake(self, agent_version: str, actions: Sequence[RequestedAction], now: float) -> None:
        """Ask the client for a handshake. Raises :class:`LocalProtocolError` once anything else has been sent."""
        side = self._as_agent("request_handshake")
        if not self._progress.over:
            side.request_handshake(HandshakeRequest(agent_version, tuple(actions)))

    def complete_handshake(self, customer_message: str, elapsed_ns: int, now: float) -> None:
        """End the handshake. Raises :class:`LocalProtocolError` before the client has answered."""
        side = self._as_agent("complete_handshake")
        if not self._progress.over:
            side.complete_handshake(HandshakeComplete(customer_message, elapsed_ns))

    def use_data_key(self, key: bytes) -> None:
        """Encrypt from here on, with the 64 bytes that KMS decrypts the client's KMSCipherTextKey to."""
        side = self._as_agent("use_data_key")
        if not self._progress.over:
            side.use_data_key(key)

    def send_challenge(self, plain: bytes, now: float = 0.0) -> None:
        """Have the client prove that it has the key; answered by :class:`ChallengeAnswered`."""
        side = self._as_agent("send_challenge")
        if not self._progress.over:
            side.send_challenge(plain)

    def send_output(self, data: bytes, now: float, stream: PayloadType = PayloadType.OUTPUT) -> None:
        """Queue output of any length. Sent before any handshake was asked for, it skips the handshake (section 5.1)."""
        side = self._as_agent("send_output")
        if not self._progress.over:
            side.send_stream(stream, data)
            self._watch_writable()

    def send_exit_code(self, code: int, now: float) -> None:
        """Queue the command's exit code (section 6.3)."""
        self.send_output(payloads.encode_exit_code(code), now, PayloadType.EXIT_CODE)

    # How frames are taken in

    def _receive_stream(self, message: AgentMessage, now: float) -> None:
        if self._outbound.paused:
            # For an agent only: whatever its client sends shows that the client is there (section 4.5; the first line
            # of the real agent's handleStreamDataMessage).
            self._unpause(now)
        arrival = self._inbound.judge(message, now)
        if arrival is Arrival.NEXT:
            self._deliver(message, now)
        elif arrival is Arrival.HELD:
            self._journal.counters.buffered += 1
        elif arrival is Arrival.HELD_AGAIN:
            self._journal.counters.duplicates += 1
        elif arrival is Arrival.REFUSED:
            # Not acknowledged: a frame that we cannot hold has to come again, when there is room for it.
            self._journal.drop(f"sequence number {message.sequence} while {self._inbound.expected} is expected")
        else:
            # A duplicate is acknowledged again, which the official client does not do. Its first acknowledgement was
            # lost, or came before the agent had listed the frame: SendStreamDataMessage there sends first and stores
            # afterwards (section 11 row 1). Without an answer the agent would resend this frame every 100 ms for the
            # rest of the session, and repair nothing behind it, since it only ever resends its oldest.
            self._acknowledge(message)
            if arrival is Arrival.DUPLICATE:
                self._journal.counters.duplicates += 1
            else:
                self._journal.counters.buffered += 1

    def _deliver(self, message: AgentMessage, now: float) -> None:
        """Acknowledge and handle the frame whose turn it is, then those that were held behind it."""
        # The official client acknowledges handshake frames before it handles them, the real agent the other way round
        # (section 4.3). A client does so here for every frame: what is in our own queue is safe, and a screen that is
        # slow must not delay what the agent waits for (section 4.6).
        followers = self._inbound.release(now)
        self._last_heard = message
        if self.role is Role.CLIENT:
            self._acknowledge(message)
        self._side.handle(message, now)
        if self.role is Role.AGENT and not self._progress.over:
            self._acknowledge(message)
        # Those have been acknowledged when they came, but in a session that was taken over.
        for follower in followers:
            if self._progress.over:
                break
            if self._taken is not None:
                self._acknowledge(follower)
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
        if self._search is not None:
            stalled = self._search.stalled
            self._search.acknowledge(number, now)
            if stalled and not self._search.stalled:
                self._emit(events.Recovered())
            return
        if self._check is not None:
            if self._check.acknowledge(number):
                self._emit(events.OtherClient())
        elif number >= self._outbound.next_number and self._client is not None:
            self._suspect(number)
        stalled = self._outbound.stalled
        self._outbound.acknowledge(number, now)
        if stalled and not self._outbound.stalled:
            self._emit(events.Recovered())
        if self._outbound.paused:
            self._unpause(now)
        self._watch_writable()
        self._watch_drained()

    def _suspect(self, number: int) -> None:
        """The agent acknowledges a number that was never given. What the client before this one sent is below: its
        numbers were passed over. So another client has gone on from where this one is, if it happens twice."""
        if len(self._unsent_acknowledged) < OTHERS_NUMBERS:
            self._unsent_acknowledged.add(number)
            if len(self._unsent_acknowledged) == OTHERS_NUMBERS:
                self._emit(events.OtherClient())

    def _receive_publication(self, kind: str, now: float) -> None:
        """Obeyed by an agent. A client ignores both, as the official one does (section 4.5): it is not known what would
        end its pause, and a person's keys would wait for that."""
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
        # What is held cannot be put into order any more. It is not shown: behind a gap, an escape sequence that was cut
        # in two means something that the program never printed.
        if self._inbound.held:
            self._journal.drop(f"frames behind {self._inbound.expected}, which never came: {self._inbound.held}")
        self._progress.take(ChannelStep.CLOSE)
        # channel_closed is not acknowledged, and nobody reads what is sent after it (section 3.5).
        self._acknowledgements.clear()
        self._stop()
        self._emit(events.ChannelClosed(payloads.end_reason(payload)))

    def _seek(self, search: InputSearch, now: float, frames: list[bytes]) -> None:
        """Go on with the search for the number of input that the agent expects; what is typed comes after it."""
        assert self._client is not None
        if not self._client.waits:
            # The agent asks for a handshake, so that no client was there before.
            self._outbound.next_number, self._search = search.number, None
            return
        search.take(now, frames)
        if search.done:
            self._outbound.next_number, self._search = search.number, None
            self._client.taken_over(search.size, seen=search.seen)

    @property
    def _room(self) -> bool:
        """Whether one more frame may be numbered now."""
        return self._outbound.room and not self._doubted

    def _look_for_another(self, now: float, frames: list[bytes]) -> None:
        """Ask the agent whether another client has spoken to it, and let what waits go on where none has."""
        if self._check is None:
            if self._outbound.frames or self._search is not None or self._progress.state is not ChannelState.OPEN:
                return
            self._check = OtherClientCheck(self._outbound.next_number, self._stamp)
        self._check.take(now, frames)
        if self._check.is_there is False:
            self._check, self._doubted = None, False

    def _stop(self) -> None:
        """Nothing more is said but acknowledgements that are owed."""
        self._search = self._check = None
        self._doubted = False
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
