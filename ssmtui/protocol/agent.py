"""The agent's side of a channel, as the real agent behaves: for the lab and for tests.

What a shell does with its input is the lab's; here is when input is taken and when it is thrown away. Its faults are
copied with care, because a client that is tested against a kinder agent meets them in the field: see
aws/amazon-ssm-agent, ``agent/session/datachannel/datachannel.go``, and section 4.3.
"""

from __future__ import annotations

from collections import deque

from ssmtui.errors import LocalProtocolError, RemoteProtocolError
from ssmtui.protocol import events, payloads
from ssmtui.protocol.encryption import Challenge, Seal
from ssmtui.protocol.events import Event, Journal
from ssmtui.protocol.handshake import ChannelProgress, ChannelState, ChannelStep
from ssmtui.protocol.limits import Limits
from ssmtui.protocol.message import AgentMessage
from ssmtui.protocol.outbound import Unsent
from ssmtui.protocol.payloads import HandshakeComplete, HandshakeRequest, HandshakeResponse, PayloadType


class AgentSide:
    """What an agent hears and says. What the client does wrong never raises; what its caller asks for at the wrong time
    raises :class:`LocalProtocolError`."""

    def __init__(self, progress: ChannelProgress, journal: Journal, limits: Limits, seal: Seal) -> None:
        self._progress = progress
        self._journal = journal
        self._limits = limits
        self._seal = seal
        self._challenge = Challenge(seal)
        self._unsent: deque[Unsent] = deque()
        self.unsent_bytes = 0

    @property
    def unsent_frames(self) -> int:
        """How many frames wait for a number."""
        return len(self._unsent)

    # What is said

    def request_handshake(self, request: HandshakeRequest) -> None:
        """Ask for a handshake, which is only possible before anything else is sent."""
        self._take(ChannelStep.REQUEST)
        self._queue(PayloadType.HANDSHAKE_REQUEST, request.to_json())

    def complete_handshake(self, complete: HandshakeComplete) -> None:
        """End the handshake, once the client's response has come: from here on its input is taken."""
        self._take(ChannelStep.COMPLETE)
        self._queue(PayloadType.HANDSHAKE_COMPLETE, complete.to_json())

    def use_data_key(self, key: bytes) -> None:
        """Encrypt from here on, with the key that the client's response brought (section 5.5)."""
        self._demand_answered("use_data_key")
        self._seal.use(key)

    def send_challenge(self, plain: bytes) -> None:
        """Have the client prove that it has the key; :class:`~ssmtui.protocol.events.ChallengeAnswered` says
        whether."""
        self._demand_answered("send_challenge")
        unsent = self._challenge.ask(plain)
        self._queue(unsent.payload_type, unsent.payload)

    def send_stream(self, payload_type: PayloadType, data: bytes) -> None:
        """Queue stream data; before anything else is sent, it skips the handshake."""
        if not data:
            return
        self._progress.take(ChannelStep.STREAM)
        for start in range(0, len(data), self._limits.payload):
            self._queue(payload_type, data[start : start + self._limits.payload])

    def next_unsent(self, now: float) -> Unsent | None:
        """Take what gets the next number."""
        if not self._unsent:
            return None
        unsent = self._unsent.popleft()
        self.unsent_bytes -= len(unsent.payload)
        return unsent

    def clear(self) -> None:
        """Forget what waits to be sent: the session is over."""
        self._unsent.clear()
        self.unsent_bytes = 0

    # Time: the agent's own patience (15 s for a response) is the lab's to keep

    def connected(self, now: float) -> None:
        """Nothing is started by a socket."""

    def next_deadline(self, room: bool) -> float | None:
        """Nothing waits for a time."""
        return None

    def handle_timeout(self, now: float) -> None:
        """Nothing waits for a time."""

    # What is heard

    def handle(self, message: AgentMessage, now: float) -> None:
        """Take in the client's next stream frame; what it does wrong is dropped, or ends the session."""
        try:
            self._handle(message.payload_type, message.payload)
        except RemoteProtocolError as error:
            self._journal.drop(error.detail)

    def _handle(self, kind: int, payload: bytes) -> None:
        if kind == PayloadType.HANDSHAKE_RESPONSE:
            self._handle_response(payload)
        elif kind == PayloadType.ENC_CHALLENGE_RESPONSE:
            self._handle_challenge(payload)
        elif self._progress.state is not ChannelState.OPEN:
            # Acknowledged all the same, as in processStreamDataMessage: a client that speaks too early loses what it
            # said.
            self._journal.drop("input before the handshake was over")
        elif kind == PayloadType.OUTPUT:
            self._handle_input(payload)
        elif kind == PayloadType.SIZE:
            self._emit(events.SizeReceived(payloads.decode_size(payload)))
        elif kind == PayloadType.FLAG:
            self._emit(events.FlagReceived(payloads.decode_flag(payload)))
        else:
            self._journal.drop(f"payload type {kind} means nothing to an agent")

    def _handle_response(self, payload: bytes) -> None:
        """A response that nobody waits for stops the real agent's reader for good (section 5.3), and so it does
        here."""
        if self._progress.state is not ChannelState.REQUESTED:
            self._fail("a HandshakeResponse that nobody waits for")
            return
        response = HandshakeResponse.from_json(payload)
        self._progress.take(ChannelStep.RESPONSE)
        self._emit(events.HandshakeAnswered(response))

    def _handle_challenge(self, payload: bytes) -> None:
        # The same trap: encryptionConfirmedChan is unbuffered and read once.
        ok = self._challenge.check(payload)
        if ok is None:
            self._fail("an EncChallengeResponse that nobody waits for")
        else:
            self._emit(events.ChallengeAnswered(ok))

    def _handle_input(self, payload: bytes) -> None:
        """Input that cannot be decrypted is the end: the real agent refuses it whenever it is resent, so that nothing
        behind it is ever handled, or panics where it is too short to hold a nonce (section 5.5)."""
        try:
            plain = self._seal.open(PayloadType.OUTPUT, payload)
        except RemoteProtocolError as error:
            self._fail(error.detail)
        else:
            self._emit(events.InputReceived(plain))

    # Small steps

    def _fail(self, reason: str) -> None:
        self._progress.take(ChannelStep.BREAK)
        self._emit(events.Fatal(reason))

    def _demand_answered(self, what: str) -> None:
        if self._progress.state is not ChannelState.ANSWERED:
            raise LocalProtocolError(f"{what} while the channel is {self._progress.state.value}")

    def _take(self, step: ChannelStep) -> None:
        if not self._progress.take(step):
            raise LocalProtocolError(f"{step.value} while the channel is {self._progress.state.value}")

    def _queue(self, payload_type: PayloadType, payload: bytes) -> None:
        self._unsent.append(Unsent(payload_type, payload))
        self.unsent_bytes += len(payload)

    def _emit(self, event: Event) -> None:
        self._journal.events.append(event)
