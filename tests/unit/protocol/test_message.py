"""Frames against the vectors of protocol.md appendix A, and against everything that is not a frame."""

from __future__ import annotations

import json
import struct
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.errors import LocalProtocolError, RemoteProtocolError
from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    AgentMessage,
    DataChannel,
    Dropped,
    Flag,
    MessageType,
    PayloadType,
    RequestedAction,
    Role,
    Stamp,
)
from ssmtui.protocol.message import channel_closed, encode_acknowledgement, publication
from ssmtui.protocol.payloads import HandshakeRequest, encode_flag, encode_size, end_reason
from tests.support.playbook import Peer, shell, stamps

ID = UUID("01234567-89ab-4cde-8f01-23456789abcd")
CREATED = 1_700_000_000_000
STAMP = Stamp(ID.bytes, CREATED)
ACKNOWLEDGED = AgentMessage(MessageType.OUTPUT, UUID("fedcba98-7654-4321-8fed-cba987654321").bytes, CREATED, 5)
_OUTPUT = "00000074 6f75747075745f73747265616d5f646174612020202020202020202020202020"
_INPUT = "00000074 696e7075745f73747265616d5f64617461202020202020202020202020202020"
_COMMON = "00000001 0000018bcfe56800"
_ID = "8f0123456789abcd0123456789ab4cde"


def _stream(kind: MessageType, sequence: int, flags: int, payload_type: PayloadType, payload: bytes) -> AgentMessage:
    return AgentMessage(kind, ID.bytes, CREATED, sequence, flags, payload_type, payload)


_V5 = HandshakeRequest(
    "3.3.987.0",
    (RequestedAction("SessionType", {"SessionType": "Standard_Stream", "Properties": None}),),
)

VECTORS = {
    "V1": (
        _stream(MessageType.INPUT, 0, 0, PayloadType.OUTPUT, b"ls -l\r"),
        f"{_INPUT} {_COMMON} 0000000000000000 0000000000000000 {_ID}"
        "3674c13c3eb42ef32effd127a689c6118191a811bca335ffa3f509eff051d253 00000001 00000006 6c73202d6c0d",
    ),
    "V2": (
        _stream(MessageType.INPUT, 1, 0, PayloadType.SIZE, encode_size(TerminalSize(80, 24))),
        f"{_INPUT} {_COMMON} 0000000000000001 0000000000000000 {_ID}"
        "d53ca1ea7dce87c11432052a8550ed2615cf715ca843c89710ed83325b691cba 00000003 00000015"
        "7b22636f6c73223a38302c22726f7773223a32347d",
    ),
    "V3": (
        AgentMessage.decode(encode_acknowledgement(STAMP, ACKNOWLEDGED)),
        "00000074 61636b6e6f776c65646765202020202020202020202020202020202020202020"
        f"{_COMMON} 0000000000000000 0000000000000003 {_ID}"
        "73de249e026b300c330413f4285d38a2ea77d5fb160caaa75006661a66762838 00000000 000000b0"
        "7b2241636b6e6f776c65646765644d65737361676554797065223a226f75747075745f73747265616d5f64617461222c2241636b6e6f"
        "776c65646765644d6573736167654964223a2266656463626139382d373635342d343332312d386665642d636261393837363534333231"
        "222c2241636b6e6f776c65646765644d65737361676553657175656e63654e756d626572223a352c22497353657175656e7469616c4d65"
        "7373616765223a747275657d",
    ),
    "V4": (
        _stream(MessageType.INPUT, 258, 0, PayloadType.FLAG, encode_flag(Flag.TERMINATE)),
        f"{_INPUT} {_COMMON} 0000000000000102 0000000000000000 {_ID}"
        "433ebf5bc03dffa38536673207a21281612cef5faa9bc7a4d5b9be2fdb12cf1a 0000000a 00000004 00000002",
    ),
    "V5": (
        _stream(MessageType.OUTPUT, 0, 1, PayloadType.HANDSHAKE_REQUEST, _V5.to_json()),
        f"{_OUTPUT} {_COMMON} 0000000000000000 0000000000000001 {_ID}"
        "c865e9decc400fd320a8331c8c220e6b7bd1dcfb9a362c6fcddff49f5d22cbf0 00000005 0000009b"
        "7b224167656e7456657273696f6e223a22332e332e3938372e30222c22526571756573746564436c69656e74416374696f6e73223a5b7b"
        "22416374696f6e54797065223a2253657373696f6e54797065222c22416374696f6e506172616d6574657273223a7b2253657373696f6e"
        "54797065223a225374616e646172645f53747265616d222c2250726f70657274696573223a6e756c6c7d7d5d7d",
    ),
}
_cases = pytest.mark.parametrize(("message", "wire"), VECTORS.values(), ids=VECTORS.keys())


