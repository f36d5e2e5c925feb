"""The overview: a tile for each session, with the keys of the list of nodes."""

from __future__ import annotations

from dataclasses import replace

from ssmtui.errors import AccessDenied
from ssmtui.model import PaneOptions
from ssmtui.sessions.states import SessionState
from ssmtui.ui.overview.feature import OVERVIEW
from ssmtui.ui.overview.view import OverviewView
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness, listed
from tests.ui.test_untrusted import CONTROL, MARKUP, is_inert, wild_gateway


async def open_sessions(harness: Harness, number: int) -> list[int]:
    """Sessions on the first nodes of the list; their keys."""
    await listed(harness)
    keys = []
    for place in range(number):
        if place:
            await harness.press("f12", "d", "j")
        keys.append(await harness.open_session())
    return keys


def overview(harness: Harness) -> OverviewView:
    front = harness.app.panes.front
    assert isinstance(front, OverviewView)
    return front


async def opened(harness: Harness) -> OverviewView:
    await harness.press("f12", "O")
    await wait_until("the overview is in front", lambda: harness.app.panes.place is OVERVIEW, report=harness.text)
    await harness.settle()
    return overview(harness)


def titles(harness: Harness) -> list[str]:
    return [each.session.title for each in overview(harness).board.rows]


def chosen(harness: Harness) -> int:
    session = overview(harness).chosen
    assert session is not None
    return session.key


async def test_the_cursor_is_on_the_session_one_came_from_and_enter_goes_to_it() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        keys = await open_sessions(harness, 5)
        await harness.press("f12", "3")
        await opened(harness)
        assert chosen(harness) == keys[1]
        assert harness.app.focused is overview(harness).board
        assert "5 sessions" in harness.text()
        await harness.press("j")
        assert chosen(harness) == keys[4]
        await harness.press("k", "h", "h")
        assert chosen(harness) == keys[0]
        await harness.press("G", "g", "right")
        assert chosen(harness) == keys[1]
        await harness.press("l", "enter")
        assert harness.app.panes.tabs.session == keys[2]
        await harness.press("f12", "O")
        assert chosen(harness) == keys[2]
        # No session has noticed anything of the keys.
        assert not any(harness.manager.written.values())


async def test_tiles_follow_what_sessions_become() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        first, second = await open_sessions(harness, 2)
        await opened(harness)
        harness.manager.becomes(first, SessionState.LOST, notice="Connection lost; trying again.")
        await harness.shows("Connection lost; trying again.", "lost")
        harness.manager.becomes(second, SessionState.ENDED, exit_code=3)
        await harness.shows("The session is over with status 3", "ended")
        harness.manager.session(first).rename("primary")
        await harness.shows("primary")
        harness.manager.remove(second)
        harness.app.panes.refresh()
        await harness.shows("1 session ")


async def test_a_filter_finds_sessions_as_it_finds_nodes_and_esc_takes_it_back() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        keys = await open_sessions(harness, 3)
        harness.manager.session(keys[1]).rename("primary of orders")
        await opened(harness)
        await harness.press("slash", *"orders", "enter")
        assert titles(harness) == ["primary of orders"]
        assert "1 of 3 sessions" in harness.text()
        await harness.press("slash", "ctrl+u", *"nothing-of-that")
        await harness.shows("The filter finds no session.")
        await harness.press("enter", "enter", "x", "space")
        assert harness.app.panes.place is OVERVIEW
        await harness.press("slash", "ctrl+u", *"tag:state=", "enter")
        assert len(titles(harness)) == 3
        await harness.press("slash", "ctrl+u", *"tag:state=lost")
        harness.manager.becomes(keys[2], SessionState.LOST)
        await harness.shows("1 of 3 sessions")
        await harness.press("enter", "escape")
        assert len(titles(harness)) == 3
        await harness.press("escape")
        assert harness.app.panes.place is not OVERVIEW


async def test_what_needs_me_comes_first_and_the_order_is_kept() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        keys = await open_sessions(harness, 4)
        await opened(harness)
        harness.manager.becomes(keys[1], SessionState.FAILED, error=AccessDenied("no"))
        harness.manager.rings(keys[3])
        await harness.press("o")
        await harness.shows("by need")

        def order() -> list[int]:
            return [each.session.key for each in overview(harness).board.rows]

        await wait_until("the order", lambda: order() == [keys[3], keys[1], keys[0], keys[2]], report=order)
        await harness.press("q")
        await opened(harness)
        assert "by need" in harness.text()
        await harness.press("o", "o")
        assert "by tab" in harness.text()
        assert order() == keys


