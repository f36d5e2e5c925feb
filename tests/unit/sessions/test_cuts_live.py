"""A session over real sockets to the lab's real shell, whose socket is closed again and again while bytes travel."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections.abc import AsyncIterator, Callable

import pytest

from ssmtui.aws.boto import BotoGateway
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions import carrier
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.wait import wait_until

SEED = 20261124
INPUT = 1_500_000
LINES = 250_000
CUT_EVERY = 0.25


class Bench:
    def __init__(self, stack: LabStack) -> None:
        self.lab, self.gateway, self.tasks, self.viewer = stack.lab, stack.gateway, stack.tasks, stack.viewer
        self._stack = stack

    async def open(self) -> ChannelSession:
        session = self._stack.session(StartRequest(await self._stack.target()))
        session.resize(TerminalSize(80, 24))
        await wait_until("the session is open", lambda: session.state is SessionState.OPEN)
        return session

    def close_sockets(self, *, rudely: bool) -> None:
        """What the gateway does once an hour, or what a network does."""
        server = self.lab.streams._server
        assert server is not None
        for connection in server.connections:
            if rudely:
                connection.transport.abort()
            else:
                self.tasks.start("bye", connection.close(1000, "Bye"))

    async def keep_cutting(self, over: Callable[[], bool]) -> int:
        """Close all sockets, every fourth time rudely, until ``over``; how often."""
        cuts = 0
        while not over():
            await asyncio.sleep(CUT_EVERY)
            cuts += 1
            self.close_sockets(rudely=cuts % 4 == 0)
        return cuts

    @property
    def output(self) -> bytes:
        return bytes(self.viewer.output)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with lab_stack(nodes=30) as stack:
        yield Bench(stack)


async def test_edge_41_49_92_no_byte_is_lost_or_doubled_through_many_sockets(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every cut counts as a new one, so that the pauses stay short.
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)
    session = await bench.open()
    data = bytes(random.Random(SEED).choices(range(32, 127), k=INPUT))
    session.write(
        b"stty raw -echo; echo READY; head -c %d | sha256sum; seq 1 %d; echo ALL-$((6 * 7))\r" % (INPUT, LINES)
    )
    await wait_until("the shell reads", lambda: b"\nREADY" in bench.output, report=lambda: bench.output)
    session.write(data)
    cuts = await asyncio.wait_for(bench.keep_cutting(lambda: b"ALL-42" in bench.viewer.output[-100:]), 70)

    digest = re.search(rb"([0-9a-f]{64})  -", bench.output)
    assert digest is not None, f"seed {SEED}"
    assert digest[1].decode() == hashlib.sha256(data).hexdigest(), f"seed {SEED}"
    numbers = bench.output[digest.end() :].replace(b"\r", b"").split(b"ALL-42")[0].split()
    assert numbers == [b"%d" % number for number in range(1, LINES + 1)], f"seed {SEED}"
    assert 3 <= session.resumes <= cuts
    assert session.error is None


async def test_edge_54_a_session_that_ends_while_it_is_lost_says_how(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await bench.open()

    async def slow(session_id: str) -> object:
        await bench.gateway.terminate_session(session_id)
        return await BotoGateway.resume_session(bench.gateway, session_id)

    monkeypatch.setattr(bench.gateway, "resume_session", slow)
    bench.close_sockets(rudely=True)
    await session.life
    assert session.state is SessionState.ENDED
    assert "Terminated" in session.end_reason
