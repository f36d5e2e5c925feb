"""The pump between a channel and a link: what goes where, when it ends, and that nobody starves."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable

import pytest

from ssmtui.errors import LinkClosed
from ssmtui.model import TerminalSize
from ssmtui.protocol import DataChannel, Event, InputReceived, Output, PayloadType, Ready, RequestedAction, Role
from ssmtui.tasks import Tasks
from ssmtui.transport.link import BATCH
from ssmtui.transport.pump import Pump
from ssmtui.transport.stamp import new_stamp
from tests.support.memory import MemoryLink
from tests.support.playbook import Peer, describe
from tests.support.wait import wait_until

SHELL = RequestedAction("SessionType", {"SessionType": "Standard_Stream", "Properties": None})


class Clock:
    """Time that stands still until the test moves it."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class ScriptedChannel:
    """A data channel's outside with nothing inside: the test says what it wants to send and when."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.received: list[bytes] = []
        self.outgoing: list[bytes] = []
        self.deadline: float | None = None
        self.pending: list[Event] = []

    def connected(self, now: float) -> None:
        self.log.append("connected")

    def disconnected(self, now: float) -> None:
        self.log.append("disconnected")

    def receive(self, frame: bytes, now: float) -> None:
        self.received.append(frame)
        self.pending.append(Output(frame))

    def events(self) -> list[Event]:
        events, self.pending = self.pending, []
        return events

    def frames_to_send(self, now: float) -> list[bytes]:
        frames, self.outgoing = self.outgoing, []
        return frames

    def next_deadline(self) -> float | None:
        return self.deadline

    def handle_timeout(self, now: float) -> None:
        self.log.append(f"timeout at {now}")
        self.deadline = None
        self.outgoing.append(b"resent")


class Bench:
    """A pump over a scripted channel; the test holds the other end of the link."""

    def __init__(self, link: MemoryLink | None = None) -> None:
        ours, self.far = MemoryLink.pair()
        self.link = link or ours
        self.channel = ScriptedChannel()
        self.clock = Clock()
        self.events: list[Event] = []
        self.pump = Pump(self.channel, self.link, self.events.extend, self.clock)  # type: ignore[arg-type]
        self.tasks = Tasks("test")

    def start(self) -> asyncio.Task[LinkClosed]:
        return self.tasks.start("pump", self.pump.run())


async def test_frames_go_both_ways_and_the_end_of_the_link_is_the_result() -> None:
    bench = Bench()
    bench.channel.outgoing = [b"one", b"two"]
    running = bench.start()
    assert [await bench.far.receive(), await bench.far.receive()] == [b"one", b"two"]
    await bench.far.send(b"in")
    await wait_until("the frame is reported", lambda: bench.events == [Output(b"in")])
    bench.far.break_off(1000, "Bye")
    closed = await running
    assert (closed.code, closed.reason) == (1000, "Bye")
    assert bench.channel.log == ["connected", "disconnected"]


async def test_wake_sends_what_the_channel_has_got_meanwhile() -> None:
    bench = Bench()
    running = bench.start()
    bench.channel.outgoing = [b"typed"]
    bench.pump.wake()
    assert await bench.far.receive() == b"typed"
    bench.far.break_off()
    await running


async def test_what_happens_while_frames_are_asked_for_is_reported_at_once() -> None:
    """A session that is taken over is open with its last size; nothing else may come for a long time."""
    bench = Bench()

    def frames_to_send(now: float) -> list[bytes]:
        bench.channel.pending.append(Output(b"opened by a frame"))
        return []

    bench.channel.frames_to_send = frames_to_send  # type: ignore[method-assign]
    tasks = Tasks("test")
    tasks.start("pump", bench.pump.run())
    await wait_until("it is reported", lambda: bench.events)
    await tasks.close()


async def test_more_is_asked_for_before_frames_are_and_after_every_frame_that_came() -> None:
    bench = Bench()
    waiting = [b"first", b"second", b"third"]

    def give() -> None:
        if waiting:
            bench.channel.outgoing.append(waiting.pop(0))

    bench.pump = Pump(bench.channel, bench.link, bench.events.extend, bench.clock, give)  # type: ignore[arg-type]
    running = bench.start()
    assert await bench.far.receive() == b"first"
    await bench.far.send(b"an acknowledgement")
    assert await bench.far.receive() == b"second"
    bench.pump.wake()
    assert await bench.far.receive() == b"third"
    bench.far.break_off()
    await running


async def test_what_is_received_is_answered_without_anybody_waking_the_pump() -> None:
    bench = Bench()
    running = bench.start()
    await wait_until("the pump runs", lambda: bench.channel.log)
    bench.channel.outgoing = [b"acknowledged"]
    await bench.far.send(b"in")
    assert await bench.far.receive() == b"acknowledged"
    bench.far.break_off()
    await running


async def test_a_deadline_is_handled_when_it_has_come_and_not_before() -> None:
    bench = Bench()
    bench.channel.deadline = bench.clock.now + 60
    running = bench.start()
    await wait_until("the pump runs", lambda: bench.channel.log)
    bench.pump.wake()
    await asyncio.sleep(0)
    assert bench.channel.log == ["connected"]
    bench.clock.now += 60
    bench.pump.wake()
    assert await bench.far.receive() == b"resent"
    assert bench.channel.log == ["connected", "timeout at 160.0"]
    bench.far.break_off()
    await running


class PumpTimers:
    """Catches the timers of whole seconds that are set on the loop; the short ones of others go through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set: list[CaughtTimer] = []
        loop = asyncio.get_running_loop()
        real = loop.call_later

        def call_later(delay: float, callback: Callable[..., object], *args: object) -> object:
            if delay < 1:
                return real(delay, callback, *args)
            self.set.append(CaughtTimer(delay, callback))
            return self.set[-1]

        monkeypatch.setattr(loop, "call_later", call_later)

    @property
    def delays(self) -> list[float]:
        return [timer.delay for timer in self.set if not timer.cancelled]

    def fire(self) -> None:
        self.set[-1].callback()


