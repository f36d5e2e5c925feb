"""The table as people work with it: marks, order, columns, copies, details, favourites."""

import json
import threading

import pytest
from textual import events

from ssmtui.errors import ConfigurationError
from ssmtui.inventory.field_sets import SortKey
from ssmtui.sessions.states import SessionState
from ssmtui.ui.kit.cursor_lines import CursorLines
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.nodes import actions as node_flows
from ssmtui.ui.nodes import copies, copy_menu
from ssmtui.ui.start.open_question import OpenQuestion
from ssmtui.ui.start.results import Starts
from ssmtui.ui.table.table import RowTable
from tests.support.fakes import FakeGateway, fleet, make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness, listed


def names(harness: Harness) -> list[str]:
    return [row.item.name for row in harness.app.main.nodes.table.rows]


def marked(harness: Harness) -> list[int]:
    nodes = harness.app.main.nodes
    return [place for place, row in enumerate(nodes.table.rows) if row.item.key in nodes.marks]


async def test_space_marks_and_goes_on_and_the_marks_are_counted():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await listed(harness)
        await harness.press("space", "space", "j", "space")
        assert marked(harness) == [0, 1, 3]
        assert "3 marked" in harness.text()
        assert harness.text().count("▌") == 3
        await harness.press("k", "space")
        assert marked(harness) == [0, 1]


async def test_ranges_are_drawn_with_v_and_with_shift_and_taken_back_with_esc():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await listed(harness)
        await harness.press("j", "v", "j", "j")
        assert marked(harness) == [1, 2, 3]
        await harness.press("k", "v", "j", "j")
        assert marked(harness) == [1, 2]
        await harness.press("shift+down", "shift+down")
        assert marked(harness) == [1, 2, 4, 5, 6]
        await harness.press("escape")
        assert marked(harness) == [1, 2]
        await harness.press("escape")
        assert marked(harness) == []


async def test_all_that_the_filter_shows_is_marked_and_marks_outlive_filter_order_and_refresh():
    harness = Harness(FakeGateway(fleet(30)))
    async with harness.run():
        await listed(harness)
        await harness.press("slash", *"name:web", "enter", "ctrl+a")
        number = len(names(harness))
        assert 1 < number < 30
        await harness.press("escape")
        assert marked(harness) == []
        await harness.press("ctrl+a")
        await harness.command("filter", "db")
        assert marked(harness) == []
        harness.app.main.nodes.set_filter("")
        await harness.command("sort", "-name")
        await harness.press("r")
        await harness.settle()
        assert {names(harness)[place].split("-")[0] for place in marked(harness)} == {"web"}
        assert len(marked(harness)) == number
        assert f"{number} marked" in harness.text()


async def test_marked_nodes_that_vanish_lose_their_marks_and_that_is_told():
    harness = Harness(FakeGateway(fleet(8)))
    async with harness.run():
        await listed(harness)
        await harness.press("space", "space")
        gone = harness.app.main.nodes.table.rows[0].item
        harness.gateway.listed = [node for node in harness.gateway.listed if node.id != gone.id]
        await harness.press("r")
        await wait_until("it is told", lambda: "1 marked node no longer listed" in harness.text(), report=harness.text)
        assert len(harness.app.main.nodes.marks) == 1


async def test_sessions_are_opened_on_all_marked_nodes_and_the_marks_go():
    harness = Harness(FakeGateway(fleet(20)))
    async with harness.run():
        await listed(harness)
        await harness.press("space", "space", "space", "G", "enter", "enter")
        await wait_until("the sessions", lambda: len(harness.manager.snapshots()) == 3)
        sessions = harness.manager.snapshots()
        assert [session.title for session in sessions] == names(harness)[:3]
        assert harness.app.panes.tabs.session is None
        assert isinstance(harness.app.screen, Starts)
        assert not harness.app.main.nodes.marks
        assert all(session.request.scope == harness.gateway.scope for session in sessions)
        used = harness.app.services.usage.used
        assert used(sessions[0].node.key).times == 0  # the service has not given the session yet
        harness.manager.becomes(sessions[0].key, SessionState.OPEN)
        harness.manager.becomes(sessions[1].key, SessionState.FAILED)
        await harness.settle()
        assert [used(session.node.key).times for session in sessions] == [1, 0, 0]


