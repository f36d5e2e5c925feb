"""The view of saved connections: found, opened, copied, moved, deleted, and all of that taken back."""

from __future__ import annotations

from ssmtui.config.settings import Settings
from ssmtui.profiles.store import ProfileStore
from ssmtui.ui.profiles.view.search import ProfileSearch
from ssmtui.ui.profiles.view.view import ProfilesView
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

OWN = """\
version = 1

[folders.prod]
description = "what customers see"
guard = true

[folders."prod/db"]
reason = "look at it"

[folders.staging]
color = "yellow"

[profiles."orders primary"]
folder = "prod/db"
description = "takes the orders"
query = "name:db ping:online"
several = "first-online"
labels = ["on-call"]

[profiles.replica]
folder = "prod/db"
query = "name:db-2"

# used every day
[profiles."any web"]
query = "name:web"
icon = "◆"

[profiles.api]
folder = "staging"
target = "i-00000abc000000000"
colour = "red"
"""

SHARED = {"team.toml": '[profiles.bastion]\nfolder = "team"\nquery = "name:bastion"\n'}


def harness(own: str = OWN) -> Harness:
    return Harness(FakeGateway(fleet(20)), profiles=own, shared_profiles=SHARED)


async def opened(harness: Harness, *keys: str) -> ProfilesView:
    await harness.ready()
    await harness.press("p", *keys)
    await wait_until("the view", lambda: isinstance(harness.app.panes.front, ProfilesView), report=harness.text)
    view = harness.app.panes.front
    assert isinstance(view, ProfilesView)
    return view


def told(screen: ProfilesView) -> list[str]:
    return [row.item.name + ("/" if row.folder is not None else "") for row in screen.lines.rows]


def store(harness: Harness) -> ProfileStore:
    assert harness.app.services is not None
    return harness.app.services.profiles


def written(harness: Harness) -> str:
    shelf = store(harness).shelf
    return shelf.text(shelf.file)


def under_cursor(screen: ProfilesView) -> str:
    assert screen.lines.selected is not None
    return screen.lines.selected.item.name


async def test_folders_and_what_is_in_them() -> None:
    async with harness().run() as running:
        screen = await opened(running)
        assert told(screen) == [
            "prod/", "prod/db/", "orders primary", "replica", "staging/", "api", "team/", "bastion", "any web",
        ]  # fmt: skip
        await running.press("h")
        assert told(screen) == ["prod/", "staging/", "api", "team/", "bastion", "any web"]
        await running.press("l", "j", "j", "h")
        assert under_cursor(screen) == "prod/db"
        await running.press("escape")
        assert running.app.panes.front is running.app.main.nodes
        screen = await opened(running)
        assert under_cursor(screen) == "prod/db", "the view opens as it was left"


async def test_what_is_typed_right_behind_the_keys_is_searched_for() -> None:
    from textual import events
    from textual.keys import key_to_character

    async with harness().run() as running:
        await running.ready()
        for key in ("p", "slash", *"pdo", "enter"):
            running.app.post_message(events.Key(key, key_to_character(key)))
        await wait_until("the view", lambda: isinstance(running.app.panes.front, ProfilesView))
        screen = running.app.panes.front
        assert isinstance(screen, ProfilesView)
        found = ["prod/", "prod/db/", "orders primary"]
        await wait_until("what was typed", lambda: told(screen) == found, report=running.text)
        await running.settle()
        assert under_cursor(screen) == "orders primary"
        await running.press("escape")
        assert len(told(screen)) == 9


async def test_the_details_tell_where_each_value_comes_from() -> None:
    async with harness().run() as running:
        await opened(running, "slash", *"orders", "enter")
        await wait_until("its nodes", lambda: "nodes now: db-1" in running.text(), report=running.text)
        text = running.text()
        assert "look at it" in text
        lines = {
            key: next(one for one in text.splitlines() if f" {key}  " in one) for key in ("guard", "reason", "query")
        }
        assert lines["guard"].rstrip().endswith("prod")
        assert lines["reason"].rstrip().endswith("prod/db")
        assert lines["query"].rstrip().endswith("own")


