"""Starting sessions: several at once with their results, and guarded nodes with a typed word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from ssmtui.config.settings import Settings
from ssmtui.errors import TargetNotConnected
from ssmtui.model import PaneOptions, StartRequest, TerminalSize
from ssmtui.sessions.states import SessionState
from ssmtui.ui.panes.words import frame_of
from ssmtui.ui.start import results as starts
from ssmtui.ui.start.form import StartForm
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.start.launch import Launch
from ssmtui.ui.start.results import Starts
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness, listed
from tests.ui.test_snapshots import check

REFUSED = TargetNotConnected("i-2 is not connected")


def becomes_open(harness: Harness, key: int) -> None:
    for state in (SessionState.CONNECTING, SessionState.WAITING, SessionState.OPEN):
        harness.manager.becomes(key, state)


async def started(harness: Harness, number: int) -> list[int]:
    """So many sessions on the first nodes of the list; their keys."""
    await harness.ready()
    await harness.press(*["space"] * number, "enter", "enter")
    await wait_until("the sessions", lambda: len(harness.manager.snapshots()) == number)
    return [session.key for session in harness.manager.snapshots()]


# Results


async def test_one_of_four_fails_and_is_tried_again() -> None:
    async with Harness(FakeGateway(fleet(9))).run((80, 24)) as harness:
        keys = await started(harness, 4)
        for key in keys[:3]:
            becomes_open(harness, key)
        harness.manager.becomes(keys[3], SessionState.FAILED, error=REFUSED)
        await harness.shows("3 open · 1 failed")
        await harness.press("G")
        assert REFUSED.remedy[:40] in harness.text()
        await check(harness, "starts")
        await harness.press("r")
        await harness.shows("1 starting · 3 open")
        sessions = harness.manager.snapshots()
        assert [session.key for session in sessions[:3]] == keys[:3]
        assert sessions[3].key != keys[3]
        assert sessions[3].request.target == harness.app.main.nodes.index.shown[3].item.id
        becomes_open(harness, sessions[3].key)
        await harness.shows("4 open")
        await harness.press("enter")
        assert harness.app.panes.tabs.session == sessions[3].key


async def test_all_that_failed_are_edited_in_one_form() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        keys = await started(harness, 3)
        becomes_open(harness, keys[1])
        for key in (keys[0], keys[2]):
            harness.manager.becomes(key, SessionState.FAILED, error=REFUSED)
        await harness.shows("1 open · 2 failed")
        await harness.press("e")
        assert isinstance(harness.app.screen, StartForm)
        assert "and 1 more" in harness.text()
        harness.app.screen.query_one("#reason").value = "again"
        await harness.press("ctrl+s")
        await harness.shows("2 starting · 1 open")
        sessions = harness.app.panes.sessions
        assert sessions[1].key == keys[1]
        assert [session.request.reason for session in sessions] == ["again", None, "again"]
        assert len({session.request.target for session in sessions}) == 3
        assert {session.request.scope for session in sessions} == {harness.gateway.scope}


async def test_who_waits_for_a_turn_says_how_many_come_before() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        keys = await started(harness, 3)
        harness.manager.becomes(keys[2], SessionState.STARTING, ahead=2)
        await harness.shows("queued, 2 before it", "1 queued · 2 starting")


async def test_esc_leaves_the_tabs_alone_and_one_that_is_closed_is_told() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        keys = await started(harness, 2)
        harness.manager.remove(keys[0])
        await harness.shows("1 starting · 1 closed")
        await harness.press("enter")
        assert isinstance(harness.app.screen, Starts)
        await harness.press("escape")
        assert harness.app.screen is harness.app.main
        assert [session.key for session in harness.manager.snapshots()] == keys[1:]


async def test_once_all_are_open_the_first_one_is_shown() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        keys = await started(harness, 2)
        for key in keys:
            harness.manager.becomes(key, SessionState.OPEN)
        await wait_until("its tab", lambda: harness.app.panes.tabs.session == keys[0], report=harness.text)
        assert harness.app.screen is harness.app.main


async def test_whoever_has_pressed_a_key_is_not_taken_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, "SEEN", 0.05)
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        keys = await started(harness, 2)
        await harness.press("j")
        for key in keys:
            harness.manager.becomes(key, SessionState.OPEN)
        await harness.shows("2 open")
        screen = harness.app.screen
        assert isinstance(screen, Starts)
        await wait_until("its time is over", lambda: screen._leaving is None, report=harness.text)
        await harness.settle()
        assert harness.app.screen is screen


# The guard


def guarded(*filters: str) -> Harness:
    return Harness(FakeGateway(fleet(9)), settings=Settings(guard=filters))


async def test_a_guarded_node_is_opened_once_its_name_is_typed() -> None:
    harness = guarded("account:123456789012", "bastion")
    async with harness.run((80, 24)):
        await harness.ready()
        node = harness.app.main.nodes.selected
        assert node is not None
        await harness.press("enter")
        assert isinstance(harness.app.screen, GuardQuestion)
        assert "account:123456789012" in harness.text()
        await harness.press("enter")
        assert harness.manager.snapshots() == ()
        await harness.press(*"yes", "enter")
        assert "That is not the name of the node." in harness.text()
        await check(harness, "guard-question")
        harness.app.screen.query_one(Input).value = node.name
        await harness.press("enter")
        (session,) = harness.manager.snapshots()
        assert session.request.options.guarded == "account:123456789012"
        assert harness.app.panes.tabs.session == session.key


async def test_several_guarded_nodes_are_opened_once_their_number_is_typed() -> None:
    harness = guarded("is:online")
    async with harness.run():
        await harness.ready()
        targets = [row.item for row in harness.app.main.nodes.index.shown]
        number = sum(node.ping.value == "Online" for node in targets)
        assert 1 < number < len(targets)
        await harness.press("ctrl+a", "enter")
        assert isinstance(harness.app.screen, GuardQuestion)
        await harness.press("escape")
        assert harness.app.main.nodes.marks
        await harness.press("enter", str(len(targets)), "enter")
        assert isinstance(harness.app.screen, GuardQuestion)
        await harness.press("ctrl+u", str(number), "enter")
        await wait_until("the sessions", lambda: len(harness.manager.snapshots()) == len(targets))
        assert sum(bool(session.request.options.guarded) for session in harness.manager.snapshots()) == number


async def test_a_guarded_session_is_asked_about_again_when_it_is_started_again() -> None:
    harness = guarded("bastion")
    async with harness.run():
        await harness.ready()
        node = harness.app.main.nodes.selected
        assert node is not None
        await harness.press("enter")
        harness.app.screen.query_one(Input).value = node.id
        await harness.press("enter")
        (session,) = harness.manager.snapshots()
        harness.manager.becomes(session.key, SessionState.CONNECTING)
        harness.manager.becomes(session.key, SessionState.ENDED)
        await harness.settle()
        harness.app.run_command(harness.app.registry["restart"])
        await harness.settle()
        assert isinstance(harness.app.screen, GuardQuestion)
        assert "bastion" in harness.text()
        assert harness.manager.snapshot(session.key).state is SessionState.ENDED
        harness.app.screen.query_one(Input).value = node.id
        await harness.press("enter")
        (again,) = harness.manager.snapshots()
        assert again.key != session.key
        assert again.request.options.guarded == "bastion"


async def test_a_filter_that_cannot_be_used_is_told_at_the_start() -> None:
    harness = guarded("db-9", "))")
    async with harness.run():
        await harness.ready()
        await harness.shows("guards nothing")


async def test_a_session_whose_tab_is_gone_when_the_guard_is_answered_is_not_started_again() -> None:
    async with guarded("is:online").run() as harness:
        await harness.ready()
        other = harness.manager.start(StartRequest("i-other"), TerminalSize(80, 24), None)
        node = harness.app.main.nodes.selected
        assert node is not None
        options = PaneOptions(guarded="is:online")
        key = harness.manager.start(StartRequest(node.id, options=options), TerminalSize(80, 24), node)
        harness.app.panes.show_new(key)
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        await harness.command("restart")
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion), report=harness.text)
        harness.app.panes.remove(key)
        harness.app.screen.query_one(Input).value = node.name
        await harness.press("enter")
        assert [session.key for session in harness.manager.snapshots()] == [other]
        assert not harness.defects


# Colours of accounts


@pytest.mark.parametrize(
    ("colors", "color"),
    [
        ({}, ""),
        ({"other": "red"}, ""),
        ({"123456789012": "green"}, "green"),
        ({"123456789012": "green", "acme": "cyan"}, "cyan"),
        ({"123456789012": "green", "acme": "cyan", "prod": "blue"}, "blue"),
    ],
)
async def test_a_session_has_the_colour_of_its_account_the_aws_profile_first(colors, color) -> None:
    async with Harness(settings=Settings(account_colors=colors)).run() as harness:
        await listed(harness)
        states = harness.fleet.states
        await wait_until("the alias", lambda: any(state.alias for state in states.values()), report=harness.text)
        await harness.open_session()
        assert harness.app.panes.session.request.options.account_color == color
        assert harness.app.panes.tabs.labels()[1].frame == color


async def test_a_profiles_own_colour_and_a_guard_come_before_the_accounts() -> None:
    async with Harness(settings=Settings(account_colors={"prod": "blue"}, guard=("web-1",))).run() as harness:
        await harness.ready()
        node = next(row.item for row in harness.app.main.nodes.index.shown if row.item.name == "cache-1")
        starting = harness.app.main.features.start
        starting.launch([Launch(StartRequest(node.id, options=PaneOptions(color="green")), node)])
        await wait_until("the session", lambda: harness.manager.snapshots())
        assert harness.app.panes.tabs.labels()[1].frame == "green"
        assert frame_of(replace(harness.app.panes.session, request=request_with(guarded="x"))) == "guarded"


def request_with(**options: str) -> StartRequest:
    return StartRequest("i-1", options=PaneOptions(color="green", account_color="blue", **options))
