"""One connection of a port session over pipes, sockets and files in the place of standard input and output."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from ssmtui.cli.standard_streams import StandardConnection, StandardStreams
from ssmtui.errors import StreamClosed
from ssmtui.forwards.port_session import PortSession
from ssmtui.model import StartRequest
from ssmtui.protocol import Flag
from ssmtui.sessions import channel_session
from ssmtui.tasks import Tasks
from tests.support.memory import MemoryAgent, MemoryService
from tests.support.wait import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its loop watches no pipes")

RAW = {"portNumber": "22"}


class Stage:
    """A raw session that is carried to a pair of pipes, of which this has the far ends."""

    def __init__(self) -> None:
        self.service = MemoryService()
        self.tasks = Tasks("test")
        self.ours_in, self.keys = os.pipe()
        self.screen, self.ours_out = os.pipe()
        self.shown = b""
        self.linger = 5.0
        self.answers: list[bytes] = []
        """What was shown at each call of ``answers``."""

    async def open(self, **properties: object) -> MemoryAgent:
        request = StartRequest("i-1", "AWS-StartSSHSession", {"portNumber": ("22",)})
        self.local = StandardStreams(self.ours_in, self.ours_out)
        self.port = PortSession(
            request, self.service, self.service, self.tasks, on_change=lambda: self.connection.changed()
        )
        self.connection = StandardConnection(
            self.port, self.local, self.linger, lambda: self.answers.append(self.shown)
        )
        self.carrying = self.tasks.start("carrying", self.connection.carry(), awaited=True)
        await wait_until("there is a channel", lambda: "session-1" in self.service.agents)
        agent = self.service.agents["session-1"]
        agent.offer("Port", **(properties or RAW))
        await wait_until("it is open", lambda: self.port.mode is not None)
        return agent

    def type(self, data: bytes) -> None:
        os.write(self.keys, data)

    def end_input(self) -> None:
        os.close(self.keys)
        self.keys = -1

    def look(self) -> None:
        self.shown += os.read(self.screen, 1 << 20)

    def leave(self) -> None:
        """Read nothing any more."""
        os.close(self.screen)
        self.screen = -1

    async def done(self) -> None:
        await wait_until("it is over", self.carrying.done)
        self.carrying.result()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    os.set_blocking(stage.screen, False)
    yield stage
    stage.local.close()
    await stage.tasks.close()
    await stage.service.close()
    for number in (stage.ours_in, stage.keys, stage.screen, stage.ours_out):
        if number >= 0:
            os.close(number)


async def until_shown(stage: Stage, wanted: bytes) -> None:
    def shown() -> bool:
        with suppress(BlockingIOError):
            stage.look()
        return stage.shown == wanted

    await wait_until("the output", shown, report=lambda: stage.shown[-200:])


async def test_bytes_go_both_ways_as_they_are(stage: Stage) -> None:
    agent = await stage.open()
    everything = bytes(range(256)) * 40
    agent.say(everything)
    await until_shown(stage, everything)
    stage.type(everything)
    await wait_until("the input", lambda: agent.received == everything)
    assert agent.flags == [], "a flag would be an error in a raw session (protocol.md section 6.4)"
    assert stage.answers == [b""], "once, before anything was shown"


async def test_the_far_end_closes(stage: Stage) -> None:
    agent = await stage.open()
    agent.say(b"bye\n")
    await wait_until("it has come", lambda: stage.connection.received)
    await agent.finish()
    await stage.done()
    await until_shown(stage, b"bye\n")


async def test_a_session_that_breaks_is_not_taken_for_an_end(stage: Stage) -> None:
    agent = await stage.open()
    agent.say(b"half a")
    await until_shown(stage, b"half a")
    await agent.finish("the node was rebooted")
    with pytest.raises(StreamClosed, match="the node was rebooted"):
        await stage.done()


async def test_all_input_arrives_and_the_answer_comes_after_its_end(stage: Stage) -> None:
    stage.linger = 0.05
    agent = await stage.open()
    agent.hold()
    asked = bytes(60_000)
    stage.type(asked)
    stage.end_input()
    # Each time no sooner than 0.2 s after the last (protocol.md section 4.2), which is several times the linger.
    await wait_until("the first frame has been sent three times", lambda: agent.held >= 3)
    assert not stage.carrying.done(), "what is not acknowledged may not have arrived"
    agent.release()
    await wait_until("the input", lambda: agent.received == asked)
    agent.say(b"an answer")
    await stage.done()
    await until_shown(stage, b"an answer")
    assert agent.flags == []


async def test_nobody_reads_the_output_any_more(stage: Stage) -> None:
    await stage.open()
    stage.leave()
    with pytest.raises(BrokenPipeError):
        await stage.done()


async def test_a_reader_that_does_not_read_holds_up_the_session_and_not_the_loop(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.0)
    agent = await stage.open()
    said = os.urandom(3 << 20)
    for start in range(0, len(said), 1024):
        agent.say(said[start : start + 1024])
    await wait_until("it is held up", lambda: stage.port._tunnel is not None and stage.port._tunnel.backlog > 1 << 20)
    assert len(stage.shown) == 0
    await until_shown(stage, said)


async def test_a_signal_ends_it_with_its_flag(stage: Stage) -> None:
    agent = await stage.open()
    stage.port.end()
    await wait_until("the flag", lambda: agent.flags == [Flag.TERMINATE])
    with pytest.raises(StreamClosed):
        await stage.done()


# Other descriptors


async def test_a_socket_is_read_and_written_and_stays_blocking() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        local = StandardStreams(ours.fileno(), ours.fileno())
        theirs.sendall(b"question")
        assert await local.read() == b"question"
        await local.write(b"answer")
        assert theirs.recv(100) == b"answer"
        theirs.shutdown(socket.SHUT_WR)
        assert await local.read() == b""
        assert os.get_blocking(ours.fileno())
        assert not local.reader_gone.is_set()


async def test_a_writer_waits_for_room() -> None:
    screen, ours = os.pipe()
    os.set_blocking(screen, False)
    local = StandardStreams(0, ours)
    writing = Tasks("test").start("write", local.write(bytes(1 << 20)), awaited=True)
    got = 0

    def all_read() -> bool:
        nonlocal got
        with suppress(BlockingIOError):
            got += len(os.read(screen, 1 << 16))
        return got == 1 << 20

    await wait_until("all has come", all_read)
    await wait_until("all is written", writing.done)
    local.close()
    os.close(screen)
    os.close(ours)


async def test_files_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"from a file")
    with (tmp_path / "in").open("rb") as source, (tmp_path / "out").open("wb") as target:
        local = StandardStreams(source.fileno(), target.fileno())
        assert await local.read() == b"from a file"
        assert await local.read() == b""
        await local.write(b"into a file")
        assert (tmp_path / "out").read_bytes() == b"into a file"


async def test_what_the_loop_cannot_watch_is_read_and_written_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    source, keys = os.pipe()
    tasks = Tasks("test")

    def refuse(*_: object) -> None:
        raise NotImplementedError  # as the loop of Windows does

    monkeypatch.setattr(asyncio.get_running_loop(), "add_reader", refuse)
    monkeypatch.delattr(select, "poll")
    screen, ours = os.pipe()
    local = StandardStreams(source, ours)
    writing = tasks.start("write", local.write(bytes(1 << 20)), awaited=True)
    got = 0
    while got < 1 << 20:
        got += len(await asyncio.to_thread(os.read, screen, 1 << 16))
    await wait_until("it is written", writing.done)
    os.close(screen)
    os.close(ours)
    reading = tasks.start("read", local.read(), awaited=True)
    os.write(keys, b"typed")
    await wait_until("it is read", reading.done)
    assert reading.result() == b"typed"
    os.close(keys)
    assert await local.read() == b""
    os.close(source)
