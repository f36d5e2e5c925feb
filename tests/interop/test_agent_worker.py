"""Our client against the official agent's session worker: real shells behind the real other end of the data channel."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections.abc import AsyncIterator

import pytest

from ssmtui.errors import StreamClosed
from ssmtui.forwards.port_session import PortSession
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.protocol.versions import PortMode
from ssmtui.sessions import carrier
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from tests.support.agent_worker import PROMPT, WorkerAgent, WorkerBench, why_not, worker_stack
from tests.support.digest_service import exchange, service
from tests.support.lab_stack import LabStack
from tests.support.tcp_service import TcpService
from tests.support.wait import wait_until

pytestmark = [pytest.mark.interop, pytest.mark.skipif(bool(why_not()), reason=why_not())]

PATIENCE = 20.0
SEED = 20261124
LINES = 300_000
"""About 2 MB, of which the agent sends not quite 0.7 in a second."""
INPUT = 200_000


class Desk:
    """One session on a worker, and what came of it."""

    session: ChannelSession

    def __init__(self, stack: LabStack, bench: WorkerBench) -> None:
        self.stack, self.bench = stack, bench

    async def start(self, document: str | None = None, **parameters: str) -> None:
        """Start it; with no document it is the account's shell."""
        values = {name: (value,) for name, value in parameters.items()}
        request = StartRequest(await self.stack.target(), document, values)
        self.session = self.stack.session(request)
        self.session.resize(TerminalSize(101, 33))

    async def shell(self) -> None:
        """Start the account's shell and wait for its prompt."""
        await self.start()
        await self.until(PROMPT.encode())

    async def until(self, text: bytes, timeout: float = PATIENCE) -> None:
        await wait_until(f"{text!r} in the output", lambda: text in self.output, timeout, self.report)

    async def until_ended(self, timeout: float = PATIENCE) -> None:
        await wait_until("the session to end", lambda: not self.session.state.live, timeout, self.report)
        assert self.session.state is SessionState.ENDED, self.report()

    @property
    def worker(self) -> WorkerAgent:
        return self.bench.workers[self.session.session_id]

    @property
    def output(self) -> bytes:
        return bytes(self.stack.viewer.output)

    def report(self) -> str:
        log = self.worker.log()[-4000:] if self.session.session_id in self.bench.workers else "no worker"
        return f"{self.session.state} {self.session.error}\n{self.output[-2000:]!r}\n{log}"


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    async with worker_stack(monkeypatch) as (stack, bench):
        yield Desk(stack, bench)


def numbers(output: bytes) -> list[int]:
    """The lines that are nothing but a number."""
    return [int(line) for line in output.replace(b"\r", b"").split(b"\n") if line.isdigit()]


async def test_a_shell(desk: Desk) -> None:
    await desk.shell()
    assert desk.session.state is SessionState.OPEN
    desk.session.write(b"echo $((6*7))\r")
    await desk.until(b"42\r\n")
    desk.session.write(b"stty size\r")
    await desk.until(b"33 101\r\n")
    desk.session.resize(TerminalSize(80, 24))
    desk.session.write(b"until stty size | grep '24 80'; do sleep 0.05; done\r")
    await desk.until(b"24 80\r\n")
    desk.session.write(b"exit\r")
    await desk.until_ended()
    assert desk.worker.states == ["Connected", "Terminating"]
    assert desk.session.end_reason == ""


async def test_an_interrupt(desk: Desk) -> None:
    await desk.shell()
    desk.session.write(b"sh -c 'echo up=$((40+2)); exec sleep 600'\r")
    await desk.until(b"up=42")
    desk.session.write(b"\x03")
    await desk.until(b"^C")
    desk.session.write(b"echo interrupted=$?\r")
    await desk.until(b"interrupted=130")


async def test_a_flood_is_byte_exact(desk: Desk) -> None:
    await desk.shell()
    desk.session.write(b"stty -onlcr; seq 1 %d | tee sent | sha256sum; cat sent; echo ALL-$((6*7))\r" % LINES)
    await desk.until(b"ALL-42", 50)
    digest = re.search(rb"([0-9a-f]{64})  -\n", desk.output)
    assert digest is not None
    received = desk.output[digest.end() :].partition(b"ALL-42")[0]
    assert hashlib.sha256(received).hexdigest().encode() == digest[1]
    assert numbers(received) == list(range(1, LINES + 1))


