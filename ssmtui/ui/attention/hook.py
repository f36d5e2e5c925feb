"""Runs the command of the settings for what sessions were watched for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ssmtui import desktop, inert

if TYPE_CHECKING:
    from ssmtui.ui.ports import Stage

MOST_WAITING = 20
"""Calls that wait for the one that runs; more are left out, the oldest first."""
MOST_LASTING = 5
"""Programs that may run on at once, such as dialogs that wait for a click: a pattern can be found every two seconds all
night."""


class HookRunner:
    """One call after the other, without a shell, and each in the background once it takes long
    (``desktop.TIMEOUT``)."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], stage: Stage) -> None:
        """``command`` is the program and its arguments, empty for none; ``environment`` is that of the process."""
        self._command = command
        self._environment = environment
        self._stage = stage
        self._waiting: deque[Mapping[str, str]] = deque(maxlen=MOST_WAITING)
        self._is_running = False
        self._lasting: desktop.Lasting = set()
        self._said_failed = False

    def run(self, facts: Mapping[str, str]) -> None:
        """Run the command with ``facts`` in its environment. Returns at once."""
        if not self._command:
            return
        self._waiting.append(facts)
        if not self._is_running:
            self._is_running = True
            self._stage.run_worker(self._run_all(), name="notify_command", group="notify_command")

    async def _run_all(self) -> None:
        try:
            while self._waiting:
                environment = {**self._environment, **self._waiting.popleft()}
                if len(self._lasting) >= MOST_LASTING:
                    self._say_failed("still runs from earlier calls, and is not called again until it ends")
                elif not await asyncio.to_thread(desktop.opens, self._command, environment, self._lasting):
                    self._say_failed("is not there, or returned an error")
        finally:
            self._is_running = False

    def _say_failed(self, why: str) -> None:
        """Once a run: it would fail the next time as well."""
        if not self._said_failed:
            self._said_failed = True
            program = inert.line(self._command[0], 60)
            self._stage.tell(
                f"The command of the setting notify_command failed: {program} {why}. Check the setting",
                severity="warning",
                seconds=8,
            )
