"""The list of nodes: what it shows of a listing, and how a person moves in it."""

import asyncio
from dataclasses import replace

import pytest

from ssmtui.errors import AccessDenied, CredentialsError
from ssmtui.model import SessionRecord
from ssmtui.ui.nodes.table.columns import NODE_COLUMNS
from ssmtui.ui.services import Progress, Services
from ssmtui.ui.table.layout import Chosen
from ssmtui.ui.table.preferences import first
from tests.support.fakes import FakeGateway, fleet, make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness, listed


async def test_the_frame_is_there_before_the_services_are():
    gate = asyncio.Event()

    class Slow(Harness):
        async def open_services(self, progress: Progress) -> Services:
            progress("Reading the AWS configuration")
            await gate.wait()
            return await super().open_services(progress)

    async with Slow().run() as harness:
        await wait_until("progress", lambda: "Reading the AWS configuration" in harness.text(), report=harness.text)
        assert "1 Nodes" in harness.text()
        assert "NODE ID" in harness.text()
        assert harness.app.services is None
        gate.set()
        await listed(harness)


async def test_a_listing_fills_the_table_from_the_top():
    async with Harness(FakeGateway(fleet(30))).run() as harness:
        await listed(harness)
        assert "30 nodes" in harness.text()
        assert harness.app.main.nodes.selected.name == "bastion-1"


async def test_ages_grow():
    async with Harness().run() as harness:
        await listed(harness)
        harness.clock.move(14)
        harness.app.main.nodes.tick()
        await wait_until("the age is shown", lambda: "14 s ago" in harness.text(), report=harness.text)


MOVES = [
    (("j",), 1),
    (("g", "down", "j", "k"), 1),
    (("G",), 59),
    (("j",), 59),
    (("g",), 0),
    (("k",), 0),
    (("end",), 59),
    (("home",), 0),
    (("pagedown",), 29),
    (("ctrl+f",), 58),
    (("ctrl+b", "pageup"), 0),
    (("ctrl+d",), 14),
    (("ctrl+u",), 0),
]


async def test_the_cursor_moves_as_in_vi_and_stays_in_sight():
    async with Harness(FakeGateway(fleet(60))).run((120, 40)) as harness:
        await listed(harness)
        shown = [row.item for row in harness.app.main.nodes.table.rows]
        assert harness.app.main.nodes.table.page == 29
        for keys, row in MOVES:
            await harness.press(*keys)
            assert harness.app.main.nodes.selected is shown[row], keys
            assert shown[row].id in harness.text()


async def test_the_cursor_stays_on_its_node_and_its_line_when_others_come_and_go():
    harness = Harness(FakeGateway(fleet(30)))
    async with harness.run():
        await listed(harness)
        await harness.press("j", "j", "j", "j", "j")
        selected = harness.app.main.nodes.selected
        line = next(number for number, text in enumerate(harness.text().splitlines()) if selected.id in text)
        newcomers = [make_node(100 + number)._replace(name=f"a-{number}") for number in range(20)]
        harness.gateway.listed = [node for node in [*newcomers, *harness.gateway.listed] if node.name != "bastion-3"]
        await harness.press("r")
        await wait_until("the new listing", lambda: "49 nodes" in harness.text(), report=harness.text)
        assert harness.app.main.nodes.selected is selected
        await harness.settle()
        assert selected.id in harness.text().splitlines()[line]


async def test_the_cursor_stays_at_the_top_while_the_first_pages_come_in():
    nodes = [make_node(number)._replace(name=f"n-{30 - number}") for number in range(30)]
    async with Harness(FakeGateway(nodes)).run() as harness:
        await listed(harness)
        assert harness.app.main.nodes.selected.name == "n-1"


async def test_a_node_that_goes_leaves_the_cursor_in_its_place():
    harness = Harness(FakeGateway(fleet(8)))
    async with harness.run():
        await listed(harness)
        await harness.press("G")
        harness.gateway.listed = fleet(4)
        await harness.press("r")
        await wait_until("the new listing", lambda: "4 nodes" in harness.text(), report=harness.text)
        assert harness.app.main.nodes.selected is harness.app.main.nodes.table.rows[-1].item


async def test_the_filter_narrows_as_it_is_typed_and_esc_clears_it():
    async with Harness(FakeGateway(fleet(30))).run() as harness:
        await listed(harness)
        await harness.press("slash", *"web prod")
        await wait_until("the matches", lambda: "3 of 30" in harness.text(), report=harness.text)
        await harness.press("enter", "j")
        assert harness.app.main.nodes.selected.name.startswith("web-")
        await harness.press("escape")
        await wait_until("all of them", lambda: "30 nodes" in harness.text(), report=harness.text)


async def test_esc_in_the_filter_clears_it_and_goes_back_to_the_list():
    async with Harness(FakeGateway(fleet(30))).run() as harness:
        await listed(harness)
        await harness.press("slash", *"zzz")
        await wait_until("nothing", lambda: "No node matches" in harness.text(), report=harness.text)
        await harness.press("escape", "j")
        assert harness.app.main.nodes.selected is harness.app.main.nodes.table.rows[1].item


async def test_keys_of_the_list_are_letters_in_the_filter():
    async with Harness().run() as harness:
        await listed(harness)
        await harness.press("slash", *"qjr?:")
        assert harness.app.main.nodes.filter_text == "qjr?:"
        assert harness.app.screen is harness.app.main


