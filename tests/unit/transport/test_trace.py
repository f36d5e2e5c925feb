"""The trace: what is in it, what never is, and that nobody waits for it."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ssmtui.backend import Options, ScopeDialer, open_backend
from ssmtui.config.settings import Settings
from ssmtui.errors import ConfigurationError, ConnectionFailed, LinkClosed, StreamRefused
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.model import StartRequest
from ssmtui.protocol import (
    AgentMessage,
    ChannelState,
    DataChannel,
    Event,
    MessageType,
    OpenDataChannel,
    Output,
    PayloadType,
    Ready,
    Role,
)
from ssmtui.tasks import Tasks
from ssmtui.transport.pump import Pump
from ssmtui.transport.stamp import new_stamp
from ssmtui.transport.trace import Trace, TracingDialer, open_trace
from tests.support.memory import MemoryLink
from tests.support.wait import wait_until, wait_until_sync

JANE = "jane@example.com-0123456789abcdef0"
QUERY = "role=publish_subscribe&cell-number=AAEAAf2kt+bs/cw="
STREAM = f"wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/{JANE}?{QUERY}"
OPENING = '{"TokenValue":"secret-token"}'
MESSAGE_ID = uuid.UUID("01234567-89ab-4cde-8f01-23456789abcd")


class MemoryDialer:
    """Gives links of memory, keeps their far ends, or raises what it was told to."""

    def __init__(self) -> None:
        self.far: list[MemoryLink] = []
        self.asked: list[tuple[str, str]] = []
        self.refusal: Exception | None = None

    async def dial(self, stream_url: str, opening: str) -> MemoryLink:
        self.asked.append((stream_url, opening))
        if self.refusal is not None:
            raise self.refusal
        ours, theirs = MemoryLink.pair()
        self.far.append(theirs)
        return ours


@dataclass
class Traced:
    """A trace in a file, and a dialer that writes to it."""

    file: Path
    dialer: MemoryDialer = field(default_factory=MemoryDialer)

    def __post_init__(self) -> None:
        self.trace = open_trace(self.file)
        self.tracing = TracingDialer(self.dialer, self.trace)

    def text(self) -> str:
        """What is in the file once it is closed."""
        self.trace.close()
        return self.file.read_text()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]

    def untimed(self) -> list[dict[str, Any]]:
        """The lines after the first, without their times."""
        return [{key: value for key, value in line.items() if key != "time"} for line in self.lines()[1:]]


@pytest.fixture
def traced(tmp_path: Path) -> Traced:
    return Traced(tmp_path / "trace")


def message(**fields: Any) -> AgentMessage:
    return AgentMessage(MessageType.OUTPUT, MESSAGE_ID.bytes, 1)._replace(**fields)


@dataclass
class HeldSink:
    """A disk that takes nothing until it is let go, and then whatever ``write`` says."""

    go: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    taken: bytearray = field(default_factory=bytearray)
    failures: list[OSError] = field(default_factory=list)
    at_once: int = 10**9
    closed: bool = False

    def write(self, data: bytes, /) -> int:
        self.reached.set()
        assert self.go.wait(20)
        if self.failures:
            raise self.failures.pop(0)
        part = data[: self.at_once]
        self.taken += part
        return len(part)

    def close(self) -> None:
        self.closed = True

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.taken.splitlines() if line]


async def test_a_short_session_line_by_line(traced: Traced) -> None:
    link = await traced.tracing.dial(STREAM, OPENING)
    assert traced.dialer.asked == [(STREAM, OPENING)]
    far = traced.dialer.far[0]
    await far.send(message(payload=b"prompt$ ", payload_type=PayloadType.OUTPUT, sequence=5, flags=1).encode())
    await link.receive_many()
    ack = message(
        message_type=MessageType.ACKNOWLEDGE, flags=3, payload=b'{"AcknowledgedMessageSequenceNumber":5}'
    ).encode()
    await link.send(ack)
    assert await far.receive() == ack
    far.break_off(1000, "Bye")
    with pytest.raises(LinkClosed):
        await link.receive_many()
    await link.close()
    where = {"session": 1, "socket": 1}
    frame = {**where, "event": "frame", "message_id": str(MESSAGE_ID)}
    assert traced.untimed() == [
        {**where, "event": "dial", "host": "ssmmessages.eu-west-1.amazonaws.com"},
        {**where, "event": "open"},
        {
            **frame,
            "direction": "in",
            "message_type": "output_stream_data",
            "sequence": 5,
            "flags": 1,
            "payload_type": "Output",
            "payload_length": 8,
        },
        {
            **frame,
            "direction": "out",
            "message_type": "acknowledge",
            "sequence": 0,
            "flags": 3,
            "payload_type": "",
            "payload_length": 39,
            "acknowledged": 5,
        },
        {**where, "event": "close", "by": "peer", "error": "LinkClosed", "code": 1000, "reason": "Bye"},
    ]


async def test_the_first_line_says_whose_trace_it_is_and_every_line_has_its_time(tmp_path: Path) -> None:
    sink = HeldSink()
    sink.go.set()
    trace = Trace(sink, clock=lambda: 1_700_000_000_123)
    trace.frame(1, 1, "in", b"")
    trace.close()
    assert {line["time"] for line in sink.lines} == {1_700_000_000_123}
    assert (sink.lines[0]["event"], sink.lines[0]["format"]) == ("trace", 1)
    assert sink.closed


async def test_no_secret_is_in_the_file(traced: Traced) -> None:
    """Tokens, payloads in both directions, in whole and broken frames, the address and the person's name."""
    link = await traced.tracing.dial(STREAM, OPENING)
    far = traced.dialer.far[0]
    whole = message(payload=b"hunter2-typed", payload_type=PayloadType.OUTPUT)
    await link.send(whole.encode())
    for frame in (whole.encode(), whole.encode() + b"more", whole.encode()[:-1] + b"X", OPENING.encode(), b"X" * 200):
        await far.send(frame)
        await link.receive_many()
    far.break_off(1008, f"session {JANE} is\x1b[2J over")
    with pytest.raises(LinkClosed):
        await link.receive_many()
    text = traced.text()
    assert "session [session] is" in text
    for secret in ("secret-token", "hunter2", "more", QUERY, "role=", "data-channel", JANE, "jane", "\x1b", "\\u001b"):
        assert secret not in text
    # The first four bytes of what is no frame, read as HeaderLength.
    for start in (b"XXXX", OPENING.encode()[:4]):
        assert str(int.from_bytes(start, "big")) not in text


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "a frame of 0 bytes is shorter than its header"),
        (bytes(119), "a frame of 119 bytes is shorter than its header"),
        (bytes(120), "HeaderLength 0 in a frame of 120 bytes"),
        (b"\xff" * 120, "HeaderLength too large in a frame of 120 bytes"),
        (message(payload=b"abc").encode() + b"d", "PayloadLength says 3, the frame holds 4 bytes"),
        (message(payload=b"abc").encode()[:-1] + b"d", "the payload does not match its digest"),
    ],
)
async def test_31_33_34_frames_that_cannot_be_read_are_told_with_reason_and_length(
    traced: Traced, frame: bytes, reason: str
) -> None:
    link = await traced.tracing.dial(STREAM, OPENING)
    await traced.dialer.far[0].send(frame)
    assert (await link.receive_many())[0] == frame
    line = traced.untimed()[-1]
    assert line == {
        "session": 1,
        "socket": 1,
        "event": "malformed",
        "direction": "in",
        "length": len(frame),
        "reason": reason,
    }


