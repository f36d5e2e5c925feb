"""What a session has to say of itself is readable, however narrow the screen."""

import json

import pytest

from ssmtui.config.settings import Settings
from ssmtui.model import SESSION_STATEMENT
from ssmtui.sessions.farewell import end_denied
from ssmtui.sessions.states import SessionState
from tests.support.denials import denied
from tests.ui.harness import Harness

UNCONFIRMED = "The service did not confirm the end of this session; it may last until its idle timeout."


async def test_an_end_that_was_not_confirmed_is_told_in_full():
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.CLOSING)
        harness.manager.becomes(key, SessionState.ENDED, notice=UNCONFIRMED)
        await harness.settle()
        assert UNCONFIRMED in " ".join(harness.text().split())


async def test_the_same_again_is_told_once_at_a_time():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press(*["escape"] * 3)
        assert harness.text().count("No filter is set") == 1


@pytest.mark.parametrize(("leader", "key"), [("ctrl+]", "ctrl+right_square_bracket"), ("ctrl+a", "ctrl+a")])
async def test_w1b_a_missing_permission_is_named_at_80_columns_and_read_in_full(leader: str, key: str):
    warning = end_denied(denied("TerminateSession"))
    async with Harness(settings=Settings(leader=leader)).run((80, 24)) as harness:
        await harness.ready()
        tab = await harness.open_session()
        facts = {"round_trip": 0.7, "encrypted": True, "kept_alive": True, "idle_left": 40.0, "idle_limit": 1200.0}
        harness.manager.becomes(tab, SessionState.OPEN, warning=warning, notice="Copied output only.", **facts)
        await harness.settle()
        assert f"Policy warning: {leader} W" in harness.text()
        await harness.press(key, "W")
        await harness.settle()
        flat = "".join(harness.text().replace("│", "").split())
        assert "".join(json.dumps(SESSION_STATEMENT).split()) in flat
        assert "onceanhour" in flat
        await harness.press("y", "escape")
        assert json.dumps(SESSION_STATEMENT) in harness.app.clipboard
        assert warning.detail in harness.app.clipboard
        await harness.settle()
        assert "Policy warning" not in harness.text()