async def send_much(desk: Desk, size: int) -> None:
    """Send so many random bytes into a file, and have its digest told."""
    data = bytes(random.Random(SEED).choices(range(256), k=size))
    desk.session.write(b"stty raw -echo; echo READY; head -c %d >file; stty sane; sha256sum file\r" % size)
    await desk.until(b"\nREADY")
    desk.session.write(data)
    await desk.until(b"  file\r\n" + PROMPT.encode(), 40)
    assert hashlib.sha256(data).hexdigest().encode() in desk.output, f"seed {SEED}"


async def test_much_input_is_byte_exact(desk: Desk) -> None:
    await desk.shell()
    await send_much(desk, INPUT)


async def test_much_input_is_byte_exact_through_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)
    async with worker_stack(monkeypatch, "cut-client=60000") as (stack, bench):
        desk = Desk(stack, bench)
        await desk.shell()
        await send_much(desk, INPUT)
        assert desk.session.resumes >= INPUT // 60_000


async def test_characters_are_whole_and_whole_is_what_comes(desk: Desk) -> None:
    await desk.start("AWS-StartInteractiveCommand", command="seq -f 'ä€😀%06g' 20000")
    await desk.until_ended()
    lines = desk.output.decode().replace("\r", "").split("\n")
    assert [line for line in lines if line] == [f"ä€😀{number:06d}" for number in range(1, 20_001)]


async def test_the_client_is_cut_and_nothing_is_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)  # each cut counts as a new one, whose pauses begin small
    await desk.shell()
    desk.session.write(b"seq 1 %d; echo ALL-$((6*7))\r" % LINES)
    for cut in range(1, 4):
        seen = len(desk.output)
        await wait_until("output to flow", lambda seen=seen: len(desk.output) > seen + 100_000, PATIENCE, desk.report)
        desk.stack.lab.cut_clients()
        await wait_until("the session resumed", lambda cut=cut: desk.session.resumes == cut, PATIENCE, desk.report)
    await desk.until(b"ALL-42\r", 50)
    assert numbers(desk.output) == list(range(1, LINES + 1))
    desk.session.write(b"echo $((40+2)) after all\r")
    await desk.until(b"42 after all")


