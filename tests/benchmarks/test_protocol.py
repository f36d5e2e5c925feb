"""How many frames a second the data channel's core carries on one core of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256
from uuid import uuid4

import pytest

from ssmtui.protocol import AgentMessage, DataChannel, MessageType, PayloadType, Role
from ssmtui.protocol.message import encode_acknowledgement
from ssmtui.transport.stamp import new_stamp

FRAMES = 10_000
BATCH = 32
ROUNDS = 5
DATA = bytes(range(256)) * 4


def _frames(kind: MessageType) -> list[AgentMessage]:
    return [AgentMessage(kind, uuid4().bytes, 1, number, 0, PayloadType.OUTPUT, DATA) for number in range(FRAMES)]


def _report(what: str, work: Callable[[], None]) -> None:
    """The best of several runs, against what the digests alone take, which the protocol demands."""
    best = min(_seconds(work) for _ in range(ROUNDS))
    digests = min(_seconds(_digests) for _ in range(ROUNDS))
    megabytes = FRAMES * len(DATA) / 1e6
    print(
        f"\n{what}: {FRAMES / best:,.0f} frames/s, {megabytes / best:.1f} MB/s, "
        f"{best / megabytes * 1e3:.2f} ms of a core for each MB, {best / digests:.1f} x its digests alone"
    )


def _seconds(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _digests() -> None:
    """One of a frame's payload and one of an acknowledgement's, for each frame."""
    acknowledgement = bytes(180)
    for _ in range(FRAMES):
        sha256(DATA).digest()
        sha256(acknowledgement).digest()


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
