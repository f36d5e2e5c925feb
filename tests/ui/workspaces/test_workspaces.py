"""Tabs that come back: kept up, saved, shown before they start, started."""

from dataclasses import replace

import pytest

from ssmtui.config.settings import Settings
from ssmtui.layout import Arrangement, Layout
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import PaneOptions, Scope, StartRequest
from ssmtui.profiles.planned_tabs import PlannedTab, own_tabs
from ssmtui.profiles.workspaces import LAST, PREVIOUS, SECTION, VERSION
from ssmtui.sessions.states import SessionState
from ssmtui.ui.kit.prompt import Prompt
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.start.results import Starts
from ssmtui.ui.workspaces import actions as workspace_flows
from ssmtui.ui.workspaces.dialog import WorkspacesScreen
from ssmtui.ui.workspaces.restore import Restore
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import check, listed

SCOPE = Scope("prod", "eu-west-1")


def tab(number: int, title: str = "", **options: object) -> SavedSession:
    request = StartRequest(f"i-{number:017x}", scope=SCOPE, options=PaneOptions(**options))  # type: ignore[arg-type]
    return SavedSession(request, title or f"tab {number}", f"web-{number}")


def shows(harness: Harness, kind: type, text: str = "") -> bool:
    return isinstance(harness.app.screen, kind) and text in harness.text()


async def test_the_last_tabs_are_kept_up_with_names_and_order():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("enter")
        key = harness.manager.snapshots()[0].key
        harness.manager.becomes(key, SessionState.OPEN)
        await harness.press("ctrl+right_square_bracket", "d", "j", "enter")
        harness.manager.session(key).rename("mine")

        def kept() -> list[str]:
            last = harness.workspaces.workspaces.get(LAST)
            return [each.title for each in last.sessions] if last else []

        await wait_until("both tabs", lambda: len(kept()) == 2 and kept()[0] == "mine", report=harness.text)
        assert harness.workspaces.workspaces[LAST].shown == 1
        await harness.press("ctrl+right_square_bracket", "less_than_sign")
        await wait_until("the other order", lambda: kept()[1] == "mine", report=harness.text)
        assert harness.workspaces.workspaces[LAST].shown == 0


async def test_the_tab_that_was_shown_last_is_kept_at_the_end():
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        await wait_until("both", lambda: len(harness.workspaces.workspaces[LAST].sessions) == 2, report=harness.text)
        harness.app.panes.show(first)
        await harness.app.main.features.workspaces.close()
        assert harness.workspaces.workspaces[LAST].shown == 0
        assert second != first


async def test_what_the_run_before_left_is_told_and_not_lost_by_the_first_tab():
    harness = Harness()
    harness.workspaces.save(LAST, [tab(1), tab(2)], None)
    async with harness.run():
        await wait_until("the word", lambda: "t brings back the 2 tabs" in harness.text(), report=harness.text)
        await harness.ready()
        await harness.press("enter")
        await wait_until("the run before", lambda: PREVIOUS in harness.workspaces.workspaces, report=harness.text)
        assert harness.workspaces.workspaces[PREVIOUS].sessions == (tab(1), tab(2))
        assert len(harness.workspaces.workspaces[LAST].sessions) == 1


async def test_a_workspace_is_shown_before_its_tabs_start_without_those_taken_out():
    harness = Harness()
    harness.workspaces.save("day", [tab(1, "one"), tab(2, "two"), tab(3, "three")], 2)
    async with harness.run(size=(80, 24)):
        await harness.ready()
        await harness.press("t")
        await wait_until("the list", lambda: shows(harness, WorkspacesScreen, "3 tabs"), report=harness.text)
        await harness.press("enter")
        await wait_until("the tabs", lambda: shows(harness, Restore, "3 sessions would"), report=harness.text)
        assert harness.manager.snapshots() == ()
        await harness.press("j", "space")
        await wait_until("two", lambda: "2 sessions would be started" in harness.text(), report=harness.text)
        await harness.press("enter")
        await wait_until("the results", lambda: shows(harness, Starts), report=harness.text)
        await wait_until("both", lambda: [each.title for each in harness.manager.snapshots()] == ["one", "three"])
        await harness.press("escape")
        assert harness.app.panes.tabs.session == harness.manager.snapshots()[1].key


