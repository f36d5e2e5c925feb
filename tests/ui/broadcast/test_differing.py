"""Members that print something else than most are marked at once, and those that do not echo are left out."""

from __future__ import annotations

import pytest

from ssmtui.ui.broadcast import comparison
from tests.support.wait import wait_until
from tests.ui.broadcast.test_broadcast import got, opened
from tests.ui.harness import Harness


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "QUIET", 0.02)
    monkeypatch.setattr(comparison, "QUIET_AT_MOST", 0.05)
    monkeypatch.setattr(comparison, "ECHO_WITHIN", 0.1)


async def test_one_that_answers_otherwise_is_marked_in_its_line_and_tab() -> None:
    async with Harness().run((120, 20)) as harness:
        keys = await opened(harness, 3)
        await harness.command("broadcast", "all")
        await harness.press("i", "d", "enter")
        for key, answer in zip(keys, (b"uid=0", b"uid=0", b"uid=1000"), strict=True):
            harness.manager.outputs(key, b"id\r\n" + answer + b"\r\n$ ")
        await harness.shows("DIFFERS · BROADCAST 3")
        tabs, line, *_, footer = harness.text().splitlines()
        assert (tabs.count("»"), tabs.count("»!")) == (3, 1)
        assert line.endswith("DIFFERS · BROADCAST 3")
        assert "BROADCAST TO 3 · 1 differs" in footer
        await harness.press("enter")
        for key in keys:
            harness.manager.outputs(key, b"\r\n$ ")
        await wait_until("no mark", lambda: "DIFFERS" not in harness.text(), report=harness.text)
        await harness.settle()
        assert "»!" not in harness.text()


async def test_one_that_does_not_echo_is_left_out_until_it_prints() -> None:
    async with Harness().run((120, 20)) as harness:
        keys = await opened(harness, 3)
        await harness.command("broadcast", "all")
        await harness.press("a", "b")
        for key in keys[:2]:
            harness.manager.outputs(key, b"ab")
        await harness.shows("LEFT OUT: no echo")
        got(harness, keys)
        await harness.press("x")
        assert got(harness, keys) == [b"", b"", b"x"]  # shown is the one that does not echo
        harness.manager.outputs(keys[2], b"Sorry\r\n$ ")
        await harness.shows("BROADCAST 3")


async def test_nobody_is_listened_to_once_it_is_over() -> None:
    async with Harness().run() as harness:
        keys = await opened(harness, 2)
        assert not harness.manager.listeners
        await harness.command("broadcast", "all")
        await harness.press("x")
        assert {key for key, _ in harness.manager.listeners} == set(keys)
        await harness.command("broadcast-end")
        assert not harness.manager.listeners