async def test_services_that_cannot_be_opened_say_why_and_can_be_tried_again():
    class Broken(Harness):
        async def open_services(self, progress: Progress) -> Services:
            if self.opened == 0:
                self.opened += 1
                raise CredentialsError("no credentials [bold]found[/bold]")
            return await super().open_services(progress)

    async with Broken().run() as harness:
        await wait_until("the error", lambda: "not usable" in harness.text(), report=harness.text)
        assert "no credentials [bold]found[/bold]" in harness.text()
        assert "Sign in again" in harness.text()
        await harness.press("r")
        await listed(harness)


async def test_a_failed_listing_keeps_what_was_known_with_its_age():
    harness = Harness()
    async with harness.run():
        await listed(harness)
        harness.clock.move(120)
        harness.gateway.error = AccessDenied("ssm:DescribeInstanceInformation is not allowed", remedy="Ask for it.")
        await harness.press("r")
        await wait_until("the error", lambda: "Access denied" in harness.text(), report=harness.text)
        assert "Ask for it." in harness.text()
        assert "8 nodes" in harness.text()
        assert "2 min ago" in harness.text()
        harness.gateway.error = None
        await harness.press("r")
        await wait_until("no error", lambda: "Access denied" not in harness.text(), report=harness.text)


async def test_a_first_listing_that_fails_explains_itself_in_the_empty_table():
    gateway = FakeGateway([])
    gateway.error = AccessDenied("not allowed")
    async with Harness(gateway).run() as harness:
        await wait_until("the error", lambda: "Access denied" in harness.text(), report=harness.text)
        assert "try again" in harness.text()


async def test_an_account_without_nodes_says_how_one_gets_here():
    async with Harness(FakeGateway([])).run() as harness:
        await wait_until("the message", lambda: "No managed nodes in eu-west-1" in harness.text(), report=harness.text)


async def test_a_click_selects_and_a_double_click_opens():
    harness = Harness()
    async with harness.run():
        await listed(harness)
        table = harness.app.main.nodes.table
        await harness.pilot.click(table, offset=(10, 3))
        assert harness.app.main.nodes.selected is harness.app.main.nodes.table.rows[2].item
        await harness.pilot.click(table, offset=(10, 5), times=2)
        await wait_until("a session", lambda: harness.app.panes.session)
        assert harness.app.panes.session.request.target == harness.app.main.nodes.table.rows[4].item.id


async def test_a_click_beside_the_rows_does_nothing():
    async with Harness().run() as harness:
        await listed(harness)
        for offset in ((10, 0), (10, 25)):
            await harness.pilot.click(harness.app.main.nodes.table, offset=offset, times=2)
        assert harness.app.main.nodes.selected is harness.app.main.nodes.table.rows[0].item
        assert harness.manager.snapshots() == ()


async def test_nodes_with_live_sessions_are_marked_and_named():
    async with Harness().run() as harness:
        await listed(harness)
        await harness.open_session()
        await harness.press("ctrl+right_square_bracket", "d")
        await wait_until("the mark", lambda: "▸" in harness.text(), report=harness.text)
        assert "1 live session here: bastion-1" in harness.text()


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (300, 90)])
async def test_any_size_of_the_screen_will_do(size):
    async with Harness(FakeGateway(fleet(30))).run(size) as harness:
        await harness.ready()
        await harness.settle()
        assert "1 Nodes" in harness.text()
        assert all(len(line) <= size[0] for line in harness.text().splitlines())


async def test_who_is_on_a_node_is_asked_only_while_it_is_shown_or_filtered_by():
    gateway = FakeGateway(fleet(5))
    jane = (await gateway.identity()).arn
    node = gateway.listed[2]
    gateway.sessions = [SessionRecord("jane-1", node.id, "Connected", jane)]
    async with Harness(gateway).run() as harness:
        await listed(harness)
        view = harness.app.main.nodes
        assert gateway.sessions_asked == []
        view.prefer(replace(view.preferences, columns=(*view.preferences.columns[:2], Chosen("who"))))
        await wait_until("who is on it is shown", lambda: "Ops/jane" in harness.text(), report=harness.text)
        assert gateway.sessions_asked == [(True, "")]
        assert "WHO" in harness.text()
        view.prefer(first(NODE_COLUMNS))
        await wait_until("nobody is on it", lambda: not any(row.item.who for row in view.index.rows))
        view.set_filter("is:busy")
        await wait_until("the one that is busy is found", lambda: [row.item.id for row in view.table.rows] == [node.id])
        await wait_until("the details name them", lambda: "Sessions of Ops/jane" in harness.text(), report=harness.text)
        gateway.sessions.clear()
        await harness.press("r")
        await wait_until("it is busy no longer", lambda: not view.table.rows)


async def test_where_sessions_may_not_be_listed_one_sentence_says_so():
    gateway = FakeGateway(fleet(5))
    gateway.sessions_error = AccessDenied("jane may not list them", operation="DescribeSessions")
    async with Harness(gateway).run() as harness:
        await listed(harness)
        view = harness.app.main.nodes
        view.set_filter("is:busy")
        await wait_until("it is said", lambda: "Who is on the nodes" in harness.text(), report=harness.text)
        assert "jane may not" in " ".join(harness.text().split())
