"""A session alone in a real terminal: a pty here, whose far end is read as the person's emulator would."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.local_terminal import LocalTerminal
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.escape import EscapeFilter
from ssmtui.sessions.output import Native
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.ui.panes.zoom import LeaderWatch, Zoom
from tests.support.pty_pair import PtyPair
from tests.support.terminal_reports import REPORTS
from tests.support.wait import wait_until

KEY = 7
LEADERS = ("ctrl+right_square_bracket", "f12")
REPLICA = b"<the screen>"


@pytest.mark.parametrize(
    ("typed", "before", "found"),
    [
        (b"ls\r", b"ls\r", False),
        (b"\x1d", b"", True),
        (b"ls\x1dn", b"ls", True),
        (b"\x1b[24~", b"", True),
        (b"a\x1b[93;5u", b"a", True),
        (b"\x1b[27;5;93~", b"", True),
        (b"\x1b[23~", b"\x1b[23~", False),
        (b"]", b"]", False),
    ],
    ids=["text", "legacy", "followed", "function key", "kitty", "modifyOtherKeys", "another key", "without ctrl"],
)
def test_the_leader_is_found_in_whatever_way_the_terminal_sends_it(typed: bytes, before: bytes, found: bool) -> None:
    assert LeaderWatch(LEADERS).split(typed) == (before, found)


def test_a_leader_with_alt_is_found_before_the_escape_alone_is() -> None:
    assert LeaderWatch(["alt+x"]).split(b"\x1b\x1bx") == (b"\x1b", True)


@pytest.mark.parametrize(
    "leader", [b"\x1d", b"\x1b[24~", b"\x1b[93;5u", b"\x1b[27;5;93~", b"\x1b[93:125:93;5:1u"], ids=ascii
)
def test_fault_2_a_leader_cut_anywhere_is_the_leader(leader: bytes) -> None:
    for place in range(1, len(leader)):
        watch = LeaderWatch(LEADERS)
        before, found = watch.split(b"ls" + leader[:place])
        assert (before, found) == (b"ls", False)
        assert watch.split(leader[place:] + b"x") == (b"", True)


@given(st.lists(st.sampled_from([*REPORTS.values()]), min_size=1, max_size=5), st.data())
def test_fault_2_reports_reach_the_node_as_they_are_wherever_they_are_cut(
    reports: list[str], data: st.DataObject
) -> None:
    stream = "".join(reports).encode()
    places = sorted(data.draw(st.sets(st.integers(1, len(stream)), max_size=6)))
    watch, escapes = LeaderWatch(LEADERS), EscapeFilter()
    passed = b""
    for start, end in zip([0, *places], [*places, len(stream)], strict=True):
        typed, found = watch.split(stream[start:end])
        assert not found
        passed += escapes.feed(typed)[0]
    typed, found = watch.expire()
    assert not found
    whole, _ = EscapeFilter().feed(stream)
    assert passed + escapes.feed(typed)[0] == whole


def test_a_leader_in_a_paste_is_text() -> None:
    assert LeaderWatch(LEADERS).split(b"\x1b[200~a\x1d\x1b[201~b\x1d") == (b"\x1b[200~a\x1d\x1b[201~b", True)


class Manager:
    """One session of memory and its manager, and what it was told."""

    key = KEY

    def __init__(self) -> None:
        self.now = SessionSnapshot(KEY, "web", StartRequest("i-1"), None, SessionState.OPEN)
        self.native: Native | None = None
        self.typed = bytearray()
        self.sizes: list[TerminalSize] = []
        self.ended = False
        self.viewers: list[Callable[[int, SessionChange], None]] = []

    def subscribe(self, viewer: Callable[[int, SessionChange], None]) -> Callable[[], None]:
        self.viewers.append(viewer)
        return lambda: self.viewers.remove(viewer)

    def session(self, key: int) -> Manager:
        return self

    def snapshot(self) -> SessionSnapshot:
        return self.now

    def resize(self, size: TerminalSize) -> None:
        self.sizes.append(size)

    def write(self, data: bytes) -> None:
        self.typed += data

    def end(self) -> None:
        self.ended = True

    async def draw_on(self, native: Native, blank: bytes) -> None:
        self.native = native
        native.write(blank + REPLICA)

    def stop_drawing(self) -> None:
        self.native = None

    def become(self, state: SessionState, notice: str = "") -> None:
        self.now = replace(self.now, state=state, notice=notice)
        for viewer in self.viewers:
            viewer(KEY, SessionChange.STATE)


class Stage(PtyPair):
    """A zoom that runs in a pty."""

    def __init__(self) -> None:
        super().__init__()
        self.manager = Manager()
        self.tasks = Tasks("test")
        terminal = LocalTerminal(self.slave, self.slave)
        self.zoom = Zoom(terminal, self.manager, KEY, LEADERS, escapes=True)  # type: ignore[arg-type]
        self.running = self.tasks.start("zoom", self.zoom.run())

    async def over(self) -> None:
        await asyncio.wait_for(self.running, 5)

    async def close(self) -> None:
        await self.tasks.close()
        self.close_ends()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    await wait_until("the screen is drawn", lambda: made.shows(REPLICA))
    yield made
    await made.close()


async def test_keys_go_out_and_output_comes_in_as_they_are(stage: Stage) -> None:
    assert stage.manager.native is not None
    stage.manager.native.write(b"\x1b_Gkitty picture\x1b\\")
    await wait_until("the picture is there", lambda: stage.shows(b"\x1b_Gkitty picture\x1b\\"))
    stage.type(b"\x03\x1b[<0;1;1M\x1ax")
    await wait_until("all is typed", lambda: stage.manager.typed == b"\x03\x1b[<0;1;1M\x1ax")


async def test_an_escape_reaches_the_node_though_nothing_follows(stage: Stage) -> None:
    stage.type(b"\x1b")
    await wait_until("it is typed", lambda: stage.manager.typed == b"\x1b")
    assert not stage.zoom.hung_up


async def test_the_leader_ends_it_and_the_terminal_is_as_it_was(stage: Stage) -> None:
    stage.type(b"last\x1dnot this")
    await stage.over()
    assert stage.manager.typed == b"last"
    assert stage.manager.native is None
    assert not stage.manager.viewers
    assert termios.tcgetattr(stage.slave) == stage.cooked
    assert stage.shows(b"\x1b[?1049l")
    assert stage.seen.index(b"\x1b[22;2t") < stage.seen.index(REPLICA) < stage.seen.index(b"\x1b[23;2t")
    assert not stage.zoom.hung_up


async def test_it_ends_with_its_session(stage: Stage) -> None:
    stage.manager.become(SessionState.ENDED)
    await stage.over()


async def test_an_escape_of_ssh_ends_the_session(stage: Stage) -> None:
    stage.type(b"~.")
    await wait_until("it is ended", lambda: stage.manager.ended)
    assert stage.manager.typed == b""


async def test_a_terminal_that_goes_away_is_told(stage: Stage) -> None:
    os.close(stage.master)
    stage.master = os.open(os.devnull, os.O_RDONLY)
    await stage.over()
    assert stage.zoom.hung_up


async def test_a_lost_connection_is_told_in_the_last_line_and_gone_when_it_is_back(stage: Stage) -> None:
    stage.manager.become(SessionState.LOST, "Trying again in 4 s")
    await wait_until("the line is there", lambda: stage.shows(b"\x1b[24;1H\x1b[0;7m\x1b[K i-1: Trying again in 4 s "))
    stage.seen.clear()
    stage.manager.become(SessionState.OPEN)
    await wait_until("the screen is drawn anew", lambda: stage.shows(REPLICA))


async def test_the_sessions_size_is_the_terminals(stage: Stage) -> None:
    termios.tcsetwinsize(stage.slave, (50, 132))
    os.kill(os.getpid(), signal.SIGWINCH)
    await wait_until("it is told", lambda: stage.manager.sizes[-1] == TerminalSize(132, 50))
