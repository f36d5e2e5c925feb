"""What fuzzing has found, made small: each file of ``findings`` is played to the real host, beside another session.

``repaired`` holds what killed the library until ``ssmtui.terminal.ghostty_repair``; ``deadly`` what kills it still.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ssmtui.sessions.engine_host import EngineHost
from ssmtui.terminal import engines
from tests.fuzz.actions import Action, parse
from tests.fuzz.campaign import QUIET_SCREEN, SCROLLBACK, SIZE, do
from tests.support.bench import Nobody
from tests.support.wait import wait_until

_FOLDER = Path(__file__).parent / "findings"
UNREPAIRED = [sys.executable, "-m", "tests.fuzz.unrepaired_host", engines.GHOSTTY]
pytestmark = pytest.mark.skipif(engines.default_name() != engines.GHOSTTY, reason="libghostty-vt has no build here")


def findings(folder: str) -> pytest.MarkDecorator:
    paths = sorted((_FOLDER / folder).glob("*.txt"))
    assert paths
    return pytest.mark.parametrize("actions", [parse(path.read_text()) for path in paths], ids=[p.stem for p in paths])


async def survived(host: EngineHost, actions: list[Action]) -> int:
    """Play ``actions`` in a session beside another; how many hosts died of them, once all is as it should be."""
    await host.start()
    try:
        bad, quiet = (host.open(key, SIZE, SCROLLBACK, Nobody()) for key in (1, 2))
        quiet.feed(QUIET_SCREEN)
        before = await quiet.frame(0)
        for action in actions:
            await do(host, bad, action)
            await wait_until("it is parsed", lambda: not bad.pending, timeout=20)
        bad.feed(b"\x1bc\x1b[Hgoes on")
        await wait_until("it is parsed", lambda: not bad.pending)
        assert (await bad.text()).startswith("goes on")
        after = await quiet.frame(0)
        assert (after.rows, after.cursor) == (before.rows, before.cursor)
        return host.restarts
    finally:
        await host.close()


@findings("repaired")
async def test_what_is_repaired_kills_no_host(actions: list[Action]) -> None:
    assert await survived(EngineHost(engines.GHOSTTY), actions) == 0


@findings("repaired")
async def test_it_killed_hosts_before_and_all_sessions_lived_on(actions: list[Action]) -> None:
    assert 1 <= await survived(EngineHost(command=UNREPAIRED), actions) <= 2


@findings("deadly")
async def test_all_sessions_live_on_after_what_kills_a_host(actions: list[Action]) -> None:
    assert await survived(EngineHost(engines.GHOSTTY), actions) <= 2
