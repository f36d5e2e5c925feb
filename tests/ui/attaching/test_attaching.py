"""Sessions that outlived their program: offered once, brought back with name, place and guard, left alone or ended."""

from dataclasses import replace

import pytest

from ssmtui.config.settings import Settings
from ssmtui.errors import AccessDenied, ServiceError
from ssmtui.layout import Arrangement, Layout
from ssmtui.ledger.record import Ending, Phase
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import Instance, Scope, SessionDocument, SessionRecord
from ssmtui.profiles.planned_tabs import PlannedTab, own_tabs
from ssmtui.profiles.workspaces import LAST, PREVIOUS
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.sessions.states import SessionState
from ssmtui.ui.attaching.dialog import SurvivorsScreen
from ssmtui.ui.kit.confirm import Confirm
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.terminals import view as terminal_view
from ssmtui.ui.workspaces import actions as workspace_flows
from ssmtui.ui.workspaces.restore import Restore
from tests.support.fake_keeper import FakeKeeper
from tests.support.fake_ledger import FakeLedger, record
from tests.support.fakes import NOW, SCOPE, FakeGateway
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import SIZES, check


@pytest.fixture(autouse=True)
def not_deaf(monkeypatch):
    """Keys act at once in a pane that has just ended."""
    monkeypatch.setattr(terminal_view, "DEAF_AFTER_END", 0.0)


class Listing(FakeGateway):
    """Lists the sessions of the ledger as active ones, but for those that are ``over``."""

    def __init__(self, ledger: FakeLedger | None = None) -> None:
        super().__init__()
        self.ledger = ledger or FakeLedger()
        self.over: set[str] = set()
        self.others: list[SessionRecord] = []
        self.denied: ServiceError | None = None
        self.terminated: list[str] = []

    async def active_session(self, session_id):
        if self.denied is not None:
            raise self.denied
        ledger = self.ledger
        known = {each.session_id: each for each in (*ledger.left, *ledger.elsewhere, *ledger.mine)}
        if session_id in known and session_id not in self.over:
            return SessionRecord(session_id, known[session_id].request.target, "Connected")
        return next((each for each in self.others if each.session_id == session_id), None)

    async def past_session(self, session_id):
        if session_id in self.over:
            return SessionRecord(session_id, "i-1", "Terminated", ended=NOW)
        return None

    async def session_pages(self, *, active=True, target=""):
        yield [one for one in self.others if target in ("", one.target)]

    async def terminate_session(self, session_id):
        self.terminated.append(session_id)


def harness_with(*left, attach=None, open_filter=None, workspace=None, **settings):
    gateway = Listing()
    begins = {"attach": attach, "open_filter": open_filter, "workspace": workspace}
    harness = Harness(gateway, settings=Settings(**settings), **begins)
    harness.ledger = gateway.ledger
    harness.ledger.left = [*left]
    return harness


def titles(harness):
    return [session.title for session in harness.manager.snapshots()]


async def asked(harness):
    await wait_until("the question", lambda: isinstance(harness.app.screen, SurvivorsScreen), report=harness.text)
    await harness.settle()
    return harness


async def test_the_next_start_asks_once_and_enter_brings_the_same_shells_back():
    harness = harness_with(record(1, "web"), record(2, "db", guarded="production"))
    async with harness.run():
        await asked(harness)
        await harness.tells("2 sessions of an earlier run are still alive", "GUARDED", "2 shells come back")
        await harness.press("enter")
        await wait_until("both", lambda: len(harness.manager.taken_over) == 2, report=harness.text)
        assert titles(harness) == ["web", "db"]
        assert harness.ledger.claimed == [(record(1).id, False), (record(2).id, False)]
        first, second = harness.manager.taken_over
        assert (first.session_id, first.bounds.low, first.bounds.high) == (record(1).session_id, 10, 266)
        assert second.session_type == "Standard_Stream"
        assert harness.manager.snapshots()[1].request.options.guarded == "production"
        assert not any(harness.manager.written.values()), "nothing is typed"
        await harness.tells("2 shells are back")


async def test_what_is_not_chosen_stays_as_it_is():
    harness = harness_with(record(1, "web"), record(2, "db"))
    async with harness.run():
        await asked(harness)
        await harness.press("space")
        await harness.tells("1 shell comes back")
        await harness.press("enter")
        await wait_until("one", lambda: titles(harness) == ["db"], report=harness.text)
        assert harness.ledger.settled == []