async def test_the_agent_is_cut_and_nothing_is_lost(desk: Desk) -> None:
    await desk.shell()
    desk.session.write(b"stty -echo; seq 1 %d; echo ALL-$((6*7))\r" % (LINES // 3))
    await wait_until("output to flow", lambda: len(desk.output) > 100_000, PATIENCE, desk.report)
    desk.worker.cut()
    desk.session.write(b"echo typed $((40+2)) meanwhile\r")
    await desk.until(b"typed 42 meanwhile", 50)
    assert numbers(desk.output) == list(range(1, LINES // 3 + 1))
    assert desk.session.resumes == 0


async def test_loss_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    async with worker_stack(monkeypatch, "lose=0.02") as (stack, bench):
        desk = Desk(stack, bench)
        await desk.shell()
        await send_much(desk, INPUT // 10)
        desk.session.write(b"seq 1 20000; echo ALL-$((6*7))\r")
        await desk.until(b"ALL-42\r", 50)
        assert numbers(desk.output) == list(range(1, 20_001))


async def test_a_command_without_a_terminal(desk: Desk) -> None:
    command = "sh -c 'echo out; echo err >&2; exit 3'"
    await desk.start("AWS-StartNonInteractiveCommand", command=command, separateOutputStream="true")
    await desk.until_ended()
    assert (desk.output, bytes(desk.stack.viewer.stderr)) == (b"out\n", b"err\n")
    assert desk.session.exit_code == 3
    assert desk.session.session_type == "NonInteractiveCommands"


async def test_a_command_without_a_terminal_and_with_one_stream(desk: Desk) -> None:
    await desk.start("AWS-StartNonInteractiveCommand", command="sh -c 'echo out; echo err >&2; exit 3'")
    await desk.until_ended()
    assert desk.output == b"out\nerr\n"


async def test_an_encrypted_shell(desk: Desk) -> None:
    await desk.start("Ops-EncryptedShell")
    await desk.until(PROMPT.encode())
    assert desk.session.encrypted
    assert "encrypted" in desk.session.message
    desk.session.write(b"echo $((6*7)) in secret\r")
    await desk.until(b"42 in secret")


async def test_terminated_by_the_person(desk: Desk) -> None:
    await desk.shell()
    desk.session.end()
    await asyncio.wait_for(desk.session.life, PATIENCE)
    assert desk.session.state is SessionState.ENDED
    assert desk.session.confirmed_gone


async def port(stack: LabStack, document: str, number: int) -> PortSession:
    """A port session to a service on this machine."""
    request = StartRequest(await stack.target(), document, {"portNumber": (str(number),)})
    return PortSession(request, stack.gateway, stack.dialer, stack.tasks)


async def test_many_connections_through_a_port(desk: Desk) -> None:
    async with service() as number:
        session = await port(desk.stack, "AWS-StartPortForwardingSession", number)
        assert await session.opened() is PortMode.MUX
        await asyncio.gather(*(exchange(session, 40_000 + each) for each in range(5)))
        await exchange(session, 1)
        session.end()
        await asyncio.wait_for(session.session.life, PATIENCE)
        assert session.session.confirmed_gone


async def test_one_connection_through_a_port_for_ssh(desk: Desk) -> None:
    async with service() as number:
        session = await port(desk.stack, "AWS-StartSSHSession", number)
        assert await session.opened() is PortMode.RAW
        await exchange(session, 200_000)
        session.end()
        await asyncio.wait_for(session.session.life, PATIENCE)


async def test_connections_through_cuts_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)
    async with worker_stack(monkeypatch, "cut-client=150000") as (stack, _), service() as number:
        session = await port(stack, "AWS-StartPortForwardingSession", number)
        await asyncio.gather(*(exchange(session, 100_000 + each) for each in range(3)))
        assert session.session.resumes >= 3
        session.end()
        await asyncio.wait_for(session.session.life, PATIENCE)


async def test_a_port_that_nobody_listens_on(desk: Desk) -> None:
    async with service() as number:
        pass
    session = await port(desk.stack, "AWS-StartPortForwardingSession", number)
    stream = await session.connect()
    async with asyncio.timeout(PATIENCE):
        assert await stream.read() == b""
    assert f"could not connect to localhost:{number}" in session.session.trouble
    session.end()
    await asyncio.wait_for(session.session.life, PATIENCE)


async def test_a_port_that_nobody_listens_on_kills_the_worker_of_ssh(desk: Desk) -> None:
    async with service() as number:
        pass
    session = await port(desk.stack, "AWS-StartSSHSession", number)
    stream = await session.connect()
    with pytest.raises(StreamClosed):
        async with asyncio.timeout(PATIENCE):
            await stream.read()
    assert session.session.end_reason.startswith("document process failed unexpectedly")
    log = desk.bench.workers[session.session.session_id].log()
    assert f"dial tcp 127.0.0.1:{number}: connect: connection refused" in log


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("no-such-host.invalid", "lookup no-such-host.invalid"),
        ("127.1", "lookup 127.1: no such host"),
        ("169.254.169.254", "Forwarding to IP address 169.254.169.254 is forbidden."),
        ("::ffff:169.254.169.254", "Forwarding to IP address ::ffff:169.254.169.254 is forbidden."),
    ],
)
async def test_a_host_that_leads_nowhere_ends_the_session(desk: Desk, host: str, told: str) -> None:
    request = StartRequest(
        await desk.stack.target(),
        "AWS-StartPortForwardingSessionToRemoteHost",
        {"host": (host,), "portNumber": ("80",)},
    )
    session = PortSession(request, desk.stack.gateway, desk.stack.dialer, desk.stack.tasks)
    await asyncio.wait_for(session.session.life, PATIENCE)
    assert session.session.end_reason.startswith(told)


async def test_a_destination_that_reads_nothing_holds_up_the_whole_session(desk: Desk) -> None:
    stuck = TcpService(reads=False, echoes=True)
    await stuck.start()
    session = await port(desk.stack, "AWS-StartPortForwardingSession", stuck.port)
    first, tasks = await session.connect(), Tasks("upload")
    upload = tasks.start("upload", first.write(bytes(12_000_000)))
    await wait_until("the agent to stop reading", lambda: "has stopped answering" in session.session.trouble, 30)
    second = await session.connect()
    await second.write(b"anybody?")
    stuck.start_reading()
    async with asyncio.timeout(PATIENCE):
        assert await second.read() == b"anybody?"
        await upload
        await wait_until("all of it", lambda: len(stuck.connections[0].data) == 12_000_000, PATIENCE)
    await tasks.close()
    session.end()
    await asyncio.wait_for(session.session.life, PATIENCE)
    await stuck.close()