async def test_marked_sessions_end_together_after_a_question() -> None:
    async with Harness(FakeGateway(fleet(9))).run((80, 24)) as harness:
        keys = await open_sessions(harness, 4)
        request = replace(harness.manager.snapshot(keys[0]).request, options=PaneOptions(guarded="account:prod"))
        harness.manager.becomes(keys[0], SessionState.OPEN, request=request)
        harness.manager.becomes(keys[3], SessionState.ENDED)
        await opened(harness)
        await harness.press("g", "space", "space", "G", "space")
        await harness.shows("3 marked")
        await harness.press("x")
        await harness.shows("End 2 sessions?", "1 of them is guarded.", "1 session that is over is closed too.")
        await harness.press("escape")
        assert len(harness.manager.snapshots()) == 4
        await harness.press("x", "enter")
        assert [session.key for session in harness.manager.snapshots()] == [keys[2]]
        assert harness.app.panes.place is OVERVIEW
        assert not overview(harness).marked
        await harness.press("x")
        await harness.shows("End the session on")
        await harness.press("enter")
        await harness.shows("There are no sessions.")
        await harness.press("enter", "space", "x", "j", "l", "o")
        assert not harness.defects


async def test_all_that_are_shown_are_marked_at_once() -> None:
    async with Harness(FakeGateway(fleet(9))).run((80, 24)) as harness:
        keys = await open_sessions(harness, 3)
        await opened(harness)
        await harness.press("ctrl+a")
        assert list(overview(harness).marked) == keys
        await harness.press("ctrl+a")
        assert not overview(harness).marked
        await harness.press("space", "escape")
        assert not overview(harness).marked
        assert harness.app.panes.place is OVERVIEW


async def test_a_click_goes_to_a_tile_marks_it_and_a_double_click_opens_it() -> None:
    async with Harness(FakeGateway(fleet(9))).run((80, 24)) as harness:
        keys = await open_sessions(harness, 4)
        view = await opened(harness)
        await harness.pilot.click(view.board, offset=(60, 15))
        assert chosen(harness) == keys[3]
        await harness.pilot.click(view.board, offset=(0, 3))
        await harness.settle()
        assert list(view.marked) == [keys[0]]
        await harness.pilot.click(view.board, offset=(60, 3), times=2)
        await harness.settle()
        assert harness.app.panes.tabs.session == keys[1]


async def test_more_tiles_than_fit_scroll_and_a_smaller_screen_keeps_the_cursor_in_sight() -> None:
    async with Harness(FakeGateway(fleet(30))).run((80, 24)) as harness:
        keys = await open_sessions(harness, 12)
        view = await opened(harness)
        assert chosen(harness) == keys[11]
        assert keys[11] in view.board.in_sight
        await harness.press("g")
        assert keys[11] not in view.board.in_sight
        assert keys[0] in view.board.in_sight
        await harness.press("pagedown")
        assert chosen(harness) in view.board.in_sight
        await harness.press("G")
        await harness.pilot.resize_terminal(40, 10)
        await wait_until("the smaller screen", lambda: view.board.size.width < 41, report=harness.text)
        await harness.settle()
        assert chosen(harness) == keys[11]
        assert view.board.in_sight == [keys[11]]


async def test_the_palette_opens_the_overview_with_a_filter() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        await open_sessions(harness, 3)
        await harness.command("overview", "nothing-of-that")
        await harness.shows("The filter finds no session.", "0 of 3 sessions")
        await harness.command("overview", "web")
        await harness.shows("3 sessions")
        await harness.press("f12", "d", "O")
        assert harness.app.panes.place is OVERVIEW


async def test_tiles_show_the_last_lines_while_they_are_in_sight_and_only_then() -> None:
    async with Harness(FakeGateway(fleet(30))).run((80, 24)) as harness:
        keys = await open_sessions(harness, 12)
        harness.manager.prints(keys[0], "up 17 days", "load 0.42", "$ ")
        await opened(harness)
        await harness.press("g")
        await harness.shows("up 17 days", "load 0.42")
        harness.manager.prints(keys[0], *(f"line {number}" for number in range(20)))
        await harness.shows("line 17", "line 18", "line 19")
        assert "line 3 " not in harness.text()
        assert {look.key for look in harness.manager.looks if not look.is_news} == set(overview(harness).board.in_sight)
        await harness.press("G")
        await wait_until(
            "the tiles at the end are followed",
            lambda: keys[11] in {look.key for look in harness.manager.looks if not look.is_news},
        )
        assert keys[0] not in {look.key for look in harness.manager.looks if not look.is_news}
        await harness.press("f12", "1")
        await wait_until("none is followed", lambda: not [look for look in harness.manager.looks if not look.is_news])
        harness.manager.prints(keys[11], "while it was hidden")
        await harness.settle()
        assert "while it was hidden" not in harness.text()
        await harness.press("f12", "l")
        await harness.shows("while it was hidden")
        await harness.press("q")
        assert not [look for look in harness.manager.looks if not look.is_news]


