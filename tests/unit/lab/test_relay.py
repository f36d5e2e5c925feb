"""Passing frames on, with sockets of memory."""

from __future__ import annotations

import asyncio

import pytest

from ssmtui.errors import LinkClosed
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.faults import SessionFaults
from ssmtui.lab.relay import MAX_KEPT_FRAMES, Relay
from ssmtui.protocol import AgentMessage, MessageType
from ssmtui.tasks import Tasks
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
def heard() -> list[bytes]:
    """What the agent hears."""
    return []


@pytest.fixture
async def relay(heard: list[bytes]) -> Relay:
    return Relay(lambda frame: heard.append(_name(frame)))


PAUSE, START = MessageType.PAUSE_PUBLICATION.encode(), MessageType.START_PUBLICATION.encode()
CLOSED = MessageType.CHANNEL_CLOSED.encode()


async def test_the_agent_is_paused_while_no_client_is_there(relay: Relay, heard: list[bytes], tasks: Tasks) -> None:
    assert heard == [PAUSE]
    socket = Socket()
    served = tasks.start("serve", relay.serve(socket))
    socket.said.put_nowait(b"hello")
    socket.said.put_nowait(None)
    await served
    assert heard == [PAUSE, START, b"hello", PAUSE]
    assert not relay.connected


async def test_a_service_that_never_pauses(heard: list[bytes], tasks: Tasks) -> None:
    faults = SessionFaults(lambda: parse_faults("never-pause"))
    relay = Relay(lambda frame: heard.append(_name(frame)), faults)
    socket = Socket()
    served = tasks.start("serve", relay.serve(socket))
    await wait_until("the start", lambda: socket.frames == [START])
    socket.said.put_nowait(None)
    await served
    assert heard == [START]
    for _ in range(MAX_KEPT_FRAMES + 1):
        relay.emit(b"1")
    later = Socket()
    tasks.start("later", relay.serve(later))
    await wait_until("what was kept", lambda: later.frames.count(b"1") == MAX_KEPT_FRAMES)
    assert heard == [START, START]


async def test_what_the_agent_said_before_the_client_came_is_kept_in_order(relay: Relay, tasks: Tasks) -> None:
    relay.emit(b"1")
    relay.emit(b"2")
    socket = Socket()
    tasks.start("serve", relay.serve(socket))
    relay.emit(b"3")
    await wait_until("all frames", lambda: socket.frames == [b"1", b"2", b"3", START] or len(socket.frames) == 4)
    assert [frame for frame in socket.frames if frame != START] == [b"1", b"2", b"3"]


async def test_a_frame_whose_sending_fails_goes_to_the_next_socket(relay: Relay, tasks: Tasks) -> None:
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


async def test_a_second_socket_takes_the_place_of_the_first(relay: Relay, heard: list[bytes], tasks: Tasks) -> None:
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


async def test_the_end_is_told_after_everything_else(relay: Relay, tasks: Tasks) -> None:
    socket = Socket()
    served = tasks.start("serve", relay.serve(socket))
    await wait_until("the client", lambda: relay.connected)
    relay.emit(b"1")
    await relay.finish("session", "")
    await served
    assert socket.frames[-2:] == [b"1", CLOSED]
    assert socket.closed == (1000, "session ended")


async def test_a_client_that_has_left_does_not_hold_up_the_end(relay: Relay, tasks: Tasks) -> None:
    socket = Socket()
    socket.broken = True
    tasks.start("serve", relay.serve(socket))
    await wait_until("the client", lambda: relay.connected)
    finished = tasks.start("finish", relay.finish("session", ""))
    socket.said.put_nowait(None)
    async with asyncio.timeout(0.5):
        await finished


async def test_meeting_waits_for_the_first_client_only(relay: Relay, tasks: Tasks) -> None:
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


def faulty(text: str, heard: list[bytes]) -> Relay:
    spec = parse_faults(text)
    return Relay(lambda frame: heard.append(_name(frame)), SessionFaults(lambda: spec))


def numbered(number: int) -> bytes:
    return AgentMessage(MessageType.OUTPUT, bytes(16), 1, number, payload_type=1, payload=b"x").encode()


