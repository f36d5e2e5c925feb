"""A real terminal beside the engine: nothing is missing in it, nothing comes twice, and the engine gets it all."""

from __future__ import annotations

import asyncio

import pytest

from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.output import Beginning, SessionOutput
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.terminal import engines
from tests.support.memory import MemoryService
from tests.support.wait import wait_until

SIZE = TerminalSize(40, 6)
BLANK = b"<blank>"


class Paper:
    """A terminal that keeps what is written to it."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.has_room = asyncio.Event()
        self.has_room.set()

    def write(self, data: bytes) -> None:
        self.written += data

    async def room(self) -> None:
        await self.has_room.wait()


class SlowPane:
    """An engine whose replica comes when the test says so, and that parses when the test says so."""

    def __init__(self) -> None:
        self.fed = bytearray()
        self.parsed = 0
        self.drawn = asyncio.Event()

    def feed(self, data: bytes) -> None:
        self.fed += data

    @property
    def pending(self) -> int:
        return len(self.fed) - self.parsed

    async def room(self) -> None:
        return

    async def replica(self) -> bytes:
        await self.drawn.wait()
        return b"[" + bytes(self.fed) + b"]"


async def test_what_comes_while_the_screen_is_drawn_follows_it(tasks: Tasks) -> None:
    pane, paper = SlowPane(), Paper()
    output = SessionOutput(pane)  # type: ignore[arg-type]
    output.feed(b"one ")
    attaching = tasks.start("attach", output.draw_on(paper, BLANK))
    await asyncio.sleep(0)
    output.feed(b"two ")
    assert paper.written == b""
    pane.drawn.set()
    await attaching
    output.feed(b"three")
    assert bytes(paper.written) == b"<blank>[one ]two three"
    output.stop_drawing()
    output.feed(b" four")
    assert bytes(pane.fed) == b"one two three four"
    assert not paper.written.endswith(b"four")


async def test_what_comes_before_all_output_is_waited_for_and_not_recorded(tasks: Tasks) -> None:
    pane, file = SlowPane(), Paper()
    output = SessionOutput(pane)  # type: ignore[arg-type]
    output.record(file)
    earlier: asyncio.Future[Beginning] = asyncio.get_running_loop().create_future()
    begun = tasks.start("begin", output.begin_with(earlier))
    await wait_until("it is held back", lambda: output._held is not None)
    room = tasks.start("room", output.room())
    output.feed(b"printed since")
    assert not pane.fed
    assert not room.done()
    earlier.set_result(Beginning(b"earlier, ", b"line, ", b"modes, "))
    await asyncio.gather(begun, room)
    output.begin()
    output.feed(b", and now")
    assert bytes(pane.fed) == b"earlier, line, modes, printed since, and now"
    assert bytes(file.written) == b"modes, printed since, and now"


@pytest.mark.parametrize("is_late", [False, True])
async def test_the_line_before_the_first_output_comes_once_the_node_is_reached(tasks: Tasks, is_late: bool) -> None:
    pane = SlowPane()
    output = SessionOutput(pane)  # type: ignore[arg-type]
    earlier: asyncio.Future[Beginning] = asyncio.get_running_loop().create_future()
    begun = tasks.start("begin", output.begin_with(earlier))
    await wait_until("it is held back", lambda: output._held is not None)
    if is_late:  # the disk is slower than the network
        output.begin()
    earlier.set_result(Beginning(b"earlier, ", b"line"))
    await begun
    if not is_late:
        assert bytes(pane.fed) == b"earlier, ", "a session that is not taken over has no such line"
        output.begin()
    assert bytes(pane.fed) == b"earlier, line"


async def test_earlier_lines_that_never_come_lose_nothing(tasks: Tasks) -> None:
    pane = SlowPane()
    output = SessionOutput(pane)  # type: ignore[arg-type]
    earlier: asyncio.Future[Beginning] = asyncio.get_running_loop().create_future()
    begun = tasks.start("begin", output.begin_with(earlier))
    await wait_until("it is held back", lambda: output._held is not None)
    output.feed(b"printed since")
    begun.cancel()
    await wait_until("it is given up", begun.done)
    await output.room()
    assert pane.fed == b"printed since"


async def test_a_question_that_the_terminal_has_had_is_not_answered_by_the_engine_afterwards() -> None:
    pane = SlowPane()
    pane.drawn.set()
    output = SessionOutput(pane)  # type: ignore[arg-type]
    await output.draw_on(Paper(), BLANK)
    output.feed(b"what are you?")
    assert output.is_native
    output.stop_drawing()
    output.feed(b"and now?")
    assert output.is_native  # the engine has not come to it
    pane.parsed = len(b"what are you?")
    assert not output.is_native


async def test_giving_up_loses_nothing(tasks: Tasks) -> None:
    pane, paper = SlowPane(), Paper()
    output = SessionOutput(pane)  # type: ignore[arg-type]
    attaching = tasks.start("attach", output.draw_on(paper, BLANK))
    await asyncio.sleep(0)
    output.feed(b"meanwhile")
    attaching.cancel()
    await asyncio.wait({attaching})
    assert bytes(pane.fed) == b"meanwhile"
    assert paper.written == b""
    assert not output.is_native


async def test_drawing_anew_twice_at_once_keeps_the_order(tasks: Tasks) -> None:
    pane, paper = SlowPane(), Paper()
    output = SessionOutput(pane)  # type: ignore[arg-type]
    both = [tasks.start(f"attach {n}", output.draw_on(paper, BLANK)) for n in range(2)]
    await asyncio.sleep(0)
    output.feed(b"a")
    pane.drawn.set()
    await asyncio.wait(both)
    assert bytes(paper.written) == b"<blank>[]a<blank>[a]"


async def test_a_terminal_that_is_slow_is_waited_for(tasks: Tasks) -> None:
    pane, paper = SlowPane(), Paper()
    pane.drawn.set()
    output = SessionOutput(pane)  # type: ignore[arg-type]
    await output.draw_on(paper, BLANK)
    paper.has_room.clear()
    room = tasks.start("room", output.room())
    await asyncio.sleep(0)
    assert not room.done()
    paper.has_room.set()
    await asyncio.wait_for(room, 1)


async def test_a_session_in_a_real_terminal_is_drawn_there_and_answered_by_it() -> None:
    service, host = MemoryService(), EngineHost()
    await host.start()
    manager = SessionManager(service, host)
    key = manager.start(StartRequest("i-1"), SIZE)
    await wait_until("the agent is there", lambda: service.agents)
    (agent,) = service.agents.values()
    agent.say(b"first line\r\n$ ")
    await wait_until("it is open", lambda: manager.snapshot(key).state is SessionState.OPEN)

    paper = Paper()
    await manager.session(key).draw_on(paper, b"")
    shown = engines.create(engines.BITTTY, SIZE, 100)
    shown.feed(bytes(paper.written))
    assert shown.text() == await manager.session(key).terminal.text()

    agent.say(b"\x1b[c")
    await wait_until("the question is passed on", lambda: paper.written.endswith(b"\x1b[c"))
    manager.session(key).stop_drawing()
    await manager.session(key).terminal.text()  # the engine has parsed the question
    agent.say(b"\x1b[5n")
    await wait_until("the engine answers again", lambda: agent.received)
    assert agent.received == b"\x1b[0n"
    session = manager.session(key)
    manager.remove(key)
    session.stop_drawing()  # its tab was closed meanwhile
    await manager.close()
    await service.close()
    await host.close()


async def test_what_is_slipped_in_cuts_no_sequence_in_two(tasks: Tasks) -> None:
    pane, paper = SlowPane(), Paper()
    output = SessionOutput(pane)  # type: ignore[arg-type]
    assert not output.slip_in(b"\a")
    output.follow(paper)
    output.feed(b"text")
    assert output.slip_in(b"<1>")
    output.feed(b"\x1b[3")
    assert output.slip_in(b"<2>")
    output.feed(b"1mred\xc3")
    output.feed(b"\xa9")
    assert paper.written == b"text<1>\x1b[31mred\xc3\xa9<2>"
    output.feed(b"\x1b]0;title")
    for _ in range(10_000):
        output.slip_in(b"<3>")
    output.feed(b"\a")
    assert len(paper.written) < 10_000
    output.feed(b"\x1b[")
    output.slip_in(b"<4>")
    output.stop_drawing()
    output.follow(paper)
    output.feed(b"m")
    assert b"<4>" not in paper.written
    assert b"<" not in pane.fed