async def test_the_origins_of_values_stay_whole_where_the_details_scroll() -> None:
    own = '[profiles.far]\naws_profile = "dev"\nregion = "eu-west-3"\nquery = "name:db"\nlabels = ["a", "b"]\n'
    async with harness(own).run((80, 24)) as running:
        await opened(running, "slash", *"far", "enter")
        told = "no node of this AWS profile and region is listed now"
        await wait_until("what is known", lambda: told in running.text(), report=running.text)
        # The panel scrolls now, which leaves it less room.
        assert [one.split()[-1] for one in running.text().splitlines() if one.startswith(" query ")] == ["own"]


async def test_open_leads_to_the_session_and_leaves_the_view() -> None:
    async with harness().run() as running:
        await opened(running, "slash", *"api", "enter")
        await running.press("enter")
        await wait_until("a session", lambda: running.manager.snapshots())
        await running.settle()
        assert running.app.panes.session is not None
        assert "Connections" not in running.text().splitlines()[0]
        assert [one.request.target for one in running.manager.snapshots()] == ["i-00000abc000000000"]
        assert store(running).used("api").times == 1


async def test_delete_is_taken_back_to_the_byte_as_often_as_there_are_steps() -> None:
    async with harness().run() as running:
        screen = await opened(running, "G", "d")
        await wait_until("it is gone", lambda: "any web" not in store(running).profiles.profiles)
        await running.press("g", "j", "j", "space", "space", "d")
        await wait_until("they are gone", lambda: "replica" not in store(running).profiles.profiles)
        await running.settle()
        assert told(screen) == ["prod/", "prod/db/", "staging/", "api", "team/", "bastion"]
        await running.press("u")
        await wait_until("they are back", lambda: "orders primary" in store(running).profiles.profiles)
        await running.press("u")
        await wait_until("it is back", lambda: "any web" in store(running).profiles.profiles)
        assert written(running) == OWN
        await running.press("g", "d")
        await wait_until("the question", lambda: "and the 2 connections in it?" in running.text(), report=running.text)
        await running.press("enter")
        await wait_until("all is gone", lambda: "replica" not in store(running).profiles.profiles)
        await running.press("u")
        await wait_until("all is back", lambda: "replica" in store(running).profiles.profiles)
        await running.press("u")
        await wait_until("no more", lambda: "nothing to take back" in running.text(), report=running.text)


async def test_what_is_shared_is_copied_and_not_changed() -> None:
    async with harness().run() as running:
        screen = await opened(running, "slash", *"bastion", "enter", "d")
        await wait_until("why not", lambda: "in a shared file" in running.text(), report=running.text)
        assert "bastion" in store(running).profiles.profiles
        await running.press("c", "ctrl+u", *"mine", "enter")
        await wait_until("the copy", lambda: "mine" in store(running).profiles.profiles)
        await running.settle()
        assert under_cursor(screen) == "mine"
        assert not store(running).profiles.profiles["mine"].read_only


async def test_names_that_cannot_be_are_told_as_they_are_typed() -> None:
    async with harness().run() as running:
        screen = await opened(running, "G", "R", "ctrl+u", *"a/b")
        assert "must not contain a slash" in running.text()
        await running.press("enter")
        assert running.app.screen is not running.app.main
        await running.press("ctrl+u", *"api", "enter")
        assert "There is a connection of that name" in running.text()
        await running.press("ctrl+u", *"web box", "enter")
        await wait_until("its name", lambda: "web box" in store(running).profiles.profiles)
        await running.settle()
        assert under_cursor(screen) == "web box"
        await running.press("u")
        await wait_until("its name", lambda: "any web" in store(running).profiles.profiles)


async def test_marked_ones_are_moved_to_a_new_folder() -> None:
    async with harness().run() as running:
        screen = await opened(running, "G", "space", "k", "k", "k", "k", "k", "space", "m", *"new/one", "enter")
        await wait_until("they are moved", lambda: len(screen.outline.inside("new/one")) == 2)
        await running.settle()
        assert screen.marked == {}
        assert {profile.name for profile in screen.outline.inside("new/one")} == {"any web", "replica"}
        await running.press("u")
        await wait_until("they are back", lambda: not screen.outline.inside("new/one"))
        assert written(running) == OWN


