"""Port sessions through the multiplexer, with a client's :class:`Smux` at the other end (protocol.md section 7)."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable

import pytest

from ssmtui.lab.destination import Destination, DialedStreams
from ssmtui.lab.lab import Lab
from ssmtui.protocol import Flag, Role
from ssmtui.protocol.smux import Smux, SmuxLimits, StreamEnded
from ssmtui.protocol.smux_frames import FrameReader, SmuxCommand
from tests.support.lab_client import Aws, ChannelClient
from tests.support.tcp_service import TcpService, free_port
from tests.support.wait import wait_until
from tests.unit.lab.conftest import Listen, StartChannel

NOP = bytes.fromhex("0103000000000000")


class MuxClient:
    """A client's multiplexer on top of a channel. What a stream gets is kept; one that ends is closed."""

    def __init__(self, channel: ChannelClient) -> None:
        self.channel = channel
        self.smux = Smux(Role.CLIENT, keepalive=False, limits=SmuxLimits(unread=2**30, unread_total=2**30))
        self.received: dict[int, bytearray] = {}
        self.ended: set[int] = set()
        self._read = 0

    async def open(self) -> int:
        stream = self.smux.open(time.monotonic())
        self.received[stream] = bytearray()
        await self.flush()
        return stream

    async def send(self, stream: int, data: bytes) -> None:
        for start in range(0, len(data), 65_536):
            self.smux.send(stream, data[start : start + 65_536])
            await self.flush()

    async def close(self, stream: int) -> None:
        self.smux.close(stream)
        await self.flush()

    async def flush(self) -> None:
        while data := self.smux.data_to_send(1024):
            await self.channel.send(data)

    def heard(self, stream: int) -> bytes:
        """Everything that has come for ``stream``."""
        self._take_in()
        return bytes(self.received[stream])

    def has_ended(self, stream: int) -> bool:
        """Whether the agent has closed ``stream``."""
        self._take_in()
        return stream in self.ended

    def _take_in(self) -> None:
        output = self.channel.output
        self.smux.receive(bytes(output[self._read :]), time.monotonic())
        self._read = len(output)
        for stream in self.smux.open_streams:
            self.received[stream] += self.smux.take(stream, 2**30)
        for event in self.smux.events():
            if isinstance(event, StreamEnded):
                self.ended.add(event.stream_id)
                self.smux.close(event.stream_id)


Forward = Callable[..., Awaitable[MuxClient]]


@pytest.fixture
def forward(start: StartChannel) -> Forward:
    async def forward(port: int, name: str = "web-1", host: str = "", **more: str) -> MuxClient:
        parameters = {"portNumber": [str(port)], "localPortNumber": ["0"]}
        document = "AWS-StartPortForwardingSession"
        if host:
            document, parameters = f"{document}ToRemoteHost", {**parameters, "host": [host]}
        channel = await start(name, DocumentName=document, Parameters=parameters, **more)
        ready = await channel.until_ready()
        assert ready.properties is not None
        assert ready.properties["type"] == "LocalPortForwarding"
        return MuxClient(channel)

    return forward


@pytest.mark.parametrize(("node", "host"), [("web-1", ""), ("win-build", ""), ("web-1", "127.0.0.1")])
async def test_streams_side_by_side(forward: Forward, listen: Listen, node: str, host: str) -> None:
    service = await listen(echoes=True)
    client = await forward(service.port, node, host)
    streams = [await client.open() for _ in range(20)]
    for stream in streams:
        await client.send(stream, b"%d " % stream * 5000)
    for stream in streams:
        await wait_until(f"stream {stream}", lambda stream=stream: client.heard(stream) == b"%d " % stream * 5000)
    assert len(service.connections) == 20
    assert client.channel.flags == []


async def test_fin_closes_the_connection_when_it_has_all_bytes(forward: Forward, listen: Listen) -> None:
    service = await listen(reads=False)
    client = await forward(service.port)
    stream = await client.open()
    await client.send(stream, b"x" * 3_000_000)
    await client.close(stream)
    await wait_until("everything to reach the agent", lambda: client.channel.core.unacknowledged == (0, 0), 20)
    service.start_reading()
    await wait_until("the connection to be closed", lambda: service.connections[0].ended)
    assert len(service.connections[0].data) == 3_000_000


async def test_a_service_that_closes_makes_a_fin_and_there_is_no_half_close(forward: Forward, listen: Listen) -> None:
    service = await listen(greeting=b"and that is all")
    client = await forward(service.port)
    stream = await client.open()
    await wait_until("the greeting", lambda: client.heard(stream) == b"and that is all")
    service.connections[0].writer.write_eof()
    await wait_until("FIN", lambda: client.has_ended(stream))
    await wait_until("the agent to close its end too", lambda: service.connections[0].ended)
    assert client.channel.closed is None