class CaughtTimer:
    def __init__(self, delay: float, callback: Callable[..., object]) -> None:
        self.delay, self.callback, self.cancelled = delay, callback, False

    def cancel(self) -> None:
        self.cancelled = True


async def test_there_is_one_timer_set_to_the_next_deadline_and_none_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    timers = PumpTimers(monkeypatch)
    bench = Bench()
    bench.channel.deadline = bench.clock.now + 7
    running = bench.start()
    await wait_until("a timer is set", lambda: timers.delays == [7])
    bench.channel.deadline = bench.clock.now + 3
    bench.pump.wake()
    await wait_until("the timer is set anew", lambda: timers.delays == [3])
    bench.clock.now += 3
    timers.fire()
    assert await bench.far.receive() == b"resent"
    bench.channel.deadline = bench.clock.now + 5
    bench.pump.wake()
    await wait_until("the timer is set once more", lambda: timers.delays == [5])
    bench.far.break_off()
    await running
    assert timers.delays == []


class FullLink(MemoryLink):
    """A socket whose buffer takes nothing until the gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.attempts = 0

    async def send(self, *frames: bytes) -> None:
        self.attempts += 1
        await self.gate.wait()
        await super().send(*frames)


async def test_a_socket_that_takes_nothing_keeps_nobody_from_receiving() -> None:
    link = FullLink()
    bench = Bench(link)
    bench.channel.outgoing = [b"stuck"]
    running = bench.start()
    await wait_until("the writer is stuck", lambda: link.attempts == 1)
    for number in range(100):
        link._inbox.put_nowait(b"%d" % number)
    await wait_until("all is received", lambda: len(bench.events) == 100)
    assert link.attempts == 1
    link.break_off()
    link.gate.set()
    await running


async def test_frames_that_wait_for_the_socket_are_not_sent_again() -> None:
    link = FullLink()
    bench = Bench(link)
    bench.channel.outgoing = [b"stuck"]
    running = bench.start()
    await wait_until("the writer is stuck", lambda: link.attempts == 1)
    bench.channel.deadline = bench.clock.now - 1
    bench.pump.wake()
    for _ in range(10):
        await asyncio.sleep(0)
    assert bench.channel.log == ["connected"]
    link.gate.set()
    await wait_until("the deadline is handled", lambda: "timeout at 100.0" in bench.channel.log)
    link.break_off()
    await running


class EndlessLink(MemoryLink):
    """A peer that always has another frame at hand and never lets the loop turn by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.handed_out = 0

    async def receive_many(self) -> list[bytes]:
        if self._closed is not None:
            raise self._closed
        self.handed_out += BATCH
        return [b"flood"] * BATCH

    async def send(self, *frames: bytes) -> None:
        if self._closed is not None:
            raise self._closed
        self.writes.append(len(frames))


