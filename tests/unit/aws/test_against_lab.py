"""Gateway, dialer and pump together against the lab, which checks signatures and tokens as the service does."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ssmtui.aws.boto import open_gateway
from ssmtui.aws.session import StaticCredentials
from ssmtui.errors import ConnectionFailed, DocumentError, ServiceError, SessionGone, TargetNotConnected
from ssmtui.lab.sessions import LabSession
from ssmtui.model import Grant, Node, PingStatus, SessionRecord, StartRequest, TerminalSize
from ssmtui.protocol import ChannelState, DataChannel, Event, OpenDataChannel, Output, Ready, Role
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.pump import Pump
from ssmtui.transport.stamp import new_stamp
from ssmtui.transport.websocket import WebSocketDialer, WebSocketLink
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.wait import wait_until


class Bench:
    """A lab, and the client's parts that speak to it."""

    def __init__(self, stack: LabStack) -> None:
        self.lab, self.gateway, self.dialer, self.tasks = stack.lab, stack.gateway, stack.dialer, stack.tasks
        self.client_id = str(uuid.uuid4())
        self.channel = DataChannel(Role.CLIENT, new_stamp)
        self.events: list[Event] = []

    async def nodes(self) -> dict[str, Node]:
        return {node.id: node async for page in self.gateway.nodes() for node in page.nodes}

    async def sessions(self, *, active: bool = True) -> list[SessionRecord]:
        return [one async for page in self.gateway.session_pages(active=active) for one in page]

    async def online_linux(self) -> str:
        nodes = (await self.nodes()).values()
        return next(
            each.id for each in nodes if each.ping is PingStatus.ONLINE and each.platform_name.startswith("Ubuntu")
        )

    async def connect(self, grant: Grant) -> tuple[WebSocketLink, Pump]:
        opening = OpenDataChannel(str(uuid.uuid4()), grant.token, self.client_id)
        link = await self.dialer.dial(grant.stream_url, opening.to_json())
        pump = Pump(self.channel, link, self.events.extend)
        self.tasks.start("pump", pump.run())
        return link, pump

    def is_active(self, session_id: str) -> bool:
        session = self.lab.book.find(session_id)
        return session is not None and session.active

    def type(self, pump: Pump, text: str) -> None:
        self.channel.send_input(text.encode(), time.monotonic())
        pump.wake()

    @property
    def output(self) -> str:
        return b"".join(event.data for event in self.events if isinstance(event, Output)).decode(errors="replace")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with lab_stack(nodes=130) as stack:
        yield Bench(stack)


async def test_identity_nodes_documents_and_sessions(bench: Bench) -> None:
    identity = await bench.gateway.identity()
    assert len(identity.account) == 12
    nodes = await bench.nodes()
    assert len(nodes) >= 100
    assert any("Name" in node.tags and node.name == node.tags["Name"] for node in nodes.values())
    assert {node.account for node in nodes.values()} == {identity.account}
    names = [document.name for document in await bench.gateway.documents()]
    assert "AWS-StartSSHSession" in names
    document = await bench.gateway.document("AWS-StartSSHSession")
    assert document.session_type == "Port"
    with pytest.raises(DocumentError):
        await bench.gateway.document("AWS-RunShellScript")
    assert await bench.sessions() == []
    assert await bench.sessions(active=False)


async def test_a_session_is_opened_used_resumed_and_ended(bench: Bench) -> None:
    grant = await bench.gateway.start_session(StartRequest(await bench.online_linux()))
    link, pump = await bench.connect(grant)
    await wait_until("the agent is ready", lambda: any(isinstance(event, Ready) for event in bench.events))
    bench.channel.send_size(TerminalSize(80, 24), time.monotonic())
    bench.type(pump, "echo first-$((40 + 2))\r")
    await wait_until("the command is done", lambda: "first-42" in bench.output, report=lambda: bench.output)
    assert [each.session_id for each in await bench.sessions()] == [grant.session_id]

    await link.close()
    bench.type(pump, "echo second-$((40 + 3))\r")
    resumed = await bench.gateway.resume_session(grant.session_id)
    link, pump = await bench.connect(resumed)
    await wait_until("the typed line is done", lambda: "second-43" in bench.output, report=lambda: bench.output)

    await bench.gateway.terminate_session(grant.session_id)
    await bench.gateway.terminate_session(grant.session_id)
    await wait_until("the channel is over", lambda: bench.channel.state is ChannelState.CLOSED)
    await wait_until("the service has ended the session", lambda: not bench.is_active(grant.session_id))
    with pytest.raises(SessionGone):
        await bench.gateway.resume_session(grant.session_id)
    assert await bench.sessions() == []
    await link.close()


async def test_a_node_that_is_offline(bench: Bench) -> None:
    nodes = await bench.nodes()
    lost = next(node.id for node in nodes.values() if node.ping is PingStatus.CONNECTION_LOST)
    assert not await bench.gateway.connection_status(lost)
    with pytest.raises(TargetNotConnected):
        await bench.gateway.start_session(StartRequest(lost))


async def test_an_unknown_document_is_refused_with_the_services_words(bench: Bench) -> None:
    with pytest.raises(ServiceError) as refused:
        await bench.gateway.start_session(StartRequest(await bench.online_linux(), "No-Such-Document"))
    assert refused.value.detail


async def test_a_signature_with_other_credentials_is_refused(bench: Bench) -> None:
    grant = await bench.gateway.start_session(StartRequest(await bench.online_linux()))
    stranger = await open_gateway(
        region="eu-west-1", endpoint_url=bench.gateway.effective_endpoint, static=StaticCredentials("AKIA", "x")
    )
    dialer = WebSocketDialer(StreamPolicy(endpoint_url=stranger.effective_endpoint), stranger.sign_stream)
    with pytest.raises(ConnectionFailed, match="OpenDataChannel"):
        await dialer.dial(grant.stream_url, "{}")
    await stranger.close()


async def test_a_start_that_is_given_up_leaves_no_session(bench: Bench) -> None:
    target = await bench.online_linux()
    start, begun = bench.lab.book.start, []

    def announce(*args: Any, **named: Any) -> LabSession:
        starting.cancel()
        begun.append(start(*args, **named))
        return begun[-1]

    bench.lab.book.start = announce  # type: ignore[method-assign]
    starting = bench.tasks.start("start", bench.gateway.start_session(StartRequest(target)))
    await asyncio.wait({starting})
    await bench.gateway.close()
    assert starting.cancelled()
    await wait_until("the session has ended", lambda: not begun[0].active)
