"""Port sessions without a multiplexer, raw and basic, through a live channel (protocol.md section 6.4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.protocol import Flag
from tests.support.lab_client import Aws, ChannelClient
from tests.support.tcp_service import free_port
from tests.support.wait import wait_until
from tests.unit.lab.conftest import NOW, Listen, StartChannel

OLD_CLIENT = "1.1.61.0"
"""Makes any agent take a forward for a basic one."""


def ssh(port: int) -> dict[str, object]:
    return {"DocumentName": "AWS-StartSSHSession", "Parameters": {"portNumber": [str(port)]}}


def forward(port: int) -> dict[str, object]:
    document = "AWS-StartPortForwardingSession"
    return {
        "client_version": OLD_CLIENT,
        "DocumentName": document,
        "Parameters": {"portNumber": [str(port)], "localPortNumber": ["0"]},
    }


async def ended(lab: Lab, client: ChannelClient) -> str:
    """The book's last word on the client's session."""
    session = lab.book.find(client.grant["SessionId"])
    assert session is not None
    await wait_until("the book to say so", lambda: not session.active)
    return session.status


# Raw


@pytest.mark.parametrize("node", ["web-1", "win-build"])
async def test_edge_94_a_raw_stream_goes_both_ways_and_its_service_ends_the_session(
    start: StartChannel, listen: Listen, lab: Lab, node: str
) -> None:
    service = await listen(greeting=b"SSH-2.0-there\r\n")
    client = await start(node, **ssh(service.port))
    await client.until("SSH-2.0-there\r\n")
    ready = await client.until_ready()
    assert ready.session_type == "Port"
    assert ready.properties == {"portNumber": str(service.port)}
    await client.send(b"\n")
    await client.send(bytes(range(256)) * 40)
    (heard,) = service.connections
    await wait_until("all of it", lambda: bytes(heard.data) == b"\n" + bytes(range(256)) * 40)
    heard.writer.write(b"bye")
    heard.writer.close()
    assert await client.until_closed() == ""
    assert bytes(client.output) == b"SSH-2.0-there\r\nbye"
    assert await ended(lab, client) == "Terminated"


async def test_edge_94_a_disconnect_flag_in_a_raw_stream_is_a_failure(
    start: StartChannel, listen: Listen, lab: Lab
) -> None:
    service = await listen(greeting=b"hello")
    client = await start(**ssh(service.port))
    await client.until("hello")
    await client.flag(Flag.DISCONNECT_TO_PORT)
    assert await client.until_closed() == ""
    assert await ended(lab, client) == "Failed"
    assert len(service.connections) == 1


@pytest.mark.parametrize("document", [ssh, forward], ids=["raw", "basic"])
async def test_a_refused_connection_ends_the_session_at_its_start(
    start: StartChannel, lab: Lab, document: Callable[[int], dict[str, object]]
) -> None:
    port = free_port()
    client = await start(**document(port))
    told = await client.until_closed()
    assert told == f"Unable to connect to specified port: dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert await ended(lab, client) == "Failed"


class TestAgentsThatDie:
    """The real agent's process dies of a port that refuses."""

    @pytest.fixture
    def options(self) -> LabOptions:
        return LabOptions(start_delay=0.0, deaf=0.0, now=lambda: NOW, faults=parse_faults("crash=1s"))

    async def test_nothing_is_acknowledged_and_the_main_process_says_so_later(
        self, start: StartChannel, lab: Lab
    ) -> None:
        client = await start(**ssh(free_port()))
        await client.until_ready()
        for greeting in (b"SSH-2.0-here\r\n", b"more"):
            await client.send(greeting)
        await wait_until("a frame to be sent again", lambda: client.core.counters.resent)
        assert client.core.unacknowledged[0] == 2
        told = await client.until_closed()
        assert told.startswith("document process failed unexpectedly: ipc messaging received timeout signal , check")
        assert await ended(lab, client) == "Failed"


async def test_terminate_ends_a_raw_stream(start: StartChannel, listen: Listen, lab: Lab) -> None:
    service = await listen(greeting=b"hello")
    client = await start(**ssh(service.port))
    await client.until("hello")
    await client.flag(Flag.TERMINATE)
    assert await client.until_closed() == ""
    assert await ended(lab, client) == "Terminated"
    (heard,) = service.connections
    await wait_until("the connection to be closed", lambda: heard.ended)


