"""A password for all that ask for one: hidden, for these alone, kept nowhere."""

from __future__ import annotations

from ssmtui.sessions.activity import Activity, Doing
from ssmtui.ui.broadcast.password import PasswordDialog
from tests.ui.broadcast.test_broadcast import LEADER, got, opened
from tests.ui.harness import Harness

ASKS = Doing(Activity.PASSWORD)


async def test_it_goes_to_those_that_ask_and_to_no_other() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 3)
        await harness.command("broadcast", "all")
        for key in keys[:2]:
            harness.manager.does(key, ASKS)
        await harness.tells("bastion-1, cache-1 get nothing of the broadcast: password prompt.", "K sends one to all")
        await harness.press(LEADER, "K")
        assert isinstance(harness.app.screen, PasswordDialog)
        await harness.press(*"s3cret")
        text = harness.text()
        assert "Send a password to the 2 sessions that ask for one?" in text
        assert "  bastion-1" in text
        assert "bastion-1, cache-1" in text
        assert "••••••" in text
        assert "s3cret" not in text
        await harness.press("enter")
        await harness.tells("Sent to 2 sessions")
        assert got(harness, keys) == [b"s3cret\r", b"s3cret\r", b""]
        assert "s3cret" not in str([harness.memory.read(section) for section in ("lines", "entries", "reasons")])
        for key in keys[:2]:
            harness.manager.does(key, Doing(Activity.PROMPT))
        await harness.press("x")
        assert got(harness, keys) == [b"x"] * 3


async def test_one_that_asks_no_more_does_not_get_it() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        await harness.command("broadcast", "all")
        for key in keys:
            harness.manager.does(key, ASKS)
        await harness.command("broadcast-password")
        harness.manager.does(keys[0], Doing(Activity.PROMPT))
        await harness.press(*"s3cret", "enter")
        await harness.tells("Sent to 1 session; 1 did not ask any more")
        assert got(harness, keys) == [b"", b"s3cret\r"]


async def test_without_one_that_asks_there_is_nothing_to_send() -> None:
    async with Harness().run() as harness:
        await opened(harness, 2)
        await harness.press(LEADER, "K")
        await harness.tells("No broadcast is on")
        await harness.command("broadcast", "all")
        await harness.press(LEADER, "K")
        await harness.tells("No session of the broadcast asks for a password")
