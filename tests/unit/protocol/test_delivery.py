"""A client and an agent joined by a wire that drops, doubles, delays and breaks: all arrives, once, in order."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.protocol import (
    AgentMessage,
    DataChannel,
    Fatal,
    HandshakeAnswered,
    InputReceived,
    Limits,
    MessageType,
    Output,
    Ready,
    RequestedAction,
    Role,
    SizeReceived,
)
from ssmtui.protocol.payloads import acknowledged_number
from tests.support.playbook import stamps

LATENCY = 0.01
WINDOW = 8
CLIENT_LIMITS = Limits(payload=7, window=WINDOW, writable=WINDOW, incoming=6)
AGENT_LIMITS = Limits(payload=7, window=1000, incoming=6)
ENOUGH = 2000.0
"""Virtual seconds within which every schedule has to be through."""

Fate = tuple[float, ...]
"""When the copies of a frame arrive, as delays; none when it is lost."""
INTACT: Fate = (LATENCY,)


@dataclass
class Flight:
    """What one end has sent and not heard back about, as an eavesdropper sees it."""

    open: set[int] = field(default_factory=set)
    most: int = 0

    def sent(self, message: AgentMessage) -> None:
        if message.message_type != MessageType.ACKNOWLEDGE:
            self.open.add(message.sequence)
            self.most = max(self.most, len(self.open))

    def heard(self, message: AgentMessage) -> None:
        if message.message_type == MessageType.ACKNOWLEDGE:
            self.open.discard(acknowledged_number(message.payload))


class Wire:
    """Both ends, the frames on their way, and the clock. Fates are dealt to frames in turn; then all go well."""

    def __init__(self, fates: list[Fate]) -> None:
        self.now = 0.0
        self.ends = {
            Role.CLIENT: DataChannel(Role.CLIENT, stamps(), limits=CLIENT_LIMITS),
            Role.AGENT: DataChannel(Role.AGENT, stamps(), limits=AGENT_LIMITS),
        }
        self.flights = {role: Flight() for role in Role}
        self.received = dict.fromkeys(Role, b"")
        self.sizes: list[TerminalSize] = []
        self.ready = 0
        self._fates = iter(fates)
        self._order = count()
        self._under_way: list[tuple[float, int, Role, bytes]] = []
        for end in self.ends.values():
            end.connected(self.now)

    def cut(self, role: Role, seconds: float) -> None:
        """Break one end's socket, with all that is on its way, and open another."""
        self.settle()
        self.ends[role].disconnected(self.now)
        self._under_way.clear()
        self.run_until(self.now + seconds)
        self.ends[role].connected(self.now)

    def run_until(self, moment: float) -> None:
        """Let everything happen that is due by ``moment``."""
        while True:
            self.settle()
            due = [end.next_deadline() for end in self.ends.values()]
            times = [deadline for deadline in due if deadline is not None]
            times += [self._under_way[0][0]] if self._under_way else []
            if not times or min(times) > moment:
                break
            self.now = max(self.now, min(times))
            for end in self.ends.values():
                end.handle_timeout(self.now)
            self._arrive()
        self.now = max(self.now, min(moment, ENOUGH))

    def settle(self) -> None:
        """Hear the events and put on the wire what is to be sent now."""
        for role, end in self.ends.items():
            self._listen(role, end)
        for role, end in self.ends.items():
            for frame in end.frames_to_send(self.now):
                self.flights[role].sent(AgentMessage.decode(frame))
                for delay in next(self._fates, INTACT):
                    heapq.heappush(self._under_way, (self.now + delay, next(self._order), role, frame))

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way and nothing waits for a time."""
        return not self._under_way and all(end.next_deadline() is None for end in self.ends.values())

    def _arrive(self) -> None:
        while self._under_way and self._under_way[0][0] <= self.now:
            _, _, sender, frame = heapq.heappop(self._under_way)
            receiver = Role.AGENT if sender is Role.CLIENT else Role.CLIENT
            self.flights[receiver].heard(AgentMessage.decode(frame))
            self.ends[receiver].receive(frame, self.now)

    def _listen(self, role: Role, end: DataChannel) -> None:
        for event in end.events():
            assert not isinstance(event, Fatal), event
            if isinstance(event, Output | InputReceived):
                self.received[role] += event.data
            elif isinstance(event, SizeReceived):
                self.sizes.append(event.size)
            elif isinstance(event, HandshakeAnswered):
                end.complete_handshake("", 0, self.now)
            elif isinstance(event, Ready):
                self.ready += 1


_fates = st.lists(
    st.one_of(
        st.just(()),
        st.just(INTACT),
        st.tuples(st.sampled_from([0.0, 0.01, 0.15, 0.5, 3.0])),
        st.tuples(st.sampled_from([0.01, 0.3]), st.sampled_from([0.02, 1.0])),
    ),
    max_size=60,
)
_words = st.tuples(st.just("say"), st.sampled_from(Role), st.integers(1, 120))
_cuts = st.tuples(st.just("cut"), st.sampled_from(Role), st.integers(0, 5))
_pauses = st.tuples(st.just("wait"), st.sampled_from(Role), st.integers(0, 5))
_script = st.lists(st.one_of(_words, _cuts, _pauses), max_size=12)


def _text(length: int, start: int) -> bytes:
    """Bytes whose place can be told from them: no two places within 7 * 89 bytes look alike."""
    return bytes(33 + (start + place) % 89 for place in range(length))


@pytest.mark.parametrize("handshake", [False, True], ids=["skipped", "handshake"])
@given(script=_script, fates=_fates)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_all_is_delivered_once_and_in_order(
    handshake: bool, script: list[tuple[str, Role, int]], fates: list[Fate]
) -> None:
    wire = Wire(fates)
    client, agent = wire.ends[Role.CLIENT], wire.ends[Role.AGENT]
    sent = {Role.CLIENT: b"", Role.AGENT: b""}
    client.send_size(TerminalSize(132, 43), wire.now)
    if handshake:
        action = RequestedAction("SessionType", {"SessionType": "Standard_Stream", "Properties": None})
        agent.request_handshake("3.3.987.0", [action], wire.now)
    for what, role, amount in [*script, ("say", Role.AGENT, 1), ("say", Role.CLIENT, 2)]:
        if what == "say":
            data = _text(amount, len(sent[role]))
            sent[role] += data
            if role is Role.CLIENT:
                client.send_input(data, wire.now)
            else:
                agent.send_output(data, wire.now)
        elif what == "cut":
            wire.cut(role, amount / 10)
        else:
            wire.run_until(wire.now + amount / 10)
    wire.run_until(ENOUGH)
    assert wire.quiet, "a deadline is pending"
    assert wire.received == {Role.CLIENT: sent[Role.AGENT], Role.AGENT: sent[Role.CLIENT]}
    assert wire.ready == 1
    assert set(wire.sizes) == {TerminalSize(132, 43)}
    assert client.unacknowledged == agent.unacknowledged == (0, 0)
    assert wire.flights[Role.CLIENT].most <= WINDOW
