"""What is left of tabs that were closed."""

from __future__ import annotations

import gc
import sys
import weakref
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import pytest
from rich.segment import Segment
from textual._styles_cache import StylesCache
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from ssmtui.model import StartRequest
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.states import SessionState
from ssmtui.ui.compat import BakedStrip
from ssmtui.ui.panes.pane import Pane
from ssmtui.ui.terminals.view import TerminalView
from tests.support.bench import PeerGateway
from tests.support.flood_peer import flood_peer
from tests.support.wait import wait_until
from tests.ui.harness import Harness

TABS = 200
AT_ONCE = 8
WARM = 40
"""Tabs after which all that is loaded or cached once is there."""
BLOCKS = 200
"""Blocks of memory that a closed tab may leave in the average: far less than the lines of one screen take."""
ROOMS = ("ssmtui", "textual", "websockets")
LINES = (Strip, BakedStrip)
"""Drawn lines come and go with what is in sight, by the hundred, and what they hold with them: memory counts them."""


class ForgetfulGateway(PeerGateway):
    """Keeps nothing of a session that is over."""

    async def terminate_session(self, session_id: str) -> None:
        del self._grants[session_id]


def alive() -> Counter[str]:
    """How many objects there are of each class of ours, of Textual's and of the web socket's."""
    gc.collect()
    kinds = Counter(type(one) for one in gc.get_objects())
    return Counter(
        {
            f"{kind.__module__}.{kind.__qualname__}": number
            for kind, number in kinds.items()
            if str(kind.__module__).partition(".")[0] in ROOMS and kind not in LINES and kind.__name__ != "FIFOCache"
        }
    )


@asynccontextmanager
async def harness_with_sessions() -> AsyncIterator[tuple[Harness, SessionManager]]:
    """The screen on the real manager, engines and web sockets; only AWS and the node's shell are made up."""
    engines = EngineHost()
    await engines.start()
    with flood_peer() as peer:
        harness = Harness()
        manager = SessionManager(ForgetfulGateway(peer), engines)
        harness.manager = cast("Any", manager)
        async with harness.run((60, 12)):
            await harness.ready()
            yield harness, manager
    await engines.close()


def shows_prompt(view: TerminalView) -> bool:
    """Whether the node's prompt is drawn."""
    return view.render_line(0).text.startswith("$")


async def open_and_close(harness: Harness, manager: SessionManager, tabs: int) -> None:
    """Have so many tabs at a time, each of them drawn before it is closed."""
    main = harness.app.main
    for _ in range(tabs):
        main.panes.start(StartRequest("idle", title="tab", scope=harness.gateway.scope), None)
    await wait_until("all are open", lambda: all(one.state is SessionState.OPEN for one in manager.snapshots()))
    while (key := main.panes.tabs.session) is not None:
        view = main.panes.view
        assert view is not None
        await wait_until("the prompt is drawn", partial(shows_prompt, view))
        main.panes.remove(key)
    await wait_until("the panes have gone", lambda: not main.query(Pane))


@pytest.mark.timeout(120)
async def test_fault_6_nothing_of_a_closed_tab_stays_in_any_room() -> None:
    async with harness_with_sessions() as (harness, manager):
        for _ in range(0, WARM, AT_ONCE):
            await open_and_close(harness, manager, AT_ONCE)
        before, blocks = alive(), sys.getallocatedblocks()
        for _ in range(WARM, TABS, AT_ONCE):
            await open_and_close(harness, manager, AT_ONCE)

        def kept() -> dict[str, int]:
            return {kind: more for kind, more in (alive() - before).items() if more > (TABS - WARM) // 2}

        # The loop keeps a timer that was cancelled until its time comes, and with it the pane whose tick it was: those
        # of the last second are still there.
        await wait_until("closed tabs to go", lambda: not kept(), report=kept)
        assert (sys.getallocatedblocks() - blocks) / (TABS - WARM) < BLOCKS


async def test_fault_6_the_lines_of_a_closed_tab_go_at_once() -> None:
    async with Harness().run((60, 12)) as harness:
        await harness.ready()
        main = harness.app.main
        key = await harness.open_session("one", "two", "three")
        pane = main.deck.pane(key)
        widgets = list(pane.walk_children(Widget, with_self=True))
        assert any(widget._styles_cache._cache for widget in widgets)
        assert pane.view.render_line(1).text.startswith("two")
        main.panes.remove(key)
        await wait_until("the pane has gone", lambda: not main.query(Pane))
        assert not any(widget._styles_cache._cache for widget in widgets)
        assert not pane.view.render_line(1).text.strip()


def test_fault_6_the_styles_of_backgrounds_hold_no_widget() -> None:
    cache = StylesCache()
    seen = weakref.ref(cache)
    inner, outer = cache.get_inner_outer(Color(1, 2, 3), Color(4, 5, 6))
    assert inner.background == Color(4, 5, 6)
    assert outer.background == Color(1, 2, 3)
    del cache
    assert seen() is None


class SeenStrip(Strip):
    """A strip that a weak reference can follow."""

    __slots__ = ("__weakref__",)


@pytest.mark.parametrize("cuts", [[5], [5, 9]])
def test_fault_6_a_line_that_is_drawn_whole_goes_when_the_next_one_comes(cuts: list[int]) -> None:
    strip = SeenStrip([Segment("hello")])
    seen = weakref.ref(strip)
    gc.disable()
    try:
        assert strip.divide(cuts)[0] is strip
        del strip
        assert seen() is None
    finally:
        gc.enable()


def test_a_line_is_divided_as_before() -> None:
    strip = Strip([Segment("hello")])
    assert [part.text for part in strip.divide([2, 5])] == ["he", "llo"]
    assert [part.text for part in strip.divide([2, 9])] == ["he"]
    assert [part.text for part in strip.divide([5, 5])] == ["hello", ""]
    assert not strip.divide([])
