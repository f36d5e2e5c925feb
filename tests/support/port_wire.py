"""A multiplexer at each end of a faulty wire: streams opened, filled and closed at random, each byte accounted for."""

from __future__ import annotations

from random import Random

from ssmtui.protocol import Event, InputReceived, Limits, Output, RequestedAction, Role
from ssmtui.protocol.smux import Smux, SmuxEvent, SmuxLimits, StreamData, StreamEnded, StreamOpened, StreamReset
from tests.support.fake_wire import FakeWire, Faults, nonsense

_CLIENT = Limits(payload=16, window=16, writable=8, incoming=12)
_AGENT = Limits(payload=24, window=100_000, incoming=12)
_MUX = SmuxLimits(frame=20, unsent=200, streams=6)
PORT = RequestedAction("SessionType", {"SessionType": "Port", "Properties": {"portNumber": "80"}})


class PortWire(FakeWire):
    """What each end has sent and taken, by stream."""

    def __init__(self, rng: Random, faults: Faults) -> None:
        self.mux = {role: Smux(role, keepalive=False, limits=_MUX) for role in Role}
        self.sent: dict[Role, dict[int, bytes]] = {role: {} for role in Role}
        self.got: dict[Role, dict[int, bytes]] = {role: {} for role in Role}
        self.ended: dict[Role, set[int]] = {role: set() for role in Role}
        """Streams whose end the other end has told."""
        self.cut_short: set[int] = set()
        """Streams that either end has closed: what the other still had to say may be missing at its end."""
        super().__init__(rng, faults, (_CLIENT, _AGENT))
        self.agent.request_handshake("3.3.987.0", [PORT], 0.0)

    def settle(self) -> None:
        """Give the channel what the multiplexers have to say, as far as it takes it."""
        super().settle()
        for role, mux in self.mux.items():
            channel = self.ends[role]
            if role is Role.AGENT and (not self.ready or self.now < self.deaf_until):
                continue
            while channel.writable and (data := mux.data_to_send(24)):
                (channel.send_input if role is Role.CLIENT else channel.send_output)(data, self.now)
            self._listen(role)
        super().settle()

    def _hear(self, role: Role, event: Event) -> None:
        if isinstance(event, Output | InputReceived):
            self.mux[role].receive(event.data, self.now)
            self._listen(role)
        else:
            super()._hear(role, event)

    def _listen(self, role: Role) -> None:
        for event in self.mux[role].events():
            self._note(role, event)

    def _note(self, role: Role, event: SmuxEvent) -> None:
        assert not isinstance(event, StreamReset), "a reader was too slow"
        if isinstance(event, StreamOpened):
            self.got[role][event.stream_id] = b""
        elif isinstance(event, StreamData):
            taken = self.mux[role].take(event.stream_id, 1 << 20)
            self.got[role][event.stream_id] += taken
        elif isinstance(event, StreamEnded):
            self.ended[role].add(event.stream_id)
            self.close(role, event.stream_id)
        assert not self.mux[role].broken

    # What the ends do

    def open(self) -> None:
        """Open a stream, if there is room for one."""
        if self.mux[Role.CLIENT].can_open:
            stream_id = self.mux[Role.CLIENT].open(self.now)
            self.got[Role.CLIENT][stream_id] = b""

    def say(self, role: Role, data: bytes) -> None:
        """Send on one of the streams that take it."""
        mux = self.mux[role]
        takers = [stream_id for stream_id in mux.open_streams if mux.writable(stream_id)]
        if takers:
            stream_id = self.rng.choice(takers)
            mux.send(stream_id, data)
            self.sent[role][stream_id] = self.sent[role].get(stream_id, b"") + data

    def close(self, role: Role, stream_id: int) -> None:
        """Close a stream at one end."""
        self.cut_short.add(stream_id)
        self.mux[role].close(stream_id)


def run_port_schedule(seed: int) -> PortWire:
    """Play one schedule; AssertionError when a stream loses, doubles or mixes up anything, or nothing comes to rest."""
    rng = Random(seed)
    wire = PortWire(rng, Faults.drawn(rng))
    for place in range(rng.randrange(5, 60)):
        _do(wire, rng, place)
        wire.run(rng.choice((0.0, 0.01, 0.1, 1.0)) * rng.random())
    wire.mend()
    wire.run()
    _check(wire)
    for stream_id in wire.mux[Role.CLIENT].open_streams:
        wire.close(Role.CLIENT, stream_id)
    wire.run()
    for role, mux in wire.mux.items():
        assert mux.open_streams == (), f"{role.value} has streams left"
        assert not mux.has_data_to_send
    return wire


def _do(wire: PortWire, rng: Random, place: int) -> None:
    deed = rng.randrange(12)
    role, seconds = rng.choice(tuple(Role)), rng.expovariate(1)
    if deed < 3:
        wire.open()
    elif deed < 8:
        wire.say(role, bytes((place + at) % 256 for at in range(rng.randrange(1, 200))))
    elif deed == 8 and wire.mux[role].open_streams:
        wire.close(role, rng.choice(wire.mux[role].open_streams))
    elif deed == 9:
        wire.cut(role, seconds)
    elif deed == 10:
        wire.black_hole(role, seconds)
    else:
        wire.inject(role, nonsense(rng, place))


def _check(wire: PortWire) -> None:
    for sender, receiver in ((Role.CLIENT, Role.AGENT), (Role.AGENT, Role.CLIENT)):
        for stream_id, got in wire.got[receiver].items():
            sent = wire.sent[sender].get(stream_id, b"")
            if stream_id in wire.cut_short:
                assert sent.startswith(got), f"stream {stream_id} to {receiver.value}"
            else:
                assert got == sent, f"stream {stream_id} to {receiver.value}"
        assert wire.ends[sender].unacknowledged == (0, 0), "something is left"
        assert wire.ends[sender].next_deadline() is None, "a deadline is pending"