def test_21_35_39_what_is_unknown_is_told_all_the_same(traced: Traced) -> None:
    traced.trace.frame(1, 1, "in", message(payload_type=13, payload=b"x").encode())
    traced.trace.frame(1, 1, "in", message(message_type="new\x1b[2J").encode())
    traced.trace.frame(1, 1, "in", message(message_type=MessageType.ACKNOWLEDGE, payload=b"{").encode())
    thirteen, new, ack = traced.lines()[1:]
    assert thirteen["payload_type"] == "unknown 13"
    assert new["message_type"] == "new\N{REPLACEMENT CHARACTER}[2J"
    assert ack["acknowledged"] is None


def test_every_payload_type_has_its_name(traced: Traced) -> None:
    for kind in PayloadType:
        traced.trace.frame(1, 1, "in", message(payload_type=kind, payload=b"x").encode())
    told = [line["payload_type"].upper() for line in traced.lines()[1:]]
    assert told == [kind.name.replace("_", "") for kind in PayloadType]


async def test_sockets_count_within_a_session_whatever_their_query(traced: Traced) -> None:
    other = STREAM.replace("jane", "joe")
    for url in (STREAM, other, STREAM.replace("cell-number", "cell"), STREAM):
        await traced.tracing.dial(url, OPENING)
    dialled = [(line["session"], line["socket"]) for line in traced.lines() if line["event"] == "dial"]
    assert dialled == [(1, 1), (2, 1), (1, 2), (1, 3)]


