"""The AWS CLI with ``ssmtui`` as its session-manager-plugin, against the lab: sessions, ports, ssh's way, ECS Exec."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ssmtui.cli.plugin_shim import install_shim
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.tasks import Tasks
from tests.interop.test_ssh import opened
from tests.support.live_faults import LIMIT
from tests.support.official_client import PATIENCE, OfficialClient, official_environment
from tests.support.open_tunnel import PEERS
from tests.support.real_servers import body, no_sshd
from tests.support.tcp_service import TcpService, free_port
from tests.support.wait import wait_until

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("aws") is None, reason="not on PATH: aws"),
    pytest.mark.skipif(sys.platform == "win32", reason="the AWS CLI is driven through a pty"),
]

if sys.platform != "win32":
    from ssmtui.lab.pty_shell import PtyShell

PROMPT = "ssm-user@web-1:~$ "
Start = Callable[..., Awaitable[OfficialClient]]


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """As `ssmtui lab` serves it, real agents' deafness after a handshake included."""
    lab = Lab(LabOptions())
    await lab.start()
    yield lab
    await lab.close()


@pytest.fixture
def environment(lab: Lab, tmp_path: Path) -> dict[str, str]:
    """Leads the AWS CLI to the lab and to our program."""
    environment = official_environment(lab, tmp_path)
    install_shim(tmp_path / "bin", environment)
    homes = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    return {**environment, **homes, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{environment['PATH']}"}


@pytest.fixture
async def run(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Start]:
    """Runs ``aws`` with arguments in a terminal."""
    shells: list[PtyShell] = []
    readers = Tasks("aws")

    async def run(*arguments: str) -> OfficialClient:
        shells.append(await PtyShell.start(["aws", *arguments], environment, tmp_path))
        client = OfficialClient(shells[-1])
        readers.start("screen", client.read())
        return client

    yield run
    for shell in shells:
        await shell.kill()
    await readers.close()


@pytest.fixture
async def echo() -> AsyncIterator[TcpService]:
    service = TcpService(echoes=True)
    await service.start()
    yield service
    await service.close()


def start_session(lab: Lab, document: str = "", node: str = "web-1", **parameters: str) -> list[str]:
    command = ["ssm", "start-session", "--target", lab.fleet.named(node).id]
    if document:
        values = json.dumps({name: [value] for name, value in parameters.items()})
        command += ["--document-name", document, "--parameters", values]
    return command


async def until_terminated(lab: Lab) -> None:
    """Wait until no session is left."""
    sessions = list(lab.book)
    assert sessions
    await wait_until("all sessions have ended", lambda: {one.status for one in sessions} == {"Terminated"}, PATIENCE)


async def exchange(port: int, data: bytes) -> bytes:
    """Send ``data`` to a service that echoes, and what comes back of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        async with asyncio.timeout(PATIENCE):
            return await reader.readexactly(len(data))
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_a_shell(run: Start, lab: Lab) -> None:
    client = await run(*start_session(lab))
    await client.until("Starting session with SessionId: jane@example.com-")
    await client.until(PROMPT)
    client.type("stty size\r")
    await client.until("33 101")
    client.type("sh -c 'echo up=$((40+2)); exec sleep 600'\r")
    await client.until("up=42")
    client.type("\x03")
    await client.until("^C")
    client.type("\x1a echo stopped=$((40+2))\r")
    await client.until("stopped=42")
    client.type("exit\r")
    screen = await client.until_ended()
    assert "Exiting session with sessionId: jane@example.com-" in screen
    assert "outdated" not in screen
    await until_terminated(lab)


async def test_a_command_without_a_terminal(run: Start, lab: Lab) -> None:
    command = "sh -c 'echo out; echo err >&2; exit 3'"
    document = "AWS-StartNonInteractiveCommand"
    client = await run(*start_session(lab, document, command=command, separateOutputStream="true"))
    assert {"out", "err", "EXIT_CODE: 3"} <= set((await client.until_ended()).split("\n"))


@pytest.mark.parametrize("node", ["web-1", "win-build"])
async def test_a_port(run: Start, lab: Lab, echo: TcpService, node: str) -> None:
    port = free_port()
    forward = {"portNumber": str(echo.port), "localPortNumber": str(port)}
    client = await run(*start_session(lab, "AWS-StartPortForwardingSession", node, **forward))
    await client.until(f"Port {port} opened for sessionId jane@example.com-")
    await client.until("Waiting for connections...")
    sent = [bytes([number]) * 50_000 for number in range(8)]
    tasks = Tasks("exchanges")
    exchanges = [tasks.start(f"{data[0]}", exchange(port, data), awaited=True) for data in sent]
    assert await asyncio.gather(*exchanges) == sent
    await client.until("Connection accepted for session [jane@example.com-")
    client.type("\x03")
    assert "Terminate signal received, exiting." in await client.until_ended()
    await until_terminated(lab)


async def test_a_port_through_an_outage(run: Start, lab: Lab, echo: TcpService) -> None:
    port = free_port()
    forward = {"portNumber": str(echo.port), "localPortNumber": str(port)}
    client = await run(*start_session(lab, "AWS-StartPortForwardingSession", **forward))
    await client.until("Waiting for connections...")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(3):
        writer.write(b"%d" % number * 100_000)
        if number:
            lab.cut_clients()
        async with asyncio.timeout(PATIENCE):
            assert await reader.readexactly(100_000) == b"%d" % number * 100_000
    writer.close()
    await writer.wait_closed()
    client.type("\x03")
    await client.until_ended()
    await until_terminated(lab)


async def test_a_port_that_is_taken(run: Start, lab: Lab, echo: TcpService) -> None:
    forward = {"portNumber": str(echo.port), "localPortNumber": str(echo.port)}
    client = await run(*start_session(lab, "AWS-StartPortForwardingSession", **forward))
    screen = await client.until_ended()
    assert "The local port is taken" in screen
    token = next(iter(lab.book)).token
    assert token
    assert token not in screen
    await until_terminated(lab)


async def test_a_forbidden_host(run: Start, lab: Lab) -> None:
    forward = {"host": "169.254.169.254", "portNumber": "80", "localPortNumber": str(free_port())}
    client = await run(*start_session(lab, "AWS-StartPortForwardingSessionToRemoteHost", **forward))
    assert "Forwarding to IP address 169.254.169.254 is forbidden." in await client.until_ended()


async def test_ssh_s_way(lab: Lab, environment: dict[str, str], tmp_path: Path, echo: TcpService) -> None:
    """On pipes, and hung up at the end, as ssh runs its ProxyCommand."""
    command = ["aws", *start_session(lab, "AWS-StartSSHSession", portNumber=str(echo.port))]
    pipe = asyncio.subprocess.PIPE
    client = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=pipe, process_group=0
    )
    assert client.stdin is not None
    assert client.stdout is not None
    data = os.urandom(200_000)
    client.stdin.write(data)
    async with asyncio.timeout(PATIENCE):
        assert await client.stdout.readexactly(len(data)) == data
        os.killpg(client.pid, signal.SIGHUP)
        assert await client.communicate() == (b"", b"")
    await until_terminated(lab)


async def test_a_closed_terminal_leaves_no_session(run: Start, lab: Lab, environment: dict[str, str]) -> None:
    environment["SSMTUI_ON_HANGUP"] = "end"
    client = await run(*start_session(lab))
    await client.until(PROMPT)
    os.killpg(client.pid, signal.SIGHUP)
    await until_terminated(lab)


async def test_ended_from_elsewhere(run: Start, lab: Lab, environment: dict[str, str]) -> None:
    client = await run(*start_session(lab))
    await client.until(PROMPT)
    session = next(session for session in lab.book if session.active)
    command = ["aws", "ssm", "terminate-session", "--session-id", session.session_id]
    terminate = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)
    assert await terminate.wait() == 0
    assert "Exiting session with sessionId: jane@example.com-" in await client.until_ended()


async def test_an_encrypted_shell(run: Start, lab: Lab) -> None:
    client = await run(*start_session(lab, "Ops-EncryptedShell"))
    await client.until(PROMPT)
    client.type("echo $((6*7)) in secret\r")
    await client.until("42 in secret")
    client.type("exit\r")
    await client.until_ended()


async def test_a_container(run: Start, lab: Lab) -> None:
    """Its token is among the arguments, and its endpoint that of ECS."""
    task, container = next(
        (task, container)
        for task in lab.site().containers.tasks
        for container in task.containers
        if task.execute and task.status == "RUNNING" and container.runtime_id
    )
    client = await run(
        *("ecs", "execute-command", "--cluster", task.cluster.name, "--task", task.arn),
        *("--container", container.name, "--interactive", "--command", "sh"),
    )
    await client.until("The Session Manager plugin was installed successfully.")
    await client.until("Starting session with SessionId: ecs-execute-command-")
    client.type("echo $((6*7)) in a container\r")
    await client.until("42 in a container")
    client.type("exit\r")
    assert "Exiting session with sessionId: ecs-execute-command-" in await client.until_ended()


@pytest.mark.timeout(LIMIT)
@pytest.mark.skipif(bool(no_sshd()), reason=no_sshd())
@pytest.mark.parametrize("peer", PEERS)
async def test_ssh_and_scp(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AWS's own ProxyCommand, to a real sshd."""
    sent = body(300_000)
    (tmp_path / "here").write_bytes(sent)
    async with opened(peer, monkeypatch, tmp_path) as desk:
        install_shim(tmp_path / "bin", desk.environment)
        desk.environment["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{desk.environment['PATH']}"
        start = "aws ssm start-session --target %h --document-name AWS-StartSSHSession --parameters portNumber="
        options = desk.server.options(f"{start}{desk.server.port}")
        said = await desk.run("ssh", *options, desk.node, "echo out; echo err >&2; exit 7")
        assert (said.code, said.output, said.errors) == (7, "out\n", "err\n")
        await desk.until_gone()
        there = desk.server.place / "there"
        copied = await desk.run("scp", "-q", *options, str(tmp_path / "here"), f"{desk.node}:{there}")
        assert (copied.code, copied.output) == (0, ""), copied.errors
        assert there.read_bytes() == sent
        await desk.until_gone()
