"""Watching single sessions."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.panes.commands import LiveSessionCommand

if TYPE_CHECKING:
    from ssmtui.config.settings import Settings
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import OuterTerminal
    from ssmtui.ui.services import Services


class WatchSession(LiveSessionCommand):
    """Watch the session: hear when its command ends, it falls silent, or it prints a text"""

    name = "watch"
    leader_keys = ("m",)
    argument = "[end|silence SECONDS|TEXT|/REGEX/|off]"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        from ssmtui.ui.attention import actions

        actions.watch(self._panes, session, argument)


class AttentionFeature(Feature):
    """What sessions are watched for, and saying so."""

    def __init__(self, panes: Panes, outer: OuterTerminal, settings: Settings) -> None:
        self._panes = panes
        self._outer = outer
        self._settings = settings
        self._unsubscribe: Callable[[], None] | None = None
        self.commands = (WatchSession(panes),)

    def connect(self, services: Services) -> None:
        """Listen to the sessions."""
        from ssmtui.notifications import Notifier
        from ssmtui.ui.attention.hook import HookRunner
        from ssmtui.ui.attention.teller import WatchTeller

        super().connect(services)
        notifier = Notifier(os.environ, self._settings.notify)
        hook = HookRunner(self._settings.notify_command, os.environ, self._panes.stage)
        teller = WatchTeller(self._panes, self._outer, notifier, hook, services.scope)
        self._unsubscribe = services.manager.subscribe(teller.changed)

    async def close(self) -> None:
        """Say nothing from now on."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
