"""The real agent's data channel, modelled on its own from what its source does (aws/amazon-ssm-agent,
``agent/session/datachannel/datachannel.go``; protocol.md sections 4.2 to 4.6 and 12), with a program behind it and a
client before, in virtual time.

It shares nothing with ``ssmtui.protocol.agent`` and ``outbound`` but the frame's codec, so that the two cannot agree by
accident on how an agent resends and buffers.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random

from ssmtui.errors import RemoteProtocolError
from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    AgentMessage,
    DataChannel,
    Event,
    InputBounds,
    MessageType,
    Output,
    OutputMissing,
    PayloadType,
    Role,
    TakenOver,
)
from ssmtui.protocol.message import encode_acknowledgement
from ssmtui.protocol.payloads import acknowledged_number, decode_size
from tests.support.playbook import CREATED, stamps

TICK = 0.1
"""Seconds between two looks of the agent's for a frame to resend."""
LATENCY = 0.01
MOST_STEPS = 400_000


class AgentModel:
    """One agent. ``emit`` gets its frames, ``handle`` what it handles of its client's input: sizes and data."""

    def __init__(self, emit: Callable[[bytes], None], handle: Callable[[TerminalSize | bytes], None]) -> None:
        self.expected = 0
        """The number of the input that is handled next."""
        self.early: dict[int, AgentMessage] = {}
        """Input that came before its turn; a later frame of the same number takes its place."""
        self.unacknowledged: dict[int, tuple[bytes, float]] = {}
        """Output by number, with the time at which it was sent last."""
        self.printed = 0
        self.timeout = 0.2
        self.paused = False
        self._emit = emit
        self._handle = handle
        self._stamp = stamps()

    def print(self, data: bytes, now: float) -> int:
        """A frame of output; its number."""
        number = self.printed
        self.printed += 1
        stamp = self._stamp()
        message = AgentMessage(
            MessageType.OUTPUT, stamp.id_bytes, CREATED, number, 1 if number == 0 else 0, PayloadType.OUTPUT, data
        )
        frame = message.encode()
        self.unacknowledged[number] = (frame, now)
        if not self.paused:
            self._emit(frame)
        return number

    def tick(self, now: float) -> None:
        """Resend the oldest frame, if its time has come."""
        if self.paused or not self.unacknowledged:
            return
        number = min(self.unacknowledged)
        frame, sent_at = self.unacknowledged[number]
        if now - sent_at > self.timeout:
            self.unacknowledged[number] = (frame, now)
            self._emit(frame)

    def receive(self, frame: bytes) -> None:
        """A frame of the client's."""
        message = AgentMessage.decode(frame)
        self.paused = False
        if message.message_type == MessageType.ACKNOWLEDGE:
            self.unacknowledged.pop(acknowledged_number(message.payload), None)
            return
        assert message.message_type == MessageType.INPUT
        if message.sequence == self.expected:
            if not _is_readable(message):
                return
            self._take(message)
            self._acknowledge(message)
            while (early := self.early.get(self.expected)) is not None and _is_readable(early):
                del self.early[self.expected]
                self._take(early)
            return
        if message.sequence > self.expected:
            self.early[message.sequence] = message
        self._acknowledge(message)

    def _take(self, message: AgentMessage) -> None:
        self.expected += 1
        if message.payload_type == PayloadType.SIZE:
            self._handle(decode_size(message.payload))
        else:
            assert message.payload_type == PayloadType.OUTPUT
            self._handle(message.payload)

    def _acknowledge(self, message: AgentMessage) -> None:
        self._emit(encode_acknowledgement(self._stamp(), message))


def _is_readable(message: AgentMessage) -> bool:
    """Whether the shell's handler takes it without an error."""
    try:
        if message.payload_type == PayloadType.SIZE:
            decode_size(message.payload)
    except RemoteProtocolError:
        return False
    return True


