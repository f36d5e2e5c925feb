"""A client and an agent joined by a wire in virtual time, whose faults are drawn from one seed.

A schedule is all that follows from a seed. ``run_schedule`` plays one and checks what has to hold on any wire.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    AgentMessage,
    DataChannel,
    Event,
    Fatal,
    FlagReceived,
    HandshakeAnswered,
    InputReceived,
    Limits,
    MessageType,
    Output,
    PayloadType,
    Ready,
    RequestedAction,
    Role,
    SizeReceived,
)
from ssmtui.protocol.events import ExitCode, StdErr
from ssmtui.protocol.message import publication
from ssmtui.protocol.payloads import Flag, acknowledged_number
from tests.support.playbook import stamps

LATENCY = 0.01
MOST_STEPS = 50_000
"""Moments within which every schedule has to be through."""
_CLIENT = Limits(payload=8, window=16, writable=16, incoming=12)
_AGENT = Limits(payload=16, window=100_000, incoming=12)
_UNPROTECTED = frozenset((*range(48, 56), *range(112, 116)))
"""Header bytes that no digest covers and that would make another valid frame: SequenceNumber and PayloadType."""

Word = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Faults:
    """How likely each frame is to suffer, and the agent's bad manners in seconds (protocol.md section 11)."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    damaged: float = 0.0
    acknowledgements_lost: float = 0.0
    unlisted: float = 0.0
    """The agent ignores an acknowledgement that is back within this time of a frame's first sending."""
    deaf: float = 0.0
    """The agent acknowledges input and throws it away for this long after it sent HandshakeComplete."""

    @classmethod
    def drawn(cls, rng: Random) -> Faults:
        """Most schedules have a few kinds of fault, some have none, a few have all."""

        def rate(*rates: float) -> float:
            return rng.choice((0.0, *rates))

        return cls(
            lost=rate(0.02, 0.1, 0.4),
            doubled=rate(0.05, 0.3),
            late=rate(0.05, 0.5),
            damaged=rate(0.02, 0.2),
            acknowledgements_lost=rate(0.1, 0.6),
            unlisted=rate(0.03),
            deaf=rate(0.05),
        )


def append(words: list[Word], kind: str, data: bytes) -> None:
    """Add a word; output that continues output is one word with it."""
    if words and words[-1][0] == kind and kind in ("data", "stderr"):
        words[-1] = (kind, words[-1][1] + data)
    else:
        words.append((kind, data))