async def test_a_restart_is_another_use_of_the_node():
    harness = Harness(FakeGateway(fleet(3)))
    async with harness.run():
        await listed(harness)
        key = await harness.open_session()
        node = harness.manager.snapshot(key).node
        assert harness.app.services.usage.used(node.key).times == 1
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        harness.app.run_command(harness.app.registry["restart"])
        await wait_until("another", lambda: harness.manager.snapshots()[-1].key != key, report=harness.text)
        harness.manager.becomes(harness.manager.snapshots()[-1].key, SessionState.OPEN)
        await harness.settle()
        assert harness.app.services.usage.used(node.key).times == 2


async def test_above_five_sessions_there_is_a_question_that_enter_denies():
    harness = Harness(FakeGateway(fleet(20)))
    async with harness.run():
        await listed(harness)
        await harness.press("space", "space", "space", "space", "space", "space", "enter")
        assert isinstance(harness.app.screen, OpenQuestion)
        assert names(harness)[5] in harness.text()
        await harness.press("enter")
        assert harness.manager.snapshots() == ()
        assert len(harness.app.main.nodes.marks) == 6
        await harness.press("enter", "y")
        await wait_until("the sessions", lambda: len(harness.manager.snapshots()) == 6)


async def test_more_than_a_hundred_sessions_are_not_opened_at_once():
    harness = Harness(FakeGateway(fleet(120)))
    async with harness.run():
        await listed(harness)
        await harness.press("ctrl+a", "enter")
        assert harness.app.screen is harness.app.main
        assert harness.manager.snapshots() == ()
        await wait_until("why", lambda: "at most 100" in harness.text(), report=harness.text)


async def test_the_form_s_answers_hold_for_all_marked_nodes():
    harness = Harness(FakeGateway(fleet(20)))
    async with harness.run():
        await listed(harness)
        await harness.press("space", "space", "s")
        await wait_until("the form", lambda: "and 1 more" in harness.text(), report=harness.text)
        await harness.press("ctrl+s", "enter")
        await wait_until("the sessions", lambda: len(harness.manager.snapshots()) == 2)
        targets = [session.request.target for session in harness.manager.snapshots()]
        assert targets == [row.item.id for row in harness.app.main.nodes.table.rows[:2]]


async def test_a_click_on_a_heading_sorts_and_another_reverses():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await listed(harness)
        table = harness.app.main.nodes.table
        column = harness.text().splitlines()[3].index("PLATFORM")
        await harness.pilot.click(RowTable, offset=(column, 0))
        await harness.settle()
        assert "PLATFORM ▲" in harness.text()
        assert table.rows[0].item.platform_name == "Amazon Linux"
        await harness.pilot.click(RowTable, offset=(column, 0))
        await harness.settle()
        assert "PLATFORM ▼" in harness.text()
        assert "Windows" in table.rows[0].item.platform_name
        await harness.pilot.click(RowTable, offset=(5, 0), shift=True)
        await harness.settle()
        assert "NAME ▲2" in harness.text()
        assert harness.app.main.nodes.preferences.sort == (SortKey("platform", True), SortKey("name"))


async def test_the_order_is_chosen_in_a_list_and_the_cursor_stays_on_its_node():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await listed(harness)
        await harness.press("j", "j")
        selected = harness.app.main.nodes.selected
        await harness.press("S")
        assert "1 ▲ name" in harness.text()
        await harness.press("enter")
        await wait_until("the order", lambda: names(harness)[0].startswith("worker"), report=harness.text)
        assert names(harness)[1].startswith("worker")
        assert harness.app.main.nodes.selected is selected
        await harness.press("g", "space", "escape")
        assert harness.app.main.nodes.preferences.sort == (SortKey("name", True), SortKey("favourite"))


async def test_favourites_have_a_star_and_come_first_where_that_is_wanted():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await listed(harness)
        await harness.press("G", "k", "k", "k", "asterisk")
        liked = harness.app.main.nodes.selected
        assert harness.text().count("★") == 2  # in its row and over its details
        await harness.command("sort", "favourite,name")
        assert harness.app.main.nodes.table.rows[0].item is liked
        await harness.press("asterisk")
        await harness.settle()
        assert "★" not in harness.text()
        assert names(harness)[0] == "bastion-1"


