"""The Session Manager data channel, sans-I/O: bytes and `now` in; events, bytes and one deadline out.

Nothing here reads a clock, draws a random number, starts a task or touches a socket.
"""

from ssmtui.protocol.channel import DataChannel
from ssmtui.protocol.cipher import NonceSource
from ssmtui.protocol.events import (
    ChallengeAnswered,
    ChannelClosed,
    Counters,
    DataKeyWanted,
    Drained,
    Dropped,
    Event,
    ExitCode,
    Fatal,
    FlagReceived,
    GapFilled,
    GapOpened,
    HandshakeAnswered,
    HandshakeLate,
    HandshakeSeen,
    InputReceived,
    Output,
    Ready,
    Recovered,
    SizeReceived,
    Stalled,
    StdErr,
    Writable,
)
from ssmtui.protocol.handshake import ChannelState
from ssmtui.protocol.limits import Limits, Role
from ssmtui.protocol.message import AgentMessage, MessageType, Stamp, StampSource
from ssmtui.protocol.payloads import (
    CLIENT_VERSION,
    ActionStatus,
    Flag,
    HandshakeResponse,
    OpenDataChannel,
    PayloadType,
    ProcessedAction,
    RequestedAction,
)

__all__ = [
    "CLIENT_VERSION",
    "ActionStatus",
    "AgentMessage",
    "ChallengeAnswered",
    "ChannelClosed",
    "ChannelState",
    "Counters",
    "DataChannel",
    "DataKeyWanted",
    "Drained",
    "Dropped",
    "Event",
    "ExitCode",
    "Fatal",
    "Flag",
    "FlagReceived",
    "GapFilled",
    "GapOpened",
    "HandshakeAnswered",
    "HandshakeLate",
    "HandshakeResponse",
    "HandshakeSeen",
    "InputReceived",
    "Limits",
    "MessageType",
    "NonceSource",
    "OpenDataChannel",
    "Output",
    "PayloadType",
    "ProcessedAction",
    "Ready",
    "Recovered",
    "RequestedAction",
    "Role",
    "SizeReceived",
    "Stalled",
    "Stamp",
    "StampSource",
    "StdErr",
    "Writable",
]
