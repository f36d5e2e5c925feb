"""How many frames a second the data channel's core carries on one core of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from ssmtui.protocol import AgentMessage, DataChannel, MessageType, PayloadType, Role
from ssmtui.protocol.message import encode_acknowledgement
from ssmtui.transport.stamp import new_stamp

FRAMES = 10_000
BATCH = 32
ROUNDS = 3
DATA = bytes(range(256)) * 4


def _frames(kind: MessageType) -> list[AgentMessage]:
    return [AgentMessage(kind, uuid4().bytes, 1, number, 0, PayloadType.OUTPUT, DATA) for number in range(FRAMES)]


def _report(what: str, work: Callable[[], None]) -> None:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    print(f"\n{what}: {FRAMES / best:,.0f} frames/s, {FRAMES * len(DATA) / best / 1e6:.1f} MB/s")


@pytest.mark.benchmark
def test_frames_received_and_acknowledged() -> None:
    frames = [message.encode() for message in _frames(MessageType.OUTPUT)]

    def receive() -> None:
        channel = DataChannel(Role.CLIENT, new_stamp)
        channel.connected(0.0)
        for start in range(0, FRAMES, BATCH):
            for frame in frames[start : start + BATCH]:
                channel.receive(frame, 0.0)
            channel.events()
            channel.frames_to_send(0.0)
        assert channel.counters.sent == FRAMES

    _report("received and acknowledged", receive)


@pytest.mark.benchmark
def test_frames_sent_and_acknowledged() -> None:
    acknowledgements = [encode_acknowledgement(new_stamp(), message) for message in _frames(MessageType.INPUT)]
    first_output = _frames(MessageType.OUTPUT)[0].encode()

    def send() -> None:
        channel = DataChannel(Role.CLIENT, new_stamp)
        channel.connected(0.0)
        channel.receive(first_output, 0.0)
        heard = 0
        for _ in range(0, FRAMES, BATCH):
            channel.send_input(DATA * min(BATCH, FRAMES - heard), 0.0)
            while channel.unacknowledged[0]:
                sent = sum(len(frame) > len(DATA) for frame in channel.frames_to_send(0.0))
                for acknowledgement in acknowledgements[heard : heard + sent]:
                    channel.receive(acknowledgement, 0.0)
                heard += sent
        assert heard == FRAMES

    _report("sent and acknowledged", send)
