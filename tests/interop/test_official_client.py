"""The official AWS CLI and session-manager-plugin against the lab: the lab speaks to a client that is not ours."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.tasks import Tasks
from tests.support.official_client import PATIENCE, OfficialClient, official_environment, why_not
from tests.support.tcp_service import TcpService, free_port
from tests.support.wait import wait_until

pytestmark = [pytest.mark.interop, pytest.mark.skipif(bool(why_not()), reason=why_not())]

if sys.platform != "win32":
    from ssmtui.lab.pty_shell import PtyShell


@pytest.fixture
def deaf() -> float:
    """Seconds for which agents are deaf after a handshake. A real one's are a moment, for which the official client
    does not wait; the lab's own 20 ms are for ours to survive (protocol.md section 11 row 2).
    """
    return 0.0


@pytest.fixture
async def lab(deaf: float) -> AsyncIterator[Lab]:
    """As `ssmtui lab` serves it, but for how long it is deaf."""
    lab = Lab(LabOptions(deaf=deaf))
    await lab.start()
    yield lab
    await lab.close()


@pytest.fixture
def environment(lab: Lab, tmp_path: Path) -> dict[str, str]:
    """Leads the official client to the lab."""
    return official_environment(lab, tmp_path)


Start = Callable[..., Awaitable[OfficialClient]]


@pytest.fixture
async def start(lab: Lab, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Start]:
    shells: list[PtyShell] = []
    readers = Tasks("official")

    async def start(name: str = "web-1", **parameters: str) -> OfficialClient:
        document = parameters.pop("document", None)
        command = ["aws", "ssm", "start-session", "--target", lab.fleet.named(name).id]
        if document is not None:
            values = json.dumps({key: [value] for key, value in parameters.items()})
            command += ["--document-name", document, "--parameters", values]
        shells.append(await PtyShell.start(command, environment, tmp_path))
        client = OfficialClient(shells[-1])
        readers.start("screen", client.read())
        return client

    yield start
    for shell in shells:
        await shell.kill()
    await readers.close()


async def test_a_shell(start: Start) -> None:
    client = await start()
    await client.until("ssm-user@web-1:~$ ")
    client.type("echo $((6*7))\r")
    await client.until("42")
    client.type("stty size\r")
    await client.until("33 101")
    client.type("sh -c 'echo up=$((40+2)); exec sleep 600'\r")
    await client.until("up=42")
    client.type("\x03")
    await client.until("^C")
    client.type("echo interrupted=$?\r")
    await client.until("interrupted=130")
    client.type("exit\r")
    assert "Exiting session with sessionId: jane@example.com-" in await client.until_ended()


async def test_a_flood(start: Start) -> None:
    client = await start(document="AWS-StartInteractiveCommand", command="seq -f 'ä%06g' 30000")
    screen = await client.until_ended()
    assert [line for line in screen.split("\n") if line.startswith("ä")] == [f"ä{n:06d}" for n in range(1, 30_001)]


async def test_a_command_without_a_terminal(start: Start) -> None:
    client = await start(
        document="AWS-StartNonInteractiveCommand",
        command="sh -c 'echo out; echo err >&2; exit 3'",
        separateOutputStream="true",
    )
    screen = await client.until_ended()
    assert {"out", "err", "EXIT_CODE: 3"} <= set(screen.split("\n"))


async def until_listening(client: OfficialClient, port: int) -> None:
    """Wait until it says that it listens, in the words that all of its releases have."""
    await client.until(f"Port {port} opened for sessionId jane@example.com-")


async def until_left(lab: Lab) -> None:
    """Wait until its session has ended, or is without it: it exits as soon as it has sent the flag that ends the
    session, and what it has not read by then breaks the socket before the flag is read."""
    session = next(iter(lab.book))
    await wait_until("the session to be left", lambda: session.status in ("Terminated", "Disconnected"))


async def exchange(port: int, data: bytes) -> bytes:
    """Send ``data`` through a forward to a service that echoes, and what comes back of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        async with asyncio.timeout(PATIENCE):
            return await reader.readexactly(len(data))
    finally:
        writer.transport.abort()


@pytest.fixture
async def echo() -> AsyncIterator[TcpService]:
    service = TcpService(echoes=True)
    await service.start()
    yield service
    await service.close()


@pytest.mark.parametrize("node", ["web-1", "win-build"])
async def test_a_port_forward_with_many_connections(start: Start, lab: Lab, echo: TcpService, node: str) -> None:
    port = free_port()
    client = await start(
        node,
        document="AWS-StartPortForwardingSession",
        portNumber=str(echo.port),
        localPortNumber=str(port),
    )
    await until_listening(client, port)
    sent = [bytes([number]) * 50_000 for number in range(8)]
    tasks = Tasks("exchanges")
    exchanges = [tasks.start(f"{data[0]}", exchange(port, data)) for data in sent]
    assert await asyncio.gather(*exchanges) == sent
    assert await exchange(port, b"another") == b"another"
    client.type("\x03")
    assert "Terminate signal received, exiting." in await client.until_ended()
    await until_left(lab)


async def test_a_port_forward_to_a_remote_host_that_refuses(start: Start, lab: Lab) -> None:
    port = free_port()
    client = await start(
        document="AWS-StartPortForwardingSessionToRemoteHost",
        host="127.0.0.1",
        portNumber=str(free_port()),
        localPortNumber=str(port),
    )
    await until_listening(client, port)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await exchange(port, b"anybody?")
    await client.until("Connection to destination port failed")
    assert not client.ended
    client.type("\x03")
    await client.until_ended()


# The official client's reader dies of what comes in the moment after a handshake (section 11 row 4).
@pytest.mark.parametrize("deaf", [0.2])
async def test_a_forbidden_host(start: Start) -> None:
    client = await start(
        document="AWS-StartPortForwardingSessionToRemoteHost",
        host="169.254.169.254",
        portNumber="80",
        localPortNumber=str(free_port()),
    )
    assert "Forwarding to IP address 169.254.169.254 is forbidden." in await client.until_ended()


class TestOldAgents:
    """Agents that know one connection at a time."""

    @pytest.fixture
    async def lab(self) -> AsyncIterator[Lab]:
        lab = Lab(LabOptions(deaf=0.0, faults=parse_faults("agent-version=3.0.196.0")))
        await lab.start()
        yield lab
        await lab.close()

    async def test_a_port_forward_with_one_connection_after_the_other(
        self, start: Start, lab: Lab, echo: TcpService
    ) -> None:
        port = free_port()
        client = await start(
            document="AWS-StartPortForwardingSession", portNumber=str(echo.port), localPortNumber=str(port)
        )
        await until_listening(client, port)
        for number in range(1, 4):
            assert await exchange(port, b"x" * number * 10_000) == b"x" * number * 10_000
            await wait_until(
                "the agent's connection to be closed", lambda number=number: echo.connections[number - 1].ended
            )
        client.type("\x03")
        await client.until_ended()
        await until_left(lab)


async def test_a_node_that_is_not_connected(start: Start) -> None:
    client = await start("api-5")
    assert "(TargetNotConnected)" in await client.until_ended()


async def test_terminate_from_elsewhere(start: Start, lab: Lab, environment: dict[str, str]) -> None:
    client = await start()
    await client.until("ssm-user@web-1:~$ ")
    session = next(session for session in lab.book if session.active)
    command = ["aws", "ssm", "terminate-session", "--session-id", session.session_id]
    terminate = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)
    assert await terminate.wait() == 0
    assert "Exiting session with sessionId: jane@example.com-" in await client.until_ended()