async def test_esc_leaves_all_alive_and_says_how_to_come_back():
    harness = harness_with(record(1))
    async with harness.run():
        await asked(harness)
        await harness.press("escape")
        await harness.tells("It is left alive. B brings it back")
        assert harness.manager.snapshots() == ()
        assert harness.ledger.left
        await harness.press("B")
        await asked(harness)


async def test_x_ends_them_after_a_question_that_names_them():
    harness = harness_with(record(1, "web"), record(2, "db"))
    async with harness.run():
        await asked(harness)
        await harness.press("j", "space", "x")
        assert isinstance(harness.app.screen, Confirm)
        await harness.tells("1 session will be terminated", "web")
        await harness.press("enter")
        await harness.tells("1 session was terminated")
        assert harness.gateway.terminated == [record(1).session_id]
        assert harness.ledger.settled == [(record(1).id, Ending.PERSON, None)]
        assert [each.title for each in harness.ledger.left] == ["db"]


async def test_an_end_that_is_denied_is_told_and_the_session_stays_in_the_ledger(monkeypatch):
    harness = harness_with(record(1, "web"), record(2, "db"))

    async def denied(session_id):
        if session_id == record(1).session_id:
            raise AccessDenied("no", code="AccessDeniedException", operation="TerminateSession", status=400)

    monkeypatch.setattr(harness.gateway, "terminate_session", denied)
    async with harness.run():
        await asked(harness)
        await harness.press("x", "enter")
        await harness.tells("1 session was terminated", "web: Access denied")
        assert [each.title for each in harness.ledger.left] == ["web"]


async def test_where_none_can_be_taken_over_enter_does_nothing_and_x_ends_the_one_under_the_cursor():
    harness = harness_with(record(1, "kms", encrypted=True))
    async with harness.run():
        await asked(harness)
        assert "bring back" not in harness.text()
        await harness.tells("None of them can be taken over.")
        await harness.press("enter")
        assert isinstance(harness.app.screen, SurvivorsScreen)
        assert harness.ledger.claimed == []
        await harness.press("x")
        await harness.tells("1 session will be terminated", "kms")


async def test_where_none_is_chosen_that_is_said():
    harness = harness_with(record(1, "web"))
    async with harness.run():
        await asked(harness)
        await harness.press("space")
        await harness.tells("None is chosen.")


def with_keeper(harness, *kept):
    """``kept`` are with a keeper, which has their screens."""
    harness.ledger.elsewhere = [*kept]
    harness.keeper = FakeKeeper(harness.ledger)
    harness.keeper.screens = {each.id: PortableScreen(parsed=each.title.encode()) for each in kept}
    return harness


async def test_what_a_keeper_has_comes_back_with_its_screen():
    harness = with_keeper(harness_with(record(1, "web")), record(2, "db"))
    async with harness.run():
        await asked(harness)
        await harness.tells("2 shells come back")
        await harness.press("enter")
        await wait_until("both", lambda: len(harness.manager.taken_over) == 2, report=harness.text)
        screens = dict(zip(titles(harness), harness.manager.filled_from, strict=True))
        assert screens == {"web": None, "db": PortableScreen(parsed=b"db")}
        assert harness.ledger.claimed == [(record(1).id, False), (record(2).id, False)], "nobody is asked"
        assert harness.keeper.returned == []


async def test_what_a_keeper_has_is_left_with_it():
    harness = with_keeper(harness_with(), record(2, "db"))
    async with harness.run():
        await asked(harness)
        await harness.press("escape")
        await harness.settle()
        assert await harness.keeper.held() == {record(2).id}


async def test_what_a_keeper_has_is_ended_by_the_person_and_not_by_its_node():
    harness = with_keeper(harness_with(), record(2, "db"))
    async with harness.run():
        await asked(harness)
        await harness.press("x", "enter")
        await harness.tells("1 session was terminated")
        assert harness.ledger.settled == [(record(2).id, Ending.PERSON, None)]
        assert await harness.keeper.held() == frozenset()


async def test_what_could_not_be_ended_stays_with_the_keeper():
    harness = with_keeper(harness_with(), record(2, "db"))

    async def denied(session_id):
        raise AccessDenied("no", code="AccessDeniedException", operation="TerminateSession")

    harness.gateway.terminate_session = denied
    async with harness.run():
        await asked(harness)
        await harness.press("x", "enter")
        await wait_until("it is back", lambda: harness.keeper.returned == [record(2).id], report=harness.text)
        assert harness.ledger.settled == []