@dataclass
class TakeOverPlay:
    """What one seed draws: the state in which the client before has left the agent, the program, the line, and what a
    second client makes of it. :meth:`run` plays it and checks what has to hold."""

    rng: Random
    known: bool = True
    """Whether bounds of the input are known."""
    loss: float = 0.0
    cuts: int = 0
    lively: bool = True
    """Whether the program answers a change of its size."""
    every: float | None = None
    """Seconds after which the program prints by itself, again and again."""
    typed: list[bytes] = field(default_factory=lambda: [b"t%d" % number for number in range(20)])

    def __post_init__(self) -> None:
        self.now = 0.0
        self.output: list[bytes] = []
        self.missing = 0
        self.handled: list[TerminalSize | bytes] = []
        self.owed: list[bytes] = []
        """Output that the client before has not acknowledged, and all that is printed later."""
        self.before: list[bytes] = []
        """Input of the client before that the agent has kept and not handled."""
        self.seen: bool | None = None
        self.opened_at = 0.0
        self._size: TerminalSize | None = None
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._socket = 0
        self._names = count()
        self.agent = AgentModel(self._to_client, self._on_input)
        self._live_before()
        self.client = DataChannel(Role.CLIENT, stamps(), takes_over=self._bounds())
        self._timer: float | None = None

    # The client before

    def _live_before(self) -> None:
        """Output that was received in any part, input that arrived in any part."""
        rng, agent = self.rng, self.agent
        agent.timeout = rng.choice((0.2, 0.25, 0.6, 1.0))
        for _ in range(rng.choice((0, 1, 5, 60))):
            agent.print(self._name(), 0.0)
        received = rng.randint(0, agent.printed)
        for number in range(agent.printed):
            near = number < received + 12 and rng.random() < 0.5
            if number < received or near:
                agent.unacknowledged.pop(number, None)
            else:
                self.owed.append(AgentMessage.decode(agent.unacknowledged[number][0]).payload)
        agent.expected = rng.choice((0, 1, 3, 40, 90) if self.known else (0, 10, 50, 200, 700))
        self._sent = agent.expected + (rng.choice((0, 0, 2, 30)) if self.known else 0)
        for number in range(agent.expected + 1, self._sent):
            if rng.random() < 0.5:
                payload = b"before%d" % number
                agent.early[number] = AgentMessage(
                    MessageType.INPUT, bytes(16), CREATED, number, 0, PayloadType.OUTPUT, payload
                )
                self.before.append(payload)
        agent.paused = rng.random() < 0.5
        self.received = received

    def _bounds(self) -> InputBounds:
        if not self.known:
            return InputBounds()
        low = max(0, self.agent.expected - self.rng.choice((0, 1, 20, 70)))
        high = self._sent + self.rng.choice((0, 1, 30, 80))
        return InputBounds(low, high, self.rng.choice((0, self.received)))

    # The line

    def _at(self, moment: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (moment, next(self._order), act))

    def _travel(self, deliver: Callable[[], None]) -> None:
        if self.rng.random() >= self.loss:
            socket = self._socket
            self._at(self.now + LATENCY, lambda: deliver() if socket == self._socket else None)

    def _to_client(self, frame: bytes) -> None:
        def deliver() -> None:
            self.client.receive(frame, self.now)

        if hasattr(self, "client"):  # what the client before was sent is gone
            self._travel(deliver)

    def _to_agent(self, frame: bytes) -> None:
        self._travel(lambda: self.agent.receive(frame))

    # The program

    def _name(self) -> bytes:
        return b"<%d>" % next(self._names)

    def _print(self) -> None:
        name = self._name()
        self.owed.append(name)
        self.agent.print(name, self.now)

    def _on_input(self, what: TerminalSize | bytes) -> None:
        self.handled.append(what)
        if isinstance(what, TerminalSize):
            if what != self._size and self.lively:
                self._at(self.now + 0.004, self._print)
            self._size = what

    def _print_on(self) -> None:
        assert self.every is not None
        if self.now < self.ends:
            self._print()
            self._at(self.now + self.every, self._print_on)

    # Playing

    def _tick(self) -> None:
        self.agent.tick(self.now)
        self._at(self.now + TICK, self._tick)

    def _cut(self) -> None:
        self.client.disconnected(self.now)
        self._socket += 1
        # A line that may lose the one frame that ends the pause is met by the service's start_publication.
        self.agent.paused = not self.loss and self.rng.random() < 0.5
        self._at(self.now + 0.2, lambda: self.client.connected(self.now))

    def run(self, seconds: float = 400.0) -> None:
        """Play until all is through."""
        self.ends = self.rng.choice((1.0, 4.0))
        self._at(self.rng.random() * TICK, self._tick)
        if self.every is not None:
            self._at(self.rng.random() * self.every, self._print_on)
        for _ in range(self.cuts):
            self._at(self.rng.random() * 3, self._cut)
        self.client.send_size(TerminalSize(100, 30), self.now)
        self.client.connected(self.now)
        for number, typed in enumerate(self.typed):
            self._at(number * 0.11, self._typing(typed))
        for _ in range(MOST_STEPS):
            self._serve()
            if self.is_through or self.now > seconds:
                break
            self._step()
        self.check()

    def _typing(self, typed: bytes) -> Callable[[], None]:
        return lambda: self.client.send_input(typed, self.now)

    def _serve(self) -> None:
        deadline = self.client.next_deadline()
        if deadline is not None and deadline <= self.now:
            self.client.handle_timeout(self.now)
        for event in self.client.events():
            self._on_event(event)
        for frame in self.client.frames_to_send(self.now):
            self._to_agent(frame)
        for event in self.client.events():
            self._on_event(event)

    def _step(self) -> None:
        deadline = self.client.next_deadline()
        moment, _, act = self._queue[0]
        if deadline is not None and deadline < moment:
            self.now = max(self.now, deadline)
            return
        heapq.heappop(self._queue)
        self.now = max(self.now, moment)
        act()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Output):
            self.output.append(event.data)
        elif isinstance(event, OutputMissing):
            self.missing += event.frames
        elif isinstance(event, TakenOver):
            self.seen = event.seen
            self.opened_at = self.now

    @property
    def data(self) -> list[bytes]:
        """What the agent has handled but sizes."""
        return [one for one in self.handled if isinstance(one, bytes)]

    @property
    def _typed(self) -> list[bytes]:
        return [one for one in self.data if one not in self.before]

    @property
    def is_through(self) -> bool:
        return (
            self.seen is not None
            and self.output == self.owed
            and self._typed == self.typed
            and self.client.unacknowledged == (0, 0)
            and not self.agent.unacknowledged
            and (self.every is None or self.now > self.ends)
        )

    def check(self) -> None:
        """All output once and in order, from the first that nobody had acknowledged; all that was typed once and in
        order. Of what the client before had typed behind a hole nothing is handled, unless the line loses just the size
        that was to take its place."""
        assert self.output == self.owed, _difference(self.output, self.owed)
        if not self.loss:
            assert self.data == self.typed, _difference(self.data, self.typed)
        assert self._typed == self.typed, _difference(self._typed, self.typed)
        kept = [one for one in self.data if one in self.before]
        assert kept == sorted(set(kept), key=self.before.index)
        assert self.seen is not None
        assert self._size == TerminalSize(100, 30)
        assert self.is_through, f"{self.client.unacknowledged} {len(self.agent.unacknowledged)} at {self.now:.1f} s"


def _difference(found: list[bytes], wanted: list[bytes]) -> str:
    place = next((n for n, (one, other) in enumerate(zip(found, wanted, strict=False)) if one != other), None)
    place = min(len(found), len(wanted)) if place is None else place
    return f"at {place}: {found[place : place + 5]} where {wanted[place : place + 5]} was due"


def drawn(seed: int) -> TakeOverPlay:
    """The play of that seed. Where no bounds are known, nothing is lost on the line: silence says nothing where output
    may be lost, and thousands of sizes would be resent at ten a second."""
    rng = Random(seed)
    known = rng.random() < 0.85
    every = rng.choice((None, None, 0.02, 0.3, 1.0))
    loss = rng.choice((0.0, 0.0, 0.05, 0.3)) if known else 0.0
    cuts = rng.choice((0, 0, 1, 3)) if known or every is None else 0
    return TakeOverPlay(rng, known, loss, cuts, lively=rng.random() < 0.7, every=every)