async def test_a_session_that_prints_while_it_is_seen_in_a_tile_is_still_marked() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        first, _ = await open_sessions(harness, 2)
        await opened(harness)
        harness.manager.prints(first, "something new")
        await harness.shows("something new", "● ")


async def test_marked_sessions_become_one_tiled_tab() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        keys = await open_sessions(harness, 5)
        await opened(harness)
        await harness.press("percent_sign")
        await harness.tells("Mark two sessions or more first")
        await harness.press("g", "l", "space", "space", "space", "percent_sign")
        assert harness.app.panes.tabs.shown.sessions == tuple(keys[1:4])
        assert harness.app.panes.tabs.session == keys[1]
        assert sorted(harness.app.panes.in_sight) == keys[1:4]
        await opened(harness)
        assert titles(harness) == [harness.manager.snapshot(key).title for key in harness.app.panes.tabs.sessions]
        assert not overview(harness).marked


async def test_more_than_there_is_room_for_is_not_split() -> None:
    async with Harness(FakeGateway(fleet(30))).run((80, 24)) as harness:
        keys = await open_sessions(harness, 14)
        await opened(harness)
        await harness.press("ctrl+a", "percent_sign")
        await harness.tells("There is no room for 14 panes here, but for 9 panes. Mark fewer sessions.")
        assert harness.app.panes.place is OVERVIEW
        assert list(overview(harness).marked) == keys


async def test_marked_sessions_take_part_in_the_broadcast_and_their_tiles_say_so() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        keys = await open_sessions(harness, 4)
        await opened(harness)
        await harness.press("g", "space", "space", "b")
        await harness.shows("BROADCAST 2")
        assert list(harness.app.panes.inputs.broadcast.members) == keys[:2]
        assert not overview(harness).marked
        assert chosen(harness) == keys[2]
        await harness.press("b")
        await harness.shows("BROADCAST 3")
        await harness.press("b")
        assert list(harness.app.panes.inputs.broadcast.members) == keys[:2]
        harness.manager.becomes(keys[3], SessionState.ENDED)
        await harness.press("l", "b")
        await harness.tells("The session is over")
        await harness.press("g", "enter", "l", "s")
        assert [bytes(harness.manager.written[key]) for key in keys] == [b"ls", b"ls", b"", b""]


async def test_the_leaders_broadcast_takes_the_marked_tiles_too() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        keys = await open_sessions(harness, 3)
        await opened(harness)
        await harness.press("G", "space", "g", "space", "f12", "b")
        assert list(harness.app.panes.inputs.broadcast.members) == [keys[2], keys[0]]


async def test_a_guarded_session_joins_from_its_tile_by_its_typed_name_only() -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        (key,) = await open_sessions(harness, 1)
        request = replace(harness.manager.snapshot(key).request, options=PaneOptions(guarded="account:prod"))
        harness.manager.becomes(key, SessionState.OPEN, request=request)
        await opened(harness)
        await harness.press("b")
        assert not harness.app.panes.inputs.broadcast.members
        await harness.press("escape")
        assert not harness.app.panes.inputs.broadcast.members


async def test_what_nodes_say_of_themselves_cannot_act_on_the_terminal() -> None:
    async with Harness(wild_gateway()).run((120, 40)) as harness:
        await harness.ready()
        key = await harness.open_session(f"$ {MARKUP}")
        harness.manager.session(key).rename(f"{MARKUP} {CONTROL}")
        harness.manager.becomes(key, SessionState.LOST, notice=f"{MARKUP} {CONTROL}")
        await opened(harness)
        await harness.shows("[bold red]x[/] [@click=app.quit]y[/]")
        harness.manager.becomes(key, SessionState.FAILED, error=AccessDenied(f"{CONTROL} {MARKUP}"))
        await harness.shows("failed")
        assert is_inert(harness.text())
        await harness.press("slash", *"bold", "enter", "x")
        assert is_inert(harness.text())


async def test_marked_sessions_are_found_without_a_look_at_all_for_each(monkeypatch) -> None:
    async with Harness(FakeGateway(fleet(9))).run((120, 40)) as harness:
        keys = await open_sessions(harness, 3)
        view = await opened(harness)
        await harness.press("ctrl+a")
        looks = []
        snapshots = harness.manager.snapshots
        monkeypatch.setattr(harness.manager, "snapshots", lambda: looks.append(1) or snapshots())
        assert [session.key for session in view.targets] == keys
        assert not looks
        harness.manager.remove(keys[1])
        assert [session.key for session in view.targets] == [keys[0], keys[2]], "one has just been removed"
