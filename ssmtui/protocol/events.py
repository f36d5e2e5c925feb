"""What a data channel reports: facts in the order in which they happened, frozen.

No event but :class:`DataKeyWanted` asks for an answer: what the protocol demands has been queued by the time an event
is read. Events hold the peer's bytes and text as they came: make them inert before showing them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ssmtui.model import TerminalSize
from ssmtui.protocol.message import hidden
from ssmtui.protocol.payloads import Flag, HandshakeResponse


@dataclass(frozen=True, slots=True)
class HandshakeSeen:
    """Client: the agent has asked for a handshake, and the answer is on its way. Comes once."""

    agent_version: str
    """Empty when the agent does not say."""
    session_type: str | None
    """None when the request names none: the document knows."""
    refused: tuple[str, ...]
    """Why each action that was not carried out was not; with any of them the agent ends the session."""


@dataclass(frozen=True, slots=True)
class DataKeyWanted:
    """Client: the session must be encrypted, and the handshake waits for a data key from KMS or a refusal.

    Call KMS GenerateDataKey, then ``DataChannel.supply_data_key`` or ``refuse_data_key``, within the agent's 15 s.
    """

    key_id: str
    challenge: str | None
    """For the encryption context, as ``aws:ssm:RandomChallenge``; None for no such entry."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Client: the agent may be spoken to. Comes once; what was sent before goes out by itself."""

    session_type: str | None
    """None when the handshake was skipped or names none: the document knows."""
    agent_version: str
    """Empty when the agent does not say."""
    skipped: bool
    """There was no handshake: the first stream frame was something else."""
    properties: Mapping[str, object] | None
    """The session type's properties as the agent sent them; None for most types but Port."""
    customer_message: str
    """What the agent wants the person to read; may end in line breaks."""
    encrypted: bool = False
    """Input and output are encrypted with a key of KMS."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Client: a session that another client began may be spoken to; :class:`Ready` comes with it."""

    seen: bool
    """Whether it is certain that the agent handles what is typed. Where not, the program has shown no sign of life."""


@dataclass(frozen=True, slots=True)
class OutputMissing:
    """Client: output of a session that was taken over, before what comes next, was received by the client before alone.
    It will not come again."""

    frames: int


@dataclass(frozen=True, slots=True)
class OtherClient:
    """Client: the agent acknowledges what this client has not sent, so another one sends into the same session."""


@dataclass(frozen=True, slots=True)
class HandshakeLate:
    """Client: the agent has not become ready within ``Limits.handshake`` seconds of connecting. It still may."""


@dataclass(frozen=True, slots=True, repr=False)
class Output:
    """Client: terminal bytes, or a forwarded port's."""

    data: bytes

    def __repr__(self) -> str:
        return hidden(self, data=len(self.data))


@dataclass(frozen=True, slots=True, repr=False)
class StdErr:
    """Client: bytes of the command's standard error. May follow its exit code (edge case 78)."""

    data: bytes

    def __repr__(self) -> str:
        return hidden(self, data=len(self.data))


@dataclass(frozen=True, slots=True)
class ExitCode:
    """Client: the command's exit code. The session's end comes later, as :class:`ChannelClosed`."""

    code: int


@dataclass(frozen=True, slots=True)
class FlagReceived:
    """The peer has sent a flag."""

    flag: Flag


@dataclass(frozen=True, slots=True)
class ChannelClosed:
    """The service has ended the session. The last event: close the socket, there is nothing to resume."""

    output: str
    """The reason as the service or the agent words it; empty after a normal end."""


@dataclass(frozen=True, slots=True)
class Fatal:
    """The session cannot go on: the peer has broken the protocol beyond repair. The last event, and the service does
    not know of it: end the session there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something the peer sent was not used. The session goes on; log it."""

    reason: str
    """Holds no payload bytes."""


@dataclass(frozen=True, slots=True)
class Stalled:
    """A frame has had no acknowledgement for ``Limits.stall`` seconds of connected time. Resending goes on: tell the
    person, who may wait or end the session."""

    frames: int
    """How many are unacknowledged."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The frame that had stalled is acknowledged."""


@dataclass(frozen=True, slots=True)
class GapOpened:
    """A frame of the peer's has been missing for ``Limits.gap`` seconds; later ones are held, and nothing is shown."""

    expected: int
    """The sequence number of the missing frame."""
    held: int
    """How many later frames are held."""


@dataclass(frozen=True, slots=True)
class GapFilled:
    """The missing frames have come, and all that was held behind them."""


@dataclass(frozen=True, slots=True)
class Writable:
    """``DataChannel.writable`` was False and is True again."""


@dataclass(frozen=True, slots=True)
class Drained:
    """Everything that was given to the channel is acknowledged. Comes once for each ``DataChannel.report_drained``."""


@dataclass(frozen=True, slots=True)
class HandshakeAnswered:
    """Agent: the client's HandshakeResponse."""

    response: HandshakeResponse


@dataclass(frozen=True, slots=True)
class ChallengeAnswered:
    """Agent: the client's EncChallengeResponse."""

    ok: bool
    """The client has sent back the right bytes."""


@dataclass(frozen=True, slots=True, repr=False)
class InputReceived:
    """Agent: bytes for the shell or the port."""

    data: bytes

    def __repr__(self) -> str:
        return hidden(self, data=len(self.data))


@dataclass(frozen=True, slots=True)
class SizeReceived:
    """Agent: the terminal's size."""

    size: TerminalSize


Event: TypeAlias = (
    HandshakeSeen
    | DataKeyWanted
    | Ready
    | TakenOver
    | OutputMissing
    | OtherClient
    | HandshakeLate
    | Output
    | StdErr
    | ExitCode
    | FlagReceived
    | ChannelClosed
    | Fatal
    | Dropped
    | Stalled
    | Recovered
    | GapOpened
    | GapFilled
    | Writable
    | Drained
    | HandshakeAnswered
    | ChallengeAnswered
    | InputReceived
    | SizeReceived
)


@dataclass(slots=True)
class Counters:
    """What one end of a channel has seen and done since it was made, in frames."""

    received: int = 0
    """Well-formed frames of any type."""
    sent: int = 0
    """Frames handed to the socket, including acknowledgements and resends."""
    resent: int = 0
    duplicates: int = 0
    """Stream frames that had come before."""
    dropped: int = 0
    """Frames, or parts of them, that were not used."""
    buffered: int = 0
    """Stream frames that came before their turn and were held."""


class Journal:
    """Where all halves of a channel write what happens: events for the caller, and the counts."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.counters = Counters()

    def drop(self, reason: str) -> None:
        """Note that something the peer sent is not used. ``reason`` holds no payload bytes."""
        self.counters.dropped += 1
        self.events.append(Dropped(reason))