async def test_under_a_flood_everybody_else_gets_a_turn_every_few_frames() -> None:
    link = EndlessLink()
    bench = Bench(link)
    running = bench.start()
    await wait_until("the flood has begun", lambda: link.handed_out)
    turns = []
    for _ in range(20):
        turns.append(link.handed_out)
        await asyncio.sleep(0)
    assert max(after - before for before, after in itertools.pairwise(turns)) <= BATCH
    assert link.handed_out > BATCH
    link.break_off()
    await running


async def test_under_a_flood_a_key_goes_out_at_once() -> None:
    link = EndlessLink()
    bench = Bench(link)
    running = bench.start()
    await wait_until("the flood has begun", lambda: link.handed_out)
    bench.channel.outgoing = [b"key"]
    before = link.handed_out
    bench.pump.wake()
    for _ in range(3):
        await asyncio.sleep(0)
    assert link.writes == [1]
    assert link.handed_out <= before + 3 * BATCH
    link.break_off()
    await running


async def test_a_burst_arrives_in_order_and_is_acknowledged_with_one_write() -> None:
    ends = Ends()
    near, far = MemoryLink.pair()
    pump = Pump(ends.client, near, ends.at_client.extend, ends.clock)
    running = ends.tasks.start("client", pump.run())
    peer = Peer(Role.AGENT)
    await far.send(*(peer.data(number, b"%d" % number) for number in range(BATCH)))
    acknowledged = [describe(await far.receive()) for _ in range(BATCH)]
    assert acknowledged == [f"ack {number}" for number in range(BATCH)]
    assert near.writes == [BATCH]
    told = [event.data for event in ends.at_client if isinstance(event, Output)]
    assert told == [b"%d" % number for number in range(BATCH)]
    far.break_off()
    await running


async def test_a_link_that_closes_behind_a_burst_has_delivered_all_of_it() -> None:
    bench = Bench()
    await bench.far.send(*(b"%d" % number for number in range(3 * BATCH + 1)))
    bench.far.break_off(1000, "Bye")
    assert (await bench.start()).reason == "Bye"
    assert bench.channel.received == [b"%d" % number for number in range(3 * BATCH + 1)]
    assert bench.events == [Output(frame) for frame in bench.channel.received]


async def test_cancelling_in_the_middle_of_a_burst_leaves_nothing_behind() -> None:
    link = FullLink()
    bench = Bench(link)
    before = asyncio.all_tasks()
    bench.channel.outgoing = [b"frame"] * 1000
    for number in range(1000):
        link._inbox.put_nowait(b"%d" % number)
    running = bench.start()
    await wait_until("it is in the middle", lambda: link.attempts and bench.events)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == before
    assert bench.pump._timer is None
    assert bench.events == [Output(frame) for frame in bench.channel.received]


async def test_a_large_batch_to_send_lets_others_have_their_turn() -> None:
    link = EndlessLink()
    link.receive_many = asyncio.Event().wait  # type: ignore[assignment]
    sent: list[bytes] = []

    async def send(*frames: bytes) -> None:
        sent.extend(frames)

    link.send = send  # type: ignore[method-assign]
    bench = Bench(link)
    bench.channel.outgoing = [b"frame"] * 1000
    running = bench.start()
    most, before = 0, 0
    while len(sent) < 1000:
        await asyncio.sleep(0)
        most, before = max(most, len(sent) - before), len(sent)
    assert most <= BATCH
    running.cancel()
    await asyncio.wait({running})


async def test_what_had_arrived_before_the_writer_found_the_socket_dead_is_still_read() -> None:
    class HalfDead(MemoryLink):
        async def send(self, *frames: bytes) -> None:
            raise LinkClosed(1006)

    link = HalfDead()
    bench = Bench(link)
    bench.channel.outgoing = [b"lost"]
    running = bench.start()
    await wait_until("the writer has failed", lambda: not bench.channel.outgoing)
    for number in range(100):
        link._inbox.put_nowait(b"%d" % number)
    link.break_off(1000, "Bye")
    closed = await running
    assert closed.code == 1000
    assert len(bench.events) == 100


