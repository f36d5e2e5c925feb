"""Broadcasts on the screen: who joins and how, what is said of it, and how it ends."""

from __future__ import annotations

from ssmtui.config.settings import Settings
from ssmtui.layout import Arrangement, Layout
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import Modes
from ssmtui.ui.broadcast.join_question import JoinQuestion
from ssmtui.ui.commands.feature import NOT_REACHED
from ssmtui.ui.frame.main import MainScreen
from tests.support.wait import wait_until
from tests.ui.harness import Harness

LEADER = "f12"
COMMANDS = (
    "broadcast",
    "broadcast-pane",
    "broadcast-back",
    "broadcast-password",
    "broadcast-end",
    "compose",
)


async def opened(harness: Harness, count: int) -> list[int]:
    """Sessions on the first ``count`` nodes of the list, the last one shown; their keys."""
    await harness.ready()
    keys = [await harness.open_session()]
    for _ in range(count - 1):
        await harness.press(LEADER, "d", "j")
        keys.append(await harness.open_session())
    return keys


def got(harness: Harness, keys: list[int]) -> list[bytes]:
    """What these sessions have got since the last look."""
    found = [bytes(harness.manager.written[key]) for key in keys]
    for key in keys:
        harness.manager.written[key].clear()
    return found


async def test_a_broadcast_to_all_is_seen_everywhere_and_ended_by_escape_twice() -> None:
    async with Harness().run((120, 20)) as harness:
        keys = await opened(harness, 3)
        await harness.command("broadcast", "all")
        await harness.tells("What you type goes to 3 sessions at once. Esc Esc ends that.")
        await harness.press("l", "s", "enter")
        assert got(harness, keys) == [b"ls\r"] * 3
        tabs, line, *_, footer = harness.text().splitlines()
        assert tabs.count("»") == 3
        assert "BROADCAST 3" in tabs
        assert line.endswith("BROADCAST 3")
        assert footer.startswith(" BROADCAST TO 3 · acme")
        assert "esc esc end it" in footer
        await harness.press("escape", "escape")
        await harness.tells("The broadcast is over: what you type goes to one session")
        await harness.press("x")
        assert got(harness, keys) == [b"", b"", b"x"]
        assert "BROADCAST" not in harness.text().replace("The broadcast is over", "")
        assert "»" not in harness.text()


async def test_the_leader_and_the_same_key_begin_and_end_it() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        await harness.press(LEADER, "b")
        await harness.tells("Only cache-1 takes part so far", "ctrl+] B in another pane")
        await harness.press(LEADER, "p", LEADER, "B", "x")
        assert got(harness, keys) == [b"x"] * 2
        await harness.press(LEADER, "b", "y")
        assert got(harness, keys) == [b"y", b""]


async def test_one_pane_is_taken_out_again() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 3)
        await harness.command("broadcast", "all")
        await harness.press(LEADER, "B", "x")
        await harness.tells("It takes no more part; 2 sessions still do")
        assert got(harness, keys) == [b"", b"", b"x"]
        assert "NOT IN THE BROADCAST TO 2" in harness.text()
        await harness.press(LEADER, "p", "y")
        assert got(harness, keys) == [b"y", b"y", b""]


async def test_a_filter_of_the_list_chooses_the_members() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 5)
        await harness.command("broadcast", "db|web")
        names = {harness.manager.snapshot(key).node.label: key for key in keys}
        assert set(harness.app.panes.inputs.broadcast.members) == {names["db-1"], names["db-2"], names["web-1"]}
        await harness.command("broadcast", "name:nobody")
        await harness.tells("The filter finds no node with a session")
        await harness.command("broadcast", "ping:(")
        await harness.tells("This filter finds nothing: ")
        assert len(harness.app.panes.inputs.broadcast.members) == 3


async def test_the_sessions_of_marked_nodes_join_from_the_list() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 3)
        await harness.press(LEADER, "d", LEADER, "b")
        await harness.tells("There is no session on a marked node")
        await harness.press("g", "space", "space", LEADER, "b")
        assert list(harness.app.panes.inputs.broadcast.members) == keys[:2]
        assert harness.text().splitlines()[-1].startswith(" BROADCAST TO 2 · acme")


async def test_a_guarded_session_joins_only_by_its_name() -> None:
    async with Harness(settings=Settings(guard=("name:bastion", "name:db"))).run() as harness:
        await harness.ready()
        for place in range(3):
            await harness.press("g", *["j"] * place, "enter")
            if place in (0, 2):
                await harness.press(*("bastion-1" if place == 0 else "db-1"), "enter")
            key = harness.app.panes.session.key
            for state in (SessionState.CONNECTING, SessionState.WAITING, SessionState.OPEN):
                harness.manager.becomes(key, state)
            await harness.settle()
            await harness.press(LEADER, "d")
        await harness.command("broadcast", "all")
        assert isinstance(harness.app.screen, JoinQuestion)
        assert "Broadcast to bastion-1? It is guarded: name:bastion (1 of 2)" in harness.text()
        await harness.press("enter")
        assert isinstance(harness.app.screen, JoinQuestion)
        await harness.press(*"bastion-1", "enter")
        assert "Broadcast to db-1? It is guarded: name:db (2 of 2)" in harness.text()
        await harness.press("2", "enter")
        assert "That is not the name of the node." in harness.text()
        await harness.press("escape")
        await wait_until("the list", lambda: isinstance(harness.app.screen, MainScreen))
        names = [harness.manager.snapshot(key).node.label for key in harness.app.panes.inputs.broadcast.members]
        assert sorted(names) == ["bastion-1", "cache-1"]
        assert "BROADCAST TO 2 · 1 guarded · acme" in harness.text()


