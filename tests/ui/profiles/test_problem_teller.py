"""A profiles file that breaks while the list is shown is told, once."""

from tests.support.wait import wait_until
from tests.ui.harness import Harness

GOOD = '[profiles.db]\ntarget = "i-0a1b2c3d4e5f60718"\n'


async def test_what_breaks_is_told_once_and_again_when_it_breaks_again():
    async with Harness(profiles=GOOD).run() as harness:
        await harness.ready()
        assert harness.app.services is not None
        store = harness.app.services.profiles
        shown = harness.app._notifications

        async def says(text: str) -> None:
            store.shelf.edit(lambda _: text)
            await store.load()

        await says(GOOD + "[profiles.web\n")
        await wait_until("the error", lambda: "profiles.toml" in harness.text(), report=harness.text)
        harness.app.clear_notifications()
        await says("# mine\n" + GOOD + "[profiles.cache]\nquery = 3\n")
        await wait_until("the other error", lambda: "query must be" in harness.text(), report=harness.text)
        harness.app.clear_notifications()
        await says("# mine\n\n" + GOOD + "[profiles.cache]\nquery = 3\n")
        await harness.settle()
        assert len(shown) == 0
        await says(GOOD)
        await says(GOOD + "[profiles.cache]\nquery = 3\n")
        await wait_until("it again", lambda: len(shown) == 1, report=harness.text)


async def test_what_is_wrong_at_the_start_is_told():
    async with Harness(profiles="[profiles.db]\ntarget = 3\n").run() as harness:
        await wait_until("the error", lambda: "target must be" in harness.text(), report=harness.text)
