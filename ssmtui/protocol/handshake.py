"""The states of a channel, the only steps between them, and the client's answers to requested actions.

Everything that moves a channel from one state to another is in ``STEPS``; a missing entry means that the peer (or the
caller) may not do that now. Actions are answered by a registry, so that one more kind of action is one more entry.

What each step stands on: section 5 of docs/protocol.md, and ``PerformHandshake`` and ``handleHandshakeResponse`` in
aws/amazon-ssm-agent, ``agent/session/datachannel/datachannel.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType

from ssmtui.protocol.limits import Role
from ssmtui.protocol.payloads import (
    ActionStatus,
    HandshakeRequest,
    HandshakeResponse,
    JsonObject,
    ProcessedAction,
    RequestedAction,
)


class ChannelState(Enum):
    """Where a channel stands. Whether its socket is open is another matter: a state outlives sockets."""

    WAITING = "waiting"
    """No stream frame has gone either way."""
    REQUESTED = "requested"
    """HandshakeRequest is out and has no response yet; a client waits for its data key."""
    ANSWERED = "answered"
    """HandshakeRequest has its response, HandshakeComplete is missing."""
    OPEN = "open"
    CLOSED = "closed"
    """The service has ended the session."""
    FAILED = "failed"
    """The peer has broken the protocol beyond repair."""


class ChannelStep(Enum):
    """What may move a channel on."""

    REQUEST = "HandshakeRequest"
    RESPONSE = "HandshakeResponse"
    COMPLETE = "HandshakeComplete"
    STREAM = "a stream frame outside a handshake"
    CLOSE = "channel_closed"
    BREAK = "a breach of the protocol"


_S = ChannelState
_END: dict[ChannelStep, ChannelState] = {ChannelStep.CLOSE: _S.CLOSED, ChannelStep.BREAK: _S.FAILED}

STEPS: Mapping[Role, Mapping[ChannelState, Mapping[ChannelStep, ChannelState]]] = {
    Role.CLIENT: {
        # Nothing announces whether there will be a handshake: the first stream frame decides (section 5.1).
        _S.WAITING: {ChannelStep.REQUEST: _S.REQUESTED, ChannelStep.STREAM: _S.OPEN, **_END},
        # STREAM is missing from here on: output does not open a channel whose handshake is under way, or input would
        # go to an agent that throws it away.
        _S.REQUESTED: {ChannelStep.RESPONSE: _S.ANSWERED, **_END},
        _S.ANSWERED: {ChannelStep.COMPLETE: _S.OPEN, **_END},
        # A request that was overtaken by output is still owed its one answer; without it the agent ends the session
        # after 15 s (section 5.3).
        _S.OPEN: {ChannelStep.REQUEST: _S.REQUESTED, **_END},
    },
    Role.AGENT: {
        _S.WAITING: {ChannelStep.REQUEST: _S.REQUESTED, ChannelStep.STREAM: _S.OPEN, **_END},
        _S.REQUESTED: {ChannelStep.RESPONSE: _S.ANSWERED, **_END},
        _S.ANSWERED: {ChannelStep.COMPLETE: _S.OPEN, **_END},
        _S.OPEN: {**_END},
    },
}


class ChannelProgress:
    """The state of one channel, changed by :meth:`take` alone."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.state = ChannelState.WAITING
        self.over = False
        """Nothing is sent or read any more."""

    def take(self, step: ChannelStep) -> bool:
        """Move on; False, with nothing changed, when there is no such step from here."""
        following = STEPS[self.role].get(self.state, {}).get(step)
        if following is None:
            return False
        self.state = following
        self.over = following in (ChannelState.CLOSED, ChannelState.FAILED)
        return True


Action = Callable[[JsonObject], ProcessedAction]
"""Carries out one kind of action, given its parameters. What it raises becomes the answer that it failed."""

ActionRegistry = Mapping[str, Action]
"""By ActionType."""

TERMINALS = frozenset({"Standard_Stream", "InteractiveCommands"})
SESSION_TYPES = TERMINALS | {"NonInteractiveCommands", "Port"}
PORT = "Port"
_TOLD = 100
"""Characters of the agent's own words that an error text repeats: a response is one frame."""


def session_type_of(request: HandshakeRequest) -> tuple[str | None, JsonObject | None]:
    """The session type and its properties; None for each that the request does not name."""
    for action in request.actions:
        if action.action_type == "SessionType":
            name, properties = action.parameters.get("SessionType"), action.parameters.get("Properties")
            return (
                name if isinstance(name, str) else None,
                properties if isinstance(properties, dict) else None,
            )
    return None, None


def accept_session_type(parameters: JsonObject) -> ProcessedAction:
    """Agree to the session types that this client can carry (section 5.3)."""
    # The agent ends the session for a failure, and shows the text. That is better than a type that nobody here can
    # draw.
    name = parameters.get("SessionType")
    if isinstance(name, str) and name in SESSION_TYPES:
        return ProcessedAction("SessionType", ActionStatus.SUCCESS)
    told = name[:_TOLD] if isinstance(name, str) else "without a name"
    return ProcessedAction("SessionType", ActionStatus.FAILED, error=f"Unknown session type {told}")


def refuse_encryption(parameters: JsonObject) -> ProcessedAction:
    """Refuse KMS encryption, where there is no way to get a data key: the agent ends the session and shows the text."""
    # An answer in any case: without an entry for KMSEncryption the agent goes on with a cipher that does not exist, and
    # panics (section 5.3).
    error = "KMS encryption is not supported by this version of ssmtui"
    return ProcessedAction("KMSEncryption", ActionStatus.FAILED, error=error)


ACTIONS: ActionRegistry = MappingProxyType({"SessionType": accept_session_type, "KMSEncryption": refuse_encryption})


def answer(request: HandshakeRequest, actions: ActionRegistry, client_version: str) -> HandshakeResponse:
    """The response to ``request``: one entry for each action, in its order. Never raises."""
    return HandshakeResponse(client_version, tuple(_process(action, actions) for action in request.actions))


def _process(requested: RequestedAction, actions: ActionRegistry) -> ProcessedAction:
    kind = requested.action_type
    action = actions.get(kind)
    if action is None:
        return ProcessedAction(kind, ActionStatus.UNSUPPORTED, error=f"Unsupported action {kind[:_TOLD]}")
    try:
        return action(requested.parameters)
    except Exception as error:  # a registered action may be anybody's: its failure is an answer, not a crash
        return ProcessedAction(kind, ActionStatus.FAILED, error=f"{kind[:_TOLD]} failed: {type(error).__name__}")
