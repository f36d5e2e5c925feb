"""Sessions of other accounts, in containers and by approval, all of it against the lab over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from ssmtui.aws.gateways import BotoGateways, open_gateways
from ssmtui.aws.session import StaticCredentials, StaticProfile
from ssmtui.backend import ScopeLines
from ssmtui.config.settings import Settings
from ssmtui.errors import AccessDenied
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.model import Node, PingStatus, Platform, Scope, StartRequest, TerminalSize
from ssmtui.sessions import approval as approvals
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.states import SessionState
from tests.support.wait import wait_until
from tests.unit.sessions.test_manager import RecordingEngines

SIZE = TerminalSize(80, 24)


class Stage:
    """A manager whose lines lead into all accounts of a lab."""

    def __init__(self, lab: Lab, gateways: BotoGateways) -> None:
        self.lab, self.gateways = lab, gateways
        self.engines = RecordingEngines()
        self.asked = 0
        self.manager = SessionManager(ScopeLines(gateways, Settings()), self.engines)  # type: ignore[arg-type]

    def scope(self, name: str) -> Scope:
        return Scope(name, "eu-west-1", self.gateways.default.endpoint_url)

    async def node(self, scope: Scope, wanted: Callable[[Node], bool]) -> Node:
        nodes = {node.key: node async for page in self.gateways.gateway(scope).nodes() for node in page.nodes}
        return next(node for node in nodes.values() if node.ping is PingStatus.ONLINE and wanted(node))

    async def until(self, key: int, state: SessionState) -> None:
        await wait_until(
            f"it is {state.value}",
            lambda: self.manager.snapshot(key).state is state,
            report=lambda: str(self.manager.snapshot(key)),
        )

    async def answers(self, key: int) -> None:
        await self.until(key, SessionState.OPEN)
        self.asked += 1
        self.manager.session(key).write(f"echo {self.asked}-$((40 + 2))\r".encode())
        await wait_until("the shell answers", lambda: f"{self.asked}-42".encode() in self.engines.panes[key].fed)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    lab = Lab(LabOptions(nodes=60, start_delay=0.01, shell="sh", signed_only=True, approve_after=3600.0))
    address = await lab.start()
    profiles = {
        name: StaticProfile(StaticCredentials(one.access_key_id, one.secret_access_key), one.region)
        for name, one in address.profiles.items()
    }
    gateways = await open_gateways(
        "prod", "eu-west-1", address.endpoint_url, profiles["prod"].credentials, static_profiles=profiles
    )
    stage = Stage(lab, gateways)
    yield stage
    await stage.manager.close()
    await gateways.close()
    await lab.close()


async def test_a_session_in_a_container_is_opened_resumed_and_ended(stage: Stage) -> None:
    scope = stage.scope("prod")
    node = await stage.node(scope, lambda node: node.container is not None)
    assert await stage.gateways.gateway(scope).node(node.id) == node._replace(account="")
    key = stage.manager.start(StartRequest(node.id, scope=scope), SIZE, node)
    await stage.answers(key)
    session_id = stage.manager.snapshot(key).session_id
    assert session_id.startswith("ecs-execute-command-")
    stage.lab.say_bye()
    await wait_until("it is resumed", lambda: stage.manager.snapshot(key).resumes)
    await stage.until(key, SessionState.OPEN)
    stage.manager.session(key).end()
    await stage.until(key, SessionState.ENDED)
    session = stage.lab.book.find(session_id)
    assert session is not None
    await wait_until("the service has ended it", lambda: not session.active)


def needs_approval(node: Node) -> bool:
    return node.tags.get("access") == "approval" and node.platform is Platform.LINUX


async def test_a_node_of_another_account_is_entered_once_access_is_approved(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approvals, "FIRST_PAUSE", 0.01)
    scope = stage.scope("staging")
    node = await stage.node(scope, needs_approval)
    request = StartRequest(node.id, scope=scope)
    key = stage.manager.start(request, SIZE, node)
    await stage.until(key, SessionState.FAILED)
    assert isinstance(stage.manager.snapshot(key).error, AccessDenied)

    key = stage.manager.request_access(request, "incident 42", SIZE, node)
    await wait_until("access is asked for", lambda: stage.manager.snapshot(key).access_request)
    assert stage.manager.snapshot(key).state is SessionState.AWAITING_APPROVAL
    stage.lab.approve(stage.manager.snapshot(key).access_request)
    await stage.answers(key)
    stage.lab.say_bye()
    await wait_until("it is resumed with what was granted", lambda: stage.manager.snapshot(key).resumes)
    await stage.answers(key)
    # Any default shell there uses what was approved; another document is not covered by it.
    again = stage.manager.start(request, SIZE, node)
    await stage.answers(again)
    other = stage.manager.start(replace(request, document_name="AWS-StartNonInteractiveCommand"), SIZE, node)
    await stage.until(other, SessionState.FAILED)
    assert isinstance(stage.manager.snapshot(other).error, AccessDenied)


async def test_access_that_is_rejected(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "FIRST_PAUSE", 0.01)
    scope = stage.scope("staging")
    node = await stage.node(scope, needs_approval)
    key = stage.manager.request_access(StartRequest(node.id, scope=scope), "incident 42", SIZE, node)
    await wait_until("access is asked for", lambda: stage.manager.snapshot(key).access_request)
    stage.lab.reject(stage.manager.snapshot(key).access_request)
    await stage.until(key, SessionState.FAILED)
    assert "rejected" in str(stage.manager.snapshot(key).error)
