"""The client's side of a channel: what the agent's frames mean, and what may be said to the agent when.

Numbers, acknowledgements and resends are elsewhere; here is the order of things: handshake, size, input. Most of it
follows from what the real agent does with a frame that comes at the wrong time
(aws/amazon-ssm-agent, ``agent/session/datachannel/datachannel.go``): it acknowledges it, throws it away and says
nothing, or its reader stops for good.
"""

from __future__ import annotations

from collections import deque

from ssmtui.errors import RemoteProtocolError
from ssmtui.model import TerminalSize
from ssmtui.protocol import events, payloads
from ssmtui.protocol.encryption import KMS, KeyExchange, Seal
from ssmtui.protocol.events import Event, Journal
from ssmtui.protocol.handshake import (
    PORT,
    ActionRegistry,
    ChannelProgress,
    ChannelState,
    ChannelStep,
    answer,
    session_type_of,
)
from ssmtui.protocol.limits import Limits
from ssmtui.protocol.message import AgentMessage
from ssmtui.protocol.outbound import Unsent
from ssmtui.protocol.payloads import (
    ActionStatus,
    Flag,
    HandshakeComplete,
    HandshakeRequest,
    JsonObject,
    PayloadType,
)
from ssmtui.protocol.takeover import another

_HANDSHAKE_TYPES = frozenset(range(PayloadType.HANDSHAKE_REQUEST, PayloadType.ENC_CHALLENGE_RESPONSE + 1))
_OUTPUT = int(PayloadType.OUTPUT)
SIGNAL_KEYS = (b"\x03", b"\x1c", b"\x1a")
"""Ctrl-C, Ctrl-backslash and Ctrl-Z, which the terminal at the node turns into signals."""