async def test_what_is_over_is_closed_in_the_journal_without_a_word():
    harness = harness_with(record(1))
    harness.gateway.over = {record(1).session_id}
    async with harness.run():
        await wait_until("the journal", lambda: harness.ledger.settled, report=harness.text)
        await harness.settle()
        assert harness.ledger.settled == [(record(1).id, None, NOW.timestamp())]
        assert harness.app.screen is harness.app.main


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.DETACHED])
async def test_what_may_not_be_listed_is_offered_with_the_doubt(phase):
    harness = harness_with(record(1, phase=phase))
    harness.gateway.denied = AccessDenied("no", code="AccessDeniedException", operation="DescribeSessions")
    async with harness.run(size=(80, 24)):
        await asked(harness)
        await harness.tells("Whether it still lives is not known: ssm:DescribeSessions is denied")
        assert ("that you left alive" in harness.text()) is (phase is Phase.DETACHED)
        assert harness.ledger.settled == []


async def test_what_cannot_be_taken_over_is_shown_with_the_reason_and_can_only_be_ended():
    harness = harness_with(record(1, "kms", encrypted=True), record(2, "web"))
    async with harness.run():
        await asked(harness)
        await harness.tells("cannot be taken over", "It cannot be taken over:", "KMS", "1 shell comes back")
        await harness.press("space", "enter")
        await wait_until("one", lambda: titles(harness) == ["web"], report=harness.text)


async def test_tabs_have_their_places_layouts_and_the_focus():
    harness = harness_with(record(3, "three"), record(1, "one"), record(2, "two"), record(9, "new"))
    saved = [SavedSession(record(n).request, f"tab {n}", "", record(n).id) for n in (1, 2, 5, 3)]
    shared = Layout.of([1, 2, 3], Arrangement.EVEN_VERTICAL).focus(3)
    harness.workspaces.save(LAST, saved, 3, [*own_tabs([0]), PlannedTab(shared, "web")])
    async with harness.run():
        await asked(harness)
        await harness.tells("4 shells come back in 3 tabs")
        await harness.press("enter")
        await wait_until("all", lambda: len(harness.manager.taken_over) == 4, report=harness.text)
        await harness.settle()
        names = {session.key: session.title for session in harness.manager.snapshots()}
        tabs = harness.app.panes.tabs
        assert [[names[key] for key in tab.sessions] for tab in tabs.of_sessions] == [
            ["one"],
            ["two", "three"],
            ["new"],
        ]
        assert [tab.title for tab in tabs.of_sessions] == ["", "web", ""]
        assert names[tabs.session] == "three"
        # What did not outlive the program is offered to be started again, and nothing else.
        await harness.tells("t starts the other 1 tab of the last time again")


async def test_always_takes_them_over_without_a_question_and_starts_the_others(monkeypatch):
    monkeypatch.setattr(workspace_flows, "COUNTDOWN", 60.0)
    harness = harness_with(record(1, "one"), restore="always")
    saved = [SavedSession(record(n).request, f"tab {n}", "", record(n).id) for n in (1, 2)]
    harness.workspaces.save(LAST, saved, 0)
    async with harness.run():
        await wait_until("it is back", lambda: titles(harness) == ["one"], report=harness.text)
        await wait_until("the others", lambda: isinstance(harness.app.screen, Restore), report=harness.text)
        await harness.tells("1 session would be started")
        assert "tab 2" in harness.text()
        assert "tab 1 " not in harness.text()


async def test_never_only_mentions_them():
    harness = harness_with(record(1, "web"), restore="never")
    async with harness.run():
        await harness.tells("1 session of an earlier run is still alive: web. B brings it back")
        assert harness.app.screen is harness.app.main


async def test_a_person_at_work_is_not_asked():
    harness = harness_with(record(1, "web"))
    looked = harness.ledger.survivors

    async def later():
        await wait_until("a session", lambda: harness.manager.snapshots())
        return await looked()

    harness.ledger.survivors = later
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        await harness.tells("1 session of an earlier run is still alive: web")
        assert harness.app.screen is harness.app.main


@pytest.mark.parametrize("begins", [{}, {"open_filter": "name:nothing"}], ids=["offered", "mentioned"])
async def test_what_of_the_ledger_cannot_be_read_is_said_at_the_start(begins):
    harness = harness_with(**begins)
    harness.ledger.trouble = "/state/ledger/0.json is not used: it is not JSON."
    async with harness.run():
        await harness.tells("0.json is not used")


