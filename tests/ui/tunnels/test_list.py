"""The list of tunnels in whatever state they are: rows, groups, what its keys do."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ssmtui.errors import TargetNotConnected
from ssmtui.forwards.tunnel import TunnelState
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.kit.confirm import Confirm
from ssmtui.ui.tunnels.view import TunnelsView
from tests.support.fake_tunnels import FakeTunnels, tunnel
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

ORDERS = (
    tunnel(1, "5432:db.internal:5432", group="orders", connections=2),
    tunnel(2, "6379:cache.internal:6379", group="orders", title="web-2"),
    tunnel(3, "8080:80", title="web-3"),
)


def on(*tunnels: Any, read_only: bool = False) -> tuple[Harness, FakeTunnels]:
    harness, fake = Harness(FakeGateway(fleet(9)), read_only=read_only), FakeTunnels(*tunnels)
    harness.tunnels = cast("Any", fake)
    return harness, fake


async def shown(harness: Harness) -> TunnelsView:
    await harness.ready()
    await harness.press("T")
    await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView), report=harness.text)
    view = harness.app.panes.front
    assert isinstance(view, TunnelsView)
    await wait_until("its rows", lambda: view.table.rows, report=harness.text)
    await harness.settle()
    return view


def rows(harness: Harness) -> list[str]:
    return [line for line in harness.text().splitlines() if line[4:5] in "●◌◍○✕■" and line[4:5].strip()]


async def test_groups_come_first_and_fold_into_a_line_that_counts_for_all_of_them() -> None:
    harness, _ = on(*reversed(ORDERS))
    async with harness.run() as harness:
        await shown(harness)
        assert ["5432" in rows(harness)[0], "6379" in rows(harness)[1], "8080" in rows(harness)[2]] == [True] * 3
        await harness.press("z")
        folded, alone = rows(harness)
        assert folded.startswith("  ▸ ● 2 open")
        assert all(text in folded for text in ("2 tunnels", "orders", "2 nodes"))
        assert "8080" in alone
        assert "3 tunnels" in harness.text()
        await harness.press("enter")
        assert len(rows(harness)) == 3, "enter on a group unfolds it"
        assert harness.clipboard.given == []


async def test_all_groups_fold_and_unfold_and_the_cursor_stays_with_its_group() -> None:
    harness, _ = on(*ORDERS, tunnel(4, "9000", group="zebra"), tunnel(5, "9001", group="zebra"))
    async with harness.run() as harness:
        view = await shown(harness)
        await harness.press("G", "k", "Z")
        assert len(rows(harness)) == 3
        assert view.group == "zebra"
        await harness.press("Z")
        assert len(rows(harness)) == 5
        assert view.group == "zebra"


async def test_one_without_connections_stops_at_once_and_is_forgotten_by_the_same_key() -> None:
    harness, tunnels = on(ORDERS[2])
    async with harness.run() as harness:
        await shown(harness)
        await harness.press("x")
        await wait_until("it is stopped", lambda: tunnels.asked == [("end", 3)])
        await harness.tells("Closed. Nothing listens any more.")
        await harness.press("x")
        await wait_until("it is forgotten", lambda: tunnels.all == [])
        await harness.tells("There are none.")


async def test_open_connections_are_asked_about_before_they_are_reset() -> None:
    harness, tunnels = on(ORDERS[0])
    async with harness.run() as harness:
        await shown(harness)
        await harness.press("x")
        await harness.tells(
            "Stop 127.0.0.1:5432?", "It leads to db.internal:5432 through web-1.", "2 open connections will be reset."
        )
        await harness.press("n")
        assert tunnels.asked == []
        await harness.press("r")
        await harness.tells("Restart 127.0.0.1:5432?")
        await harness.press("y")
        await wait_until("it is started anew", lambda: tunnels.asked == [("restart", 1)])


async def test_marked_ones_and_whole_groups_are_driven_together() -> None:
    harness, tunnels = on(*ORDERS)
    async with harness.run() as harness:
        view = await shown(harness)
        await harness.press("j", "space", "space")
        assert len(view.marks) == 2
        await harness.press("r")
        await wait_until("both are started anew", lambda: tunnels.asked == [("restart", 2), ("restart", 3)])
        assert not view.marks
        tunnels.asked.clear()
        await harness.press("g", "X")
        assert isinstance(harness.app.screen, Confirm)
        await harness.tells("Stop 2 tunnels?", "127.0.0.1:6379, which leads to cache.internal:6379 through web-2")
        await harness.press("y")
        await wait_until("the group is stopped", lambda: tunnels.asked == [("end", 1), ("end", 2)])
        await harness.press("D")
        await wait_until("they are forgotten", lambda: [one.key for one in tunnels.all] == [3])


async def test_addresses_and_urls_are_copied_and_a_web_server_is_opened() -> None:
    harness, _ = on(ORDERS[0], tunnel(2, "*:8080:80"), tunnel(3, "socks:1080"))
    async with harness.run() as harness:
        view = await shown(harness)
        await harness.press("y")
        assert harness.clipboard.given == ["postgresql://127.0.0.1:5432"]
        await harness.press("o")
        assert "PostgreSQL is nothing for a browser" in harness.text()
        await harness.press("j", "enter")
        assert harness.clipboard.given[1:] == ["127.0.0.1:8080"], "what listens everywhere is reached here"
        await harness.press("o")
        await wait_until("the browser", lambda: harness.browser.opened == ["http://127.0.0.1:8080/"])
        await harness.press("j", "y")
        assert harness.clipboard.given[2:] == ["socks5h://127.0.0.1:1080"]
        await harness.press("ctrl+a", "enter")
        assert harness.clipboard.given[3] == "127.0.0.1:5432\n127.0.0.1:8080\n127.0.0.1:1080"
        assert view.marks


async def test_a_filter_asks_for_states_and_words_and_counts_what_it_shows() -> None:
    failed = tunnel(4, "9000", TunnelState.FAILED, error=TargetNotConnected("db-9 is not connected"), title="db-9")
    harness, _ = on(*ORDERS, failed)
    async with harness.run() as harness:
        await shown(harness)
        await harness.press("slash", *"is:troubled", "enter")
        await wait_until("one is shown", lambda: len(rows(harness)) == 1, report=harness.text)
        assert "1 of 4" in harness.text()
        await harness.press("escape", "slash", *"cache", "enter")
        await wait_until("another is shown", lambda: "6379" in "".join(rows(harness)), report=harness.text)
        await harness.press("escape", "slash", *"nosuch", "enter")
        await harness.shows("No tunnel matches the filter")
        await harness.press("escape", "escape")
        assert not isinstance(harness.app.panes.front, TunnelsView), "with nothing to clear it leaves the list"


async def test_how_the_list_was_left_is_how_it_opens() -> None:
    harness, _ = on(*ORDERS)
    async with harness.run() as harness:
        await shown(harness)
        await harness.press("z", "slash", *"orders", "enter", "q")
        await wait_until("it is closed", lambda: not isinstance(harness.app.panes.front, TunnelsView))
        await shown(harness)
        await wait_until("the group is folded", lambda: len(rows(harness)) == 1, report=harness.text)
        assert rows(harness)[0].startswith("  ▸")


async def test_what_changes_is_drawn_and_what_goes_wrong_is_said_with_its_remedy() -> None:
    harness, tunnels = on(ORDERS[0])
    async with harness.run() as harness:
        await shown(harness)
        tunnels.become(ORDERS[0]._replace(rate_received=1_240_000.0, received=3_000_000, connections=7))
        await harness.tells("↓ 1.2M", "7 connections open")
        error = TargetNotConnected("db-1 is not connected", remedy="Check that it runs.")
        tunnels.become(ORDERS[0]._replace(state=TunnelState.RETRYING, retry_in=11.6, last_error=error))
        await harness.tells("◌ in 11 s", "The next try is in 11 s; r tries now.", "db-1 is not connected", "Check that")
        tunnels.become(ORDERS[0])
        await harness.tells("● open")


async def test_an_outage_is_told_once_however_often_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    harness, tunnels = on(ORDERS[0])
    told: list[str] = []
    async with harness.run() as harness:
        await harness.ready()
        monkeypatch.setattr(harness.app, "tell_error", lambda error, about="", **more: told.append(about))

        async def become(state: TunnelState, **more: Any) -> None:
            tunnels.become(ORDERS[0]._replace(state=state, **more))
            watch = harness.app.main.features.tunnels._watch
            assert watch is not None
            await wait_until("it was looked at", lambda: not watch._throttle.armed)

        for attempt in range(3):
            error = TargetNotConnected("db-1 is not connected")
            await become(TunnelState.RETRYING, retry_in=1.0 + attempt, last_error=error)
            await become(TunnelState.STARTING, last_error=error)
        assert told == ["Tunnel to db.internal:5432 through web-1 tries again by itself"]
        await become(TunnelState.OPEN)
        await become(TunnelState.RETRYING, retry_in=1.0, last_error=error)
        assert len(told) == 2, "this is another outage"


@pytest.mark.parametrize("name", ["tunnel-close-group", "tunnel-reopen-group", "tunnel-fold"])
async def test_what_is_for_groups_says_so_where_there_is_none(name: str) -> None:
    harness, _ = on(ORDERS[2])
    async with harness.run() as harness:
        await shown(harness)
        assert harness.app.registry[name].disabled_reason() == "The tunnel belongs to no group"


async def test_texts_from_outside_draw_as_text() -> None:
    hostile = "\x1b[31m[red]db\u202e"
    harness, _ = on(tunnel(1, "5432", title=hostile, group=hostile))
    async with harness.run() as harness:
        await shown(harness)
        await harness.press("d", "z")
        assert "\x1b" not in harness.text()
        assert "[red]db" in harness.text()


async def test_a_click_on_the_number_opens_the_list_filtered_or_not() -> None:
    harness, _ = on(*ORDERS)
    async with harness.run() as harness:
        await harness.ready()
        harness.app.post_message(CommandWanted("tunnels", "node:web-3"))
        await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView), report=harness.text)
        await wait_until("its one row", lambda: len(rows(harness)) == 1, report=harness.text)