async def test_a_favourite_that_cannot_be_written_down_is_told(monkeypatch):
    def refuse(section, change):
        raise ConfigurationError("the disk is full")

    async with Harness(FakeGateway(fleet(3))).run() as harness:
        await listed(harness)
        monkeypatch.setattr(harness.memory, "update", refuse)
        await harness.press("asterisk")
        await wait_until("why", lambda: "the disk is full" in harness.text(), report=harness.text)
        assert "★" in harness.text()


@pytest.mark.parametrize(
    ("name", "argument"), [("sort", "nonsense"), ("columns", "name nonsense"), ("copy", "nonsense")]
)
async def test_words_that_mean_nothing_are_named(name, argument):
    async with Harness().run() as harness:
        await listed(harness)
        before = harness.app.main.nodes.preferences
        await harness.command(name, argument)
        await wait_until("it is named", lambda: "nonsense" in harness.text(), report=harness.text)
        assert harness.app.main.nodes.preferences == before


async def test_columns_are_hidden_moved_sized_and_made_of_tags():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await listed(harness)
        await harness.press("C")
        await harness.press("j", "J", "plus")
        chosen = harness.app.main.nodes.preferences.columns
        assert [each.name for each in chosen[:3]] == ["name", "ping", "id"]
        assert chosen[2].width == 22
        await harness.press("K", "space", "t", *"env", "enter")
        assert [each.name for each in harness.app.main.nodes.preferences.columns][:3] == ["name", "ping", "tag:env"]
        await harness.press("escape")
        assert harness.app.screen is harness.app.main
        head = harness.text().splitlines()[3]
        assert head.split()[:4] == ["NAME", "▲", "PING", "env"]
        assert "NODE ID" not in head


async def test_the_table_is_remembered_and_a_broken_memory_is_told():
    harness = Harness(FakeGateway(fleet(20)))
    async with harness.run():
        await listed(harness)
        await harness.command("columns", "id tag:team")
        await harness.command("sort", "-id")
        await harness.press("d")
        memory = harness.memory
        await wait_until("it is written", lambda: memory.read("table").get("tall"))
    again = Harness(FakeGateway(fleet(20)))
    again.memory = memory
    async with again.run():
        await listed(again)
        assert again.text().splitlines()[3].split() == ["NODE", "ID", "▼", "team"]
        assert again.app.main.nodes.preferences.tall
    memory.update("table", lambda held: {"columns": [["nonsense", 3]], "sort": 7})
    third = Harness(FakeGateway(fleet(20)))
    third.memory = memory
    async with third.run():
        await listed(third)
        await wait_until("it is told", lambda: "columns and order" in third.text(), report=third.text)
        assert "PLATFORM" in third.text()


async def test_everything_of_a_node_can_be_copied():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await listed(harness)
        node = harness.app.main.nodes.selected
        for key, text in (
            ("a", node.ip),
            ("n", node.name),
            ("r", f"arn:aws:ec2:eu-west-1:123456789012:instance/{node.id}"),
            ("l", f"aws ssm start-session --target {node.id} --region eu-west-1"),
        ):
            await harness.press("y", key)
            assert harness.app.clipboard == text
        await harness.press("y", "j")
        assert json.loads(harness.app.clipboard)["id"] == node.id
        await harness.press("space", "space", "y", "enter")
        assert harness.app.clipboard == "\n".join(row.item.id for row in harness.app.main.nodes.table.rows[:2])
        await wait_until("a word", lambda: "Copied id of 2 nodes" in harness.text(), report=harness.text)
        await harness.command("copy", "json")
        assert len(json.loads(harness.app.clipboard)) == 2


async def test_the_question_tells_apart_nodes_of_several_accounts():
    nodes = [node._replace(aws_profile="prod" if place else "staging") for place, node in enumerate(fleet(6))]
    async with Harness(FakeGateway(nodes)).run() as harness:
        await listed(harness)
        await harness.press("ctrl+a", "enter")
        first, *others = [line for line in harness.text().splitlines() if "  prod " in line or "  staging " in line]
        assert len(others) == 5
        assert sum("  staging " in line for line in [first, *others]) == 1
        assert "eu-west-1" not in first


