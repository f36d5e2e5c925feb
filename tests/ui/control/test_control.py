"""The list of everybody's sessions: what it shows, where Enter leads, how sessions are ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from ssmtui.ledger.record import Ending
from ssmtui.model import DEFAULT_SHELL, SessionDocument
from ssmtui.sessions import farewell
from ssmtui.sessions.states import SessionState
from ssmtui.ui.control import holding, view
from ssmtui.ui.control.end_question import EndQuestion
from ssmtui.ui.control.feature import CONTROL
from ssmtui.ui.control.view import ControlView
from ssmtui.ui.kit.confirm import Confirm
from tests.support.fake_ledger import FakeLedger
from tests.support.fake_ledger import record as kept
from tests.support.fakes import ACCOUNT
from tests.support.sessions_listed import SESSIONS, ListingGateway, denied, over, record
from tests.support.wait import wait_until
from tests.ui.harness import Harness, listed


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "PAUSE", 0.0)
    monkeypatch.setattr(farewell, "FEW_ATTEMPTS", 1)


def shown(harness: Harness) -> ControlView:
    found = harness.app.main.features.control.view
    assert found is not None
    return found


def ids(harness: Harness) -> list[str]:
    return [row.item.record.session_id for row in shown(harness).table.rows]


async def opened(harness: Harness, rows: int = 3) -> ControlView:
    """The list, with the sessions that run."""
    await listed(harness)
    await harness.press("H")
    await wait_until("the list is open", lambda: harness.app.panes.place is CONTROL)
    await settled(harness, rows)
    return shown(harness)


async def settled(harness: Harness, rows: int) -> None:
    await wait_until(f"{rows} rows", lambda: len(shown(harness).table.rows) == rows, report=harness.text)
    await wait_until("the index rests", lambda: not shown(harness).runner.busy)
    await harness.settle()


async def test_it_shows_who_is_on_which_node_since_when_and_why() -> None:
    async with Harness(ListingGateway()).run() as harness:
        view = await opened(harness)
        await harness.shows("Ops/jane", "Ops/john", "Ops/amira", "look at the", "○ disconnected", "3 sessions")
        assert ids(harness) == [one.session_id for one in SESSIONS[:3]], "the newest comes first"
        assert [view.table.rows[place].item.mine for place in range(3)] == [True, False, False]


async def test_history_is_the_last_30_days_and_says_so() -> None:
    async with Harness(ListingGateway()).run() as harness:
        await opened(harness)
        await harness.press("h")
        await settled(harness, 2)
        await harness.shows("that ended in the last 30 days", "ENDED", "LASTED", "0:45:00", "✕ failed")
        await harness.shows("Terminated 2 d ago after 0:45:00: idle timeout")
        assert "WHERE" not in harness.text()
        await harness.press("h")
        await settled(harness, 3)
        await harness.shows("running now")


async def test_a_click_on_the_heading_does_what_its_key_does() -> None:
    async with Harness(ListingGateway()).run() as harness:
        await opened(harness)
        await harness.pilot.click("#heading")
        await settled(harness, 2)
        await harness.shows("that ended in the last 30 days")
        await harness.press("f12", "d", "h")
        await harness.shows("Sessions on bastion-1")
        await harness.pilot.click("#heading")
        await settled(harness, 2)


async def test_the_filter_has_the_language_of_the_nodes() -> None:
    async with Harness(ListingGateway()).run() as harness:
        view = await opened(harness)
        await harness.press("slash", *"is:others started:>2h", "enter")
        await settled(harness, 1)
        assert ids(harness) == [SESSIONS[2].session_id]
        await harness.press("escape")
        await settled(harness, 3)
        await harness.press("slash", *"queue", "enter")
        await settled(harness, 1)
        assert view.selected is not None
        assert view.selected.record == SESSIONS[1]
        await harness.press("escape", "escape")
        assert harness.app.panes.place is not CONTROL, "with nothing to clear it is left"


async def test_filters_of_sessions_have_names_of_their_own() -> None:
    async with Harness(ListingGateway()).run() as harness:
        view = await opened(harness)
        await harness.press("at")
        await harness.tells("Filter the sessions, then :session-save-filter NAME.")
        await harness.press("escape", "slash", *"is:others", "enter")
        await harness.command("session-save-filter", "others")
        await harness.tells("@others is now this filter")
        await harness.press("escape", "slash", *"@others john", "enter")
        await settled(harness, 1)
        await harness.press("escape", "at", "enter")
        await settled(harness, 2)
        assert view.filter_text == "is:others"
        assert harness.app.services is not None
        assert harness.app.services.filters.saved == {}, "the nodes have none of it"


async def test_values_are_completed_from_the_sessions_that_there_are() -> None:
    async with Harness(ListingGateway()).run() as harness:
        view = await opened(harness)
        await harness.press("slash", *"owner:")
        await harness.shows("Ops/amira", "Ops/john")
        await harness.press(*"am", "tab")
        assert view.filter_text == 'owner:"Ops/amira"'


async def test_it_is_sorted_and_has_other_columns_which_are_remembered() -> None:
    async with Harness(ListingGateway()).run() as harness:
        view = await opened(harness)
        await harness.command("session-sort", "owner")
        await settled(harness, 3)
        assert [row.item.owner for row in view.table.rows] == ["Ops/amira", "Ops/jane", "Ops/john"]
        await harness.command("session-columns", "owner id")
        await harness.shows("SESSION ID", SESSIONS[0].session_id)
        await harness.command("session-sort", "nonsense")
        await harness.tells("Sessions cannot be sorted by nonsense")
        await harness.press("q")
        view = await opened(harness)
        await harness.shows("SESSION ID")
        assert view.preferences.sort[0].field == "owner"
        assert harness.app.main.nodes.preferences.sort[0].field == "name", "the nodes have their own"


async def test_enter_goes_to_the_tab_that_has_the_session() -> None:
    async with Harness(ListingGateway()).run() as harness:
        await listed(harness)
        key = await harness.open_session()
        harness.manager.changed(key, session_id=SESSIONS[0].session_id)
        await harness.press("f12", "H")
        await settled(harness, 3)
        await harness.shows("A tab of this app has it", "this app")
        await harness.press("enter")
        assert harness.app.panes.tabs.session == key
        await harness.press("f12", "H")
        harness.manager.remove(key)
        await harness.shows("It is yours, from another client or machine.")


async def test_enter_takes_over_what_another_client_of_the_person_has() -> None:
    async with Harness(ListingGateway()).run() as harness:
        await opened(harness)
        await harness.shows("It is yours, from another client or machine. Enter takes it over.")
        await harness.press("enter")
        await wait_until("it is taken over", lambda: harness.manager.taken_over, report=harness.text)
        await harness.settle()
        assert [one.session_id for one in harness.manager.taken_over] == [SESSIONS[0].session_id]
        assert harness.app.panes.session is not None
        assert harness.app.panes.session.request.target == SESSIONS[0].target


async def test_somebody_elses_is_taken_over_after_a_question_alone() -> None:
    shell = SESSIONS[1]._replace(document_name=DEFAULT_SHELL)
    async with Harness(ListingGateway((SESSIONS[0], shell))).run() as harness:
        await opened(harness, 2)
        await harness.press("j", "enter")
        await wait_until("the question", lambda: isinstance(harness.app.screen, Confirm), report=harness.text)
        await harness.shows("This session was started by somebody else")
        await harness.press("escape")
        assert harness.manager.taken_over == []


async def test_the_ledger_says_what_was_left_alive_and_what_another_ssmtui_has() -> None:
    gateway = ListingGateway()
    harness = Harness(gateway)
    ledger = FakeLedger()
    ledger.left = [kept(1, "queue", session_id=SESSIONS[2].session_id, target=SESSIONS[2].target)]
    ledger.elsewhere = [kept(2, "web", session_id=SESSIONS[0].session_id, target=SESSIONS[0].target)]
    harness.ledger = cast("Any", ledger)
    async with harness.run():
        await wait_until("what is offered", lambda: len(harness.app.screen_stack) > 1, report=harness.text)
        await harness.press("escape")
        await opened(harness)
        await harness.shows("Another ssmtui on this machine has it: web.")
        await harness.press("j", "j")
        await harness.shows("It was left alive: queue. Enter brings it back.")
        # The first is brought back after a question, the other one at once.
        await harness.press("enter")
        await wait_until("it is back", lambda: len(harness.manager.taken_over) == 1, report=harness.text)
        assert ledger.claimed == [(kept(1).id, False)]


async def test_what_is_ended_here_leaves_the_ledger_as_ended_by_the_person() -> None:
    gateway = ListingGateway()
    harness = Harness(gateway)
    ledger = FakeLedger()
    ledger.left = [kept(1, "web", session_id=SESSIONS[0].session_id, target=SESSIONS[0].target)]
    harness.ledger = cast("Any", ledger)
    async with harness.run():
        await wait_until("what is offered", lambda: len(harness.app.screen_stack) > 1, report=harness.text)
        await harness.press("escape")
        await opened(harness)
        await harness.shows("It was left alive: web.")
        await harness.press("x")
        await harness.shows("yours on web-1, detached")
        await harness.press("enter")
        await wait_until("it is settled", lambda: ledger.settled, report=harness.text)
        assert [(record_id, how) for record_id, how, _ in ledger.settled] == [(kept(1).id, Ending.PERSON)]
        assert gateway.terminated == [SESSIONS[0].session_id]


async def test_one_that_is_over_has_nothing_to_go_to() -> None:
    async with Harness(ListingGateway()).run() as harness:
        await opened(harness)
        await harness.press("h")
        await settled(harness, 2)
        await harness.press("enter")
        await harness.tells("The session is over")
        await harness.press("x")
        await harness.tells("All of these are over")


async def test_the_persons_own_is_ended_after_a_yes() -> None:
    gateway = ListingGateway()
    async with Harness(gateway).run() as harness:
        await opened(harness)
        await harness.press("x")
        assert isinstance(harness.app.screen, Confirm)
        await harness.shows("End your session on web-1?")
        await harness.press("n")
        assert gateway.terminated == []
        await harness.press("x", "enter")
        await harness.tells("Ended 1 session")
        assert gateway.terminated == [SESSIONS[0].session_id]
        await settled(harness, 2)


async def test_somebody_elses_is_ended_after_their_name() -> None:
    gateway = ListingGateway()
    async with Harness(gateway).run() as harness:
        await opened(harness)
        await harness.press("j", "x")
        assert isinstance(harness.app.screen, EndQuestion)
        await harness.shows("Type john, whose session it is")
        await harness.press("enter")
        await harness.shows("esc goes back")
        await harness.press(*"jane", "enter")
        await harness.shows("That is not it.")
        assert gateway.terminated == []
        await harness.press(*["backspace"] * 4, *"john", "enter")
        await harness.tells("Ended 1 session")
        assert gateway.terminated == [SESSIONS[1].session_id]
        await settled(harness, 2)


async def test_marked_ones_are_ended_together_and_those_that_are_not_stay_marked() -> None:
    gateway = ListingGateway(lenient=False)
    async with Harness(gateway).run() as harness:
        view = await opened(harness)
        await harness.press("ctrl+a", "x")
        await harness.shows("End 3 sessions, 2 of them somebody else's?", "Type 2, the number")
        await harness.press("2", "enter")
        await harness.tells("Ended 1 session", "not ended: Ops/", "and 1 more session")
        assert gateway.terminated == [SESSIONS[0].session_id]
        await settled(harness, 2)
        assert len(view.marks) == 2


async def test_a_session_of_this_app_is_ended_in_its_tab() -> None:
    gateway = ListingGateway()
    async with Harness(gateway).run() as harness:
        await listed(harness)
        key = await harness.open_session()
        harness.manager.changed(key, session_id=SESSIONS[0].session_id)
        await harness.press("f12", "H")
        await settled(harness, 3)
        await harness.shows("A tab of this app has it")
        await harness.press("space", "x")
        await harness.shows("yours on web-1, open in this app")
        await harness.press("enter")
        await harness.tells("Ended 1 session")
        assert gateway.terminated == []
        assert harness.manager.snapshot(key).state is SessionState.CLOSING
        assert not shown(harness).marks, "or its going would be told as that of a marked one"


async def test_a_nodes_history_is_opened_from_its_row() -> None:
    gateway = ListingGateway()
    async with Harness(gateway).run() as harness:
        await listed(harness)
        await harness.press("slash", *"web-1|db-1", "enter", "j")
        assert harness.app.main.nodes.selected is not None
        there = harness.app.main.nodes.selected.id
        await harness.press("h")
        await harness.shows("on web-1, running or ended in the last 30 days", "2 sessions")
        assert {row.item.record.target for row in shown(harness).table.rows} == {there}
        assert (True, there) in gateway.sessions_asked
        assert (False, there) in gateway.sessions_asked
        gateway.sessions.append(over("amira", 0, 100, 5))
        await harness.press("r")
        await settled(harness, 3)
        await harness.press("escape")
        await settled(harness, 3)
        await harness.shows("running now")
        # The other node's is shown in the same tab.
        await harness.press("f12", "d", "k", "h")
        await harness.shows("on db-1, running or ended")
        await settled(harness, 2)


async def test_a_listing_that_is_denied_is_one_sentence_and_what_is_known_stays() -> None:
    gateway = ListingGateway()
    async with Harness(gateway).run() as harness:
        await opened(harness)
        gateway.sessions_error = denied()
        await harness.press("r")
        await harness.shows("Access denied.", "3 sessions")
        gateway.sessions_error = None
        await harness.press("r")
        await wait_until("it is gone", lambda: "Access denied" not in harness.text(), report=harness.text)


async def test_a_denied_list_that_never_was_says_what_to_do() -> None:
    gateway = ListingGateway()
    gateway.sessions_error = denied()
    async with Harness(gateway).run() as harness:
        await opened(harness, 0)
        await harness.shows("Access denied.", "The sessions cannot be listed", "try again")


async def test_a_history_of_a_node_that_is_denied_is_told() -> None:
    gateway = ListingGateway()
    gateway.sessions_error = denied()
    async with Harness(gateway).run() as harness:
        await listed(harness)
        await harness.press("h")
        await harness.shows("Access denied.", "The sessions on bastion-1 cannot be listed")
        gateway.sessions_error = None
        await harness.press("r")
        await harness.shows("Nobody was on bastion-1 in the last 30 days")


async def test_sessions_come_and_go_under_the_cursor_that_stays_on_its_own() -> None:
    gateway = ListingGateway()
    async with Harness(gateway).run() as harness:
        view = await opened(harness)
        await harness.press("j", "space")
        await harness.press("k")
        gateway.sessions = [record("eve", 5, 1), *(one for one in SESSIONS if one is not SESSIONS[0])]
        await harness.press("r")
        await wait_until("eve is there", lambda: ids(harness)[0].startswith("eve"), report=harness.text)
        assert view.selected is not None
        assert view.selected.record == SESSIONS[1]
        assert len(view.marks) == 1
        gateway.sessions = [record("eve", 5, 1)]
        await harness.press("r")
        await settled(harness, 1)
        await harness.tells("1 marked session no longer listed")


async def test_nobody_is_asked_while_it_is_out_of_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "INTERVAL", 0.01)
    gateway = ListingGateway()
    async with Harness(gateway).run() as harness:
        await opened(harness)
        asked = len(gateway.sessions_asked)
        await wait_until("it is listed again and again", lambda: len(gateway.sessions_asked) > asked + 2)
        await harness.press("f12", "d")
        assert harness.app.services is not None
        board = harness.app.services.board
        await wait_until("nobody watches", lambda: board._interval is None)
        await harness.press("f12", "H")
        await wait_until("it is watched", lambda: board._interval == 0.01)
        await harness.press("q")
        await wait_until("nobody watches any more", lambda: board._interval is None)


async def test_it_opens_as_it_was_left() -> None:
    async with Harness(ListingGateway()).run() as harness:
        await opened(harness)
        await harness.press("h")
        await settled(harness, 2)
        await harness.press("slash", *"john", "enter", "q")
        await harness.press("H")
        await settled(harness, 1)
        await harness.shows("that ended in the last 30 days", "1 of 2")
        await harness.press("slash", "up")
        assert shown(harness).filter_text == "john"


async def test_sessions_takes_a_filter() -> None:
    async with Harness(ListingGateway()).run() as harness:
        await listed(harness)
        await harness.command("sessions", "is:mine")
        await settled(harness, 1)
        await harness.command("sessions", "john")
        await settled(harness, 1)
        assert ids(harness) == [SESSIONS[1].session_id]


async def test_a_session_that_is_started_here_is_listed_at_once() -> None:
    gateway = ListingGateway(SESSIONS[:1])
    async with Harness(gateway).run() as harness:
        await opened(harness, 1)
        await harness.press("f12", "d")
        key = await harness.open_session()
        await harness.press("f12", "H")
        await settled(harness, 1)
        started = record("jane", 3, 0)
        gateway.sessions.append(started)
        harness.manager.changed(key, session_id=started.session_id)
        await settled(harness, 2)
        gateway.sessions.remove(started)
        harness.manager.remove(key)
        await settled(harness, 1)


async def test_nodes_that_are_listed_later_give_their_sessions_names() -> None:
    gateway = ListingGateway()
    gateway.listed, nodes = [], gateway.listed
    async with Harness(gateway).run() as harness:
        await opened(harness)
        await harness.shows(nodes[1].id)
        gateway.listed = nodes
        assert harness.app.services is not None
        harness.app.services.fleet.refresh()
        await harness.shows("db-1")


async def test_ids_are_copied() -> None:
    async with Harness(ListingGateway()).run() as harness:
        await opened(harness)
        await harness.press("y")
        assert harness.app.clipboard == SESSIONS[0].session_id
        await harness.press("ctrl+a", "y")
        assert harness.app.clipboard.splitlines() == [one.session_id for one in SESSIONS[:3]]


async def test_an_account_gets_its_name_when_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Harness(ListingGateway()).run() as harness:
        opened_view = await opened(harness)
        monkeypatch.setattr(view, "aliases", lambda states: {ACCOUNT: "later"})
        opened_view.tick()
        await harness.shows(f"later ({ACCOUNT})")
        await harness.press("slash", *"account:later", "enter")
        await settled(harness, 3)


async def test_ages_go_on() -> None:
    async with Harness(ListingGateway()).run() as harness:
        view = await opened(harness)
        harness.clock.time += timedelta(hours=5)
        view.tick()
        await harness.shows("5 h")


async def test_where_the_output_is_is_read_from_the_document_once() -> None:
    gateway = ListingGateway((SESSIONS[0], SESSIONS[2]._replace(log_url="")))
    shell = SessionDocument(DEFAULT_SHELL, session_type="Standard_Stream", log_group="acme-shells")
    gateway.logs = [shell._replace(s3_bucket="acme", s3_prefix="ssm/")]
    async with Harness(gateway).run() as harness:
        await opened(harness, 2)
        await harness.shows(f"log group acme-shells, stream {SESSIONS[0].session_id}")
        await harness.press("j")
        await harness.shows(f"log group acme-shells, stream {SESSIONS[2].session_id}")
        await harness.press("d")
        await harness.shows(f"s3://acme/ssm/{SESSIONS[2].session_id}.log")
        assert gateway.documents_read.count(DEFAULT_SHELL) == 1


async def test_a_document_that_cannot_be_read_says_nothing_of_output() -> None:
    gateway = ListingGateway()
    gateway.documents_error = denied()
    async with Harness(gateway).run() as harness:
        await opened(harness)
        await wait_until("it is asked", lambda: gateway.documents_read)
        await harness.press("j", "k")
        await harness.settle()
        assert "output" not in harness.text()
        assert len(gateway.documents_read) <= 2, "each document once"


async def test_scopes_that_differ_bring_their_columns() -> None:
    gateway = ListingGateway()
    async with Harness(gateway).run() as harness:
        await listed(harness)
        other = replace(gateway.scope, region="us-east-1")
        assert harness.app.services is not None
        harness.app.services.fleet.choose([gateway.scope, other])
        await harness.press("H")
        await settled(harness, 3)
        await harness.shows("REGION")
