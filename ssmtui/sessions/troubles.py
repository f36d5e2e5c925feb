"""What a session waits for, or what goes wrong without ending it. Several may apply at once; the most pressing one is
shown."""

from __future__ import annotations

from enum import Enum


class Trouble(Enum):
    """Kinds of trouble, the most pressing first."""

    FULL = "no more input is kept"
    CONNECTION = "there is no socket"
    QUEUE = "it cannot be started yet"
    APPROVAL = "nobody has approved the access"
    END = "the service has not confirmed the end"
    KEY = "the session's key is not available"
    SILENCE = "the service does not answer"
    STALL = "the node acknowledges nothing"
    GAP = "output is missing on the way"
    AGENT = "the node's agent has not spoken yet"
    MISSING = "output went to the client before alone"
    UNSEEN = "the node may not hear what is typed"
    DESTINATION = "a port session's node could not connect"


PASSING = (
    Trouble.FULL,
    Trouble.CONNECTION,
    Trouble.QUEUE,
    Trouble.APPROVAL,
    Trouble.SILENCE,
    Trouble.STALL,
    Trouble.GAP,
    Trouble.AGENT,
)
"""Troubles that no longer matter once the session is over."""


class SessionTroubles:
    """The troubles of one session: at most one text of each kind."""

    def __init__(self) -> None:
        self._texts: dict[Trouble, str] = {}

    def __str__(self) -> str:
        """The most pressing one; empty when all is well."""
        return next((self._texts[kind] for kind in Trouble if kind in self._texts), "")

    def __contains__(self, kind: Trouble) -> bool:
        return kind in self._texts

    def set(self, kind: Trouble, text: str) -> None:
        """There is this trouble now; ``text`` replaces an earlier one of its kind."""
        self._texts[kind] = text

    def clear(self, *kinds: Trouble) -> None:
        """These are over, if there were any."""
        for kind in kinds:
            self._texts.pop(kind, None)
