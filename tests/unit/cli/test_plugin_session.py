"""A session that another program has started, on a service in memory: what it becomes, what is printed and left."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ssmtui.cli import plugin_port
from ssmtui.cli.plugin_call import PluginCall
from ssmtui.cli.plugin_session import PluginSession
from ssmtui.cli.plugin_signals import EarlySignals
from ssmtui.config.settings import Settings
from ssmtui.errors import AccessDenied, ConnectionFailed, SsmtuiError, UsageError
from ssmtui.model import Grant, StartRequest
from ssmtui.outbox import Outbox
from ssmtui.protocol import Flag
from ssmtui.sessions.entry import ServiceLine
from ssmtui.tasks import Tasks
from tests.support.memory import MemoryAgent, MemoryService
from tests.support.wait import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes that the loop watches")

MUX = {"portNumber": "80", "type": "LocalPortForwarding"}
GRANT = Grant("jane-1", "wss://ssmmessages.test/jane-1", "token")


class Stage:
    """A service, and what the plugin prints on it."""

    def __init__(self, printed: int) -> None:
        self.service = MemoryService()
        self.tasks = Tasks("test")
        self.early = EarlySignals()
        self._printed = printed

    def run(self, *, read_only: bool = False) -> asyncio.Task[None]:
        call = PluginCall(GRANT, StartRequest("i-1"), "eu-west-1")
        line = ServiceLine(self.service, self.service)
        return self.tasks.start(
            "run", PluginSession(call, line, Settings(), self.early, read_only=read_only).run(), awaited=True
        )

    async def agent(self) -> MemoryAgent:
        await wait_until("there is a channel", lambda: "jane-1" in self.service.agents)
        return self.service.agents["jane-1"]

    @property
    def printed(self) -> str:
        return os.pread(self._printed, 65_536, 0).decode()

    async def says(self, text: str) -> str:
        """Wait until it is printed; return what was."""
        await wait_until(f"{text!r} is printed", lambda: text in self.printed, 10, lambda: self.printed)
        return self.printed

    async def end(self, run: asyncio.Task[None], agent: MemoryAgent, reason: str = "") -> None:
        """End the session at its other end."""
        await agent.finish(reason)
        async with asyncio.timeout(10):
            await run


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    printed = os.open(tmp_path / "printed", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    made = Stage(printed)
    monkeypatch.setattr(plugin_port, "Outbox", lambda descriptor: Outbox(printed))
    yield made
    await made.tasks.close()
    await made.service.close()
    os.close(printed)


async def test_a_unix_socket(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "db.sock"
    run, agent = stage.run(), await stage.agent()
    agent.offer("Port", **MUX, localConnectionType="unix", localUnixSocket=str(path))
    assert f"Unix socket {path} opened for sessionId jane-1.\nWaiting for connections...\n" in await stage.says("Wait")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    _, writer = await asyncio.open_unix_connection(str(path))
    await stage.says("\nConnection accepted for session [jane-1]\n")
    await wait_until("a stream is opened on the node", lambda: agent.received)
    await stage.end(run, agent)
    writer.close()
    assert not path.exists()
    assert stage.printed.endswith("\n\nExiting session with sessionId: jane-1.\n\n")
    assert stage.service.terminated == []


async def test_an_old_agent_s_one_connection(stage: Stage) -> None:
    run, agent = stage.run(), await stage.agent()
    agent.offer("Port", "3.0.196.0", **MUX)
    port = int((await stage.says("opened")).split("Port ")[1].split()[0])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    await stage.says("Connection accepted for session jane-1.\n")
    assert "Waiting" not in stage.printed
    writer.close()
    await stage.end(run, agent)


async def test_the_service_says_why_it_ended(stage: Stage) -> None:
    run, agent = stage.run(), await stage.agent()
    agent.offer("Port", **MUX)
    await stage.says("Waiting")
    await stage.end(run, agent, "Your session timed out\x1b[31m.")
    assert stage.printed.endswith("\n\nSessionId: jane-1 : Your session timed out\ufffd[31m.\n\n")


async def test_an_outage_keeps_the_port(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    run, agent = stage.run(), await stage.agent()
    agent.offer("Port", **MUX)
    await stage.says("Waiting")
    agent.link.break_off()
    await wait_until("it is resumed", lambda: stage.service.resumed == ["jane-1"])
    said = ""

    def goes_on() -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return "Connected again; the session goes on." in said

    await wait_until("it says that it goes on", goes_on)
    assert said.count("Connection lost") == 1
    assert not run.done()
    await stage.end(run, agent)


@pytest.mark.parametrize("port", ["x", "65536", "-1", "1 ", "²", "9" * 5000])
async def test_a_port_that_is_none(stage: Stage, port: str) -> None:
    run, agent = stage.run(), await stage.agent()
    agent.offer("Port", **MUX, localPortNumber=port)
    with pytest.raises(UsageError, match="The local port cannot be used"):
        await run
    assert agent.flags == [Flag.TERMINATE]


async def test_a_read_only_run_opens_no_port(stage: Stage) -> None:
    run, agent = stage.run(read_only=True), await stage.agent()
    agent.offer("Port", **MUX)
    with pytest.raises(UsageError, match="read-only"):
        await run
    assert stage.service.terminated == ["jane-1"]


async def test_no_channel(stage: Stage) -> None:
    stage.service.refuse_dial = ConnectionFailed("no route", passing=False)
    with pytest.raises(ConnectionFailed, match="no route"):
        await stage.run()
    assert (stage.service.started, stage.service.terminated) == ([], ["jane-1"])


async def test_the_agent_refuses(stage: Stage) -> None:
    run, agent = stage.run(), await stage.agent()
    await agent.finish("Forwarding to IP address 169.254.169.254 is forbidden.")
    with pytest.raises(SsmtuiError, match="is forbidden"):
        await run
    assert stage.printed == ""


async def test_a_policy_that_forbids_the_end_is_said(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.service.refuse_terminate = AccessDenied("not authorized", operation="TerminateSession")
    run, agent = stage.run(read_only=True), await stage.agent()
    agent.offer("Port", **MUX)
    with pytest.raises(UsageError):
        await run
    assert "Your policy does not let you end sessions" in capsys.readouterr().err


async def test_a_cancelled_run_leaves_no_session(stage: Stage) -> None:
    run = stage.run()
    await stage.agent()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert stage.service.terminated == ["jane-1"]


async def test_a_signal_before_anything_could_handle_it_ends_the_session(stage: Stage) -> None:
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGQUIT)}
    before |= {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        stage.early.heed()
        os.kill(os.getpid(), signal.SIGINT)
        async with asyncio.timeout(10):
            await stage.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert stage.service.terminated == ["jane-1"]


async def test_a_second_one_interrupts(stage: Stage) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)}
    hang_up = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        stage.early.heed()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN, "as nohup means it"
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    finally:
        for number, handler in {**before, signal.SIGHUP: hang_up}.items():
            signal.signal(number, handler)


async def test_a_terminal_is_announced_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    run = stage.run()
    await stage.agent()
    assert capsys.readouterr().out == "\nStarting session with SessionId: jane-1\n"
    run.cancel()
    await asyncio.wait({run})
