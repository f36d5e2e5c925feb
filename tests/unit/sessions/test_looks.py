"""What viewers of one terminal are told, and when it may forget what it drew, whatever they do."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from ssmtui.model import TerminalSize
from ssmtui.sessions.looks import Look, Looks
from ssmtui.terminal.screen import Frame, FrameRow


class Terminal:
    """Answers at once, and knows whether it holds what frames need."""

    def __init__(self) -> None:
        self.closed = False
        self.holds = False

    async def frame(self, since: int) -> Frame:
        self.holds = True
        return Frame(since + 1, TerminalSize(1, 1), {})

    async def tail(self, count: int) -> tuple[FrameRow, ...]:
        return ()

    def rest(self) -> None:
        self.holds = False


class Viewer:
    """Counts what it is told since its last pull."""

    def __init__(self, looks: Looks, *, is_news: bool) -> None:
        self.calls = 0
        self.news = False
        """Whether anything has changed since then."""
        self.looks_now = False
        self.look: Look = looks.add(self.hear, is_news=is_news)

    def hear(self) -> None:
        self.calls += 1


class LooksMachine(RuleBasedStateMachine):
    viewers = Bundle("viewers")

    def __init__(self) -> None:
        super().__init__()
        self.terminal = Terminal()
        self.announced = 0
        self.unread = False
        self.looks = Looks(self.terminal, self.announce, lambda call: call())
        self.open: list[Viewer] = []

    def announce(self) -> None:
        self.announced += 1

    @rule(target=viewers, is_news=st.booleans())
    def comes(self, is_news: bool) -> Viewer:
        viewer = Viewer(self.looks, is_news=is_news)
        self.open.append(viewer)
        return viewer

    @rule()
    def changes(self) -> None:
        self.looks.changed()
        self.unread = True
        for viewer in self.open:
            viewer.news = True

    @rule(viewer=viewers)
    def pulls(self, viewer: Viewer) -> None:
        with pytest.raises(StopIteration) as done:
            viewer.look.frame(3).send(None)
        assert done.value.value.seq == 4
        viewer.calls, viewer.news, viewer.looks_now = 0, False, True
        if viewer.look.is_news:
            self.announced, self.unread = 0, False

    @rule(viewer=viewers)
    def rests(self, viewer: Viewer) -> None:
        viewer.look.rest()
        viewer.looks_now = False

    @rule(viewer=consumes(viewers))
    def goes(self, viewer: Viewer) -> None:
        viewer.look.close()
        viewer.look.close()
        self.open.remove(viewer)
        assert viewer.look.closed
        viewer.calls = 0
        self.looks.changed()
        assert viewer.calls == 0
        self.unread = True
        for other in self.open:
            other.news = True

    @invariant()
    def each_is_told_once(self) -> None:
        assert [viewer.calls for viewer in self.open] == [int(viewer.news) for viewer in self.open]
        assert self.announced == self.unread

    @invariant()
    def what_frames_need_is_kept_while_anybody_looks(self) -> None:
        looks_now = any(viewer.looks_now for viewer in self.open)
        assert self.looks.in_sight == looks_now
        assert self.terminal.holds == looks_now


TestLooks = LooksMachine.TestCase


def test_a_look_is_closed_with_its_terminal() -> None:
    terminal = Terminal()
    look = Looks(terminal, lambda: None, lambda call: call()).add(lambda: None, is_news=True)
    assert not look.closed
    terminal.closed = True
    assert look.closed


async def test_a_viewer_of_the_last_lines_hears_of_the_next_change_and_looks() -> None:
    heard: list[str] = []
    looks = Looks(Terminal(), lambda: heard.append("news"), lambda call: call())
    look = looks.add(lambda: heard.append("tile"), is_news=False)
    for _ in range(2):
        looks.changed()
        looks.changed()
        assert await look.tail(3) == ()
    assert heard == ["news", "tile", "tile"]
    assert looks.in_sight
