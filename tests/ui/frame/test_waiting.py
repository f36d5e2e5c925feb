"""Commands that are asked for before the services are open wait for them, and what is typed behind them is for what
they open: nothing runs as something else."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import events
from textual.keys import key_to_character
from textual.widgets import Input

from ssmtui.errors import ConfigurationError
from ssmtui.inventory.cache import NodeCache
from ssmtui.ui.frame.waiting import Waiting
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.nodes.node_choice import NodeChoice
from ssmtui.ui.services import Progress, Services
from ssmtui.ui.start.form import StartForm
from tests.support.fakes import ACCOUNT, SCOPE, FakeGateway, FrozenClock, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.second_run import SecondRun


class Remembered(SecondRun):
    """Eight nodes are known from the last run; the services open with the gate, or fail."""

    def __init__(self, directory: Path, size: int = 8) -> None:
        nodes = [node._replace(aws_profile="prod") for node in fleet(size)]
        NodeCache(directory).save(SCOPE, ACCOUNT, "acme", nodes, FrozenClock().now().timestamp() - 120)
        super().__init__(directory, FakeGateway(nodes))
        self.error: ConfigurationError | None = None

    async def open_services(self, progress: Progress) -> Services:
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return await super().open_services(progress)


async def remembered(harness: Harness) -> None:
    await wait_until("the nodes are shown", lambda: harness.app.main.nodes.selected)
    await harness.settle()


def typed(harness: Harness) -> str:
    (session,) = harness.manager.snapshots()
    return bytes(harness.manager.written[session.key]).decode()


async def test_enter_opens_the_node_and_what_is_typed_is_for_its_shell(tmp_path: Path) -> None:
    async with Remembered(tmp_path).run() as harness:
        await remembered(harness)
        await harness.press("j")
        node = harness.app.main.nodes.selected
        await harness.press("enter", *"uptime")
        await wait_until("it is shown to wait", lambda: isinstance(harness.app.screen, Waiting))
        await harness.press("q", "enter", "A")
        assert isinstance(harness.app.screen, Waiting)
        assert not harness.manager.snapshots()
        harness.gate.set()
        await wait_until("a session is started", harness.manager.snapshots)
        await harness.settle()
        assert harness.app.screen is harness.app.main
        (session,) = harness.manager.snapshots()
        assert session.node == node
        assert typed(harness) == "uptimeq\rA"


async def test_it_need_not_be_seen_to_wait(tmp_path: Path) -> None:
    async with Remembered(tmp_path).run() as harness:
        await remembered(harness)
        harness.app.post_message(key("enter"))
        harness.app.post_message(key("l"))
        harness.app.post_message(key("s"))
        await asyncio.sleep(0)
        harness.gate.set()
        await wait_until("a session is started", harness.manager.snapshots)
        await wait_until("it is typed", lambda: typed(harness) == "ls", report=lambda: typed(harness))


async def test_escape_gives_it_up_with_all_that_was_typed(tmp_path: Path) -> None:
    async with Remembered(tmp_path).run() as harness:
        await remembered(harness)
        await harness.press("enter", "x")
        await wait_until("it is shown to wait", lambda: isinstance(harness.app.screen, Waiting))
        await harness.press("escape")
        await wait_until("the list", lambda: harness.app.screen is harness.app.main)
        harness.gate.set()
        await wait_until("the services are open", lambda: harness.app.services)
        await harness.settle()
        assert not harness.manager.snapshots()


async def test_where_nothing_opens_the_keys_go_with_the_command(tmp_path: Path) -> None:
    harness = Remembered(tmp_path)
    harness.error = ConfigurationError("no AWS region is set", title="No region")
    async with harness.run():
        await remembered(harness)
        await harness.press("p", "d", "q", "enter")
        harness.gate.set()
        await harness.tells("No account could be opened. Not done:", "No region")
        await harness.settle()
        assert harness.app.screen is harness.app.main
        assert not harness.manager.snapshots()
        await harness.press("enter")
        assert "No account is open; A chooses one" in harness.text()


async def test_the_form_opens_and_has_what_was_typed_for_it(tmp_path: Path) -> None:
    async with Remembered(tmp_path).run() as harness:
        await remembered(harness)
        await harness.press("s", *"Acme")
        harness.gate.set()
        await wait_until("the form", lambda: isinstance(harness.app.screen, StartForm))
        await wait_until("what was typed", lambda: "Acme" in harness.text(), report=harness.text)
        assert not harness.manager.snapshots()


async def test_a_view_gets_the_keys_that_were_typed_for_it(tmp_path: Path) -> None:
    async with Remembered(tmp_path).run() as harness:
        await remembered(harness)
        await harness.press("p", "slash", *"ent")
        harness.gate.set()
        await wait_until("the view", lambda: "Profiles" in harness.text() or "Connections" in harness.text())
        await harness.settle()
        assert "ent" in harness.text()
        assert harness.app.main.nodes.index.query is None or not harness.app.main.nodes.is_filtered


async def test_with_no_node_listed_yet_enter_asks_which_one_is_meant() -> None:
    gateway = FakeGateway(fleet(5))
    gate = asyncio.Event()
    list_nodes = gateway.nodes

    async def nodes(known):
        await gate.wait()
        async for page in list_nodes(known):
            yield page

    gateway.nodes = nodes  # type: ignore[method-assign]
    async with Harness(gateway).run() as harness:
        await wait_until("the services are open", lambda: harness.app.services)
        await harness.settle()
        harness.app.post_message(key("enter"))
        harness.app.post_message(key("enter"))
        await wait_until("the question", lambda: isinstance(harness.app.screen, NodeChoice))
        question = harness.app.screen
        assert isinstance(question, NodeChoice)
        await harness.press(*"web")
        gate.set()
        await wait_until("nodes are offered", lambda: question.query(Choices) and question.choices.option_count)
        assert not harness.manager.snapshots()
        await harness.press("enter")
        await wait_until("a session is started", harness.manager.snapshots)


async def test_enter_before_services_and_nodes_asks_which_one_is_meant_too() -> None:
    class Late(Harness):
        gate = asyncio.Event()

        async def open_services(self, progress: Progress) -> Services:
            await self.gate.wait()
            return await super().open_services(progress)

    async with Late(FakeGateway(fleet(5))).run() as harness:
        await harness.press("enter", *"web")
        await wait_until("it is shown to wait", lambda: isinstance(harness.app.screen, Waiting))
        Late.gate.set()
        await wait_until("the question", lambda: isinstance(harness.app.screen, NodeChoice))
        question = harness.app.screen
        assert isinstance(question, NodeChoice)
        await wait_until("nodes are offered", lambda: question.query(Choices) and question.choices.option_count)
        await wait_until("what was typed", lambda: question.query_one(Input).value == "web")
        assert not harness.manager.snapshots()


def key(name: str) -> events.Key:
    return events.Key(name, key_to_character(name))
