"""The states of a session and the only steps between them: a missing entry in ``STEPS`` is a programming error."""

from __future__ import annotations

from enum import Enum

from ssmtui.errors import LocalProtocolError


class SessionState(Enum):
    """Where a session stands."""

    STARTING = "starting"
    """StartSession is under way."""
    CONNECTING = "connecting"
    """There is a session at the service; its socket is being opened."""
    WAITING = "waiting"
    """The socket is open, the agent has not spoken yet. What is typed is kept."""
    OPEN = "open"
    CLOSING = "closing"
    """The person has ended it; TerminateSession is under way."""
    ENDED = "ended"
    """It came to its end: the shell exited, the service closed it, or the person did."""
    FAILED = "failed"
    """It could not be started, or its channel broke."""

    @property
    def live(self) -> bool:
        """Whether there is, or may be, a session at the service."""
        return self not in (SessionState.ENDED, SessionState.FAILED)


_S = SessionState
STEPS: dict[SessionState, frozenset[SessionState]] = {
    _S.STARTING: frozenset({_S.CONNECTING, _S.CLOSING, _S.FAILED}),
    _S.CONNECTING: frozenset({_S.WAITING, _S.CLOSING, _S.FAILED}),
    _S.WAITING: frozenset({_S.OPEN, _S.CLOSING, _S.ENDED, _S.FAILED}),
    _S.OPEN: frozenset({_S.CLOSING, _S.ENDED, _S.FAILED}),
    _S.CLOSING: frozenset({_S.ENDED}),
    _S.ENDED: frozenset(),
    _S.FAILED: frozenset(),
}


def step(current: SessionState, to: SessionState) -> SessionState:
    """The new state, or :class:`ssmtui.errors.LocalProtocolError` when there is no such step."""
    if to not in STEPS[current]:
        raise LocalProtocolError(f"a session cannot go from {current.value} to {to.value}")
    return to