async def test_a_member_that_is_left_out_says_so_in_its_line_and_once() -> None:
    async with Harness().run((120, 20)) as harness:
        keys = await opened(harness, 2)
        await harness.command("broadcast", "all")
        harness.manager.becomes(keys[1], SessionState.OPEN, modes=Modes(alternate_screen=True))
        await harness.tells("cache-1 gets nothing of the broadcast: full-screen program.")
        text = harness.text()
        assert "LEFT OUT: full-screen program" in text
        assert "NOT BROADCAST: full-screen program" in text
        assert "esc esc" not in text.splitlines()[-1]
        await harness.press(LEADER, "p", "d", "d")
        assert got(harness, keys) == [b"dd", b""]
        assert "BROADCAST TO 1 · 1 left out" in harness.text()
        await harness.press(LEADER, "n")
        assert "LEFT OUT: full-screen program, 2 keys missed" in harness.text()
        harness.manager.becomes(keys[1], SessionState.OPEN, modes=Modes())
        await harness.settle()
        await harness.press("x")
        assert got(harness, keys) == [b"", b"x"]
        await harness.press(LEADER, "J", "y")
        assert got(harness, keys) == [b"y"] * 2


async def test_a_member_that_ends_leaves_and_the_last_one_ends_the_broadcast() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        await harness.command("broadcast", "all")
        harness.manager.becomes(keys[0], SessionState.ENDED)
        await harness.tells("bastion-1 has ended and left the broadcast.")
        assert "BROADCAST TO 1" in harness.text()
        harness.app.panes.remove(keys[1])
        await harness.tells("The broadcast is over")


async def test_a_member_is_not_zoomed() -> None:
    async with Harness().run() as harness:
        await opened(harness, 2)
        await harness.command("broadcast", "all")
        await harness.press(LEADER, "Z")
        await harness.tells("It takes part in a broadcast, and a zoom is for one session alone")


async def test_in_a_read_only_run_there_is_none() -> None:
    async with Harness(read_only=True).run() as harness:
        await opened(harness, 2)
        await harness.press(LEADER, "b")
        await harness.tells("Nothing can be typed in a read-only run")
        await harness.press(LEADER, "B")
        assert not harness.app.panes.inputs.broadcast.is_on


async def test_in_copy_mode_a_member_gets_keys_and_stays_in_it() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        await harness.press(LEADER, "left_square_bracket")
        await harness.press(LEADER, "p")
        await harness.command("broadcast", "all")
        await harness.press("x")
        assert got(harness, keys) == [b"x"] * 2
        assert harness.app.panes.view_of(keys[1]).copy_mode.active


async def test_a_click_on_the_badge_ends_it() -> None:
    async with Harness().run() as harness:
        await opened(harness, 2)
        await harness.command("broadcast", "all")
        tabs = harness.text().splitlines()[0]
        await harness.pilot.click(offset=(tabs.index("BROADCAST 2") + 1, 0))
        await harness.settle()
        assert not harness.app.panes.inputs.broadcast.is_on


async def test_the_leader_and_its_key_take_in_all_panes_of_the_tab() -> None:
    async with Harness().run((120, 24)) as harness:
        keys = await opened(harness, 3)
        harness.app.panes.gather(Layout.of(keys[:2], Arrangement.TILED))
        await harness.settle()
        await harness.press(LEADER, "b", "x")
        assert got(harness, keys) == [b"x", b"x", b""]
        assert harness.text().count(" BROADCAST 2") == 3
        await harness.press(LEADER, "b", "y")
        assert b"".join(got(harness, keys)) == b"y"


async def test_those_that_a_cut_link_drops_are_reported_together() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 3)
        await harness.command("broadcast", "all")
        harness.manager.becomes(keys[0], SessionState.LOST)
        await harness.settle()
        harness.manager.becomes(keys[2], SessionState.LOST)
        await harness.tells("bastion-1, db-1 get nothing of the broadcast: cut off.")


async def test_before_aws_is_reached_its_commands_say_so() -> None:
    app = Harness().app
    said = {name: app.registry[name].disabled_reason() for name in COMMANDS}
    assert said == {**dict.fromkeys(COMMANDS, NOT_REACHED), "broadcast-pane": "This tab holds no session"}
