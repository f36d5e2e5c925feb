"""What waits for the engine has a bound: a link is not read while there is no room, and nothing else stops for it."""

from __future__ import annotations

import asyncio
from typing import Any

from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.engine_pane import MAX_PENDING, EnginePane, EngineSink
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.terminal import engines, wire
from ssmtui.terminal.engine import MAX_FEED
from ssmtui.terminal.marks import Drag, Press, Release, Shape
from ssmtui.transport.link import BATCH_BYTES
from tests.support.bench import Nobody
from tests.support.memory import MemoryService
from tests.support.wait import wait_until

SIZE = TerminalSize(80, 24)


class HandHost:
    """An engines' host that does what waits when the test says so."""

    def __init__(self) -> None:
        self.panes: list[EnginePane] = []
        self.parsed = 0
        self.asked: list[dict[str, Any]] = []

    engine_name = engines.GHOSTTY

    def open(
        self,
        key: int,
        size: TerminalSize,
        scrollback_lines: int,
        sink: EngineSink,
        filled_from: PortableScreen | None = None,
    ) -> EnginePane:
        pane = EnginePane(self, key, size, scrollback_lines, sink, filled_from)
        self.panes.append(pane)
        pane.fill()
        return pane

    def work(self, most: int = 1 << 30) -> None:
        """Do at most so many messages of each pane."""
        for pane in self.panes:
            for _ in range(most):
                message = pane.next_message()
                if message is None:
                    break
                self.parsed += len(message.blob)
                message.answered({}, b"")

    def wake(self, pane: EnginePane) -> None: ...

    async def ask(self, header: dict[str, Any], key: int) -> tuple[wire.Header, bytes]:
        self.asked.append(header)
        return {}, b"text"

    def distrust(self, pane: EnginePane) -> None: ...

    def forget(self, pane: EnginePane) -> None: ...


async def test_a_question_comes_after_what_was_marked_though_a_flood_holds_that_up() -> None:
    host = HandHost()
    pane = host.open(1, SIZE, 100, Nobody())
    host.work()
    pane.feed(bytes(MAX_FEED))
    for mark in (Press(1, 2, Shape.CHARACTER), Drag(3, 4), Release()):
        pane.mark(mark)
    assert await pane.marks.selected_text() == "text"
    assert [header["do"] for header in host.asked] == ["mark", "mark", "mark", "copy"]
    assert host.parsed == 0, "the flood is not waited for"
    assert pane.next_message().header["do"] == "feed"  # type: ignore[union-attr]


async def test_there_is_room_until_too_much_waits_and_again_once_some_of_it_is_parsed() -> None:
    host, tasks = HandHost(), Tasks("test")
    pane = host.open(1, SIZE, 100, Nobody())
    host.work()
    pane.feed(bytes(MAX_PENDING))
    await asyncio.wait_for(pane.room(), 1)
    pane.feed(b"x")
    waiting = tasks.start("room", pane.room())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    host.work(1)
    await asyncio.wait_for(waiting, 1)
    assert pane.pending == MAX_PENDING + 1 - MAX_FEED


async def test_a_pane_that_is_closed_holds_nobody_up() -> None:
    pane, tasks = HandHost().open(1, SIZE, 100, Nobody()), Tasks("test")
    pane.feed(bytes(MAX_PENDING + 1))
    waiting = tasks.start("room", pane.room())
    await asyncio.sleep(0)
    pane.close()
    await asyncio.wait_for(waiting, 1)


async def test_output_that_an_engine_died_of_makes_room() -> None:
    host = HandHost()
    pane = host.open(1, SIZE, 100, Nobody())
    host.work()
    pane.feed(bytes(MAX_PENDING + 1))
    assert pane.next_message() is not None  # under way when the host dies
    pane.start_anew()
    await asyncio.wait_for(pane.room(), 1)


async def test_a_flood_at_an_engine_that_stands_still_is_held_at_the_bound_while_keys_go_out() -> None:
    service, host = MemoryService(), HandHost()
    manager = SessionManager(service, host)  # type: ignore[arg-type]
    key = manager.start(StartRequest("i-1"), SIZE)
    await wait_until("the agent is there", lambda: service.agents)
    (agent,) = service.agents.values()
    agent.say(b"$ ")
    await wait_until("it is open", lambda: manager.snapshot(key).state is SessionState.OPEN)
    flood = bytes(3 * MAX_PENDING)
    agent.say(flood)
    (pane,) = host.panes
    await wait_until("the pane is full", lambda: pane.pending > MAX_PENDING)
    manager.session(key).write(b"key")
    await wait_until("the key has arrived", lambda: agent.received == b"key")
    assert pane.pending <= MAX_PENDING + 2 * BATCH_BYTES

    def all_parsed() -> bool:
        host.work()
        return host.parsed == len(flood) + 2

    await wait_until("the engine has caught up", all_parsed)
    await wait_until("all is acknowledged", lambda: agent.channel.unacknowledged == (0, 0))
    await manager.close()
    await service.close()