async def test_a_dial_that_fails_is_told_by_the_name_of_its_error_alone(traced: Traced) -> None:
    traced.dialer.refusal = StreamRefused(STREAM)
    with pytest.raises(StreamRefused):
        await traced.tracing.dial("wss://user:secret@[broken", OPENING)
    assert traced.untimed() == [
        {"session": 1, "socket": 1, "event": "dial", "host": ""},
        {"session": 1, "socket": 1, "event": "failed", "error": "StreamRefused"},
    ]


async def test_the_host_is_told_with_its_port_and_without_its_user(traced: Traced) -> None:
    await traced.tracing.dial("ws://user:secret@127.0.0.1:8080/v1/data-channel/x", OPENING)
    assert traced.untimed()[0]["host"] == "127.0.0.1:8080"


async def test_a_close_is_told_once_and_by_whom(traced: Traced) -> None:
    link = await traced.tracing.dial(STREAM, OPENING)
    await link.close()
    await link.close()
    for _ in range(2):
        with pytest.raises(LinkClosed):
            await link.send(message().encode())
    closes = [line for line in traced.untimed() if line["event"] == "close"]
    assert closes == [{"session": 1, "socket": 1, "event": "close", "by": "us"}]


async def test_pings_are_told_when_they_are_answered(traced: Traced) -> None:
    link = await traced.tracing.dial(STREAM, OPENING)
    await link.ping()
    traced.dialer.far[0].break_off(1011, "no pong")
    with pytest.raises(LinkClosed):
        await link.ping()
    pong, close = traced.untimed()[-2:]
    assert pong["event"] == "pong"
    assert pong["milliseconds"] >= 0
    assert (close["by"], close["code"], close["reason"]) == ("peer", 1011, "no pong")


async def test_another_error_of_the_socket_is_told_by_its_class(traced: Traced) -> None:
    link = await traced.tracing.dial(STREAM, OPENING)
    traced.dialer.far[0].peer._closed = ConnectionFailed("secret")  # type: ignore[assignment]
    with pytest.raises(ConnectionFailed):
        await link.send(b"")
    assert traced.untimed()[-1] == {
        "session": 1,
        "socket": 1,
        "event": "close",
        "by": "peer",
        "error": "ConnectionFailed",
    }


# The queue and the disk


def held_trace(fill: Callable[[Trace], None], capacity: int = 100, room: int = 10**6) -> HeldSink:
    """What a trace has written in the end whose disk took nothing while ``fill`` ran."""
    sink = HeldSink()
    trace = Trace(sink, capacity, room)
    assert sink.reached.wait(20)
    fill(trace)
    sink.go.set()
    wait_until_sync("the disk has taken what waited", lambda: sink.taken.count(b"\n") > 1)
    trace.note(event="after")
    trace.close()
    return sink


def test_what_a_full_queue_cannot_take_is_counted_in_its_place() -> None:
    def fill(trace: Trace) -> None:
        for number in range(10):
            trace.note(event="line", number=number)

    lines = held_trace(fill, capacity=3).lines
    assert [line.get("number") for line in lines if line["event"] == "line"] == [0, 1, 2]
    assert [line["event"] for line in lines] == ["trace", "line", "line", "line", "lost", "after"]
    assert lines[4]["lost"] == 7


def test_the_bytes_of_waiting_frames_are_bounded_and_order_is_kept() -> None:
    def fill(trace: Trace) -> None:
        for size in (600, 600, 1):
            trace.frame(1, 1, "in", bytes(size))

    lines = held_trace(fill, room=1000).lines
    assert [line["event"] for line in lines] == ["trace", "malformed", "lost", "after"]
    assert lines[2]["lost"] == 2


def test_a_disk_that_takes_little_at_a_time_gets_it_all() -> None:
    sink = HeldSink(at_once=7)
    sink.go.set()
    trace = Trace(sink)
    trace.note(event="last")
    trace.close()
    assert [line["event"] for line in sink.lines] == ["trace", "last"]


