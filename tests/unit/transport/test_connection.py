"""The web-socket connection that moves many messages at a time, fed piece by piece, without a socket.

What it relies upon of ``websockets`` is proven here: when a new release breaks a test of this file, read the head of
``ssmtui/transport/connection.py``.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import struct
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from ssmtui.tasks import Tasks
from ssmtui.transport import connection as module
from ssmtui.transport.connection import BatchConnection
from ssmtui.transport.link import BATCH, BATCH_BYTES

BINARY, TEXT, CONT, PING = Opcode.BINARY, Opcode.TEXT, Opcode.CONT, Opcode.PING


class FakeTransport(asyncio.Transport):
    """Keeps what is written, a call a write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.reading = True
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        return

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        return

    def abort(self) -> None:
        self.aborted = True


class Ends:
    """A connection of ours on a transport of memory, and the server's side of it."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.transport = FakeTransport()
        protocol = ClientProtocol(parse_uri("ws://127.0.0.1/"), max_size=module.MAX_MESSAGE)
        self.ours = BatchConnection(protocol, ping_interval=None, close_timeout=0.01)
        self.ours.connection_made(self.transport)
        self.server = ServerProtocol(max_size=None)
        self.ours.request = protocol.connect()
        protocol.send_request(self.ours.request)
        self.ours.send_data()
        self.server.receive_data(self.transport.writes.pop())
        (request,) = self.server.events_received()
        self.server.send_response(self.server.accept(request))  # type: ignore[arg-type]
        self.answer = b"".join(self.server.data_to_send())
        if is_open:
            self.ours.data_received(self.answer)
            assert self.ours.protocol.state is State.OPEN

    def feed(self, stream: bytes, sizes: Iterator[int] | None = None) -> None:
        """Let ``stream`` come in pieces of these sizes, or at once."""
        start = 0
        while start < len(stream):
            size = next(sizes) if sizes is not None else len(stream)
            self.ours.data_received(stream[start : start + size])
            start += size

    async def taken(self, count: int) -> list[bytes]:
        messages: list[bytes] = []
        while len(messages) < count:
            messages += await self.ours.receive_many()
        return messages

    async def end(self) -> ConnectionClosed:
        """What the reader hears once the socket is gone."""
        self.ours.connection_lost(None)
        with pytest.raises(ConnectionClosed) as closed:
            await self.ours.receive_many()
        return closed.value

    def heard(self) -> list[bytes]:
        """The payloads of the data frames that the server has got."""
        self.server.receive_data(b"".join(self.transport.writes))
        return [bytes(event.data) for event in self.server.events_received() if isinstance(event, Frame)]


def wire(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=False)


LENGTHS = (0, 1, 125, 126, 1144, 0xFFFF, 0x10000)
LOOKS_LIKE_FRAMES = b"\x82\x00" * 600
MIXTURE: Sequence[tuple[bytes, list[bytes]]] = [
    (wire(BINARY, LOOKS_LIKE_FRAMES), [LOOKS_LIKE_FRAMES]),
    *((wire(BINARY, bytes([length & 0xFF]) * length), [bytes([length & 0xFF]) * length]) for length in LENGTHS),
    (wire(TEXT, "tëxt".encode()), ["tëxt".encode()]),
    (wire(PING, b"there?"), []),
    (wire(BINARY, b"", fin=False) + wire(CONT, b"fr") + wire(BINARY, b"after"), [b"fr", b"after"]),
    (
        wire(TEXT, b"in ", fin=False) + wire(PING, b"") + wire(CONT, b"three ", fin=False) + wire(CONT, b"parts"),
        [b"in three parts"],
    ),
    (wire(BINARY, b"last"), [b"last"]),
]
STREAM = b"".join(part for part, _ in MIXTURE)
MESSAGES = [message for _, messages in MIXTURE for message in messages]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 100, 1148, 5000, 1 << 20])
async def test_messages_come_whole_and_in_order_however_the_stream_is_cut(size: int) -> None:
    ends = Ends()
    ends.feed(STREAM, itertools.repeat(size))
    assert await ends.taken(len(MESSAGES)) == MESSAGES
    assert ends.transport.reading


async def test_messages_come_in_order_under_cuts_at_random(seed: str) -> None:
    dice = random.Random(seed)
    for _ in range(50):
        ends = Ends()
        ends.feed(STREAM, iter(lambda: dice.choice((1, 2, 3, 10, 130, 70_000)), None))
        assert await ends.taken(len(MESSAGES)) == MESSAGES


async def test_pings_among_the_messages_are_answered() -> None:
    ends = Ends()
    ends.feed(wire(BINARY, b"one") + wire(PING, b"there?") + wire(BINARY, b"two"))
    assert ends.heard() == [b"there?"]
    assert await ends.ours.receive_many() == [b"one", b"two"]


@pytest.mark.parametrize("size", [1, 2000])
@pytest.mark.parametrize("behind", range(-6, 4))
async def test_messages_that_come_with_the_answer_to_the_upgrade_are_not_lost(behind: int, size: int) -> None:
    ends = Ends(is_open=False)
    cut = len(ends.answer) + behind
    ends.feed(ends.answer + STREAM, iter((cut, size, 900, 1 << 20)))
    assert await ends.taken(len(MESSAGES)) == MESSAGES


async def test_a_stream_of_short_messages_may_be_cut_anywhere() -> None:
    messages = [b"", b"a", b"bc", bytes(130)]
    stream = b"".join(wire(BINARY, message) for message in messages)
    for cut in range(1, len(stream)):
        ends = Ends()
        ends.feed(stream, iter((cut, len(stream))))
        assert await ends.taken(len(messages)) == messages, cut


async def test_a_large_message_in_small_pieces_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends()
    looks: list[int] = []
    split = ends.ours._split
    monkeypatch.setattr(ends.ours, "_split", lambda data: (looks.append(len(data)), split(data)))
    ends.feed(wire(BINARY, bytes(module.MAX_MESSAGE)), itertools.repeat(4096))
    assert [len(message) for message in await ends.ours.receive_many()] == [module.MAX_MESSAGE]
    assert len(looks) == 2


@given(stream=st.binary(max_size=400), size=st.integers(1, 50))
def test_nonsense_of_the_peer_never_raises(stream: bytes, size: int) -> None:
    async def feed() -> None:
        ends = Ends()
        ends.feed(stream, itertools.repeat(size))
        assert ends.ours._held == sum(map(len, ends.ours._arrived))

    asyncio.run(feed())


REFUSED = {
    "masked": (Frame(BINARY, b"data").serialize(mask=True), 1002),
    "one byte too long": (struct.pack("!BBQ", 0x82, 127, module.MAX_MESSAGE + 1), 1009),
    "longer than any": (struct.pack("!BBQ", 0x82, 127, 2**64 - 1), 1009),
    "goes on what was not begun": (wire(CONT, b"data"), 1002),
    "begins before the last one ends": (wire(BINARY, b"x", fin=False) + wire(BINARY, b"y"), 1002),
    "reserved bit": (b"\xc2\x01x", 1002),
    "unknown opcode": (b"\x83\x01x", 1002),
    "too long in parts": (
        wire(BINARY, bytes(module.MAX_MESSAGE), fin=False) + wire(CONT, b"x"),
        1009,
    ),
}


@pytest.mark.parametrize(("nonsense", "code"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("size", [1000, 1 << 22])
async def test_what_may_not_come_ends_the_connection_behind_what_came_before(
    nonsense: bytes, code: int, size: int
) -> None:
    ends = Ends()
    ends.feed(wire(BINARY, b"before") + nonsense + wire(BINARY, b"behind"), itertools.repeat(size))
    assert await ends.ours.receive_many() == [b"before"]
    closed = await ends.end()
    assert closed.sent is not None
    assert closed.sent.code == code


@pytest.mark.parametrize("name", ["masked", "one byte too long", "longer than any"])
async def test_a_header_that_may_not_come_is_refused_before_what_it_announces(name: str) -> None:
    ends = Ends()
    ends.feed(REFUSED[name][0][: 2 if name == "masked" else 10])
    assert ends.ours.protocol.state is State.CLOSING


async def test_while_we_close_the_peers_last_words_and_its_own_close_are_heard() -> None:
    ends = Ends()
    ends.feed(wire(BINARY, b"half of it is here")[:10])
    ends.ours.protocol.send_close(1000)
    ends.server.receive_data(b"".join(ends.ours.protocol.data_to_send()))
    close = b"".join(ends.server.data_to_send())
    ends.feed(wire(BINARY, b"half of it is here")[10:] + wire(BINARY, b"words") + close, itertools.repeat(3))
    assert await ends.taken(2) == [b"half of it is here", b"words"]
    assert (await ends.end()).rcvd is not None


@pytest.mark.parametrize("size", [1, 20, 1 << 20])
async def test_a_close_in_the_middle_of_a_burst_delivers_what_came_before_it(size: int) -> None:
    ends = Ends()
    before = [b"%d" % number for number in range(100)]
    ends.server.send_close(1000, "Bye")
    close = b"".join(ends.server.data_to_send())
    frames = b"".join(wire(BINARY, message) for message in before)
    ends.feed(frames + close + wire(BINARY, b"behind"), itertools.repeat(size))
    assert await ends.taken(100) == before
    closed = await ends.end()
    assert closed.rcvd is not None
    assert (closed.rcvd.code, closed.rcvd.reason) == (1000, "Bye")


async def test_a_socket_that_breaks_in_the_middle_of_a_frame_delivers_the_whole_ones() -> None:
    ends = Ends()
    ends.feed(wire(BINARY, b"one") + wire(BINARY, b"two") + wire(BINARY, bytes(1000))[:500])
    ends.ours.eof_received()
    assert await ends.ours.receive_many() == [b"one", b"two"]
    closed = await ends.end()
    assert closed.rcvd is None


async def test_a_batch_is_bounded_in_number_and_in_bytes() -> None:
    ends = Ends()
    ends.feed(wire(BINARY, b"small") * (BATCH + 3) + wire(BINARY, bytes(BATCH_BYTES)) * 2)
    assert [len(await ends.ours.receive_many()) for _ in range(3)] == [BATCH, 4, 1]


async def test_a_reader_that_does_not_come_stops_the_socket_until_it_does() -> None:
    ends = Ends()
    frame = wire(BINARY, bytes(1024))
    fed = 0
    while ends.transport.reading:
        ends.feed(frame)
        fed += 1
    assert 1024 * (fed - 1) <= module.HIGH_WATER < 1024 * fed
    taken = 0
    while not ends.transport.reading:
        taken += len(await ends.ours.receive_many())
    assert 0 < 1024 * (fed - taken) <= module.LOW_WATER
    assert taken + len(await ends.taken(fed - taken)) == fed


async def test_a_reader_that_is_cancelled_loses_nothing() -> None:
    ends = Ends()
    tasks = Tasks("test")
    reading = tasks.start("reading", ends.ours.receive_many())
    await asyncio.sleep(0)
    ends.feed(wire(BINARY, b"one"))  # wakes it
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    ends.feed(wire(BINARY, b"two"))
    assert await ends.ours.receive_many() == [b"one", b"two"]


async def test_a_reader_that_waits_hears_of_the_end() -> None:
    ends = Ends()
    tasks = Tasks("test")
    reading = tasks.start("reading", ends.ours.receive_many())
    await asyncio.sleep(0)
    ends.ours.connection_lost(None)
    with pytest.raises(ConnectionClosed):
        await reading


async def test_many_messages_go_out_with_one_write_each_in_a_masked_frame_of_its_own() -> None:
    ends = Ends()
    messages = [bytes([length & 0xFF]) * length for length in LENGTHS]
    await ends.ours.send_many(messages)
    assert len(ends.transport.writes) == 1
    assert ends.heard() == messages


async def test_no_two_frames_share_a_mask() -> None:
    ends = Ends()
    await ends.ours.send_many([bytes(4)] * 50)
    (written,) = ends.transport.writes
    masked = {written[start + 6 : start + 10] for start in range(0, len(written), 10)}
    assert len(masked) == 50


async def test_sending_waits_while_the_buffer_is_full() -> None:
    ends = Ends()
    ends.ours.pause_writing()
    tasks = Tasks("test")
    sending = tasks.start("sending", ends.ours.send_many([b"frame"]))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not sending.done()
    ends.ours.resume_writing()
    await sending


async def test_sending_fails_once_the_connection_is_closed() -> None:
    ends = Ends()
    await ends.end()
    with pytest.raises(ConnectionClosed):
        await ends.ours.send_many([b"late"])


def test_what_is_relied_upon_is_there() -> None:
    for name in ("data_received", "connection_lost", "process_event", "send_context", "recv"):
        assert callable(getattr(ClientConnection, name, None)), f"websockets has no ClientConnection.{name} any more"
