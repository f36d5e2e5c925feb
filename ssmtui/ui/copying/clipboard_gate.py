"""Which sessions may write to the person's clipboard (OSC 52). Pure state."""

from __future__ import annotations

from enum import Enum


class ClipboardVerdict(Enum):
    """What is done with a request."""

    ASK = "ask"
    """It waits until the person looks at it."""
    ALLOW = "allow"
    REFUSE = "never"


class ClipboardGate:
    """The setting, what profiles say, and what was answered for single sessions. A session that starts again is asked
    about again."""

    def __init__(self, setting: str) -> None:
        self._setting = ClipboardVerdict(setting)
        self._sessions: dict[int, ClipboardVerdict] = {}

    def verdict(self, key: int, own: str = "") -> ClipboardVerdict:
        """What is done with a request of the session ``key``: what was answered for it, what its profile says
        (``own``), or the setting."""
        return self._sessions.get(key) or (ClipboardVerdict(own) if own else self._setting)

    def remember(self, key: int, verdict: ClipboardVerdict) -> None:
        """Do the same with all further requests of the session."""
        self._sessions[key] = verdict
