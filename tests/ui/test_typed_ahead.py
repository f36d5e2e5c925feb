"""Keys that come faster than the screen changes: each goes where the person meant it."""

from textual import events
from textual.keys import key_to_character
from textual.widgets import Input

from ssmtui.ui.screens.palette import Palette
from tests.support.fakes import FakeGateway, fleet, make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness

NODES = [*fleet(10), make_node(20)._replace(name="queue-1"), make_node(21)._replace(name="queue-2")]


def burst(harness: Harness, *keys: str) -> None:
    """All in one go, as a paste, a macro or a slow machine brings them."""
    for key in keys:
        harness.app.post_message(events.Key(key, key_to_character(key)))


async def test_a_filter_takes_the_keys_right_behind_its_own():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        burst(harness, "slash", *"queue")
        await harness.settle()
        assert harness.app.main.nodes.filter_text == "queue"
        assert harness.app.screen is harness.app.main


async def test_the_list_is_filtered_when_the_filter_is_left():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        burst(harness, "slash", *"queue-2", "enter")
        await harness.settle()
        burst(harness, "enter")
        await harness.settle()
        assert [session.request.target for session in harness.manager.snapshots()] == [NODES[-1].id]


async def test_a_command_is_typed_before_its_line_is_there():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        burst(harness, "colon", *"theme")
        await wait_until("the command line", lambda: isinstance(harness.app.screen, Palette))
        await wait_until("its entry", lambda: harness.app.screen.query(Input))
        await wait_until("the name in it", lambda: harness.app.screen.query_one(Input).value == "theme")


async def test_a_question_is_not_answered_before_it_can_be_read():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press("ctrl+right_square_bracket", "d")
        burst(harness, "q", "enter")
        await harness.settle()
        assert harness.app.screen is not harness.app.main
        assert harness.app.is_running


async def test_keys_that_come_while_the_app_closes_are_for_nobody():
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
    assert not harness.app.screen_stack
    await harness.app.on_event(events.Key("x", "x"))
