"""The app on fakes, and what tests of it need again and again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from textual import events
from textual._context import visible_screen_stack
from textual.keys import key_to_character
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from ssmtui.config.memory import Memory
from ssmtui.config.settings import LoadedSettings, Settings
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.inventory.choice import Choice, KnownAccounts
from ssmtui.inventory.filters import Filters
from ssmtui.inventory.fleet import Fleet
from ssmtui.inventory.usage import Usage
from ssmtui.ledger.ledger import Ledger
from ssmtui.profiles.histories import Histories
from ssmtui.profiles.store import ProfileStore
from ssmtui.profiles.workspaces import Workspaces
from ssmtui.sessions.documents import DocumentLibraries
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.ui.compat import OuterKeyboard, PatientDialog, dialogs, order
from ssmtui.ui.frame.app import SsmtuiApp
from ssmtui.ui.services import AppFacts, Progress, Recall, Recollection, Services
from ssmtui.wiring import PastRuns, open_board
from tests.support.fake_keeper import FakeKeeper
from tests.support.fakes import FakeBrowser, FakeClipboard, FakeGateway, FakeGateways, FakeManager, FrozenClock
from tests.support.memory import MemoryService
from tests.support.parsed_styles import share
from tests.support.wait import SCALE, wait_until

share()
order.LONGEST *= SCALE  # a slow machine takes longer over a key, too
dialogs.REACTION = 0.0  # tests press a key as soon as they see what it is for


class Harness:
    """One running app on a fake gateway and a fake manager."""

    def __init__(
        self,
        gateway: FakeGateway | None = None,
        *,
        settings: Settings | None = None,
        read_only: bool = False,
        demo: bool = False,
        recall: Recall | None = None,
        recall_demo: Recall | None = None,
        profiles: str = "",
        shared_profiles: Mapping[str, str] | None = None,
        open_filter: str | None = None,
        tiled: bool = False,
        attach: Sequence[str] | None = None,
        workspace: str | None = None,
    ) -> None:
        """``profiles`` is the text of profiles.toml, ``shared_profiles`` those of a team by file name."""
        OuterKeyboard.tells_keys_apart = False  # what other tests fed to Textual's parser was no terminal of this app
        self.gateway = gateway or FakeGateway()
        self.gateways = FakeGateways(self.gateway)
        self.memory = Memory(None)
        self.profiles = (profiles, shared_profiles)
        self.workspaces = Workspaces(Memory(None))
        self.manager = FakeManager(read_only=read_only)
        self.ports = MemoryService()
        """What tunnels are opened at."""
        self.tunnels = Tunnels(self.ports, read_only=read_only)
        self.ledger = Ledger(None, None)
        self.keeper: FakeKeeper | None = None
        self.tasks = Tasks("documents")
        self.demo = demo
        self.clock = FrozenClock()
        self.clipboard = FakeClipboard()
        self.browser = FakeBrowser()
        self.opened = 0
        facts = AppFacts(
            demo=demo,
            aws_profile="prod",
            region="eu-west-1",
            read_only=read_only,
            version="1.0",
            open_filter=open_filter,
            tiled=tiled,
            attach=attach,
            workspace=workspace,
        )
        self.app = SsmtuiApp(
            self.open_services,
            recall=recall,
            recall_demo=recall_demo,
            facts=facts,
            loaded=LoadedSettings(settings or Settings()),
            clock=self.clock,
            clipboard=self.clipboard,
            browser=self.browser,
        )
        self.pilot: Pilot[list[str]]
        self.defects: list[Exception] = []
        """What the app has contained; a test that does not set :attr:`expects_defects` fails of it."""
        self.expects_defects = False
        note = self.app._defects.note

        def noted(error: Exception, what: str = "") -> bool:
            self.defects.append(error)
            return note(error, what)

        self.app._defects.note = noted  # type: ignore[method-assign]  # no callback tells of a defect

    async def open_services(self, progress: Progress) -> Services:
        self.opened += 1
        progress("Reaching AWS …")
        usage = Usage(self.memory, clock=self.wall_time)
        filters = Filters(self.memory)
        profiles = ProfileStore.in_memory(self.memory, *self.profiles, clock=self.wall_time)
        await asyncio.gather(usage.load(), filters.load(), profiles.load())
        known = Recollection(
            memory=self.memory,
            usage=usage,
            filters=filters,
            profiles=profiles,
            workspaces=self.workspaces,
            histories=Histories(self.memory),
            accounts=KnownAccounts(self.memory, ""),
            fleet=Fleet(self.gateways, clock=self.wall_time),
        )
        past = PastRuns(known, Choice(self.memory, ""), begins_anew=False)

        board = open_board(known.fleet, self.gateways)
        board.choose(list(known.fleet.states))
        known.fleet.on_choice = board.choose

        async def close_rest() -> None:
            await board.close()
            await past.close()
            await self.ledger.close()
            await self.gateways.close()

        return Services(
            **vars(known),
            gateways=self.gateways,
            board=board,
            manager=cast("Any", self.manager),
            ledger=self.ledger,
            documents=DocumentLibraries(self.gateways.gateway, self.tasks),
            tunnels=self.tunnels,
            scope=self.gateway.scope,
            demo=self.demo,
            keeper=cast("Any", self.keeper),
            close_rest=close_rest,
        )

    @property
    def fleet(self) -> Fleet:
        """The app's fleet, once services are open."""
        assert self.app.services is not None
        return self.app.services.fleet

    def wall_time(self) -> float:
        """Seconds since the epoch, by the frozen clock."""
        return self.clock.now().timestamp()

    @asynccontextmanager
    async def run(self, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Harness]:
        async with self.app.run_test(size=size, notifications=True) as pilot:
            self.pilot = pilot
            yield self
        self.app.give_signals_back()
        self.refuse_defects()
        await self.tasks.close()
        await self.tunnels.close(timeout=0.1)
        await self.ports.close()

    async def ready(self) -> Harness:
        await wait_until("the nodes are listed", lambda: self.app.main.nodes.selected or not self.gateway.listed)
        return self

    async def press(self, *keys: str) -> None:
        """Type keys, each after all that the one before it set off; but a text into an entry at one go. None goes into
        a dialog that nobody has seen."""
        await wait_until("the dialog is drawn", lambda: self._is_seen, report=self.text)
        for key, following in zip(keys, [*keys[1:], ""], strict=True):
            self.app.post_message(events.Key(key, key_to_character(key)))
            is_text = len(key) == len(following) == 1 and isinstance(self.app.focused, Input | TextArea)
            if not is_text:
                await self.settle()

    @property
    def _is_seen(self) -> bool:
        screen = self.app.screen_stack[-1] if self.app.screen_stack else None
        return not isinstance(screen, PatientDialog) or screen._seen_at < math.inf

    async def settle(self) -> None:
        """Wait until everything under way has come to the screen. Pilot waits for the processor to idle instead, which
        takes longer and, on a busy machine, guesses wrong."""
        quiet = 0

        def settled() -> bool:
            nonlocal quiet
            quiet = quiet + 1 if self._is_quiet() else 0
            return quiet > 1

        await wait_until("the screen has settled", settled, report=self.text)
        self.app.screen._on_timer_update()

    async def open_two(self) -> tuple[int, int]:
        """Sessions on the first two nodes of the list, the second one shown; their keys."""
        await self.ready()
        first = await self.open_session()
        await self.press("f12", "d", "j")
        return first, await self.open_session()

    async def command(self, name: str, argument: str = "") -> None:
        """Run a command, as the palette does."""
        self.app.run_command(self.app.registry[name], argument)
        await self.settle()

    async def shows(self, *texts: str) -> None:
        """Wait until all of ``texts`` are on the screen, each on one line."""
        await wait_until(f"{texts}", lambda: all(text in self.text() for text in texts), report=self.text)
        await self.settle()

    async def tells(self, *texts: str) -> None:
        """Wait until all of ``texts`` are on the screen, over as many lines as it takes, or in a notice."""

        def said() -> bool:
            shown = " ".join(part.strip("│▌ ") for part in self.text().splitlines())
            messages = " ".join(notice.message for notice in self.app._notifications)
            return all(text in shown + messages for text in texts)

        await wait_until(f"{texts}", said, report=self.text)

    async def looked_over(self) -> None:
        """Wait until a form that was submitted has been looked over, in a worker: it says what is wrong, or starts."""

        def is_done() -> bool:
            return not any(each.group == "submit" and not each.is_finished for each in self.app.workers)

        await wait_until("the form has been looked over", is_done, report=self.text)
        await self.settle()

    def _is_quiet(self) -> bool:
        """No message is queued, no throttle armed and no shown pane behind."""
        if self.app._exception is not None:
            raise self.app._exception
        self.refuse_defects()
        pumps = [self.app, *(node for screen in self.app.screen_stack for node in screen.walk_children(with_self=True))]
        if any(pump.message_queue_size or pump._next_callbacks for pump in pumps):
            return False
        if self.app.main.nodes.runner.busy:
            return False
        bridges = (self.app._session_bridge, self.app._fleet_bridge)
        if any(bridge is not None and bridge._throttle.armed for bridge in bridges):
            return False
        panes = self.app.panes
        return not any(panes.view_of(key)._dirty.is_set() for key in panes.in_sight)

    async def open_session(self, *lines: str) -> int:
        """Open a shell on the node under the cursor; it is open and shows ``lines``."""
        await self.press("enter")
        await wait_until("a session is started", lambda: self.app.panes.session)
        session = self.app.panes.session
        assert session is not None
        self.manager.becomes(session.key, SessionState.CONNECTING)
        self.manager.becomes(session.key, SessionState.WAITING)
        self.manager.becomes(session.key, SessionState.OPEN, round_trip=0.023)
        self.manager.prints(session.key, *(lines or ("$ ",)))
        await self.settle()
        return session.key

    def refuse_defects(self) -> None:
        """Raise what the app has contained, unless that is what the test is about."""
        if self.defects and not self.expects_defects:
            raise self.defects[0]

    def text(self) -> str:
        """The screen as text."""
        return screen_text(self.app)


async def listed(harness: Harness) -> Harness:
    """Wait until the listing is complete and on the screen."""
    await harness.ready()
    await wait_until("the listing is shown", lambda: "just now" in harness.text(), report=harness.text)
    await harness.settle()
    return harness


def screen_text(app: SsmtuiApp) -> str:
    """What the whole screen shows, a line a row, without trailing blanks."""
    # As Textual does: without, a dialog drawn here would have nothing behind it, and be kept so.
    visible_screen_stack.set(list(app._background_screens))
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"