@_cases
def test_vector_is_encoded(message: AgentMessage, wire: str) -> None:
    assert message.encode() == bytes.fromhex(wire)


@_cases
def test_vector_is_decoded(message: AgentMessage, wire: str) -> None:
    assert AgentMessage.decode(bytes.fromhex(wire)) == message


@_cases
def test_vector_truncated_anywhere_is_refused(message: AgentMessage, wire: str) -> None:
    frame = bytes.fromhex(wire)
    for length in range(len(frame)):
        with pytest.raises(RemoteProtocolError):
            AgentMessage.decode(frame[:length])


@_cases
def test_vector_with_trailing_bytes_is_refused(message: AgentMessage, wire: str) -> None:
    with pytest.raises(RemoteProtocolError, match="PayloadLength"):
        AgentMessage.decode(bytes.fromhex(wire) + b"\0")


V1 = VECTORS["V1"][0].encode()


def _with(frame: bytes, offset: int, replacement: bytes) -> bytes:
    return frame[:offset] + replacement + frame[offset + len(replacement) :]


@pytest.mark.parametrize("length", [0, 3, 115, 116, 119])
def test_edge_31_short_frame_is_dropped_and_the_channel_lives(length: int) -> None:
    _is_dropped_and_survived(V1[:length])


@pytest.mark.parametrize("header_length", [0, 115, 117, 0xFFFFFFFF])
def test_edge_31_header_length_out_of_bounds_is_dropped_and_the_channel_lives(header_length: int) -> None:
    _is_dropped_and_survived(_with(V1, 0, struct.pack(">I", header_length)))


def _is_dropped_and_survived(frame: bytes) -> None:
    play = shell()
    play.hear(frame)
    assert [type(event) for event in play.events()] == [Dropped]
    assert play.sent() == []
    play.hear(play.peer.data(1))
    assert play.sent() == ["ack 1"]


def test_edge_32_longer_header_moves_the_payload() -> None:
    frame = _with(V1, 0, struct.pack(">I", 120))
    longer = frame[:116] + b"more" + frame[116:]
    assert AgentMessage.decode(longer) == VECTORS["V1"][0]


def test_longer_header_that_leaves_room_for_nothing_is_an_empty_payload_when_it_says_so() -> None:
    frame = _with(V1, 0, struct.pack(">I", len(V1)))
    assert AgentMessage.decode(frame + bytes(4)).payload == b""
    with pytest.raises(RemoteProtocolError, match="HeaderLength"):
        AgentMessage.decode(frame + bytes(3))


@pytest.mark.parametrize("length", [0, 5, 7, 0xFFFFFFFF])
def test_edge_33_payload_length_that_is_not_the_rest_is_refused(length: int) -> None:
    with pytest.raises(RemoteProtocolError, match="PayloadLength"):
        AgentMessage.decode(_with(V1, 116, struct.pack(">I", length)))


def test_edge_34_wrong_digest_is_dropped_and_not_acknowledged() -> None:
    play = shell()
    play.hear(_with(play.peer.data(1), 80, bytes(32)))
    assert play.events() == [Dropped("the payload does not match its digest")]
    assert play.sent() == []


def test_edge_34_publication_with_zero_digest_is_accepted() -> None:
    play = shell()
    for start in (True, False):
        play.hear(_with(publication(STAMP, start=start).encode(), 80, bytes(32)))
    assert play.events() == []
    assert play.sent() == []


@pytest.mark.parametrize(
    "padded", [b"acknowledge" + b"\0" * 21, b"acknowledge" + b" \0" * 10 + b"\0", b"\0acknowledge"]
)
def test_edge_35_other_padding_is_tolerated(padded: bytes) -> None:
    frame = _with(VECTORS["V3"][0].encode(), 4, padded.ljust(32))
    assert AgentMessage.decode(frame).message_type == MessageType.ACKNOWLEDGE


@pytest.mark.parametrize(
    ("padded", "reason"),
    [
        (b"\xff" * 32, "the message type is not UTF-8"),
        (b" \0" * 16, "the message type is empty"),
        (b"data_channel_ready", "message type 'data_channel_ready' means nothing here"),
    ],
)
def test_edge_35_unknown_type_is_dropped(padded: bytes, reason: str) -> None:
    play = shell()
    play.hear(_with(V1, 4, padded.ljust(32)))
    assert play.events() == [Dropped(reason)]
    assert play.sent() == []


def test_edge_36_text_frame_is_dropped() -> None:
    _is_dropped_and_survived(b'{"MessageSchemaVersion":"1.0"}')
    _is_dropped_and_survived(b"x" * 500)


