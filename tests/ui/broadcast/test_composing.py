"""One line for all: nothing is sent before it was seen who gets it."""

from __future__ import annotations

from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import Modes
from ssmtui.ui.broadcast.compose_dialog import LINE_SHOWN, ComposeDialog, ReviewDialog
from ssmtui.ui.frame.main import MainScreen
from tests.ui.broadcast.test_broadcast import LEADER, got, opened
from tests.ui.harness import Harness


async def test_a_line_is_written_reviewed_and_sent_to_all() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 3)
        await harness.command("broadcast", "all")
        harness.manager.becomes(keys[2], SessionState.OPEN, modes=Modes(alternate_screen=True))
        await harness.press(LEADER, "C", *"uptime", "enter")
        assert isinstance(harness.app.screen, ReviewDialog)
        text = harness.text()
        assert "Send this line to 2 sessions, with Enter?" in text
        assert "uptime" in text
        assert "  bastion-1  acme" in text
        assert "  cache-1  acme" in text
        assert "1 session left out:" in text
        assert "  db-1  full-screen program" in text
        assert got(harness, keys) == [b"", b"", b""]
        await harness.press("enter")
        await harness.tells("Sent to 2 sessions")
        assert got(harness, keys) == [b"uptime\r", b"uptime\r", b""]


async def test_all_of_a_long_line_can_be_seen_before_it_is_sent() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        await harness.command("broadcast", "all")
        line = "echo " + "x" * (LINE_SHOWN - 5) + "; rm -r \x1bold"
        harness.app.main.features.broadcast.compose(line)
        await harness.shows(
            "… and 12 more characters, at the end of what is below", "The rest of the line:", "; rm -r ␛old"
        )
        await harness.press("enter")
        await harness.tells("Sent to 2 sessions")
        assert all(b"; rm -r" in data for data in got(harness, keys))


async def test_the_line_can_be_edited_again_or_given_up() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        await harness.command("broadcast", "all")
        await harness.press(LEADER, "C", *"ls", "enter", "e")
        assert isinstance(harness.app.screen, ComposeDialog)
        await harness.press(*" -l", "enter", "escape")
        assert isinstance(harness.app.screen, MainScreen)
        assert got(harness, keys) == [b"", b""]
        await harness.command("compose", "ls -a")
        await harness.press("y")
        assert got(harness, keys) == [b"ls -a\r"] * 2


async def test_what_was_sent_comes_back_with_the_arrows_but_for_what_began_with_a_space() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        await harness.command("broadcast", "all")
        for line in ("one", " secret", "two"):
            await harness.command("compose", line)
            await harness.press("enter")
        got(harness, keys)
        await harness.press(LEADER, "C", "up", "up", "enter", "enter")
        assert got(harness, keys) == [b"one\r"] * 2
        assert harness.memory.read("lines") == {"fields": [["", ["two", "one"]]]}


async def test_one_that_has_dropped_out_during_the_review_gets_nothing() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 3)
        await harness.command("broadcast", "all")
        await harness.command("compose", "reboot")
        harness.manager.becomes(keys[0], SessionState.LOST)
        await harness.press("y")
        await harness.tells("Sent to 2 sessions")
        assert got(harness, keys) == [b"", b"reboot\r", b"reboot\r"]
        await harness.command("compose", "reboot")
        for key in keys[1:]:
            harness.manager.becomes(key, SessionState.ENDED)
        await harness.press("y")
        await harness.tells("Nothing was sent: no session takes part any more")
        assert got(harness, keys) == [b"", b"", b""]


async def test_control_characters_of_a_line_are_seen_and_sent_as_spaces() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        await harness.command("broadcast", "all")
        await harness.command("compose", "echo \x1b[2J[b]x[/b]")
        assert "echo ␛[2J[b]x[/b]" in harness.text()
        await harness.press("enter")
        assert got(harness, keys) == [b"echo  [2J[b]x[/b]\r"] * 2


async def test_without_a_broadcast_or_a_member_there_is_nothing_to_compose() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        await harness.press(LEADER, "C")
        await harness.tells("No broadcast is on")
        await harness.command("broadcast", "all")
        for key in keys:
            harness.manager.becomes(key, SessionState.LOST)
        await harness.press(LEADER, "C")
        await harness.tells("All sessions of the broadcast are left out")
