"""Tunnels of workspaces: kept up, saved, shown before they are opened, opened."""

from __future__ import annotations

import pytest

from ssmtui.config.settings import Settings
from ssmtui.documents.port_forwards import Forward, parse
from ssmtui.forwards.tunnel import TunnelOptions, TunnelState
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import PaneOptions, Scope, StartRequest
from ssmtui.profiles.saved_tunnels import SavedTunnel
from ssmtui.profiles.workspaces import LAST, PREVIOUS
from ssmtui.sessions import channel_session
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.workspaces.restore import Restore
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import check

SCOPE = Scope("prod", "eu-west-1")


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.0)


def request(number: int = 1, **more: object) -> StartRequest:
    return StartRequest(f"i-{number:017x}", title=f"web-{number}", scope=SCOPE, **more)  # type: ignore[arg-type]


def tab(number: int) -> SavedSession:
    return SavedSession(request(number), f"tab {number}", f"web-{number}")


def tunnel(text: str, number: int = 1, **more: object) -> SavedTunnel:
    return SavedTunnel(SavedSession(request(number), f"web-{number}", f"web-{number}"), parse(text), **more)  # type: ignore[arg-type]


async def forwards(harness: Harness, number: int) -> list[Forward]:
    await wait_until("the tunnels", lambda: len(harness.tunnels.snapshots()) == number, report=harness.text)
    return [one.forward for one in harness.tunnels.snapshots()]


async def restoring(harness: Harness, name: str) -> Restore:
    await harness.ready()
    harness.app.main.features.workspaces.choose(name)
    await wait_until("what would start", lambda: isinstance(harness.app.screen, Restore), report=harness.text)
    await harness.settle()
    screen = harness.app.screen
    assert isinstance(screen, Restore)
    return screen


async def test_tunnels_are_kept_up_with_how_they_are_kept_and_whether_they_were_open() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        options = TunnelOptions(2, True, group="db", exposed=True, database_user="app")
        key = harness.tunnels.start(parse("own:0:db:5432"), request(), None, options)
        other = harness.tunnels.start(parse("0:80"), request(2))

        def kept() -> list[SavedTunnel]:
            last = harness.workspaces.workspaces.get(LAST)
            return list(last.tunnels or ()) if last is not None else []

        await wait_until("both", lambda: len(kept()) == 2, report=harness.text)
        saved = SavedTunnel(SavedSession(request(), "web-1"), parse("own:0:db:5432"), True, 2, True, "db", "app")
        assert kept()[0] == saved
        harness.tunnels.end(key)
        harness.tunnels.remove(other)
        await wait_until("its end", lambda: kept() == [saved._replace(was_open=False)], report=harness.text)


async def test_what_an_earlier_run_left_is_told_and_not_lost_by_the_first_tunnel() -> None:
    harness = Harness()
    harness.workspaces.save(LAST, [tab(1)], None, None, [tunnel("0:80"), tunnel("0:81", was_open=False)])
    async with harness.run():
        await harness.tells("t brings back the 1 tab and 1 tunnel of the last time")
        await harness.ready()
        harness.tunnels.start(parse("0:82"), request())
        await wait_until("the run before", lambda: PREVIOUS in harness.workspaces.workspaces, report=harness.text)
        assert len(harness.workspaces.workspaces[PREVIOUS].tunnels or ()) == 2


async def test_sessions_and_tunnels_are_shown_and_those_that_were_open_are_opened() -> None:
    harness = Harness()
    tunnels = [
        tunnel("0:db.internal:5432", group="db", sessions=2),
        tunnel("0:8080", was_open=False),
        tunnel("0:@Orders-Port,tier=a,token=x", 2),
    ]
    harness.workspaces.save("day", [tab(1)], None, None, tunnels)
    async with harness.run((80, 24)):
        await restoring(harness, "day")
        await harness.tells("1 session would be started, 1 tunnel opened")
        await check(harness, "restore-tunnels")
        await harness.press("j")
        await harness.tells("from 127.0.0.1")
        await harness.press("j")
        await harness.tells("it was closed")
        await harness.press("j")
        await harness.tells("without token, which may be a secret: not kept")
        await harness.press("enter")
        assert await forwards(harness, 1) == [parse("0:db.internal:5432")]
        await wait_until("the tab", lambda: len(harness.manager.snapshots()) == 1, report=harness.text)
        (one,) = harness.tunnels.snapshots()
        assert (one.target, one.options) == (request().target, TunnelOptions(2, group="db"))


async def test_tunnels_alone_are_a_workspace_and_what_is_open_here_is_left_out() -> None:
    harness = Harness()
    async with harness.run():
        await harness.ready()
        key = harness.tunnels.start(parse("0:80"), request())
        harness.tunnels.start(parse("0:81"), request())
        harness.app.main.features.workspaces.actions.save("ports")
        await harness.tells("The workspace ports keeps 2 tunnels")
        harness.tunnels.remove(key)
        await restoring(harness, "ports")
        await harness.tells("Start the tunnels of ports?", "1 tunnel would be opened")
        await harness.press("j")
        await harness.tells("it is open here")
        await harness.press("enter")
        assert set(await forwards(harness, 2)) == {parse("0:80"), parse("0:81")}
        assert all(one.state is not TunnelState.FAILED for one in harness.tunnels.snapshots())
        assert harness.manager.snapshots() == ()


async def test_a_guarded_node_is_asked_about_once_for_its_shell_and_its_tunnel() -> None:
    harness = Harness(settings=Settings(guard=("name:web-*",)))
    harness.workspaces.save("day", [tab(1)], None, None, [tunnel("0:80")])
    async with harness.run():
        await restoring(harness, "day")
        await harness.press("enter")
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion), report=harness.text)
        assert harness.tunnels.snapshots() == ()
        await harness.press(*"web-1", "enter")
        await forwards(harness, 1)
        await wait_until("the tab", lambda: len(harness.manager.snapshots()) == 1, report=harness.text)
        assert not isinstance(harness.app.screen, GuardQuestion)


async def test_a_guarded_node_of_a_tunnel_alone_is_asked_about_and_a_no_opens_none() -> None:
    harness = Harness(settings=Settings(guard=("name:web-*",)))
    harness.workspaces.save("day", [], None, None, [tunnel("0:80")])
    async with harness.run():
        await restoring(harness, "day")
        await harness.press("enter")
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion), report=harness.text)
        await harness.press("escape")
        await harness.settle()
        assert harness.tunnels.snapshots() == ()


async def test_a_workspace_of_an_older_release_opens_what_its_profiles_forward_now() -> None:
    profiles = "[profiles.db]\nquery = 'name:web-1'\nforwards = ['0:5432']\n"
    harness = Harness(profiles=profiles)
    old = SavedSession(request(options=PaneOptions("db")), "tab", "web-1")
    harness.workspaces.save("old", [old], None)
    harness.workspaces.save("new", [old], None, None, ())
    async with harness.run():
        await restoring(harness, "new")
        await harness.press("enter")
        await wait_until("the tab", lambda: len(harness.manager.snapshots()) == 1, report=harness.text)
        assert harness.tunnels.snapshots() == ()
        await harness.press("f12")
        await restoring(harness, "old")
        await harness.press("enter")
        assert await forwards(harness, 1) == [parse("0:5432")]
