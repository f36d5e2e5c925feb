"""The engines' process dies, hangs and is replaced; the sessions keep their screens."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ssmtui.errors import SsmtuiError
from ssmtui.model import TerminalSize
from ssmtui.sessions import engine_host, engine_pane, engine_tail, host_process
from ssmtui.sessions.engine_host import SILENT_TICKS, Awake, EngineHost, EnginePane, pause_after
from ssmtui.sessions.engine_tail import MAX_TAIL, Tail
from ssmtui.sessions.host_process import WINDOW, Running
from ssmtui.tasks import Tasks
from ssmtui.terminal import engines
from ssmtui.terminal.engine import MAX_FEED
from ssmtui.terminal.marks import EMPTY, CellSpan, Drag, Find, Press, SearchStatus, Shape, ViewLink
from ssmtui.terminal.screen import INITIAL_MODES, Attr, Modes
from ssmtui.terminal.signs import LineEnd, ShellMark
from tests.support.deadly_host import DIE, FAIL, HANG
from tests.support.wait import SCALE, wait_until

SIZE = TerminalSize(40, 6)
SLOW = "from ssmtui.terminal import host, search; search.SLICE = 0; host.main()"
"""A host that searches in the smallest slices."""
DEADLY = [sys.executable, "-m", "tests.support.deadly_host"]


class Sink:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.changes = 0
        self.modes: list[Modes] = []
        self.replies = b""
        self.titles: list[str] = []
        self.bells = 0
        self.notices: list[str] = []
        self.lost_screens = 0
        self.clipboards: list[str] = []
        self.marks: list[ShellMark] = []
        self.found: list[tuple[int, str]] = []
        self.slow = 0
        self.line_end = LineEnd.OTHER

    def screen_changed(self) -> None:
        self.changes += 1

    def modes_changed(self, modes: Modes) -> None:
        self.modes.append(modes)

    def reply(self, data: bytes) -> None:
        self.replies += data

    def title_changed(self, title: str) -> None:
        self.titles.append(title)

    def bell(self) -> None:
        self.bells += 1

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def clipboard(self, text: str) -> None:
        self.clipboards.append(text)

    def signs_changed(self, marks: list[ShellMark], end: LineEnd | None) -> None:
        self.marks += marks
        self.line_end = self.line_end if end is None else end

    def line_found(self, count: int, line: str) -> None:
        self.found.append((count, line))

    def watch_slow(self) -> None:
        self.slow += 1

    def screen_lost(self) -> None:
        self.lost_screens += 1


@pytest.fixture
async def hosts() -> AsyncIterator[list[EngineHost]]:
    started: list[EngineHost] = []
    yield started
    for host in started:
        await host.close()


async def start(hosts: list[EngineHost], command: list[str] | None = None) -> EngineHost:
    host = EngineHost(command=command)
    hosts.append(host)
    await host.start()
    return host


@pytest.fixture
async def host(hosts: list[EngineHost]) -> EngineHost:
    return await start(hosts)


def opened(host: EngineHost, count: int = 1) -> list[tuple[EnginePane, Sink]]:
    return [(host.open(key, SIZE, 100, sink), sink) for key, sink in enumerate([Sink() for _ in range(count)], 1)]


def nothing() -> None:
    """A viewer that pulls when the test says so."""


async def parsed(*panes: EnginePane) -> None:
    await wait_until("everything is parsed", lambda: not any(pane.pending for pane in panes))


async def first_line(pane: EnginePane) -> str:
    return (await pane.text()).split("\n")[0]


def stop(host: EngineHost, how: signal.Signals) -> None:
    assert host.pid is not None
    os.kill(host.pid, how)


# Every day


async def test_output_is_drawn(host: EngineHost) -> None:
    [(pane, sink)] = opened(host)
    pane.feed(b"hello")
    frame = await pane.frame(0)
    assert frame.rows[0][0].text == "hello"
    assert (await pane.text()).strip() == "hello"
    assert sink.changes


async def test_changed_rows_only(host: EngineHost) -> None:
    [(pane, _)] = opened(host)
    pane.feed(b"one\r\ntwo")
    first = await pane.frame(0)
    pane.feed(b"\x1b[2;1Hnew")
    second = await pane.frame(first.seq)
    assert (len(first.rows), list(second.rows), second.seq > first.seq) == (6, [1], True)


async def test_the_tail_is_asked_for_by_thumbnails(host: EngineHost) -> None:
    [(pane, sink)] = opened(host)
    pane.feed(b"\r\n".join(b"%d" % number for number in range(30)) + b"\r\n\x1b[1m$ ")
    await parsed(pane)
    pane.scroll(-5)
    rows = await pane.tail(3)
    assert [row[0].text for row in rows] == ["28", "29", "$ "]
    assert rows[-1][0].style.attrs == Attr.BOLD
    calls: list[str] = []
    look = pane.look(lambda: calls.append("tile"), is_news=False)
    assert await look.tail(1) == rows[2:]
    changes = sink.changes
    for _ in range(2):
        pane.feed(b"x")
        await parsed(pane)
        assert calls == ["tile"]
    assert sink.changes == changes, "nobody has read what there was"
    assert [row[0].text for row in await look.tail(2)] == ["29", "$ xx"]
    pane.close()
    assert await pane.tail(3) == ()


async def test_after_a_rest_all_rows_are_told_again(host: EngineHost) -> None:
    [(pane, _)] = opened(host)
    pane.feed(b"one\r\ntwo")
    first = await pane.frame(0)
    pane.rest()
    pane.feed(b"\x1b[2;1Hnew")
    second = await pane.frame(first.seq)
    assert second.seq > first.seq
    assert second.rows[1][0].text == "new"
    pane.feed(b"!")
    assert list((await pane.frame(second.seq)).rows) == [1]


async def test_scrollback_is_compressed_in_a_quiet_moment(host: EngineHost) -> None:
    [(pane, _)] = opened(host)
    pane.feed(b"line\r\n" * 1000)
    await parsed(pane)
    for _ in range(engine_tail.COMPRESS_AFTER + 1):
        pane.tick()
    header = pane.next_message()
    assert header is None, "it has gone to the host already"
    told = await pane.memory()
    assert told is not None
    assert told.lines >= 100
    assert told.process > 1 << 20


async def test_change_is_told_once_until_it_is_looked_at(host: EngineHost) -> None:
    [(pane, sink)] = opened(host)
    calls: list[str] = []
    own, tile = pane.look(lambda: calls.append("own")), pane.look(lambda: calls.append("tile"), is_news=False)
    await wait_until("the terminal is there", lambda: sink.changes)
    assert sorted(calls) == ["own", "tile"]
    await own.frame(0)
    await tile.frame(0)
    before = sink.changes
    for _ in range(5):
        pane.feed(b"x")
        await parsed(pane)
    assert sink.changes == before + 1
    assert sorted(calls) == ["own", "own", "tile", "tile"]
    await tile.frame(0)
    pane.feed(b"x")
    await parsed(pane)
    assert sink.changes == before + 1, "a thumbnail takes no news"
    assert (calls.count("own"), calls.count("tile")) == (2, 3)
    await own.frame(0)
    pane.feed(b"x")
    await parsed(pane)
    assert sink.changes == before + 2
    assert (calls.count("own"), calls.count("tile")) == (3, 3)


async def test_each_look_gets_the_rows_that_it_has_not_seen(host: EngineHost) -> None:
    [(pane, _)] = opened(host)
    one, other = pane.look(nothing), pane.look(nothing, is_news=False)
    pane.feed(b"one\r\ntwo")
    seen_by_one, seen_by_other = await one.frame(0), await other.frame(0)
    pane.feed(b"\x1b[1;1Hnew")
    assert list((await one.frame(seen_by_one.seq)).rows) == [0]
    pane.feed(b"\x1b[2;1Hnew")
    frame = await other.frame(seen_by_other.seq)
    assert sorted(frame.rows) == [0, 1]
    one.rest()
    pane.feed(b"!")
    assert list((await other.frame(frame.seq)).rows) == [1], "what the other needs was kept"
    other.rest()
    assert len((await other.frame(frame.seq)).rows) == SIZE.rows, "nobody looked: all was freed"


async def test_effects_reach_the_sink(host: EngineHost) -> None:
    [(pane, sink)] = opened(host)
    pane.feed(b"\x1b]0;title\x07\x07\x1b[5n\x1b[?2004h")
    await parsed(pane)
    assert (sink.titles, sink.bells, sink.replies) == (["title"], 1, b"\x1b[0n")
    assert sink.modes[-1].bracketed_paste


async def test_a_write_to_the_clipboard_reaches_the_sink_inert_and_once(host: EngineHost) -> None:
    [(pane, sink)] = opened(host)
    pane.feed(b"\x1b]52;c;" + base64.b64encode(b"one\n\ttwo\x1b[31m\x00") + b"\x07")
    await parsed(pane)
    assert sink.clipboards == ["one\n\ttwo [31m "]
    pid = host.pid
    stop(host, signal.SIGKILL)
    await wait_until("there is another host", lambda: host.pid not in (None, pid))
    await pane.frame(0)
    assert len(sink.clipboards) == 1


async def test_size_and_view(host: EngineHost) -> None:
    [(pane, _)] = opened(host)
    pane.feed(b"\r\n".join(b"%d" % n for n in range(30)))
    pane.resize(TerminalSize(50, 7))
    pane.resize(TerminalSize(60, 8))
    assert (await pane.frame(0)).size == TerminalSize(60, 8)
    pane.scroll(-2)
    pane.scroll(-3)
    assert (await pane.frame(0)).scrolled_back == 5
    pane.scroll(-100)
    pane.scroll(0)
    pane.scroll(-1)
    assert (await pane.frame(0)).scrolled_back == 1


async def test_a_search_goes_on_until_all_is_counted() -> None:
    sink, host = Sink(), EngineHost(command=[sys.executable, "-c", SLOW])
    await host.start()
    pane = host.open(1, SIZE, 20_000, sink)
    pane.feed(b"".join(b"line %d\r\n" % n for n in range(10_000)))
    await parsed(pane)
    look = pane.look(nothing)
    pane.mark(Find("line 5", backward=True))
    found, slices = None, 0
    while found is None or not found.complete:
        changes = sink.changes
        found = (await look.frame(0)).overlay.found
        slices += 1
        if found is not None and not found.complete:
            await wait_until("there is more of it", lambda changes=changes: sink.changes > changes)
    assert slices > 5
    lines = sum(str(n).startswith("5") for n in range(10_000))
    assert found == SearchStatus(lines, lines, complete=True)
    assert "line 5999" in await pane.text()
    assert await pane.marks.count_matches(Find("9$", regex=True)) == SearchStatus(1000, 0, complete=True)
    assert (await pane.marks.count_matches(Find("(", regex=True))).error
    await host.close()


async def test_links_and_outputs_are_asked_for(host: EngineHost) -> None:
    [(pane, _)] = opened(host)
    assert await pane.marks.last_output() is None
    pane.feed(b"\x1b]133;A\x07$ ls\r\n\x1b]133;C\x07http://a.example\r\n\x1b]133;A\x07$ ")
    await parsed(pane)
    assert await pane.marks.link_at(3, 1) == "http://a.example"
    assert await pane.marks.link_at(3, 0) == ""
    assert await pane.marks.links() == (ViewLink("http://a.example", "http://a.example"),)
    output = await pane.marks.last_output()
    assert output == ("http://a.example" if host.engine_name == engines.GHOSTTY else None)


async def test_marks_are_in_the_next_frame_and_gone_with_the_host(host: EngineHost) -> None:
    [(pane, _)] = opened(host)
    pane.feed(b"one two three")
    await parsed(pane)
    pane.mark(Press(1, 0, Shape.WORD))
    pane.mark(Drag(4, 0))
    frame = await pane.frame(0)
    assert frame.overlay.selection == (CellSpan(0, 0, 7),)
    assert frame.overlay.shape is Shape.WORD
    assert await pane.marks.selected_text() == "one two"
    pid = host.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await wait_until("there is another host", lambda: host.pid not in (None, pid))
    assert (await pane.frame(0)).overlay == EMPTY
    assert await pane.marks.selected_text() == ""


async def test_a_flood_does_not_hold_up_other_panes(host: EngineHost) -> None:
    (flood, _), (quiet, _) = opened(host, 2)
    flood.feed(b"y\r\n" * 1_000_000)
    quiet.feed(b"quiet")
    await parsed(quiet)
    assert await first_line(quiet) == "quiet"
    assert flood.pending > 1_000_000
    assert (await flood.frame(0)).rows
    assert flood.pending


async def turns(host: EngineHost, panes: list[EnginePane], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whose output is sent to the host once all of ``panes`` print without end, in order."""
    sent: list[int] = []
    process = host._process
    assert process is not None
    send = process.send

    def note(header: dict[str, object], *args: object, **more: object) -> None:
        if header["do"] == "feed":
            sent.append(more["key"])  # type: ignore[arg-type]
        send(header, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "send", note)
    for pane in panes:
        pane.feed(b"x" * 40 * MAX_FEED)
    sent.clear()  # the first had the window for itself
    await parsed(*panes)
    monkeypatch.undo()
    return sent