async def test_layouts_come_back_without_the_sessions_that_were_taken_out():
    harness = Harness()
    shared = Layout.of([1, 2, 3], Arrangement.EVEN_VERTICAL).focus(3)
    tabs = [*own_tabs([0]), PlannedTab(shared, "web"), *own_tabs([4])]
    harness.workspaces.save("day", [tab(n, f"tab {n}") for n in range(5)], 3, tabs)
    async with harness.run():
        await harness.ready()
        await harness.press("t")
        await harness.shows("3 tabs of 5 sessions")
        await harness.press("enter")
        await harness.shows("5 sessions would be started in 3 tabs")
        await harness.press("j", "j", "space")
        await harness.shows("4 sessions would be started in 3 tabs")
        await harness.press("enter")
        await wait_until("the results", lambda: shows(harness, Starts), report=harness.text)
        await wait_until("all", lambda: len(harness.manager.snapshots()) == 4, report=harness.text)
        await harness.press("escape")
        tabs = harness.app.panes.tabs
        titles = {session.key: session.title for session in harness.manager.snapshots()}
        assert [[titles[key] for key in each.sessions] for each in tabs.of_sessions] == [
            ["tab 0"],
            ["tab 1", "tab 3"],
            ["tab 4"],
        ]
        assert titles[tabs.session] == "tab 3"
        assert [label.title for label in tabs.labels()] == ["Nodes", "tab 0", "web", "tab 4"]
        assert not harness.app.panes.undo(), "opening is no change of layouts"


async def test_a_tab_that_is_split_is_kept_up_with_its_layout():
    async with Harness().run((121, 40)) as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("ctrl+right_square_bracket", "percent_sign")
        await wait_until("two", lambda: len(harness.manager.snapshots()) == 2)

        def kept() -> tuple[PlannedTab, ...]:
            last = harness.workspaces.workspaces.get(LAST)
            return last.tabs if last else ()

        await wait_until("the layout", lambda: kept() and kept()[0].layout.leaves == (0, 1), report=harness.text)
        assert kept()[0].layout.focused == 1
        assert harness.workspaces.workspaces[LAST].shown == 1
        await harness.press("ctrl+right_square_bracket", "comma", *"web", "enter")
        await wait_until("its name", lambda: kept()[0].title == "web", report=harness.text)
        await harness.press("ctrl+right_square_bracket", "exclamation_mark")
        await wait_until(
            "two tabs", lambda: [each.layout.leaves for each in kept()] == [(0,), (1,)], report=harness.text
        )
        assert key in harness.app.panes.tabs.sessions


async def test_tunnels_come_back_with_the_first_tab_of_their_profile():
    harness = Harness(profiles='[profiles.db]\ntarget = "i-00000000000000001"\nforwards = ["5432"]')
    harness.workspaces.save("day", [tab(1, profile="db"), tab(2, profile="db"), tab(3)], 2)
    async with harness.run():
        await harness.ready()
        await harness.press("t")
        await wait_until("the list", lambda: shows(harness, WorkspacesScreen, "3 tabs"), report=harness.text)
        await harness.press("enter")
        await wait_until("the tabs", lambda: shows(harness, Restore, "3 sessions would"), report=harness.text)
        assert harness.tunnels.snapshots() == ()
        await harness.press("enter")
        await wait_until("the results", lambda: shows(harness, Starts), report=harness.text)
        assert [tunnel.target for tunnel in harness.tunnels.snapshots()] == [tab(1).request.target]


async def test_esc_starts_nothing():
    harness = Harness()
    harness.workspaces.save("day", [tab(1)], None)
    async with harness.run():
        await harness.ready()
        await harness.press("colon", *"workspace", "space", *"day", "enter")
        await wait_until("the tabs", lambda: shows(harness, Restore), report=harness.text)
        await harness.press("escape")
        assert harness.manager.snapshots() == ()


async def test_a_guarded_node_is_asked_about_with_its_name():
    harness = Harness(settings=Settings(guard=("name:web",)))
    harness.workspaces.save("day", [tab(1, guarded="name:web"), tab(2)], None)  # the second by what holds now
    async with harness.run():
        await harness.ready()
        await harness.press("colon", *"workspace", "space", *"day", "enter")
        await wait_until("the guard's mark", lambda: shows(harness, Restore, "GUARDED"), report=harness.text)
        await harness.press("enter")
        await wait_until("the question", lambda: shows(harness, GuardQuestion, "Type 2"), report=harness.text)
        assert all(name in harness.text() for name in ("web-1", "web-2"))
        assert harness.manager.snapshots() == ()


def with_last(restore: str) -> Harness:
    harness = Harness(settings=Settings(restore=restore))
    harness.workspaces.save(LAST, [tab(1)], None)
    return harness


async def test_always_starts_by_itself(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workspace_flows, "COUNTDOWN", 1.0)
    async with with_last("always").run() as harness:
        await wait_until("the countdown", lambda: "any key waits" in harness.text(), report=harness.text)
        await wait_until("the tab", lambda: len(harness.manager.snapshots()) == 1, report=harness.text)


