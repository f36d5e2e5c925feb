"""Watching one session: for the end of a command, for silence, for a line, and that it is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from ssmtui.sessions import watching
from ssmtui.sessions.activity import WORTH_DONE, CommandEnd
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.sessions.watching import NO_WATCH, SessionWatch, Watch, WatchHit, WatchKind
from ssmtui.terminal.marks import Find
from ssmtui.terminal.signs import LineEnd, ShellMark
from tests.support.wait import wait_until
from tests.unit.sessions.test_manager import Stage


class Listener:
    """A watch and its hits."""

    def __init__(self) -> None:
        self.hits: list[WatchHit] = []
        self.watch = SessionWatch(time.monotonic, self._hit)

    def _hit(self) -> None:
        assert self.watch.last is not None
        self.hits.append(self.watch.last)

    @property
    def kinds(self) -> list[WatchKind]:
        return [hit.kind for hit in self.hits]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener()
    yield made
    made.watch.close()


async def test_the_end_of_a_command_is_told_once(listener: Listener) -> None:
    listener.watch.ended(CommandEnd(time.monotonic(), 0, 60.0))
    listener.watch.set(Watch(end=True))
    listener.watch.ended(CommandEnd(time.monotonic(), 3, 75.0))
    listener.watch.ended(CommandEnd(time.monotonic(), 0, 60.0))
    assert listener.hits == [WatchHit(1, WatchKind.END, code=3, seconds=75.0)]
    assert listener.watch.watch == NO_WATCH


async def test_a_short_command_that_is_typed_meanwhile_is_not_the_one_that_is_waited_for(listener: Listener) -> None:
    listener.watch.set(Watch(end=True))
    listener.watch.ended(CommandEnd(time.monotonic() + 1.0, 0, 0.5))
    assert listener.hits == []
    listener.watch.set(Watch(end=True, silence=60.0))  # the end is awaited since before
    listener.watch.ended(CommandEnd(time.monotonic() + 2.0, None, 0.5))
    assert listener.hits == []
    listener.watch.ended(CommandEnd(time.monotonic() + 10.0, 0, WORTH_DONE))
    assert listener.kinds == [WatchKind.END]


async def test_the_command_that_ran_is_waited_for_also_where_it_is_short_and_one_that_fails_always(
    listener: Listener,
) -> None:
    listener.watch.set(Watch(end=True))
    listener.watch.ended(CommandEnd(time.monotonic(), 0, 0.5))
    listener.watch.set(Watch(end=True))
    listener.watch.ended(CommandEnd(time.monotonic() + 5.0, 1, 0.5))
    assert [hit.code for hit in listener.hits] == [0, 1]


async def test_silence_is_told_once_until_there_is_output_again(listener: Listener) -> None:
    listener.watch.set(Watch(silence=0.03))
    listener.watch.printed()
    await wait_until("it is silent", lambda: len(listener.hits) == 1)
    assert listener.watch._silence_timer is not None
    assert listener.watch._silence_timer.when() <= asyncio.get_running_loop().time()  # none waits
    listener.watch.printed()
    await wait_until("it is silent again", lambda: len(listener.hits) == 2)
    assert listener.hits[-1] == WatchHit(2, WatchKind.SILENCE, seconds=0.03)


async def test_what_is_watched_for_already_goes_on_when_more_is(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "PAUSE", 0.05)
    listener.watch.set(Watch(silence=0.01, find=Find("x")))
    await wait_until("it is silent", lambda: listener.kinds == [WatchKind.SILENCE])
    listener.watch.line_found(1, "x 1")
    listener.watch.line_found(2, "x 2")
    listener.watch.set(Watch(end=True, silence=0.01, find=Find("x")))
    await wait_until("the others are told", lambda: WatchHit(3, WatchKind.FOUND, "x 2", 2) in listener.hits)
    assert listener.kinds.count(WatchKind.SILENCE) == 1, "it has printed nothing since"
    listener.watch.set(Watch(end=True))
    listener.watch.line_found(1, "x 3")
    listener.watch.printed()
    assert len(listener.hits) == 3


async def test_output_puts_silence_off(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    watch = SessionWatch(lambda: now, lambda: None)
    watch.set(Watch(silence=60.0))
    now = 159.0
    watch.printed()
    now = 161.0
    watch._look_for_silence()  # as its timer does
    assert watch.last is None
    now = 219.0
    watch._look_for_silence()
    assert watch.last is not None
    watch.close()


async def test_lines_are_told_at_once_and_then_counted(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PAUSE", 0.05)
    listener.watch.line_found(1, "unwatched")
    listener.watch.set(Watch(find=Find("x")))
    for number in range(100):
        listener.watch.line_found(2, f"x {number}")
    assert listener.hits == [WatchHit(1, WatchKind.FOUND, "x 0", 2)]
    await wait_until("the others are told", lambda: len(listener.hits) == 2)
    assert listener.hits[1] == WatchHit(2, WatchKind.FOUND, "x 99", 198)


async def test_the_end_of_the_session_ends_every_watch(listener: Listener) -> None:
    listener.watch.set(Watch(silence=30.0, find=Find("x")))
    listener.watch.line_found(1, "x 1")
    listener.watch.line_found(1, "x 2")
    listener.watch.over()
    listener.watch.over()
    assert listener.kinds == [WatchKind.FOUND, WatchKind.FOUND, WatchKind.OVER]
    assert listener.watch.watch == NO_WATCH
    assert listener.watch._silence_timer is None


async def test_an_end_is_no_news_to_who_watches_nothing(listener: Listener) -> None:
    listener.watch.over()
    assert listener.hits == []


class WatchingStage(Stage):
    """Its terminals take watches."""

    def watched(self, key: int) -> list[Find | None]:
        finds: list[Find | None] = []
        self.engines.panes[key].watch = finds.append  # type: ignore[attr-defined]
        return finds


async def test_a_session_announces_what_it_is_watched_for() -> None:
    stage = WatchingStage()
    key = await stage.open()
    finds, sink = stage.watched(key), stage.engines.panes[key].sink
    session = stage.manager.session(key)
    session.watch(Watch(end=True, find=Find("ERROR")))
    assert finds == [Find("ERROR")]
    assert stage.engines.panes[key].typed_at == 0
    assert stage.manager.snapshot(key).watch.end
    sink.watch_slow()
    assert stage.announced[-1] == (key, SessionChange.WATCHED)
    assert stage.manager.snapshot(key).hit == WatchHit(1, WatchKind.SLOW)
    sink.line_found(1, "ERROR 1")
    # An end that is not worth an announcement of its own is one here, for the command ran before.
    sink.signs_changed([ShellMark("A")], LineEnd.PROMPT)
    session.write(b"true\r")
    assert stage.engines.panes[key].typed_at == 1
    session.watch(Watch(find=Find("ERROR")))
    session.watch(Watch(end=True, find=Find("ERROR")))
    sink.signs_changed([ShellMark("D", 0), ShellMark("A")], None)
    assert stage.announced[-1] == (key, SessionChange.WATCHED)
    hit = stage.manager.snapshot(key).hit
    assert hit is not None
    assert (hit.number, hit.kind, hit.code) == (3, WatchKind.END, 0)
    session.end()
    await wait_until("it is over", lambda: not stage.manager.snapshot(key).live)
    hit = stage.manager.snapshot(key).hit
    assert hit is not None
    assert hit.kind is WatchKind.OVER
    session.watch(Watch(end=True))
    assert stage.manager.snapshot(key).watch == NO_WATCH
    await stage.close()


def test_what_is_printed_and_what_is_watched_for_are_in_no_repr() -> None:
    hit, watch = WatchHit(1, WatchKind.FOUND, "hunter2"), Watch(find=Find("hunter2"))
    assert "hunter2" not in f"{hit!r}{watch!r}"
