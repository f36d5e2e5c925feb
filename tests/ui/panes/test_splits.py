"""Several panes in a tab: keys and mouse, sizes, what is in sight, and what a node hears of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual import events
from textual.geometry import Offset, Size
from textual.keys import key_to_character

from ssmtui.config.settings import Settings
from ssmtui.errors import TargetNotConnected
from ssmtui.layout import Layout
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.states import SessionState
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.panes.pane import PaneLine
from ssmtui.ui.panes.tab_bar import TabBar
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.terminals import view as terminal_view
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

LEADER = "ctrl+right_square_bracket"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Keys typed just after the end count in these tests."""
    monkeypatch.setattr(terminal_view, "DEAF_AFTER_END", 0.0)


async def split(harness: Harness, key: str = "percent_sign") -> int:
    """Split the pane that has the focus; the new session is open."""
    before = {session.key for session in harness.manager.snapshots()}
    await harness.press(LEADER, key)

    def come() -> set[int]:
        return {session.key for session in harness.manager.snapshots()} - before

    await wait_until("another session", come)
    (new,) = come()
    harness.manager.becomes(new, SessionState.OPEN)
    harness.manager.prints(new, f"prompt {new} $ ")
    await harness.settle()
    return new


async def sizes(harness: Harness, expected: dict[int, str]) -> None:
    """Wait until the nodes know these sizes."""
    known = harness.manager.sizes
    await wait_until(
        f"{expected}",
        lambda: {key: str(known[key]) for key in expected} == expected,
        report=lambda: str({key: str(size) for key, size in known.items()}),
    )


def in_sight(harness: Harness) -> set[int]:
    return set(harness.app.panes.in_sight)


async def mouse(harness: Harness, kind: type[events.MouseEvent], x: int, y: int, button: int = 1) -> None:
    """As the terminal reports it."""
    event = kind(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y)
    harness.app.post_message(event)
    await harness.settle()


async def test_a_split_starts_the_same_again_beside_it():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        assert harness.manager.snapshot(second).request == harness.manager.snapshot(first).request
        assert str(harness.manager.sizes[second]) == "60x37", "it is started with the size that it has"
        await sizes(harness, {first: "60x37", second: "60x37"})
        assert in_sight(harness) == {first, second}
        await harness.press("l", "s")
        assert bytes(harness.manager.written[second]) == b"ls"
        assert not harness.manager.written[first]
        assert len(harness.app.panes.tabs.of_sessions) == 1


async def test_a_split_below_and_the_way_back():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness, "quotation_mark")
        await sizes(harness, {first: "121x18", second: "121x18"})
        await harness.press(LEADER, "up", "a")
        await harness.press(LEADER, "up", "b")
        assert bytes(harness.manager.written[first]) == b"ab", "there is nothing above it"
        await harness.press(LEADER, "down", "c")
        assert bytes(harness.manager.written[second]) == b"c"


async def test_next_and_last_pane():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        keys = [await harness.open_session(), await split(harness), await split(harness, "quotation_mark")]
        await harness.press(LEADER, "o", "a")
        await harness.press(LEADER, "semicolon", "b")
        await harness.press(LEADER, "left", "c")
        written = {key: bytes(harness.manager.written[key]) for key in keys}
        assert written == {keys[0]: b"ac", keys[1]: b"", keys[2]: b"b"}


async def test_one_that_is_alone_has_the_whole_tab_and_then_its_place_again():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await sizes(harness, {first: "60x37"})
        await harness.press(LEADER, "z")
        assert in_sight(harness) == {second}
        await harness.shows("+1 behind")
        await sizes(harness, {first: "60x37", second: "121x37"})
        await harness.press(LEADER, "z")
        await sizes(harness, {first: "60x37", second: "60x37"})
        assert in_sight(harness) == {first, second}
        assert "behind" not in harness.text()


async def test_going_on_from_one_that_is_alone_shows_them_all():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await harness.press(LEADER, "z")
        await sizes(harness, {second: "121x37"})
        await harness.press(LEADER, "o")
        assert in_sight(harness) == {first, second}
        await sizes(harness, {first: "60x37", second: "60x37"})


