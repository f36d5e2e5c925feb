"""Port sessions and their streams, on a service and an agent of memory: all three modes, ends of every kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ssmtui.errors import RemoteProtocolError, SsmtuiError, StreamClosed, TargetNotConnected
from ssmtui.forwards import port_session
from ssmtui.forwards.port_session import PortSession
from ssmtui.forwards.port_stream import PortStream
from ssmtui.model import StartRequest
from ssmtui.protocol import Flag, PayloadType
from ssmtui.protocol.payloads import encode_flag
from ssmtui.protocol.smux_frames import SmuxCommand, encode
from ssmtui.protocol.versions import PortMode
from ssmtui.sessions import carrier, channel_session
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.transport.link import BATCH_BYTES
from tests.support.memory import MemoryAgent, MemoryService
from tests.support.mux_agent import MuxAgent
from tests.support.wait import wait_until

LOCAL = {"portNumber": "80", "type": "LocalPortForwarding"}
BASIC_AGENT = "3.0.196.0"


class Stage:
    def __init__(self) -> None:
        self.service = MemoryService()
        self.tasks = Tasks("test")
        self.changes = 0

    def start(self) -> PortSession:
        request = StartRequest("i-1", "AWS-StartPortForwardingSession", {"portNumber": ("80",)})
        return PortSession(request, self.service, self.service, self.tasks, on_change=self._changed)

    def _changed(self) -> None:
        self.changes += 1

    async def agent(self) -> MemoryAgent:
        await wait_until("there is a channel", lambda: "session-1" in self.service.agents)
        return self.service.agents["session-1"]

    async def open(self, version: str = "3.3.987.0", **properties: object) -> tuple[PortSession, MemoryAgent]:
        port, agent = self.start(), await self.agent()
        agent.offer("Port", version, **(properties or LOCAL))
        async with asyncio.timeout(5):
            await port.opened()
        return port, agent


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.tasks.close()
    await stage.service.close()


async def read(stream: PortStream, amount: int) -> bytes:
    """``amount`` bytes, in as many reads as it takes."""
    data = b""
    async with asyncio.timeout(10):
        while len(data) < amount:
            data += await stream.read(amount - len(data))
    return data


@pytest.mark.parametrize(
    ("version", "properties", "mode"),
    [
        ("3.3.987.0", LOCAL, PortMode.MUX),
        (BASIC_AGENT, LOCAL, PortMode.BASIC),
        ("3.3.987.0", {"portNumber": "22"}, PortMode.RAW),
    ],
)
async def test_the_mode_follows_from_the_handshake(
    stage: Stage, version: str, properties: dict[str, object], mode: PortMode
) -> None:
    port, _ = await stage.open(version, **properties)
    assert await port.opened() is port.mode is mode
    assert stage.changes > 0


async def test_many_streams_at_once(stage: Stage) -> None:
    port, agent = await stage.open()
    mux = MuxAgent(agent, echo=True)
    streams = [await port.connect() for _ in range(20)]
    texts = [bytes([65 + number]) * (3000 + number) for number in range(20)]
    await asyncio.gather(*(stream.write(text) for stream, text in zip(streams, texts, strict=True)))
    for stream, text in zip(streams, texts, strict=True):
        assert await read(stream, len(text)) == text
    assert mux.got == {3 + 2 * number: text for number, text in enumerate(texts)}


async def test_a_silent_service_is_reported_without_a_word_of_typing(stage: Stage) -> None:
    port, _ = await stage.open()
    await port.opened()
    port.session.silent(True)
    assert port.session.trouble == "The service does not answer; what is sent is kept."
    port.session.silent(False)
    assert not port.session.trouble


async def test_a_stream_that_the_node_ends_is_read_to_its_end(stage: Stage) -> None:
    port, agent = await stage.open()
    mux = MuxAgent(agent)
    stream = await port.connect()
    await stream.write(b"GET /")
    await wait_until("the request has come", lambda: mux.got.get(3) == b"GET /")
    mux.say(3, b"x" * 5000)
    mux.smux.close(3)
    mux.flush()
    assert await read(stream, 5000) == b"x" * 5000
    assert await stream.read() == b""
    with pytest.raises(StreamClosed, match="far end"):
        await stream.write(b"more")
    stream.close()
    await wait_until("the agent has our FIN", lambda: mux.smux.open_streams == ())


async def test_a_stream_that_we_close_sends_what_is_queued_and_then_its_end(stage: Stage) -> None:
    port, agent = await stage.open()
    mux = MuxAgent(agent)
    stream = await port.connect()
    await stream.write(b"y" * 50_000)
    stream.close()
    stream.close()
    await wait_until("the end has come", lambda: mux.ended == [3])
    assert mux.got[3] == b"y" * 50_000
    with pytest.raises(StreamClosed, match="at this end"):
        await stream.read()
    with pytest.raises(StreamClosed, match="at this end"):
        await stream.write(b"z")


async def test_a_writer_waits_while_nothing_is_acknowledged_and_others_get_their_turn(stage: Stage) -> None:
    port, agent = await stage.open()
    mux = MuxAgent(agent)
    stream = await port.connect()
    await wait_until("the stream is known", lambda: 3 in mux.got)
    agent.link.reads.clear()
    writer = stage.tasks.start("writer", stream.write(b"w" * 1_000_000))
    other = await port.connect()
    small = stage.tasks.start("small", other.write(b"hello"))
    await wait_until("the small one is queued", small.done)
    frames, _ = port.session.channel.unacknowledged
    assert not writer.done()
    assert frames <= channel_session.PORT_LIMITS.writable + 1
    agent.link.reads.set()
    await wait_until("all has come", lambda: len(mux.got.get(3, b"")) == 1_000_000)
    assert mux.got[5] == b"hello"


async def test_edge_85_a_destination_that_refuses_is_named_and_ends_the_stream(stage: Stage) -> None:
    port, agent = await stage.open(host="db.internal", **LOCAL)
    mux = MuxAgent(agent)
    stream = await port.connect()
    await wait_until("the stream is known", lambda: 3 in mux.got)
    agent.say(encode_flag(Flag.CONNECT_TO_PORT_ERROR), PayloadType.FLAG)
    mux.smux.close(3)
    mux.flush()
    async with asyncio.timeout(5):
        assert await stream.read() == b""
    assert "could not connect to db.internal:80" in port.session.trouble
    assert port.session.state is SessionState.OPEN


async def test_a_stuck_reader_that_is_alone_holds_up_the_session_and_loses_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port_session, "HIGH_WATER", 10_000)
    port, agent = await stage.open()
    mux = MuxAgent(agent)
    stream = await port.connect()
    await wait_until("the stream is known", lambda: 3 in mux.got)
    text = bytes(range(256)) * 2000
    for start in range(0, len(text), 50_000):
        mux.say(3, text[start : start + 50_000])
    await wait_until("it is read no more", lambda: not port._room.is_set())
    early = port.take(3, len(text))
    assert len(early) < 10_000 + BATCH_BYTES
    assert early + await read(stream, len(text) - len(early)) == text


async def test_edge_91_a_stuck_reader_among_others_loses_its_stream(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = port_session.SmuxLimits(unread=20_000)
    monkeypatch.setattr(port_session, "HIGH_WATER", 10_000)
    monkeypatch.setattr(port_session, "MUX_LIMITS", limits)
    port, agent = await stage.open()
    mux = MuxAgent(agent)
    stuck, other = await port.connect(), await port.connect()
    await wait_until("the streams are known", lambda: {3, 5} <= mux.got.keys())
    mux.say(3, b"s" * 30_000)
    mux.say(5, b"o" * 5_000)
    assert await read(other, 5_000) == b"o" * 5_000
    with pytest.raises(StreamClosed, match="not read in time"):
        await read(stuck, 30_000)


async def test_edge_84_a_multiplexer_out_of_step_fails_the_session_and_its_streams(stage: Stage) -> None:
    port, agent = await stage.open()
    stream = await port.connect()
    agent.say(b"\x02garbage-garbage-")
    await port.session.life
    assert isinstance(port.session.error, RemoteProtocolError)
    assert "version 2" in str(port.session.error)
    with pytest.raises(StreamClosed, match="version 2"):
        await stream.read()
    with pytest.raises(RemoteProtocolError):
        await port.connect()
    assert stage.service.terminated == ["session-1"]


async def test_edge_88_basic_connections_follow_each_other(stage: Stage) -> None:
    port, agent = await stage.open(BASIC_AGENT, **LOCAL)
    first = await port.connect()
    await first.write(b"one")
    await wait_until("the first has come", lambda: agent.received == b"one")
    second = stage.tasks.start("second", port.connect())
    agent.say(b"answer")
    assert await read(first, 6) == b"answer"
    assert not second.done()
    first.close()
    agent.say(b"late")  # it has not heard of the end yet
    await wait_until("the flag has come", lambda: agent.flags == [Flag.DISCONNECT_TO_PORT])
    stream = await second
    await stream.write(b"two")
    await wait_until("the second has come", lambda: agent.received == b"onetwo")
    agent.say(b"fresh")
    assert await read(stream, 5) == b"fresh"


async def test_who_waits_for_a_basic_line_gets_it_in_turn(stage: Stage) -> None:
    port, _ = await stage.open(BASIC_AGENT, **LOCAL)
    first = await port.connect()
    waiting = [stage.tasks.start(f"waiting {number}", port.connect()) for number in range(3)]
    got = []
    current = first
    for place, task in enumerate(waiting):
        current.close()
        await wait_until("the next one has the line", task.done)
        assert [one.done() for one in waiting] == [number <= place for number in range(3)]
        current = task.result()
        got.append(current.stream_id)
    assert got == [2, 3, 4]


async def test_edge_94_a_raw_session_ends_with_its_service_and_its_bytes_are_all_read(stage: Stage) -> None:
    port, agent = await stage.open(portNumber="22")
    agent.say(b"SSH-2.0-x\r\n")
    stream = await port.connect()
    assert await read(stream, 11) == b"SSH-2.0-x\r\n"
    await stream.write(b"hello\n")
    await wait_until("it has come", lambda: agent.received == b"hello\n")
    agent.say(b"bye")
    await wait_until("all is acknowledged", lambda: agent.channel.unacknowledged[0] == 0)
    await agent.finish()
    await port.session.life
    assert await stream.read() == b"bye"
    assert await stream.read() == b""
    stream.close()
    assert agent.flags == []
    with pytest.raises(StreamClosed):
        await port.connect()


async def test_edge_93_a_reason_of_the_node_is_what_the_streams_break_of(stage: Stage) -> None:
    port, agent = await stage.open(portNumber="22")
    stream = await port.connect()
    await agent.finish("\n----------ERROR-------\nForwarding to IP address 169.254.169.254 is forbidden.")
    with pytest.raises(StreamClosed, match=r"169\.254\.169\.254 is forbidden"):
        await stream.read()
    assert port.session.state is SessionState.ENDED


async def test_a_second_stream_of_a_raw_session_is_refused(stage: Stage) -> None:
    port, _ = await stage.open(portNumber="22")
    await port.connect()
    with pytest.raises(StreamClosed, match="single connection"):
        await port.connect()


async def test_edge_89_ending_sends_the_flag_once_and_waits_for_the_node(stage: Stage) -> None:
    port, agent = await stage.open()
    stream = await port.connect()
    waiting = stage.tasks.start("reader", stream.read())
    port.end()
    port.end()
    assert port.session.state is SessionState.CLOSING
    with pytest.raises(StreamClosed):
        await waiting
    await wait_until("the flag has come", lambda: agent.flags == [Flag.TERMINATE])
    await agent.finish()
    await port.session.life
    assert port.session.state is SessionState.ENDED
    assert agent.flags == [Flag.TERMINATE]
    assert stage.service.terminated == [], "the node has ended it"


async def test_a_node_that_ignores_the_flag_is_ended_by_the_service(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.5)
    port, agent = await stage.open()
    port.end()
    await port.session.life
    assert agent.flags == [Flag.TERMINATE]
    assert stage.service.terminated == ["session-1"]


async def test_a_socket_lost_after_the_flag_ends_it_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 1000.0)
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 1000.0)
    port, agent = await stage.open()
    port.end()
    await wait_until("the flag has come", lambda: agent.flags == [Flag.TERMINATE])
    agent.link.break_off()
    await asyncio.wait_for(port.session.life, 5)
    assert port.session.state is SessionState.ENDED
    assert stage.service.terminated == ["session-1"]
    assert stage.service.resumed == []


async def test_an_old_agent_is_sent_no_flag(stage: Stage) -> None:
    port, agent = await stage.open("2.3.722.0", **LOCAL)
    port.end()
    await port.session.life
    assert agent.flags == []
    assert stage.service.terminated == ["session-1"]


async def test_streams_go_on_over_a_new_socket(stage: Stage) -> None:
    port, agent = await stage.open()
    mux = MuxAgent(agent, echo=True)
    stream = await port.connect()
    await stream.write(b"before")
    assert await read(stream, 6) == b"before"
    agent.link.break_off()
    await wait_until("the socket is lost", lambda: port.session.state.cut_off)
    await stream.write(b"meanwhile")
    assert await read(stream, 9) == b"meanwhile"
    assert mux.got[3] == b"beforemeanwhile"
    assert port.session.resumes == 1


async def test_a_session_that_cannot_start_tells_whoever_waits(stage: Stage) -> None:
    stage.service.refuse_start = TargetNotConnected("i-1 is not connected")
    port = stage.start()
    with pytest.raises(TargetNotConnected):
        await port.opened()
    with pytest.raises(TargetNotConnected):
        await port.connect()


async def test_a_shell_is_no_port_session(stage: Stage) -> None:
    port, agent = stage.start(), await stage.agent()
    agent.say(b"$ ")
    with pytest.raises(SsmtuiError, match="not a port session"):
        await port.opened()
    await port.session.life
    assert stage.service.terminated == ["session-1"]


async def test_an_old_agent_gets_keep_alives(stage: Stage) -> None:
    seconds = 0.0
    request = StartRequest("i-1", "AWS-StartPortForwardingSession")
    port = PortSession(request, stage.service, stage.service, stage.tasks, lambda: seconds)
    agent = await stage.agent()
    agent.offer("Port", "3.1.1511.0", **LOCAL)
    await port.opened()
    await wait_until("the clock of the keep-alive runs", lambda: port._tunnel and port._tunnel.next_deadline() == 10.0)
    seconds = 10.0
    port._react()
    nop = encode(SmuxCommand.NOP)
    await wait_until("a NOP has come", lambda: agent.received == nop)


async def test_nothing_is_left_behind(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.2)
    port, _ = await stage.open("3.1.1511.0", **LOCAL)
    await port.connect()
    port.end()
    await wait_until("the session has ended", lambda: not port.session.state.live, 10)
    assert port._timer is None


def waits(port: PortSession) -> bool:
    """Whether the next read of the session has to wait."""
    waiting = port.wait_for_room()
    try:
        waiting.send(None)
    except StopIteration:
        return False
    waiting.close()
    return True


async def test_a_steady_trickle_gathers_and_neither_a_small_answer_nor_a_flood_waits(stage: Stage) -> None:
    now = 0.0
    request = StartRequest("i-1", "AWS-StartPortForwardingSession", {"portNumber": ("80",)})
    port = PortSession(request, stage.service, stage.service, stage.tasks, lambda: now)
    agent = await stage.agent()
    agent.offer("Port", **LOCAL)
    await port.opened()

    def read(frames: int, after: float) -> bool:
        nonlocal now
        now += after
        for _ in range(frames):
            port.session_output(encode(SmuxCommand.NOP, 0), stderr=False)
        return waits(port)

    waits(port)
    assert [read(1, 0.001) for _ in range(30)] == [False] * 15 + [True] * 15
    assert read(1, 0.001 + port_session.GATHER)
    assert not read(port_session.FEW + 1, 0.001), "a flood is gathered as it is"
    assert not any(read(2, 0.001) for _ in range(15))
    assert not read(1, 1.0), "a pause: what comes now is another answer"
    assert not read(1, 0.001)
