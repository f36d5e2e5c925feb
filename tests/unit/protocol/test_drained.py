"""``report_drained`` answers, whatever empties the channel."""

from __future__ import annotations

import pytest

from ssmtui.model import TerminalSize
from ssmtui.protocol import DataChannel, Drained, RequestedAction, Role
from ssmtui.transport.stamp import new_stamp


class Ends:
    def __init__(self) -> None:
        self.client, self.agent = DataChannel(Role.CLIENT, new_stamp), DataChannel(Role.AGENT, new_stamp)
        self.client.connected(0.0)
        self.agent.connected(0.0)
        self.drained = 0

    def exchange(self, now: float) -> None:
        for _ in range(6):
            for frame in self.agent.frames_to_send(now):
                self.client.receive(frame, now)
            for frame in self.client.frames_to_send(now):
                self.agent.receive(frame, now)
        self.drained += sum(isinstance(event, Drained) for event in self.client.events())

    def request(self, session_type: str) -> None:
        self.agent.request_handshake("3.3.0.0", [RequestedAction("SessionType", {"SessionType": session_type})], 0.0)
        self.exchange(0.0)

    def complete(self, now: float) -> None:
        self.agent.complete_handshake("", 1, now)
        self.exchange(now)


def test_a10_a_size_that_is_taken_back_drains() -> None:
    ends = Ends()
    ends.request("Standard_Stream")
    ends.complete(0.0)
    ends.agent.send_output(b"$ ", 0.2)
    ends.exchange(0.2)
    ends.client.send_size(TerminalSize(80, 24), 1.0)
    ends.exchange(1.0)
    ends.client.send_size(TerminalSize(90, 30), 1.01)
    ends.client.report_drained()
    ends.exchange(1.01)
    assert ends.drained == 0, "a size waits for its turn"
    ends.client.send_size(TerminalSize(80, 24), 1.02)
    ends.exchange(1.03)
    assert (ends.client.unacknowledged, ends.drained) == ((0, 0), 1)


def test_a10_a_size_that_a_port_does_not_have_drains() -> None:
    ends = Ends()
    ends.client.send_size(TerminalSize(80, 24), 0.0)
    ends.request("Port")
    ends.client.report_drained()
    ends.complete(0.1)
    ends.exchange(0.2)
    assert (ends.client.unacknowledged, ends.drained) == ((0, 0), 1)


@pytest.mark.parametrize("session_type", ["Standard_Stream", "Port"])
def test_control_drained_comes_once(session_type: str) -> None:
    ends = Ends()
    ends.client.send_size(TerminalSize(80, 24), 0.0)
    ends.request(session_type)
    ends.complete(0.1)
    ends.agent.send_output(b"$ ", 0.2)
    ends.client.send_input(b"ls\r", 0.2)
    ends.client.report_drained()
    for step in range(10):
        ends.exchange(0.2 + step)
    assert (ends.client.unacknowledged, ends.drained) == ((0, 0), 1)
