"""Whatever bytes come, a decoder gives a value or RemoteProtocolError, and a channel lives on within its bounds."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssmtui.errors import RemoteProtocolError
from ssmtui.protocol import AgentMessage, DataChannel, Limits, MessageType, OpenDataChannel, Role
from ssmtui.protocol.payloads import (
    HandshakeComplete,
    HandshakeRequest,
    HandshakeResponse,
    RequestedAction,
    acknowledged_number,
    decode_exit_code,
    decode_flag,
    decode_size,
    end_reason,
)
from tests.support.playbook import Peer, stamps

INCOMING = 50
LIMITS = Limits(incoming=INCOMING)
DECODERS: tuple[Callable[[bytes], object], ...] = (
    AgentMessage.decode,
    HandshakeRequest.from_json,
    HandshakeResponse.from_json,
    HandshakeComplete.from_json,
    OpenDataChannel.from_json,
    acknowledged_number,
    decode_exit_code,
    decode_flag,
    decode_size,
    end_reason,
)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_keys = st.sampled_from(
    [
        *("AgentVersion", "RequestedClientActions", "ActionType", "ActionParameters", "SessionType", "Properties"),
        *("ClientVersion", "ProcessedClientActions", "ActionStatus", "ActionResult", "Error", "Errors", "Output"),
        *("HandshakeTimeToComplete", "CustomerMessage", "AcknowledgedMessageSequenceNumber", "cols", "rows"),
        *("RequestId", "TokenValue", "ClientId", "MessageSchemaVersion"),
    ]
)
_leaves = st.one_of(
    st.sampled_from(["null", "true", "1e999", "NaN", "-1", "9" * 400, '"SessionType"', '"Port"', '"\\ud800"', '"x"']),
    st.integers().map(str),
)
_values = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]"),
        st.lists(st.tuples(_keys, inner), max_size=5).map(
            lambda pairs: "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"
        ),
    ),
    max_leaves=12,
)
_json = _values.map(str.encode)
_payloads = st.one_of(st.binary(max_size=80), _json, st.sampled_from([b"[" * 100_000, b"EXIT_CODE: 1", bytes(4)]))
_numbers = st.one_of(
    st.integers(-3, 60), st.sampled_from([-(2**63), 2**63 - 1, 2**32]), st.integers(-(2**63), 2**63 - 1)
)
_frames = st.builds(
    lambda kind, number, flags, payload_type, payload: AgentMessage(
        kind, bytes(16), 0, number, flags, payload_type, payload
    ).encode(),
    st.one_of(st.sampled_from([str(kind) for kind in MessageType]), st.just("interactive_shell")),
    _numbers,
    st.integers(0, 2**64 - 1),
    st.one_of(st.integers(0, 14), st.integers(0, 2**32 - 1)),
    _payloads,
)


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """A valid frame with some bytes changed and its end cut off or lengthened."""
    frame = bytearray(draw(_frames))
    for place, value in draw(st.lists(st.tuples(st.integers(0, 130), st.integers(0, 255)), max_size=4)):
        frame[place % len(frame)] = value
    return bytes(
        frame[: draw(st.integers(0, len(frame)))] if draw(st.booleans()) else frame + draw(st.binary(max_size=5))
    )


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__qualname__)
@given(data=st.one_of(_payloads, _mutated(), st.binary(min_size=100, max_size=300)))
@FUZZ
def test_decoder_gives_a_value_or_the_one_error(decode: Callable[[bytes], object], data: bytes) -> None:
    with suppress(RemoteProtocolError):
        decode(data)


def _drive(channel: DataChannel, frame: bytes, now: float) -> None:
    """One frame in, as a socket's owner does it, and the bounds afterwards."""
    channel.receive(frame, now)
    channel.events()
    channel.handle_timeout(now)
    assert len(channel.frames_to_send(now)) <= 1 + INCOMING
    assert channel._inbound.held <= INCOMING
    assert channel.unacknowledged[0] <= LIMITS.window + 1


def _channel(role: Role, asked: bool) -> DataChannel:
    """A connected channel; an agent has asked for a handshake or has skipped it, a client has input waiting."""
    channel = DataChannel(role, stamps(), limits=LIMITS)
    channel.connected(0.0)
    if role is Role.CLIENT:
        channel.send_input(b"ls\r", 0.0)
    elif asked:
        channel.request_handshake("3.3.987.0", [RequestedAction("SessionType", {"SessionType": "Port"})], 0.0)
    else:
        channel.send_output(b"$ ", 0.0)
    return channel


@pytest.mark.parametrize("role", Role)
@given(asked=st.booleans(), frames=st.lists(st.one_of(_frames, _mutated(), st.binary(max_size=200)), max_size=30))
@FUZZ
def test_edge_28_31_channel_takes_any_frames_without_raising(role: Role, asked: bool, frames: list[bytes]) -> None:
    channel = _channel(role, asked)
    for place, frame in enumerate(frames):
        _drive(channel, frame, place * 0.3)


@pytest.mark.parametrize("role", Role)
@given(numbers=st.lists(_numbers, max_size=80))
@FUZZ
def test_edge_28_data_under_any_numbers_is_held_within_bounds(role: Role, numbers: list[int]) -> None:
    channel = _channel(role, asked=False)
    peer = Peer(Role.AGENT if role is Role.CLIENT else Role.CLIENT)
    for place, number in enumerate(numbers):
        _drive(channel, peer.data(number, b"x"), place * 0.01)


@pytest.mark.parametrize("role", Role)
def test_edge_28_no_flood_of_nonsense_makes_a_channel_grow(role: Role) -> None:
    """Early, absurd, doubled, damaged and random frames, thousands of them: memory stays where it was."""
    rng = Random(28)
    channel = _channel(role, asked=False)
    peer = Peer(Role.AGENT if role is Role.CLIENT else Role.CLIENT)

    def flood(rounds: int) -> None:
        for _ in range(rounds):
            _drive(channel, peer.data(rng.randrange(1, INCOMING + 1), rng.randbytes(100)), 0.0)
            _drive(channel, peer.data(rng.randrange(-(2**63), 2**63), bytes(1000)), 0.0)
            _drive(channel, peer.ack(rng.randrange(5, 2**63)), 0.0)
            _drive(channel, rng.randbytes(rng.randrange(300)), 0.0)

    flood(500)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        flood(1500)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 100_000, f"{after - before} bytes more after 6000 frames"
