"""Why a node cannot be connected to, and asking for access to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ssmtui.diagnosis import run
from ssmtui.diagnosis.findings import Check, Verdict
from ssmtui.errors import AccessDenied, TargetNotConnected
from ssmtui.model import Container, Instance, Scope
from ssmtui.sessions.states import SessionState
from ssmtui.ui.screens.access_request import AccessRequest
from ssmtui.ui.screens.diagnosis import DiagnosisScreen
from tests.support.diagnosis import OpenNetwork, Scene
from tests.support.fakes import FakeGateway, fleet, make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import SIZES, check

NODE = make_node(5)  # it has lost its connection
STOPPED = Instance(
    NODE.id, "stopped", "User initiated (2026-01-15 09:00:00 GMT)", instance_profile="arn:aws:iam::1:instance-profile/w"
)
DENIED = AccessDenied("User: jane is not authorized", operation="StartSession", remedy="Have ssm:StartSession allowed.")


@pytest.fixture(autouse=True)
def open_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "Prober", OpenNetwork)


def lost_node() -> Scene:
    scene = Scene(node=NODE, instance=STOPPED, connection_status=False)
    scene.listed = [NODE]
    return scene


async def diagnosed(harness: Harness) -> DiagnosisScreen:
    await wait_until("the panel", lambda: isinstance(harness.app.screen, DiagnosisScreen))
    panel = harness.app.screen
    assert isinstance(panel, DiagnosisScreen)
    await wait_until("all findings", lambda: panel.is_done, report=harness.text)
    await harness.settle()
    return panel


async def refused(harness: Harness, error: Exception) -> int:
    """A session on the node under the cursor that was not started for ``error``."""
    await harness.ready()
    await harness.press("enter")
    session = harness.app.main.session
    assert session is not None
    harness.manager.becomes(session.key, SessionState.FAILED, error=error)
    await harness.settle()
    view = harness.app.main.shown_view
    assert view is not None
    view._deaf_until = 0.0  # to what was typed for the session
    return session.key


@pytest.fixture
async def harness() -> AsyncIterator[Harness]:
    async with Harness(FakeGateway(fleet(3))).run() as harness:
        yield harness


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_panel_tells_the_cause_above_the_checks(size: tuple[int, int]) -> None:
    async with Harness(lost_node()).run(size) as harness:
        await harness.ready()
        await harness.press("w")
        panel = await diagnosed(harness)
        await check(harness, "why")
        assert next(one.check for one in panel.findings if one.verdict is Verdict.BAD) is Check.INSTANCE
        await harness.press("escape")
        assert not isinstance(harness.app.screen, DiagnosisScreen)


async def test_what_is_well_shows_its_evidence_when_asked() -> None:
    async with Harness(Scene()).run() as harness:
        await harness.ready()
        await harness.press("w")
        await diagnosed(harness)
        assert "Nothing stands in the way that can be seen." in harness.text()
        assert "arn:aws:sts" not in harness.text()
        await harness.press("e")
        assert "arn:aws:sts" in harness.text()


async def test_it_is_copied_as_text_with_the_evidence_of_everything() -> None:
    async with Harness(lost_node()).run() as harness:
        await harness.ready()
        await harness.press("w")
        await diagnosed(harness)
        await harness.press("y")
        await harness.app.workers.wait_for_complete()
    lines = harness.clipboard.given[0].splitlines()
    assert lines[0] == f"{NODE.name} {NODE.id}"
    assert lines[1] == "✗ The instance is stopped."
    assert any("arn:aws:sts" in line for line in lines)


async def test_it_looks_again() -> None:
    scene = lost_node()
    async with Harness(scene).run() as harness:
        await harness.ready()
        await harness.press("w")
        panel = await diagnosed(harness)
        scene.told["instance"] = Instance(NODE.id, "pending", instance_profile="arn")
        await harness.press("r")
        await diagnosed(harness)
        assert "still being started" in harness.text()
        assert len(panel.findings) == len(set(scene.diagnosis().expected))


async def test_leaving_it_drops_what_is_under_way() -> None:
    scene = lost_node()
    scene.silent = {"instance", "connection_status", "node"}
    async with Harness(scene).run() as harness:
        await harness.ready()
        await harness.press("w")
        await wait_until("some findings", lambda: "Looking: " in harness.text(), report=harness.text)
        await harness.press("escape")
        await wait_until("no worker", lambda: not [w for w in harness.app.workers if w.name == "diagnosis"])


async def test_hostile_names_are_no_markup_and_obey_nobody(harness: Harness) -> None:
    node = make_node(1)._replace(name="[red]x[/]\x1b[31m", id=NODE.id)
    harness.gateway.listed = [node]
    await harness.ready()
    await harness.press("w")
    await diagnosed(harness)
    assert "[red]x[/]" in harness.text()
    assert "\x1b" not in harness.text()


async def test_a_refused_session_is_asked_about_with_what_it_was_told(harness: Harness) -> None:
    key = await refused(harness, TargetNotConnected("i-1 is not connected."))
    assert "W why?" in harness.text()
    assert "ask for access" not in harness.text()
    await harness.press("W")
    panel = await diagnosed(harness)
    refusal = next(one for one in panel.findings if one.check is Check.REFUSAL)
    assert refusal.evidence == "i-1 is not connected."
    await harness.press("a")  # means nothing here
    assert isinstance(harness.app.screen, DiagnosisScreen)
    await harness.press("escape")
    assert harness.app.main.session is not None
    assert harness.app.main.session.key == key


async def test_access_is_asked_for_on_the_node_with_a_reason(harness: Harness) -> None:
    await harness.ready()
    node = harness.app.main.nodes.selected
    assert node is not None
    await harness.press("a", "enter")
    assert "say why you need it" in harness.text()
    await harness.press(*"fix  it", "enter")
    session = harness.app.main.session
    assert session is not None
    assert session.state is SessionState.AWAITING_APPROVAL
    assert session.access_reason == "fix it"
    assert session.request.target == node.id
    assert session.request.scope == Scope("prod", "eu-west-1")
    assert session.access_request in harness.text()
    # The reason is remembered for the run.
    await harness.press("f12", "d", "a")
    assert "fix  it" not in harness.text()
    assert "fix it" in harness.text()
    await harness.press("escape")
    assert len(harness.manager.snapshots()) == 1


@pytest.mark.parametrize("way", [("a",), ("W", "a")])
async def test_a_denied_session_gives_its_tab_to_the_request(harness: Harness, way: tuple[str, ...]) -> None:
    await harness.ready()
    await harness.open_session()
    await harness.press("f12", "d")
    key = await refused(harness, DENIED)
    assert "ask for access" in harness.text()
    for letter in way:
        await harness.press(letter)
        if letter == "W":
            await diagnosed(harness)
    assert isinstance(harness.app.screen, AccessRequest)
    assert "User: jane is not authorized" in harness.text()
    await harness.press(*"please", "enter")
    sessions = harness.manager.snapshots()
    assert [session.state for session in sessions] == [SessionState.OPEN, SessionState.AWAITING_APPROVAL]
    assert key not in [session.key for session in sessions]
    assert harness.app.main.session == sessions[1]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_what_is_asked_and_waited_for(size: tuple[int, int]) -> None:
    async with Harness(FakeGateway(fleet(3))).run(size) as harness:
        await refused(harness, DENIED)
        await harness.press("a", *"the disk is full")
        await check(harness, "ask")
        await harness.press("enter")
        session = harness.app.main.session
        assert session is not None
        waiting = f"Somebody has to approve the request for access, {session.access_request}."
        harness.manager.becomes(
            session.key, SessionState.AWAITING_APPROVAL, session_id="", notice=waiting, access_waits=130.0
        )
        await harness.settle()
        await check(harness, "awaiting")


async def test_a_document_that_an_approval_may_not_cover_is_told(harness: Harness) -> None:
    for document_name, told in ((None, False), ("SSM-SessionManagerRunShell", False), ("Acme-Debug[x]", True)):
        harness.app.push_screen(AccessRequest(NODE, "", None, document_name))
        await harness.settle()
        assert ("Acme-Debug[x]" in harness.text()) is told
        await harness.press("escape")


async def test_containers_and_live_sessions_are_not_asked_for(harness: Harness) -> None:
    container = make_node(0)._replace(id="ecs:a_b_c-1", container=Container("a", "b", "web", "c-1"))
    harness.gateway.listed = [container]
    await harness.ready()
    await harness.press("a")
    await harness.settle()
    assert "not for containers" in harness.text()
    assert not isinstance(harness.app.screen, AccessRequest)