async def test_an_arrow_goes_on_from_one_that_is_alone_or_from_one_of_too_many():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await harness.press(LEADER, "z", LEADER, "left", "a")
        assert in_sight(harness) == {first, second}
        await harness.pilot.resize_terminal(40, 10)
        await harness.settle()
        await harness.press(LEADER, "right", "b", LEADER, "right", "c", LEADER, "left", "d")
        written = [bytes(harness.manager.written[key]) for key in (first, second)]
        assert written == [b"ad", b"bc"]


async def test_closing_a_pane_gives_its_room_to_the_others():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        harness.manager.becomes(second, SessionState.ENDED)
        await harness.shows("The session is over")
        await harness.press("x")
        await sizes(harness, {first: "121x37"})
        assert in_sight(harness) == {first}
        await harness.press("a")
        assert bytes(harness.manager.written[first]) == b"a"


async def test_a_pane_that_goes_beside_the_one_with_the_focus():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await sizes(harness, {second: "60x37"})
        harness.app.panes.remove(first)
        await sizes(harness, {second: "121x37"})
        assert in_sight(harness) == {second}
        assert harness.app.panes.view_of(second).size.width == 121


async def test_a_restart_stays_in_its_pane():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await sizes(harness, {first: "60x37"})
        harness.manager.becomes(second, SessionState.ENDED)
        await harness.shows("The session is over")
        await harness.press("r")
        again = harness.app.panes.session
        assert again is not None
        assert again.key not in (first, second)
        assert in_sight(harness) == {first, again.key}
        assert str(harness.manager.sizes[again.key]) == "60x37"


async def test_one_that_was_restarted_out_of_sight_can_be_shown_at_once():
    async with Harness().run((121, 40)) as harness:
        first, _ = await harness.open_two()
        harness.manager.becomes(first, SessionState.ENDED)
        await harness.settle()
        again = harness.app.panes.restart_unseen(first)
        harness.app.panes.show(again)
        await harness.settle()
        assert in_sight(harness) == {again}


async def test_a_node_hears_of_a_storm_of_resizes_once():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await sizes(harness, {first: "60x37"})
        harness.manager.resizes.clear()
        for width in range(120, 90, -1):
            harness.app.post_message(events.Resize(Size(width, 40), Size(width, 40)))
        await sizes(harness, {first: "45x37", second: "45x37"})
        assert len(harness.manager.resizes) == 2


async def test_a_window_too_small_shows_the_pane_with_the_focus():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await harness.pilot.resize_terminal(40, 10)
        await harness.settle()
        assert in_sight(harness) == {second}
        await harness.shows("+1 behind")
        await harness.press(LEADER, "z")
        await harness.tells("has no room for the other panes")
        await sizes(harness, {second: "40x7"})
        await harness.press(LEADER, "o", "a")
        assert bytes(harness.manager.written[first]) == b"a"
        await harness.pilot.resize_terminal(121, 40)
        await sizes(harness, {first: "60x37", second: "60x37"})


async def test_there_must_be_room_for_another_pane():
    async with Harness().run((40, 12)) as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press(LEADER, "percent_sign")
        await harness.tells("There is no room for another pane")
        assert len(harness.manager.snapshots()) == 1


@pytest.mark.parametrize(("rows", "tabs"), [(40, 1), (12, 2)])
async def test_a_guarded_node_is_asked_about_again(rows, tabs):
    harness = Harness(FakeGateway(fleet(9)), settings=Settings(guard=("account:123456789012",)))
    async with harness.run((121, 40)):
        await harness.ready()
        await harness.press("enter")
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion))
        name = "bastion-1"
        await harness.press(*name, "enter")
        await wait_until("a session", lambda: harness.app.panes.session)
        harness.manager.becomes(harness.app.panes.session.key, SessionState.OPEN)
        await harness.press(LEADER, "percent_sign")
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion))
        await harness.pilot.resize_terminal(40 if rows < 40 else 121, rows)  # there may be no room for it any more
        await harness.press(*name, "enter")
        await wait_until("the other one", lambda: len(harness.app.panes.tabs.sessions) == 2)
        assert len(harness.app.panes.tabs.of_sessions) == tabs
        assert len(in_sight(harness)) == 3 - tabs


async def test_the_border_follows_the_mouse_and_the_nodes_when_it_is_let_go():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await sizes(harness, {first: "60x37"})
        harness.manager.resizes.clear()
        await mouse(harness, events.MouseDown, 60, 20)
        for x in (50, 45, 40):
            await mouse(harness, events.MouseMove, x, 20)
        assert harness.app.panes.deck.pane(first).size.width == 40
        assert not harness.manager.resizes
        await mouse(harness, events.MouseUp, 40, 20)
        await sizes(harness, {first: "40x37", second: "80x37"})
        assert len(harness.manager.resizes) == 2
        await harness.press(LEADER, "U")
        await sizes(harness, {first: "60x37", second: "60x37"})