async def test_always_waits_once_a_key_is_pressed():
    async with with_last("always").run() as harness:
        await wait_until("the countdown", lambda: "any key waits" in harness.text(), report=harness.text)
        await harness.press("j")
        await wait_until("no countdown", lambda: "any key waits" not in harness.text(), report=harness.text)
        assert isinstance(harness.app.screen, Restore)
        assert harness.app.screen._timer is None


async def test_never_says_nothing():
    async with with_last("never").run() as harness:
        await harness.ready()
        assert "brings back" not in harness.text()


async def test_tabs_are_saved_under_a_name():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.press("colon", *"workspace-save", "enter")
        await wait_until("why not", lambda: "No session is open" in harness.text(), report=harness.text)
        await harness.press("escape", "enter")
        await wait_until("a tab", lambda: len(harness.manager.snapshots()) == 1, report=harness.text)
        await harness.press("ctrl+right_square_bracket", "colon", *"workspace-save", "enter")
        await wait_until("its name", lambda: isinstance(harness.app.screen, Prompt), report=harness.text)
        await harness.press(*"day", "enter")
        await wait_until("a word", lambda: "The workspace day keeps 1 tab" in harness.text(), report=harness.text)
        assert len(harness.workspaces.workspaces["day"].sessions) == 1
        await harness.press("ctrl+right_square_bracket", "colon", *"workspace-save", "space", *"last", "enter")
        await wait_until("a refusal", lambda: "last is kept up by itself" in harness.text(), report=harness.text)


async def test_workspaces_are_deleted_brought_back_and_renamed():
    harness = Harness()
    harness.workspaces.save("day", [tab(1)], None)
    async with harness.run(size=(80, 24)):
        await harness.ready()
        await harness.press("t", "d")
        await wait_until("none", lambda: shows(harness, WorkspacesScreen, "There are none"), report=harness.text)
        await harness.press("u", "R")
        await wait_until("the name", lambda: shows(harness, Prompt), report=harness.text)
        await harness.press("s", "enter")
        await wait_until("the new name", lambda: "s" in harness.workspaces.workspaces, report=harness.text)
        assert set(harness.workspaces.workspaces) == {"s"}


async def test_a_workspace_that_there_is_not_is_told_with_the_nearest():
    harness = Harness()
    harness.workspaces.save("daily", [tab(1)], None)
    async with harness.run():
        await harness.ready()
        await harness.press("colon", *"workspace", "space", *"dayly", "enter")
        await wait_until("the nearest", lambda: "Did you mean daily?" in harness.text(), report=harness.text)


async def test_what_a_newer_release_saved_is_named_and_not_brought_back() -> None:
    harness = Harness()
    newer = {"version": VERSION + 1, "tabs": []}
    harness.workspaces._memory.update(SECTION, lambda held: {**held, "theirs": newer})
    await harness.workspaces.load()
    async with harness.run(size=(80, 24)):
        await harness.ready()
        await harness.command("workspace", "theirs")
        await harness.tells("The workspace theirs was saved by a newer release of ssmtui")
        await harness.press("t")
        await harness.tells("Saved by a newer release of ssmtui, which can bring them back: theirs.")
        assert harness.manager.snapshots() == ()


async def test_a_damaged_workspace_says_so_before_it_starts_anything() -> None:
    harness = Harness()
    damaged = {"version": VERSION, "tabs": [{"target": "i-1"}, {"target": 7}], "layouts": [{"root": 5}]}
    harness.workspaces._memory.update(SECTION, lambda held: {"day": damaged})
    await harness.workspaces.load()
    async with harness.run(size=(80, 24)):
        await harness.ready()
        await harness.command("workspace", "day")
        await harness.tells("1 of its sessions could not be read and is left out.")
        await harness.shows("1 session would be started")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_how_it_looks(size: tuple[int, int]):
    harness = Harness(settings=Settings(guard=("name:db",), restore="never"))
    document = replace(tab(5).request, document_name="acme-debug-container", reason="OPS-123 look at the queue")
    away = replace(tab(6).request, scope=Scope("gone", "us-east-1"), options=PaneOptions("old profile"))
    tabs = [tab(1, "first"), tab(2, "db [b]2[/b]", guarded="name:db"), SavedSession(document, "debug", "web-5")]
    harness.workspaces.save("morning [i]round[/i]", [*tabs, SavedSession(away, "far away", "web-6")], 2)
    harness.workspaces.save(LAST, tabs[:2], None)
    async with harness.run(size):
        await listed(harness)
        await harness.press("t", "j")
        await check(harness, "workspaces")
        await harness.press("enter")
        await wait_until("the tabs", lambda: shows(harness, Restore, "4 sessions"), report=harness.text)
        await harness.press("G")
        await check(harness, "restore")