async def test_the_pane_with_the_focus_gets_every_other_turn_and_the_hidden_ones_some(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    panes = [pane for pane, _ in opened(host, 8)]
    looks = [pane.look(nothing) for pane in panes[4:]]
    assert not any(pane.in_sight for pane in panes)
    for look in looks:
        await look.frame(0)
    assert [pane.in_sight for pane in panes] == [False] * 4 + [True] * 4
    host.prefer(8)
    sent = await turns(host, panes, monkeypatch)
    assert [sent[:32].count(key) for key in range(1, 9)] == [1, 1, 1, 1, 4, 4, 4, 16]
    for look in looks:
        look.rest()
    host.prefer(None)
    sent = await turns(host, panes, monkeypatch)
    assert [sent[:32].count(key) for key in range(1, 9)] == [4] * 8


async def test_a_pane_that_comes_into_sight_gets_the_turns_of_its_new_kind(
    hosts: list[EngineHost],
) -> None:
    host, awake = EngineHost(), Awake()
    hosts.append(host)
    panes = [pane for pane, _ in opened(host, 4)]
    for pane in panes:
        awake.add(pane)
    look = panes[2].look(nothing)
    look.in_sight = True
    awake.add(panes[0])  # which keeps its place
    awake.add(panes[2])
    order = [awake.take_first(but=2, hidden=False).key, awake.take_first(but=2, hidden=False).key]
    assert order == [3, 1]
    assert (2 in awake, 3 in awake, bool(awake)) == (True, False, True)
    look.in_sight = False
    awake.add(panes[2])
    assert [awake.take_first(but=2, hidden=True).key for _ in range(3)] == [4, 3, 2], "at last anybody's turn"
    assert not awake


async def test_less_is_under_way_while_a_key_may_come(host: EngineHost, monkeypatch: pytest.MonkeyPatch) -> None:
    panes = [pane for pane, _ in opened(host, 4)]
    await parsed(*panes)
    process = host._process
    assert process is not None
    send = process.send
    loads: list[int] = []

    def note(header: dict[str, object], *args: object, **more: object) -> None:
        loads.append(process.load)
        send(header, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "send", note)
    await turns_of(panes[1:])
    assert WINDOW / 2 < max(loads) < WINDOW
    loads.clear()
    host.prefer(1)
    await turns_of(panes[1:])
    assert max(loads) < WINDOW / 2, "the terminal with the focus is quiet"
    loads.clear()
    await turns_of(panes)
    assert WINDOW / 2 < max(loads) < WINDOW, "it floods, too"


async def turns_of(panes: list[EnginePane]) -> None:
    for pane in panes:
        pane.feed(b"x" * 20 * MAX_FEED)
    await parsed(*panes)


async def test_without_a_focus_those_in_sight_take_turns(host: EngineHost, monkeypatch: pytest.MonkeyPatch) -> None:
    panes = [pane for pane, _ in opened(host, 4)]
    for pane in panes[:2]:
        await pane.look(nothing).frame(0)
    sent = await turns(host, panes, monkeypatch)
    assert [sent[:32].count(key) for key in range(1, 5)] == [14, 14, 2, 2]


async def test_what_takes_the_host_long_goes_out_one_at_a_time(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    panes = [pane for pane, _ in opened(host, 8)]
    for pane in panes:
        pane.feed(b"x" * 100_000)
    await parsed(*panes)
    process = host._process
    assert process is not None
    under_way: list[int] = []
    send = process.send

    def count(header: dict[str, object], *args: object, **more: object) -> None:
        send(header, *args, **more)  # type: ignore[arg-type]
        under_way.append(sum(order.cost > WINDOW for order in process.orders))

    monkeypatch.setattr(process, "send", count)
    for _ in range(2):  # the second time they have been quiet, and are remembered
        for pane in panes:
            pane.tick()
    await wait_until("all are remembered", lambda: all(pane._tail.snapshot for pane in panes))
    assert max(under_way) == 1


async def test_panes_can_be_opened_and_fed_before_the_host_runs(hosts: list[EngineHost]) -> None:
    host = EngineHost()
    hosts.append(host)
    [(pane, _)] = opened(host)
    pane.feed(b"early")
    await host.start()
    assert await first_line(pane) == "early"


async def test_many_panes_share_what_may_wait_and_get_more_of_it_when_others_close(hosts: list[EngineHost]) -> None:
    host, tasks = EngineHost(), Tasks("test")
    hosts.append(host)
    panes = [pane for pane, _ in opened(host, 50)]
    most = engine_pane.most_pending(50)
    assert most * 50 <= engine_pane.ALL_PENDING < engine_pane.MAX_PENDING * 50
    panes[0].feed(bytes(most))
    await asyncio.wait_for(panes[0].room(), 5)
    panes[0].feed(b"x")
    waiting = tasks.start("room", panes[0].room())
    await asyncio.sleep(0)
    assert not waiting.done()
    panes[1].close()
    await asyncio.wait_for(waiting, 5)
    for pane in panes[2:]:
        pane.close()
    panes[0].feed(bytes(engine_pane.MAX_PENDING - most - 1))
    await asyncio.wait_for(panes[0].room(), 5)
    for key in range(100, 150):
        host.open(key, SIZE, 100, Sink())
    waiting = tasks.start("room", panes[0].room())
    await asyncio.sleep(0)
    assert not waiting.done(), "new panes take of it again"
    await tasks.close()


@pytest.mark.parametrize("panes", [0, 1, 4, 16, 50, 1_000])
def test_a_pane_always_has_room_for_its_next_turns(panes: int) -> None:
    assert engine_pane.LEAST_PENDING <= engine_pane.most_pending(panes) <= engine_pane.MAX_PENDING
    assert engine_pane.most_pending(panes) >= engine_pane.most_pending(panes + 1)


async def test_a_closed_pane_gives_nothing_and_takes_nothing(host: EngineHost) -> None:
    (pane, _), (other, _) = opened(host, 2)
    pane.close()
    pane.close()
    pane.feed(b"x")
    assert ((await pane.frame(0)).rows, await pane.text(), pane.pending) == ({}, "", 0)
    other.feed(b"other")
    assert await first_line(other) == "other"


async def test_a_closed_host_gives_empty_frames(hosts: list[EngineHost]) -> None:
    host = await start(hosts)
    [(pane, _)] = opened(host)
    pid = host.pid
    waiting = Tasks("test").start("frame", pane.frame(0))
    await host.close()
    await waiting
    assert (await pane.frame(5)).rows == {}
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def environment_of(host: EngineHost) -> set[str]:
    shown = Path(f"/proc/{host.pid}/environ")
    if not shown.exists():
        pytest.skip("the system does not show a process's environment")
    return {line.partition(b"=")[0].decode() for line in shown.read_bytes().split(b"\0")}


async def test_nothing_secret_is_in_the_hosts_environment(
    hosts: list[EngineHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    host = await start(hosts)
    names = environment_of(host)
    assert names <= {"", "PYTHONPATH", "LC_CTYPE", *host_process._INHERITED}


# A host that dies


async def test_a_crash_loses_no_visible_text(host: EngineHost, hosts: list[EngineHost]) -> None:
    began = time.monotonic()
    await start(hosts)
    start_takes = time.monotonic() - began  # a fifth of a second, and much more where all processors are busy
    panes = opened(host, 3)
    for number, (pane, _) in enumerate(panes):
        pane.feed(b"\r\n".join(b"\x1b[3%dmpane %d line %d" % (n % 8, number, n) for n in range(30)) + b"\r\n$ ")
    await parsed(*(pane for pane, _ in panes))
    before = [await pane.frame(0) for pane, _ in panes]
    sequences = [frame.seq for frame in before]
    began = time.monotonic()
    stop(host, signal.SIGSEGV)
    after = await asyncio.gather(*(pane.frame(seq) for (pane, _), seq in zip(panes, sequences, strict=True)))
    took = time.monotonic() - began
    assert took < max(1.0 * SCALE, 5 * start_takes)
    assert [frame.rows for frame in after] == [frame.rows for frame in before]
    assert [frame.cursor for frame in after] == [frame.cursor for frame in before]
    assert [frame.history for frame in after] == [frame.history for frame in before]
    assert all(new.seq > old.seq for new, old in zip(after, before, strict=True))
    assert host.restarts == 1
    assert [sink.notices for _, sink in panes] == [[], [], []]


async def test_the_host_is_killed_with_sixteen_panes_in_sight(host: EngineHost) -> None:
    """All are drawn again, each viewer hears of it once, and who was asking gets the answer."""
    panes = [pane for pane, _ in opened(host, 16)]
    calls: list[int] = []
    looks = [pane.look(lambda key=pane.key: calls.append(key)) for pane in panes]
    tiles = [pane.look(lambda key=pane.key: calls.append(-key), is_news=False) for pane in panes]
    for number, pane in enumerate(panes):
        pane.feed(b"pane %d\r\n$ " % number)
    await parsed(*panes)
    before = [await look.frame(0) for look in looks]
    await asyncio.gather(*(tile.frame(0) for tile in tiles))
    assert [frame.rows[0][0].text for frame in before] == [f"pane {number}" for number in range(16)]
    calls.clear()
    asked = [look.frame(frame.seq) for look, frame in zip(looks, before, strict=True)]
    stop(host, signal.SIGKILL)
    after = await asyncio.gather(*asked)
    await wait_until("all are told", lambda: len(calls) >= 32)
    assert host.restarts == 1
    assert sorted(calls) == sorted([*range(1, 17), *range(-16, 0)])
    drawn = [frame.rows or old.rows for frame, old in zip(after, before, strict=True)]
    assert drawn == [frame.rows for frame in before]
    last = await asyncio.gather(*(look.frame(frame.seq) for look, frame in zip(tiles, after, strict=True)))
    assert all(new.seq > old.seq for new, old in zip(last, before, strict=True))
    for number, pane in enumerate(panes):
        pane.feed(b"%d" % number)
    await parsed(*panes)
    texts = await asyncio.gather(*(look.frame(0) for look in looks))
    assert [frame.rows[1][0].text for frame in texts] == [f"$ {number}" for number in range(16)]


async def test_all_that_look_at_a_quarantined_terminal_are_told(hosts: list[EngineHost]) -> None:
    host = await start(hosts, DEADLY)
    [(pane, sink)] = opened(host)
    pane.feed(b"old")
    await parsed(pane)
    calls: list[str] = []
    own, tile = pane.look(lambda: calls.append("own")), pane.look(lambda: calls.append("tile"), is_news=False)
    seen = [await own.frame(0), await tile.frame(0)]
    calls.clear()
    pane.feed(DIE)
    pane.feed(b"new")
    await wait_until("a notice", lambda: sink.notices)
    await parsed(pane)
    assert {*calls} == {"own", "tile"}
    for look, frame in zip((own, tile), seen, strict=True):
        new = await look.frame(frame.seq)
        assert new.seq > frame.seq
        assert new.rows[0][0].text == "new"


async def test_refilling_causes_nothing(host: EngineHost) -> None:
    [(pane, sink)] = opened(host)
    pane.feed(b"\x1b]0;title\x07\x07\x1b[5n\x1b[?2004h")
    await parsed(pane)
    modes = list(sink.modes)
    changes = sink.changes
    await pane.look(nothing).frame(0)
    stop(host, signal.SIGSEGV)
    await wait_until("a new host", lambda: host.restarts == 1 and sink.changes > changes)
    assert (sink.titles, sink.bells, sink.replies, sink.modes) == (["title"], 1, b"\x1b[0n", modes)
    assert (await pane.frame(0)).modes.bracketed_paste


async def test_output_during_a_restart_is_kept(host: EngineHost) -> None:
    [(pane, sink)] = opened(host)
    pane.feed(b"before\r\n")
    await parsed(pane)
    stop(host, signal.SIGKILL)
    pane.feed(b"during\x1b[5n")
    pane.resize(TerminalSize(50, 8))
    await parsed(pane)
    assert (await pane.text()).split("\n")[:2] == ["before", "during"]
    assert (await pane.frame(0)).size == TerminalSize(50, 8)
    assert sink.replies == b"\x1b[0n"


async def test_a_host_that_hangs_is_replaced(host: EngineHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_host, "TICK", 0.05)
    [(pane, _)] = opened(host)
    pane.feed(b"kept")
    await parsed(pane)
    stop(host, signal.SIGSTOP)
    frame = await pane.frame(0)
    assert frame.rows[0][0].text == "kept"
    assert host.restarts == 1


async def test_an_idle_host_that_hangs_is_replaced(host: EngineHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_host, "TICK", 0.05)
    stop(host, signal.SIGSTOP)
    await wait_until("a new host", lambda: host.restarts == 1)


async def test_a_snapshot_takes_the_place_of_a_long_tail(host: EngineHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_host, "TICK", 0.02)
    [(pane, _)] = opened(host)
    pane.feed(b"\x1b[?1049h\x1b[?2004hfull screen\r\n")
    pane.feed(b"x" * 39 * 2000 + b"\x1b[Htop")
    await wait_until("a snapshot", lambda: pane._tail.snapshot)
    assert pane._tail.size == 0
    pane.feed(b" more")
    await parsed(pane)
    before = await pane.frame(0)
    stop(host, signal.SIGSEGV)
    after = await pane.frame(before.seq)
    assert (after.rows, after.modes) == (before.rows, before.modes)
    assert after.modes.alternate_screen


def test_a_tail_keeps_the_last_of_a_flood() -> None:
    tail = Tail()
    tail.cover(b"snapshot")
    for number in range(200):
        tail.add(b"%08d" % number + bytes(16_376))
    assert tail.size <= MAX_TAIL
    fed = b"".join(tail.feeds())
    assert fed.endswith(b"%08d" % 199 + bytes(16_376))
    assert tail.snapshot == b"snapshot"


# Quarantine


async def test_what_kills_the_host_twice_is_quarantined(hosts: list[EngineHost]) -> None:
    host = await start(hosts, DEADLY)
    (bad, bad_sink), (good, good_sink) = opened(host, 2)
    bad.feed(b"\x1b[?2004hold")
    good.feed(b"kept")
    await parsed(bad, good)
    bad.feed(DIE)
    await wait_until("a notice", lambda: bad_sink.notices)
    bad.feed(b"goes on " + DIE)
    await parsed(bad)
    assert await first_line(bad) == "goes on <die>"
    assert await first_line(good) == "kept"
    assert bad_sink.notices == [engine_pane.QUARANTINED]
    assert bad_sink.lost_screens == 1
    assert bad_sink.modes[-1]._replace(alternate_scroll=False) == INITIAL_MODES
    assert good_sink.notices == []
    assert host.restarts == 2


async def test_output_not_yet_fed_survives_the_quarantine(hosts: list[EngineHost]) -> None:
    host = await start(hosts, DEADLY)
    [(pane, sink)] = opened(host)
    await wait_until("the terminal is there", lambda: sink.changes)
    pane.feed(DIE)
    pane.feed(b"after")
    await parsed(pane)
    assert await first_line(pane) == "after"


async def test_what_is_fed_beside_it_is_kept(hosts: list[EngineHost]) -> None:
    host = await start(hosts, DEADLY)
    (bad, bad_sink), (good, good_sink) = opened(host, 2)
    good.feed(b"kept ")
    await parsed(good)
    bad.feed(DIE)
    good.feed(b"and more")
    await parsed(bad, good)
    assert (bad_sink.notices, good_sink.notices) == ([engine_pane.QUARANTINED], [])
    assert await first_line(good) == "kept and more"
    assert host.restarts == 2


async def test_hosts_killed_from_outside_make_no_suspect(hosts: list[EngineHost]) -> None:
    host = await start(hosts, DEADLY)
    [(pane, sink)] = opened(host)
    pane.feed(b"kept")
    await parsed(pane)
    for restarts in (1, 2, 3):
        stop(host, signal.SIGSEGV)
        await wait_until("a new host", lambda wanted=restarts: host.restarts == wanted)
        assert await first_line(pane) == "kept"
    assert sink.notices == []


async def test_what_hangs_the_host_is_quarantined(hosts: list[EngineHost], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_host, "TICK", 0.25)
    host = await start(hosts, DEADLY)
    [(pane, sink)] = opened(host)
    pane.feed(b"before")
    await parsed(pane)
    pane.feed(HANG)
    await wait_until("a notice", lambda: sink.notices)
    pane.feed(b"after")
    assert await first_line(pane) == "after"
    assert host.restarts == 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not say whether a process computes")
async def test_fault_10_a_host_that_stands_still_is_replaced_and_no_session_is_accused(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_host, "TICK", 0.05)
    [(pane, sink)] = opened(host)
    pane.feed(b"".join(b"line %d\r\n" % n for n in range(20)) + b"\x1b[?2004h")
    await parsed(pane)
    for restarts in (1, 2):
        before = await pane.frame(0)
        stop(host, signal.SIGSTOP)
        pane.feed(b"printed meanwhile %d\r\n" % restarts)
        await wait_until("a new host", lambda wanted=restarts: host.restarts == wanted)
        await parsed(pane)
        assert f"printed meanwhile {restarts}" in await pane.text()
        after = await pane.frame(0)
        assert after.history == before.history + 1
        assert after.modes.bracketed_paste
    assert (sink.notices, sink.lost_screens) == ([], 0)


async def test_fault_10_a_host_without_the_processor_is_waited_for(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_process, "running", lambda pid: Running(stopped=False, seconds=1.0))
    process = host._process
    assert process is not None
    killed: list[tuple[bool, int | None]] = []
    monkeypatch.setattr(process, "kill", lambda: killed.append((process.hung, process.suspect)))
    process.send({"do": "ping"}, key=7, answered=lambda *_: None)
    for _ in range(SILENT_TICKS * host_process.PATIENCE):
        process.tick(SILENT_TICKS, 0.5)
    assert killed == []
    assert process.suspect == 7, "if it crashes meanwhile, that is a crash"
    process.tick(SILENT_TICKS, 0.5)
    assert killed == [(False, None)], "it is replaced in the end, and accuses nobody"


async def test_fault_10_hosts_without_the_processor_one_after_another_accuse_no_session(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_host, "TICK", 0.05)
    monkeypatch.setattr(host_process, "PATIENCE", 2)
    # Stopped, and said to be ready to run: what a host without the processor looks like from outside.
    monkeypatch.setattr(host_process, "running", lambda pid: Running(stopped=False, seconds=1.0))
    [(pane, sink)] = opened(host)
    pane.feed(b"kept\r\n")
    await parsed(pane)
    for restarts in (1, 2, 3):
        stop(host, signal.SIGSTOP)
        pane.feed(b"printed meanwhile %d\r\n" % restarts)
        await wait_until("a new host", lambda wanted=restarts: host.restarts == wanted)
        await parsed(pane)
        assert (await pane.text()).split("\n")[0].strip() == "kept"
        assert f"printed meanwhile {restarts}" in await pane.text()
    assert (sink.notices, sink.lost_screens) == ([], 0)


async def test_fault_10_where_nothing_says_whether_a_process_computes_one_silence_is_a_hang(
    hosts: list[EngineHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_host, "TICK", 0.25)
    monkeypatch.setattr(host_process, "running", lambda pid: None)
    host = await start(hosts, DEADLY)
    [(pane, sink)] = opened(host)
    pane.feed(b"before")
    await parsed(pane)
    pane.feed(HANG)
    await wait_until("a new host", lambda: host.restarts == 1)
    assert sink.notices == [engine_pane.QUARANTINED]
    pane.feed(b"after")
    assert await first_line(pane) == "after"


@pytest.mark.parametrize(
    "callback", ["bell", "reply", "title_changed", "clipboard", "modes_changed", "screen_changed", "look"]
)
async def test_b1_a_viewer_that_raises_stops_no_screen(
    host: EngineHost, callback: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a viewer's mistake")

    bad_sink = Sink()
    if callback != "look":
        monkeypatch.setattr(bad_sink, callback, fail)
    bad, good = host.open(1, SIZE, 100, bad_sink), host.open(2, SIZE, 100, Sink())
    look = bad.look(fail if callback == "look" else nothing)
    for _ in range(3):
        bad.feed(b"\x07\x1b]0;title\x07\x1b[5n\x1b[?2004h\x1b]52;c;eA==\x07\x1b[?2004l.")
        await parsed(bad)
        await look.frame(0)
    good.feed(b"goes on")
    assert await first_line(good) == "goes on"
    assert await first_line(bad) == "..."
    assert host.restarts == 0
    [message] = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert message.startswith("pane 1: a defect in ")


def fail_with_mistake(*_: object) -> None:
    raise RuntimeError("a mistake of ours")


async def fail_in_a_moment(*_: object) -> None:
    await asyncio.sleep(0)
    raise RuntimeError("a mistake of ours")


MISTAKES = [
    ("HostProcess", "_read", fail_in_a_moment),
    ("EngineHost", "_bury", fail_with_mistake),
    ("EnginePane", "fill", fail_with_mistake),
]


@pytest.mark.parametrize("relaunched", [0, 1, 2])
@pytest.mark.parametrize(("of", "name", "mistake"), MISTAKES, ids=[name for _, name, _ in MISTAKES])
async def test_b1_the_supervisor_is_supervised_whichever_host_it_has_come_to(
    hosts: list[EngineHost],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    relaunched: int,
    of: str,
    name: str,
    mistake: Callable[..., object],
) -> None:
    monkeypatch.setattr(engine_host, "RETRY_DELAY", 0.01)
    launched: list[host_process.HostProcess] = []
    launch = EngineHost._launch

    async def remembered(host: EngineHost) -> host_process.HostProcess:
        launched.append(await launch(host))
        return launched[-1]

    monkeypatch.setattr(EngineHost, "_launch", remembered)
    host = await start(hosts)
    [(pane, sink)] = opened(host)
    pane.feed(b"kept")
    await parsed(pane)
    for restarts in range(relaunched):
        stop(host, signal.SIGKILL)
        await wait_until("a new host", lambda wanted=restarts + 1: host.restarts == wanted)
        assert await first_line(pane) == "kept"
    with monkeypatch.context() as broken:
        owner = {"HostProcess": host._process, "EngineHost": host, "EnginePane": pane}[of]
        broken.setattr(owner, name, mistake)
        if name == "_read":
            pane.feed(b"\0")  # its answer ends the read that is under way
        else:
            stop(host, signal.SIGKILL)
        logged = "terminal engine: a defect in the supervision of the host"
        await wait_until("it has failed", lambda: logged in caplog.text)
    async with asyncio.timeout(10 * SCALE):
        assert await first_line(pane) == "kept"
    assert host.restarts > relaunched
    assert [one._process.returncode is None for one in launched] == [False] * (len(launched) - 1) + [True]
    await host.close()
    assert all(one._process.returncode is not None for one in launched)
    assert sink.notices == []


async def test_b1_questions_to_a_host_that_a_mistake_ended_are_asked_again(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(pane, _)] = opened(host)
    pane.feed(b"kept")
    await parsed(pane)
    stop(host, signal.SIGSTOP)
    tasks = Tasks("test")
    asked = [tasks.start("question", pane.text(), awaited=True) for _ in range(3)]
    assert host._process is not None
    await wait_until("they are asked", lambda: host._process is not None and len(host._process.orders) >= len(asked))
    # The first answer is under way to what was there before.
    monkeypatch.setattr(host._process, "_take", fail_with_mistake)
    stop(host, signal.SIGCONT)
    async with asyncio.timeout(10 * SCALE):
        assert all(text.startswith("kept") for text in await asyncio.gather(*asked))
    await tasks.close()


async def test_b1_an_answer_that_cannot_be_handled_stops_no_other(
    host: EngineHost, caplog: pytest.LogCaptureFixture
) -> None:
    [(pane, _)] = opened(host)

    def fail(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    assert host._process is not None
    host._process.send({"do": "ping"}, answered=fail)
    pane.feed(b"goes on")
    assert await first_line(pane) == "goes on"
    assert "terminal engine: a defect in the handling of an answer" in caplog.text
    assert host.restarts == 0


async def test_a3_what_an_engine_drops_is_said_once(hosts: list[EngineHost]) -> None:
    drops = "from ssmtui.terminal import bittty_engine, host; bittty_engine._BUDGET = -1; host.main()"
    host = await start(hosts, [sys.executable, "-c", drops, engines.BITTTY])
    [(pane, sink)] = opened(host)
    for _ in range(3):
        pane.feed(b"x" * 1000)
        await parsed(pane)
    assert sink.notices == [engine_pane.DROPPED.format(1000)]


async def test_fault_7_a_reset_survives_a_new_host(host: EngineHost) -> None:
    [(pane, sink)] = opened(host)
    pane.feed(b"shell\r\n\x1b[?1049h\x1b[>5u\x1b[?1000hvim")
    await parsed(pane)
    assert sink.modes[-1].kitty_flags
    pane.reset()
    await parsed(pane)
    stop(host, signal.SIGKILL)
    await wait_until("a new host", lambda: host.restarts)
    modes = (await pane.frame(0)).modes
    assert (modes.kitty_flags, modes.mouse, modes.alternate_screen) == (0, 0, False)
    assert await first_line(pane) == "shell"


async def test_what_an_engine_fails_on_costs_no_host(hosts: list[EngineHost]) -> None:
    host = await start(hosts, DEADLY)
    (bad, sink), (good, _) = opened(host, 2)
    good.feed(b"kept")
    bad.feed(b"old")
    await parsed(bad, good)
    bad.feed(FAIL)
    bad.feed(b"after")
    await parsed(bad)
    assert await first_line(bad) == "after"
    assert (sink.notices, host.restarts) == ([engine_pane.QUARANTINED], 0)
    assert await first_line(good) == "kept"


# A host that cannot be believed or started

LIAR = """
import sys
from ssmtui.terminal import wire
out = sys.stdout.buffer
out.write(wire.pack({"engine": "ghostty"})); out.flush()
while (message := wire.read(sys.stdin.buffer)) is not None:
    header, _ = message
    answer = %s
    out.write(wire.pack(answer)); out.flush()
"""


async def test_a_host_that_answers_what_was_not_asked_is_replaced(hosts: list[EngineHost]) -> None:
    host = await start(hosts, [sys.executable, "-c", LIAR % '{"n": 10**6}'])
    [(pane, _)] = opened(host)
    pane.feed(b"x")
    await wait_until("the liar is replaced", lambda: host.restarts)


@pytest.mark.parametrize(
    "answer",
    [
        '{"n": header["n"], "modes": "x"}',
        '{"n": header["n"], "seq": "x"} if header["do"] == "frame" else {"n": header["n"]}',
        '{"n": header["n"], "text": 5} if header["do"] == "text" else {"n": header["n"]}',
    ],
)
async def test_a_terminal_of_which_hosts_say_nonsense_is_quarantined(hosts: list[EngineHost], answer: str) -> None:
    host = await start(hosts, [sys.executable, "-c", LIAR % answer])
    (pane, sink), (_, other) = opened(host, 2)
    pane.feed(b"x")
    tasks = Tasks("test")
    looking = [tasks.start("frame", pane.frame(0)), tasks.start("text", pane.text())]
    await wait_until("the terminal is given up", lambda: sink.notices)
    assert (host.restarts >= 1, other.notices) == (True, [])
    pane.close()
    await asyncio.gather(*looking)


async def test_a_host_that_does_not_start_is_an_error() -> None:
    with pytest.raises(SsmtuiError, match="does not start"):
        await EngineHost(command=[sys.executable, "-c", "raise SystemExit(1)"]).start()
    with pytest.raises(SsmtuiError, match="does not start"):
        await EngineHost(command=["/nonexistent/python"]).start()


async def test_the_plain_engine_can_be_asked_for(hosts: list[EngineHost]) -> None:
    host = EngineHost(engines.BITTTY)
    hosts.append(host)
    assert host.engine_name == engines.BITTTY
    await host.start()
    assert host.engine_name == engines.BITTTY
    [(pane, _)] = opened(host)
    pane.feed(b"plain")
    assert await first_line(pane) == "plain"


def test_hosts_that_die_young_are_waited_for_longer_and_longer() -> None:
    assert [pause_after(lives) for lives in (0, 5, 6, 7, 9, 10, 40)] == [0, 0, 1 / 16, 1 / 8, 1 / 2, 1, 1]


# What output says of the shell


@pytest.mark.parametrize("engine", engines.NAMES)
async def test_marks_and_the_end_of_the_line_are_reported(hosts: list[EngineHost], engine: str) -> None:
    host = EngineHost(engine)
    hosts.append(host)
    await host.start()
    [(pane, sink)] = opened(host)
    pane.feed(b"\x1b]133;C\x07working\r\n")
    await parsed(pane)
    assert (sink.marks, sink.line_end) == ([ShellMark("C")], LineEnd.OTHER)
    pane.feed(b"[sudo] password for a: ")
    await parsed(pane)
    assert sink.line_end is LineEnd.SECRET
    pane.feed(b"\r\n\x1b]133;D;7\x07\x1b]133;A\x07$ ")
    await parsed(pane)
    assert sink.marks[1:] == [ShellMark("D", 7), ShellMark("A")]
    assert sink.line_end is LineEnd.PROMPT


async def test_a_new_host_does_not_repeat_marks(host: EngineHost) -> None:
    [(pane, sink)] = opened(host)
    pane.feed(b"\x1b]133;C\x07\r\n\x1b]133;D;7\x07\x1b]133;A\x07$ ")
    await parsed(pane)
    stop(host, signal.SIGKILL)
    await wait_until("there is a new host", lambda: host.restarts == 1)
    await pane.text()
    pane.feed(b"ls")
    await parsed(pane)
    assert sink.marks == [ShellMark("C"), ShellMark("D", 7), ShellMark("A")]
    assert sink.line_end is LineEnd.OTHER


async def test_a_pattern_that_takes_too_long_on_what_is_printed_is_reported_once(host: EngineHost) -> None:
    [(pane, sink)] = opened(host, 1)
    pane.watch(Find("(a+)+b", regex=True))
    for _ in range(3):
        pane.feed(b"a" * 60 + b"\r\n")
        await parsed(pane)
    assert (sink.slow, sink.found) == (1, [])


async def test_lines_that_are_watched_for_are_reported_also_by_a_new_host(host: EngineHost) -> None:
    [(pane, sink), (other, other_sink)] = opened(host, 2)
    pane.feed(b"ERROR before\r\n")
    await parsed(pane)
    pane.watch(Find("ERROR"))
    pane.feed(b"fine\r\nERROR \x1b[31mdisk\x1b[0m full\r\n")
    other.feed(b"ERROR elsewhere\r\n")
    await parsed(pane, other)
    assert (sink.found, other_sink.found) == ([(1, "ERROR disk full")], [])
    stop(host, signal.SIGKILL)
    await wait_until("there is a new host", lambda: host.restarts == 1)
    await pane.text()
    pane.feed(b"ERROR again\r\n")
    await parsed(pane)
    assert sink.found[1:] == [(1, "ERROR again")]
    pane.feed(b"$ ")
    await parsed(pane)
    pane.typed()
    pane.feed(b"grep ERROR log\r\nERROR in it\r\n")
    await parsed(pane)
    assert sink.found[2:] == [(1, "ERROR in it")]
    pane.watch(None)
    pane.feed(b"ERROR unwatched\r\n")
    await parsed(pane)
    assert len(sink.found) == 3