async def test_who_opens_nodes_is_not_asked_about_anything_else():
    harness = harness_with(record(1, "web"), open_filter="name:db-1")
    async with harness.run():
        await harness.tells("1 session of an earlier run is still alive: web")
        await wait_until("the node", lambda: titles(harness) == ["db-1"], report=harness.text)


async def test_a_workspace_that_the_command_line_names_shows_its_own():
    harness = harness_with(record(1, "one"), record(2, "two"), workspace="day")
    harness.workspaces.save("day", [SavedSession(record(1).request, "one", "", record(1).id)], 0)
    async with harness.run():
        await wait_until("the tabs", lambda: isinstance(harness.app.screen, Restore), report=harness.text)
        await harness.tells("1 shell would come back", "still runs", "1 session of an earlier run is still alive: two")
        await harness.press("enter")
        await wait_until("it is back", lambda: titles(harness) == ["one"], report=harness.text)
        assert len(harness.manager.taken_over) == 1


async def test_without_any_the_last_tabs_are_offered_as_ever():
    harness = harness_with()
    harness.workspaces.save(LAST, [SavedSession(record(1).request, "one")], None)
    async with harness.run():
        await harness.tells("t brings back the 1 tab of the last time")


async def test_a_workspace_starts_no_second_shell_beside_one_that_lives():
    harness = harness_with(record(1, "one"), record(2, "two"))
    saved = [SavedSession(record(n).request, f"tab {n}", "", record(n).id) for n in (1, 2, 3)]
    harness.workspaces.save("day", saved, 0)
    async with harness.run():
        await asked(harness)
        await harness.press("j", "space", "enter")
        await wait_until("one", lambda: titles(harness) == ["one"], report=harness.text)
        await harness.command("workspace", "day")
        await wait_until("the tabs", lambda: isinstance(harness.app.screen, Restore), report=harness.text)
        await harness.settle()
        await harness.tells("1 shell would come back, 1 session would be started", "its shell is in a tab here")
        await harness.press("j")
        await harness.tells("it still runs, and comes back as it is")
        await harness.press("enter")
        await wait_until("all", lambda: sorted(titles(harness)) == ["one", "tab 3", "two"], report=harness.text)
        assert len(harness.manager.taken_over) == 2


async def test_a_workspace_starts_no_second_shell_beside_one_that_stays_with_another_program():
    harness = harness_with(record(1, "one"), record(2, "two", guarded="name:two"))
    saved = [SavedSession(record(n).request, f"tab {n}", "", record(n).id) for n in (1, 2)]
    harness.workspaces.save("day", saved, 0)
    async with harness.run():
        await asked(harness)
        await harness.press("escape")
        await harness.command("workspace", "day")
        await wait_until("the tabs", lambda: isinstance(harness.app.screen, Restore), report=harness.text)
        await harness.tells("2 shells would come back")
        # Another program is quicker.
        harness.ledger.elsewhere, harness.ledger.left = harness.ledger.left[1:], harness.ledger.left[:1]
        await harness.press("enter")
        await wait_until("the question", lambda: isinstance(harness.app.screen, Confirm), report=harness.text)
        await harness.press("escape")
        await wait_until("the one", lambda: titles(harness) == ["one"], report=harness.text)
        await harness.settle()
        assert titles(harness) == ["one"]
        assert len(harness.manager.taken_over) == 1


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_question_as_it_looks(size):
    harness = harness_with(
        record(1, "web [b]1[/b]"),
        record(2, "db primary", guarded="name:db"),
        record(3, "kms", encrypted=True, phase=Phase.DETACHED),
        record(4, "a name that is too long for its column", idle_limit=1200.0, scope=Scope("staging", "us-east-1")),
    )
    harness.workspaces.save(LAST, [SavedSession(record(2).request, "db", "", record(2).id)], None)
    async with harness.run(size=size):
        await asked(harness)
        await check(harness, "attach")
        await harness.press("G", "space", "k")
        await check(harness, "attach-kms")


# `ssmtui attach`


async def test_attach_brings_all_back_without_a_question():
    harness = harness_with(record(1, "web"), record(2, "db"), attach=())
    async with harness.run():
        await wait_until("both", lambda: titles(harness) == ["web", "db"], report=harness.text)


