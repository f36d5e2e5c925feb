"""Selecting with the mouse: what gesture selects what, beyond the edge too, and when it copies."""

import pytest
from textual import events

from ssmtui.config.settings import Settings
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.marks import Drag, Press, Release, Shape
from ssmtui.terminal.screen import Modes, MouseFormat, MouseTracking
from ssmtui.ui.terminals import mouse as view_mouse
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.terminals.test_copy_mode import marks

TRACKING = Modes(mouse=MouseTracking.BUTTON, mouse_format=MouseFormat.SGR)
PANE_TOP = 2
"""Rows of the screen above the terminal."""


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Clicks belong together however slow the machine is."""
    monkeypatch.setattr(view_mouse, "CLICKS_WITHIN", 3600.0)


async def mouse(harness: Harness, kind: type[events.MouseEvent], x: int, y: int, button: int = 1, **modifiers) -> None:
    """A mouse event over the cell ``x``, ``y`` of the terminal, as the outer terminal tells it."""
    held = {"shift": False, "meta": False, "ctrl": False, **modifiers}
    harness.app.post_message(kind(None, x, y + PANE_TOP, 0, 0, button, **held))
    await harness.settle()


async def drag(harness: Harness, *cells: tuple[int, int], **modifiers) -> None:
    """Press on the first cell, move over the others, let go on the last."""
    await mouse(harness, events.MouseDown, *cells[0], **modifiers)
    for cell in cells[1:]:
        await mouse(harness, events.MouseMove, *cell, **modifiers)
    await mouse(harness, events.MouseUp, *cells[-1], **modifiers)


async def test_a_drag_selects_and_copies():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.selected = "hello"
        await drag(harness, (2, 1), (3, 1), (3, 1), (7, 4))
        assert marks(harness) == [Press(2, 1, Shape.CHARACTER), Drag(3, 1), Drag(7, 4), Release()]
        await wait_until("the copy", lambda: harness.clipboard.given == ["hello"])


async def test_a_click_only_clears():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.selected = "hello"
        await drag(harness, (2, 1))
        assert marks(harness) == [Press(2, 1, Shape.CHARACTER), Release()]
        assert harness.clipboard.given == []


async def test_copying_at_once_can_be_turned_off():
    async with Harness(settings=Settings(copy_on_select=False)).run() as harness:
        await harness.ready()
        await harness.open_session()
        harness.manager.selected = "hello"
        await drag(harness, (2, 1), (3, 1))
        assert harness.clipboard.given == []
        await harness.press("f12", "Y")
        await wait_until("the copy", lambda: harness.clipboard.given == ["hello"])


async def test_two_clicks_select_a_word_and_three_a_line():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        for _ in range(4):
            await drag(harness, (5, 0))
        await drag(harness, (6, 0))
        shapes = [mark.shape for mark in marks(harness) if isinstance(mark, Press)]
        assert shapes == [Shape.CHARACTER, Shape.WORD, Shape.LINE, Shape.CHARACTER, Shape.CHARACTER]


async def test_slow_clicks_are_clicks_of_their_own(monkeypatch):
    monkeypatch.setattr(view_mouse, "CLICKS_WITHIN", 0.4)
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        view = harness.app.panes.view
        for when in (10.0, 10.3, 10.8):
            event = events.MouseDown(view, 5, 0, 0, 0, 1, False, False, False)
            event.time = when
            view._mouse.down(event)
        shapes = [mark.shape for mark in marks(harness)]
        assert shapes == [Shape.CHARACTER, Shape.WORD, Shape.CHARACTER]


async def test_alt_selects_a_block():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await drag(harness, (2, 1), (7, 4), meta=True)
        assert marks(harness) == [Press(2, 1, Shape.BLOCK), Drag(7, 4), Release()]


async def test_beyond_the_edge_the_view_scrolls_until_the_mouse_is_back():
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        key = await harness.open_session()
        await mouse(harness, events.MouseDown, 2, 1)
        await mouse(harness, events.MouseMove, 4, -2)
        await wait_until("some steps", lambda: harness.manager.scrolled[:2] == [(key, -2)] * 2)
        assert marks(harness)[:3] == [Press(2, 1, Shape.CHARACTER), Drag(4, 0), Drag(4, 0)]
        await mouse(harness, events.MouseMove, 4, 21)
        await wait_until("the other way", lambda: harness.manager.scrolled[-1] == (key, 1))
        assert marks(harness)[-1] == Drag(4, 20)
        await mouse(harness, events.MouseMove, 4, 20)
        assert harness.app.panes.view._mouse._edge is None
        await mouse(harness, events.MouseMove, 4, 30)
        await mouse(harness, events.MouseUp, 4, 30)
        assert harness.app.panes.view._mouse._edge is None
        assert marks(harness)[-1] == Release()


async def test_shift_selects_where_the_program_has_the_mouse():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, modes=TRACKING)
        await harness.settle()
        await drag(harness, (2, 1), (3, 1), shift=True)
        assert marks(harness) == [Press(2, 1, Shape.CHARACTER), Drag(3, 1), Release()]
        assert harness.manager.written[key] == b""
        await mouse(harness, events.MouseDown, 2, 1, shift=True)
        await mouse(harness, events.MouseUp, 2, 1)
        assert marks(harness) == [Press(2, 1, Shape.WORD), Release()], "whose press it was, his is the release"
        assert harness.manager.written[key] == b""
        await mouse(harness, events.MouseDown, 2, 1)
        await mouse(harness, events.MouseUp, 2, 1, shift=True)
        assert harness.manager.written[key].count(b"\x1b[<") == 2
        assert marks(harness) == []


async def test_a_drag_that_is_broken_off_ends():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await mouse(harness, events.MouseDown, 2, 1)
        await mouse(harness, events.MouseMove, 3, -5)
        await harness.press("f12", "x")
        assert marks(harness)[-1] == Release()
        assert harness.app.screen is not harness.app.main


async def test_other_buttons_select_nothing():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        for button in (2, 3):
            await mouse(harness, events.MouseDown, 2, 1, button)
            await mouse(harness, events.MouseUp, 2, 1, button)
        assert marks(harness) == []