def test_edge_38_message_id_is_swapped_on_the_wire_and_in_order_in_an_acknowledgement() -> None:
    frame = VECTORS["V1"][0].encode()
    assert frame[64:80].hex() == _ID
    message = AgentMessage.decode(frame)
    assert message.message_id == ID
    assert f'"AcknowledgedMessageId":"{ID}"'.encode() in encode_acknowledgement(STAMP, message)


def test_an_acknowledgement_is_the_vectors_bytes() -> None:
    assert encode_acknowledgement(STAMP, ACKNOWLEDGED) == bytes.fromhex(VECTORS["V3"][1])


def test_edge_40_payload_of_32_kib_is_accepted() -> None:
    play = shell()
    play.hear(play.peer.data(1, bytes(32768)))
    assert [len(event.data) for event in play.events()] == [32768]  # type: ignore[union-attr]
    assert play.sent() == ["ack 1"]


@pytest.mark.parametrize(
    "message",
    [
        AgentMessage("", ID.bytes, CREATED),
        AgentMessage("x" * 33, ID.bytes, CREATED),
        AgentMessage("x", ID.bytes, -1),
        AgentMessage("x", ID.bytes, CREATED, sequence=1 << 63),
        AgentMessage("x", ID.bytes, CREATED, flags=1 << 64),
    ],
)
def test_what_does_not_fit_its_field_is_our_own_error(message: AgentMessage) -> None:
    with pytest.raises(LocalProtocolError):
        message.encode()


def test_channel_closed_names_the_session_and_the_reason() -> None:
    message = channel_closed(STAMP, "jane-0123", "no more")
    body = json.loads(message.payload)
    assert body["SessionId"] == "jane-0123"
    assert datetime.fromisoformat(body["CreatedDate"]).timestamp() * 1000 == message.created
    assert UUID(body["DestinationId"]) != UUID(body["MessageId"])
    assert end_reason(AgentMessage.decode(message.encode()).payload) == "no more"


_names = st.text(st.characters(codec="utf-8", exclude_characters=" \0"), min_size=1).filter(
    lambda name: len(name.encode()) <= 32
)


@given(
    st.builds(
        AgentMessage,
        _names,
        st.binary(min_size=16, max_size=16),
        st.integers(0, (1 << 64) - 1),
        st.integers(-(1 << 63), (1 << 63) - 1),
        st.integers(0, (1 << 64) - 1),
        st.integers(0, (1 << 32) - 1),
        st.binary(max_size=300),
        st.integers(0, (1 << 32) - 1),
    )
)
def test_decoding_undoes_encoding(message: AgentMessage) -> None:
    assert AgentMessage.decode(message.encode()) == message


@st.composite
def _near_frames(draw: st.DrawFn) -> bytes:
    """Frames with a byte or two changed, and plain noise."""
    frame = bytearray(draw(st.sampled_from([vector.encode() for vector, _ in VECTORS.values()])))
    for _ in range(draw(st.integers(0, 3))):
        frame[draw(st.integers(0, len(frame) - 1))] = draw(st.integers(0, 255))
    return bytes(frame[: draw(st.integers(0, len(frame)))])


@given(st.one_of(st.binary(max_size=400), _near_frames()))
def test_any_bytes_are_a_message_or_a_remote_protocol_error(frame: bytes) -> None:
    try:
        message = AgentMessage.decode(frame)
    except RemoteProtocolError:
        return
    assert sha256(message.payload).digest() == frame[80:112] or not message.payload


_numbers = st.one_of(st.integers(-3, 5), st.integers(-(1 << 63), (1 << 63) - 1))
_bodies = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"{}", b"[]", b"null", b"[" * 5000, b'{"cols":1}', b"EXIT_CODE: " + b"9" * 5000]),
    st.from_type(dict).map(repr).map(str.encode),
)


@given(
    st.sampled_from(Role),
    st.lists(st.tuples(st.sampled_from([*MessageType, "other"]), _numbers, st.integers(0, 14), _bodies), max_size=12),
)
def test_nothing_that_a_peer_sends_raises(role: Role, frames: list[tuple[str, int, int, bytes]]) -> None:
    channel = DataChannel(role, stamps())
    channel.connected(0.0)
    for kind, number, payload_type, payload in frames:
        message = AgentMessage(kind, ID.bytes, CREATED, number, 0, payload_type, payload)
        channel.receive(message.encode(), 0.0)
        channel.frames_to_send(0.0)
    assert channel.counters.received == len(frames) or channel.state.value in ("closed", "failed")


def test_a_client_does_not_read_input_frames() -> None:
    play = shell()
    play.hear(Peer(Role.CLIENT).data(1))
    assert play.events() == [Dropped("message type 'input_stream_data' means nothing here")]
    assert play.sent() == []
