"""Back to the shell for a while."""

from __future__ import annotations

from typing import Protocol

from ssmtui.ui.commands.base import EVERYWHERE, Command
from ssmtui.ui.commands.feature import Feature


class Job(Protocol):
    """The app, as far as it is used here."""

    @property
    def reason_against_suspending(self) -> str | None:
        """Why it cannot be stopped now, as a sentence without a full stop; None when it can."""
        ...

    def suspend_job(self) -> None:
        """Stop it until a shell brings it back."""


class Suspend(Command):
    """Stop ssmtui and go back to the shell; fg brings it back, bg lets its sessions go on meanwhile"""

    name = "suspend"
    place = EVERYWHERE
    keys = ("ctrl+z",)
    leader_keys = ("ctrl+z",)

    def __init__(self, job: Job) -> None:
        self._job = job

    def disabled_reason(self) -> str | None:
        """Where no shell could bring it back."""
        return self._job.reason_against_suspending

    def run(self, argument: str = "") -> None:
        """Stop."""
        self._job.suspend_job()


class SuspendFeature(Feature):
    """Ctrl-Z."""

    def __init__(self, job: Job) -> None:
        self.commands = (Suspend(job),)