@pytest.mark.parametrize("by", ["reader", "writer"])
async def test_an_error_of_the_session_ends_the_run_and_is_told(by: str) -> None:
    bench = Bench()

    def fail(events: list[Event]) -> None:
        raise ZeroDivisionError

    bench.pump = Pump(bench.channel, bench.link, fail, bench.clock)  # type: ignore[arg-type]
    if by == "writer":
        bench.channel.pending = [Output(b"")]
    else:
        await bench.far.send(b"in")
    with pytest.raises(ZeroDivisionError):
        await bench.pump.run()
    assert bench.channel.log == ["connected", "disconnected"]


async def test_cancelling_leaves_no_task_and_no_timer_behind() -> None:
    bench = Bench()
    bench.channel.deadline = bench.clock.now + 1000
    before = asyncio.all_tasks()
    running = bench.start()
    await wait_until("the timer is set", lambda: bench.pump._timer is not None)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() == before
    assert bench.pump._timer is None
    assert bench.channel.log == ["connected", "disconnected"]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
async def test_a_second_cancellation_leaves_no_timer_and_no_connected_channel(turns: int) -> None:
    bench = Bench()
    bench.channel.deadline = bench.clock.now + 1000
    running = bench.start()
    await wait_until("the timer is set", lambda: bench.pump._timer is not None)
    running.cancel()
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert bench.pump._timer is None
    assert bench.channel.log == ["connected", "disconnected"]


class Ends:
    """A real client and a real agent, each with its pump."""

    def __init__(self) -> None:
        self.client = DataChannel(Role.CLIENT, new_stamp)
        self.agent = DataChannel(Role.AGENT, new_stamp)
        self.clock = asyncio.get_running_loop().time
        self.at_client: list[Event] = []
        self.at_agent: list[Event] = []
        self.tasks = Tasks("ends")

    def connect(self) -> tuple[MemoryLink, Pump, Pump]:
        near, far = MemoryLink.pair()
        client = Pump(self.client, near, self.at_client.extend, self.clock)
        agent = Pump(self.agent, far, self.at_agent.extend, self.clock)
        self.runs = {self.tasks.start("client", client.run()), self.tasks.start("agent", agent.run())}
        return near, client, agent

    async def cut(self, link: MemoryLink) -> None:
        link.break_off()
        await asyncio.wait(self.runs)


async def test_a_client_and_an_agent_talk_through_two_pumps_and_a_reconnect() -> None:
    ends = Ends()
    link, client, agent = ends.connect()
    ends.agent.request_handshake("3.3.987.0", [SHELL], ends.clock())
    agent.wake()
    await wait_until("the handshake is answered", lambda: len(ends.at_agent) > 0)
    ends.agent.complete_handshake("", 0, ends.clock())
    agent.wake()
    await wait_until("the client is ready", lambda: any(isinstance(event, Ready) for event in ends.at_client))

    ends.client.send_size(TerminalSize(80, 24), ends.clock())
    typed = bytes(range(256)) * 200
    ends.client.send_input(typed, ends.clock())
    client.wake()
    said = hashlib.sha256(b"seed").digest() * 2000
    ends.agent.send_output(said, ends.clock(), PayloadType.OUTPUT)
    agent.wake()
    await wait_until("something has arrived", lambda: any(isinstance(event, Output) for event in ends.at_client))
    await ends.cut(link)
    link, client, agent = ends.connect()

    def input_bytes() -> bytes:
        return b"".join(event.data for event in ends.at_agent if isinstance(event, InputReceived))

    def output_bytes() -> bytes:
        return b"".join(event.data for event in ends.at_client if isinstance(event, Output))

    await wait_until("all is there", lambda: len(input_bytes()) >= len(typed) and len(output_bytes()) >= len(said))
    await wait_until("all is acknowledged", lambda: ends.client.unacknowledged == ends.agent.unacknowledged == (0, 0))
    assert input_bytes() == typed
    assert output_bytes() == said
    await ends.cut(link)
    await ends.tasks.close()