async def test_a_border_that_was_let_go_unheard_stays_and_the_nodes_hear_of_it():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await sizes(harness, {first: "60x37"})
        await mouse(harness, events.MouseDown, 60, 20)
        await mouse(harness, events.MouseMove, 50, 20)
        await mouse(harness, events.MouseMove, 30, 20, button=0)
        await sizes(harness, {first: "50x37", second: "70x37"})
        await mouse(harness, events.MouseMove, 20, 20, button=0)
        assert harness.app.panes.deck.pane(first).size.width == 50


async def test_the_line_of_the_lower_pane_is_a_border_too():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness, "quotation_mark")
        await sizes(harness, {first: "121x18"})
        y = harness.app.panes.deck.pane(second).query_one(PaneLine).region.y
        await mouse(harness, events.MouseDown, 60, y)
        await mouse(harness, events.MouseMove, 60, y + 5)
        await mouse(harness, events.MouseUp, 60, y + 5)
        await sizes(harness, {first: "121x23", second: "121x13"})


async def test_where_two_borders_cross_it_is_the_column_that_is_dragged():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness, "quotation_mark")
        third = await split(harness)
        await sizes(harness, {first: "121x18", second: "60x18", third: "60x18"})
        y = harness.app.panes.deck.pane(second).query_one(PaneLine).region.y
        await mouse(harness, events.MouseDown, 60, y)
        await mouse(harness, events.MouseMove, 40, y - 3)
        await mouse(harness, events.MouseUp, 40, y - 3)
        await sizes(harness, {first: "121x18", second: "40x18", third: "80x18"})


async def test_a_click_gives_a_pane_the_focus():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await harness.pilot.click(offset=Offset(10, 20))
        await harness.settle()
        await harness.press("a")
        assert harness.app.panes.session.key == first
        await harness.pilot.click(offset=Offset(100, 1))  # its line
        await harness.settle()
        await harness.press("b")
        assert (bytes(harness.manager.written[first]), bytes(harness.manager.written[second])) == (b"a", b"b")


async def test_a_tab_is_dragged_into_a_pane():
    async with Harness().run((121, 40)) as harness:
        first, second = await harness.open_two()
        bar = harness.app.main.query_one(TabBar)
        x = next(x for x in range(120) if getattr(bar.tag_at(x), "tab", None) == harness.app.panes.tabs.of(first).id)
        await mouse(harness, events.MouseDown, x, 0)
        await mouse(harness, events.MouseMove, 60, 35)
        await harness.shows("into the lower half")
        await mouse(harness, events.MouseUp, 60, 35)
        assert in_sight(harness) == {first, second}
        assert "half" not in harness.text()
        await sizes(harness, {first: "121x18", second: "121x18"})
        assert harness.app.panes.tabs.of_sessions[0].sessions == (second, first)


async def test_what_comes_into_a_tab_goes_where_there_is_room():
    async with Harness().run((40, 24)) as harness:
        first, second = await harness.open_two()
        await harness.press(LEADER, "j", "enter")
        await sizes(harness, {first: "40x10", second: "40x10"})
        await harness.press(LEADER, "exclamation_mark")
        panes = harness.app.panes
        (other,) = (tab for tab in panes.tabs.of_sessions if tab is not panes.tabs.shown)  # too far left for the bar
        panes.drag_tab(other, Offset(39, 8))
        await harness.shows("into the upper half")
        panes.drop_tab(other, Offset(39, 8))
        await sizes(harness, {first: "40x10", second: "40x10"})


