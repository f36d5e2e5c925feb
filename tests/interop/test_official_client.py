"""The official AWS CLI and session-manager-plugin against the lab: the lab speaks to a client that is not ours."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.model import TerminalSize
from ssmtui.tasks import TaskGroup
from tests.support.wait import wait_until

MISSING = [program for program in ("aws", "session-manager-plugin") if shutil.which(program) is None]

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(bool(MISSING), reason=f"not on PATH: {', '.join(MISSING)}"),
    pytest.mark.skipif(sys.platform == "win32", reason="the official client is driven through a pty"),
]

if sys.platform != "win32":
    from ssmtui.lab.pty_shell import PtyShell

PATIENCE = 20.0


class OfficialClient:
    """One run of ``aws ssm start-session`` on a terminal of 101 x 33."""

    def __init__(self, shell: PtyShell) -> None:
        self._shell = shell
        self.screen = b""
        self.ended = False
        shell.resize(TerminalSize(101, 33))

    async def read(self) -> None:
        """Everything it prints, to its end."""
        while chunk := await self._shell.read(65_536):
            self.screen += chunk
        self.ended = True

    def type(self, text: str) -> None:
        self._shell.write(text.encode())

    async def until(self, text: str) -> None:
        await wait_until(f"{text!r} on its screen", lambda: text.encode() in self.screen, PATIENCE, lambda: self.screen)

    async def until_ended(self) -> str:
        """What it had printed when it ended, its line ends made plain."""
        await wait_until("the official client to end", lambda: self.ended, PATIENCE, lambda: self.screen)
        return self.screen.decode().replace("\r", "")


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """As `ssmtui lab` serves it."""
    lab = Lab(LabOptions())
    await lab.start()
    yield lab
    await lab.close()


@pytest.fixture
def environment(lab: Lab, tmp_path: Path) -> dict[str, str]:
    """Leads the official client to the lab, and away from the person's own AWS files."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        **lab.address.environment,
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "TERM": "xterm-256color",
    }


Start = Callable[..., Awaitable[OfficialClient]]


@pytest.fixture
async def start(lab: Lab, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Start]:
    shells: list[PtyShell] = []
    readers = TaskGroup("official")

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


async def test_a_session_type_that_the_lab_has_not(start: Start) -> None:
    client = await start(document="AWS-StartPortForwardingSession", portNumber="22")
    assert "Plugin with name Port is not supported by this version of ssm agent" in await client.until_ended()


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
