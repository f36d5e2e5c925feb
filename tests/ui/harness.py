"""The app on fakes, and what tests of it need again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from textual.pilot import Pilot

from ssmtui.config.settings import Settings
from ssmtui.inventory.poller import NodePoller
from ssmtui.inventory.store import NodeStore
from ssmtui.sessions.states import SessionState
from ssmtui.ui.app import SsmtuiApp
from ssmtui.ui.services import AppFacts, Progress, Services
from tests.support.fakes import FakeGateway, FakeManager, FrozenClock
from tests.support.wait import wait_until


class Harness:
    """One running app on a fake gateway and a fake manager."""

    def __init__(
        self,
        gateway: FakeGateway | None = None,
        *,
        settings: Settings | None = None,
        read_only: bool = False,
        demo: bool = False,
    ) -> None:
        self.gateway = gateway or FakeGateway()
        self.manager = FakeManager(read_only=read_only)
        self.clock = FrozenClock()
        self.store = NodeStore()
        self.opened = 0
        facts = AppFacts(demo=demo, aws_profile="prod", region="eu-west-1", read_only=read_only, version="1.0")
        self.app = SsmtuiApp(self.open_services, facts=facts, settings=settings or Settings(), clock=self.clock)
        self.pilot: Pilot[list[str]]

    async def open_services(self, progress: Progress) -> Services:
        self.opened += 1
        progress("Reaching AWS …")
        gateway = cast("Any", self.gateway)
        poller = NodePoller(gateway, self.store, clock=self.clock.monotonic)
        identity = await self.gateway.identity()
        return Services(gateway, cast("Any", self.manager), poller, self.store, identity, gateway.scope)

    @asynccontextmanager
    async def run(self, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Harness]:
        async with self.app.run_test(size=size) as pilot:
            self.pilot = pilot
            yield self

    async def ready(self) -> Harness:
        await wait_until("the nodes are listed", lambda: self.app.main.nodes.selected or not self.gateway.listed)
        return self

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def settle(self) -> None:
        """Let everything that is under way come to the screen."""
        for _ in range(3):
            await self.pilot.pause()

    async def open_session(self, *lines: str) -> int:
        """Open a shell on the node under the cursor; it is open and shows ``lines``."""
        await self.press("enter")
        await wait_until("a session is started", lambda: self.app.main.session)
        session = self.app.main.session
        assert session is not None
        self.manager.becomes(session.key, SessionState.CONNECTING)
        self.manager.becomes(session.key, SessionState.WAITING)
        self.manager.becomes(session.key, SessionState.OPEN, round_trip=0.023)
        self.manager.prints(session.key, *(lines or ("$ ",)))
        await self.settle()
        return session.key

    def text(self) -> str:
        """The screen as text."""
        return screen_text(self.app)


def screen_text(app: SsmtuiApp) -> str:
    """What the whole screen shows, a line a row, without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"