class FakeWire:
    """Both ends, the frames on their way, the clock, and what an eavesdropper knows."""

    def __init__(self, rng: Random, faults: Faults, limits: tuple[Limits, Limits] = (_CLIENT, _AGENT)) -> None:
        self.rng = rng
        self.faults = faults
        self.now = 0.0
        self.limits = dict(zip(Role, limits, strict=True))
        self.ends = {role: DataChannel(role, stamps(), limits=self.limits[role]) for role in Role}
        self.client, self.agent = self.ends[Role.CLIENT], self.ends[Role.AGENT]
        self.received: dict[Role, list[Word]] = {role: [] for role in Role}
        self.sizes: list[TerminalSize] = []
        self.thrown_away: list[Event] = []
        self.ready = 0
        self.resends_acknowledged_again = 0
        self.most_unacknowledged = 0
        self.deaf_until = 0.0
        self._stamp = stamps()
        self._down: set[Role] = set()
        self._hole: dict[Role, float] = dict.fromkeys(Role, 0.0)
        self._order = count()
        self._under_way: list[tuple[float, int, Role, bytes]] = []
        self._timed: list[tuple[float, int, Callable[[], None]]] = []
        self._last_number = dict.fromkeys(Role, -1)
        self._responses: set[int] = set()
        self._first_sent: dict[int, float] = {}
        self._unacknowledged: set[int] = set()
        self._steps = 0
        for end in self.ends.values():
            end.connected(0.0)

    # What befalls the wire

    def cut(self, role: Role, seconds: float) -> None:
        """Break one end's socket with all that is on its way; open another after ``seconds``."""
        if role in self._down:
            return
        self.settle()
        self._under_way.clear()
        self._down.add(role)
        self.ends[role].disconnected(self.now)
        self.at(self.now + seconds, lambda: self._reconnect(role))

    def black_hole(self, sender: Role, seconds: float) -> None:
        """Lose all that one end sends, for a while, without a word."""
        self._hole[sender] = max(self._hole[sender], self.now + seconds)

    def publish(self, *, start: bool, to: Role = Role.AGENT) -> None:
        """The gateway's start_publication or pause_publication."""
        self.inject(to, publication(self._stamp(), start=start).encode())

    def inject(self, to: Role, frame: bytes) -> None:
        """Put a frame of nobody's before one end, at once."""
        if to not in self._down:
            self.ends[to].receive(frame, self.now)

    def mend(self) -> None:
        """From now on the wire is honest; the agent keeps its manners."""
        self.faults = Faults(unlisted=self.faults.unlisted, deaf=self.faults.deaf)
        self._hole = dict.fromkeys(Role, 0.0)
        self.publish(start=True)

    def at(self, moment: float, deed: Callable[[], None]) -> None:
        """Do something at a later moment."""
        heapq.heappush(self._timed, (moment, next(self._order), deed))

    # Time

    def run(self, seconds: float | None = None) -> None:
        """Let time pass; without a number, until nothing is under way and nothing waits for a time."""
        end = None if seconds is None else self.now + seconds
        while True:
            self.settle()
            times = [deadline for one in self.ends.values() if (deadline := one.next_deadline()) is not None]
            times += [queue[0][0] for queue in (self._under_way, self._timed) if queue]
            if not times or (end is not None and min(times) > end):
                break
            self._steps += 1
            assert self._steps < MOST_STEPS, f"no rest after {MOST_STEPS} moments, at {self.now:.3f} s"
            self.now = max(self.now, min(times))
            while self._timed and self._timed[0][0] <= self.now:
                heapq.heappop(self._timed)[2]()
            for one in self.ends.values():
                one.handle_timeout(self.now)
            self._arrive()
        if end is not None:
            self.now = max(self.now, end)

    def settle(self) -> None:
        """Hear the events, check the bounds and put on the wire what is to be sent now."""
        for role, end in self.ends.items():
            for event in end.events():
                self._hear(role, event)
        for role, end in self.ends.items():
            held = end._inbound.held
            assert held <= self.limits[role].incoming, f"{role.value} holds {held} frames"
            for frame in end.frames_to_send(self.now):
                self._send(role, frame)
        self.most_unacknowledged = max(self.most_unacknowledged, len(self._unacknowledged))
        assert self.most_unacknowledged <= self.limits[Role.CLIENT].window, "the client's window is exceeded"

    # How frames travel

    def _send(self, sender: Role, frame: bytes) -> None:
        message = AgentMessage.decode(frame)
        assert message.payload, f"{sender.value} sends an empty payload"
        acknowledges = message.message_type == MessageType.ACKNOWLEDGE
        if not acknowledges:
            self._watch(sender, message)
        if self._down or self.now < self._hole[sender]:
            return
        rng, faults = self.rng, self.faults
        if rng.random() < faults.lost or (acknowledges and rng.random() < faults.acknowledgements_lost):
            return
        for _ in range(2 if rng.random() < faults.doubled else 1):
            delay = LATENCY if rng.random() >= faults.late else rng.expovariate(5)
            sent = damage(rng, frame) if rng.random() < faults.damaged else frame
            heapq.heappush(self._under_way, (self.now + delay, next(self._order), sender, sent))

    def _watch(self, sender: Role, message: AgentMessage) -> None:
        number = message.sequence
        if number > self._last_number[sender]:
            assert number == self._last_number[sender] + 1, f"{sender.value} leaves out a number before {number}"
            self._last_number[sender] = number
            if sender is Role.AGENT:
                self._first_sent[number] = self.now
            else:
                self._unacknowledged.add(number)
        if message.payload_type == PayloadType.HANDSHAKE_RESPONSE:
            self._responses.add(number)
            assert len(self._responses) == 1, "a second HandshakeResponse"

    def _arrive(self) -> None:
        while self._under_way and self._under_way[0][0] <= self.now:
            _, _, sender, frame = heapq.heappop(self._under_way)
            receiver = Role.AGENT if sender is Role.CLIENT else Role.CLIENT
            if not self._is_too_soon(receiver, frame):
                self.ends[receiver].receive(frame, self.now)

    def _is_too_soon(self, receiver: Role, frame: bytes) -> bool:
        """Whether this acknowledgement meets an agent that has not listed the frame; watches the client's as well."""
        if not frame[4:36].startswith(b"acknowledge "):
            return False
        try:
            number = acknowledged_number(AgentMessage.decode(frame).payload)
        except Exception:
            return False
        if receiver is Role.CLIENT:
            self._unacknowledged.discard(number)
            return False
        age = self.now - self._first_sent[number]
        self.resends_acknowledged_again += age > self.faults.unlisted > 0
        return age < self.faults.unlisted

    def _reconnect(self, role: Role) -> None:
        self._down.discard(role)
        self.ends[role].connected(self.now)

    # What is heard

    def _hear(self, role: Role, event: Event) -> None:
        assert not isinstance(event, Fatal), f"{role.value}: {event}"
        heard = self.received[role]
        if isinstance(event, HandshakeAnswered):
            self.deaf_until = self.now + self.faults.deaf
            self.agent.complete_handshake("", 0, self.now)
        elif isinstance(event, InputReceived | SizeReceived | FlagReceived) and self.now < self.deaf_until:
            self.thrown_away.append(event)
        elif isinstance(event, Output | InputReceived):
            append(heard, "data", event.data)
        elif isinstance(event, StdErr):
            append(heard, "stderr", event.data)
        elif isinstance(event, ExitCode):
            append(heard, "exit", b"%d" % event.code)
        elif isinstance(event, FlagReceived):
            append(heard, "flag", event.flag.name.encode())
        elif isinstance(event, SizeReceived):
            self.sizes.append(event.size)
        elif isinstance(event, Ready):
            self.ready += 1