@pytest.mark.parametrize("kind", [events.MouseUp, events.MouseMove])
async def test_a_tab_that_is_brought_back_to_the_bar_is_dropped_nowhere(kind):
    async with Harness(settings=Settings(chrome="none")).run((121, 40)) as harness:
        first, _ = await harness.open_two()
        await harness.press(LEADER)  # the bar lies over the pane
        bar = harness.app.main.query_one(TabBar)
        x = next(x for x in range(120) if getattr(bar.tag_at(x), "tab", None) == harness.app.panes.tabs.of(first).id)
        await mouse(harness, events.MouseDown, x, 0)
        await mouse(harness, events.MouseMove, 60, 35)
        await harness.shows("into the lower half")
        await mouse(harness, events.MouseMove, x, 0)
        assert "half" not in harness.text()
        await mouse(harness, events.MouseMove, 60, 35)
        await mouse(harness, kind, x, 0, button=0)
        assert "half" not in harness.text()
        assert len(harness.app.panes.tabs.of_sessions) == 2
        await mouse(harness, events.MouseMove, 60, 35)
        assert "half" not in harness.text(), "it is held no more"


@pytest.mark.parametrize("chrome", ["full", "none"])
async def test_a_tab_that_is_only_clicked_is_shown(chrome):
    async with Harness(settings=Settings(chrome=chrome)).run((121, 40)) as harness:
        first, _ = await harness.open_two()
        await harness.press(LEADER)
        bar = harness.app.main.query_one(TabBar)
        x = next(x for x in range(120) if getattr(bar.tag_at(x), "tab", None) == harness.app.panes.tabs.of(first).id)
        await harness.pilot.click(offset=Offset(x, 0))
        await harness.settle()
        assert harness.app.panes.session.key == first
        assert in_sight(harness) == {first}


async def test_break_out_join_and_undo():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await sizes(harness, {first: "60x37"})
        await harness.press(LEADER, "exclamation_mark")
        assert in_sight(harness) == {second}
        await sizes(harness, {first: "121x37", second: "121x37"})
        await harness.press(LEADER, "j")
        await harness.press("enter")
        assert in_sight(harness) == {first, second}
        await harness.press(LEADER, "U")
        assert in_sight(harness) == {first}, "the focus stays with its session"
        await harness.press(LEADER, "U")
        assert in_sight(harness) == {first, second}
        await sizes(harness, {first: "60x37", second: "60x37"})
        await harness.press(LEADER, "U", LEADER, "U")
        await harness.tells("No change of a layout is left to take back")


async def test_swap_rotate_even_and_arrangements():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        one = await harness.open_session()
        two = await split(harness)
        three = await split(harness)
        await sizes(harness, {one: "59x37", two: "30x37", three: "30x37"})
        await harness.press(LEADER, "equals_sign")
        await sizes(harness, {one: "40x37", two: "40x37", three: "39x37"})
        await harness.press(LEADER, "left_curly_bracket")
        tab = harness.app.panes.tabs.of(one)
        assert tab.sessions == (one, three, two)
        await harness.press(LEADER, "right_curly_bracket")
        assert tab.sessions == (one, two, three)
        await harness.press(LEADER, "ctrl+o")
        assert tab.sessions == (three, one, two)
        await harness.press(LEADER, "space")
        assert len({(area.x, area.y) for area in tab.layout.place(harness.app.panes.area).panes.values()}) == 3
        await harness.command("layout", "even-vertical")
        await sizes(harness, {three: "121x12"})
        await harness.command("layout", "even-diagonal")
        await harness.tells("There is no layout even-diagonal")
        assert harness.app.panes.session.key == three


async def test_a_key_that_resizes_works_again_without_the_leader():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await harness.press(LEADER, "ctrl+left", "ctrl+left", "ctrl+right", "a", "ctrl+left")
        await sizes(harness, {first: "57x37", second: "63x37"})
        assert bytes(harness.manager.written[second]) == b"a\x1b[1;5D", "after another key it is the node's"


async def test_keys_that_resize_one_after_the_other_are_one_change():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        await split(harness)
        layouts = harness.app.panes.tabs
        begun = layouts.shown.layout.root
        await harness.press(LEADER, "ctrl+left", "ctrl+left", "ctrl+left")
        await harness.press(LEADER, "right_curly_bracket")
        await harness.press(LEADER, "ctrl+left", "ctrl+left")
        await harness.press(LEADER, "U")
        await harness.press(LEADER, "U")
        await sizes(harness, {first: "51x37"})
        await harness.press(LEADER, "U")
        assert layouts.shown.layout.root == begun
        await sizes(harness, {first: "60x37"})


async def test_what_is_out_of_sight_in_the_shown_tab_is_marked():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        await split(harness)
        await harness.press(LEADER, "z")
        harness.manager.rings(first)
        await harness.shows("▲")
        await harness.press(LEADER, "a")
        assert harness.app.panes.session.key == first
        assert "▲ " not in harness.text().splitlines()[0]


