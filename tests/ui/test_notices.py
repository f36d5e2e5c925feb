"""What a session has to say of itself is readable, however narrow the screen."""

from ssmtui.sessions.states import SessionState
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