def test_lines_that_a_full_disk_refuses_are_counted_once_it_takes_some() -> None:
    sink = HeldSink(failures=[OSError(errno.ENOSPC, "full"), OSError(errno.ENOSPC, "full")])
    trace = Trace(sink)
    assert sink.reached.wait(20)
    sink.go.set()
    wait_until_sync("the first failure", lambda: len(sink.failures) == 1)
    trace.note(event="refused")
    wait_until_sync("the second failure", lambda: not sink.failures)
    trace.note(event="taken")
    trace.close()
    assert [(line["event"], line.get("lost")) for line in sink.lines] == [("taken", None), ("lost", 2)]


def test_after_the_close_nothing_is_written(traced: Traced) -> None:
    traced.trace.close()
    traced.trace.note(event="late")
    traced.trace.close()
    assert [line["event"] for line in traced.lines()] == ["trace"]


# The file


def test_the_file_is_its_owners_alone_and_is_added_to(tmp_path: Path) -> None:
    file = tmp_path / "trace"
    umask = os.umask(0)
    try:
        Traced(file).text()
    finally:
        os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    assert [line["event"] for line in Traced(file).lines()] == ["trace", "trace"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def make_directory(place: Path) -> Path:
    place.mkdir()
    return place


def make_pipe(place: Path) -> Path:
    os.mkfifo(place)
    return place


def make_link(place: Path) -> Path:
    target = place.with_name("target")
    target.touch()
    place.symlink_to(target)
    return place


@pytest.mark.parametrize(
    "make",
    [
        make_directory,
        make_pipe,
        make_link,
        lambda place: place / "in" / "nothing",
        lambda place: Path("/dev/null"),
        lambda place: Path("a\0b"),
    ],
    ids=["directory", "pipe", "link", "missing", "device", "no name"],
)
def test_what_is_no_file_of_ours_is_refused_in_words(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(ConfigurationError, match=r"^The trace cannot be written: .+: .+\. Give --trace "):
        open_trace(make(tmp_path / "it"))


# The lab


@pytest.fixture
async def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """The home of somebody whose AWS is a lab."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    lab = Lab(LabOptions(nodes=4, start_delay=0.0))
    environment = (await lab.start()).environment
    for name, value in {**environment, "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    yield tmp_path
    await lab.close()


async def test_a_session_with_the_lab_is_traced_and_without_the_option_nothing_is(lab_home: Path) -> None:
    async with open_backend(Options(), Settings()) as plain:
        assert type(plain.lines.line().dialer) is ScopeDialer
    file = lab_home / "trace"
    events: list[Event] = []
    tasks = Tasks("traced session")
    async with open_backend(Options(trace=file), Settings()) as backend:
        nodes = [node async for page in backend.gateways.gateway().nodes() for node in page.nodes]
        online = next(node.id for node in nodes if node.name == "web-1")
        grant = await backend.gateways.gateway().start_session(StartRequest(online))
        opening = OpenDataChannel(uuid.uuid4(), grant.token, uuid.uuid4())
        link = await backend.lines.line().dialer.dial(grant.stream_url, opening.to_json())
        channel = DataChannel(Role.CLIENT, new_stamp)
        pump = Pump(channel, link, events.extend)
        tasks.start("pump", pump.run())
        await wait_until("the agent is ready", lambda: any(isinstance(event, Ready) for event in events))
        channel.send_input(b"echo typed-$((40 + 2))\r", time.monotonic())
        pump.wake()
        await wait_until(
            "the command is done",
            lambda: b"typed-42" in b"".join(event.data for event in events if isinstance(event, Output)),
        )
        await backend.gateways.gateway().terminate_session(grant.session_id)
        await wait_until("the channel is over", lambda: channel.state is ChannelState.CLOSED)
        await tasks.close()
        await link.close()
    text = file.read_text()
    for secret in (grant.token, grant.session_id, urlsplit(grant.stream_url).path, "typed", "echo"):
        assert secret not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["event"] for line in lines if line["event"] != "frame"] == ["trace", "dial", "open", "close"]
    told = {(line["direction"], line["message_type"], line["payload_type"]) for line in lines if "direction" in line}
    assert told >= {
        ("out", "acknowledge", ""),
        ("in", "acknowledge", ""),
        ("out", "input_stream_data", "Output"),
        ("in", "output_stream_data", "Output"),
        ("in", "channel_closed", ""),
    }
