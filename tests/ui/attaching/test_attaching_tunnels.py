"""Tunnels of an earlier run: opened again with the shells beside them, and in the place of port sessions of a crash."""

from __future__ import annotations

import pytest

from ssmtui.documents.port_forwards import Forward, parse
from ssmtui.ledger.record import Ending, LedgerRecord
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import Scope, StartRequest
from ssmtui.profiles.saved_tunnels import SavedTunnel
from ssmtui.profiles.workspaces import LAST
from ssmtui.sessions import channel_session
from ssmtui.ui.start.guard_question import GuardQuestion
from tests.support.fake_ledger import record
from tests.support.fakes import SCOPE
from tests.support.wait import wait_until
from tests.ui.attaching.test_attaching import asked, harness_with, titles
from tests.ui.harness import Harness
from tests.ui.test_snapshots import check

OTHER = Scope("staging", "eu-west-1")


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.0)


def tunnel(text: str, number: int = 1, *, scope: Scope = SCOPE, **more: object) -> SavedTunnel:
    request = StartRequest(f"i-{number:017x}", title=f"web-{number}", scope=scope)
    return SavedTunnel(SavedSession(request, f"web-{number}", f"web-{number}"), parse(text), **more)  # type: ignore[arg-type]


def port_session(number: int, node: int, text: str, **more: object) -> LedgerRecord:
    """What a crash leaves of a tunnel."""
    forward = parse(text)
    asked_for = {"document_name": forward.document, "parameters": forward.parameters(4711)}
    return record(number, f"web-{node}", target=f"i-{node:017x}", request=asked_for, port=True, **more)


def left(harness: Harness, *tunnels: SavedTunnel, records: tuple[LedgerRecord, ...] = ()) -> None:
    saved = [SavedSession(each.request, each.title, "", each.id) for each in records]
    harness.workspaces.save(LAST, saved, None, None, tunnels)


async def forwards(harness: Harness, number: int) -> set[Forward]:
    await wait_until("the tunnels", lambda: len(harness.tunnels.snapshots()) == number, report=harness.text)
    await harness.settle()
    assert len(harness.tunnels.snapshots()) == number
    return {one.forward for one in harness.tunnels.snapshots()}


async def test_with_the_shells_come_the_tunnels_that_were_open_beside_them() -> None:
    shell = record(1, "web")
    harness = harness_with(shell)
    left(
        harness,
        tunnel("0:5432", group="db", keep_alive=True),
        tunnel("0:80", was_open=False),
        tunnel("0:81", 2),
        tunnel("0:82", scope=OTHER),
        records=(shell,),
    )
    async with harness.run():
        await asked(harness)
        await harness.tells("1 shell comes back as it is. Nothing is typed. 1 tunnel is opened again.")
        await harness.press("enter")
        assert await forwards(harness, 1) == {parse("0:5432")}
        assert titles(harness) == ["web"]
        (one,) = harness.tunnels.snapshots()
        assert (one.options.group, one.options.keep_alive) == ("db", True)
        await harness.tells("starts the other 2 tunnels of the last time again")


async def test_port_sessions_of_a_crash_get_their_tunnels_back_and_are_ended() -> None:
    shell, to_db = record(1, "web"), port_session(2, 7, "0:db.internal:5432")
    forgotten = port_session(3, 7, "0:443")
    harness = harness_with(shell, to_db, forgotten)
    left(harness, tunnel("0:db.internal:5432", 7))
    async with harness.run((80, 24)):
        await asked(harness)
        await harness.tells("tunnel opens again", "cannot be taken over")
        await harness.tells("1 shell comes back as it is. Nothing is typed. 1 tunnel is opened again.")
        await check(harness, "survivors-tunnels")
        await harness.press("j")
        await harness.tells("Its tunnel is opened again, in a new session; this one is ended.")
        await harness.press("enter")
        assert await forwards(harness, 1) == {parse("0:db.internal:5432")}
        assert titles(harness) == ["web"]
        await wait_until("its end", lambda: harness.gateway.terminated == [to_db.session_id], report=harness.text)
        await wait_until("it is known", lambda: (to_db.id, Ending.PERSON, None) in harness.ledger.settled)


async def test_tunnels_alone_come_back_without_a_shell() -> None:
    harness = harness_with(port_session(2, 7, "0:db:5432"), port_session(3, 7, "0:db:5432"))
    left(harness, tunnel("0:db:5432", 7, sessions=2))
    async with harness.run():
        await asked(harness)
        await harness.tells("1 tunnel is opened again.")
        await harness.press("enter")
        assert await forwards(harness, 1) == {parse("0:db:5432")}
        await wait_until("their ends", lambda: len(harness.gateway.terminated) == 2, report=harness.text)
        assert harness.manager.snapshots() == ()


async def test_what_is_taken_out_or_left_alone_opens_no_tunnel() -> None:
    harness = harness_with(record(1, "web"), port_session(2, 7, "0:db:5432"))
    left(harness, tunnel("0:5432"), tunnel("0:db:5432", 7))
    async with harness.run():
        await asked(harness)
        await harness.tells("2 tunnels are opened again.")
        await harness.press("j", "space")
        await harness.tells("1 tunnel is opened again.")
        await harness.press("escape")
        await harness.settle()
        assert harness.tunnels.snapshots() == ()
        assert harness.gateway.terminated == []


async def test_always_opens_them_without_a_question_but_for_guarded_nodes() -> None:
    harness = harness_with(record(1, "web"), restore="always", guard=("name:web-1",))
    left(harness, tunnel("0:5432"), records=(record(1, "web"),))
    async with harness.run():
        await wait_until("it is back", lambda: titles(harness) == ["web"], report=harness.text)
        await wait_until("the question", lambda: isinstance(harness.app.screen, GuardQuestion), report=harness.text)
        assert harness.tunnels.snapshots() == ()
        await harness.press(*"web-1", "enter")
        assert await forwards(harness, 1) == {parse("0:5432")}


async def test_a_shell_that_is_attached_by_its_name_brings_its_tunnels() -> None:
    harness = harness_with(record(1, "web"), record(2, "db"), attach=["web"])
    left(harness, tunnel("0:5432"), tunnel("0:5433", 2))
    async with harness.run():
        await wait_until("it is back", lambda: titles(harness) == ["web"], report=harness.text)
        assert await forwards(harness, 1) == {parse("0:5432")}
