"""The states of a session and the only steps between them: a missing entry in ``STEPS`` is a programming error."""

from __future__ import annotations

from enum import Enum

from ssmtui.errors import LocalProtocolError


class SessionState(Enum):
    """Where a session stands. It only moves along :data:`STEPS`, and never back from ``ENDED``, ``FAILED`` or
    ``DETACHED``."""

    AWAITING_APPROVAL = "awaiting approval"
    """Just-in-time access to the node has been asked for, and nobody has decided yet. What is typed is not kept."""
    STARTING = "starting"
    """StartSession is under way."""
    CONNECTING = "connecting"
    """There is a session at the service; its socket is being opened."""
    WAITING = "waiting"
    """The socket is open, the agent has not spoken yet. What is typed is kept."""
    OPEN = "open"
    LOST = "lost"
    """Its socket is gone; the next attempt to resume follows by itself. What is typed is kept."""
    RESUMING = "resuming"
    """ResumeSession, or the dial after it, is under way."""
    SIGNED_OUT = "signed out"
    """It cannot be resumed before somebody signs in to AWS again; it goes on by itself then."""
    CLOSING = "closing"
    """The person has ended it; TerminateSession is under way."""
    ENDED = "ended"
    """It came to its end: the shell exited, the service closed it, or the person did."""
    FAILED = "failed"
    """It could not be started, or its channel broke."""
    DETACHED = "detached"
    """It is alive at the service, and this client has left it, or another one has taken it over."""

    @property
    def live(self) -> bool:
        """Whether it is not over here: this client has a session at the service, or will have."""
        return self not in (SessionState.ENDED, SessionState.FAILED, SessionState.DETACHED)

    @property
    def accepts_input(self) -> bool:
        """Whether what is typed is sent, or kept until it can be."""
        return self.live and self is not SessionState.AWAITING_APPROVAL

    @property
    def cut_off(self) -> bool:
        """Whether it was connected and is not now."""
        return self in (SessionState.LOST, SessionState.RESUMING, SessionState.SIGNED_OUT)


_S = SessionState
# CLOSING leads to ENDED alone: once a person has ended a session, what the connection does meanwhile is no failure.
_OVER = frozenset({_S.CLOSING, _S.ENDED, _S.FAILED, _S.DETACHED})
STEPS: dict[SessionState, frozenset[SessionState]] = {
    _S.AWAITING_APPROVAL: frozenset({_S.STARTING, _S.CLOSING, _S.FAILED}),
    _S.STARTING: frozenset({_S.CONNECTING}) | _OVER,
    _S.CONNECTING: frozenset({_S.WAITING}) | _OVER,
    _S.WAITING: frozenset({_S.OPEN, _S.LOST}) | _OVER,
    _S.OPEN: frozenset({_S.LOST}) | _OVER,
    _S.LOST: frozenset({_S.RESUMING}) | _OVER,
    _S.RESUMING: frozenset({_S.WAITING, _S.OPEN, _S.LOST, _S.SIGNED_OUT}) | _OVER,
    _S.SIGNED_OUT: frozenset({_S.RESUMING}) | _OVER,
    _S.CLOSING: frozenset({_S.ENDED}),
    _S.ENDED: frozenset(),
    _S.FAILED: frozenset(),
    _S.DETACHED: frozenset(),
}


def step(current: SessionState, to: SessionState) -> SessionState:
    """Return ``to``. Raises :class:`ssmtui.errors.LocalProtocolError` when there is no such step: a defect of ours,
    which ends that session rather than showing a state that is not true."""
    if to not in STEPS[current]:
        raise LocalProtocolError(f"a session cannot go from {current.value} to {to.value}")
    return to
