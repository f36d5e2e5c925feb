"""Filters that get a name: saved, chosen, deleted, and typed as @name."""

from __future__ import annotations

from ssmtui.ui.table.saved_filters import SavedFiltersDialog
from tests.support.fakes import FakeGateway, fleet, make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness

NODES = [*fleet(10), make_node(20)._replace(name="queue-1"), make_node(21)._replace(name="queue-2")]


async def filtered(harness: Harness, text: str) -> None:
    await harness.ready()
    harness.app.main.nodes.set_filter(text)
    await harness.settle()


def command(harness: Harness, name: str, argument: str = "") -> None:
    harness.app.run_command(harness.app.registry[name], argument)


def saved(harness: Harness) -> dict[str, str]:
    assert harness.app.services is not None
    return dict(harness.app.services.filters.saved)


async def test_a_filter_gets_a_name_and_is_typed_by_it() -> None:
    async with Harness(FakeGateway(NODES)).run() as harness:
        await filtered(harness, "queue")
        command(harness, "save-filter", "q")
        await wait_until("it is told", lambda: "@q is now this filter" in harness.text(), report=harness.text)
        assert saved(harness) == {"q": "queue"}
        await harness.press("escape", "slash", *"@q", "enter")
        assert [row.item.name for row in harness.app.main.nodes.index.shown] == ["queue-1", "queue-2"]


async def test_a_name_is_asked_for_where_none_is_given() -> None:
    async with Harness(FakeGateway(NODES)).run() as harness:
        await filtered(harness, "queue")
        command(harness, "save-filter")
        await wait_until("the question", lambda: "@NAME then means queue" in harness.text(), report=harness.text)
        await harness.press(*"mine", "enter")
        assert saved(harness) == {"mine": "queue"}


async def test_what_cannot_be_saved_says_why() -> None:
    async with Harness(FakeGateway(NODES)).run() as harness:
        await filtered(harness, "")
        command(harness, "save-filter", "q")
        await wait_until("why", lambda: "No filter is set" in harness.text(), report=harness.text)
        await filtered(harness, "seen:<x")
        command(harness, "save-filter", "q")
        await wait_until("why", lambda: "The filter is not right yet" in harness.text(), report=harness.text)
        await filtered(harness, "queue")
        command(harness, "save-filter", "a b")
        await harness.tells("not a valid name for a filter", "A name has up to 40 letters")
        await filtered(harness, "queue @q")
        command(harness, "save-filter", "q")
        await harness.tells("a filter that names itself", "Choose another name.")
        assert saved(harness) == {}


async def test_one_is_chosen_from_the_list_or_deleted_and_brought_back() -> None:
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        await harness.press("at")
        assert "There are none yet" in harness.text()
        await harness.press("escape")
        assert harness.app.services is not None
        for name, text in (("b", "bastion"), ("q", "queue"), ("z", "zzz")):
            harness.app.services.filters.save(name, text)
        await harness.press("at", "j", "d")
        assert isinstance(harness.app.screen, SavedFiltersDialog)
        assert list(saved(harness)) == ["b", "z"]
        await harness.press("u")
        assert list(saved(harness)) == ["b", "q", "z"]
        await harness.press("enter")
        assert harness.app.main.nodes.filter_text == "queue"
        assert [row.item.name for row in harness.app.main.nodes.index.shown] == ["queue-1", "queue-2"]


async def test_what_was_typed_comes_back_with_the_arrow() -> None:
    async with Harness(FakeGateway(NODES)).run() as harness:
        await harness.ready()
        await harness.press("slash", *"queue", "enter", "slash", "ctrl+u", "up")
        assert harness.app.main.nodes.filter_text == "queue"
        await wait_until("it is remembered", lambda: harness.memory.read("filters").get("history") == ["queue"])


async def test_the_cursor_stays_where_it_is_when_a_filter_about_time_is_read_again() -> None:
    async with Harness(FakeGateway(NODES)).run() as harness:
        await filtered(harness, "queue seen:<100d")
        await harness.press("j")
        line = harness.app.main.nodes.filter
        before = line.in_force
        harness.clock.move(60)
        line._time_passed()
        await harness.settle()
        assert line.in_force is not before
        assert harness.app.main.nodes.index.query is line.in_force
        selected = harness.app.main.nodes.selected
        assert selected is not None
        assert selected.name == "queue-2"