async def test_a_pane_that_goes_while_its_border_is_dragged():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await mouse(harness, events.MouseDown, 60, 20)
        await mouse(harness, events.MouseMove, 50, 20)
        harness.app.panes.remove(second)
        await mouse(harness, events.MouseMove, 45, 20)
        await mouse(harness, events.MouseUp, 45, 20)
        await sizes(harness, {first: "121x37"})
        assert in_sight(harness) == {first}


async def test_each_pane_is_drawn_while_it_prints():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        harness.manager.prints(first, "left says this")
        harness.manager.prints(second, "right says that")
        await harness.shows("left says this", "right says that")


async def test_a_name_given_to_several_panes_is_that_of_their_tab():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        before = harness.manager.snapshot(first).title
        await split(harness)
        await harness.command("rename", "pair")
        assert "pair +1" in harness.text().splitlines()[0]
        assert harness.manager.snapshot(first).title == before


async def test_the_last_of_several_panes_gives_its_tab_another_name():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await harness.command("rename", "pair")
        harness.app.panes.remove(second)
        await harness.shows("2 pair")
        await harness.press(LEADER, "comma")
        await harness.shows("Rename the tab", "pair")
        await harness.press("ctrl+u", *"one", "enter")
        assert "2 one" in harness.text().splitlines()[0]
        assert harness.manager.snapshot(first).title == "one"


async def test_the_pane_with_the_focus_is_parsed_and_drawn_first():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        panes = harness.app.panes

        def preferred() -> tuple[int | None, object]:
            return harness.manager.preferred, panes.deck._pacer._order.preferred

        assert preferred() == (second, panes.view_of(second))
        await harness.press(LEADER, "left")
        assert preferred() == (first, panes.view_of(first))
        await harness.press(LEADER, "d")
        assert preferred() == (None, None)


async def test_the_name_of_the_pane_with_the_focus_stands_out():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()

        def tones() -> list[Tone]:
            lines = [harness.app.panes.deck.pane(key).query_one(PaneLine) for key in harness.app.panes.in_sight]
            return [line.left(40)[0].tone for line in lines]

        assert tones() == [Tone.STRONG], "there is no other"
        await split(harness)
        assert tones() == [Tone.STRONG, Tone.HERE]
        await harness.press(LEADER, "left")
        assert tones() == [Tone.HERE, Tone.STRONG]
        assert harness.app.panes.session.key == first


async def test_the_borders_of_the_pane_with_the_focus_stand_out_as_far_as_it_reaches():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        await split(harness)
        third = await split(harness, "quotation_mark")
        deck = harness.app.panes.deck

        def colors() -> list[object]:
            """Of the border at each line."""
            lines = [deck.render_line(y) for y in range(deck.size.height)]
            return [next(segment.style.color for segment in line if "│" in segment.text) for line in lines]

        y = deck.pane(third).region.y - deck.region.y
        above, beside = colors()[:y], colors()[y:]
        assert len(set(above)) == len(set(beside)) == 1
        assert above[0] != beside[0]
        await harness.press(LEADER, "left")
        assert harness.app.panes.session.key == first
        assert set(colors()) == {beside[0]}