OUTPUT = MessageType.OUTPUT.encode()


async def test_a_bounded_number_of_frames_is_kept_while_no_client_is_there(relay: Relay, tasks: Tasks) -> None:
    frames = [b"%d" % number for number in range(MAX_KEPT_FRAMES + 5)]
    for frame in frames:
        relay.emit(frame)
    socket = Socket()
    tasks.start("serve", relay.serve(socket))
    await wait_until("all frames", lambda: START in socket.frames)
    assert [frame for frame in socket.frames if frame != START] == frames[:MAX_KEPT_FRAMES]


async def test_a_socket_breaks_after_so_many_bytes_and_the_next_one_gets_the_rest(
    heard: list[bytes], tasks: Tasks
) -> None:
    relay = faulty("cut-client=300", heard)
    first, second = Socket(), Socket()
    served = tasks.start("first", relay.serve(first))
    for number in range(3):
        relay.emit(numbered(number))
    await served
    assert first.aborted >= 1
    assert second.aborted == 0
    tasks.start("second", relay.serve(second))
    relay.emit(numbered(3))
    await wait_until("the last frame", lambda: numbered(3) in first.sent + second.sent)
    assert [frame for frame in first.sent + second.sent if _name(frame) == OUTPUT] == [numbered(n) for n in range(4)]


async def test_a_delayed_frame_comes_after_those_that_were_sent_later(heard: list[bytes], tasks: Tasks) -> None:
    relay = faulty("delay@client=1:20ms", heard)
    socket = Socket()
    tasks.start("serve", relay.serve(socket))
    relay.emit(numbered(0))
    relay.emit(b"a gateway's")
    await wait_until("the delayed one", lambda: numbered(0) in socket.sent)
    assert [name for name in socket.frames if name != START] == [b"a gateway's", OUTPUT]


async def test_while_the_agent_is_away_nothing_passes_and_then_it_is_told_to_go_on(
    relay: Relay, heard: list[bytes], tasks: Tasks
) -> None:
    socket = Socket()
    tasks.start("serve", relay.serve(socket))
    await wait_until("the client", lambda: relay.connected)
    heard.clear()
    relay.cut_agent()
    relay.emit(b"lost")
    socket.said.put_nowait(b"lost too")
    await wait_until("the agent to be back", lambda: heard)
    assert heard == [START]
    relay.emit(b"kept")
    socket.said.put_nowait(b"kept too")
    await wait_until("the frames", lambda: b"kept" in socket.sent and b"kept too" in heard)
    assert b"lost" not in socket.sent
    assert b"lost too" not in heard


async def test_troubles_come_some_time_after_the_start_of_each_socket(heard: list[bytes], tasks: Tasks) -> None:
    relay = faulty("black-hole=1ms:3s,cut-every=2ms,cut-agent=1ms", heard)
    for _ in range(2):
        socket = Socket()
        await tasks.start("serve", relay.serve(socket))
        assert socket.holes == [3.0]
        assert socket.aborted == 1
    relay = faulty("bye=1ms", heard)
    socket = Socket()
    await tasks.start("serve", relay.serve(socket))
    assert socket.closed == (1000, "Bye")


async def test_a_session_that_ends_silently_leaves_no_word(relay: Relay, tasks: Tasks) -> None:
    socket = Socket()
    served = tasks.start("serve", relay.serve(socket))
    await wait_until("the start", lambda: START in socket.frames)
    relay.fall_silent()
    await relay.finish("session", "")
    await served
    assert socket.aborted == 1
    assert CLOSED not in socket.frames


async def test_a_lost_channel_closed_leaves_the_close_of_the_socket(heard: list[bytes], tasks: Tasks) -> None:
    relay = faulty("lose-closed", heard)
    socket = Socket()
    served = tasks.start("serve", relay.serve(socket))
    await wait_until("the start", lambda: START in socket.frames)
    await relay.finish("session", "")
    await served
    assert CLOSED not in socket.frames
    assert socket.closed == (1000, "session ended")