async def test_edge_85_a_refused_stream_brings_flag_3_and_fin_and_the_session_goes_on(
    forward: Forward, listen: Listen
) -> None:
    client = await forward(port := free_port())
    refused = await client.open()
    await wait_until("FIN", lambda: client.has_ended(refused))
    assert client.channel.flags == [Flag.CONNECT_TO_PORT_ERROR], "which came first"
    service = TcpService(echoes=True)
    service.port = port
    await service.start()
    try:
        stream = await client.open()
        await client.send(stream, b"now")
        await wait_until("the echo", lambda: client.heard(stream) == b"now")
    finally:
        await service.close()


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("nowhere.example", "lookup nowhere.example on 127.0.0.53:53: no such host"),
        ("127.1", "lookup 127.1: no such host"),
        ("2130706433", "lookup 2130706433: no such host"),
    ],
)
async def test_a_host_that_nobody_knows_ends_the_session(
    start: StartChannel, monkeypatch: pytest.MonkeyPatch, host: str, told: str
) -> None:
    async def unknown(host: str, *rest: object, **more: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, f"nobody knows {host}")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    channel = await start(
        DocumentName="AWS-StartPortForwardingSessionToRemoteHost",
        Parameters={"portNumber": ["80"], "host": [host]},
    )
    assert await channel.until_closed() == told


async def test_a_host_of_the_company_is_this_machine(forward: Forward, listen: Listen) -> None:
    service = await listen(echoes=True)
    client = await forward(service.port, host="orders.internal")
    stream = await client.open()
    await client.send(stream, b"found")
    await wait_until("the echo", lambda: client.heard(stream) == b"found")


