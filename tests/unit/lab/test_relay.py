"""Passing frames on, with sockets of memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ssmtui.errors import LinkClosed
from ssmtui.lab.relay import Relay
from ssmtui.protocol import AgentMessage, MessageType
from ssmtui.tasks import TaskGroup
from tests.support.wait import wait_until


class Socket:
    """A client's socket: what it is sent, and what the test lets it say."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.broken = False
        self.aborted = 0
        self.holes: list[float] = []
        self.said: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def send(self, frame: bytes) -> None:
        if self.broken:
            raise LinkClosed
        self.sent.append(frame)

    async def receive(self) -> bytes:
        frame = await self.said.get()
        if frame is None:
            raise LinkClosed
        return frame

    async def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)
        self.said.put_nowait(None)

    def abort(self) -> None:
        self.aborted += 1
        self.said.put_nowait(None)

    def black_hole(self, seconds: float) -> None:
        self.holes.append(seconds)

    @property
    def frames(self) -> list[bytes]:
        """What it was sent, the gateway's own words named."""
        return [_name(frame) for frame in self.sent]


def _name(frame: bytes) -> bytes:
    return frame if len(frame) < 120 else AgentMessage.decode(frame).message_type.encode()


@pytest.fixture
async def tasks() -> AsyncIterator[TaskGroup]:
    tasks = TaskGroup("test")
    yield tasks
    await tasks.close()


@pytest.fixture
def heard() -> list[bytes]:
    """What the agent hears."""
    return []


@pytest.fixture
async def relay(heard: list[bytes]) -> Relay:
    return Relay(lambda frame: heard.append(_name(frame)))


PAUSE, START = MessageType.PAUSE_PUBLICATION.encode(), MessageType.START_PUBLICATION.encode()
CLOSED = MessageType.CHANNEL_CLOSED.encode()


async def test_the_agent_is_paused_while_no_client_is_there(relay: Relay, heard: list[bytes], tasks: TaskGroup) -> None:
    assert heard == [PAUSE]
    socket = Socket()
    served = tasks.start("serve", relay.serve(socket))
    socket.said.put_nowait(b"hello")
    socket.said.put_nowait(None)
    await served
    assert heard == [PAUSE, START, b"hello", PAUSE]
    assert not relay.connected


async def test_what_the_agent_said_before_the_client_came_is_kept_in_order(relay: Relay, tasks: TaskGroup) -> None:
    relay.emit(b"1")
    relay.emit(b"2")
    socket = Socket()
    tasks.start("serve", relay.serve(socket))
    relay.emit(b"3")
    await wait_until("all frames", lambda: socket.frames == [b"1", b"2", b"3", START] or len(socket.frames) == 4)
    assert [frame for frame in socket.frames if frame != START] == [b"1", b"2", b"3"]


async def test_a_frame_whose_sending_fails_goes_to_the_next_socket(relay: Relay, tasks: TaskGroup) -> None:
    broken = Socket()
    broken.broken = True
    served = tasks.start("serve", relay.serve(broken))
    relay.emit(b"1")
    await wait_until("the client", lambda: relay.connected)
    broken.said.put_nowait(None)
    await served
    socket = Socket()
    tasks.start("serve", relay.serve(socket))
    await wait_until("the frame", lambda: b"1" in socket.sent)


async def test_a_second_socket_takes_the_place_of_the_first(relay: Relay, heard: list[bytes], tasks: TaskGroup) -> None:
    first, second = Socket(), Socket()
    served = tasks.start("first", relay.serve(first))
    await wait_until("the first", lambda: relay.connected)
    tasks.start("second", relay.serve(second))
    await served
    assert first.closed == (1000, "replaced by a newer connection")
    relay.emit(b"1")
    await wait_until("the frame", lambda: b"1" in second.sent)
    assert b"1" not in first.sent
    assert heard == [PAUSE, START, START]


async def test_the_end_is_told_after_everything_else(relay: Relay, tasks: TaskGroup) -> None:
    socket = Socket()
    served = tasks.start("serve", relay.serve(socket))
    await wait_until("the client", lambda: relay.connected)
    relay.emit(b"1")
    await relay.finish("session", "")
    await served
    assert socket.frames[-2:] == [b"1", CLOSED]
    assert socket.closed == (1000, "session ended")


async def test_a_client_that_has_left_does_not_hold_up_the_end(relay: Relay, tasks: TaskGroup) -> None:
    socket = Socket()
    socket.broken = True
    tasks.start("serve", relay.serve(socket))
    await wait_until("the client", lambda: relay.connected)
    finished = tasks.start("finish", relay.finish("session", ""))
    socket.said.put_nowait(None)
    async with asyncio.timeout(0.5):
        await finished


async def test_meeting_waits_for_the_first_client_only(relay: Relay, tasks: TaskGroup) -> None:
    met = tasks.start("meet", relay.meet())
    await asyncio.sleep(0)
    assert not met.done()
    socket = Socket()
    tasks.start("serve", relay.serve(socket))
    await met
    await socket.close(1000, "")
    await wait_until("the client to leave", lambda: not relay.connected)
    await relay.meet()


async def test_nobody_waits_for_a_client_that_is_not_expected(relay: Relay) -> None:
    relay.stop_waiting()
    await relay.meet()
