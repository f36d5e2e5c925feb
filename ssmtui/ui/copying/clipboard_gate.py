"""Which sessions may write to the person's clipboard (OSC 52). Pure state."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """What is done with a request."""

    ASK = "ask"
    """It waits until the person looks at it."""
    ALLOW = "allow"
    REFUSE = "never"


class ClipboardGate:
    """The setting, what profiles say, and what was answered for single sessions. A session that starts again is asked
    about again."""

    def __init__(self, setting: str) -> None:
        self._setting = Verdict(setting)
        self._sessions: dict[int, Verdict] = {}

    def verdict(self, key: int, own: str = "") -> Verdict:
        """What is done with a request of the session ``key``: what was answered for it, what its profile says
        (``own``), or the setting."""
        return self._sessions.get(key) or (Verdict(own) if own else self._setting)

    def remember(self, key: int, verdict: Verdict) -> None:
        """Do the same with all further requests of the session."""
        self._sessions[key] = verdict