async def test_the_addresses_of_a_host_are_tried_in_order(
    forward: Forward, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await listen(echoes=True)

    async def known(host: str, *rest: object, **more: object) -> list[object]:
        return [(0, 0, 0, "", (address, 0)) for address in ("::1", "127.0.0.1", "127.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", known)
    client = await forward(service.port, host="somewhere.example")
    stream = await client.open()
    await client.send(stream, b"found")
    await wait_until("the echo", lambda: client.heard(stream) == b"found")


async def test_edge_93_a_name_of_a_forbidden_address_is_forbidden(
    start: StartChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def known(host: str, *rest: object, **more: object) -> list[object]:
        return [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.1", "169.254.169.123")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", known)
    channel = await start(
        DocumentName="AWS-StartPortForwardingSessionToRemoteHost",
        Parameters={"portNumber": ["80"], "host": ["clock.example"]},
    )
    assert await channel.until_closed() == "Forwarding to IP address clock.example is forbidden."


async def test_a_slow_dial_delays_all_new_streams_and_no_old_one(
    forward: Forward, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await listen(echoes=True)
    client = await forward(service.port)
    old = await client.open()
    await client.send(old, b"a")
    await wait_until("the echo", lambda: client.heard(old) == b"a")
    gate, real, dialled = asyncio.Event(), Destination.dial, []

    async def slow(self: Destination) -> DialedStreams:
        dialled.append(len(dialled))
        await gate.wait()
        return await real(self)

    monkeypatch.setattr(Destination, "dial", slow)
    first, second = await client.open(), await client.open()
    await client.send(second, b"early")
    await client.send(old, b"b")
    await wait_until("the old stream's echo", lambda: client.heard(old) == b"ab")
    assert dialled == [0], "the second stream waits for the first one's dial"
    assert len(service.connections) == 1
    gate.set()
    await wait_until("the second stream's echo", lambda: client.heard(second) == b"early")
    assert dialled == [0, 1]
    assert client.heard(first) == b""


async def test_payloads_are_cut_at_a_kilobyte_and_not_where_frames_end(forward: Forward, listen: Listen) -> None:
    service = await listen(greeting=b"x" * 200_000)
    client = await forward(service.port)
    stream = await client.open()
    await wait_until("the greeting", lambda: len(client.heard(stream)) == 200_000)
    sizes = client.channel.received_bytes
    assert max(sizes) == 1024
    frames = [piece for piece in FrameReader().feed(bytes(client.channel.output)) if piece.command is SmuxCommand.PSH]
    assert frames
    starts, at = set(), 0
    output = bytes(client.channel.output)
    while at < len(output):
        starts.add(at)
        at += 8 + int.from_bytes(output[at + 2 : at + 4], "little")
    assert max(int.from_bytes(output[at + 2 : at + 4], "little") for at in starts) > 1016
    ends = {sum(sizes[: index + 1]) for index in range(len(sizes))}
    assert not ends <= starts, "some payload ends inside a frame"


async def test_a_destination_that_does_not_read_holds_up_the_whole_session(
    forward: Forward, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.lab.port_mux.RECEIVE_WINDOW", 100_000)
    service = await listen(reads=False, echoes=True)
    client = await forward(service.port)
    stuck = await client.open()
    sent = 0
    while client.channel.core.writable:
        await client.send(stuck, b"x" * 65_536)
        sent += 65_536
        assert sent < 100_000_000, "everything is taken"
    other = await client.open()
    await client.send(other, b"anybody?")
    assert client.channel.core.unacknowledged[0] > 0
    assert client.heard(other) == b""
    service.start_reading()
    await wait_until("the other stream's echo", lambda: client.heard(other) == b"anybody?", 20)
    await wait_until("everything", lambda: len(service.connections[0].data) == sent, 20)
    assert client.channel.closed is None


async def test_edge_93_a_forbidden_destination_ends_the_session_with_its_text(start: StartChannel, lab: Lab) -> None:
    for host in ("169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.253"):
        channel = await start(
            DocumentName="AWS-StartPortForwardingSessionToRemoteHost",
            Parameters={"portNumber": ["80"], "host": [host]},
        )
        assert await channel.until_closed() == f"Forwarding to IP address {host} is forbidden."
        session = lab.book.find(channel.grant["SessionId"])
        assert session is not None
        await wait_until("the book to say so", lambda session=session: session.status == "Failed")


async def test_terminate_ends_everything(forward: Forward, listen: Listen, lab: Lab) -> None:
    service, client = await echoing(forward, listen)
    await client.channel.flag(Flag.TERMINATE)
    assert await client.channel.until_closed() == ""
    await wait_until("the connection to be closed", lambda: service.connections[0].ended)
    session = lab.book.find(client.channel.grant["SessionId"])
    assert session is not None
    await wait_until("the book to say so", lambda: session.status == "Terminated")


async def echoing(forward: Forward, listen: Listen) -> tuple[TcpService, MuxClient]:
    """A service that echoes, and a client with one stream to it that has been used."""
    service = await listen(echoes=True)
    client = await forward(service.port)
    stream = await client.open()
    await client.send(stream, b"one")
    await wait_until("the echo", lambda: client.heard(stream) == b"one")
    return service, client


async def test_closing_the_lab_closes_the_connections(lab: Lab, forward: Forward, listen: Listen) -> None:
    service, _ = await echoing(forward, listen)
    await lab.close()
    await wait_until("the connection to be closed", lambda: service.connections[0].ended)


async def test_nonsense_breaks_the_session(forward: Forward, listen: Listen, lab: Lab) -> None:
    service, client = await echoing(forward, listen)
    await client.channel.send(b"\x02 this is no multiplexer's frame")
    assert await client.channel.until_closed() == ""
    await wait_until("the connection to be closed", lambda: service.connections[0].ended)
    session = lab.book.find(client.channel.grant["SessionId"])
    assert session is not None
    await wait_until("the book to say so", lambda: session.status == "Failed")


async def test_many_bytes_through_cut_sockets(forward: Forward, listen: Listen, aws: Aws) -> None:
    service = await listen(echoes=True)
    client = await forward(service.port)
    stream = await client.open()
    await client.send(stream, b"0123456789" * 3000)
    await client.channel.drop()
    await client.channel.open(await aws.call("ssm", "ResumeSession", SessionId=client.channel.grant["SessionId"]))
    await wait_until("everything, once", lambda: client.heard(stream) == b"0123456789" * 3000)


# Keep-alive


async def test_edge_86_an_agent_with_keepalive_sends_nops_and_hangs_up_when_it_hears_nothing(
    forward: Forward, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.lab.port_mux.KEEPALIVE_INTERVAL", 0.05)
    monkeypatch.setattr("ssmtui.lab.port_mux.KEEPALIVE_TIMEOUT", 0.4)
    service = await listen()
    client = await forward(service.port, client_version="1.2.331.0")
    await wait_until("three NOPs", lambda: bytes(client.channel.output).startswith(NOP * 3))
    assert await client.channel.until_closed() == ""


async def test_edge_86_what_the_client_sends_keeps_it_alive(
    forward: Forward, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.lab.port_mux.KEEPALIVE_INTERVAL", 0.05)
    monkeypatch.setattr("ssmtui.lab.port_mux.KEEPALIVE_TIMEOUT", 0.4)
    service = await listen()
    client = await forward(service.port, client_version="1.2.331.0")
    for count in range(1, 25):  # three times the time that the agent would stand silence
        await wait_until(f"NOP {count}", lambda count=count: client.channel.output.count(NOP) >= count)
        await client.channel.send(NOP)
    assert client.channel.closed is None
    assert await client.channel.until_closed() == "", "once it is silent"


async def test_edge_86_a_newer_client_and_agent_do_without(
    forward: Forward, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssmtui.lab.port_mux.KEEPALIVE_INTERVAL", 0.01)
    monkeypatch.setattr("ssmtui.lab.port_mux.KEEPALIVE_TIMEOUT", 0.05)
    service = await listen(greeting=b"x" * 200_000)  # which takes the agent some 0.2 s
    client = await forward(service.port)
    stream = await client.open()
    await wait_until("the greeting", lambda: len(client.heard(stream)) == 200_000)
    assert client.channel.closed is None
    assert NOP not in client.channel.output