async def test_copies_of_many_nodes_are_made_in_a_thread(monkeypatch):
    threads = []

    def text_of(what, nodes):
        threads.append((threading.current_thread(), len(nodes)))
        return copies.text_of(what, nodes)

    monkeypatch.setattr(node_flows, "text_of", text_of)
    monkeypatch.setattr(copy_menu, "text_of", text_of)
    async with Harness(FakeGateway(fleet(150))).run() as harness:
        await listed(harness)
        await harness.press("ctrl+a", "y")
        assert "of 150 nodes" in harness.text()
        await harness.press("j")
        await wait_until("the copy", lambda: harness.app.clipboard.count('"arn"') == 150)
    assert max(size for thread, size in threads if thread is threading.main_thread()) <= copies.FEW


async def test_what_is_not_known_of_a_node_is_said():
    async with Harness(FakeGateway([make_node(0)._replace(ip="")])).run() as harness:
        await listed(harness)
        await harness.press("y", "a")
        await wait_until("a word", lambda: "No address is known" in harness.text(), report=harness.text)
        assert harness.clipboard.given == []


async def test_the_details_show_all_on_demand_and_scroll():
    async with Harness(FakeGateway(fleet(20))).run((80, 24)) as harness:
        await listed(harness)
        assert "AWS profile" not in harness.text()
        await harness.press("d")
        await wait_until("more", lambda: "computer" in harness.text(), report=harness.text)
        first = harness.text()
        await harness.press("right_square_bracket")
        await wait_until("the rest", lambda: harness.text() != first, report=harness.text)
        await harness.press("d")
        await wait_until("few again", lambda: "computer  " not in harness.text(), report=harness.text)


async def test_only_rows_whose_age_changed_are_drawn_again():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await listed(harness)
        table = harness.app.main.nodes.table
        drawn: list[int] = []
        table.refresh_row = drawn.append
        harness.app.main.nodes.tick()
        assert drawn == []
        harness.clock.move(1)
        harness.app.main.nodes.tick()
        ages = [row for row, each in enumerate(table.rows) if "h" not in age(each, harness)]
        assert drawn == ages


def age(row, harness: Harness) -> str:
    from ssmtui.ui.nodes.table.columns import NODE_COLUMNS
    from ssmtui.ui.table.columns import ColumnFacts

    return NODE_COLUMNS.column("seen").cell(row.item, ColumnFacts(harness.clock.now())).text


async def test_the_wheel_scrolls_and_a_scrollbar_shows_where():
    async with Harness(FakeGateway(fleet(120))).run() as harness:
        await listed(harness)
        table = harness.app.main.nodes.table
        assert table.show_vertical_scrollbar
        assert "bastion-1 " in harness.text()
        table.post_message(events.MouseScrollDown(table, 5, 5, 0, 1, 0, False, False, False, 5, 5, None))
        await wait_until("it has scrolled", lambda: table.scroll_offset.y > 0)
        assert harness.app.main.nodes.selected is table.rows[0].item


async def test_a_mark_is_set_by_a_click_in_the_margin():
    async with Harness(FakeGateway(fleet(20))).run() as harness:
        await listed(harness)
        await harness.pilot.click(RowTable, offset=(0, 3))
        await harness.settle()
        assert marked(harness) == [2]


async def test_a_session_here_is_told_by_node_not_by_id_alone():
    twin = make_node(0)._replace(aws_profile="other", account="9")
    async with Harness(FakeGateway([make_node(0)._replace(aws_profile="prod"), twin])).run() as harness:
        await listed(harness)
        await harness.open_session()
        await harness.press("f12", "d")
        await wait_until("the mark", lambda: "▸" in harness.text(), report=harness.text)
        assert harness.text().count("▸") == 1


async def test_a_pasted_key_does_nothing_to_the_list():
    async with Harness().run() as harness:
        await listed(harness)
        harness.app.post_message(events.Paste("y"))
        await harness.settle()
        assert harness.app.screen is harness.app.main


class Plain(CursorLines[str]):
    """Rows that are nothing but text."""


async def test_rows_are_drawn_as_their_text_and_without_rows_there_is_a_word():
    async with Harness().run() as harness:
        await harness.ready()
        lines = Plain()
        await harness.app.main.mount(lines)
        await harness.settle()
        assert lines.draw_message(Cell("nothing yet"), 30).text == "  nothing yet".ljust(30)
        lines.replace(["one", "two\x1b[31m"], 1)
        assert lines.draw_row(0, 10).text == "one       "
        assert lines.draw_row(1, 10).text == "two␛[31m  "
        assert lines.draw_row(0, 10)._segments[0].style != lines.draw_row(1, 10)._segments[0].style