async def test_terminate_session_closes_the_connection(start: StartChannel, listen: Listen, aws: Aws) -> None:
    service = await listen(greeting=b"hello")
    client = await start(**ssh(service.port))
    await client.until("hello")
    await aws.call("ssm", "TerminateSession", SessionId=client.grant["SessionId"])
    assert await client.until_closed() == ""
    (heard,) = service.connections
    await wait_until("the connection to be closed", lambda: heard.ended)


# Basic


async def test_edge_88_the_client_closes_and_the_next_bytes_dial_again(start: StartChannel, listen: Listen) -> None:
    service = await listen(greeting=b"hello")
    client = await start(**forward(service.port))
    await client.until("hello")
    await client.send(b"first")
    await wait_until("the first bytes", lambda: bytes(service.connections[0].data) == b"first")
    await client.flag(Flag.DISCONNECT_TO_PORT)
    await wait_until("the connection to be closed", lambda: service.connections[0].ended)
    assert len(service.connections) == 1, "nobody has asked for another yet"
    await client.send(b"second")
    await wait_until("another connection", lambda: len(service.connections) == 2)
    await wait_until("the second bytes", lambda: bytes(service.connections[1].data) == b"second")
    assert bytes(service.connections[0].data) == b"first"
    await client.until("hellohello")


async def test_edge_88_bytes_right_behind_the_flag_come_again_and_go_to_the_new_connection(
    start: StartChannel, listen: Listen
) -> None:
    service = await listen(greeting=b"hello")
    client = await start(**forward(service.port))
    await client.until("hello")
    await client.send(b"first")
    await wait_until("the first bytes", lambda: service.connections[0].data)
    resent = client.core.counters.resent
    await client.flag(Flag.DISCONNECT_TO_PORT)
    await client.send(b"second")
    await wait_until("another connection", lambda: len(service.connections) == 2)
    await wait_until("the second bytes", lambda: bytes(service.connections[1].data) == b"second")
    assert bytes(service.connections[0].data) == b"first"
    assert client.core.counters.resent > resent


async def test_edge_88_a_destination_that_closes_tells_nobody(start: StartChannel, listen: Listen) -> None:
    service = await listen(greeting=b"hello")
    client = await start(**forward(service.port))
    await client.until("hello")
    service.connections[0].writer.write(b" and goodbye")
    service.connections[0].writer.close()
    await client.until("hello and goodbye")
    await wait_until("the agent to close its end", lambda: service.connections[0].ended)
    assert (client.closed, client.flags) == (None, [])
    await client.send(b"late")
    await wait_until("another connection", lambda: len(service.connections) == 2)
    await wait_until("the bytes", lambda: bytes(service.connections[1].data) == b"late")


async def test_edge_88_a_second_connection_that_is_refused_ends_the_session(
    start: StartChannel, listen: Listen
) -> None:
    service = await listen(greeting=b"hello")
    client = await start(**forward(service.port))
    await client.until("hello")
    await service.stop_listening()
    await client.flag(Flag.DISCONNECT_TO_PORT)
    await wait_until("the connection to be closed", lambda: service.connections[0].ended)
    await client.send(b"second")
    assert (await client.until_closed()).startswith("Unable to connect to specified port: ")


async def test_terminate_ends_a_session_that_waits_for_bytes_to_dial_for(start: StartChannel, listen: Listen) -> None:
    service = await listen(greeting=b"hello")
    client = await start(**forward(service.port))
    await client.until("hello")
    await client.flag(Flag.DISCONNECT_TO_PORT)
    await client.flag(Flag.TERMINATE)
    assert await client.until_closed() == ""


class TestOldAgents:
    @pytest.fixture
    def options(self) -> LabOptions:
        return LabOptions(start_delay=0.0, now=lambda: NOW, faults=parse_faults("agent-version=2.3.722.0"))

    async def test_they_do_not_know_the_terminate_flag(self, start: StartChannel, listen: Listen, aws: Aws) -> None:
        service = await listen(echoes=True)
        client = await start(
            DocumentName="AWS-StartPortForwardingSession", Parameters={"portNumber": [str(service.port)]}
        )
        await client.until_ready()
        await client.send(b"one")
        await client.until("one")
        await client.flag(Flag.TERMINATE)
        await client.send(b" two")
        await client.until("one two")
        assert client.closed is None