async def test_orders_by_use() -> None:
    async with harness().run() as running:
        await running.ready()
        store(running).note_use("api")
        running.clock.move(60)
        store(running).note_use("replica")
        running.clock.move(60)
        store(running).note_use("replica")
        screen = await opened(running, "2")
        assert told(screen) == ["replica", "api"]
        assert "just now" in running.text()
        assert "2 min ago" in running.text()
        await running.press("tab")
        assert told(screen) == ["replica", "api"]
        assert "2 times" in running.text()
        await running.press("1")
        assert len(told(screen)) == 9
        assert under_cursor(screen) == "replica"
        await store(running).put("a new one", {"query": "x"}, folder="prod/db", new=True)
        await running.settle()
        assert "a new one" in told(screen)
        assert under_cursor(screen) == "replica", "the cursor stays when the files change"


async def test_hostile_names_are_inert() -> None:
    text = '[profiles."[b]x[/b]"]\nquery = "a"\ndescription = "\\u001b[31mred\\u202e"\nlabels = ["[i]\\u202e"]\n'
    async with harness(text).run() as running:
        await opened(running)
        shown = running.text()
        assert "\x1b" not in shown
        assert "[b]x[/b]" in shown
        assert "\u202e" not in shown


async def test_none_yet() -> None:
    async with Harness().run((80, 24)) as running:
        await opened(running)
        assert "There are no connections yet." in running.text()
        assert "profiles.toml" in running.text()


async def test_the_view_is_a_tab_beside_the_sessions_in_which_the_leader_works() -> None:
    async with harness().run() as running:
        await running.ready()
        session = await running.open_session()
        await running.press("f12", "P")
        await wait_until("the view", lambda: isinstance(running.app.panes.front, ProfilesView), report=running.text)
        assert "3 Connections" in running.text().splitlines()[0]
        await running.press("f12", "2")
        assert running.app.panes.session is not None
        assert running.app.panes.session.key == session
        await running.press("f12", "P")
        assert "4" not in running.text().splitlines()[0].partition("Connections")[0], "there is one of it"
        await running.press("f12", "x")
        assert "Connections" not in running.text().splitlines()[0]
        assert running.app.panes.session is not None, "the tab before it is shown again"


async def test_keys_of_the_view_are_commands_that_the_settings_change_and_the_help_tells() -> None:
    async with Harness(FakeGateway(fleet(20)), profiles=OWN, settings=Settings(keys={"profile-mark": ("f5",)})).run(
        (120, 40)
    ) as running:
        view = await opened(running, "G", "space")
        assert not view.marked
        await running.press("f5")
        assert list(view.marked) == ["any web"]
        await running.press("question_mark")
        await running.shows("In the view of connections", "Mark the connection, or all of a folder")
        await running.press("escape", "colon", *"profile-undo", "enter")
        await running.tells("There is nothing to take back")


async def test_words_after_the_command_search_a_view_that_is_open() -> None:
    async with harness().run() as running:
        view = await opened(running)
        assert len(told(view)) > 2
        await running.press("colon", *"connections replica", "enter")
        assert [name for name in told(view) if not name.endswith("/")] == ["replica"]
        assert under_cursor(view) == "replica"
        search = view.query_one(ProfileSearch)
        assert (search.value, search.display) == ("replica", True)


async def test_messages_name_the_keys_that_hold() -> None:
    keys: dict[str, tuple[str, ...]] = {"profile-undo": ("f6",), "profile-copy": ()}
    async with Harness(
        FakeGateway(fleet(20)), profiles=OWN, shared_profiles=SHARED, settings=Settings(keys=keys)
    ).run() as running:
        await opened(running, "G", "d")
        await running.tells("Deleted any web; f6 takes it back")
        await running.press("slash", *"bastion", "enter", "d")
        await running.tells(":connection-copy makes a copy of your own")