@pytest.mark.parametrize("name", ["db", "DB", "web-2", record(2).session_id, record(2).request.target])
async def test_attach_by_name_or_id(name):
    harness = harness_with(record(1, "web"), record(2, "db"), attach=(name,))
    async with harness.run():
        await wait_until("one", lambda: titles(harness) == ["db"], report=harness.text)


async def test_what_is_in_another_account_is_neither_taken_over_nor_ended_by_this_one():
    there = record(1, "web", identity=MINE.replace("123456789012", "555555555555"))
    harness = harness_with(there, record(2, "db"))
    async with harness.run():
        await asked(harness)
        await harness.tells("it is in the account 555555555555")
        await harness.press("enter")
        await wait_until("the other", lambda: titles(harness) == ["db"], report=harness.text)
        await harness.tells("The session is in another account")
        await harness.command("attach")
        await asked(harness)
        await harness.press("x")
        await wait_until("the question", lambda: isinstance(harness.app.screen, Confirm), report=harness.text)
        await harness.press("enter")
        await harness.tells("The session is in another account")
        assert harness.gateway.terminated == []
        assert harness.ledger.claimed == [(record(2).id, False)]
        assert harness.ledger.settled == []


async def test_attach_to_nothing_says_so():
    harness = harness_with(attach=())
    async with harness.run():
        await harness.tells("No session of an earlier run is alive")


async def test_attach_to_an_unknown_name_says_what_there_is():
    harness = harness_with(record(1, "web"), attach=("webb",))
    async with harness.run():
        await harness.tells(
            "There is no such session", "no session of an earlier run is called webb", "Still alive: web."
        )
        assert harness.manager.snapshots() == ()


async def test_what_another_ssmtui_has_is_taken_only_if_one_insists():
    harness = harness_with(attach=("web",))
    harness.ledger.elsewhere = [record(1, "web")]
    async with harness.run():
        await wait_until("the question", lambda: isinstance(harness.app.screen, Confirm), report=harness.text)
        await harness.settle()
        await harness.tells("Another ssmtui has web", "process 4711 on laptop")
        await harness.press("escape")
        assert harness.manager.snapshots() == ()
        await harness.command("attach", "web")
        await wait_until("again", lambda: isinstance(harness.app.screen, Confirm), report=harness.text)
        await harness.press("enter")
        await wait_until("it is here", lambda: titles(harness) == ["web"], report=harness.text)
        assert harness.ledger.claimed == [(record(1).id, True)]


async def test_attach_names_the_program_that_has_them_and_takes_them_only_after_a_question():
    harness = harness_with(attach=())
    harness.ledger.elsewhere = [record(1, "web"), record(2, "db"), record(3, session_id="")]
    async with harness.run():
        await wait_until("the question", lambda: isinstance(harness.app.screen, Confirm), report=harness.text)
        await harness.tells("Another ssmtui has web, db", "web: process 4711 on laptop, running since")
        await harness.press("escape")
        assert harness.manager.snapshots() == ()
        await harness.command("attach")
        await wait_until("again", lambda: isinstance(harness.app.screen, Confirm), report=harness.text)
        await harness.press("enter")
        await wait_until("they are here", lambda: titles(harness) == ["web", "db"], report=harness.text)
        assert harness.ledger.claimed == [(record(1).id, True), (record(2).id, True)]


MINE = "arn:aws:sts::123456789012:assumed-role/Ops/jane"


def foreign(**facts):
    return SessionRecord("joe-0a", "i-0000abc0000001eef", "Connected", **{"owner": MINE, "started": NOW, **facts})


async def test_a_session_that_no_ledger_knows_is_taken_over_by_its_id():
    harness = harness_with(attach=("joe-0a",))
    harness.gateway.others = [foreign(reason="INC-7")]
    async with harness.run():
        await wait_until("it is here", lambda: harness.manager.taken_over, report=harness.text)
        (session,) = harness.manager.snapshots()
        assert (session.title, session.request.reason, session.session_id) == ("db-1", "INC-7", "joe-0a")
        (takeover,) = harness.manager.taken_over
        assert takeover.bounds.high is None


async def test_a_node_that_is_not_listed_yet_is_guarded_by_its_name_all_the_same():
    harness = harness_with(attach=("joe-0a",), guard=("name:primary",))
    harness.gateway.others = [foreign()]
    harness.gateway.instances = {foreign().target: Instance(foreign().target, tags={"Name": "db-primary"})}
    harness.gateway.page_size = 1
    async with harness.run():
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion), report=harness.text)
        await harness.settle()
        assert "db-primary" in harness.text()
        await harness.press("escape")