async def test_the_smallest_panes_still_say_which_node_they_show():
    async with Harness().run((41, 24)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        harness.manager.becomes(first, SessionState.LOST)
        await harness.settle()
        line = harness.text().splitlines()[1]
        assert line[:20].split() == ["bastion-1", "lost"]
        assert line[20] == "│"
        assert line[21:].split()[0] == "bastion-1"
        await harness.press(LEADER, "b")
        await harness.tells("What you type goes to")
        assert harness.app.panes.deck.pane(second).query_one(PaneLine).left(15)[0].text.strip() == "bastion-1"
        assert "»" in harness.text().splitlines()[1][21:]


async def test_sixteen_panes_in_a_storm_of_resizes():
    async with Harness().run((200, 60)) as harness:
        await harness.ready()
        keys = [harness.manager.start(StartRequest(f"i-{number}"), TerminalSize(80, 24)) for number in range(16)]
        for key in keys:
            harness.manager.becomes(key, SessionState.OPEN)
        await harness.settle()
        harness.app.panes.gather(Layout.of(keys, area=harness.app.panes.area))
        await sizes(harness, dict.fromkeys(keys[-3:], "49x13"))
        harness.manager.resizes.clear()
        for size in [
            Size(40, 10),
            Size(90, 27),
            Size(121, 40),
            Size(20, 5),
            *(Size(cols, 50) for cols in range(199, 163, -1)),
        ]:
            harness.app.post_message(events.Resize(size, size))
        await wait_until("all panes are in sight", lambda: len(in_sight(harness)) == 16)
        await wait_until("the nodes know", lambda: len(harness.manager.resizes) == 16)
        await harness.settle()
        assert sorted(key for key, _ in harness.manager.resizes) == keys
        lines = harness.text().splitlines()
        assert [line.count("│") for line in lines[2:12]] == [3] * 10


async def test_panes_of_different_kinds_stand_side_by_side():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        shell = await harness.open_session()
        command = await split(harness)
        waiting = await split(harness, "quotation_mark")
        harness.manager.becomes(command, SessionState.OPEN, session_type="NonInteractiveCommands")
        harness.manager.prints(command, "only prints")
        harness.manager.becomes(waiting, SessionState.FAILED, session_id="", error=TargetNotConnected("i-1"))
        await harness.shows("only prints", "No session on")
        await harness.press(LEADER, "up", "a", LEADER, "left", "b")
        assert (bytes(harness.manager.written[command]), bytes(harness.manager.written[shell])) == (b"a", b"b")
        assert in_sight(harness) == {shell, command, waiting}


async def test_only_the_pane_of_a_session_that_has_changed_is_worked_out_anew(monkeypatch):
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        shown = []
        for key in (first, second):
            monkeypatch.setattr(harness.app.panes.deck.pane(key), "show", lambda snapshot: shown.append(snapshot.key))
        harness.manager.becomes(first, SessionState.OPEN, round_trip=0.5)
        harness.manager._sessions[second] = replace(harness.manager.snapshot(second), quiet_for=1.0)  # not announced
        await harness.settle()
        assert shown == [first]


async def test_nothing_is_drawn_or_resized_while_another_program_has_the_terminal():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        third = await split(harness)
        panes, sessions = harness.app.panes, harness.manager
        await sizes(harness, {first: "59x37"})
        panes.cover()
        sessions.session(second).resize(TerminalSize(121, 40))  # as the program does that has the terminal
        sessions.resizes.clear()
        sessions.pulled.clear()
        panes.remove(third)
        for key in (first, second):
            sessions.prints(key, "unseen")
        await harness.settle()
        assert not sessions.pulled
        await panes.uncover(second)
        assert sessions.resizes[0] == (second, TerminalSize(60, 37)), "the other one follows once it has settled"
        await sizes(harness, {first: "60x37", second: "60x37"})
        await wait_until("both are drawn", lambda: harness.text().count("unseen") == 2, report=harness.text)


async def test_it_is_said_where_no_other_arrangement_fits():
    async with Harness().run((70, 26)) as harness:
        await harness.ready()
        keys = [harness.manager.start(StartRequest(f"i-{number}"), TerminalSize(80, 24)) for number in range(7)]
        await harness.settle()
        harness.app.panes.gather(Layout.of(keys, area=harness.app.panes.area))
        await harness.press(LEADER, "space")
        await harness.tells("In no other arrangement do all panes fit")


async def test_a_message_is_whole_in_a_narrow_window_and_the_banner_follows_its_width():
    async with Harness().run((41, 24)) as harness:
        await harness.ready()
        await harness.open_session()
        await split(harness)
        await harness.press(LEADER, "b")
        text = " ".join(line.split("▌")[1].strip() for line in harness.text().splitlines() if "▌" in line)
        assert "What you type goes to 2 sessions at once. Esc Esc ends that." in text
        assert "acme" in harness.text().splitlines()[-1]
        await harness.pilot.resize_terminal(24, 24)
        await harness.settle()
        assert "acme" not in harness.text().splitlines()[-1]
        await harness.pilot.resize_terminal(41, 24)
        await harness.settle()
        assert "acme" in harness.text().splitlines()[-1]


async def test_sessions_that_go_before_they_have_panes():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        keys = [harness.manager.start(StartRequest(f"i-{number}"), TerminalSize(80, 24)) for number in range(9)]
        panes = harness.app.panes
        panes.refresh()
        again = [panes.restart_unseen(key) for key in keys]
        panes.deck._add_missing()
        await harness.settle()
        await wait_until("panes", lambda: set(again) <= panes.deck._panes.keys())
        assert not set(keys) & panes.deck._panes.keys()


async def test_a_tab_is_closed_with_all_its_panes():
    async with Harness().run((121, 40)) as harness:
        other, _ = await harness.open_two()
        await split(harness)
        ended = await split(harness)
        harness.manager.becomes(ended, SessionState.ENDED)
        await harness.press(LEADER, "ampersand")
        await harness.shows("End 2 sessions?", "1 session that is over is closed too.")
        await harness.press("n")
        assert len(in_sight(harness)) == 3
        await harness.press(LEADER, "ampersand")
        harness.app.panes.remove(ended)
        await harness.press("y")
        assert [session.key for session in harness.manager.snapshots()] == [other]
        await harness.press(LEADER, "ampersand")
        await harness.shows("End the session on")


async def test_a_tab_that_cannot_be_joined():
    async with Harness().run((121, 40)) as harness:
        first, second = await harness.open_two()
        for number, said in (("1", "holds no session"), ("3", "That is this tab"), ("9", "There is no tab 9")):
            await harness.command("join", number)
            await harness.tells(said)
        assert in_sight(harness) == {second}
        await harness.command("join", "2")
        assert in_sight(harness) == {first, second}


async def test_the_tab_before_is_the_first_to_be_joined():
    async with Harness().run((121, 40)) as harness:
        _, second = await harness.open_two()
        await harness.press("f12", "d", "j")
        third = await harness.open_session()
        await harness.press(LEADER, "3", LEADER, "4", LEADER, "j")
        assert "as it is now" not in harness.text()
        await harness.press("enter")
        assert in_sight(harness) == {second, third}


async def test_no_layout_by_name_hides_panes_that_are_in_sight():
    async with Harness().run((50, 24)) as harness:
        await harness.ready()
        await harness.open_session()
        await split(harness)
        await split(harness, "quotation_mark")
        await harness.command("layout", "even-horizontal")
        await harness.tells("The window is too small for 3 panes in that layout")
        assert len(in_sight(harness)) == 3
        await harness.command("layout", "even-vertical")
        assert len(in_sight(harness)) == 3
        areas = harness.app.panes.tabs.shown.layout.place(harness.app.panes.area).panes.values()
        assert {area.cols for area in areas} == {50}


async def test_a_tab_is_not_brought_where_there_is_no_room():
    async with Harness().run((40, 13)) as harness:
        _, second = await harness.open_two()
        panes = harness.app.panes
        await harness.press(LEADER, "j", "enter")
        await harness.tells("There is no room beside this pane")
        (other,) = (tab for tab in panes.tabs.of_sessions if tab is not panes.tabs.shown)
        panes.drag_tab(other, Offset(20, 8))
        await harness.shows("no room here")
        panes.drop_tab(other, Offset(20, 8))
        assert in_sight(harness) == {second}
        assert len(panes.tabs.of_sessions) == 2
        assert "no room here" not in harness.text()


async def test_the_line_to_search_with_goes_with_the_focus():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        await split(harness)
        await harness.press(LEADER, "left_square_bracket", "slash", "f")
        await harness.shows("smart case")
        await harness.press(LEADER, "left")
        assert "smart case" not in harness.text()
        await harness.press("a")
        assert bytes(harness.manager.written[first]) == b"a"


async def test_keys_typed_while_panes_are_on_their_way_reach_their_sessions():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        keys = "percent_sign", "a", "b", LEADER, "quotation_mark", "c", "d", LEADER, "left", "e"
        for key in (LEADER, *keys):
            harness.app.post_message(events.Key(key, key_to_character(key)))
        await harness.settle()
        await harness.press("f")
        written = [bytes(harness.manager.written[key]) for key in (first, first + 1, first + 2)]
        assert written == [b"ef", b"ab", b"cd"]


@pytest.mark.parametrize("command", ["rename", "close"])
async def test_a_session_that_goes_while_its_dialog_is_open(command):
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        first = await harness.open_session()
        second = await split(harness)
        await harness.command(command)
        harness.app.panes.remove(second)
        harness.app.panes.remove(first)
        await harness.press(*([*"new", "enter"] if command == "rename" else ["y"]))
        await harness.settle()
        assert harness.manager.snapshots() == ()
