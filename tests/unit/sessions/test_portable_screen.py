"""A terminal that goes on in another process: with all its scrollback, what was not parsed yet, and nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.engine_pane import EnginePane
from ssmtui.sessions.engine_tail import MAX_TAIL, PortableScreen
from ssmtui.terminal import engines
from ssmtui.terminal.marks import EnterCopyMode, Motion, MoveCursor, Shape, Toggle
from tests.support.wait import SCALE, wait_until
from tests.unit.sessions.test_engine_host import Sink
from tests.unit.sessions.test_engine_pane import HandHost

SIZE = TerminalSize(60, 10)
LINES = 60_000
ASKS = b"\x1b[6n"
WITHIN = 5.0 * SCALE


class Stage:
    """A program with an engine host."""

    def __init__(self, engine: str | None) -> None:
        self.host = EngineHost(engine)
        self.sink = Sink()

    def open(self, screen: PortableScreen | None = None) -> EnginePane:
        return self.host.open(1, SIZE, 200_000, self.sink, screen)

    async def parses(self, pane: EnginePane) -> None:
        await wait_until("all is parsed", lambda: not pane.pending, timeout=30)


@pytest.fixture(params=[engines.GHOSTTY, engines.BITTTY])
async def stages(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Stage, Stage]]:
    both = Stage(request.param), Stage(None)
    for stage in both:
        await stage.host.start()
    yield both
    for stage in both:
        await stage.host.close()


async def everything(pane: EnginePane) -> list[str]:
    for mark in (EnterCopyMode(), MoveCursor(Motion.TOP), Toggle(Shape.LINE), MoveCursor(Motion.BOTTOM)):
        pane.mark(mark)
    return (await pane.marks.selected_text()).splitlines()


async def test_all_scrollback_goes_along_also_more_than_is_kept_for_a_crash(stages: tuple[Stage, Stage]) -> None:
    here, there = stages
    lines = LINES if here.host.engine_name == engines.GHOSTTY else 2000
    pane = here.open()
    flood = "".join(f"this is line number {number}\r\n" for number in range(lines)).encode()
    assert len(flood) > MAX_TAIL or here.host.engine_name == engines.BITTTY
    pane.feed(flood)
    await here.parses(pane)
    screen = await pane.portable(WITHIN)
    assert (screen.parsed, screen.unparsed) == (b"", b"")
    again = there.open(screen)
    again.feed(b"the end")
    await there.parses(again)
    found = await everything(again)
    assert [line for line in found if line] == [
        *(f"this is line number {number}" for number in range(lines)),
        "the end",
    ]


async def test_it_goes_on_where_it_was_in_the_middle_of_a_sequence(stages: tuple[Stage, Stage]) -> None:
    here, there = stages
    pane = here.open()
    pane.feed("über\r\n\x1b[?2004h\x1b]2;a ti".encode())
    await here.parses(pane)
    screen = await pane.portable(WITHIN)
    assert screen.modes.bracketed_paste
    again = there.open(screen)
    again.feed(b"tle\x07 and more")
    await there.parses(again)
    assert there.sink.titles == ["a title"]
    assert (await everything(again))[:2] == ["über", " and more"]


async def test_what_was_answered_is_not_answered_again_and_what_was_not_is(stages: tuple[Stage, Stage]) -> None:
    here, there = stages
    pane = here.open()
    pane.feed(b"old\x07" + ASKS)
    await here.parses(pane)
    assert here.sink.replies
    screen = await pane.portable(WITHIN)
    again = there.open(screen._replace(unparsed=b"\r\n" + ASKS))
    await there.parses(again)
    assert there.sink.replies == b"\x1b[2;1R", "once, for what nobody had parsed"
    assert not there.sink.bells
    assert not there.sink.notices


async def test_an_engine_that_does_not_answer_costs_no_output() -> None:
    host = HandHost()
    pane = host.open(1, SIZE, 100, Sink())
    host.work()
    pane.feed(b"parsed")
    host.work()
    pane.feed(b"sent")
    assert pane.next_message() is not None
    pane.feed(b"waits")
    screen = await pane.portable(0.01)
    assert (screen.snapshot, screen.parsed, screen.unparsed) == (b"", b"parsed", b"sentwaits")


async def test_a_snapshot_that_no_engine_can_read_costs_the_screen_and_not_what_follows() -> None:
    stage = Stage(None)
    await stage.host.start()
    pane = stage.open(PortableScreen(b"nonsense", b"old", b"new", engine=engines.GHOSTTY))
    await stage.parses(pane)
    pane.feed(b"er")
    await stage.parses(pane)
    assert "er" in await pane.text()
    assert stage.sink.lost_screens == 1
    await stage.host.close()
