"""The port multiplexer (protocol.md sections 6.4 and 7)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ssmtui.errors import LocalProtocolError
from ssmtui.protocol.limits import Role
from ssmtui.protocol.smux import (
    ProtocolBroken,
    Smux,
    SmuxLimits,
    StreamData,
    StreamEnded,
    StreamOpened,
    StreamReset,
    StreamWritable,
)
from ssmtui.protocol.smux_frames import FrameReader, SmuxCommand, encode

SYN3 = bytes.fromhex("0100000003000000")
HELLO3 = bytes.fromhex("0102050003000000") + b"hello"
FIN3 = bytes.fromhex("0101000003000000")
NOP = bytes.fromhex("0103000000000000")
PAYLOAD = 1024


def client(limits: SmuxLimits | None = None, *, keepalive: bool = False) -> Smux:
    return Smux(Role.CLIENT, keepalive=keepalive, limits=limits)


def agent(limits: SmuxLimits | None = None) -> Smux:
    return Smux(Role.AGENT, keepalive=False, limits=limits)


def sent(smux: Smux) -> bytes:
    """Everything that is to be sent, in payloads of at most 1,024 bytes."""
    out = bytearray()
    while data := smux.data_to_send(PAYLOAD):
        assert len(data) <= PAYLOAD
        out += data
    assert not smux.has_data_to_send
    return bytes(out)


def frames(data: bytes) -> list[tuple[SmuxCommand, int, bytes]]:
    """The frames of a byte stream that ends with a whole one."""
    reader = FrameReader()
    found = [(piece.command, piece.stream_id, bytes(piece.data)) for piece in reader.feed(data)]
    assert reader.held == 0
    return found


def in_pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    return [data[start:end] for start, end in pairwise([0, *cuts, len(data)])]


def greeted() -> Smux:
    """An agent end to which stream 3 is open."""
    smux = agent()
    smux.receive(SYN3, 0.0)
    assert smux.events() == [StreamOpened(3)]
    return smux


def test_vectors_are_what_the_client_sends() -> None:
    smux = client(keepalive=True)
    assert smux.open(0.0) == 3
    assert sent(smux) == SYN3
    smux.send(3, b"hello")
    assert sent(smux) == HELLO3
    smux.handle_timeout(10.0)
    assert sent(smux) == NOP
    smux.close(3)
    assert sent(smux) == FIN3


def test_vector_of_a_long_write() -> None:
    smux = client(SmuxLimits(frame=32768))
    smux.open(0.0)
    data = bytes(range(250)) * 160
    smux.send(3, data)
    expected = SYN3 + bytes.fromhex("0102008003000000") + data[:32768]
    expected += bytes.fromhex("0102401c03000000") + data[32768:]
    assert smux.data_to_send(50_000) == expected


def test_vectors_are_what_the_agent_reads_at_every_split() -> None:
    stream = SYN3 + HELLO3 + NOP + HELLO3 + FIN3
    for first in range(len(stream) + 1):
        for second in range(first, len(stream) + 1):
            smux = agent()
            for part in in_pieces(stream, (first, second)):
                smux.receive(part, 0.0)
            assert smux.events() == [StreamOpened(3), StreamData(3), StreamEnded(3)], (first, second)
            assert smux.take(3, 100) == b"hellohello", (first, second)


def test_a_frame_that_does_not_fit_its_header_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        encode(SmuxCommand.PSH, 3, bytes(65536))
    with pytest.raises(LocalProtocolError):
        encode(SmuxCommand.SYN, 1 << 32)


def test_edge_82_frame_of_32768_bytes_over_33_payloads_with_split_headers() -> None:
    smux, data = client(), bytes(range(256)) * 128
    smux.open(0.0)
    stream = encode(SmuxCommand.PSH, 3, data) + encode(SmuxCommand.FIN, 3)
    payloads = [stream[at : at + PAYLOAD] for at in range(0, len(stream), PAYLOAD)]
    assert len(payloads) == 33
    got = bytearray()
    for payload in payloads:
        smux.receive(payload[:5], 0.0)
        smux.receive(payload[5:], 0.0)
        got += smux.take(3, PAYLOAD)
    assert got == data
    assert smux.events()[-1] == StreamEnded(3)


def test_edge_82_three_frames_in_one_payload() -> None:
    smux = client()
    for _ in range(3):
        smux.open(0.0)
    smux.receive(
        encode(SmuxCommand.PSH, 7, b"c") + encode(SmuxCommand.PSH, 3, b"a") + encode(SmuxCommand.PSH, 5, b"b"), 0.0
    )
    assert smux.events() == [StreamData(7), StreamData(3), StreamData(5)]
    assert [smux.take(stream_id, 9) for stream_id in (3, 5, 7)] == [b"a", b"b", b"c"]


def test_edge_83_streams_are_3_5_7() -> None:
    smux = client()
    assert [smux.open(0.0) for _ in range(3)] == [3, 5, 7]
    assert frames(sent(smux)) == [(SmuxCommand.SYN, 3, b""), (SmuxCommand.SYN, 5, b""), (SmuxCommand.SYN, 7, b"")]


def test_edge_83_frames_of_an_unknown_stream_are_skipped() -> None:
    smux = client()
    smux.open(0.0)
    smux.receive(
        encode(SmuxCommand.FIN, 9) + encode(SmuxCommand.PSH, 9, b"lost") + encode(SmuxCommand.PSH, 3, b"kept"), 0.0
    )
    assert smux.events() == [StreamData(3)]
    assert (smux.pending(9), smux.take(9, 10), smux.take(3, 10)) == (0, b"", b"kept")


def test_edge_83_duplicate_syn_is_ignored() -> None:
    smux = greeted()
    smux.receive(HELLO3 + SYN3, 0.0)
    assert smux.events() == [StreamData(3)]
    assert smux.take(3, 10) == b"hello"
    assert smux.open_streams == (3,)


def test_edge_83_data_and_fin_after_fin_are_ignored() -> None:
    smux = greeted()
    smux.receive(HELLO3 + FIN3 + HELLO3 + FIN3, 0.0)
    assert smux.events() == [StreamData(3), StreamEnded(3)]
    assert smux.take(3, 100) == b"hello"


def test_the_agent_opens_no_streams_and_the_client_accepts_none() -> None:
    with pytest.raises(LocalProtocolError):
        agent().open(0.0)
    smux = client()
    smux.receive(encode(SmuxCommand.SYN, 2) + encode(SmuxCommand.PSH, 2, b"x"), 0.0)
    assert (smux.events(), smux.open_streams, smux.data_to_send(PAYLOAD)) == ([], (), b"")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("0200000003000000", "version 2"),
        ("0000000003000000", "version 0"),
        ("0109000003000000", "command 9"),
        ("0104080003000000", "UPD"),
        ("0104000003000000", "UPD"),
        ("0100010003000000", "SYN with 1 bytes"),
        ("0101020003000000", "FIN with 2 bytes"),
        ("010300ff00000000", "NOP with 65280 bytes"),
    ],
)
def test_edge_84_a_bad_header_breaks_everything_once(header: str, reason: str) -> None:
    smux = client(keepalive=True)
    smux.open(0.0)
    smux.open(0.0)
    smux.send(5, b"waiting")
    smux.handle_timeout(10.0)
    smux.receive(HELLO3, 10.0)
    for byte in bytes.fromhex(header):
        smux.receive(bytes([byte]), 11.0)
    smux.receive(bytes.fromhex(header) + HELLO3, 12.0)
    [data, broken] = smux.events()
    assert data == StreamData(3)
    assert isinstance(broken, ProtocolBroken)
    assert reason in broken.reason
    assert smux.broken
    assert smux.open_streams == ()
    assert (smux.data_to_send(PAYLOAD), smux.has_data_to_send) == (b"", False)
    assert (smux.take(3, 10), smux.writable(3), smux.can_open) == (b"", False, False)
    assert smux.next_deadline() is None
    smux.handle_timeout(100.0)
    smux.close(3)
    assert (smux.events(), smux.data_to_send(PAYLOAD)) == ([], b"")
    with pytest.raises(LocalProtocolError):
        smux.open(12.0)


def test_edge_85_fin_of_the_agent_is_a_close_and_is_answered_by_ours() -> None:
    smux = client()
    smux.open(0.0)
    smux.send(3, b"GET /")
    assert frames(sent(smux)) == [(SmuxCommand.SYN, 3, b""), (SmuxCommand.PSH, 3, b"GET /")]
    smux.send(3, b"too late")
    smux.receive(FIN3, 0.0)
    assert smux.events() == [StreamEnded(3)]
    assert not smux.writable(3)
    assert not smux.has_data_to_send
    smux.close(3)
    smux.close(3)
    assert sent(smux) == FIN3


def test_close_sends_what_is_queued_then_fin_once_and_skips_what_still_comes() -> None:
    smux = client()
    smux.open(0.0)
    smux.send(3, b"last words")
    smux.close(3)
    smux.receive(HELLO3 + FIN3, 0.0)
    smux.close(3)
    smux.close(4711)
    assert frames(sent(smux)) == [
        (SmuxCommand.SYN, 3, b""),
        (SmuxCommand.PSH, 3, b"last words"),
        (SmuxCommand.FIN, 3, b""),
    ]
    assert smux.events() == []
    assert smux.open(0.0) == 5


def test_edge_86_keepalive_sends_one_nop_every_ten_seconds() -> None:
    smux = client(keepalive=True)
    assert smux.next_deadline() == 0.0
    smux.handle_timeout(100.0)
    assert (smux.next_deadline(), smux.has_data_to_send) == (110.0, False)
    smux.handle_timeout(109.9)
    assert not smux.has_data_to_send
    smux.handle_timeout(110.0)
    assert sent(smux) == NOP
    smux.receive(NOP, 112.0)
    assert smux.next_deadline() == 120.0
    smux.handle_timeout(5000.0)
    smux.handle_timeout(5010.0)
    assert sent(smux) == NOP, "a late timer owes one NOP, and one that waits is enough"
    assert smux.next_deadline() == 5020.0


def test_edge_86_without_keepalive_there_is_no_deadline_and_silence_closes_nothing() -> None:
    smux = client()
    smux.open(0.0)
    sent(smux)
    smux.handle_timeout(1_000_000.0)
    assert (smux.next_deadline(), smux.has_data_to_send, smux.open_streams, smux.events()) == (None, False, (3,), [])


def test_silence_closes_nothing_with_keepalive_either() -> None:
    smux = client(keepalive=True)
    smux.open(0.0)
    for tick in range(1, 100):
        smux.handle_timeout(tick * 10.0)
    assert (smux.events(), smux.open_streams) == ([], (3,))


def test_edge_91_one_of_200_readers_is_stuck_and_the_others_go_on() -> None:
    limits = SmuxLimits(unread=5000)
    near, far = client(limits), agent()
    streams = [near.open(0.0) for _ in range(200)]
    far.receive(sent(near), 0.0)
    assert far.events() == [StreamOpened(stream_id) for stream_id in streams]
    stuck, got = streams[77], dict.fromkeys(streams, 0)
    resets: list[StreamReset] = []
    for _ in range(10):
        for stream_id in streams:
            if far.writable(stream_id):
                far.send(stream_id, bytes(1000))
        near.receive(sent(far), 0.0)
        resets += [event for event in near.events() if isinstance(event, StreamReset)]
        for stream_id in streams:
            if stream_id != stuck:
                got[stream_id] += len(near.take(stream_id, 5000))
        far.receive(sent(near), 0.0)
    assert resets == [StreamReset(stuck, 5000)]
    assert StreamEnded(stuck) in far.events()
    assert got == {stream_id: 0 if stream_id == stuck else 10_000 for stream_id in streams}
    assert stuck not in near.open_streams
    assert len(near.open_streams) == 199


def test_a_stream_holds_its_bound_and_is_dropped_by_one_byte_more() -> None:
    smux = client(SmuxLimits(unread=10))
    smux.open(0.0)
    sent(smux)
    smux.send(3, b"not sent any more")
    smux.receive(HELLO3 + HELLO3, 0.0)
    assert (smux.pending(3), smux.events()) == (10, [StreamData(3)])
    smux.receive(encode(SmuxCommand.PSH, 3, b"!"), 0.0)
    assert smux.events() == [StreamReset(3, 10)]
    assert (smux.pending(3), smux.writable(3)) == (0, False)
    smux.receive(HELLO3, 0.0)
    assert sent(smux) == FIN3
    assert smux.events() == []


def test_all_streams_together_are_bounded_and_the_fullest_goes_first() -> None:
    smux = client(SmuxLimits(unread=100, unread_total=130))
    for _ in range(3):
        smux.open(0.0)
    smux.receive(encode(SmuxCommand.PSH, 3, bytes(40)) + encode(SmuxCommand.PSH, 5, bytes(90)), 0.0)
    smux.receive(encode(SmuxCommand.PSH, 7, bytes(30)), 0.0)
    assert smux.events() == [StreamData(3), StreamData(5), StreamReset(5, 90), StreamData(7)]
    assert [smux.pending(stream_id) for stream_id in (3, 5, 7)] == [40, 0, 30]
    smux.take(3, 40)
    smux.close(7)
    smux.receive(encode(SmuxCommand.PSH, 3, bytes(100)), 0.0)
    assert smux.pending(3) == 100, "what is taken or closed is not counted any more"


def test_data_is_announced_again_only_after_all_has_been_taken() -> None:
    smux = greeted()
    smux.receive(HELLO3 + HELLO3, 0.0)
    assert smux.events() == [StreamData(3)]
    assert smux.take(3, 7) == b"hellohe"
    smux.receive(HELLO3, 0.0)
    assert smux.events() == []
    assert smux.take(3, 100) == b"llohello"
    smux.receive(HELLO3, 0.0)
    assert smux.events() == [StreamData(3)]
    assert (smux.take(3, 0), smux.take(3, -1), smux.pending(3)) == (b"", b"", 5)


def test_streams_take_turns_and_a_full_frame_is_one_payload() -> None:
    smux = client()
    for _ in range(3):
        smux.open(0.0)
    sent(smux)
    smux.send(3, b"a" * 5000)
    smux.send(5, b"b" * 1500)
    smux.send(7, b"c")
    payloads = []
    while data := smux.data_to_send(PAYLOAD):
        payloads.append([(stream_id, len(body)) for _, stream_id, body in frames(data)])
    assert payloads == [
        [(3, 1016)],
        [(5, 1016)],
        [(7, 1)],
        [(3, 1016)],
        [(5, 484)],
        [(3, 1016)],
        [(3, 1016)],
        [(3, 936)],
    ]


def test_small_frames_share_a_payload_and_a_small_payload_cuts_a_frame() -> None:
    smux = client()
    smux.open(0.0)
    smux.open(0.0)
    smux.send(3, b"x" * 20)
    assert frames(smux.data_to_send(PAYLOAD)) == [
        (SmuxCommand.SYN, 3, b""),
        (SmuxCommand.SYN, 5, b""),
        (SmuxCommand.PSH, 3, b"x" * 20),
    ]
    smux.send(3, b"xyz")
    assert frames(smux.data_to_send(9)) == [(SmuxCommand.PSH, 3, b"x")]
    assert frames(smux.data_to_send(10)) == [(SmuxCommand.PSH, 3, b"yz")]
    with pytest.raises(LocalProtocolError):
        smux.data_to_send(8)


def test_a_stream_is_writable_up_to_its_bound_and_says_when_it_is_again() -> None:
    smux = client(SmuxLimits(unsent=2048))
    smux.open(0.0)
    sent(smux)
    with pytest.raises(LocalProtocolError):
        smux.send(3, bytes(2049))
    smux.send(3, bytes(2047))
    assert smux.writable(3)
    smux.send(3, b"!")
    assert not smux.writable(3)
    with pytest.raises(LocalProtocolError):
        smux.send(3, b"!")
    smux.data_to_send(PAYLOAD)
    assert (smux.unsent(3), smux.writable(3), smux.events()) == (1032, False, [])
    smux.data_to_send(PAYLOAD)
    assert (smux.unsent(3), smux.writable(3), smux.events()) == (16, True, [StreamWritable(3)])
    smux.close(3)
    with pytest.raises(LocalProtocolError):
        smux.send(3, b"!")


def test_after_the_last_id_no_stream_is_opened() -> None:
    smux = client(SmuxLimits(last_id=5))
    assert (smux.open(0.0), smux.open(0.0), smux.can_open) == (3, 5, False)
    with pytest.raises(LocalProtocolError):
        smux.open(0.0)
    assert SmuxLimits().last_id == 0xFFFFFFFF


def test_the_client_opens_no_more_streams_than_its_bound() -> None:
    smux = client(SmuxLimits(streams=2))
    smux.open(0.0)
    smux.open(0.0)
    with pytest.raises(LocalProtocolError):
        smux.open(0.0)
    smux.close(3)
    assert not smux.can_open, "its last frames are still to be sent"
    sent(smux)
    assert smux.open(0.0) == 7


def test_the_agent_refuses_streams_beyond_its_bound_and_breaks_under_a_flood_of_them() -> None:
    smux = agent(SmuxLimits(streams=2))
    smux.receive(b"".join(encode(SmuxCommand.SYN, stream_id) for stream_id in (3, 5, 7, 9)), 0.0)
    assert smux.events() == [StreamOpened(3), StreamOpened(5)]
    assert frames(sent(smux)) == [(SmuxCommand.FIN, 7, b""), (SmuxCommand.FIN, 9, b"")]
    smux.receive(b"".join(encode(SmuxCommand.SYN, stream_id) for stream_id in range(11, 1001)), 0.0)
    assert smux.events() == [ProtocolBroken("more than 4 smux streams")]


def test_no_bytes_of_a_stream_are_in_a_repr() -> None:
    smux = greeted()
    smux.receive(encode(SmuxCommand.PSH, 3, b"s3cret"), 0.0)
    [piece] = FrameReader().feed(encode(SmuxCommand.PSH, 3, b"s3cret"))
    assert "s3cret" not in repr((smux, smux.events(), piece))


_LIMITS = SmuxLimits(frame=7, unsent=40)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.just(0), st.just(0)),
        st.tuples(st.sampled_from(["near", "far"]), st.integers(0, 30), st.integers(1, 40)),
        st.tuples(st.just("wire"), st.integers(9, 40), st.integers(1, 12)),
    ),
    max_size=80,
)


class Joined:
    """A client and an agent with a byte stream each way; what was sent and what was taken, by end and stream."""

    def __init__(self) -> None:
        self.ends = {"near": client(_LIMITS), "far": agent(_LIMITS)}
        self.wires = {"near": bytearray(), "far": bytearray()}
        self.sent: dict[tuple[str, int], bytes] = {}
        self.got: dict[tuple[str, int], bytes] = {}
        self.closed: set[tuple[str, int]] = set()
        self.opened: list[int] = []
        self.counter = 0

    def send(self, end: str, which: int, size: int) -> None:
        known = self.ends[end].open_streams
        if not known or not self.ends[end].writable(known[which % len(known)]):
            return
        stream_id = known[which % len(known)]
        data = bytes((self.counter + at) % 256 for at in range(size))
        self.counter += size
        self.ends[end].send(stream_id, data)
        self.sent[end, stream_id] = self.sent.get((end, stream_id), b"") + data
        assert self.ends[end].unsent(stream_id) < 2 * _LIMITS.unsent

    def carry(self, room: int, chunk: int) -> None:
        for end, other in (("near", "far"), ("far", "near")):
            self.wires[end] += self.ends[end].data_to_send(room)
            self.listen(other, end)  # sending may have made a stream writable: that is news before more is sent
            self.ends[other].receive(bytes(self.wires[end][:chunk]), 0.0)
            del self.wires[end][:chunk]
            self.listen(end, other)

    def listen(self, end: str, other: str) -> None:
        for event in self.ends[other].events():
            self.note(end, other, event)

    def note(self, end: str, other: str, event: object) -> None:
        match event:
            case StreamOpened(stream_id):
                self.opened.append(stream_id)
            case StreamData(stream_id):
                while data := self.ends[other].take(stream_id, 3):
                    self.got[end, stream_id] = self.got.get((end, stream_id), b"") + data
            case StreamEnded(stream_id):
                self.closed.add((other, stream_id))
            case StreamWritable(stream_id):
                assert self.ends[other].writable(stream_id)
            case _:
                pytest.fail(f"{event}")

    def settle(self, room: int, chunk: int) -> None:
        while any(self.wires.values()) or any(end.has_data_to_send for end in self.ends.values()):
            self.carry(room, chunk)
        # Sending is what made a stream writable again: whoever has just sent has news, too.
        self.listen("near", "far")
        self.listen("far", "near")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(
    steps=[
        ("open", 0, 0),
        ("wire", 9, 8),
        ("far", 0, 23),
        ("far", 0, 26),
        ("wire", 9, 1),
        ("wire", 30, 1),
        ("wire", 30, 1),
        ("far", 0, 20),
    ],
    room=9,
    chunk=1,
)
@given(steps=_steps, room=st.integers(9, 64), chunk=st.integers(1, 64))
def test_what_is_delivered_is_what_was_sent_in_order_on_each_stream(
    steps: list[tuple[str, int, int]], room: int, chunk: int
) -> None:
    pair, near = Joined(), []
    for what, first, second in steps:
        if what == "open":
            near.append(pair.ends["near"].open(0.0))
        elif what == "wire":
            pair.carry(first, second)
        else:
            pair.send(what, first, second)
    pair.settle(room, chunk)
    assert pair.got == pair.sent
    assert pair.opened == near
    for stream_id in near:
        pair.ends["near"].close(stream_id)
    pair.settle(room, chunk)
    assert pair.closed == {("far", stream_id) for stream_id in near}
    assert pair.ends["near"].open_streams == ()


_TIGHT = SmuxLimits(unread=50, unread_total=120, streams=4)
_headers = st.builds(
    lambda version, command, size, stream_id, data: (
        bytes([version, command]) + size.to_bytes(2, "little") + stream_id.to_bytes(4, "little") + data
    ),
    st.sampled_from([1] * 30 + [2]),
    st.sampled_from([0, 1, 2, 2, 2, 3] * 8 + [4, 9]),
    st.integers(0, 3),
    st.integers(0, 9),
    st.binary(max_size=4),
)
_valid = st.builds(
    lambda command, stream_id, data: encode(command, stream_id, data if command is SmuxCommand.PSH else b""),
    st.sampled_from([SmuxCommand.SYN, SmuxCommand.FIN, SmuxCommand.PSH, SmuxCommand.PSH, SmuxCommand.NOP]),
    st.integers(0, 16),
    st.binary(max_size=60),
)
_inputs = st.lists(
    st.one_of(st.binary(max_size=40), _headers, st.lists(_valid, max_size=12).map(b"".join)), max_size=30
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(Role), _inputs, st.booleans(), st.lists(st.integers(0, 9), max_size=30))
def test_any_bytes_are_read_without_raising_and_within_bounds(
    role: Role, inputs: list[bytes], pulled: bool, closes: list[int]
) -> None:
    smux = Smux(role, keepalive=True, limits=_TIGHT)
    if role is Role.CLIENT:
        smux.open(0.0)
        smux.open(0.0)
    seen: list[object] = []
    for number, data in enumerate(inputs):
        smux.receive(data, float(number))
        if number < len(closes):
            smux.close(closes[number])
        smux.handle_timeout(float(number))
        unread = [smux.pending(stream_id) for stream_id in smux.open_streams]
        assert len(unread) <= _TIGHT.streams
        assert max(unread, default=0) <= _TIGHT.unread
        assert sum(unread) <= _TIGHT.unread_total
        if pulled:
            assert len(sent(smux)) <= 2 * _TIGHT.streams * 8 + 24
            seen += smux.events()
    waiting = sent(smux)
    assert len(waiting) <= 2 * _TIGHT.streams * 8 + 24
    events = smux.events()
    if not pulled:
        assert len(events) <= 2 * _TIGHT.streams * (len(inputs) + 4)
    broken = [event for event in [*seen, *events] if isinstance(event, ProtocolBroken)]
    assert len(broken) == smux.broken


def test_a_long_frame_that_never_ends_and_a_long_flood_hold_no_memory() -> None:
    reader = FrameReader()
    assert list(reader.feed(encode(SmuxCommand.PSH, 9, bytes(65535))[:7])) == []
    assert reader.held == 7
    smux = client(SmuxLimits(unread=1000))
    smux.open(0.0)
    flood = (
        b"".join(encode(SmuxCommand.PSH, 3, bytes(65535)) for _ in range(20))
        + encode(SmuxCommand.PSH, 5, bytes(65535)) * 20
    )
    smux.receive(flood, 0.0)
    assert smux.events() == [StreamReset(3, 0)]
    assert frames(sent(smux)) == [(SmuxCommand.SYN, 3, b""), (SmuxCommand.FIN, 3, b"")]
