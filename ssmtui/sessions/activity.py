"""The words for what a session is doing; :mod:`ssmtui.sessions.activity_tracker` finds out which fits."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

WORTH_RUNNING, WORTH_DONE = 1.0, 2.0
"""Seconds that a command takes at least for it to be said that it runs, and that it is done. A failed one is always
worth it."""


class Activity(Enum):
    """What a session is doing. The values are words for the screen."""

    NOTHING = ""
    """Nothing is known."""
    PROMPT = "prompt"
    """Its shell waits for a command."""
    RUNNING = "running"
    DONE = "done"
    """A command that took its time, or failed, has ended, and nothing was typed since."""
    SILENT = "silent"
    """It printed for some time, and then no more."""
    INPUT = "waits for input"
    PASSWORD = "waits for a password"  # noqa: S105


class Doing(NamedTuple):
    """An activity with its facts."""

    activity: Activity = Activity.NOTHING
    since: float = 0.0
    """When it began."""
    code: int | None = None
    """The exit code of the command that is done, where the shell said it."""
    took: float = 0.0
    """Seconds that this command took."""


class CommandEnd(NamedTuple):
    """A command that has ended."""

    at: float
    code: int | None
    took: float

    @property
    def is_worth_saying(self) -> bool:
        """Whether it took its time or failed: somebody may have turned to something else meanwhile."""
        return self.took >= WORTH_DONE or bool(self.code)


IDLE = Doing()
