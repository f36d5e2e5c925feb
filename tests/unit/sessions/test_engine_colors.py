"""What panes are drawn in is known to every engine: from the start, after a change, after a new host."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator

import pytest

from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_host import EngineHost, EnginePane
from ssmtui.terminal.screen import Colors
from tests.support.bench import Nobody
from tests.support.wait import wait_until

SIZE = TerminalSize(40, 6)
NIGHT = Colors(0xD0D1D2, 0x101112, 0xABCDEF, tuple(range(256)))
DAY = NIGHT._replace(foreground=0x101112, background=0xF0F1F2)
ASK, SCHEME_REPORTS = b"\x1b]11;?\x1b\\", b"\x1b[?2031h"


class Asker(Nobody):
    """Keeps the answers."""

    def __init__(self) -> None:
        self.replies = b""

    def reply(self, data: bytes) -> None:
        self.replies += data


@pytest.fixture
async def host() -> AsyncIterator[EngineHost]:
    made = EngineHost()
    await made.start()
    yield made
    await made.close()


async def answered(pane: EnginePane, sink: Asker, query: bytes = b"") -> bytes:
    """The answers to ``query`` and to what was asked before."""
    pane.feed(query)
    await wait_until("an answer", lambda: bool(sink.replies))
    replies, sink.replies = sink.replies, b""
    return replies


async def test_terminals_know_the_colours_they_are_drawn_in(host: EngineHost) -> None:
    before, after = Asker(), Asker()
    old = host.open(1, SIZE, 100, before)
    host.recolor(NIGHT)
    new = host.open(2, SIZE, 100, after)
    for pane, sink in ((old, before), (new, after)):
        assert await answered(pane, sink, ASK) == b"\x1b]11;rgb:1010/1111/1212\x1b\\"


async def test_a_new_host_is_told_them_too(host: EngineHost) -> None:
    host.recolor(NIGHT)
    sink = Asker()
    pane = host.open(1, SIZE, 100, sink)
    await pane.frame(0)
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)
    await wait_until("another host", lambda: host.restarts == 1)
    assert await answered(pane, sink, ASK) == b"\x1b]11;rgb:1010/1111/1212\x1b\\"


async def test_a_program_that_asked_is_told_of_another_theme(host: EngineHost) -> None:
    host.recolor(NIGHT)
    sink = Asker()
    pane = host.open(1, SIZE, 100, sink)
    pane.feed(SCHEME_REPORTS)
    await wait_until("everything is parsed", lambda: not pane.pending)
    host.recolor(DAY)
    assert await answered(pane, sink) == b"\x1b[?997;2n"


async def test_what_a_program_changed_comes_with_the_frame(host: EngineHost) -> None:
    host.recolor(NIGHT)
    pane = host.open(1, SIZE, 100, Nobody())
    pane.feed(b"\x1b]11;#445566\x1b\\")
    await wait_until("everything is parsed", lambda: not pane.pending)
    assert (await pane.frame(0)).recolored == ((257, 0x445566),)