async def test_what_is_a_tab_here_is_shown():
    harness = harness_with()
    async with harness.run():
        first, second = await harness.open_two()
        for name in ("Bastion-1", f"ops-{first:017d}"):
            harness.app.panes.show(second)
            await harness.command("attach", name)
            await wait_until("its tab", lambda: harness.app.panes.session.key == first, report=harness.text)
        assert not harness.manager.taken_over


async def test_somebody_elses_is_asked_about():
    harness = harness_with(attach=("joe-0a",))
    harness.gateway.others = [foreign(owner="arn:aws:iam::123456789012:user/joe")]
    async with harness.run():
        await wait_until("the question", lambda: isinstance(harness.app.screen, Confirm), report=harness.text)
        await harness.settle()
        await harness.tells("started by somebody else", "user/joe")
        await harness.press("escape")
        assert harness.manager.snapshots() == ()


async def test_a_guarded_node_is_asked_about():
    harness = harness_with(attach=("joe-0a",), guard=("name:db",))
    harness.gateway.others = [foreign()]
    async with harness.run():
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion), report=harness.text)
        await harness.press("escape")
        assert harness.manager.snapshots() == ()


@pytest.mark.parametrize(
    "document",
    [SessionDocument("D", session_type="Port"), SessionDocument("D", "", "Standard_Stream", kms_key="alias/x")],
)
async def test_what_cannot_be_taken_over_is_refused_before_it_is_tried(document, monkeypatch):
    harness = harness_with(attach=("joe-0a",))
    harness.gateway.others = [foreign(document_name="D")]

    async def read(name):
        return document

    monkeypatch.setattr(harness.gateway, "document", read)
    async with harness.run():
        await harness.tells("cannot be taken over")
        assert harness.manager.snapshots() == ()


async def test_what_another_client_took_over_is_taken_back_in_its_pane_without_a_question():
    harness = harness_with()
    async with harness.run():
        first, second = await harness.open_two()
        request = harness.manager.snapshot(first).request
        guarded = replace(request, options=replace(request.options, guarded="production"))
        harness.manager.becomes(first, SessionState.DETACHED, session_id="jane-1", request=guarded)
        harness.app.panes.show(first)
        await harness.settle()
        await harness.press("enter")
        await wait_until("it is back", lambda: first not in harness.app.panes.tabs.sessions, report=harness.text)
        assert [each.title for each in harness.app.panes.sessions] == ["bastion-1", "cache-1"]
        assert harness.app.panes.sessions[0].key not in (first, second)


async def test_calls_go_where_the_command_line_says_and_not_where_a_file_does():
    elsewhere = Scope("prod", "eu-west-1", "http://evil.example")
    harness = harness_with(record(1, scope=elsewhere), attach=())
    async with harness.run():
        await wait_until("it is back", lambda: harness.manager.taken_over, report=harness.text)
        assert harness.manager.snapshots()[0].request.scope == replace(elsewhere, endpoint_url=SCOPE.endpoint_url)


async def test_the_session_of_a_start_that_was_cut_short_is_found_by_what_was_asked():
    left = record(1, "web", session_id="", phase=Phase.STARTING, seen=NOW.timestamp() - 7200)
    started = NOW.fromtimestamp(left.started + 2, NOW.tzinfo)
    harness = harness_with(left, record(2, session_id="", phase=Phase.STARTING), attach=())
    harness.gateway.others = [SessionRecord("jane-5", left.request.target, "Connected", MINE, "", "", started)]
    async with harness.run():
        await wait_until("it is back", lambda: harness.manager.taken_over, report=harness.text)
        assert harness.manager.snapshots()[0].session_id == "jane-5"
        assert [each for each, _, _ in harness.ledger.settled] == [record(2).id]


async def test_previous_is_looked_in_too():
    harness = harness_with(record(1, "one"))
    harness.workspaces.save(LAST, [SavedSession(record(1).request, "x", "", record(1).id)], 0)
    harness.workspaces.keep_previous()
    harness.workspaces.save(LAST, [SavedSession(record(7).request, "seven")], 0)
    assert PREVIOUS in harness.workspaces.workspaces
    async with harness.run():
        await asked(harness)
        await harness.press("enter")
        await wait_until("one", lambda: titles(harness) == ["one"], report=harness.text)
