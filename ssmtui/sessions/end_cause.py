"""Who or what has ended a session. The words for it are the screen's."""

from __future__ import annotations

from enum import Enum


class EndCause(Enum):
    """Why a session is over."""

    PERSON = "person"
    """It was ended from this program."""
    CLOSED = "closed"
    """The channel was closed without a reason: its shell exited, or somebody else has terminated it, which look the
    same (protocol.md section 3.5)."""
    TOLD = "told"
    """The service or the agent closed it, and said why."""
    GONE = "gone"
    """The service ended it while its connection was lost."""
    NOT_RESUMED = "not resumed"
    """A policy does not let it be resumed; the shell is lost."""
    LEFT = "left"
    """It was left alive from this program, and goes on."""
    TAKEN = "taken"
    """Another client has taken it over, and it goes on there."""
    FAILED = "failed"
    """It could not be started, or its channel broke."""