class ClientSide:
    """What a client hears and says. Nothing here raises: what the agent does wrong is dropped or ends the session."""

    def __init__(
        self,
        progress: ChannelProgress,
        journal: Journal,
        limits: Limits,
        actions: ActionRegistry,
        client_version: str,
        seal: Seal,
        *,
        waits: bool = False,
    ) -> None:
        """With ``waits`` another client has begun the session, and nothing is said before :meth:`taken_over`."""
        self._progress = progress
        self._journal = journal
        self._limits = limits
        self._seal = seal
        self._exchange = KeyExchange(seal)
        self._actions = {**actions, KMS: self._exchange.process} if seal.possible else actions
        self._client_version = client_version
        self._answers: deque[Unsent] = deque()
        """What the handshake owes the agent: goes out before everything else, and before the channel is open."""
        self._request: HandshakeRequest | None = None
        self._session_type: str | None = None
        self._properties: JsonObject | None = None
        self._is_port = False
        self._announced = False
        self._agent_has_spoken = False
        """A frame that belongs to no handshake has come since the last HandshakeComplete."""
        self._settle_until = 0.0
        """Until when no input goes out; a size does."""
        self._late_at: float | None = None
        self._unsent: deque[Unsent] = deque()
        self._size: TerminalSize | None = None
        self._size_sent: TerminalSize | None = None
        self._size_from = 0.0
        self._terminated = False
        self._size_after: TerminalSize | None = None
        """What follows the next size. No input goes out before both."""
        self._is_redrawing = False
        """Whether the terminal has another size for a moment: a command that ran now would take it for its own."""
        self.waits = waits
        self.unsent_bytes = 0

    @property
    def unsent_frames(self) -> int:
        """How many frames wait for a number."""
        return len(self._unsent) + (self._size is not None) + len(self._answers)

    # What is said

    def send_input(self, data: bytes) -> None:
        """Queue input; a signal key overtakes the pieces of a paste that have no number yet (section 6.1)."""
        # Without that, a paste of a megabyte could not be stopped: the key waits behind a thousand frames. To a port
        # the same byte is data.
        if data in SIGNAL_KEYS and self._progress.state is ChannelState.OPEN and not self._is_port:
            self._overtake_paste(Unsent(PayloadType.OUTPUT, data))
            return
        step = self._limits.payload
        for start in range(0, len(data), step):
            self._unsent.append(Unsent(PayloadType.OUTPUT, data[start : start + step], paste=len(data) > step))
        self.unsent_bytes += len(data)

    def send_size(self, size: TerminalSize) -> None:
        """Remember the size to send: the last one wins, one that the agent has is not sent again, a port has none."""
        # One size, not a queue of them: somebody who drags a window's edge makes dozens a second, each a frame that
        # the keys behind it wait for, and only the last one is true by then.
        if self._size_after is not None:
            self._size_after = size
            return
        self._size = size if size != self._size_sent and not self._is_port else None

    def send_flag(self, flag: Flag) -> None:
        """Queue a flag behind the input. A second TERMINATE is not sent."""
        # The agent passes it over an unbuffered channel that is read once (HandleStreamMessage in
        # agent/session/plugins/port/port_basic.go and port_mux.go): a second one blocks its reader for good, and with
        # it every acknowledgement (section 6.4).
        if flag is Flag.TERMINATE:
            if self._terminated:
                return
            self._terminated = True
        payload = payloads.encode_flag(flag)
        self._unsent.append(Unsent(PayloadType.FLAG, payload))
        self.unsent_bytes += len(payload)

    def supply_data_key(self, plaintext: bytes, ciphertext_blob: bytes) -> None:
        """Answer the held HandshakeRequest with a data key; does nothing when none is held (section 5.5)."""
        if self._progress.state is ChannelState.REQUESTED:
            self._exchange.supply(plaintext, ciphertext_blob)
            self._respond()

    def refuse_data_key(self, error: str) -> None:
        """Answer the held HandshakeRequest with a failure; does nothing when none is held."""
        if self._progress.state is ChannelState.REQUESTED:
            self._exchange.refuse(error)
            self._respond()

    def next_unsent(self, now: float) -> Unsent | None:
        """Take what gets the next number, if anything may be said now.

        The caller numbers, encrypts and sends it: it is not given out a second time.
        """
        if self._answers:
            return self._answers.popleft()
        # Before the end of the handshake the agent acknowledges stream data and throws it away: "handshake still in
        # progress, ignore" in its processStreamDataMessage (section 4.3). What was typed early waits here instead.
        if self._progress.state is not ChannelState.OPEN:
            return None
        # The size before the first key: a Linux pty stays at 0 x 0 until one comes, and a program that starts then
        # draws itself for that (section 6.1). It does not wait for the agent to settle, because it is sent again if it
        # is lost.
        if self._size is not None and now >= self._size_from:
            return self._take_size(self._size, now)
        if not self._unsent or now < self._settle_until or self._is_redrawing:
            return None
        unsent = self._unsent.popleft()
        self.unsent_bytes -= len(unsent.payload)
        # A frame of a single line feed becomes Enter, as in the official client's SendInputDataMessage: winpty would
        # take it for a new line. The official client does so in port sessions as well, where it corrupts data (section
        # 6.1).
        if unsent.payload == b"\n" and not unsent.paste and not self._is_port:
            return Unsent(PayloadType.OUTPUT, b"\r")
        return unsent

    def clear(self) -> None:
        """Forget what waits to be sent: the session is over."""
        self._size = self._size_after = self._late_at = None
        self._answers.clear()
        self._unsent.clear()
        self.unsent_bytes = 0

    # Time

    def connected(self, now: float) -> None:
        """A socket is open: the agent has ``limits.handshake`` seconds to become ready."""
        # Each socket starts the time anew. While there was none, the agent could not have been heard.
        if self._progress.state is not ChannelState.OPEN:
            self._late_at = now + self._limits.handshake

    def next_deadline(self, room: bool) -> float | None:
        """When something may be sent, given ``room`` for it, or the agent counts as late; None for never."""
        # Without room only an acknowledgement changes anything, and that comes as a frame: a deadline that is due and
        # cannot be met would keep the caller's timer firing.
        due = [] if self._late_at is None else [self._late_at]
        if room and self._progress.state is ChannelState.OPEN:
            if self._size is not None:
                due.append(self._size_from)
            if self._unsent and not self._is_redrawing:
                due.append(self._settle_until)
        return min(due, default=None)

    def handle_timeout(self, now: float) -> None:
        """Report an agent that is late, once for each socket."""
        if self._late_at is not None and now >= self._late_at:
            self._late_at = None
            self._emit(events.HandshakeLate())

    # What is heard

    def taken_over(self, size: TerminalSize, *, seen: bool) -> None:
        """What is said from here on has a number that the agent handles. The terminal's ``size`` is changed once, there
        and back, so that the program draws itself anew (section 12.5)."""
        self.waits = False
        self._agent_has_spoken = True
        # Not at once: a program that is told of two changes together sees but the last size.
        self._size, self._size_after = another(size), size
        self._is_redrawing = True
        self._progress.take(ChannelStep.STREAM)
        self._announce(HandshakeComplete(), skipped=True)
        self._emit(events.TakenOver(seen))

    def handle(self, message: AgentMessage, now: float) -> None:
        """Take in the agent's next stream frame: what it means, and what it is owed."""
        try:
            if message.payload_type in _HANDSHAKE_TYPES:
                self._handle_handshake(message, now)
            else:
                self._handle_stream(message)
        except RemoteProtocolError as error:
            self._journal.drop(error.detail)

    def _handle_stream(self, message: AgentMessage) -> None:
        kind, payload = message.payload_type, message.payload
        # From the request on, not from the key on: an attacker between the two who sends clear output before the key is
        # there would otherwise be shown.
        if self._seal.expected:
            try:
                payload = self._seal.open(kind, payload)
            except RemoteProtocolError as error:
                # Neither shown nor passed over: somebody else may be speaking (edge case 62).
                self._fail(RemoteProtocolError(f"output of an encrypted session: {error.detail}"))
                return
        if not (self._agent_has_spoken or self.waits):
            self._hear_first()
        if kind == _OUTPUT:
            self._journal.events.append(events.Output(payload))
        elif kind == PayloadType.STDERR:
            self._emit(events.StdErr(payload))
        elif kind == PayloadType.EXIT_CODE:
            self._emit(events.ExitCode(payloads.decode_exit_code(payload)))
        elif kind == PayloadType.FLAG:
            self._emit(events.FlagReceived(payloads.decode_flag(payload)))
        else:
            self._journal.drop(f"payload type {kind} means nothing to a client")

    def _hear_first(self) -> None:
        """The first frame outside a handshake: the agent's plugin runs and takes input (sections 5.1 and 11)."""
        # Shells without KMS have no handshake at all: their first output is all that says the agent is there.
        if self._progress.take(ChannelStep.STREAM):
            self._announce(HandshakeComplete(), skipped=True)
        self._agent_has_spoken = True
        self._settle_until = 0.0
        if self._size_sent is not None:
            # The agent may have thrown the first size away in the moment after HandshakeComplete. Once more, even if it
            # is the same: a size that it has costs nothing, a shell at 0 x 0 is of no use (section 11 row 2).
            self._size = self._size or self._size_sent
            self._size_sent, self._size_from = None, 0.0

    def _handle_handshake(self, message: AgentMessage, now: float) -> None:
        kind = message.payload_type
        if kind == PayloadType.HANDSHAKE_REQUEST:
            self._handle_request(message.payload)
        elif kind == PayloadType.HANDSHAKE_COMPLETE:
            self._handle_complete(message.payload, now)
        elif kind == PayloadType.ENC_CHALLENGE_REQUEST:
            self._answers.append(self._exchange.answer_challenge(message.payload))
        else:
            self._journal.drop(f"payload type {kind} without an encrypted session")

    def _handle_request(self, payload: bytes) -> None:
        # A second response would stop the agent's reader for good, so there is never one: handleHandshakeResponse
        # writes to an unbuffered channel that PerformHandshake reads once (section 5.3).
        if self._request is not None:
            self._journal.drop("HandshakeRequest has been answered before")
            return
        try:
            self._request = HandshakeRequest.from_json(payload)
        except RemoteProtocolError as error:
            self._fail(error)
            return
        self._progress.take(ChannelStep.REQUEST)
        # No client has answered this agent before: what it handles begins with the answer.
        self.waits = False
        self._session_type, self._properties = session_type_of(self._request)
        self._is_port = self._session_type == PORT
        # KMS answers over the network, so the response waits for the caller. The agent's patience is 15 s (section
        # 5.1).
        wanted = self._exchange.want(self._request) if self._seal.possible else None
        if wanted is not None:
            self._emit(wanted)
        else:
            self._respond()

    def _respond(self) -> None:
        assert self._request is not None
        self._progress.take(ChannelStep.RESPONSE)
        response = answer(self._request, self._actions, self._client_version)
        self._answers.append(Unsent(PayloadType.HANDSHAKE_RESPONSE, response.to_json()))
        refused = tuple(act.error for act in response.actions if act.status is not ActionStatus.SUCCESS)
        self._emit(events.HandshakeSeen(self._request.agent_version, self._session_type, refused))

    def _handle_complete(self, payload: bytes, now: float) -> None:
        # Before our response nothing is agreed upon: taking it would open the channel while the agent still waits, and
        # in an encrypted session before there is a key.
        if self._progress.state is not ChannelState.ANSWERED:
            self._journal.drop("HandshakeComplete was not due")
            return
        try:
            complete = HandshakeComplete.from_json(payload)
        except RemoteProtocolError as error:
            self._fail(error)
            return
        self._progress.take(ChannelStep.COMPLETE)
        self._agent_has_spoken = False
        # PerformHandshake in the agent sends HandshakeComplete and only then sets handshake.complete. Input that is
        # faster than that is acknowledged and thrown away, so the first key waits: for the first output, or for this
        # long where a program says nothing (section 11 row 2).
        self._settle_until = now + self._limits.settle
        self._announce(complete, skipped=False)

    def _announce(self, complete: HandshakeComplete, *, skipped: bool) -> None:
        self._late_at = None
        # A size was remembered before anybody knew that this is a port. Its agent ignores one.
        if self._is_port:
            self._size = None
        if self._announced:
            return
        self._announced = True
        version = self._request.agent_version if self._request is not None else ""
        message = complete.customer_message
        encrypted = self._seal.cipher is not None
        self._emit(events.Ready(self._session_type, version, skipped, self._properties, message, encrypted))

    def _fail(self, error: RemoteProtocolError) -> None:
        self._progress.take(ChannelStep.BREAK)
        self._emit(events.Fatal(error.detail))

    # Small facts

    def _emit(self, event: Event) -> None:
        self._journal.events.append(event)

    def _take_size(self, size: TerminalSize, now: float) -> Unsent:
        self._size_sent = size
        self._is_redrawing = self._size_after is not None
        self._size, self._size_after = self._size_after, None
        self._size_from = now + self._limits.size_interval
        return Unsent(PayloadType.SIZE, payloads.encode_size(size))

    def _overtake_paste(self, key: Unsent) -> None:
        # In front of the paste that is last in the queue, never in front of keys that were typed before it.
        place = len(self._unsent)
        while place and self._unsent[place - 1].paste:
            place -= 1
        self._unsent.insert(place, key)
        self.unsent_bytes += len(key.payload)