def damage(rng: Random, frame: bytes) -> bytes:
    """The frame with one byte changed, such that the format can show it."""
    place = rng.choice([place for place in range(len(frame)) if place not in _UNPROTECTED])
    return frame[:place] + bytes([frame[place] ^ rng.randrange(1, 256)]) + frame[place + 1 :]


def nonsense(rng: Random, number: int) -> bytes:
    """A frame that no end may take for anything."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randbytes(rng.randrange(300))
    absurd = rng.choice((-1, -(2**63), 2**63 - 1, number + 1_000_000))
    body = b'{"AcknowledgedMessageSequenceNumber":%d}' % absurd if kind == 1 else b"nonsense"
    name = (MessageType.ACKNOWLEDGE, MessageType.ACKNOWLEDGE, MessageType.OUTPUT, "no_such_type")[kind]
    return AgentMessage(name, bytes(16), 0, absurd if kind == 2 else 0, 0, 1, body).encode()


class Schedule:
    """One seed's talk over one seed's wire."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = Random(seed)
        wide = rng.random() < 0.2
        limits = (Limits(payload=8), replace(_AGENT, incoming=100_000)) if wide else (_CLIENT, _AGENT)
        self.wire = FakeWire(rng, Faults.drawn(rng), limits)
        self.said: dict[Role, list[Word]] = {role: [] for role in Role}
        self.size: TerminalSize | None = None
        self._place = 0
        if rng.random() < 0.7:
            action = RequestedAction("SessionType", {"SessionType": "Standard_Stream", "Properties": None})
            self.wire.agent.request_handshake("3.3.987.0", [action], 0.0)

    def play(self) -> None:
        """The faulty phase, the honest one, and what has to be true after it."""
        deeds = (self._type, self._type, self._print, self._print, self._resize, self._flag, self._befall, self._befall)
        for _ in range(self._geometric(0.15, 40)):
            self.rng.choice(deeds)()
            self.wire.run(self.rng.choice((0.0, 0.01, 0.1, 1.0)) * self.rng.random())
        self.wire.mend()
        self._print_now(b"~")
        self.wire.run()
        self._print_now(b"~")
        self.say_end()
        self.wire.run()
        self._check()

    def say_end(self) -> None:
        """A command's last words: standard error, its exit code, and once more standard error (edge case 78)."""
        agent, now = self.wire.agent, self.wire.now
        for kind, data in (("stderr", b"late"), ("exit", b"137"), ("stderr", b"later")):
            append(self.said[Role.AGENT], kind, data)
        agent.send_output(b"late", now, PayloadType.STDERR)
        agent.send_exit_code(137, now)
        agent.send_output(b"later", now, PayloadType.STDERR)

    def _check(self) -> None:
        wire = self.wire
        assert wire.received[Role.CLIENT] == self.said[Role.AGENT], "output"
        assert wire.received[Role.AGENT] == self.said[Role.CLIENT], "input"
        assert wire.ready == 1, "Ready"
        assert wire.client.unacknowledged == wire.agent.unacknowledged == (0, 0), "something is left"
        assert wire.client.next_deadline() is None, "the client's deadline is pending"
        assert wire.agent.next_deadline() is None, "the agent's deadline is pending"
        assert not [event for event in wire.thrown_away if not isinstance(event, SizeReceived)], "input thrown away"
        if self.size is not None:
            assert wire.sizes[-1] == self.size, "the agent has another size"

    # What is said

    def _type(self) -> None:
        data = self._text(self._geometric(0.1, 200) * 8 - self.rng.randrange(8))
        append(self.said[Role.CLIENT], "data", data)
        self.wire.client.send_input(data, self.wire.now)

    def _print(self) -> None:
        self._print_now(self._text(self._geometric(0.1, 200) * 8 - self.rng.randrange(8)))

    def _print_now(self, data: bytes) -> None:
        """Output; after HandshakeComplete there is none before the agent's plugin runs, nor is the agent deaf then."""
        wire = self.wire
        if wire.now < wire.deaf_until:
            wire.run(wire.deaf_until - wire.now)
        wire.settle()
        if wire.now < wire.deaf_until:
            wire.run(wire.deaf_until - wire.now)
        stderr = self.rng.random() < 0.2
        append(self.said[Role.AGENT], "stderr" if stderr else "data", data)
        wire.agent.send_output(data, wire.now, PayloadType.STDERR if stderr else PayloadType.OUTPUT)

    def _resize(self) -> None:
        self.size = TerminalSize(self.rng.randrange(1, 300), self.rng.randrange(1, 100))
        self.wire.client.send_size(self.size, self.wire.now)

    def _flag(self) -> None:
        append(self.said[Role.CLIENT], "flag", Flag.DISCONNECT_TO_PORT.name.encode())
        self.wire.client.send_flag(Flag.DISCONNECT_TO_PORT, self.wire.now)

    def _befall(self) -> None:
        wire, rng = self.wire, self.rng
        role, seconds = rng.choice(tuple(Role)), rng.expovariate(1)
        kind = rng.randrange(5)
        if kind == 0:
            wire.cut(role, seconds)
        elif kind == 1:
            wire.black_hole(role, seconds)
        elif kind == 2:
            wire.publish(start=rng.random() < 0.3, to=role)
        else:
            wire.inject(role, nonsense(rng, self._place))

    # Numbers

    def _geometric(self, chance: float, most: int) -> int:
        amount = 1
        while amount < most and self.rng.random() > chance:
            amount += 1
        return amount

    def _text(self, length: int) -> bytes:
        start, self._place = self._place, self._place + length
        return bytes(33 + place % 89 for place in range(start, start + length))


def run_schedule(seed: int) -> FakeWire:
    """Play one schedule; AssertionError when anything is lost, doubled, out of order or bounds, or never at rest."""
    schedule = Schedule(seed)
    schedule.play()
    return schedule.wire
